# SPDX-License-Identifier: GPL-2.0
#
# Counts the results of a TAP stream: prints "passed failed skipped". Only
# lines at the margin count; indented ones and comments are parts of a test
# that has a line of its own. A plan that is missing or was not kept is one
# more failure; a stream may have several plans, each for the results that
# follow it. Each failure is a line on stderr, for who does not see all of a
# long log: with the name of the stream and that of the test that the stream
# said it was at.

function close_plan() {
	if (planned >= 0 && seen != planned)
		bad("plan of " planned " tests, but " seen " results")
}

function bad(why) {
	failed++
	print "espsimd: " name (test ? " " test : "") ": " why > "/dev/stderr"
}

BEGIN {
	planned = -1
}

{
	sub(/\r$/, "")
}

$1 == "#" && $2 == "selftests:" && NF == 3 {
	test = $3
}

/^1\.\.[0-9]+/ {
	if (planned < 0 && seen > 0)
		trailing = 1
	else
		close_plan()
	planned = substr($1, 4) + 0
	plans++
	if (!trailing)
		seen = 0
	trailing = 0
	# "1..0 # SKIP reason": nothing of it could run.
	if (planned == 0)
		skipped++
	next
}

/^Bail out!/ {
	bad($0)
}

/^(not )?ok([ \t]|$)/ {
	seen++
	if ($1 == "not")
		bad($0)
	else if (toupper($0) ~ /# *SKIP/)
		skipped++
	else
		passed++
}

END {
	close_plan()
	if (!plans)
		bad("no plan: the tests did not run")
	print passed + 0, failed + 0, skipped + 0
}
