# SPDX-License-Identifier: GPL-2.0
#
# From the hexadecimal dump of `tshark -x`: sequence number and IV, which
# follow the SPI given as eight digits, of each frame.

function flush_frame(	at) {
	at = index(frame, spi)
	# The SPI is at an even place of the dump, behind the Ethernet header.
	while (at && at % 2 == 0)
		at = at + index(substr(frame, at + 1), spi)
	if (at > 28)
		print substr(frame, at + 8, 8), substr(frame, at + 16, 16)
	frame = ""
}

/^0000 / {
	flush_frame()
}

/^[0-9a-f]+  / {
	line = substr($0, 7, 48)
	gsub(/[^0-9a-f]/, "", line)
	frame = frame line
}

END {
	flush_frame()
}
