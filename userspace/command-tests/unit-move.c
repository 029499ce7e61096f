// SPDX-License-Identifier: GPL-2.0
/*
 * Moving SAs: what is asked of a stand-in for XFRM, in which order, and what
 * becomes of an SA that is refused, of numbers, of signals.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../cmd_move.h"
#include "../xfrm.h"
#include "unit.h"

#define SPI_OUT		0x1001
#define SPI_IN		0x1002
#define SPI_LARVAL	0x7777
#define REQID		7
#define OSEQ		100
/* Sent between the moment when an SA is read and that when it dies. */
#define MEANWHILE	5

/* An SA or a policy in the stand-in: the message that made it. */
struct thing {
	bool there;
	union {
		struct nlmsghdr header;
		char bytes[2048];
	} message;
};

static struct thing sas[2], pols[1];
static int lo;

/* What was asked for, in words, and how it is answered. */
static char done[256];
static int refused_flags, refusals;
static bool policy_refused, taken_without, interrupted;
static const char *module_reason;
static struct xfrm_user_offload last_offload;
static struct xfrm_lifetime_cur last_lifetime;
static bool had_lastused, was_blocked;
static sig_atomic_t signals;

static void note(const char *word)
{
	strncat(done, word, sizeof(done) - strlen(done) - 1);
}

/* ---- things ---- */

static struct nlmsghdr *begin_thing(struct thing *thing, uint16_t type,
				    const void *body, size_t size)
{
	struct nlmsghdr *nlh;

	memset(thing, 0, sizeof(*thing));
	thing->there = true;
	nlh = mnl_nlmsg_put_header(&thing->message);
	nlh->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), body, size);
	return nlh;
}

static void make_sa(struct thing *thing, uint32_t spi, uint8_t dir,
		    uint32_t oseq)
{
	struct xfrm_usersa_info info = {
		.family = AF_INET,
		.id = { .spi = htonl(spi), .proto = IPPROTO_ESP },
		.mode = XFRM_MODE_TUNNEL,
		.reqid = REQID,
		.curlft = { .bytes = 11, .packets = 22, .add_time = 33,
			    .use_time = 44 },
	};
	struct {
		struct xfrm_algo_aead aead;
		char key[20];
	} alg = { .aead = { .alg_key_len = 160, .alg_icv_len = 128 } };
	struct xfrm_replay_state replay = { .oseq = oseq };
	struct nlmsghdr *nlh;
	uint64_t lastused = 1;

	inet_pton(AF_INET, dir == XFRM_DIR_OUT ? "192.0.2.1" : "192.0.2.2",
		  &info.saddr);
	inet_pton(AF_INET, dir == XFRM_DIR_OUT ? "192.0.2.2" : "192.0.2.1",
		  &info.id.daddr);
	snprintf(alg.aead.alg_name, sizeof(alg.aead.alg_name),
		 "rfc4106(gcm(aes))");
	nlh = begin_thing(thing, XFRM_MSG_NEWSA, &info, sizeof(info));
	mnl_attr_put(nlh, XFRMA_LASTUSED, sizeof(lastused), &lastused);
	mnl_attr_put(nlh, XFRMA_ALG_AEAD, sizeof(alg), &alg);
	mnl_attr_put(nlh, XFRMA_REPLAY_VAL, sizeof(replay), &replay);
	mnl_attr_put_u8(nlh, XFRM_ATTR_SA_DIR, dir);
}

static void make_policy(struct thing *thing)
{
	struct xfrm_userpolicy_info info = {
		.dir = XFRM_POLICY_OUT,
		.index = 9,
		.sel = { .family = AF_INET },
	};
	struct xfrm_user_tmpl tmpl = {
		.id = { .proto = IPPROTO_ESP },
		.family = AF_INET,
		.mode = XFRM_MODE_TUNNEL,
		.reqid = REQID,
	};
	struct nlmsghdr *nlh;

	inet_pton(AF_INET, "192.0.2.1", &tmpl.saddr);
	inet_pton(AF_INET, "192.0.2.2", &tmpl.id.daddr);
	nlh = begin_thing(thing, XFRM_MSG_NEWPOLICY, &info, sizeof(info));
	mnl_attr_put(nlh, XFRMA_TMPL, sizeof(tmpl), &tmpl);
}

/* To a device that is not there, so that its settings do not matter. */
static void offload_thing(struct thing *thing)
{
	struct xfrm_user_offload device = {
		.ifindex = INT32_MAX,
		.flags = XFRM_OFFLOAD_PACKET,
	};

	mnl_attr_put(&thing->message.header, XFRMA_OFFLOAD_DEV, sizeof(device),
		     &device);
}

static void reset(uint32_t oseq)
{
	make_sa(&sas[0], SPI_OUT, XFRM_DIR_OUT, oseq);
	make_sa(&sas[1], SPI_IN, XFRM_DIR_IN, 0);
	make_policy(&pols[0]);
	done[0] = '\0';
	refused_flags = -1;
	refusals = 0;
	policy_refused = false;
	taken_without = false;
	interrupted = false;
	module_reason = NULL;
	had_lastused = false;
	was_blocked = true;
	signals = 0;
	fake_lose_events(false);
}

static uint32_t spi_of(const struct thing *thing)
{
	struct xfrm_sa sa;

	xfrm_sa_parse(&thing->message.header, &sa);
	return ntohl(sa.info.id.spi);
}

static struct thing *find_sa(uint32_t spi)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sas); i++)
		if (sas[i].there && spi_of(&sas[i]) == spi)
			return &sas[i];
	return NULL;
}

static struct xfrm_sa sa_of(uint32_t spi)
{
	struct thing *thing = find_sa(spi);
	struct xfrm_sa sa = { .way = XFRM_GENERIC };

	if (thing)
		xfrm_sa_parse(&thing->message.header, &sa);
	return sa;
}

/* ---- the stand-in ---- */

static void copy_attrs(struct nlmsghdr *nlh, const struct thing *thing,
		       size_t body)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, &thing->message.header, body)
		mnl_attr_put(nlh, mnl_attr_get_type(attr),
			     mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
}

static void answer_thing(const struct nlmsghdr *request,
			 const struct thing *thing, size_t size)
{
	struct nlmsghdr *nlh;
	void *header;

	nlh = fake_message_of(request, &header, size);
	nlh->nlmsg_type = thing->message.header.nlmsg_type;
	memcpy(header, mnl_nlmsg_get_payload(&thing->message.header), size);
	copy_attrs(nlh, thing, size);
}

static void get(const struct nlmsghdr *request, const struct thing *things,
		size_t nr, size_t size, const struct thing *one)
{
	size_t i;

	if (!(request->nlmsg_flags & NLM_F_DUMP)) {
		if (one)
			answer_thing(request, one, size);
		fake_ack(request, one ? 0 : -ESRCH, NULL, true);
		return;
	}
	for (i = 0; i < nr; i++)
		if (things[i].there)
			answer_thing(request, &things[i], size);
	fake_done(request, 0, NULL);
}

static void send_some(struct thing *thing)
{
	const size_t body = sizeof(struct xfrm_usersa_info);
	struct xfrm_replay_state replay;
	struct nlattr *attr;

	mnl_attr_for_each(attr, &thing->message.header, body) {
		if (mnl_attr_get_type(attr) != XFRMA_REPLAY_VAL)
			continue;
		memcpy(&replay, mnl_attr_get_payload(attr), sizeof(replay));
		replay.oseq += replay.oseq ? MEANWHILE : 0;
		memcpy(mnl_attr_get_payload(attr), &replay, sizeof(replay));
	}
}

static void delete_sa(const struct nlmsghdr *request)
{
	const size_t body = sizeof(struct xfrm_usersa_info);
	const struct xfrm_usersa_id *id = mnl_nlmsg_get_payload(request);
	uint32_t spi = ntohl(id->spi);
	struct thing *thing = find_sa(spi);
	struct nlmsghdr *nlh;
	void *header;

	note(spi == SPI_LARVAL ? "unhold " : "del ");
	if (!thing) {
		fake_ack(request, spi == SPI_LARVAL ? 0 : -ESRCH, NULL, true);
		return;
	}
	send_some(thing);
	if (interrupted)
		raise(SIGINT);
	thing->there = false;
	nlh = fake_event(request, &header, sizeof(*id));
	memcpy(header, id, sizeof(*id));
	mnl_attr_put(nlh, XFRMA_SA, body,
		     mnl_nlmsg_get_payload(&thing->message.header));
	copy_attrs(nlh, thing, body);
	fake_ack(request, 0, NULL, true);
}

static void look_at_sa(const struct nlmsghdr *request)
{
	const struct nlattr *attr;
	sigset_t blocked;

	memset(&last_offload, 0, sizeof(last_offload));
	mnl_attr_for_each(attr, request, sizeof(struct xfrm_usersa_info)) {
		switch (mnl_attr_get_type(attr)) {
		case XFRMA_OFFLOAD_DEV:
			memcpy(&last_offload, mnl_attr_get_payload(attr),
			       sizeof(last_offload));
			break;
		case XFRMA_LTIME_VAL:
			memcpy(&last_lifetime, mnl_attr_get_payload(attr),
			       sizeof(last_lifetime));
			break;
		case XFRMA_LASTUSED:
			had_lastused = true;
			break;
		}
	}
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	was_blocked &= sigismember(&blocked, SIGINT) == 1 &&
		       sigismember(&blocked, SIGTERM) == 1;
}

/* In the free place, without the device if it does not take it. */
static void store_sa(const struct nlmsghdr *request)
{
	struct thing *thing = sas[0].there ? &sas[1] : &sas[0];

	memset(thing, 0, sizeof(*thing));
	memcpy(&thing->message, request, request->nlmsg_len);
	thing->there = true;
}

static void new_sa(const struct nlmsghdr *request)
{
	int flags;

	look_at_sa(request);
	flags = last_offload.ifindex ? last_offload.flags : -2;
	if (flags == -2)
		note(strstr(done, "generic") ? "again: generic " : "generic ");
	else
		note(flags & XFRM_OFFLOAD_PACKET ? "packet " : "crypto ");
	if (refusals && (refused_flags == flags || refused_flags == -3)) {
		refusals--;
		fake_ack(request, -EINVAL, "espsimd: not this one", true);
		return;
	}
	store_sa(request);
	fake_ack(request, 0, taken_without && flags != -2 ?
		 "espsimd: not now" : NULL, true);
}

static void update_policy(const struct nlmsghdr *request)
{
	const size_t body = sizeof(struct xfrm_userpolicy_info);
	const struct nlattr *attr;
	bool offloaded = false;

	mnl_attr_for_each(attr, request, body)
		offloaded |= mnl_attr_get_type(attr) == XFRMA_OFFLOAD_DEV;
	note(offloaded ? "pol+ " : "pol- ");
	if (offloaded && policy_refused) {
		fake_ack(request, -EOPNOTSUPP, "espsimd: no such policy", true);
		return;
	}
	memcpy(&pols[0].message, request, request->nlmsg_len);
	pols[0].message.header.nlmsg_type = XFRM_MSG_NEWPOLICY;
	fake_ack(request, 0, NULL, true);
}

static void allocate_spi(const struct nlmsghdr *request)
{
	struct xfrm_usersa_info info = { .id = { .spi = htonl(SPI_LARVAL) } };
	struct nlmsghdr *nlh;
	void *header;

	note("hold ");
	nlh = fake_message_of(request, &header, sizeof(info));
	nlh->nlmsg_type = XFRM_MSG_NEWSA;
	memcpy(header, &info, sizeof(info));
	fake_ack(request, 0, NULL, true);
}

static void xfrm(const struct nlmsghdr *request)
{
	const struct xfrm_usersa_id *id = mnl_nlmsg_get_payload(request);

	switch (request->nlmsg_type) {
	case XFRM_MSG_GETSA:
		get(request, sas, ARRAY_SIZE(sas),
		    sizeof(struct xfrm_usersa_info),
		    request->nlmsg_flags & NLM_F_DUMP ? NULL :
		    find_sa(ntohl(id->spi)));
		break;
	case XFRM_MSG_GETPOLICY:
		get(request, pols, ARRAY_SIZE(pols),
		    sizeof(struct xfrm_userpolicy_info), &pols[0]);
		break;
	case XFRM_MSG_DELSA:
		delete_sa(request);
		break;
	case XFRM_MSG_NEWSA:
		new_sa(request);
		break;
	case XFRM_MSG_UPDPOLICY:
		update_policy(request);
		break;
	case XFRM_MSG_ALLOCSPI:
		allocate_spi(request);
		break;
	default:
		/* No flow tables. */
		fake_ack(request, -EINVAL, NULL, true);
		break;
	}
}

static void module(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	bool refuse = module_reason && genl->cmd == ESPSIMD_CMD_SA_CHECK;

	fake_ack(request, refuse ? -EOPNOTSUPP : 0,
		 refuse ? module_reason : NULL, true);
}

/* ---- the tests ---- */

static const struct command offload = { "offload", sa_offload };
static const struct command generic = { "generic", sa_generic };

/* Runs it, and compares what it says, what it asks for and how it ends. */
static void moves(const char *name, const struct command *command,
		  const char *line, const char *text, const char *order,
		  int expected)
{
	struct options options = { .json = false };
	char title[128];
	int code;

	done[0] = '\0';
	ok_text(run(command, &options, line, &code), text, name);
	snprintf(title, sizeof(title), "%s: order", name);
	ok_text(done, order, title);
	ok(code == expected, "%s: exit code", name);
}

#define OUT	"src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x00001001 dir out: "
#define IN	"src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x00001002 dir in: "

static void test_crypto(void)
{
	reset(OSEQ);
	moves("move: to crypto mode", &offload, "dev lo spi 0x1001",
	      OUT "moved from generic to crypto dev lo\n",
	      "hold del crypto unhold ", EXIT_SUCCESS);
	ok(sa_of(SPI_OUT).oseq == OSEQ + MEANWHILE,
	   "move: the number is that of the death");
	ok(last_offload.ifindex == lo && !last_offload.flags,
	   "move: the device and the direction");
	ok(last_lifetime.bytes == 11 && last_lifetime.packets == 22 &&
	   last_lifetime.add_time == 33 && last_lifetime.use_time == 44,
	   "move: what was used of the lifetimes");
	ok(!had_lastused, "move: nothing that the kernel does not take");
	ok(was_blocked, "move: signals are blocked");
	ok(!strcmp(sa_of(SPI_OUT).aead, "rfc4106(gcm(aes))"),
	   "move: the algorithm");
	moves("move: there already", &offload, "dev lo spi 4097",
	      OUT "is crypto dev lo\n", "", EXIT_SUCCESS);
	moves("move: back to the stack", &generic, "dev lo all",
	      OUT "moved from crypto dev lo to generic\n",
	      "hold del generic unhold ", EXIT_SUCCESS);
	moves("move: inbound", &offload, "crypto dev lo dst 192.0.2.1",
	      IN "moved from generic to crypto dev lo\n", "del crypto ",
	      EXIT_SUCCESS);
	ok(last_offload.flags == XFRM_OFFLOAD_INBOUND,
	   "move: the direction of an inbound SA");
}

static void test_refused(void)
{
	reset(OSEQ);
	module_reason = "espsimd: no such mode";
	moves("move: the module refuses", &offload, "dev lo spi 4097",
	      OUT "is generic: espsimd: no such mode\n", "", EXIT_FAILURE);

	reset(OSEQ);
	refused_flags = 0;
	refusals = 1;
	moves("move: the kernel refuses", &offload, "dev lo spi 4097",
	      OUT "is generic: espsimd: not this one\n",
	      "hold del crypto generic unhold ", EXIT_FAILURE);
	ok(sa_of(SPI_OUT).oseq == OSEQ + MEANWHILE,
	   "move: what was refused is as it was");

	reset(OSEQ);
	refused_flags = -3;
	refusals = 3;
	moves("move: the kernel refuses everything", &offload,
	      "dev lo spi 4097", OUT "lost: espsimd: not this one\n",
	      "hold del crypto generic again: generic unhold ", EXIT_FAILURE);

	reset(OSEQ);
	taken_without = true;
	moves("move: the device refuses at the last moment", &offload,
	      "dev lo spi 4097", OUT "is generic: espsimd: not now\n",
	      "hold del crypto unhold ", EXIT_FAILURE);

	reset(UINT32_MAX);
	moves("move: no numbers left", &offload, "dev lo spi 4097",
	      OUT "is generic: it has no numbers left to send\n", "",
	      EXIT_FAILURE);
	moves("move: no such SA", &offload, "dev lo spi 1",
	      "Error: there is no such SA.\n", "", EXIT_FAILURE);
}

static void test_packet(void)
{
	reset(OSEQ);
	moves("move: to packet mode", &offload, "packet dev lo spi 4097",
	      OUT "moved from generic to packet dev lo\n",
	      "hold del packet pol+ unhold ", EXIT_SUCCESS);

	reset(OSEQ);
	offload_thing(&sas[0]);
	offload_thing(&pols[0]);
	moves("move: from packet mode", &generic, "all",
	      OUT "moved from packet dev ? to generic\n"
	      IN "is generic\n",
	      "hold pol- del generic unhold ", EXIT_SUCCESS);

	reset(OSEQ);
	policy_refused = true;
	moves("move: the policy is refused", &offload, "packet dev lo spi 4097",
	      OUT
	      "is generic: the policy src 0.0.0.0/0 dst 0.0.0.0/0 dir out cannot be moved: espsimd: no such policy\n",
	      "hold del packet pol+ del generic unhold ", EXIT_FAILURE);
	ok(sa_of(SPI_OUT).oseq == OSEQ + 2 * MEANWHILE,
	   "move: no number is given out twice on the way back");
}

/* How it ended is not known: what can have been sent is left out. */
static void test_guessed(void)
{
	reset(OSEQ);
	fake_lose_events(true);
	moves("move: the end is not told", &offload, "dev lo spi 4097",
	      OUT "moved from generic to crypto dev lo\n"
	      "    the kernel did not tell how it ended: numbers that may have been sent were left out\n",
	      "hold del crypto unhold ", EXIT_SUCCESS);
	ok(sa_of(SPI_OUT).oseq > OSEQ + MEANWHILE,
	   "move: numbers are left out");

	reset(UINT32_MAX - 2 * MEANWHILE);
	fake_lose_events(true);
	moves("move: no numbers that are certainly free", &offload,
	      "dev lo spi 4097",
	      OUT "lost: it is not known which numbers were sent\n",
	      "hold del unhold ", EXIT_FAILURE);
	fake_lose_events(false);
}

static void on_signal(int number)
{
	(void)number;
	signals++;
}

static void test_interrupted(void)
{
	struct sigaction action = { .sa_handler = on_signal }, old;

	sigaction(SIGINT, &action, &old);
	reset(OSEQ);
	interrupted = true;
	moves("move: interrupted", &offload, "dev lo all",
	      OUT "moved from generic to crypto dev lo\n"
	      IN "is generic: the command was interrupted\n",
	      "hold del crypto unhold ", EXIT_FAILURE);
	ok(signals == 1, "move: the signal has its effect afterwards");
	sigaction(SIGINT, &old, NULL);
}

static void test_usage(void)
{
#define ADVICE	", try \"espsimd sa help\".\n"
	moves("move: no device", &offload, "all",
	      "Error: the device to offload to is missing" ADVICE, "",
	      EXIT_USAGE);
	moves("move: no SAs", &offload, "packet dev lo",
	      "Error: which SAs is missing, or \"all\"" ADVICE, "", EXIT_USAGE);
	moves("move: no SPI", &generic, "spi 0",
	      "Error: spi \"0\" is not an SPI" ADVICE, "", EXIT_USAGE);
	moves("move: no address", &generic, "peer 192.0.2",
	      "Error: peer \"192.0.2\" is not an address" ADVICE, "",
	      EXIT_USAGE);
	moves("move: no value", &generic, "src",
	      "Error: \"src\" needs a value" ADVICE, "", EXIT_USAGE);
	moves("move: another protocol", &generic, "proto ah",
	      "Error: proto \"ah\" is not esp" ADVICE, "", EXIT_USAGE);
	moves("move: what is not expected", &generic, "crypto all",
	      "Error: \"crypto\" is not expected" ADVICE, "", EXIT_USAGE);
#undef ADVICE
}

void test_move(void)
{
	lo = if_nametoindex("lo");
	fake_set(module);
	fake_set_rest(xfrm);
	test_crypto();
	test_refused();
	test_packet();
	test_guessed();
	test_interrupted();
	test_usage();
	fake_set_rest(NULL);
}
