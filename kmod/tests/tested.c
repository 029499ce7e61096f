// SPDX-License-Identifier: GPL-2.0
/*
 * The sources under test, compiled into the test module.
 */
#include "../buffer.c"
#include "../burst.c"
#include "../encap.c"
#include "../esp.c"
#include "../fallback.c"
#include "../flow.c"
#include "../gso.c"
#include "../nonce.c"
#include "../policy.c"
#include "../replay.c"
#include "../sa_validate.c"
#include "../stats.c"
#include "../tally.c"
