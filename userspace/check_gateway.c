// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check gateway: the SAs and policies that there are.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "doctor.h"
#include "gateway.h"

static bool read_part(struct check *check, const char *what, int err)
{
	if (!err)
		return true;
	find(&check->findings, RESULT_FAIL, "facts", "%s cannot be read: %s",
	     what, strerror(-err));
	return false;
}

/* Half of the facts would make for wrong judgements. */
static bool read_all(struct check *check, struct gateway *gw,
		     const char *root, const char *release)
{
	if (!read_part(check, "SAs", gw_xfrm_sas(gw)) ||
	    !read_part(check, "policies", gw_xfrm_policies(gw)) ||
	    !read_part(check, "devices and addresses",
		       gw_net_read(gw, root)))
		return false;
	gw_host_read(gw, root, release);
	if (check->nl_err == -ENOENT)
		return true;
	return read_part(check, "the module's devices", check->nl_err ?:
			 gw_module_read(gw, &check->nl));
}

void check_gateway(struct check *check, const char *root,
		   const char *release)
{
	struct gateway gw = { .nr_sas = 0 };

	if (read_all(check, &gw, root, release))
		judge_gateway(&gw, &check->findings);
	gw_free(&gw);
}
