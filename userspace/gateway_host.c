// SPDX-License-Identifier: GPL-2.0
/*
 * What files tell of a gateway: its daemons, sockets, modules and packet
 * filter, and the version of iproute2.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "gateway.h"
#include "kernel.h"
#include "netfilter.h"

/* More than any record of the kernel's log, or line of the files here, has. */
#define LINE_SIZE	8192

/* Records of the kernel's log that are looked at; it has fewer. */
#define LOG_RECORDS	1000000

static FILE *open_file(const char *root, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return fopen(path, "re");
}

/* --- daemons ------------------------------------------------------------- */

static enum gw_daemon daemon_of(const char *name)
{
	if (!strcmp(name, "charon") || !strcmp(name, "charon-systemd") ||
	    !strcmp(name, "charon-nm") || !strcmp(name, "charon-cmd"))
		return GW_CHARON;
	return strcmp(name, "pluto") ? GW_NO_DAEMON : GW_PLUTO;
}

static bool namespace_of(const char *root, const char *process,
			 char text[64])
{
	char path[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/proc/%s/ns/net", root, process);
	length = readlink(path, text, 63);
	text[length < 0 ? 0 : length] = '\0';
	return length > 0;
}

/*
 * The name is in brackets and may have any characters; the time is 20 fields
 * behind it, in ticks.
 */
static bool parse_stat(char *line, char name[32], uint64_t *start)
{
	char *open = strchr(line, '('), *close = strrchr(line, ')');
	unsigned long long ticks;
	char *field, *rest;
	int i;

	if (!open || !close || close < open)
		return false;
	*close = '\0';
	snprintf(name, 32, "%s", open + 1);
	rest = close + 1;
	for (i = 0; i < 20; i++) {
		do {
			field = strsep(&rest, "\n ");
		} while (field && !*field);
		if (!field)
			return false;
	}
	ticks = strtoull(field, NULL, 10);
	*start = ticks / sysconf(_SC_CLK_TCK);
	return true;
}

static void look_at(struct gateway *gw, const char *root, const char *process,
		    const char *here)
{
	char path[64], line[LINE_SIZE], name[32], there[64];
	uint64_t start;
	bool read;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", process);
	file = open_file(root, path);
	if (!file)
		return;
	read = fgets(line, sizeof(line), file) &&
	       parse_stat(line, name, &start);
	fclose(file);
	if (!read || !daemon_of(name) ||
	    !namespace_of(root, process, there) || strcmp(here, there))
		return;
	gw->daemon = daemon_of(name);
	gw->daemon_start = start;
}

static void find_daemons(struct gateway *gw, const char *root)
{
	char path[PATH_MAX], here[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	if (!dir)
		return;
	if (namespace_of(root, "self", here))
		while ((entry = readdir(dir)))
			if (isdigit((unsigned char)entry->d_name[0]))
				look_at(gw, root, entry->d_name, here);
	closedir(dir);
}

/* --- the kernel ---------------------------------------------------------- */

/* What the module writes when it is loaded. */
static void find_module_start(struct gateway *gw, const char *root)
{
	static const char text[] = ";espsimd: version ";
	unsigned long long microseconds;
	char path[PATH_MAX], line[LINE_SIZE];
	ssize_t length;
	int fd, i;

	snprintf(path, sizeof(path), "%s/dev/kmsg", root);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Each read gets one record; one that was overwritten is an error. */
	for (i = 0; i < LOG_RECORDS; i++) {
		length = read(fd, line, sizeof(line) - 1);
		if (length < 0 && errno == EPIPE)
			continue;
		if (length <= 0)
			break;
		line[length] = '\0';
		if (strstr(line, text) &&
		    sscanf(line, "%*u,%*u,%llu,", &microseconds) == 1)
			gw->module_start = microseconds / 1000000;
	}
	close(fd);
}

/* Does a line of modprobe.d(5) keep a module from being loaded? */
static bool forbids(char *line, const char *module)
{
	char *word = strtok(line, " \t\n"), *name = strtok(NULL, " \t\n");
	char *command = strtok(NULL, " \t\n");

	if (!word || !name || strcmp(name, module))
		return false;
	if (!strcmp(word, "blacklist"))
		return true;
	return !strcmp(word, "install") && command &&
	       (strstr(command, "/true") || strstr(command, "/false"));
}

static bool file_forbids(const char *path, const char *module)
{
	char line[LINE_SIZE];
	bool found = false;
	FILE *file;

	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = forbids(line, module);
	fclose(file);
	return found;
}

static bool is_blacklisted(const char *root, const char *module)
{
	static const char *const places[] = {
		"/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d",
		"/lib/modprobe.d",
	};
	char path[PATH_MAX];
	bool found = false;
	struct dirent *entry;
	size_t i;
	DIR *dir;

	for (i = 0; !found && i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s%s", root, places[i]);
		dir = opendir(path);
		if (!dir)
			continue;
		while (!found && (entry = readdir(dir))) {
			const char *dot = strrchr(entry->d_name, '.');

			if (!dot || strcmp(dot, ".conf"))
				continue;
			snprintf(path, sizeof(path), "%s%s/%s", root,
				 places[i], entry->d_name);
			found = file_forbids(path, module);
		}
		closedir(dir);
	}
	return found;
}

static enum gw_esp esp_state(const struct kernel *kernel, const char *module)
{
	switch (kernel_module(kernel, module)) {
	case MODULE_MISSING:
		return GW_ESP_MISSING;
	case MODULE_LOADABLE:
		if (is_blacklisted(kernel->root, module))
			return GW_ESP_BLACKLISTED;
		return GW_ESP_READY;
	default:
		return GW_ESP_READY;
	}
}

static void read_counters(struct gateway *gw, const char *root)
{
	FILE *file = open_file(root, "/proc/net/xfrm_stat");
	unsigned long long value;
	char name[64];

	if (!file)
		return;
	while (fscanf(file, "%63s %llu", name, &value) == 2)
		if (!strcmp(name, "XfrmOutNoStates"))
			gw->no_states = value;
	fclose(file);
}

/* --- sockets and filters ------------------------------------------------- */

static void read_ports(struct gateway *gw, const char *root, const char *name,
		       uint16_t family)
{
	FILE *file = open_file(root, name);
	char line[LINE_SIZE];
	unsigned int port;

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		struct gw_port *entry;

		if (sscanf(line, " %*u: %*32[0-9A-Fa-f]:%x", &port) != 1)
			continue;
		gw->ports = gw_more(gw->ports, gw->nr_ports, sizeof(*entry));
		entry = &gw->ports[gw->nr_ports++];
		entry->family = family;
		entry->port = port;
	}
	fclose(file);
}

static bool file_has_line(const char *root, const char *name, const char *word)
{
	FILE *file = open_file(root, name);
	char line[LINE_SIZE];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, word);
	}
	fclose(file);
	return found;
}

/*
 * Of the old tables only the kinds of targets that were ever used can be
 * known. They may be in use.
 */
static bool may_clamp(const char *root)
{
	struct nl nl;
	bool clamps;

	clamps = file_has_line(root, "/proc/net/ip_tables_targets", "TCPMSS") ||
		 file_has_line(root, "/proc/net/ip6_tables_targets", "TCPMSS");
	if (!nl_connect(&nl, NETLINK_NETFILTER))
		clamps |= netfilter_clamps(&nl);
	nl_close(&nl);
	return clamps;
}

/* --- iproute2 ------------------------------------------------------------ */

void gw_parse_version(struct gateway *gw, const char *line)
{
	const char *text = strstr(line, "iproute2-");
	unsigned int major, minor;

	if (!text ||
	    sscanf(text, "iproute2-%u.%u", &major, &minor) != 2)
		return;
	/* Snapshots of older ones are named by their date: ss200127. */
	gw->ip_major = major;
	gw->ip_minor = minor;
}

/* It tells its version to nobody but those who run it. */
static void ask_iproute2(struct gateway *gw)
{
	char line[256];
	FILE *ip;

	ip = popen("PATH=/usr/sbin:/sbin:/usr/bin:/bin ip -V 2>/dev/null",
		   "re");
	if (!ip)
		return;
	if (fgets(line, sizeof(line), ip))
		gw_parse_version(gw, line);
	pclose(ip);
}

void gw_host_read(struct gateway *gw, const char *root, const char *release)
{
	struct kernel kernel = { .root = root, .release = release };

	find_daemons(gw, root);
	find_module_start(gw, root);
	gw->esp4 = esp_state(&kernel, "esp4_offload");
	gw->esp6 = esp_state(&kernel, "esp6_offload");
	read_counters(gw, root);
	read_ports(gw, root, "/proc/net/udp", AF_INET);
	read_ports(gw, root, "/proc/net/udp6", AF_INET6);
	gw->clamps = may_clamp(root);
	ask_iproute2(gw);
	gw->now = time(NULL);
}
