// SPDX-License-Identifier: GPL-2.0
/*
 * The text format of Prometheus, the dashboard that uses it, and files that are
 * replaced.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../prometheus.h"
#include "../replace.h"
#include "unit.h"

/* Interfaces of these numbers do not exist, so that names are predictable. */
#define ESP0	2147483646
#define ESP1	2147483645

static const struct options text = { .json = false };
static const struct options json = { .json = true };

static void put_dev(const struct nlmsghdr *request, uint32_t ifindex)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);

	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_IFINDEX, ifindex);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_LOWER_IFINDEX, ifindex - 10);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE, ESPSIMD_ENGINE_AUTO);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE_ACTIVE,
			 ESPSIMD_ENGINE_AESNI);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_SA_IN, 3);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_SA_OUT, 4);
}

/* Each counter has a value of its own, one needs 8 bytes. */
static void put_stats(const struct nlmsghdr *request, uint32_t ifindex)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);
	uint64_t bytes = UINT64_C(5000000000);
	unsigned int id;

	mnl_attr_put_u32(nlh, ESPSIMD_A_STATS_IFINDEX, ifindex);
	for (id = ESPSIMD_A_STATS_TX_IPSEC; id <= ESPSIMD_A_STATS_MAX; id++)
		if (id == ESPSIMD_A_STATS_TX_IPSEC_BYTES)
			mnl_attr_put(nlh, id, sizeof(bytes), &bytes);
		else
			mnl_attr_put_u32(nlh, id, id);
}

static void put_sa(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);

	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_IFINDEX, ESP0);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_DIRECTION, ESPSIMD_DIRECTION_OUT);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_OFFLOAD, ESPSIMD_OFFLOAD_PACKET);
	mnl_attr_put_u16(nlh, ESPSIMD_A_SA_FAMILY, AF_INET);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_SPI, htonl(0x1000));
	mnl_attr_put(nlh, ESPSIMD_A_SA_SADDR, 4, "\xc0\0\2\1");
	mnl_attr_put(nlh, ESPSIMD_A_SA_DADDR, 4, "\xc0\0\2\2");
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_REQID, 1);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_MARK, 0x10);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_MARK_MASK, 0xff);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_PACKETS, 10);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_BYTES, 1000);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_FALLBACK, 2);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_ERRORS, 1);
}

static unsigned int sa_requests;

static void module(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);

	switch (genl->cmd) {
	case ESPSIMD_CMD_DEV_GET:
		put_dev(request, ESP0);
		put_dev(request, ESP1);
		break;
	case ESPSIMD_CMD_STATS_GET:
		put_stats(request, ESP0);
		put_stats(request, ESP1);
		break;
	case ESPSIMD_CMD_SA_GET:
		sa_requests++;
		put_sa(request);
		break;
	}
	fake_done(request, 0, NULL);
}

/* The last of the listings goes wrong. */
static void malformed(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	struct nlmsghdr *nlh;

	if (genl->cmd != ESPSIMD_CMD_STATS_GET) {
		module(request);
		return;
	}
	nlh = fake_message(request, NLM_F_MULTI);
	mnl_attr_put_u16(nlh, ESPSIMD_A_STATS_TX_IPSEC, 1);
	fake_done(request, 0, NULL);
}

static const char *stats(const char *line, int *code)
{
	return run(&stats_object.commands[1], &text, line, code);
}

static void ok_has(const char *output, const char *lines, const char *name)
{
	const char *found = strstr(output, lines);

	ok(found && (found == output || found[-1] == '\n'), "prometheus: %s",
	   name);
}

static unsigned int occurrences(const char *output, const char *of)
{
	unsigned int nr = 0;

	while ((output = strstr(output, of))) {
		output += strlen(of);
		nr++;
	}
	return nr;
}

static void test_counters(void)
{
	const char *output;
	int code;

	output = stats("", &code);
	ok(code == EXIT_SUCCESS && !sa_requests,
	   "prometheus: SAs are not asked for");
	ok_has(output,
	       "# HELP espsimd_device_info The device, its lower device, and its engine.\n"
	       "# TYPE espsimd_device_info gauge\n"
	       "espsimd_device_info{dev=\"if2147483646\",lower=\"if2147483636\",engine=\"auto\",engine_active=\"aesni\"} 1\n"
	       "espsimd_device_info{dev=\"if2147483645\",",
	       "devices");
	ok_has(output, "espsimd_sas{dev=\"if2147483646\",direction=\"out\"} 4\n",
	       "number of SAs");
	ok_has(output,
	       "# HELP espsimd_ipsec_bytes_total out: Bytes of ESP payload in the packets sealed. in: Bytes of ESP payload in the packets opened.\n"
	       "# TYPE espsimd_ipsec_bytes_total counter\n"
	       "espsimd_ipsec_bytes_total{dev=\"if2147483646\",direction=\"out\"} 5000000000\n"
	       "espsimd_ipsec_bytes_total{dev=\"if2147483646\",direction=\"in\"} 23\n"
	       "espsimd_ipsec_bytes_total{dev=\"if2147483645\",direction=\"out\"} 5000000000\n"
	       "espsimd_ipsec_bytes_total{dev=\"if2147483645\",direction=\"in\"} 23\n"
	       "# HELP ",
	       "a metric is in one piece");
	ok_has(output,
	       "# TYPE espsimd_dropped_packets_total counter\n"
	       "espsimd_dropped_packets_total{dev=\"if2147483646\",direction=\"out\",reason=\"no-sa\"} 8\n",
	       "drops with their reasons");
	ok(occurrences(output, "# TYPE espsimd_dropped_packets_total ") == 1,
	   "prometheus: drops of both directions are one metric");
}

/* Every counter has a sample for each device. */
static void test_complete(void)
{
	const char *at;
	unsigned int samples = 0;
	int code;

	for (at = stats("", &code); at; at = strchr(at, '\n')) {
		at += *at == '\n';
		samples += !strncmp(at, "espsimd_", strlen("espsimd_")) &&
			   strstr(at, "_total{") &&
			   strstr(at, "_total{") < strchr(at, '\n');
	}
	ok(samples == 2 * (ESPSIMD_A_STATS_MAX - ESPSIMD_A_STATS_TX_IPSEC + 1),
	   "prometheus: all counters of both devices");
}

static void test_sas(void)
{
	const char *output;
	int code;

	output = stats("sa", &code);
	ok(code == EXIT_SUCCESS && sa_requests == 1,
	   "prometheus: SAs are asked for");
	ok_has(output,
	       "# TYPE espsimd_sa_bytes_total counter\n"
	       "espsimd_sa_bytes_total{dev=\"if2147483646\",direction=\"out\",offload=\"packet\",src=\"192.0.2.1\",dst=\"192.0.2.2\",spi=\"0x00001000\",reqid=\"1\",mark=\"16\",mask=\"255\"} 1000\n",
	       "an SA");
}

static const char *label(const char *value)
{
	capture_begin();
	prometheus_label(stdout, "dev", value);
	return capture_end();
}

static void test_labels(void)
{
	ok_text(label("esp0"), "dev=\"esp0\"", "prometheus: plain label");
	ok_text(label("a\\b\"c\nd"), "dev=\"a\\\\b\\\"c\\nd\"",
		"prometheus: escaped label");
	ok_text(label("\x1b[\xff\x7f"), "dev=\"\\\\x1b[\\\\xff\\\\x7f\"",
		"prometheus: label that is no text");
}

/* Whatever the dashboard asks for has to be there: names end where they do. */
static void test_dashboard(void)
{
	static char dashboard[1 << 16];
	FILE *file = fopen("grafana/espsimd.json", "re");
	unsigned int asked = 0, missing = 0;
	const char *output;
	char type[128];
	char *at;
	int code;

	if (!file || !fread(dashboard, 1, sizeof(dashboard) - 1, file))
		abort();
	fclose(file);
	output = stats("sa", &code);
	for (at = dashboard; (at = strstr(at, "espsimd_")); asked++) {
		size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz_");

		snprintf(type, sizeof(type), "# TYPE %.*s ", (int)length, at);
		missing += !strstr(output, type);
		at += length;
	}
	ok(asked >= 10 && !missing,
	   "prometheus: the dashboard asks for %u metrics, %u are missing",
	   asked, missing);
}

static unsigned int files_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int nr = 0;

	if (!dir)
		abort();
	while (readdir(dir))
		nr++;
	closedir(dir);
	/* The directory itself, and the one above. */
	return nr - 2;
}

static bool has(const char *path, const char *expected)
{
	char content[64] = "";
	FILE *file = fopen(path, "re");
	struct stat status;

	if (!file)
		return false;
	if (!fread(content, 1, sizeof(content) - 1, file))
		content[0] = '\0';
	fstat(fileno(file), &status);
	fclose(file);
	return !strncmp(content, expected, strlen(expected)) &&
	       (status.st_mode & 07777) == 0644;
}

static void test_files(void)
{
	char line[256], path[160], directory[128];
	const char *root = root_begin();
	int code;

	snprintf(directory, sizeof(directory), "%s", root);
	snprintf(path, sizeof(path), "%s", root_place("a.prom"));
	ok(!replace_file(path, "old\n", 4) && has(path, "old\n"),
	   "replace: a new file");
	chmod(path, 0600);
	snprintf(line, sizeof(line), "file %s", path);
	ok_text(stats(line, &code), "", "prometheus: file");
	ok(!code && has(path, "# HELP espsimd_") && files_in(directory) == 1,
	   "prometheus: the old file is replaced");

	ok(!replace_file(path, "old\n", 4), "replace: another one");
	fake_set(malformed);
	ok_text(stats(line, &code), "Error: Bad message.\n",
		"prometheus: malformed answer");
	ok(code == EXIT_FAILURE && has(path, "old\n") &&
	   files_in(directory) == 1, "prometheus: the old file stays");
	fake_set(module);

	snprintf(path, sizeof(path), "%s/none/a.prom", directory);
	ok(replace_file(path, "", 0) == -ENOENT, "replace: no directory");
	snprintf(line, sizeof(line), "file %s", path);
	stats(line, &code);
	ok(code == EXIT_FAILURE, "prometheus: file that cannot be written");
	root_file("d/in-the-way", "");
	snprintf(path, sizeof(path), "%s/d", directory);
	ok(replace_file(path, "", 0) == -EISDIR && files_in(directory) == 2,
	   "replace: a directory is in the way");
	ok(root_end(), "replace: nothing is left behind");
}

static void test_words(void)
{
	int code;

	ok_text(stats("x", &code),
		"Error: \"x\" is not expected, try \"espsimd stats help\".\n",
		"prometheus: unknown word");
	stats("file", &code);
	ok(code == EXIT_USAGE, "prometheus: no path");
	run(&stats_object.commands[1], &json, "", &code);
	ok(code == EXIT_USAGE, "prometheus: no JSON");
	ok(!strcmp(stats_object.commands[1].name, "--prometheus") &&
	   stats_object.commands[2].run == stats_object.commands[1].run,
	   "prometheus: two spellings");
}

void test_prometheus(void)
{
	fake_set(module);
	test_counters();
	test_complete();
	test_sas();
	test_labels();
	test_dashboard();
	test_words();
	test_files();
}
