/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The judgement of `espsimd check gateway`: facts in, findings out. Nothing
 * here asks the kernel for anything.
 */
#ifndef ESPSIMD_DOCTOR_H
#define ESPSIMD_DOCTOR_H

#include "finding.h"
#include "gateway.h"

/**
 * judge_offload() - why SAs are not done by a device of the module
 * @gw: the gateway
 * @findings: (output) where to say so
 */
void judge_offload(const struct gateway *gw, struct findings *findings);

/**
 * judge_algorithms() - weak or missing algorithms of SAs
 * @gw: the gateway
 * @findings: (output) where to say so
 */
void judge_algorithms(const struct gateway *gw, struct findings *findings);

/**
 * judge_numbers() - sequence numbers, replay windows and lifetimes of SAs
 * @gw: the gateway
 * @findings: (output) where to say so
 */
void judge_numbers(const struct gateway *gw, struct findings *findings);

/**
 * judge_policies() - policies that protect less than they seem to, or that
 * lose packets
 * @gw: the gateway
 * @findings: (output) where to say so
 */
void judge_policies(const struct gateway *gw, struct findings *findings);

/**
 * judge_mtu() - packets that do not fit into their tunnel
 * @gw: the gateway
 * @findings: (output) where to say so
 */
void judge_mtu(const struct gateway *gw, struct findings *findings);

/**
 * judge_natt() - SAs with UDP encapsulation
 * @gw: the gateway
 * @findings: (output) where to say so
 */
void judge_natt(const struct gateway *gw, struct findings *findings);

/**
 * judge_gateway() - all of these
 * @gw: the gateway
 * @findings: (output) where to say so
 */
void judge_gateway(const struct gateway *gw, struct findings *findings);

/**
 * sa_inner_mtu() - the largest packet that fits into an SA
 * @sa: the SA, of ESP
 * @mtu: the largest packet that fits on the path
 *
 * Return: bytes, of the whole IP packet before it is sealed; 0 if none fits.
 */
uint32_t sa_inner_mtu(const struct gw_sa *sa, uint32_t mtu);

/**
 * find_sa() - say that the last finding is about an SA
 * @findings: the findings
 * @sa: the SA
 */
void find_sa(struct findings *findings, const struct gw_sa *sa);

/**
 * find_policy() - say that the last finding is about a policy
 * @findings: the findings
 * @policy: the policy
 */
void find_policy(struct findings *findings, const struct gw_policy *policy);

/**
 * mend_anew() - what sets an SA up again after its configuration was changed
 * @findings: the findings, to the last of which it is added
 * @gw: the gateway
 * @sa: the SA
 *
 * Without a daemon it is the command for another SA in place of this one, since
 * no key may be used twice. Words in capitals stand for what only the operator
 * knows.
 */
void mend_anew(struct findings *findings, const struct gateway *gw,
	       const struct gw_sa *sa);

/**
 * mend_rekey() - what replaces an SA
 * @findings: the findings, to the last of which it is added
 * @gw: the gateway
 * @sa: the SA
 */
void mend_rekey(struct findings *findings, const struct gateway *gw,
		const struct gw_sa *sa);

/**
 * setting() - the words for a setting, as the daemon at hand has it
 * @gw: the gateway
 * @charon: for strongSwan
 * @pluto: for Libreswan
 * @ip: for ip-xfrm(8)
 *
 * Return: one of these.
 */
const char *setting(const struct gateway *gw, const char *charon,
		    const char *pluto, const char *ip);

#endif /* ESPSIMD_DOCTOR_H */
