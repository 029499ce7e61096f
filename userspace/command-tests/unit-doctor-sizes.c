// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check gateway: sizes of packets, and NAT.
 */
#include <linux/udp.h>
#include <netinet/in.h>
#include <string.h>

#include "unit-doctor.h"

static void mtu_300(void)
{
	sas[OUT].route.mtu = 300;
}

static void mtu_1300_ip6(void)
{
	sas[OUT].route.mtu = 1300;
	policies[3] = policies[OUT];
	policies[3].info.sel.family = AF_INET6;
	gw.nr_policies = 4;
}

static void mtu_1336_ip6(void)
{
	mtu_1300_ip6();
	sas[OUT].route.mtu = 1336;
}

static void mtu_1300(void)
{
	sas[OUT].route.mtu = 1300;
}

static void no_df(void)
{
	sas[OUT].info.flags = XFRM_STATE_NOPMTUDISC;
}

static void no_df_in(void)
{
	sas[IN].info.flags = XFRM_STATE_NOPMTUDISC;
}

static void no_clamp(void)
{
	gw.clamps = false;
}

static void no_clamp_narrow(void)
{
	gw.clamps = false;
	links[2].mtu = 1446;
}

static void no_clamp_host(void)
{
	gw.clamps = false;
	gw.forwards4 = false;
}

static void noxfrm_route(void)
{
	doctor_packet();
	links[3].noxfrm = true;
	policies[OUT].route = (struct gw_route){ ESP0, 1447, "192.0.2.254" };
}

static void noxfrm_route_fits(void)
{
	noxfrm_route();
	policies[OUT].route.mtu = 1446;
}

static void kernel_route(void)
{
	noxfrm_route();
	links[3].noxfrm = false;
}

static void natt_no_socket(void)
{
	doctor_natt();
	ports[0].port = 500;
}

static void natt_soft_no_socket(void)
{
	natt_no_socket();
	doctor_soft(GW_DIR_IN);
}

static void natt_soft(void)
{
	doctor_natt();
	doctor_soft(GW_DIR_IN);
}

static void natt_socket6(void)
{
	doctor_natt();
	ports[0].family = AF_INET6;
}

static void natt_moved(void)
{
	doctor_natt();
	sas[IN].sport = 40001;
}

static void natt_moved_rekeyed(void)
{
	natt_moved();
	sas[2] = sas[IN];
	sas[2].sport = 40000;
	gw.nr_sas = 3;
}

static void natt_silent(void)
{
	doctor_natt();
	sas[IN].info.curlft.packets = 0;
}

static void natt_silent_soon(void)
{
	natt_silent();
	sas[OUT].info.curlft.use_time = NOW - 59;
}

static const struct rule rules[] = {
	FIRES("mtu-too-small", mtu_300, FAIL, "ip link set esp0 mtu 646",
	      "246 bytes into it: IPv4 needs 576"),
	FIRES("mtu-too-small", mtu_1300_ip6, FAIL, "ip link set esp0 mtu 1350",
	      "1246 bytes into it: IPv6 needs 1280"),
	QUIET("mtu-too-small", mtu_1336_ip6),
	QUIET("mtu-too-small", mtu_1300),
	FIRES("mtu-fragments", no_df, WARN, NEW_OUT, "more than 1446 bytes"),
	QUIET("mtu-fragments", no_df_in),
	FIRES("mss-clamp-missing", no_clamp, NOTE,
	      "nft 'table inet espsimd_mss { chain forward { type filter hook forward priority mangle; tcp flags syn tcp option maxseg size set rt mtu; }; }'",
	      "makes TCP take an MSS of 1406"),
	QUIET("mss-clamp-missing", doctor_nothing),
	QUIET("mss-clamp-missing", no_clamp_narrow),
	QUIET("mss-clamp-missing", no_clamp_host),
	FIRES("route-mtu", noxfrm_route, WARN,
	      "ip route replace 10.2.0.0/16 via 192.0.2.254 dev esp0 mtu 1446",
	      "esp0 drops those of more than 1446"),
	QUIET("route-mtu", noxfrm_route_fits),
	QUIET("route-mtu", kernel_route),

	FIRES("natt-no-socket", natt_soft_no_socket, FAIL, NULL,
	      "UDP port 4500"),
	FIRES("natt-no-socket", natt_no_socket, NOTE, NULL, "in fragments"),
	QUIET("natt-no-socket", doctor_natt),
	QUIET("natt-no-socket", natt_socket6),
	QUIET("natt-no-socket", natt_soft),
	FIRES("natt-port-mismatch", natt_moved, WARN,
	      NEW_SA(OUT_ENDS, " encap espinudp 4500 40000 0.0.0.0" LIMITS
		     " offload crypto dev esp0 dir out"),
	      "sends to UDP port 40000, and the way back comes from 40001"),
	QUIET("natt-port-mismatch", doctor_natt),
	QUIET("natt-port-mismatch", natt_moved_rekeyed),
	FIRES("natt-no-answer", natt_silent, WARN,
	      NEW_SA(OUT_ENDS, " encap espinudp 4500 40000 0.0.0.0" LIMITS
		     " offload crypto dev esp0 dir out"),
	      "1000 packets went to UDP port 40000, the first 100 s ago"),
	QUIET("natt-no-answer", doctor_natt),
	QUIET("natt-no-answer", natt_silent_soon),
};

/* What the documentation and RFC 4303 have for an MTU of 1500. */
static void test_sizes(void)
{
	doctor_healthy();
	ok(sa_inner_mtu(&sas[OUT], 1500) == 1446, "doctor: MTU over IPv4");
	ok(sa_inner_mtu(&sas[OUT], 1503) == 1446 &&
	   sa_inner_mtu(&sas[OUT], 1504) == 1450, "doctor: MTU in fours");
	sas[OUT].encap = UDP_ENCAP_ESPINUDP;
	ok(sa_inner_mtu(&sas[OUT], 1500) == 1438, "doctor: MTU over UDP");
	sas[OUT].info.family = AF_INET6;
	ok(sa_inner_mtu(&sas[OUT], 1500) == 1418,
	   "doctor: MTU over UDP and IPv6");
	sas[OUT].encap = 0;
	ok(sa_inner_mtu(&sas[OUT], 1500) == 1426, "doctor: MTU over IPv6");
	doctor_cbc();
	sas[OUT].info.family = AF_INET;
	ok(sa_inner_mtu(&sas[OUT], 1500) == 1438, "doctor: MTU with AES-CBC");
	sas[OUT].info.mode = XFRM_MODE_TRANSPORT;
	ok(sa_inner_mtu(&sas[OUT], 1500) == 1458,
	   "doctor: MTU of transport mode");
	ok(sa_inner_mtu(&sas[OUT], 60) == 0, "doctor: MTU that nothing fits");
}

void test_doctor_sizes(void)
{
	doctor_rules(rules, ARRAY_SIZE(rules));
	test_sizes();
}
