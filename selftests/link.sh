#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The link goes down, by its medium or by its administrator, and the device
# pauses: each with the policy terminate, hold (recovering in time or not) and
# ignore, and under load, octets verified at both ends. Who decided is read off
# both logs: the host's journal has a decision with its reason, the target's
# log has the event, then the host's requests, and nothing that it asked for.
# Then the target asks, for one connection with each of its reasons, and for
# all. Half of the connections are of IPv6.
#
# Time limit: 600 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=6
plan 57
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build
# By itself the kernel forgets addresses of IPv6 with the link, which is another matter.
left sysctl -qw net.ipv6.conf.$left_dev.keep_addr_on_down=1

set_policy()
{
	at left set dev $left_dev "$@" || return 1
}

# The ways in which a cause comes and goes: cut, down, pause
begin_cause()
{
	case $1 in
	cut)	set_port left link down ;;
	down)	ip -n $left_ns link set $left_dev down ;;
	pause)	set_port left offload/pause 1 ;;
	esac
}

end_cause()
{
	case $1 in
	cut)	set_port left link up ;;
	down)	ip -n $left_ns link set $left_dev up ;;
	pause)	set_port left offload/pause 0 ;;
	esac
}

reason_of()
{
	case $1 in
	cut)	echo carrier-lost ;;
	down)	echo admin-down ;;
	pause)	echo pause ;;
	esac
}

# The event as the target's log has it
event_of()
{
	case $1 in
	cut | down)	echo '!link-down' ;;
	pause)		echo '!pause' ;;
	esac
}

offloaded()
{
	wait_for 15 offload_all && requests_mark left && history_mark left
}

# Connections whose losses are being mended are refused: once more, then
offload_all()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	[ "$(get_port left offload/conns)" = "$conns" ]
}

# The target reported the event and asked for nothing; every terminate came from
# the host, for this reason, and after the report. (That its netdev goes down the
# host hears of the kernel, before the target does.)
host_decided()
{
	requests_new left | awk -v event="$(event_of "$1")" \
				-v reason="$(reason_of "$1")" -v conns="$conns" \
				-v cause="$1" '
		$4 == event && !at { at = $2 }
		$4 == "!retrieve" { print "the target asked: " $0; bad = 1 }
		$4 == "terminate" && $5 == "conn" {
			n++
			if (cause != "down" && (!at || $2 < at)) { print "before the event: " $0; bad = 1 }
			if ($9 != reason) { print "for another reason: " $0; bad = 1 }
		}
		END {
			if (!at) { print "the target did not report it"; bad = 1 }
			if (n != conns) { print n + 0 " terminates"; bad = 1 }
			exit bad
		}' && in_order left
}

terminated_for()
{
	local n

	n=$(history_new left | awk -v reason="$1" '
		$3 == "conn" && $6 == "uploading" && $7 == reason { n++ }
		END { print n + 0 }')
	echo "$n connections terminated for $1"
	[ "$n" -eq "$conns" ]
}

# Nothing was terminated, and nothing is.
still_offloaded()
{
	echo "$(requested left terminate) terminates, $(get_port left offload/conns) connections"
	history_new left | tail -n 30
	[ "$(requested left terminate)" = 0 ] &&
		[ "$(get_port left offload/conns)" = "$conns" ]
}

# The link is up again in the eyes of the host.
recovered()
{
	[ "$(sys left closed)" = "" ]
}

# policy_terminate CAUSE: at once
policy_terminate()
{
	local cause=$1

	set_policy "$(reason_of "$cause")" terminate
	check "$cause, terminate: offloaded" offloaded
	begin_cause "$cause"
	check "$cause, terminate: all come back" settled left 0 0 0
	check "$cause, terminate: the host says why" \
		terminated_for "$(reason_of "$cause")"
	check "$cause, terminate: the host decided" \
		decided left "$(reason_of "$cause")" terminate
	check "$cause, terminate: so says the target" host_decided "$cause"
	check_fails "$cause, terminate: nothing is offloaded meanwhile" 1 . \
		at left offload dev $left_dev
	end_cause "$cause"
	wait_for 10 recovered
	check "$cause, terminate: the streams go on" streams_go_on
}

# policy_hold CAUSE: recovery in time; then not
policy_hold()
{
	local cause=$1 kept held

	set_policy "$(reason_of "$cause")" hold 20s
	check "$cause, hold: offloaded" offloaded
	kept=$(counter left holds-kept)
	begin_cause "$cause"
	check "$cause, hold: the host decided" \
		wait_for 5 decided left "$(reason_of "$cause")" hold
	[ "$cause" != cut ] || check "$cause, hold: explained, while it lasts" explained \
		"it is offloaded, for .*Since .* there is carrier-lost .*: as the setting \"carrier-lost hold 20 s\" says it will be terminated, unless the cause ends before"
	end_cause "$cause"
	check "$cause, hold: recovered in time, offloaded still" \
		wait_for 10 held_and_kept "$kept"

	set_policy "$(reason_of "$cause")" hold 700ms
	history_mark left
	requests_mark left
	begin_cause "$cause"
	check "$cause, hold: all come back when it ends" settled left 0 0 0
	held=$(history_new left | awk '
		$2 == "decision" && $9 == "hold" { from = $12 }
		$2 == "decision" && $9 == "terminate" { to = $12 }
		END { print int((to - from) / 1000000) }')
	check "$cause, hold: not before ($held ms)" test "$held" -ge 700
	[ "$cause" != cut ] || check "$cause, hold: explained, when it is over" explained \
		"for carrier-lost .*, as the setting \"carrier-lost hold 700 ms\" says, and the cause did not end in time"
	end_cause "$cause"
	wait_for 10 recovered
}

# explained PATTERN: of the first stream
explained()
{
	local ends

	ends=$(left ss -Htn4 state established "dport = :5000" |
		awk 'NR == 1 { print $(NF - 1), $NF }')
	# shellcheck disable=SC2086 # two words
	at left explain $ends | tee /dev/stderr | grep -qiE -- "$1"
}

held_and_kept()
{
	[ "$(counter left holds-kept)" -gt "$1" ] && still_offloaded
}

# policy_ignore CAUSE: they stay, and go on by themselves
policy_ignore()
{
	local cause=$1

	set_policy "$(reason_of "$cause")" ignore
	check "$cause, ignore: offloaded" offloaded
	begin_cause "$cause"
	check "$cause, ignore: the host decided" \
		wait_for 5 decided left "$(reason_of "$cause")" ignore
	end_cause "$cause"
	wait_for 10 recovered
	check "$cause, ignore: the streams go on" streams_go_on
	check "$cause, ignore: on the NIC" still_offloaded
	set_policy "$(reason_of "$cause")" terminate
}

streams_both $((conns / 2)) -u mixed -r 150000
for cause in cut down pause; do
	policy_terminate $cause
	policy_hold $cause
	policy_ignore $cause
done

# ---- what the target asks for --------------------------------------------

# asked REASON: one connection comes back for it, and for nothing else
asked()
{
	local id

	id=$(ids left conn | head -n 1)
	history_mark left
	set_port left offload/retrieve "$id $1"
	wait_for 10 gone "$id" || return 1
	history_new left | awk -v id="$id" -v reason="$1" '
		$4 == id && $6 == "uploading" {
			n++
			if ($7 != reason) { print "for " $7; n = 9 }
		}
		END { exit n != 1 }'
}

gone()
{
	! ids left conn | grep -qx "$1"
}

asked_all_reasons()
{
	local reason

	for reason in low-activity high-drop-rate small-io no-buffer-preposting \
		urgent-data high-fragmentation high-out-of-order \
		timeout-expired invalid-state upload-requested hardware-failure; do
		[ "$(get_port left offload/conns)" -gt 1 ] || offloaded || return 1
		asked "$reason" || {
			echo "asked for $reason"
			return 1
		}
	done
}

upload_all()
{
	offloaded || return 1
	set_port left offload/upload_all 1
	settled left 0 0 0 && terminated_for upload-all
}

check "the target asks for one: it comes back for that reason" asked_all_reasons
check "the target asks for all" upload_all
check_fails "then nothing is offloaded to it" 1 . at left offload dev $left_dev
set_port left offload/offload_resume 1
wait_for 10 recovered
check "until it says so" offloaded

at left terminate dev $left_dev >/dev/null
streams_stop "every octet is right"
check_equal "no state was lost" 0 "$(counter left lost)"
scene_fair "the hosts broke no rule"

finish
