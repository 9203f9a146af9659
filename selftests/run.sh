#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh [FILE...]: runs test scripts (default: those of this folder that
# $TESTS names by parts of their names, or all) and reports in KTAP, one
# nested document a script. A script fails if one of its cases does, and also
# if it is silent, breaks off, exceeds its time limit, disturbs the kernel or
# leaves a module that cannot be unloaded.
#
# A script says its time limit, if not 120 s, in its head: "# Time limit: 300 s"
#
# Exit status: 0 all passed, 1 some failed.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export SEED=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/lib/kernel-log.sh
. "$here/lib/kernel-log.sh"

limit_factor=${CHIMNEY_TIME_FACTOR:-1}
modules=${CHIMNEY_MODULES:-chimspoil chimnull chimsim chimney}
cases_passed=0 cases_failed=0 cases_skipped=0

# pick: the scripts to run, one a line
pick()
{
	local file name part seen

	# docs.sh comes last: it looks at what the others reported; and leaks.sh, at
	# what they left.
	for file in "$here"/*.sh "$here/leaks.sh" "$here/docs.sh"; do
		name=$(basename "$file" .sh)
		case $name in
		lib | run) continue ;;
		conform) [ -n "${TARGET:-}" ] || continue ;;
		# Of the long run, or when they are named: they take their time.
		gaps | matrix | options)
			[ -n "${CHIMNEY_LONG:-}${TESTS:-}" ] || continue
			;;
		# What these need is not always there.
		moreprograms) find_program mptcp_connect >/dev/null || continue ;;
		leaks) [ -e /sys/kernel/debug/kmemleak ] || continue ;;
		memory) [ -d /sys/kernel/debug/failslab ] || continue ;;
		esac
		case $name in
		docs | leaks)
			[[ " ${seen-} " = *" $name "* ]] || {
				seen+=" $name"
				continue
			}
			;;
		esac
		if [ -z "${TESTS:-}" ]; then
			echo "$file"
			continue
		fi
		for part in $TESTS; do
			case $name in
			*"${part%.sh}"*)
				echo "$file"
				break
				;;
			esac
		done
	done
}

# Of the scripts every Nth, from the Kth on. What looks at others' leavings is for
# each part, what looks at a whole run for none.
share()
{
	local file part=() n=0

	for file in "${files[@]}"; do
		case ${file##*/} in
		leaks.sh)	part+=("$file") ;;
		docs.sh)	;;
		*)		[ $((n++ % ${CHIMNEY_SHARD#*/} + 1)) -ne "${CHIMNEY_SHARD%/*}" ] ||
					part+=("$file") ;;
		esac
	done
	files=("${part[@]}")
}

time_limit()
{
	local limit

	limit=$(sed -n '1,40s/^# Time limit: \([0-9]*\) s$/\1/p' "$1" | head -n 1)
	echo $((${limit:-120} * limit_factor))
}

# What a script prints becomes a nested document: indented, and what is no
# KTAP becomes a comment.
nest()
{
	sed -u -E 's/\r//g
		   /^(KTAP version|TAP version|1\.\.[0-9]+|ok |not ok |#|  |Bail out!)/!s/^/# /
		   s/^/  /'
}

mark_kernel_log()
{
	[ -w /dev/kmsg ] && echo "chimney-selftests: $*" >/dev/kmsg
}

# Prints what the kernel complained about since the mark. The log may be long, and
# is read as a whole, which is much faster than by records.
kernel_complaints()
{
	local log=$CHIMNEY_REPORTS/kernel-log from

	[ -w /dev/kmsg ] || return 0
	dmesg --syslog >"$log"
	from=$(LC_ALL=C grep -nF "chimney-selftests: begin $1" "$log" | tail -n 1)
	from=${from%%:*}
	tail -n "+${from:-1}" "$log" | complaints 0 | grep -vF "chimney-selftests: " |
		head -n 20
	rm -f "$log"
}

# The processes of a script that is out of time: what are they waiting for?
show_stuck()
{
	local pid

	for pid in $(ps -o pid= -g "$1"); do
		[ -d "/proc/$pid" ] || continue
		echo "# process $pid: $({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null)"
		sed 's/^/#   /' "/proc/$pid/stack" 2>/dev/null
	done
}

# run_limited LIMIT FILE: in a session of its own, so that all its processes
# can be found. Sets $status, to 124 when the script was out of time and to 125
# when it cannot be killed either.
run_limited()
{
	local limit=$1 file=$2 pid clock first

	setsid "$file" </dev/null 2>&1 &
	pid=$!
	sleep "$limit" >/dev/null 2>&1 &
	clock=$!
	wait -n -p first "$pid" "$clock" 2>/dev/null
	status=$?
	if [ "$first" = "$pid" ]; then
		kill "$clock" 2>/dev/null
		# These two are what the runner says, not a script.
		[ "$status" -ne 124 ] && [ "$status" -ne 125 ] || status=1
		end_leftovers "$pid"
		return
	fi
	status=124
	show_stuck "$pid"
	kill -TERM -- "-$pid"
	wait_for 10 process_gone "$pid" || kill -KILL -- "-$pid"
	wait_for 10 process_gone "$pid" || status=125
}

# What a script started it must end as well.
end_leftovers()
{
	local left

	wait_for 5 session_gone "$1" && return
	left=$(ps -o pid=,args= -g "$1")
	# shellcheck disable=SC2046 # numbers, to be split
	kill -KILL $(ps -o pid= -g "$1") 2>/dev/null
	echo "# left running: $left"
	leftovers="left running: $left"
}

session_gone()
{
	! ps -o pid= -g "$1" >/dev/null
}

# trouble NAME TEXT: one more failed case, beyond those the script reported
trouble()
{
	cases=$((cases + 1))
	failed=$((failed + 1))
	echo "  not ok $cases $1"
	echo "$2" | sed 's/^/  # /'
}

# Counts a script's cases and finds what is wrong with its report.
judge_report()
{
	local report=$1 status=$2 plan

	cases=$(grep -cE '^  (ok|not ok) ' "$report")
	skipped=$(grep -cE '^  ok .*# SKIP' "$report")
	failed=$(grep -cE '^  not ok ' "$report")
	plan=$(sed -n 's/^  1\.\.\([0-9]*\).*/\1/p' "$report" | head -n 1)

	case $status in
	124) trouble "time limit" "exceeded $limit s" ;;
	125) trouble "time limit" "exceeded $limit s and cannot be killed" ;;
	esac
	case $status in 124 | 125) return ;; esac
	if [ "$cases" -eq 0 ] && [ "$status" -ne 4 ]; then
		trouble "report" "no cases reported, exit status $status"
	elif [ "${plan:-none}" != "$cases" ]; then
		trouble "plan" "planned ${plan:-none}, reported $cases"
	elif [ "$status" -eq 0 ] && [ "$failed" -gt 0 ]; then
		trouble "exit status" "0, though cases failed"
	elif [ "$status" -ne 0 ] && [ "$status" -ne 4 ] && [ "$failed" -eq 0 ]; then
		trouble "exit status" "$status, though no case failed"
	fi
	# A script that skips as a whole may do so without a case.
	if [ "$cases" -eq 0 ]; then
		cases=1
		skipped=1
		echo "  ok 1 $3 # SKIP"
	fi
}

# A module that stays in use after a script holds a reference that leaked.
judge_modules()
{
	local module

	for module in $modules; do
		[ -d "/sys/module/$module" ] || continue
		wait_for 10 rmmod "$module" 2>/dev/null ||
			trouble "module leak" \
				"$(rmmod "$module" 2>&1), use count $(cat "/sys/module/$module/refcnt" 2>/dev/null)"
	done
}

# A network namespace with a name outlives its script, and what is in it.
judge_namespaces()
{
	local left

	left=$(ls /run/netns 2>/dev/null)
	[ "$left" != "$namespaces" ] || return 0
	trouble "network namespaces" "left behind: $left"
	for left in $left; do
		grep -qxF "$left" <<<"$namespaces" || ip netns delete "$left"
	done
}

run_script()
{
	local file=$1 name limit status report began=$SECONDS
	local cases=0 failed=0 skipped=0 complaints leftovers namespaces

	name=${file##*/}
	limit=$(time_limit "$file")
	namespaces=$(ls /run/netns 2>/dev/null)
	report=$CHIMNEY_REPORTS/$name
	echo "# begin $name limit $limit"
	mark_kernel_log "begin $name"
	{
		run_limited "$limit" "$file"
		printf '%s\n%s\n' "$status" "$leftovers" >"$report.status"
	} 2>/dev/null | nest | tee "$report"
	{
		read -r status
		leftovers=$(cat)
	} <"$report.status"
	judge_report "$report" "$status" "$name"
	[ -z "$leftovers" ] || trouble "processes" "$leftovers"
	judge_namespaces
	[ -n "${CHIMNEY_KEEP_MODULES:-}" ] || judge_modules
	complaints=$(kernel_complaints "$name")
	[ -z "$complaints" ] || trouble "kernel log" "$complaints"
	mark_kernel_log "end $name"
	rm -f "$report.status"

	number=$((number + 1))
	cases_skipped=$((cases_skipped + skipped))
	cases_failed=$((cases_failed + failed))
	cases_passed=$((cases_passed + cases - failed - skipped))
	echo "# end $name $((SECONDS - began)) s"
	if [ "$failed" -gt 0 ]; then
		echo "not ok $number $name"
	elif [ "$skipped" -eq "$cases" ]; then
		echo "ok $number $name # SKIP"
	else
		echo "ok $number $name"
	fi
	[ "$status" -ne 125 ] || {
		echo "Bail out! $name left a process that cannot be killed"
		return 1
	}
}

[ "$(id -u)" -eq 0 ] || {
	echo "run.sh: the tests need root" >&2
	exit 2
}

if [ $# -gt 0 ]; then
	files=("$@")
else
	mapfile -t files < <(pick)
fi
[ -z "${CHIMNEY_SHARD:-}" ] || share
[ ${#files[@]} -gt 0 ] || {
	echo "run.sh: no test is called like '$TESTS'" >&2
	exit 2
}

# Modules that were there before stay, so as not to end what uses them.
for module in $modules; do
	[ ! -d "/sys/module/$module" ] || CHIMNEY_KEEP_MODULES=1
done

CHIMNEY_REPORTS=$(mktemp -d)
export CHIMNEY_REPORTS
trap 'rm -rf "$CHIMNEY_REPORTS"' EXIT
number=0
echo "KTAP version 1"
echo "1..${#files[@]}"
echo "# kernel $(uname -r), seed $SEED"
for file in "${files[@]}"; do
	run_script "$(realpath "$file")" || break
done
echo "# totals: $cases_passed passed, $cases_failed failed, $cases_skipped skipped"
[ "$cases_failed" -eq 0 ] && [ "$number" -eq "${#files[@]}" ]
