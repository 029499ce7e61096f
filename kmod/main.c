// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd: a network device with XFRM offload whose engine is the CPU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <net/genetlink.h>

#include "aead/aead.h"
#include "dev.h"
#include "espsimd.h"
#include "lower.h"
#include "netlink-gen.h"
#include "sa.h"
#include "simd.h"

static int __init espsimd_engine_init(void)
{
	enum espsimd_tier best;

	if (!espsimd_simd_begin())
		return -EBUSY;
	best = espsimd_aead_init();
	espsimd_simd_end();
	/* Patches the calls, which may sleep. */
	espsimd_aead_bind();

	if (best == ESPSIMD_TIER_NONE)
		pr_warn("this CPU has no engine tier, no SA will be offloaded\n");
	else
		pr_info("version %s, engine %s\n", ESPSIMD_VERSION,
			espsimd_aead_tier_name(best));
	return 0;
}

static int __init espsimd_init(void)
{
	int err;

	err = espsimd_engine_init();
	if (err)
		return err;

	err = espsimd_sa_register();
	if (err)
		return err;

	err = espsimd_lower_register();
	if (err)
		goto err_sa;

	err = genl_register_family(&espsimd_nl_family);
	if (err)
		goto err_lower;

	err = espsimd_dev_register();
	if (err)
		goto err_family;

	return 0;

err_family:
	genl_unregister_family(&espsimd_nl_family);
err_lower:
	espsimd_lower_unregister();
err_sa:
	espsimd_sa_unregister();
	return err;
}

static void __exit espsimd_exit(void)
{
	/* Removes the devices, and with them all SAs. */
	espsimd_dev_unregister();
	genl_unregister_family(&espsimd_nl_family);
	espsimd_lower_unregister();
	espsimd_sa_unregister();
}

module_init(espsimd_init);
module_exit(espsimd_exit);

MODULE_AUTHOR("The espsimd developers");
MODULE_DESCRIPTION("XFRM offload for any network interface, done by the CPU's SIMD units");
MODULE_LICENSE("GPL");
MODULE_VERSION(ESPSIMD_VERSION);
MODULE_ALIAS_RTNL_LINK(ESPSIMD_KIND);
MODULE_ALIAS_GENL_FAMILY(ESPSIMD_FAMILY_NAME);
MODULE_SOFTDEP("pre: esp4_offload esp6_offload");
