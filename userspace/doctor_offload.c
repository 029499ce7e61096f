// SPDX-License-Identifier: GPL-2.0
/*
 * Why SAs are not done by a device of the module. Of the reasons that an SA has
 * the first is given: with it mended the next one shows.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"

typedef bool reason_fn(const struct gateway *gw, const struct gw_sa *sa,
		       struct findings *findings);

static bool on_espsimd(const struct gateway *gw, const struct gw_sa *sa)
{
	const struct gw_link *link = gw_link(gw, sa->ifindex);

	return link && link->espsimd;
}

static const struct gw_addr *address_of(const struct gateway *gw,
					const struct gw_sa *sa)
{
	const xfrm_address_t *local = gw_sa_local(sa);

	return local ? gw_addr(gw, sa->info.family, local) : NULL;
}

/* The device that has the SA's own address, if it is one of the module's. */
static const struct gw_link *own_device(const struct gateway *gw,
					const struct gw_sa *sa)
{
	const struct gw_addr *addr = address_of(gw, sa);
	const struct gw_link *link = addr ? gw_link(gw, addr->ifindex) : NULL;

	return link && link->espsimd ? link : NULL;
}

static bool no_module(const struct gateway *gw, const struct gw_sa *sa,
		      struct findings *findings)
{
	if (gw->module)
		return false;
	find(findings, RESULT_WARN, "module-missing",
	     "done in software: the module espsimd is not loaded");
	find_sa(findings, sa);
	find_mend(findings, "modprobe espsimd");
	return true;
}

/* The kernel refuses these as an error, not as a matter of the device. */
static bool has_if_id(const struct gateway *gw, const struct gw_sa *sa,
		      struct findings *findings)
{
	if (!sa->if_id || sa->dir != GW_DIR_IN)
		return false;
	find(findings, RESULT_WARN, "sa-if-id",
	     "done in software: the kernel offloads no inbound SA with an interface id, here %u; take %s",
	     sa->if_id,
	     setting(gw, "policies in place of if_id_in",
		     "policies in place of ipsec-interface",
		     "policies in place of if_id"));
	find_sa(findings, sa);
	mend_anew(findings, gw, sa);
	return true;
}

static bool is_refused(const struct gateway *gw, const struct gw_sa *sa,
		       struct findings *findings)
{
	if (!sa->asked || !sa->refusal[0])
		return false;
	find(findings, RESULT_WARN, "sa-refused",
	     "done in software: %s; take AES-GCM in tunnel or transport mode, %s",
	     sa->refusal,
	     setting(gw, "esp_proposals = aes128gcm16 in swanctl.conf",
		     "esp=aes_gcm128 in ipsec.conf",
		     "aead 'rfc4106(gcm(aes))'"));
	find_sa(findings, sa);
	mend_anew(findings, gw, sa);
	return true;
}

static bool no_esp_offload(const struct gateway *gw, const struct gw_sa *sa,
			   struct findings *findings)
{
	bool ip6 = sa->info.family == AF_INET6;
	enum gw_esp state = ip6 ? gw->esp6 : gw->esp4;
	const char *module = ip6 ? "esp6_offload" : "esp4_offload";

	switch (state) {
	case GW_ESP_MISSING:
		find(findings, RESULT_WARN, "esp-offload-missing",
		     "done in software: this kernel does not have the module %s",
		     module);
		find_sa(findings, sa);
		find_mend(findings, "modprobe %s", module);
		return true;
	case GW_ESP_BLACKLISTED:
		find(findings, RESULT_WARN, "esp-offload-blacklisted",
		     "done in software: a file of modprobe.d keeps the kernel from loading %s",
		     module);
		find_sa(findings, sa);
		find_mend(findings,
			  "grep -l %s /etc/modprobe.d/*.conf; modprobe --ignore-install %s",
			  module, module);
		return true;
	default:
		return false;
	}
}

static bool no_device(const struct gateway *gw, const struct gw_sa *sa,
		      struct findings *findings)
{
	const struct gw_addr *addr = address_of(gw, sa);
	char word[SHELL_WORD_SIZE];

	if (gw_espsimd(gw, 0))
		return false;
	find(findings, RESULT_WARN, "no-device",
	     "done in software: there is no espsimd device");
	find_sa(findings, sa);
	find_mend(findings, "ip link add esp0 link %s type espsimd",
		  addr ? shell_word(gw_link_name(gw, addr->ifindex), word) :
			 "DEV");
	return true;
}

static void mend_address(struct findings *findings, const struct gateway *gw,
			 const struct gw_addr *addr)
{
	const struct gw_link *to = gw_espsimd(gw, addr->ifindex);
	char text[GW_ADDR_SIZE], from_word[SHELL_WORD_SIZE];
	char to_word[SHELL_WORD_SIZE];

	if (!to)
		to = gw_espsimd(gw, 0);
	gw_addr_text(addr->family, &addr->addr, text);
	shell_word(gw_link_name(gw, addr->ifindex), from_word);
	shell_word(to->name, to_word);
	find_mend(findings,
		  "ip addr del %s/%u dev %s && ip addr add %s/%u dev %s",
		  text, addr->prefixlen, from_word, text, addr->prefixlen,
		  to_word);
}

/* Daemons take the device that has the local address. */
static bool address_elsewhere(const struct gateway *gw, const struct gw_sa *sa,
			      struct findings *findings)
{
	const struct gw_addr *addr = address_of(gw, sa);

	if (own_device(gw, sa))
		return false;
	if (addr) {
		find(findings, RESULT_WARN, "address-elsewhere",
		     "done in software: its local address is on %s, which is no espsimd device",
		     gw_link_name(gw, addr->ifindex));
		find_sa(findings, sa);
		mend_address(findings, gw, addr);
	} else {
		find(findings, RESULT_WARN, "address-elsewhere",
		     "done in software: neither end is an address of this gateway");
		find_sa(findings, sa);
	}
	return true;
}

static bool is_down(const struct gateway *gw, const struct gw_sa *sa,
		    struct findings *findings)
{
	const struct gw_link *link = own_device(gw, sa);
	char word[SHELL_WORD_SIZE];

	if (link->up)
		return false;
	find(findings, RESULT_WARN, "device-down",
	     "done in software: %s, which has its address, is down",
	     link->name);
	find_sa(findings, sa);
	find_mend(findings, "ip link set %s up", shell_word(link->name, word));
	return true;
}

static bool feature_off(const struct gateway *gw, const struct gw_sa *sa,
			struct findings *findings)
{
	const struct gw_link *link = own_device(gw, sa);
	char word[SHELL_WORD_SIZE];

	if (link->feature)
		return false;
	find(findings, RESULT_WARN, "feature-off",
	     "done in software: esp-hw-offload of %s is off", link->name);
	find_sa(findings, sa);
	find_mend(findings, "ethtool -K %s esp-hw-offload on",
		  shell_word(link->name, word));
	return true;
}

/* Who has others of the same tunnel offloaded asks for it. */
static bool was_lost(const struct gateway *gw, const struct gw_sa *sa,
		     struct findings *findings)
{
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		const struct gw_sa *other = &gw->sas[i];

		if (!on_espsimd(gw, other) ||
		    other->info.family != sa->info.family ||
		    (!gw_peers(sa, other) && !gw_peers(other, sa) &&
		     !(other->info.reqid == sa->info.reqid &&
		       gw_same_addr(sa->info.family, &other->info.id.daddr,
				    &sa->info.id.daddr))))
			continue;
		find(findings, RESULT_WARN, "offload-lost",
		     "done in software, though SAs of the same tunnel are on %s: that was not there, was down or had its feature off when this one came",
		     gw_link_name(gw, other->ifindex));
		find_sa(findings, sa);
		mend_rekey(findings, gw, sa);
		return true;
	}
	return false;
}

/* Pluto looks for devices when it starts; charon does for each SA. */
static bool is_early(const struct gateway *gw)
{
	return gw->daemon == GW_PLUTO && gw->module_start &&
	       gw->daemon_start < gw->module_start;
}

static bool daemon_early(const struct gateway *gw, const struct gw_sa *sa,
			 struct findings *findings)
{
	if (!is_early(gw))
		return false;
	find(findings, RESULT_WARN, "daemon-early",
	     "done in software: pluto was started %llu s before the module was loaded, and looks for devices only then; if nic-offload is set, restart it",
	     (unsigned long long)(gw->module_start - gw->daemon_start));
	find_sa(findings, sa);
	find_mend(findings, "systemctl restart ipsec");
	return true;
}

static bool not_asked(const struct gateway *gw, const struct gw_sa *sa,
		      struct findings *findings)
{
	if (gw->daemon)
		find(findings, RESULT_WARN, "daemon-no-offload",
		     "done in software: %s did not ask for offload; set %s",
		     setting(gw, "charon", "pluto", ""),
		     setting(gw,
			     "hw_offload = crypto (yes before 5.9.10) in connections.CONN.children.CHILD of swanctl.conf",
			     "nic-offload=crypto (yes before 5.0) in the connection of ipsec.conf",
			     ""));
	else
		find(findings, RESULT_WARN, "not-asked",
		     "done in software: it was added without the word \"offload\"");
	find_sa(findings, sa);
	mend_anew(findings, gw, sa);
	return true;
}

/* In the order in which one hides the next. */
static reason_fn *const reasons[] = {
	no_module,
	has_if_id,
	is_refused,
	no_esp_offload,
	no_device,
	address_elsewhere,
	is_down,
	feature_off,
	was_lost,
	daemon_early,
	not_asked,
};

static void explain(const struct gateway *gw, const struct gw_sa *sa,
		    struct findings *findings)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i](gw, sa, findings))
			return;
}

static void other_device(const struct gateway *gw, const struct gw_sa *sa,
			 struct findings *findings)
{
	const struct gw_addr *addr = address_of(gw, sa);
	const char *name = gw_link_name(gw, sa->ifindex);

	if (addr && addr->ifindex == sa->ifindex)
		find(findings, RESULT_NOTE, "offload-elsewhere",
		     "done by %s, which has its address, and is no espsimd device",
		     name);
	else
		find(findings, RESULT_NOTE, "offload-elsewhere",
		     "done by %s, which it names, and which is no espsimd device",
		     name);
	find_sa(findings, sa);
	if (addr && addr->ifindex == sa->ifindex && gw_espsimd(gw, 0))
		mend_address(findings, gw, addr);
}

/* What leaves by another device than the SA's the stack seals itself. */
static void check_route(const struct gateway *gw, const struct gw_sa *sa,
			struct findings *findings)
{
	const char *name = gw_link_name(gw, sa->ifindex);
	char dst[GW_ADDR_SIZE], word[SHELL_WORD_SIZE];

	if (sa->dir != GW_DIR_OUT || !sa->route.ifindex ||
	    sa->route.ifindex == sa->ifindex)
		return;
	find(findings, RESULT_WARN, "route-elsewhere",
	     "it is on %s, but its packets leave by %s, and so are %s", name,
	     gw_link_name(gw, sa->route.ifindex),
	     sa->packet ? "lost" : "sealed in software");
	find_sa(findings, sa);
	find_mend(findings, "ip route replace %s%s%s dev %s",
		  gw_addr_text(sa->info.family, &sa->info.id.daddr, dst),
		  sa->route.via[0] ? " via " : "", sa->route.via,
		  shell_word(name, word));
}

/* Of interest only to those who set SAs up by hand. */
static void check_iproute2(const struct gateway *gw, struct findings *findings,
			   size_t nr_soft)
{
	char version[32];

	if (!nr_soft || gw->daemon || !gw->module || !gw_old_ip(gw))
		return;
	snprintf(version, sizeof(version), "iproute2 %u.%u", gw->ip_major,
		 gw->ip_minor);
	find(findings, RESULT_NOTE, "iproute2-old",
	     "it cannot ask for packet mode, and knows crypto mode as \"offload\" only, before %d.%d",
	     GW_IP_MAJOR, GW_IP_MINOR);
	find_object(findings, version);
	find_mend(findings,
		  "apt install -t $(lsb_release -cs)-backports iproute2");
}

/* All offloaded SAs of a device that is down are gone, and leave no trace. */
static void check_devices_up(const struct gateway *gw,
			     struct findings *findings)
{
	char word[SHELL_WORD_SIZE];
	size_t i;

	for (i = 0; i < gw->nr_links; i++) {
		const struct gw_link *link = &gw->links[i];

		if (!link->espsimd || link->up)
			continue;
		find(findings, RESULT_FAIL, "device-down",
		     "it is down: the kernel has deleted the SAs and policies that were offloaded to it");
		find_object(findings, link->name);
		find_mend(findings, "ip link set %s up",
			  shell_word(link->name, word));
	}
}

/* A connection for which it found no device has no SAs at all. */
static void check_pluto(const struct gateway *gw, struct findings *findings)
{
	if (!is_early(gw) || gw->nr_sas)
		return;
	find(findings, RESULT_NOTE, "daemon-early",
	     "it was started %llu s before the module was loaded, and has not loaded connections with nic-offload",
	     (unsigned long long)(gw->module_start - gw->daemon_start));
	find_object(findings, "pluto");
	find_mend(findings, "systemctl restart ipsec");
}

void judge_offload(const struct gateway *gw, struct findings *findings)
{
	size_t i, nr_soft = 0;

	check_devices_up(gw, findings);
	check_pluto(gw, findings);
	for (i = 0; i < gw->nr_sas; i++) {
		const struct gw_sa *sa = &gw->sas[i];

		if (sa->info.id.proto != IPPROTO_ESP)
			continue;
		if (on_espsimd(gw, sa)) {
			check_route(gw, sa, findings);
		} else if (sa->ifindex) {
			other_device(gw, sa, findings);
		} else {
			explain(gw, sa, findings);
			nr_soft++;
		}
	}
	check_iproute2(gw, findings, nr_soft);
}
