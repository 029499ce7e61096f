#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# command-line.sh COMMAND: the command's grammar, as TAP. Nothing here depends
# on the module: command lines are refused, or print help, before it is asked.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
command=$1

# try CODE OUT ERR WORD...: exit code, and how stdout and stderr begin; an
# empty text stands for no output at all.
try() {
	local code=$1 out=$2 err=$3 status=0 wrong='' stdout stderr
	shift 3
	stderr=$(mktemp)
	stdout=$("$command" "$@" 2>"$stderr") || status=$?
	[ "$status" -eq "$code" ] || wrong+="exit code $status, not $code; "
	compare "$stdout" "$out" || wrong+="stdout: $stdout; "
	compare "$(<"$stderr")" "$err" || wrong+="stderr: $(<"$stderr"); "
	rm -f "$stderr"
	result "espsimd $*" "$((${#wrong} > 0))" "$wrong"
}

compare() {
	if [ -z "$2" ]; then
		[ -z "$1" ]
	else
		[[ $1 == "$2"* ]]
	fi
}

plan 129
usage='Usage: espsimd [ OPTIONS ] OBJECT'
device='Error: there is no device "nosuchdevice".'

version=$(grep -oP '^#define ESPSIMD_VERSION\s+"\K[0-9.]+' \
	"$(dirname -- "${BASH_SOURCE[0]}")/../../kmod/espsimd.h")
try 0 "espsimd $version" '' -V
try 0 "espsimd $version" '' --version
try 0 "$usage" '' -h
try 0 "$usage" '' --help
try 0 "$usage" '' help
try 0 "$usage" '' -j -p help
try 2 '' "$usage"
try 2 '' "$usage" -j
for object in dev sa stats check flowpath fallback top; do
	try 0 "Usage: espsimd $object" '' "$object" help
	try 0 "Usage: espsimd $object" '' -jp "$object" help
done

try 0 'Usage: espsimd [ -j ] [ -t ] monitor' '' -jt monitor help
try 2 '' 'Error: option "-x" is unknown, try "espsimd help".' -x
try 2 '' 'Error: option "-jx" is unknown, try "espsimd help".' -jx
try 2 '' 'Error: option "-" is unknown, try "espsimd help".' -
try 2 '' 'Error: option "--js" is unknown, try "espsimd help".' --js
try 2 '' 'Error: object "nothing" is unknown, try "espsimd help".' nothing
# Prefixes of words are not the words.
try 2 '' 'Error: object "d" is unknown, try "espsimd help".' d
try 2 '' 'Error: object "stat" is unknown, try "espsimd help".' stat
try 2 '' 'Error: object "" is unknown, try "espsimd help".' ''

try 2 '' 'Error: command "sh" is unknown, try "espsimd dev help".' dev sh
try 2 '' 'Error: "dev" needs a device, try "espsimd dev help".' dev show dev
try 2 '' 'Error: "x" is not expected, try "espsimd dev help".' dev show lo x
try 2 '' 'Error: the device to set is missing' dev set
try 2 '' 'Error: the device to set is missing' dev set dev
try 2 '' 'Error: there is nothing to set' dev set lo
try 2 '' 'Error: "mtu" is not expected' dev set lo mtu 1500
try 2 '' 'Error: "engine" needs a value' dev set lo engine
try 2 '' 'Error: engine "avx" is none of auto, avx512, avx2, aesni, generic' \
	dev set lo engine avx
try 2 '' 'Error: "now" is not expected' dev set lo engine auto now
try 2 '' 'Error: the device to take over is missing' dev takeover
try 2 '' 'Error: the device to take over is missing' dev takeover dev
try 2 '' 'Error: "force" is not expected' dev takeover lo force
try 2 '' 'Error: the device to release is missing' dev release
try 2 '' 'Error: "x" is not expected' dev release lo x
try 2 '' 'Error: "x" is not expected' dev release lo force x
try 1 '' "$device" dev set nosuchdevice engine auto
try 1 '' "$device" dev set dev nosuchdevice engine auto
try 1 '' "$device" dev show nosuchdevice
try 1 '' "$device" -j dev show nosuchdevice

for object in sa stats; do
	try 1 '' "$device" "$object" nosuchdevice
	try 1 '' "$device" "$object" dev nosuchdevice
	try 1 '' "$device" "$object" show nosuchdevice
	try 1 '' "$device" "$object" show dev nosuchdevice
	try 2 '' 'Error: "dev" needs a device' "$object" dev
	try 2 '' 'Error: "dev" needs a device' "$object" show dev
	try 2 '' 'Error: "x" is not expected' "$object" lo x
done

try 1 '' "$device" check nosuchdevice
try 1 '' "$device" check dev nosuchdevice --sa dir in
try 2 '' 'Error: "dev" needs a device' check dev
try 2 '' 'Error: "x" is not expected' check lo x
try 2 '' 'Error: "x" is not expected' check sa x
try 2 '' 'Error: "dir" needs a value' check lo --sa dir
try 2 '' 'Error: mode "bridge" is none of transport, tunnel' \
	check --sa mode bridge

try 2 '' 'Error: "x" is not expected, try "espsimd check help".' check gateway x
try 1 '' 'Error: there is no device "gatewa".' check gatewa

try 1 '' "$device" flowpath nosuchdevice
try 1 '' "$device" flowpath show dev nosuchdevice
try 1 '' "$device" flowpath print nosuchdevice lan lo
try 2 '' 'Error: "dev" needs a device' flowpath show dev
try 2 '' 'Error: "x" is not expected' flowpath show lo x
try 2 '' 'Error: the espsimd device is missing, try "espsimd flowpath help".' \
	flowpath print
try 2 '' 'Error: the espsimd device is missing' flowpath print dev
try 1 '' "$device" flowpath print nosuchdevice sysctl
try 2 '' 'Error: "lan" is missing, or "sysctl"' flowpath print lo
try 2 '' 'Error: "x" is not expected' flowpath print lo x
try 2 '' 'Error: "lan" needs a device' flowpath print dev lo lan
try 2 '' 'Error: "x" is not expected' flowpath print lo sysctl x

for word in --prometheus prometheus; do
	try 1 '' "$device" stats "$word" dev nosuchdevice
	try 2 '' 'Error: "x" is not expected' stats "$word" x
	try 2 '' 'Error: "dev" needs a device' stats "$word" sa dev
	try 2 '' 'Error: "file" needs a path' stats "$word" file
	try 2 '' 'Error: there is no JSON for Prometheus' -j stats "$word"
done

try 2 '' 'Error: "dev" needs a device' monitor dev
try 2 '' 'Error: "esp0" is not expected' monitor esp0
try 2 '' 'Error: "x" is not expected' monitor dev esp0 x
try 2 '' 'Error: "" is no name of a device' monitor dev ''
try 2 '' 'Error: "sixteen-bytes-xx" is no name of a device' \
	monitor dev sixteen-bytes-xx

try 1 '' "$device" top dev nosuchdevice
try 2 '' 'Error: "esp0" is not expected' top esp0
try 2 '' 'Error: "dev" needs a device' top count 1 dev
try 2 '' 'Error: "interval" needs a number' top interval
for word in '' 0 0.01 x 1x -1 nan 1e9; do
	try 2 '' "Error: interval \"$word\" is no number of seconds" \
		top interval "$word"
done
for word in '' 0 x 1x -1 1.5 99999999999999999999; do
	try 2 '' "Error: count \"$word\" is no number above 0" \
		top count "$word"
done
try 2 '' 'Error: the device to offload to is missing' sa offload all
try 2 '' 'Error: which SAs is missing, or "all"' sa generic dev lo
try 2 '' 'Error: spi "x" is not an SPI' sa generic spi x
try 1 '' "$device" sa offload packet dev nosuchdevice all
try 1 '' "$device" sa generic dev nosuchdevice all
try 1 '' "$device" fallback on nosuchdevice
try 2 '' 'Error: "x" is not expected' fallback off lo x
try 2 '' 'Error: "x" is not expected' fallback show x

# An answer that cannot be written is not a success.
status=0
output=$("$command" help 2>&1 >/dev/full) || status=$?
[ "$status" -eq 1 ] && [[ $output == "Error: the output could not be"* ]] &&
	wrong=0 || wrong=1
result "output to a full disk" "$wrong" "exit code $status: $output"

finish
