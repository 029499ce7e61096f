// SPDX-License-Identifier: GPL-2.0
#include <linux/log2.h>
#include <linux/minmax.h>

#include "nonce.h"

void espsimd_nonce_guard_init(struct espsimd_nonce_guard *guard, u64 last)
{
	BUILD_BUG_ON(!is_power_of_2(ESPSIMD_NONCE_WINDOW));

	guard->top = last;
	/* What lies below counts as used: this guard has no memory of it. */
	bitmap_fill(guard->seen, ESPSIMD_NONCE_WINDOW);
}

/* Forget the numbers that leave the window when @seq becomes its top. */
static void espsimd_nonce_guard_slide(struct espsimd_nonce_guard *guard,
				      u64 seq)
{
	u64 steps = seq - guard->top;
	unsigned int first, head;

	if (steps >= ESPSIMD_NONCE_WINDOW) {
		bitmap_zero(guard->seen, ESPSIMD_NONCE_WINDOW);
	} else if (steps == 1) {
		__clear_bit(seq % ESPSIMD_NONCE_WINDOW, guard->seen);
	} else {
		first = (guard->top + 1) % ESPSIMD_NONCE_WINDOW;
		head = min_t(unsigned int, steps, ESPSIMD_NONCE_WINDOW - first);
		bitmap_clear(guard->seen, first, head);
		bitmap_clear(guard->seen, 0, steps - head);
	}

	guard->top = seq;
}

bool espsimd_nonce_guard_claim(struct espsimd_nonce_guard *guard, u64 seq)
{
	if (seq > guard->top)
		espsimd_nonce_guard_slide(guard, seq);
	else if (guard->top - seq >= ESPSIMD_NONCE_WINDOW)
		return false;

	return !__test_and_set_bit(seq % ESPSIMD_NONCE_WINDOW, guard->seen);
}
