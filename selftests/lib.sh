# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the test scripts share. A script reads
#
#	. "$(dirname "$0")/lib.sh"
#	plan 2
#	load_modules chimney chimsim
#	check "it is there" test -d /sys/bus/chimsim
#	if ...; then pass "it works"; else fail "it works" "why not"; fi
#	finish
#
# Cleaning up: "at_exit COMMAND..." in the reverse order of registration.
# Polling: "wait_for SECONDS COMMAND...".
# Randomness: only from $SEED, which every run prints.

selftests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# How many times as long as elsewhere all takes here, with a kernel that watches
# itself: what is waited for may take so much longer.
slow=${CHIMNEY_SLOW:-1}

# kselftest's exit statuses
KSFT_PASS=0
KSFT_FAIL=1
KSFT_SKIP=4

# ---- KTAP ----------------------------------------------------------------

ktap_planned=
ktap_case=0
ktap_failed=0
ktap_skipped=0

# plan N: how many cases will be reported
plan()
{
	ktap_planned=$1
	echo "KTAP version 1"
	echo "1..$1"
}

# note TEXT...: a line of explanation in the report
note()
{
	echo "# $*"
}

# pass NAME
pass()
{
	ktap_case=$((ktap_case + 1))
	echo "ok $ktap_case $1"
}

# fail NAME [REASON]
fail()
{
	ktap_case=$((ktap_case + 1))
	ktap_failed=$((ktap_failed + 1))
	echo "not ok $ktap_case $1"
	[ -z "${2:-}" ] || echo "$2" | sed 's/^/# /'
}

# skip NAME REASON
skip()
{
	ktap_case=$((ktap_case + 1))
	ktap_skipped=$((ktap_skipped + 1))
	echo "ok $ktap_case $1 # SKIP $2"
}

# check NAME COMMAND...: one case: the command succeeds. What it prints is
# shown when it does not.
check()
{
	local name=$1 output status

	shift
	output=$("$@" 2>&1)
	status=$?
	if [ "$status" -eq 0 ]; then
		pass "$name"
	else
		fail "$name" "$* -> $status${output:+
$output}"
	fi
	return "$status"
}

# check_here NAME COMMAND...: as check, but in this shell: what the command sets
# stays set, and what it starts can be waited for.
check_here()
{
	local name=$1 output status

	shift
	output=$(mktemp)
	"$@" >"$output" 2>&1
	status=$?
	if [ "$status" -eq 0 ]; then
		pass "$name"
	else
		fail "$name" "$* -> $status
$(cat "$output")"
	fi
	rm -f "$output"
	return "$status"
}

# check_fails NAME STATUS PATTERN COMMAND...: one case: the command exits with
# the status and says something that matches the extended regular expression
check_fails()
{
	local name=$1 wanted=$2 pattern=$3 output status

	shift 3
	output=$("$@" 2>&1)
	status=$?
	if [ "$status" -eq "$wanted" ] && grep -qE -- "$pattern" <<<"$output"; then
		pass "$name"
	else
		fail "$name" "$* -> $status, wanted $wanted and /$pattern/
$output"
	fi
}

# check_equal NAME WANTED GOT: one case
check_equal()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "wanted '$2', got '$3'"
	fi
}

# skip_all REASON: leaves the script, as one that cannot run here
skip_all()
{
	[ -n "$ktap_planned" ] || echo "1..0 # SKIP $1"
	while [ "$ktap_case" -lt "${ktap_planned:-0}" ]; do
		skip "not run" "$1"
	done
	exit "$KSFT_SKIP"
}

# give_up REASON: leaves the script; what was planned and not reported fails
give_up()
{
	note "$1"
	fail "given up" "$1"
	while [ "$ktap_case" -lt "${ktap_planned:-0}" ]; do
		fail "not run" "$1"
	done
	exit "$KSFT_FAIL"
}

# finish: the script's last line; the exit status follows from the cases
finish()
{
	[ "$ktap_failed" -eq 0 ] || exit "$KSFT_FAIL"
	[ "$ktap_case" -eq "${ktap_planned:-$ktap_case}" ] || exit "$KSFT_FAIL"
	[ "$ktap_case" -gt "$ktap_skipped" ] || exit "$KSFT_SKIP"
	exit "$KSFT_PASS"
}

# ---- cleaning up ---------------------------------------------------------

exit_commands=()

# at_exit COMMAND...: is run when the script ends, last come first served
at_exit()
{
	exit_commands+=("$(printf '%q ' "$@")")
	[ "${#exit_commands[@]}" -gt 1 ] || trap run_exit_commands EXIT
}

run_exit_commands()
{
	local status=$? i

	trap - EXIT
	for ((i = ${#exit_commands[@]} - 1; i >= 0; i--)); do
		eval "${exit_commands[i]}" >/dev/null 2>&1
	done
	exit "$status"
}
# A script that is told to end still cleans up.
trap 'exit 143' TERM INT HUP

# stop_process PID: ends it and waits until it is gone
stop_process()
{
	kill "$1" 2>/dev/null
	wait_for 5 process_gone "$1" || kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

process_gone()
{
	local stat

	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	case ${stat##*) } in Z*) return 0 ;; esac
	return 1
}

# ---- waiting -------------------------------------------------------------

# A pipe on which nothing ever comes: to nap without starting a process, which
# is slow in an emulated machine.
exec {ktap_never}<> <(:)

# nap SECONDS
nap()
{
	read -r -t "$1" -u "$ktap_never" || :
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when it does not in time
wait_for()
{
	local end=$((SECONDS + $1 * slow + 1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		nap 0.05
	done
}

# wait_while SECONDS COMMAND...: until it fails
wait_while()
{
	local end=$((SECONDS + $1 * slow + 1))

	shift
	while "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		nap 0.05
	done
}

# wait_value SECONDS WANTED COMMAND...: until the command prints just that
wait_value()
{
	local seconds=$1 wanted=$2

	shift 2
	wait_for "$seconds" prints "$wanted" "$@"
}

prints()
{
	local wanted=$1

	shift
	[ "$("$@" 2>/dev/null)" = "$wanted" ]
}

# ---- randomness ----------------------------------------------------------

SEED=${SEED:-1}
RANDOM=$SEED

# random N: sets $random to a number from 0 to N-1, the same for the same seed.
# A function that printed it would run in a subshell and always draw the same.
random()
{
	# shellcheck disable=SC2034 # it is the result
	random=$(((RANDOM << 15 | RANDOM) % $1))
}

# ---- modules and the tool ------------------------------------------------

# The tool and the test programs: in the virtual machine they are installed,
# otherwise built
chim=${CHIMNEY_TOOL:-}
: "${chim:=$(command -v chimney || echo "$selftests/../build/tools/chimney")}"

chim()
{
	"$chim" "$@"
}

# program NAME: the path of a test program (selftests/NAME.c)
program()
{
	find_program "$1" || give_up "$1 is not built: make -C selftests"
}

find_program()
{
	local dir

	for dir in "$selftests" "$selftests/../build/selftests"; do
		[ -x "$dir/$1" ] && {
			echo "$dir/$1"
			return
		}
	done
	return 1
}

# module_file NAME: where the module is when it is not installed
module_file()
{
	find "$selftests/../build/modules/$(uname -r)" -name "$1.ko" 2>/dev/null |
		head -n 1
}

# load_modules NAME...: in this order; gives up when one cannot be loaded
load_modules()
{
	local module file

	for module; do
		[ ! -d "/sys/module/$module" ] || continue
		file=$(module_file "$module")
		if [ -n "$file" ]; then
			insmod "$file" || give_up "cannot load $file"
		else
			modprobe "$module" || give_up "cannot load $module"
		fi
	done
}

have_module()
{
	[ -n "$(module_file "$1")" ] || modprobe -n "$1" 2>/dev/null
}

unload_modules()
{
	local module

	for module; do
		[ ! -d "/sys/module/$module" ] || wait_for 10 rmmod "$module"
	done
}

# json FILTER: one value of the JSON on stdin
json()
{
	jq -r "$1"
}
