# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# TAP for the tests of the command that are scripts. Sourced, not run.

number=0 failures=0

# plan N: how many results there will be.
plan() {
	planned=$1
	echo "TAP version 13"
	echo "1..$planned"
}

# result NAME STATUS [DETAILS]: writes a result; the details only of a failure.
result() {
	number=$((number + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $number $1"
	else
		failures=$((failures + 1))
		if [ -n "${3:-}" ]; then
			printf '%s\n' "$3" | sed 's/^/# /'
		fi
		echo "not ok $number $1"
	fi
}

# silent NAME COMMAND...: the command has to succeed without a word.
silent() {
	local name=$1 output status=0

	shift
	output=$("$@" 2>&1) || status=$?
	[ -z "$output" ] || status=1
	result "$name" "$status" "$output"
}

skip() {
	number=$((number + 1))
	echo "ok $number $1 # SKIP $2"
}

# finish: exits; results that are missing, or too many, are a failure.
finish() {
	if [ "$number" -ne "$planned" ]; then
		echo "# $planned tests were planned, but $number were run"
		exit 1
	fi
	exit "$((failures > 0))"
}
