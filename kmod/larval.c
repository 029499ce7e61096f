// SPDX-License-Identifier: GPL-2.0
#include <linux/jiffies.h>
#include <net/xfrm.h>

#include "dev.h"
#include "flow.h"
#include "larval.h"
#include "sa.h"

/* Longer than a lookup takes, and not long enough to be noticed. */
#define ESPSIMD_LARVAL_DELAY_MS	20

void espsimd_larval_left(struct espsimd_dev *priv)
{
	WRITE_ONCE(priv->out_left, jiffies);
}

/* The SA that packets like the one that wants @x should go through. */
static bool espsimd_larval_is_vain(struct espsimd_dev *priv,
				   const struct xfrm_state *x)
{
	struct xfrm_tmpl tmpl = {
		.id.daddr = x->id.daddr,
		.id.spi = x->id.spi,
		.saddr = x->props.saddr,
		.encap_family = x->props.family,
		.mode = x->props.mode,
		.reqid = x->props.reqid,
	};
	struct espsimd_flow flow = {
		.saddr = x->sel.saddr,
		.daddr = x->sel.daddr,
		.sport = x->sel.sport,
		.dport = x->sel.dport,
		.family = x->sel.family,
		.proto = x->sel.proto,
	};
	bool found;

	rcu_read_lock();
	found = !x->if_id && espsimd_sa_find_tmpl(priv, &tmpl, &flow,
						  x->mark.v & x->mark.m);
	rcu_read_unlock();

	return found;
}

int espsimd_larval_add(struct espsimd_dev *priv, const struct xfrm_state *x)
{
	unsigned long end = READ_ONCE(priv->out_left) +
			    msecs_to_jiffies(ESPSIMD_LARVAL_DELAY_MS);

	return time_before(jiffies, end) || espsimd_larval_is_vain(priv, x) ?
	       -EAGAIN : 0;
}
