/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `espsimd check gateway` judges: the facts of a gateway, as the kernel
 * and its files tell them. No key is among them.
 */
#ifndef ESPSIMD_GATEWAY_H
#define ESPSIMD_GATEWAY_H

#include <linux/xfrm.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"

/* Longest name of an algorithm in XFRM, with its NUL. */
#define GW_ALG_SIZE	64

/* Transformations that one policy may ask for, as in the kernel. */
#define GW_TMPLS	6

/* The version of iproute2 that can ask for packet mode. */
#define GW_IP_MAJOR	6
#define GW_IP_MINOR	2

/* Room for one address, and for what names an SA or a policy. */
#define GW_ADDR_SIZE	48
#define GW_NAME_SIZE	192

/**
 * enum gw_dir - direction of an SA
 * @GW_DIR_UNKNOWN: neither end is an address of this gateway
 * @GW_DIR_IN: packets come by it
 * @GW_DIR_OUT: packets leave by it
 */
enum gw_dir {
	GW_DIR_UNKNOWN,
	GW_DIR_IN,
	GW_DIR_OUT,
};

/**
 * struct gw_route - how a packet to some address would leave
 * @ifindex: the device, 0 if that is not known
 * @mtu: largest packet, 0 if that is not known
 * @via: next hop, empty if there is none
 */
struct gw_route {
	uint32_t ifindex;
	uint32_t mtu;
	char via[GW_ADDR_SIZE];
};

/**
 * struct gw_sa - an SA
 * @info: what XFRM says of any SA
 * @aead: AEAD algorithm, empty for none
 * @enc: cipher that is none, empty for none
 * @auth: integrity algorithm, empty for none
 * @comp: compression, empty for none
 * @key_bits: length of the AEAD's key in bits, salt included
 * @icv_bits: length of the integrity check value in bits
 * @encap: UDP_ENCAP_* or TCP_ENCAP_* number, 0 for none
 * @sport: source port of the encapsulation
 * @dport: destination port of the encapsulation
 * @if_id: XFRM interface id
 * @tfcpad: traffic flow padding in bytes
 * @seq: the highest sequence number that was received
 * @oseq: the last sequence number that was sent
 * @window: replay window in packets
 * @esn: it has extended sequence numbers
 * @dir: its direction
 * @ifindex: the device that it is offloaded to, 0 for none
 * @packet: it is offloaded in packet mode
 * @asked: the module was asked whether it would take it
 * @refusal: why the module would not, empty if it would
 * @route: how its packets leave, if it is outbound
 */
struct gw_sa {
	struct xfrm_usersa_info info;
	char aead[GW_ALG_SIZE];
	char enc[GW_ALG_SIZE];
	char auth[GW_ALG_SIZE];
	char comp[GW_ALG_SIZE];
	uint32_t key_bits;
	uint32_t icv_bits;
	uint16_t encap;
	uint16_t sport;
	uint16_t dport;
	uint32_t if_id;
	uint32_t tfcpad;
	uint64_t seq;
	uint64_t oseq;
	uint32_t window;
	bool esn;
	enum gw_dir dir;
	uint32_t ifindex;
	bool packet;
	bool asked;
	char refusal[512];
	struct gw_route route;
};

/**
 * struct gw_policy - a policy that is no socket's
 * @info: what XFRM says of any policy
 * @tmpls: the transformations that it asks for
 * @nr_tmpls: how many
 * @if_id: XFRM interface id
 * @mark: mark of packets
 * @mark_mask: the bits of it that count
 * @ifindex: the device that it is offloaded to, 0 for none
 * @route: how packets to its destination leave, if it is offloaded and outbound
 */
struct gw_policy {
	struct xfrm_userpolicy_info info;
	struct xfrm_user_tmpl tmpls[GW_TMPLS];
	size_t nr_tmpls;
	uint32_t if_id;
	uint32_t mark;
	uint32_t mark_mask;
	uint32_t ifindex;
	struct gw_route route;
};

/**
 * struct gw_link - a network device
 * @ifindex: its index
 * @name: its name
 * @mtu: its MTU
 * @up: it is set up
 * @loopback: it is a loopback device
 * @espsimd: it is one of the module's
 * @lower: index of the device below, of the module's devices only
 * @feature: esp-hw-offload is active, of the module's devices only
 * @noxfrm: the kernel leaves outbound policies for IPv4 to it
 */
struct gw_link {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	uint32_t mtu;
	bool up;
	bool loopback;
	bool espsimd;
	uint32_t lower;
	bool feature;
	bool noxfrm;
};

/**
 * struct gw_addr - an address of this gateway
 * @family: AF_INET or AF_INET6
 * @prefixlen: length of its prefix
 * @ifindex: the device that has it
 * @addr: the address
 */
struct gw_addr {
	uint16_t family;
	uint8_t prefixlen;
	uint32_t ifindex;
	xfrm_address_t addr;
};

/**
 * struct gw_port - a UDP port that a socket is bound to
 * @family: AF_INET or AF_INET6
 * @port: the port
 */
struct gw_port {
	uint16_t family;
	uint16_t port;
};

/**
 * enum gw_daemon - an IKE daemon
 * @GW_NO_DAEMON: none
 * @GW_CHARON: strongSwan's
 * @GW_PLUTO: Libreswan's
 */
enum gw_daemon {
	GW_NO_DAEMON,
	GW_CHARON,
	GW_PLUTO,
};

/**
 * enum gw_esp - whether the kernel can offload ESP of one family
 * @GW_ESP_READY: it can, or finds what it needs by itself
 * @GW_ESP_MISSING: it has not got the module for it
 * @GW_ESP_BLACKLISTED: it may not load the module for it
 */
enum gw_esp {
	GW_ESP_READY,
	GW_ESP_MISSING,
	GW_ESP_BLACKLISTED,
};

/**
 * struct gateway - all of it
 * @sas: its SAs
 * @nr_sas: how many
 * @policies: its policies
 * @nr_policies: how many
 * @links: its devices
 * @nr_links: how many
 * @addrs: its addresses
 * @nr_addrs: how many
 * @ports: UDP ports that sockets are bound to
 * @nr_ports: how many
 * @module: the module is loaded
 * @daemon: the IKE daemon that runs in this network namespace
 * @daemon_start: when that was started, in seconds since the kernel was
 * @module_start: when the module was loaded, likewise, 0 if it is not known
 * @esp4: for IPv4
 * @esp6: for IPv6
 * @forwards4: it forwards IPv4
 * @forwards6: it forwards IPv6
 * @clamps: something clamps the MSS of TCP connections, or may do
 * @ip_major: version of iproute2, 0 if it is not known
 * @ip_minor: the second number of it
 * @no_states: packets that found a policy and no SA
 * @now: the time, in seconds as XFRM counts them
 */
struct gateway {
	struct gw_sa *sas;
	size_t nr_sas;
	struct gw_policy *policies;
	size_t nr_policies;
	struct gw_link *links;
	size_t nr_links;
	struct gw_addr *addrs;
	size_t nr_addrs;
	struct gw_port *ports;
	size_t nr_ports;
	bool module;
	enum gw_daemon daemon;
	uint64_t daemon_start;
	uint64_t module_start;
	enum gw_esp esp4;
	enum gw_esp esp6;
	bool forwards4;
	bool forwards6;
	bool clamps;
	unsigned int ip_major;
	unsigned int ip_minor;
	uint64_t no_states;
	uint64_t now;
};

/**
 * gw_more() - make room for one more element of a list
 * @list: the list, NULL if it is empty
 * @nr: how many it has
 * @size: size of an element
 *
 * Return: the list, maybe elsewhere; the new element is zeroes.
 */
void *gw_more(void *list, size_t nr, size_t size);

/**
 * gw_free() - free all facts
 * @gw: the gateway
 */
void gw_free(struct gateway *gw);

/**
 * gw_link() - find a device by its index
 * @gw: the gateway
 * @ifindex: the index
 *
 * Return: the device, NULL if there is none.
 */
struct gw_link *gw_link(const struct gateway *gw, uint32_t ifindex);

/**
 * gw_link_name() - name of a device, for people
 * @gw: the gateway
 * @ifindex: its index
 *
 * Return: the name, or "another device" if there is none.
 */
const char *gw_link_name(const struct gateway *gw, uint32_t ifindex);

/**
 * gw_espsimd() - find a device of the module
 * @gw: the gateway
 * @lower: index of the device below it, 0 if any will do
 *
 * Return: the device, NULL if there is none.
 */
const struct gw_link *gw_espsimd(const struct gateway *gw, uint32_t lower);

/**
 * gw_same_addr() - are two addresses of one family the same?
 * @family: AF_INET or AF_INET6
 * @one: the one
 * @other: the other
 *
 * Return: true if they are.
 */
bool gw_same_addr(uint16_t family, const xfrm_address_t *one,
		  const xfrm_address_t *other);

/**
 * gw_in_prefix() - is an address in a prefix?
 * @family: AF_INET or AF_INET6
 * @addr: the address
 * @prefix: an address of the prefix
 * @bits: length of the prefix
 *
 * Return: true if it is.
 */
bool gw_in_prefix(uint16_t family, const xfrm_address_t *addr,
		  const xfrm_address_t *prefix, unsigned int bits);

/**
 * gw_addr() - find an address of the gateway
 * @gw: the gateway
 * @family: AF_INET or AF_INET6
 * @addr: the address
 *
 * Return: the address and who has it, NULL if the gateway does not.
 */
const struct gw_addr *gw_addr(const struct gateway *gw, uint16_t family,
			      const xfrm_address_t *addr);

/**
 * gw_sa_local() - the end of an SA that is this gateway's
 * @sa: the SA
 *
 * Return: the address; NULL if the SA's direction is not known.
 */
const xfrm_address_t *gw_sa_local(const struct gw_sa *sa);

/**
 * gw_peers() - is one SA the way back of another?
 * @sa: the one
 * @other: the other
 *
 * Return: true if their addresses are swapped and all else fits.
 */
bool gw_peers(const struct gw_sa *sa, const struct gw_sa *other);

/**
 * gw_uses() - would a template of a policy use an SA, offload aside?
 * @policy: the policy
 * @tmpl: the template
 * @sa: the SA
 *
 * Return: true if it would, for some packet.
 */
bool gw_uses(const struct gw_policy *policy, const struct xfrm_user_tmpl *tmpl,
	     const struct gw_sa *sa);

/**
 * gw_old_ip() - is iproute2 older than the version that knows modes of offload?
 * @gw: the gateway
 *
 * Return: true if it is known to be.
 */
bool gw_old_ip(const struct gateway *gw);

/**
 * gw_is_tunnel() - does a template or an SA of this mode add outer addresses?
 * @mode: XFRM_MODE_*
 *
 * Return: true if it does.
 */
bool gw_is_tunnel(uint8_t mode);

/**
 * gw_settle() - find the directions of SAs that do not say theirs
 * @gw: the gateway
 */
void gw_settle(struct gateway *gw);

/**
 * gw_addr_text() - an address for people and commands
 * @family: AF_INET or AF_INET6
 * @addr: the address
 * @text: (output) the address
 *
 * Return: @text.
 */
const char *gw_addr_text(uint16_t family, const xfrm_address_t *addr,
			 char text[GW_ADDR_SIZE]);

/**
 * gw_sa_name() - what names an SA, in the words of ip-xfrm(8)
 * @sa: the SA
 * @text: (output) the words
 *
 * Return: @text.
 */
const char *gw_sa_name(const struct gw_sa *sa, char text[GW_NAME_SIZE]);

/**
 * gw_policy_name() - what names a policy, in the words of ip-xfrm(8)
 * @policy: the policy
 * @text: (output) the words
 *
 * Return: @text.
 */
const char *gw_policy_name(const struct gw_policy *policy,
			   char text[GW_NAME_SIZE]);

/**
 * gw_xfrm_sas() - list all SAs of this network namespace
 * @gw: (output) the gateway
 *
 * Return: 0 or a negative errno.
 */
int gw_xfrm_sas(struct gateway *gw);

/**
 * gw_xfrm_policies() - list all policies of this network namespace
 * @gw: (output) the gateway
 *
 * Those of sockets and those for another use than by XFRM are left out.
 *
 * Return: 0 or a negative errno.
 */
int gw_xfrm_policies(struct gateway *gw);

/**
 * gw_net_read() - list devices and addresses, and look up the SAs' routes
 * @gw: (input, output) the gateway, with its SAs and policies
 * @root: where the kernel's file system is, "" for /
 *
 * Return: 0 or a negative errno.
 */
int gw_net_read(struct gateway *gw, const char *root);

/**
 * gw_module_read() - ask the module about its devices, and about SAs that are
 * not offloaded to one
 * @gw: (input, output) the gateway, with its SAs and devices
 * @nl: socket to the module
 *
 * Return: 0 or a negative errno.
 */
int gw_module_read(struct gateway *gw, struct nl *nl);

/**
 * gw_host_read() - read what is in files, and look for daemons
 * @gw: (output) the gateway
 * @root: where the file system is, "" for /
 * @release: release of the kernel
 *
 * What cannot be read is as if it was not there.
 */
void gw_host_read(struct gateway *gw, const char *root, const char *release);

/**
 * gw_parse_version() - read what `ip -V` prints
 * @gw: (output) the gateway
 * @line: the line
 */
void gw_parse_version(struct gateway *gw, const char *line);

#endif /* ESPSIMD_GATEWAY_H */
