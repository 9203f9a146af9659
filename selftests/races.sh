#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Everything at once: the link flaps, the target pauses and asks for connections
# with every reason, it shrinks, settings change between terminate, hold and
# ignore, rules replace each other in automatic mode, administrators offload with
# any priority and terminate, applications close, and another NIC is removed and
# comes again. Afterwards no object was terminated twice, each for the reason that
# was decided first, none was forgotten, the trees are sound, and every octet is
# right. The order of it all comes from the seed.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=8
seconds=${RACES_SECONDS:-10}
plan 12
scene_build
at left set dev $left_dev max-history 65536 backoff-ms 50ms backoff-max-ms 400ms \
	rest-failures 0 terminate-ms 60s initiate-ms 60s max-conns 6
streams_start -n $conns -u mixed -r 60000

# until END: is there time left?
until_end()
{
	[ "$(date +%s)" -lt "$1" ]
}

pick()
{
	local n=$((RANDOM % $# + 1))

	echo "${!n}"
}

flap_link()
{
	while until_end "$1"; do
		set_port left link down
		nap "0.$((RANDOM % 30))"
		set_port left link up
		nap "0.$((RANDOM % 90))"
	done
}

ask()
{
	local reasons=(low-activity high-drop-rate small-io urgent-data invalid-state
		upload-requested hardware-failure high-fragmentation)
	local id

	while until_end "$1"; do
		while read -r id _; do
			[ "$id" = "#" ] || set_port left offload/retrieve "$id $(pick "${reasons[@]}")"
		done <"$(probe left)/conns"
		set_port left offload/pause 1
		set_port left offload/pause 0
		set_port left offload/max_conns $((3 + RANDOM % 6))
	done
}

change()
{
	local reason

	while until_end "$1"; do
		reason=$(pick carrier-lost pause low-activity small-io high-drop-rate capacity inactive)
		at left set dev "$left_dev" "$reason" "$(pick terminate ignore)" admission "$(pick manual auto)"
		at left set dev "$left_dev" "$(pick carrier-lost pause small-io low-activity)" hold "$((RANDOM % 300 + 1))ms" \
			min-sent "$(pick 0 100 100000)" window-ms 200ms min-stay-ms 0
		printf 'offload dport 5000 priority %s\ndefault never\n' "$((RANDOM % 9))" >"$scene/rules"
		at left policy load "$scene/rules"
	done
}

administer()
{
	while until_end "$1"; do
		at left --no-wait offload dev "$left_dev" priority "$((RANDOM % 9))"
		at left --no-wait terminate dev "$left_dev"
	done
}

# Short ones, which close while they are on their way
close_many()
{
	while until_end "$1"; do
		left bash -c "exec 9<>/dev/tcp/$right_addr/6000 && echo hello >&9" 2>/dev/null
	done
}

remove_other()
{
	while until_end "$1"; do
		echo "3 1" >"$sim"/new_device
		ip link set chs3p0 up 2>/dev/null
		echo 3 >"$sim"/del_device
	done
}

background right "$scene/sink" "$scene/sink.err" socat -u TCP-LISTEN:6000,fork,reuseaddr OPEN:/dev/null
all_at_once()
{
	local end=$(($(date +%s) + seconds)) pids=() what

	for what in flap_link ask change administer close_many remove_other; do
		RANDOM=$((SEED + ${#pids[@]}))
		"$what" "$end" >"$scene/$what.out" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
}
history_mark left
all_at_once
for what in flap_link ask change administer close_many remove_other; do
	note "$what: $(wc -l <"$scene/$what.out") lines, the last: $(tail -n 1 "$scene/$what.out")"
done
check "the streams go on" go_on 60 client server

# Peace: it all comes to rest, and can be offloaded again.
set_port left link up
set_port left offload/pause 0
set_port left offload/max_conns 16384
at left set dev $left_dev carrier-lost terminate pause terminate low-activity terminate \
	small-io terminate high-drop-rate terminate capacity terminate inactive terminate \
	min-sent 0 admission manual max-conns 65536
empty()
{
	at left terminate dev "$left_dev" >/dev/null 2>&1
	[ "$(counts left)" = "0 0 0" ]
}
check "all come home" wait_for 60 empty
all_there()
{
	at left offload dev "$left_dev" >/dev/null 2>&1
	[ "$(get_port left offload/conns)" = "$conns" ]
}
check "and all can be offloaded again" wait_for 60 all_there
check "and come home again" wait_for 30 empty

history_new left >"$scene/journal"
note "$(wc -l <"$scene/journal") entries"
check "much has happened" eval "[ $(wc -l <"$scene/journal") -gt 80 ]"
# Each object that was taken back was taken back once.
once()
{
	awk '$2 == "change" && $6 == "uploading" && n[$4]++ { print "twice: " $0; bad = 1 }
		END { exit bad }' "$scene/journal"
}
check "none was terminated twice" once
came_home()
{
	awk '$2 == "change" && $6 == "uploading" && $3 == "conn" { on[$4] = $7 }
		$2 == "change" && $6 == "inhost" && $5 == "uploading" && $3 == "conn" {
			if (on[$4] != $7) { print "went for " on[$4] ", came for " $7 ": " $0; bad = 1 }
			delete on[$4]
		}
		END { for (id in on) { print "not home: " id; bad = 1 } exit bad }' "$scene/journal"
}
check "each came home, for the reason for which it went" came_home
# A decision that names the object is followed by its way back for that reason,
# unless another had been first.
first_decided()
{
	awk '$2 == "decision" && $9 == "terminate" && $4 && !first[$4] { first[$4] = $7 }
		$2 == "change" && $6 == "uploading" && $3 == "conn" && first[$4] && first[$4] != $7 {
			other[$7]++
		}
		END { for (r in other) printf "%s %d\n", r, other[r] }' "$scene/journal" >"$scene/others"
	# What is about all of the target, or past the policy, may have been first.
	! grep -vE '^(carrier-lost|pause|administrator|closing|peer-fin|capacity|urgent-data|invalid-state|upload-requested|hardware-failure) ' "$scene/others"
}
check "the reason is the first that was decided" first_decided
check "the tree is sound" tree_sound left
streams_stop "every octet is right"
check_equal "no state was lost" 0 "$(counter left lost)"
scene_fair "the hosts broke no rule"
finish
