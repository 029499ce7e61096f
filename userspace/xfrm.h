/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SAs and policies of XFRM as raw messages: reading what matters of them, and
 * making new ones out of them that differ in the offload only.
 *
 * Messages of SAs carry keys. They are wiped wherever they were.
 */
#ifndef ESPSIMD_XFRM_H
#define ESPSIMD_XFRM_H

#include <linux/xfrm.h>
#include <stdbool.h>
#include <stdint.h>

#include "names.h"
#include "nl.h"

/* Of the kernel's headers, for older ones that lack it. */
#define XFRM_ATTR_SA_DIR	(XFRMA_MTIMER_THRESH + 1)

/* Room for the name of an algorithm with its NUL, as in XFRM. */
#define XFRM_NAME_SIZE		64

/* Room for how users name an SA or a policy. */
#define XFRM_TEXT_SIZE		192

/* Templates that a policy can have. */
#define XFRM_TMPLS		6

/**
 * enum xfrm_way - who does the ESP of an SA
 * @XFRM_GENERIC: the stack alone
 * @XFRM_CRYPTO: a device, in crypto mode
 * @XFRM_PACKET: a device, in packet mode
 */
enum xfrm_way {
	XFRM_GENERIC,
	XFRM_CRYPTO,
	XFRM_PACKET,
};

/* Names of enum xfrm_way. */
extern const struct name xfrm_way_names[];

/**
 * enum xfrm_dir - direction of an SA
 * @XFRM_DIR_UNKNOWN: it does not say
 * @XFRM_DIR_IN: inbound
 * @XFRM_DIR_OUT: outbound
 *
 * The numbers are XFRM's.
 */
enum xfrm_dir {
	XFRM_DIR_UNKNOWN,
	XFRM_DIR_IN,
	XFRM_DIR_OUT,
};

/**
 * struct xfrm_sa - what of an SA matters for its offload
 * @info: its fixed part
 * @mark: the mark that it is looked up with
 * @if_id: interface id, 0 for none
 * @tfcpad: traffic flow confidentiality padding in bytes
 * @encap: type of its encapsulation, 0 for none
 * @way: who does its ESP
 * @ifindex: the device that does, 0 if none
 * @dir: its direction, as far as it says one itself
 * @aead: AEAD algorithm, or empty
 * @auth: integrity algorithm, or empty
 * @enc: cipher, or empty
 * @key_bits: length of the AEAD's key in bits, salt included
 * @icv_bits: length of the AEAD's integrity check value in bits
 * @oseq: the last number that was sent
 */
struct xfrm_sa {
	struct xfrm_usersa_info info;
	struct xfrm_mark mark;
	uint32_t if_id;
	uint32_t tfcpad;
	uint32_t encap;
	enum xfrm_way way;
	uint32_t ifindex;
	enum xfrm_dir dir;
	char aead[XFRM_NAME_SIZE];
	char auth[XFRM_NAME_SIZE];
	char enc[XFRM_NAME_SIZE];
	uint32_t key_bits;
	uint32_t icv_bits;
	uint64_t oseq;
};

/**
 * struct xfrm_pol - what of a policy matters for its offload
 * @info: its fixed part
 * @mark: its mark
 * @if_id: interface id, 0 for none
 * @type: XFRM_POLICY_TYPE_MAIN, or of another type
 * @ifindex: the device that it is offloaded to, 0 for none
 * @tmpls: its templates
 * @nr_tmpls: how many
 */
struct xfrm_pol {
	struct xfrm_userpolicy_info info;
	struct xfrm_mark mark;
	uint32_t if_id;
	uint8_t type;
	uint32_t ifindex;
	struct xfrm_user_tmpl tmpls[XFRM_TMPLS];
	size_t nr_tmpls;
};

/**
 * union xfrm_message - a message of any SA or policy
 * @header: the message
 * @bytes: its room
 */
union xfrm_message {
	struct nlmsghdr header;
	char bytes[NL_ANSWER_SIZE];
};

/**
 * struct xfrm - connection to XFRM
 * @nl: for requests
 * @events: gets what XFRM tells everybody about SAs
 * @sa: the SA that is on its way
 * @request: the request that is being made
 */
struct xfrm {
	struct nl nl;
	struct nl events;
	union xfrm_message sa;
	union xfrm_message request;
};

/**
 * xfrm_open() - connect to XFRM
 * @xfrm: (output) the connection; to be closed even after an error
 *
 * Return: 0 or a negative errno.
 */
int xfrm_open(struct xfrm *xfrm);

/**
 * xfrm_close() - end the connection, and wipe its messages
 * @xfrm: the connection
 */
void xfrm_close(struct xfrm *xfrm);

/**
 * xfrm_sas() - get all SAs of this network namespace
 * @xfrm: the connection
 * @list: (output) messages for xfrm_sa_parse(), to be wiped by
 *	xfrm_list_free()
 *
 * Return: as nl_repeat().
 */
int xfrm_sas(struct xfrm *xfrm, struct nl_list *list);

/**
 * xfrm_policies() - get all policies of this network namespace
 * @xfrm: the connection
 * @list: (output) messages for xfrm_pol_parse()
 *
 * Return: as nl_repeat().
 */
int xfrm_policies(struct xfrm *xfrm, struct nl_list *list);

/**
 * xfrm_list_free() - wipe and free messages
 * @list: the messages
 */
void xfrm_list_free(struct nl_list *list);

/**
 * xfrm_sa_body() - where the attributes of an SA begin
 * @nlh: the message
 *
 * Return: the size of what is before them, 0 in a message of anything else.
 */
size_t xfrm_sa_body(const struct nlmsghdr *nlh);

/**
 * xfrm_sa_info() - read the fixed part of an SA
 * @nlh: the message, one of a new SA or of one that was deleted
 * @info: (output) the fixed part
 *
 * Return: true, or false if the message is malformed.
 */
bool xfrm_sa_info(const struct nlmsghdr *nlh, struct xfrm_usersa_info *info);

/**
 * xfrm_sa_parse() - read a message of an SA
 * @nlh: the message, one of a new SA or of one that was deleted
 * @sa: (output) the SA
 *
 * Return: 0, or -EBADMSG if the message is malformed.
 */
int xfrm_sa_parse(const struct nlmsghdr *nlh, struct xfrm_sa *sa);

/**
 * xfrm_sa_same() - are these descriptions of one SA?
 * @a: one
 * @b: the other
 *
 * Return: true if address, SPI, protocol and mark are the same.
 */
bool xfrm_sa_same(const struct xfrm_sa *a, const struct xfrm_sa *b);

/**
 * xfrm_sa_used_up() - is there no number left to send?
 * @sa: the SA
 *
 * Return: true if a packet more would need one that was used before.
 */
bool xfrm_sa_used_up(const struct xfrm_sa *sa);

/**
 * xfrm_sa_text() - how users name an SA
 * @sa: the SA
 * @text: (output) addresses, protocol and SPI, in the words of ip xfrm
 *
 * Return: @text.
 */
const char *xfrm_sa_text(const struct xfrm_sa *sa, char text[XFRM_TEXT_SIZE]);

/**
 * xfrm_pol_parse() - read a message of a policy
 * @nlh: the message
 * @pol: (output) the policy
 *
 * Return: 0, or -EBADMSG if the message is malformed.
 */
int xfrm_pol_parse(const struct nlmsghdr *nlh, struct xfrm_pol *pol);

/**
 * xfrm_pol_text() - how users name a policy
 * @pol: the policy
 * @text: (output) selector and direction, in the words of ip xfrm
 *
 * Return: @text.
 */
const char *xfrm_pol_text(const struct xfrm_pol *pol,
			  char text[XFRM_TEXT_SIZE]);

/**
 * xfrm_take_sa() - delete an SA, and keep all that it was when it died
 * @xfrm: the connection
 * @sa: the SA
 * @dir: its direction
 * @guessed: (output) XFRM did not tell how it ended: the numbers that it may
 *	have sent meanwhile are left out, those that it may have received are
 *	not known
 *
 * Afterwards @xfrm->sa is the SA, for xfrm_put_sa(). XFRM marks the SA as dead
 * under the lock under which numbers are given out and the replay window is
 * moved, and tells everybody what it was only then; so nothing is given out
 * after what is told.
 *
 * Return: 0, or a negative errno and the SA is as before; -EOVERFLOW if it was
 * deleted, how it ended is not known, and there are no numbers left that were
 * certainly not sent.
 */
int xfrm_take_sa(struct xfrm *xfrm, const struct xfrm_sa *sa,
		 enum xfrm_dir dir, bool *guessed);

/**
 * xfrm_put_sa() - add the SA that was taken
 * @xfrm: the connection
 * @dir: its direction
 * @way: who is to do its ESP
 * @ifindex: the device that is to
 *
 * In crypto mode XFRM takes the SA without the device if that refuses it.
 * @xfrm->nl.reason is why then.
 *
 * Return: as nl_do().
 */
int xfrm_put_sa(struct xfrm *xfrm, enum xfrm_dir dir, enum xfrm_way way,
		uint32_t ifindex);

/**
 * xfrm_put_policy() - offload a policy, or take it back
 * @xfrm: the connection
 * @pol: the policy
 * @ifindex: the device, 0 for none
 *
 * XFRM replaces it in one step.
 *
 * Return: as nl_do(); -ENOENT if the policy is not there any more.
 */
int xfrm_put_policy(struct xfrm *xfrm, const struct xfrm_pol *pol,
		    uint32_t ifindex);

/**
 * xfrm_hold() - keep XFRM from asking key managers for another SA
 * @xfrm: the connection
 * @sa: an outbound SA that will be missing for a moment
 * @spi: (output) for xfrm_unhold(), in network order
 *
 * XFRM asks only if there is neither an SA nor one that is being made. This
 * makes one of the latter kind, which ends by itself in the end.
 *
 * Return: as nl_do().
 */
int xfrm_hold(struct xfrm *xfrm, const struct xfrm_sa *sa, uint32_t *spi);

/**
 * xfrm_unhold() - take back what xfrm_hold() did
 * @xfrm: the connection
 * @sa: the SA
 * @spi: what xfrm_hold() said
 */
void xfrm_unhold(struct xfrm *xfrm, const struct xfrm_sa *sa, uint32_t spi);

#endif /* ESPSIMD_XFRM_H */
