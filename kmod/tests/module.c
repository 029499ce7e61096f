// SPDX-License-Identifier: GPL-2.0
/*
 * In-kernel tests of espsimd. KUnit runs them when the module is loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "../aead/aead.h"
#include "../simd.h"

static int __init espsimd_kunit_init(void)
{
	enum espsimd_tier best;

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
