#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The engine borrows the vector registers of whoever runs when packets come, and
# gives them back as they were: on every processor a program watches its own
# while traffic is sealed and opened there, with each engine of the machine.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(control avx512 avx2 aesni generic)

setup() {
	require ping espsimd jq vectors
	# There, programs have the registers of processes of the host, and the
	# kernel those of another one.
	! grep -q 'User Mode Linux' /proc/cpuinfo ||
		skip "registers are not shared in a user-mode kernel"
	gateways both
}

# watching [WORD]: starts the programs.
watching() {
	bg gwa vectors "$@"
	WATCHER=$BG
	poll 20 grep -q watching "$WORK/bg.$WATCHER"
}

# watched FIELD: ends them, and prints that field for each processor.
watched() {
	bg_end "$WATCHER"
	sed -n "s/^cpu .* $1 \([0-9]*\).*/\1/p" "$WORK/bg.$WATCHER"
}

# everywhere COMMAND...: on each processor in turn, as what it sends is sealed and
# opened where it was sent.
everywhere() {
	local cpu

	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		taskset -c "$cpu" ip netns exec "$(n hosta)" "$@"
	done
}

# The programs see a register that they have changed themselves.
case_control() {
	local changed

	watching clobber
	sleep 0.5
	changed=$(watched changed)
	equal "processors" "$(wc -l <<<"$changed")" "$(nproc)"
	lacks "changes" "$changed" '^0$'
}

run_case() {
	local engine=$1

	on gwa espsimd -j dev show esp0 | jq -r '.[0]."engine-usable"[]' |
		grep -qx "$engine" || skip "the processor has no $engine"
	tunnel esn=yes
	tunnel_up
	on gwa espsimd dev set esp0 engine "$engine"
	on gwb espsimd dev set esp0 engine "$engine"
	settle_first
	watching
	everywhere ping -n -q -i 0.002 -c "$(pick 1000 200)" -s 1300 "$TARGET"
	everywhere traffic tcp "$TARGET" $PORT "$(pick 4000000 400000)" 400000
	equal "looks that found a change" "$(watched changed | sort -u)" 0
	lacks "looks" "$(watched looked)" '^.?$'
	settle after
	ENGINE=$engine agree gwa
}

run_tests "$@"
