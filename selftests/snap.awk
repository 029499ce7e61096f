# SPDX-License-Identifier: GPL-2.0
#
# Turns the output of `ethtool -S`, of /proc/net/xfrm_stat marked by "xfrm", of
# `ip -s xfrm state` and of `ip -s -o link` into lines of a key and a value.

$1 == "xfrm" {
	print "xfrm." $2, $3
	next
}

/^     [a-z0-9_]+: [0-9]+$/ {
	sub(":", "", $1)
	print "dev." $1, $2
	next
}

$1 == "proto" && $3 == "spi" {
	spi = tolower($4)
	sub(/\(.*/, "", spi)
	sub(/^0x0*/, "0x", spi)
}

/\(bytes\), [0-9]+\(packets\)$/ {
	print "sa." spi ".bytes", $1 + 0
	print "sa." spi ".packets", $2 + 0
}

/replay-window [0-9]+ replay [0-9]+ failed [0-9]+/ {
	print "sa." spi ".outside", $2
	print "sa." spi ".replay", $4
	print "sa." spi ".failed", $6
}

# anti-replay context: seq 0x0, oseq 0x5, bitmap 0x00000000
#  seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0
/oseq 0x/ {
	for (i = 1; i < NF; i++) {
		value = $(i + 1)
		sub(",", "", value)
		if ($i == "seq" || $i == "oseq" || $i == "seq-hi" ||
		    $i == "oseq-hi")
			print "sa." spi "." $i, value
	}
}

# 2: eth0@if3: <UP> ... \    RX:  bytes packets ...\    1 2 3 ...\    TX: ...
/^[0-9]+: [^ ]+: </ {
	dev = $2
	sub(/[:@].*/, "", dev)
	n = split($0, part, "\\")
	for (i = 1; i < n; i++) {
		split(part[i + 1], column, " ")
		if (part[i] ~ /RX:/)
			print dev ".rx", column[2]
		if (part[i] ~ /TX:/)
			print dev ".tx", column[2]
	}
}
