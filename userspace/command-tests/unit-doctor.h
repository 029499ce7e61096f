/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of judgements share: a gateway of which nothing is to be said,
 * and cases of what is another.
 */
#ifndef ESPSIMD_UNIT_DOCTOR_H
#define ESPSIMD_UNIT_DOCTOR_H

#include "../doctor.h"
#include "unit.h"

/* Its devices, and the time there. */
#define LO	1
#define ETH0	2
#define LAN0	3
#define ESP0	7
#define NOW	1000000000

/* Its SAs and policies, in this order. */
enum { OUT, IN, FWD };

/* Its parts: one tunnel, 10.1.0.0/16 here and 10.2.0.0/16 there. */
extern struct gw_sa sas[4];
extern struct gw_policy policies[5];
extern struct gw_link links[5];
extern struct gw_addr addrs[3];
extern struct gw_port ports[2];
extern struct gateway gw;

/* No level: the finding is not to be there. */
#define SILENT	((enum result)-1)

/* Commands that are expected. */
#define NEW_SA(ends, rest) \
	"ip xfrm state add " ends " proto esp spi NEWSPI reqid 1 " \
	"mode tunnel aead 'rfc4106(gcm(aes))' \"$(cat NEWKEY)\" 128" rest
#define OUT_ENDS	"src 192.0.2.1 dst 203.0.113.1"
#define IN_ENDS		"src 203.0.113.1 dst 192.0.2.1"
#define LIMITS		" limit time-soft 3240 limit time-hard 3600"
#define NEW_OUT	NEW_SA(OUT_ENDS, LIMITS " offload crypto dev esp0 dir out")
#define NEW_IN	NEW_SA(IN_ENDS, " replay-window 1024" LIMITS \
		       " offload crypto dev esp0 dir in")
#define CHARON_ANEW \
	"swanctl --load-conns && swanctl --terminate --child CHILD && swanctl --initiate --child CHILD"
#define PLUTO_ANEW	"ipsec auto --replace CONN && ipsec auto --up CONN"
#define OUT_POLICY(words) \
	"ip xfrm policy update src 10.1.0.0/16 dst 10.2.0.0/16 dir out " \
	"priority 10" words " tmpl " OUT_ENDS " proto esp reqid 1 mode tunnel"

/**
 * struct rule - a case
 * @id: the finding
 * @name: what is another
 * @change: makes it so, of a gateway of which nothing is to be said
 * @result: the level of the finding, or SILENT
 * @mend: the whole command, NULL for none
 * @words: words of what is said
 */
struct rule {
	const char *id;
	const char *name;
	void (*change)(void);
	enum result result;
	const char *mend;
	const char *words;
};

#define FIRES(id, change, result, mend, words) \
	{ id, #change, change, RESULT_##result, mend, words }
#define QUIET(id, change)	{ id, #change, change, SILENT, NULL, NULL }

/**
 * doctor_healthy() - make the gateway one of which nothing is to be said
 */
void doctor_healthy(void);

/**
 * doctor_rules() - test cases
 * @rules: the cases
 * @nr: how many
 */
void doctor_rules(const struct rule *rules, size_t nr);

/**
 * doctor_first() - find a finding
 * @findings: all of them
 * @id: its id
 *
 * Return: the first of that id, NULL if there is none.
 */
const struct finding *doctor_first(const struct findings *findings,
				   const char *id);

/**
 * doctor_text() - set the name of an algorithm
 * @to: where to
 * @text: the name
 */
void doctor_text(char to[GW_ALG_SIZE], const char *text);

/**
 * doctor_addr() - set an address
 * @family: AF_INET or AF_INET6
 * @addr: where to
 * @text: the address
 */
void doctor_addr(uint16_t family, xfrm_address_t *addr, const char *text);

/**
 * doctor_sa() - set an SA of the tunnel
 * @sa: where to
 * @dir: its direction
 * @spi: its SPI
 */
void doctor_sa(struct gw_sa *sa, enum gw_dir dir, uint32_t spi);

/**
 * doctor_policy() - set a policy of the tunnel
 * @policy: where to
 * @dir: its direction, XFRM_POLICY_*
 */
void doctor_policy(struct gw_policy *policy, uint8_t dir);

/**
 * doctor_soft() - have both SAs done in software
 * @dir: direction of the SA to return
 *
 * Return: the SA.
 */
struct gw_sa *doctor_soft(enum gw_dir dir);

/**
 * doctor_cipher() - give the outbound SA algorithms in place of the AEAD
 * @enc: the cipher
 * @auth: the integrity algorithm
 * @icv: bits of the integrity check value
 */
void doctor_cipher(const char *enc, const char *auth, uint32_t icv);

/* Changes that several files of tests make. */
void doctor_nothing(void);
void doctor_packet(void);
void doctor_cbc(void);
void doctor_natt(void);

void test_doctor_offload(void);
void test_doctor_sas(void);
void test_doctor_policies(void);
void test_doctor_sizes(void);

#endif /* ESPSIMD_UNIT_DOCTOR_H */
