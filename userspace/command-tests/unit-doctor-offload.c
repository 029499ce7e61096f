// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check gateway: why SAs are not offloaded.
 */
#include <string.h>

#include "unit-doctor.h"

static void in_software(void)
{
	doctor_soft(GW_DIR_OUT);
}

static void module_gone(void)
{
	doctor_soft(GW_DIR_OUT);
	gw.module = false;
	links[3].espsimd = false;
}

static void if_id_in(void)
{
	doctor_soft(GW_DIR_IN)->if_id = 5;
}

static void if_id_out(void)
{
	doctor_soft(GW_DIR_OUT)->if_id = 5;
}

static void refused(void)
{
	struct gw_sa *sa = doctor_soft(GW_DIR_OUT);

	sa->asked = true;
	doctor_text(sa->refusal, "espsimd: No");
}

static void refused_charon(void)
{
	refused();
	gw.daemon = GW_CHARON;
	gw.daemon_start = 200;
}

static void taken(void)
{
	doctor_soft(GW_DIR_OUT)->asked = true;
}

static void esp4_missing(void)
{
	doctor_soft(GW_DIR_OUT);
	gw.esp4 = GW_ESP_MISSING;
}

static void esp6_missing(void)
{
	doctor_soft(GW_DIR_OUT);
	gw.esp6 = GW_ESP_MISSING;
}

static void esp4_blacklisted(void)
{
	doctor_soft(GW_DIR_OUT);
	gw.esp4 = GW_ESP_BLACKLISTED;
}

static void no_device(void)
{
	doctor_soft(GW_DIR_OUT);
	links[3].espsimd = false;
	addrs[0].ifindex = ETH0;
}

static void on_lower(void)
{
	doctor_soft(GW_DIR_OUT);
	addrs[0].ifindex = ETH0;
}

static void on_nothing(void)
{
	doctor_soft(GW_DIR_OUT);
	gw.nr_addrs = 0;
}

static void down(void)
{
	links[3].up = false;
}

static void soft_down(void)
{
	doctor_soft(GW_DIR_OUT);
	down();
}

static void lower_down(void)
{
	doctor_soft(GW_DIR_OUT);
	links[1].up = false;
}

static void feature_off(void)
{
	doctor_soft(GW_DIR_OUT);
	links[3].feature = false;
}

static void one_in_software(void)
{
	sas[OUT].ifindex = 0;
}

static void other_tunnel(void)
{
	one_in_software();
	sas[IN].info.reqid = 2;
}

/* Another SA of the same direction, as after rekeying. */
static void other_sa(uint32_t reqid)
{
	in_software();
	doctor_sa(&sas[2], GW_DIR_OUT, 0x1003);
	sas[2].info.reqid = reqid;
	gw.nr_sas = 3;
}

static void rekeyed(void)
{
	other_sa(1);
}

static void other_connection(void)
{
	other_sa(2);
}

static void charon(void)
{
	doctor_soft(GW_DIR_OUT);
	gw.daemon = GW_CHARON;
	gw.daemon_start = 200;
}

static void pluto(void)
{
	charon();
	gw.daemon = GW_PLUTO;
}

static void pluto_first(void)
{
	pluto();
	gw.daemon_start = 40;
}

static void pluto_first_no_sas(void)
{
	pluto_first();
	gw.nr_sas = 0;
}

static void charon_first(void)
{
	charon();
	gw.daemon_start = 40;
}

static void pluto_module_unknown(void)
{
	pluto_first();
	gw.module_start = 0;
}

static void other_nic(void)
{
	sas[OUT].ifindex = LAN0;
}

static void address_on_nic(void)
{
	sas[OUT].ifindex = ETH0;
	addrs[0].ifindex = ETH0;
}

static void leaves_by_lower(void)
{
	sas[OUT].route.ifindex = ETH0;
}

static void route_unknown(void)
{
	sas[OUT].route = (struct gw_route){ .ifindex = 0 };
}

static void old_ip(void)
{
	doctor_soft(GW_DIR_OUT);
	gw.ip_minor = 1;
}

static void old_ip_offloaded(void)
{
	gw.ip_minor = 1;
}

static void old_ip_charon(void)
{
	charon();
	gw.ip_minor = 1;
}

static const struct rule rules[] = {
	FIRES("module-missing", module_gone, WARN, "modprobe espsimd",
	      "the module espsimd is not loaded"),
	QUIET("module-missing", in_software),
	FIRES("sa-if-id", if_id_in, WARN, NEW_IN, "interface id, here 5"),
	QUIET("sa-if-id", if_id_out),
	FIRES("sa-refused", refused, WARN, NEW_OUT, "espsimd: No;"),
	FIRES("sa-refused", refused_charon, WARN, CHARON_ANEW,
	      "esp_proposals = aes128gcm16"),
	QUIET("sa-refused", taken),
	FIRES("esp-offload-missing", esp4_missing, WARN,
	      "modprobe esp4_offload", "esp4_offload"),
	QUIET("esp-offload-missing", esp6_missing),
	FIRES("esp-offload-blacklisted", esp4_blacklisted, WARN,
	      "grep -l esp4_offload /etc/modprobe.d/*.conf; modprobe --ignore-install esp4_offload",
	      "modprobe.d"),
	QUIET("esp-offload-blacklisted", esp4_missing),
	FIRES("no-device", no_device, WARN,
	      "ip link add esp0 link eth0 type espsimd",
	      "there is no espsimd device"),
	QUIET("no-device", in_software),
	FIRES("address-elsewhere", on_lower, WARN,
	      "ip addr del 192.0.2.1/24 dev eth0 && ip addr add 192.0.2.1/24 dev esp0",
	      "its local address is on eth0"),
	FIRES("address-elsewhere", on_nothing, WARN, NULL,
	      "neither end is an address of this gateway"),
	QUIET("address-elsewhere", in_software),
	FIRES("device-down", soft_down, FAIL, "ip link set esp0 up",
	      "the kernel has deleted"),
	FIRES("device-down", down, FAIL, "ip link set esp0 up",
	      "it is down"),
	QUIET("device-down", lower_down),
	FIRES("feature-off", feature_off, WARN,
	      "ethtool -K esp0 esp-hw-offload on", "of esp0 is off"),
	QUIET("feature-off", in_software),
	FIRES("offload-lost", one_in_software, WARN, NEW_OUT,
	      "SAs of the same tunnel are on esp0"),
	FIRES("offload-lost", rekeyed, WARN, NEW_OUT,
	      "SAs of the same tunnel are on esp0"),
	QUIET("offload-lost", other_tunnel),
	QUIET("offload-lost", other_connection),
	QUIET("offload-lost", in_software),
	FIRES("daemon-early", pluto_first, WARN, "systemctl restart ipsec",
	      "pluto was started 60 s before the module"),
	FIRES("daemon-early", pluto_first_no_sas, NOTE,
	      "systemctl restart ipsec", "has not loaded connections"),
	QUIET("daemon-early", pluto),
	QUIET("daemon-early", charon_first),
	QUIET("daemon-early", pluto_module_unknown),
	FIRES("daemon-no-offload", pluto, WARN, PLUTO_ANEW,
	      "nic-offload=crypto"),
	FIRES("daemon-no-offload", charon, WARN, CHARON_ANEW,
	      "hw_offload = crypto"),
	QUIET("daemon-no-offload", in_software),
	FIRES("not-asked", in_software, WARN, NEW_OUT,
	      "without the word \"offload\""),
	QUIET("not-asked", charon),
	FIRES("offload-elsewhere", other_nic, NOTE, NULL, "done by lan0"),
	FIRES("offload-elsewhere", address_on_nic, NOTE,
	      "ip addr del 192.0.2.1/24 dev eth0 && ip addr add 192.0.2.1/24 dev esp0",
	      "done by eth0, which has its address"),
	QUIET("offload-elsewhere", in_software),
	FIRES("route-elsewhere", leaves_by_lower, WARN,
	      "ip route replace 203.0.113.1 via 192.0.2.254 dev esp0",
	      "leave by eth0"),
	QUIET("route-elsewhere", route_unknown),
	FIRES("iproute2-old", old_ip, NOTE,
	      "apt install -t $(lsb_release -cs)-backports iproute2",
	      "cannot ask for packet mode"),
	QUIET("iproute2-old", in_software),
	QUIET("iproute2-old", old_ip_offloaded),
	QUIET("iproute2-old", old_ip_charon),
};

/* It is said of the device, and of each SA that has its address. */
static void test_down(void)
{
	struct findings findings = { .nr = 0 };
	size_t i, nr = 0;

	doctor_healthy();
	soft_down();
	judge_offload(&gw, &findings);
	for (i = 0; i < findings.nr; i++)
		nr += !strcmp(findings.list[i].subject, "device-down");
	ok(nr == 3 && findings.nr == 3, "doctor: a device that is down");
	findings_free(&findings);
}

void test_doctor_offload(void)
{
	doctor_rules(rules, ARRAY_SIZE(rules));
	test_down();
}
