/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packet mode, inbound: replay window, lifetimes, and what is inside of ESP.
 */
#ifndef ESPSIMD_RX_PACKET_H
#define ESPSIMD_RX_PACKET_H

#include "burst.h"
#include "dev.h"

struct espsimd_esp_info;

/**
 * espsimd_rx_packet_number() - the sequence number of a packet
 * @sa: its SA
 * @skb: the packet
 * @info: where ESP is in it
 * @seq: (output) the whole sequence number
 *
 * A packet that the replay window will refuse anyway is not worth its
 * decryption; it has been counted by the SA then.
 *
 * Context: BH off, RCU read side.
 * Return: true if it is worth it.
 */
bool espsimd_rx_packet_number(struct espsimd_sa *sa, struct sk_buff *skb,
			      const struct espsimd_esp_info *info, u64 *seq);

/**
 * espsimd_rx_packet_commit() - let the SAs decide on their packets
 * @burst: the burst, after espsimd_burst_crypt()
 *
 * Sets @drop of all jobs in packet mode. Each SA is locked once for each run
 * of packets.
 *
 * Context: BH off, RCU read side of the jobs' SAs.
 */
void espsimd_rx_packet_commit(struct espsimd_burst *burst);

/**
 * espsimd_rx_packet_strip() - take the packet out of ESP
 * @job: a job that was not dropped
 *
 * Context: BH off, RCU read side of the job's SA.
 * Return: false if there is no valid packet inside.
 */
bool __must_check espsimd_rx_packet_strip(struct espsimd_job *job);

#endif /* ESPSIMD_RX_PACKET_H */
