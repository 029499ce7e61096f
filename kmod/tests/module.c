// SPDX-License-Identifier: GPL-2.0
/*
 * In-kernel tests of espsimd. KUnit runs them when the module is loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/in.h>
#include <linux/module.h>
#include <linux/socket.h>
#include <linux/xfrm.h>

#include "../aead/aead.h"
#include "../sa_validate.h"
#include "../simd.h"
#include "module.h"

struct espsimd_test_no_engine espsimd_test_no_engine;

static void __init espsimd_kunit_without_engine(void)
{
	static const struct espsimd_sa_desc desc __initconst = {
		.aead = "rfc4106(gcm(aes))",
		.geniv = "seqiv",
		.key_bits = 128,
		.icv_bits = 128,
		.family = AF_INET,
		.mode = XFRM_MODE_TUNNEL,
		.proto = IPPROTO_ESP,
		.outbound = true,
	};
	struct espsimd_test_no_engine *seen = &espsimd_test_no_engine;

	seen->err = espsimd_sa_validate(&desc, &seen->reason);
}

static int __init espsimd_kunit_init(void)
{
	enum espsimd_tier best;

	espsimd_kunit_without_engine();
	if (!espsimd_simd_begin())
		return -EBUSY;
	best = espsimd_aead_init();
	espsimd_simd_end();

	pr_info("best engine tier is %s\n", espsimd_aead_tier_name(best));
	return 0;
}

static void __exit espsimd_kunit_exit(void)
{
}

module_init(espsimd_kunit_init);
module_exit(espsimd_kunit_exit);

MODULE_AUTHOR("The espsimd developers");
MODULE_DESCRIPTION("In-kernel tests of espsimd");
MODULE_LICENSE("GPL");
