#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What operators watch with: `espsimd monitor` tells what happens, in its order,
# and never a key; `espsimd top` shows the rates of what was sent, and gives a
# terminal back as it was; what is written for Prometheus is what was counted.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(events-link events-engine events-sa events-policy events-down
	events-flush events-expire events-filter events-json events-lost
	events-module events-no-keys events-pipe events-refused
	cpu-stats top-rates top-text top-drops top-pipe terminal terminal-signals
	prometheus prometheus-names prometheus-file prometheus-sa dashboard)

setup() {
	require espsimd jq ping python3
	gateways one
}

cmd() {
	on gwa espsimd "$@"
}

# What commands in the background have said.
dump() {
	tail -n 20 "$WORK"/bg.*
}

# --- events -----------------------------------------------------------------

# watch WORD...: starts `espsimd WORD...`, with its events in $LOG, and waits
# until it tells them. AT is the number of lines that were looked at.
watch() {
	bg gwa espsimd "$@"
	MONITOR=$BG LOG=$WORK/bg.$BG
	poll 20 tells
	cmd dev set esp0 engine auto
	poll 20 heard_last 'engine.*auto'
	AT=$(wc -l <"$LOG")
}

# Engines are changed until it is heard: it may not listen yet.
tells() {
	cmd dev set esp0 engine generic
	cmd dev set esp0 engine auto
	cmd dev set esp0 engine generic
	sleep 0.05
	[ -s "$LOG" ]
}

heard_last() {
	tail -n 1 "$LOG" | grep -qE "$1"
}

# lines: those that have not been looked at.
lines() {
	tail -n "+$((AT + 1))" "$LOG"
}

# expect PATTERN...: the next lines have to be these, which is waited for.
expect() {
	local pattern line

	for pattern in "$@"; do
		poll 20 has_lines $((AT + 1))
		AT=$((AT + 1))
		line=$(sed -n "${AT}p" "$LOG")
		[[ $line =~ ^$pattern$ ]] ||
			fail "the event is '$line', should be '$pattern'"
	done
}

has_lines() {
	[ "$(wc -l <"$LOG")" -ge "$1" ]
}

# quiet: nothing was told but what was expected. The engine's events come after
# all others that were caused before.
quiet() {
	cmd dev set esp0 engine generic
	expect 'engine changed dev esp0 engine generic active generic'
	cmd dev set esp0 engine auto
	expect 'engine changed dev esp0 engine auto active [a-z0-9]+'
	equal "number of events" "$(lines | wc -l)" 0
}

# finished [PID]: the command, by default the monitor, ends when it is told to,
# and with success.
finished() {
	local pid=${1:-$MONITOR} status=0

	kill -TERM "$pid"
	poll 20 ended "$pid"
	wait "$pid" || status=$?
	equal "exit code" "$status" 0
}

ADDRESSES="src ${GWA[4]} dst ${GWB[4]}"
SA_OUT="dev esp0 $ADDRESSES proto esp spi 0x00001001 reqid 1 mode tunnel dir out"
SA_IN="dev esp0 src ${GWB[4]} dst ${GWA[4]} proto esp spi 0x00001002 reqid 1"
SA_IN+=" mode tunnel dir in"

# policies_added: those of the tunnel of T, where it has them on the device.
policies_added() {
	[ "${T[offload]}" = crypto ] || expect 'policy added .*' \
		'policy added .*' 'policy added .*'
}

# What another case may have left.
reset() {
	tunnel
	tunnel_down
	[ -n "$(ipn gwa link show dev esp0 up 2>/dev/null)" ] ||
		gateways_anew one
}

# In a namespace of its own: the one of the tunnels is needed by others.
case_events-link() {
	ns watched
	ipb watched <<-EOF
		link add veth0 type veth peer name veth1
		link set veth0 up
	EOF
	ipn watched link add probe type dummy
	ipn watched link add espp link probe type espsimd
	bg watched espsimd monitor
	MONITOR=$BG LOG=$WORK/bg.$BG AT=0
	poll 20 probe_told
	AT=$(wc -l <"$LOG")

	ipn watched link add esp1 link veth0 type espsimd
	expect 'link added dev esp1 lower veth0 mtu 1500'
	ipn watched link set esp1 up
	expect 'link up dev esp1'
	ipn watched link set veth1 up
	expect 'link carrier-on dev esp1'
	ipn watched link set veth0 mtu 1400
	expect 'link mtu dev esp1 mtu 1400'
	ipn watched link set veth1 down
	expect 'link carrier-off dev esp1'
	ipn watched link set esp1 down
	expect 'link down dev esp1'
	ipn watched link set esp1 name other
	expect 'link renamed dev other from esp1'
	ipn watched link del other
	expect 'link deleted dev other'
	# Other devices are of no interest.
	ipn watched link add dummy0 type dummy
	ipn watched link set dummy0 up
	ipn watched link del probe
	expect 'link deleted dev espp'
	finished
	ns_del watched
}

probe_told() {
	ipn watched link set espp mtu $((1300 + RANDOM % 100))
	sleep 0.05
	grep -q 'link mtu dev espp' "$LOG"
}

case_events-engine() {
	local time='\[[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.'

	time+='[0-9]{6}[+-][0-9]{2}:[0-9]{2}\] '
	watch -t monitor
	cmd dev set esp0 engine aesni
	expect "${time}engine changed dev esp0 engine aesni active aesni"
	# Setting it again changes nothing.
	cmd dev set esp0 engine aesni
	cmd dev set esp0 engine auto
	expect "${time}engine changed dev esp0 engine auto active [a-z0-9]+"
	finished
}

case_events-sa() {
	watch monitor
	tunnel
	tunnel_up
	expect "sa added $SA_OUT offload $OFFLOAD" \
		"sa added $SA_IN offload $OFFLOAD"
	policies_added
	quiet
	# shellcheck disable=SC2086 # These are words.
	ipn gwa xfrm state delete $ADDRESSES proto esp spi $SPI_AB
	expect "sa deleted $SA_OUT offload $OFFLOAD"
	# One in software is of no interest.
	tunnel dev= gen=1
	# shellcheck disable=SC2046
	ipn gwa xfrm state add $(sa_words a out)
	quiet
	finished
}

case_events-policy() {
	local word

	watch monitor
	tunnel offload=packet
	tunnel_up
	expect 'sa added .*' 'sa added .*' \
		'policy added dev esp0 src 192.0.2.0/24 dst 203.0.113.0/24 dir out priority 10 index [0-9]+' \
		'policy added dev esp0 src 203.0.113.0/24 dst 192.0.2.0/24 dir in priority 10 index [0-9]+' \
		'policy added dev esp0 src 203.0.113.0/24 dst 192.0.2.0/24 dir fwd priority 10 index [0-9]+'
	for word in out in fwd; do
		if [ "$word" = out ]; then
			ipn gwa xfrm policy delete src "${NETA[4]}" dst "${NETB[4]}" dir out
		else
			ipn gwa xfrm policy delete src "${NETB[4]}" dst "${NETA[4]}" dir "$word"
		fi
		expect "policy deleted .* dir $word priority 10 index [0-9]+"
	done
	# Policies that are not offloaded are of no interest.
	ipn gwa xfrm policy add src 10.9.0.0/16 dst 10.8.0.0/16 dir out
	ipn gwa xfrm policy delete src 10.9.0.0/16 dst 10.8.0.0/16 dir out
	quiet
	finished
}

# The kernel does not say that it takes SAs and policies from a device.
case_events-down() {
	watch monitor
	tunnel offload=packet
	tunnel_up
	expect 'sa added .*' 'sa added .*'
	policies_added
	ipn gwa link set esp0 down
	expect 'link down dev esp0' "sa deleted $SA_OUT .*" \
		"sa deleted $SA_IN .*" 'policy deleted .* dir out .*' \
		'policy deleted .* dir in .*' 'policy deleted .* dir fwd .*'
	ipn gwa link set esp0 up
	expect 'link up dev esp0'
	# The same SAs anew.
	tunnel_up
	expect "sa added $SA_OUT .*" "sa added $SA_IN .*"
	policies_added
	quiet
	finished
	gateways_anew one
}

case_events-flush() {
	watch monitor
	tunnel offload=packet
	tunnel_up
	expect 'sa added .*' 'sa added .*'
	policies_added
	ipn gwa xfrm state flush proto ah
	ipn gwa xfrm state flush
	expect "sa deleted $SA_OUT .*" "sa deleted $SA_IN .*"
	ipn gwa xfrm policy flush
	expect 'policy deleted .*' 'policy deleted .*' 'policy deleted .*'
	quiet
	finished
}

# Of the packets of the limits: 3 are the soft one, 5 the hard one.
case_events-expire() {
	watch monitor
	tunnel outx='limit packet-soft 3 limit packet-hard 5'
	tunnel_up
	expect "sa added $SA_OUT .*" "sa added $SA_IN .*"
	policies_added
	on hosta ping -n -q -c 10 -i 0.05 -W 1 "${HOSTB[4]}" || true
	expect "sa expired-soft $SA_OUT .*" "sa expired-hard $SA_OUT .*"
	quiet
	finished
}

case_events-filter() {
	ipb gwa <<-EOF
		link add dummy1 type dummy
		link add esp1 link dummy1 type espsimd
	EOF
	watch monitor dev esp0
	tunnel
	ipn gwa link set esp1 up
	ipn gwa link set esp1 mtu 1300
	cmd dev set esp1 engine generic
	tunnel_up
	expect "sa added $SA_OUT .*" "sa added $SA_IN .*"
	policies_added
	ipn gwa link del esp1
	ipn gwa link del dummy1
	quiet
	finished
}

case_events-json() {
	watch -j -t monitor
	tunnel
	tunnel_up
	poll 20 has_lines $((AT + 2))
	finished
	# Each line is an object for itself.
	while read -r line; do
		jq -e 'type == "object" and (.timestamp | length > 0)' <<<"$line"
	done <"$LOG" >/dev/null
	equal "events of SAs" "$(jq -rs '.[] | select(.object == "sa") |
		"\(.event) \(.ifname) \(.direction) \(.spi) \(.reqid)"' "$LOG" |
		head -n 2)" "added esp0 out 0x00001001 1
added esp0 in 0x00001002 1"
	equal "index" "$(jq -rs '[.[] | .ifindex] | unique | tostring' "$LOG")" \
		"[$(ipn gwa -j link show esp0 | jq '.[0].ifindex')]"
}

# Much more than fits happens while the monitor is stopped. What it tells then
# leads to what there is.
case_events-lost() {
	local words='src 10.9.0.0/16 dst 10.8.0.0/16 dir out' number=12000 i

	watch monitor
	tunnel
	tunnel_up
	expect 'sa added .*' 'sa added .*'
	policies_added
	kill -STOP "$MONITOR"
	{
		for ((i = 0; i < number; i++)); do
			echo "xfrm policy add $words"
			echo "xfrm policy delete $words"
		done
		echo "xfrm state delete $ADDRESSES proto esp spi $SPI_AB"
	} | ipb gwa
	kill -CONT "$MONITOR"
	expect 'events lost from xfrm' "sa deleted $SA_OUT .*"
	quiet
	finished
}

# Another module of this kind would take its devices along.
case_events-module() {
	local ko=${ESPSIMD_KO:-}

	[ -n "$ko" ] || ko=$(modinfo -n espsimd)
	watch monitor
	rmmod espsimd
	expect '(link down dev esp0|link deleted dev esp0)'
	poll 20 grep -q 'module unloaded' "$LOG"
	insmod "$ko"
	poll 20 grep -q 'module loaded' "$LOG"
	AT=$(wc -l <"$LOG")
	ipn gwa link add esp0 link eth0 type espsimd
	expect 'link added dev esp0 lower eth0 mtu 1500'
	# The engine of the new module is heard of too.
	cmd dev set esp0 engine generic
	poll 20 heard_last 'engine changed dev esp0 engine generic'
	finished
	gateways_anew one
}

# in_memory PID HEX...: whether one of them is anywhere in what a process may
# write to.
in_memory() {
	python3 - "$@" <<-'EOF'
		import sys

		pid = sys.argv[1]
		wanted = [bytes.fromhex(word) for word in sys.argv[2:]]
		found = 0
		with open(f"/proc/{pid}/maps") as maps, \
		        open(f"/proc/{pid}/mem", "rb", 0) as memory:
		    for line in maps:
		        where, mode = line.split()[:2]
		        if mode[:2] != "rw":
		            continue
		        start, end = (int(x, 16) for x in where.split("-"))
		        memory.seek(start)
		        data = memory.read(end - start)
		        found += sum(word in data for word in wanted)
		sys.exit(not found)
	EOF
}

# That something would be found, the address of the SA shows.
case_events-no-keys() {
	local key

	watch monitor
	tunnel key=256
	tunnel_up
	expect 'sa added .*' 'sa added .*'
	policies_added
	key=$(key_hex 256 1)
	# shellcheck disable=SC2046 # One number for each %02x.
	in_memory "$MONITOR" "$(printf '%02x' $(tr . ' ' <<<"${GWB[4]}"))" ||
		fail "not even the address is found"
	refute in_memory "$MONITOR" "${key:2:16}" "${key:18:16}" "${key:34:16}"
	ipn gwa xfrm state flush
	expect 'sa deleted .*' 'sa deleted .*'
	refute in_memory "$MONITOR" "${key:2:16}" "${key:18:16}" "${key:34:16}"
	lacks "events" "$(<"$LOG")" "${key:2:8}"
	finished
}

# Whoever reads may go at any time, and the monitor goes too, silently.
case_events-pipe() {
	local status

	mkfifo "$WORK/pipe"
	# shellcheck disable=SC2016 # Expanded by the inner shell.
	on gwa sh -c 'espsimd monitor >"$1" 2>"$2"; echo $? >"$3"' sh \
		"$WORK/pipe" "$WORK/errors" "$WORK/status" &
	exec 7<"$WORK/pipe"
	# It has written something, so that it is there.
	MONITOR=pipe LOG=$WORK/first
	: >"$LOG"
	poll 20 piped
	exec 7<&-
	poll 20 test -s "$WORK/status"
	status=$(<"$WORK/status")
	equal "exit code" "$status" 0
	equal "errors" "$(<"$WORK/errors")" ""
}

piped() {
	local line

	cmd dev set esp0 engine generic
	cmd dev set esp0 engine auto
	if read -r -t 0.2 line <&7; then
		echo "$line" >>"$LOG"
	fi
	[ -s "$LOG" ]
}

case_events-refused() {
	refute cmd monitor dev
	refute cmd monitor dev this-name-is-too-long
	refute cmd monitor esp0
	refute on hosta setpriv --bounding-set -net_admin --inh-caps -net_admin \
		espsimd monitor
}

# --- rates ------------------------------------------------------------------

# rates FILE FIELD [DIRECTION]: what all blocks of `espsimd -j top` say in all.
rates() {
	jq -s --arg field "$2" --arg dir "${3:-}" '
		[.[] | .seconds as $s | (if $dir == "" then .cpu[] else
			.sa[] | select(.direction == $dir) end) |
			.[$field] * $s] | add // 0 | . + 0.5 | floor' "$1"
}

# look: starts `espsimd -j top` and waits until it has looked.
look() {
	bg gwa espsimd -j top dev esp0 interval 0.2
	TOP=$BG LOG=$WORK/bg.$BG
	poll 20 has_lines 1
}

# looked LINES: there are two blocks more, so that one has begun after that many
# were there.
looked() {
	has_lines $(($1 + 2))
}

top_end() {
	poll 20 looked "$(wc -l <"$LOG")"
	finished "$TOP"
}

# What the CPUs have counted is what the device has, in all.
case_cpu-stats() {
	local counted total

	tunnel
	tunnel_up
	settle_first
	look
	ping_ok hosta "$TARGET" -c 20
	settle after
	top_end
	total=$(($(delta gwa dev.tx_ipsec) + $(delta gwa dev.rx_ipsec)))
	counted=$(rates "$LOG" packets)
	at_least "packets" "$total" 40
	equal "packets of all CPUs and of the device" "$counted" "$total"
}

case_top-rates() {
	local word dir

	tunnel
	tunnel_up
	settle_first
	look
	on hosta traffic udp "$TARGET" "$PORT" 100 1000 9
	settle after
	top_end
	for dir in out in; do
		word=$SPI_AB
		[ "$dir" = out ] || word=$SPI_BA
		at_least "packets $dir" "$(delta gwa "sa.$word.packets")" 100
		equal "packets $dir" "$(rates "$LOG" packets $dir)" \
			"$(delta gwa "sa.$word.packets")"
		equal "fallback $dir" "$(rates "$LOG" fallback $dir)" 0
		equal "errors $dir" "$(rates "$LOG" errors $dir)" 0
	done
	equal "bits" "$(rates "$LOG" bits)" \
		$((8 * ($(delta gwa dev.tx_ipsec_bytes) + \
		$(delta gwa dev.rx_ipsec_bytes))))
	# Whatever is busiest comes first.
	jq -se 'all(.[]; [.sa[].bits] | . == (sort | reverse))' "$LOG" >/dev/null
}

# Text has numbers of one decimal, for each time.
case_top-text() {
	local sum

	tunnel
	tunnel_up
	settle_first
	bg gwa espsimd top interval 0.5 count 12
	LOG=$WORK/bg.$BG
	poll 20 has_lines 1
	on hosta traffic udp "$TARGET" "$PORT" 100 1000 9
	settle after
	wait "$BG"
	equal "blocks" "$(grep -c '^espsimd top: 2 SAs, ' "$LOG")" 12
	lacks "text" "$(<"$LOG")" $'\033'
	sum=$(awk '
		/^espsimd top:/ { seconds = $(NF - 1) }
		$5 == "esp0" && $6 == "out" && $7 == "0x00001001" {
			sum += $1 * seconds
		}
		END { printf "%d", sum + 0.5 }' "$LOG")
	# Each block may be off by half of the last digit.
	at_least "packets" "$sum" "$(($(delta gwa "sa.$SPI_AB.packets") - 1))"
	at_least "packets" "$(($(delta gwa "sa.$SPI_AB.packets") + 1))" "$sum"
}

# Forged packets, and drops by reason where packets are dropped by the device.
case_top-drops() {
	local before dropped

	tunnel offload=packet
	tunnel_up
	settle_first
	# Clear text that a policy of the device wants protected.
	ipb gwb <<-EOF
		xfrm policy flush
	EOF
	before=$(counter gwa rx_drop_clear)
	look
	on hostb ping -n -q -c 20 -i 0.05 -W 0.1 "${HOSTA[4]}" || true
	poll 20 test "$(counter gwa rx_drop_clear)" -ge $((before + 20))
	top_end
	dropped=$(jq -s '[.[] | .seconds as $s | .drop[] |
		select(.ifname == "esp0" and .counter == "rx-drop-clear") |
		.packets * $s] | add | . + 0.5 | floor' "$LOG")
	equal "drops" "$dropped" $(($(counter gwa rx_drop_clear) - before))
}

case_top-pipe() {
	local status=0

	cmd top interval 0.1 2>"$WORK/errors" | head -n 1 >/dev/null ||
		status=$?
	equal "exit code" "$status" 0
	equal "errors" "$(<"$WORK/errors")" ""
	refute cmd top interval 0
	refute cmd top count x
	refute cmd top dev nothere
}

# in_terminal SCRIPT COMMAND...: see terminal.py.
in_terminal() {
	on gwa env TERM=xterm python3 "$SELFTESTS/terminal.py" "$@"
}

case_terminal() {
	tunnel
	tunnel_up
	# CPUs that have counted nothing are not listed.
	settle_first
	in_terminal 'see packets/s; see esp0 out 0x00001001; see cpu 0; fits;
		resize 12 40; see 2 SAs; fits; send x; send q; end 0' \
		espsimd top interval 0.2
	# As often as was asked for.
	in_terminal 'see packets/s; end 0' espsimd top interval 0.2 count 2
	in_terminal 'see there is no device; end 1' espsimd top dev nothere
}

case_terminal-signals() {
	local name

	for name in INT TERM HUP QUIT; do
		in_terminal "see packets/s; signal $name; end 0" \
			espsimd top interval 0.2
	done
	in_terminal 'see packets/s; send ^C; end 0' espsimd top interval 0.2
	in_terminal 'see packets/s; signal ABRT; killed ABRT' \
		espsimd top interval 0.2
	in_terminal 'see packets/s; signal SEGV; killed SEGV' \
		espsimd top interval 0.2
	# Stopped, the terminal is the shell's; continued, it is taken again.
	in_terminal 'see packets/s; send ^Z; stopped; given; signal CONT; taken;
		see packets/s; send q; end 0' espsimd top interval 0.2
}

# --- Prometheus -------------------------------------------------------------

# parsed FILE: each sample as NAME{LABEL="VALUE",...} VALUE with the labels in
# their order, by the parser of the Python client of Prometheus.
parsed() {
	require_python prometheus_client.parser
	if command -v promtool >/dev/null; then
		promtool check metrics <"$1" >"$WORK/promtool" 2>&1 ||
			fail "promtool: $(<"$WORK/promtool")"
	fi
	python3 - "$1" <<-'EOF'
		import json
		import sys
		from prometheus_client.parser import text_string_to_metric_families

		with open(sys.argv[1], encoding="utf-8") as file:
		    text = file.read()
		seen = set()
		for family in text_string_to_metric_families(text):
		    assert family.documentation, family.name
		    assert family.type in ("counter", "gauge"), family.name
		    for sample in family.samples:
		        labels = sorted(sample.labels.items())
		        key = (sample.name, tuple(labels))
		        assert key not in seen, key
		        seen.add(key)
		        print(sample.name, json.dumps(dict(labels)),
		              int(sample.value), sep="\t")
	EOF
}

# counted: what ethtool says of esp0, as metrics.
counted() {
	ethtool_counters | awk '{
		dir = $1 ~ /^tx/ ? "out" : "in"
		name = substr($1, 4)
		labels = "{\"dev\": \"esp0\", \"direction\": \"" dir "\""
		if (name ~ /^drop_/) {
			reason = substr(name, 6)
			gsub("_", "-", reason)
			labels = labels ", \"reason\": \"" reason "\""
			name = "dropped"
		}
		if (name !~ /_bytes$/)
			name = name "_packets"
		printf "espsimd_%s_total\t%s}\t%s\n", name, labels, $2
	}' | sort
}

ethtool_counters() {
	on gwa ethtool -S esp0 | sed -n 's/^ *\([rt]x_[a-z0-9_]*\): /\1 /p'
}

# Neighbours are looked for at any time, so that a reading counts only if
# nothing was counted meanwhile.
case_prometheus() {
	local before i

	tunnel
	tunnel_up
	settle_first
	ping_ok hosta "$TARGET"
	settle after
	for ((i = 0; i < 20; i++)); do
		before=$(counted)
		cmd stats --prometheus >"$WORK/metrics"
		[ "$(counted)" != "$before" ] || break
	done
	parsed "$WORK/metrics" >"$WORK/samples"
	equal "counters" "$(grep '_total' "$WORK/samples" | sort)" "$before"
	matches "samples" "$(<"$WORK/samples")" \
		$'^espsimd_sas\t{"dev": "esp0", "direction": "in"}\t1$'
	matches "samples" "$(<"$WORK/samples")" \
		$'^espsimd_device_info\t{"dev": "esp0", "engine": "auto", "engine_active": "[a-z0-9]+", "lower": "eth0"}\t1$'
	at_least "packets" "$(val after gwa dev.tx_ipsec)" 5
	cmp <(cmd stats prometheus dev esp0 | cut -d ' ' -f 1) \
		<(cut -d ' ' -f 1 "$WORK/metrics")
}

# What names may have that the format uses for itself.
case_prometheus-names() {
	local name='e"s\p0'

	ipb gwa <<-EOF
		link add dummy1 type dummy
	EOF
	ipn gwa link add "$name" link dummy1 type espsimd
	cmd stats --prometheus dev "$name" >"$WORK/metrics"
	ipn gwa link del "$name"
	ipn gwa link del dummy1
	parsed "$WORK/metrics" >"$WORK/samples"
	equal "devices" "$(cut -f 2 "$WORK/samples" | jq -r .dev | sort -u)" \
		"$name"
}

case_prometheus-file() {
	local dir=$WORK/collector file inode

	mkdir "$dir"
	file=$dir/espsimd.prom
	cmd stats --prometheus file "$file"
	equal "mode" "$(stat -c %a "$file")" 644
	cmp <(grep -v ' [0-9]*$' "$file") \
		<(cmd stats --prometheus | grep -v ' [0-9]*$')
	# Another file takes its place, so that nobody reads half of one.
	exec 7<"$file"
	inode=$(stat -c %i "$file")
	cmd stats --prometheus file "$file"
	refute test "$(stat -c %i "$file")" = "$inode"
	equal "what was open" "$(tail -n 1 <&7 | cut -d ' ' -f 1)" \
		"$(tail -n 1 "$file" | cut -d ' ' -f 1)"
	exec 7<&-
	equal "files" "$(ls -A "$dir")" espsimd.prom
	refute cmd stats --prometheus file "$dir/none/espsimd.prom"
	refute cmd stats --prometheus dev nothere file "$dir/other.prom"
	equal "files" "$(ls -A "$dir")" espsimd.prom
	# Whoever may not ask for SAs may read counters.
	on gwa setpriv --bounding-set -all --inh-caps -all \
		espsimd stats --prometheus file "$file"
}

case_prometheus-sa() {
	local spi dir

	tunnel inx='mark 7 mask 0xff'
	tunnel_up
	cmd stats --prometheus | grep -q espsimd_sa_ && fail "SAs unasked for"
	cmd stats --prometheus sa >"$WORK/metrics"
	parsed "$WORK/metrics" | grep '^espsimd_sa_packets_total' \
		>"$WORK/samples"
	equal "SAs" "$(wc -l <"$WORK/samples")" 2
	for dir in out in; do
		spi=$(printf '0x%08x' $SPI_AB)
		[ "$dir" = out ] || spi=$(printf '0x%08x' $SPI_BA)
		equal "SA $dir" "$(cut -f 2 "$WORK/samples" | jq -r \
			"select(.direction == \"$dir\") | \"\(.spi) \(.reqid)\"")" \
			"$spi 1"
	done
	equal "mark" "$(cut -f 2 "$WORK/samples" |
		jq -r 'select(.direction == "in") | "\(.mark) \(.mask)"')" "7 255"
	lacks "keys" "$(<"$WORK/metrics")" "$(key_hex 128 1 | cut -c 3-12)"
}

# Whatever the dashboard asks for is there.
case_dashboard() {
	local dashboard=$SELFTESTS/../userspace/grafana/espsimd.json name

	[ -e "$dashboard" ] || skip "needs the source of the command"
	tunnel
	tunnel_up
	cmd stats --prometheus sa >"$WORK/metrics"
	jq -r '.panels[].targets[].expr, .templating.list[].query' \
		"$dashboard" | grep -oE 'espsimd_[a-z_]+' | sort -u >"$WORK/names"
	at_least "metrics" "$(wc -l <"$WORK/names")" 10
	while read -r name; do
		grep -q "^$name{" "$WORK/metrics" ||
			fail "there is no metric $name"
	done <"$WORK/names"
}

run_tests "$@"
