# SPDX-License-Identifier: GPL-2.0
#
# Reads what objdump -d --no-show-raw-insn gives, and prints the instructions
# that could bring a secret to where time depends on it: "FUNCTION INSTRUCTION".
#
#   narrow=1	tiers without byte masks: blocks may go to general registers
#
# Those that set up masks, and those that fill vectors, are not among them.

function found(line) {
	line = $0
	sub(/^[ \t]*[0-9a-f]+:[ \t]*/, "", line)
	gsub(/[ \t]+/, " ", line)
	sub(/ $/, "", line)
	print name, line
}

/^[0-9a-f]+ <.*>:$/ {
	name = $2
	gsub(/[<>:]|\..*/, "", name)
	next
}

!/^[ \t]+[0-9a-f]+:/ { next }

# For tests with public vectors; the module does not have them.
name ~ /^espsimd_aead_raw_/ { next }

{
	at = 2
	while ($at ~ /^(rep.*|notrack|bnd|cs|ds|data16|rex.*|\{.*\})$/)
		at++
	op = $at
	args = $(at + 1)
	for (i = at + 2; i <= NF && $i !~ /^[#<]/; i++)
		args = args $i
	# AT&T syntax: the destination is last.
	to_general = args ~ /,%(r|e)?([a-d][xlh]|[sd]il?|[sb]pl?|[0-9]+[dwb]?)$/
	vector = args ~ /%[xyz]?mm/
	to_mask = args ~ /,%k[0-7](\{%k[0-7]\})?$/
}

# Addresses out of a vector, and time that depends on the operands.
op ~ /gather|scatter/ { found() }
op ~ /^i?div[bwlq]?$/ && !key_words(op) { found() }
op ~ /^v?(div|sqrt)[ps][sd]$/ { found() }

# Flags by a vector or by a mask.
op ~ /^(v?ptest|vtestp[sd]|v?u?comis[sd]|v?pcmp[ei]str[im]|k(or)?test[bwdq])$/ {
	if (!verdict(op))
		found()
}

# Masks by a vector.
op ~ /^vp(cmp|test)/ && to_mask { found() }
op ~ /^v(cmp|fpclass)/ && to_mask { found() }
op ~ /^vpmov[bwdq]2m$/ { found() }

# Bits of a vector, or a mask, to a general register.
op ~ /^v?p?movmsk(b|ps|pd)$/ { found() }
op ~ /^kmov[bwdq]$/ && to_general { found() }
op ~ /^v?cvtt?s[sdh]2u?si[lq]?$/ { found() }
op ~ /^v?(pextr[bwdq]|extractps|mov[dq])$/ && vector && to_general && !narrow {
	found()
}

# The one place where it becomes public whether tags are the same.
function verdict(op) {
	return name == "espsimd_gcm_open_burst" && op ~ /^v?ptest$/ &&
		++verdicts == 1
}

# Key expansion divides the number of a word by the length of the key.
function key_words(op) {
	return name == "espsimd_key_expand" && ++divisions == 1
}
