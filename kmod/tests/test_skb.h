/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets for tests, in any number of pieces.
 */
#ifndef ESPSIMD_TEST_SKB_H
#define ESPSIMD_TEST_SKB_H

#include <kunit/test.h>
#include <linux/skbuff.h>

/* Headroom of all packets made here. */
#define ESPSIMD_TEST_HEADROOM	64

/**
 * espsimd_test_fill() - bytes that differ from their neighbours
 * @data: (output) the bytes
 * @len: number of bytes
 * @seed: other seeds give other bytes
 *
 * Context: Any context.
 */
void espsimd_test_fill(u8 *data, unsigned int len, u32 seed);

/**
 * espsimd_test_bytes() - memory with such bytes, freed after the test case
 * @test: the test; it is aborted without memory
 * @len: number of bytes
 * @seed: as above
 *
 * Context: Process context.
 * Return: the memory; it is from kmalloc.
 */
u8 *espsimd_test_bytes(struct kunit *test, unsigned int len, u32 seed);

/**
 * espsimd_test_skb() - make a packet, which is freed after the test case
 * @test: the test; it is aborted without memory
 * @data: contents
 * @sizes: bytes of @data in the linear part, and in each fragment
 * @nr: number of entries in @sizes, at least 1
 *
 * Each fragment starts at another alignment.
 *
 * Context: Process context.
 * Return: the packet.
 */
struct sk_buff *espsimd_test_skb(struct kunit *test, const u8 *data,
				 const unsigned int *sizes, unsigned int nr);

/**
 * espsimd_test_skb_linear() - make a packet of one piece
 * @test: the test
 * @data: contents
 * @len: bytes of @data
 *
 * Context: Process context.
 * Return: the packet, as espsimd_test_skb() makes it.
 */
struct sk_buff *espsimd_test_skb_linear(struct kunit *test, const u8 *data,
					unsigned int len);

/**
 * espsimd_test_skb_track() - let a packet be freed after the test case
 * @test: the test; it is aborted if @skb is NULL
 * @skb: the packet
 *
 * Context: Process context.
 * Return: @skb.
 */
struct sk_buff *espsimd_test_skb_track(struct kunit *test, struct sk_buff *skb);

/**
 * espsimd_test_skb_free() - free one of these packets now
 * @test: the test
 * @skb: the packet
 *
 * Context: Process context.
 */
void espsimd_test_skb_free(struct kunit *test, struct sk_buff *skb);

#endif /* ESPSIMD_TEST_SKB_H */
