#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Random requests over netlink and random writes to files, by several callers
# at once, on a NIC with live streams; and a NIC that lies. Every verb may be
# called by any administrator at any time: the octets stay right, every answer is
# a sound one, and every refusal says why. A failure tells how to repeat it.
#
# TIME is how many seconds each part takes.
#
# Time limit: 600 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

time=${TIME:-3}
conns=8
plan 25
scene_build
fuzz=$(program fuzz)
streams_start -n $conns -u mixed -r 100000

# fuzz CASE ARGUMENTS...: one case; what was done is noted
fuzz()
{
	if left "$fuzz" -s "$SEED" -t "$time" "${@:2}" >"$scene/fuzz" 2>&1; then
		pass "$1"
	else
		fail "$1" "$(cat "$scene/fuzz")"
		return
	fi
	told
}

# told: what the last part came to; of files the errnos alone
told()
{
	while read -r line; do
		note "$line"
	done < <(grep -v '^/.*: acks [0-9]*$' "$scene/fuzz")
}

# acked VERB: so many requests of it were done in the last part
acked()
{
	sed -n "s/^$1: acks \\([0-9]*\\).*/\\1/p" "$scene/fuzz"
}

slab()
{
	awk '/^SUnreclaim:/ { print $2 }' /proc/meminfo
}

# What was set is no matter of the parts that follow: rules that offload by themselves
# least of all.
settings_back()
{
	at left policy load "$scene/policy" &&
		at left policy save | diff "$scene/policy" - >&2 ||
		give_up "the policy is not what it was"
}

at left policy save >"$scene/policy"
before=$(slab)
fuzz "netlink: every answer is a sound one" -j 4 -d $left_dev
for verb in offload terminate target-set query object-get; do
	[ "$(acked $verb)" -gt 0 ] || echo "$verb"
done >"$scene/never"
check_equal "netlink: the deep paths are reached" "" "$(cat "$scene/never")"
check "netlink: the tree is sound" tree_sound left
check "netlink: the streams go on" go_on 40 client server

mapfile -t files < <(left find "/sys/class/net/$left_dev/chimney/" -type f |
	grep -v stats/ | sort)
check_equal "files: they are there" yes \
	"$([ "${#files[@]}" -gt 10 ] && echo yes)"
fuzz "files: every answer is a sound one" -j 4 "${files[@]}"
check "files: the tree is sound" tree_sound left
check "files: the streams go on" go_on 40 client server

# ---- the simulator's own -----------------------------------------------------

# A third device, with no wire and no streams: its knobs may be turned.
echo 3 >$sim/new_device || give_up "no third device"
at_exit sh -c "echo 3 >$sim/del_device"
mapfile -t files < <(find $sim/devices/chimsim3/port0/ -maxdepth 2 -type f \
	-path '*port0/*' ! -path '*/power/*' ! -name uevent | sort)
fuzz "the simulator's files: every answer is a sound one" -j 4 \
	"${files[@]}" $sim/link_device $sim/unlink_device
check "the simulator's files: the device goes" \
	sh -c "echo 3 >$sim/del_device"

# ---- what is left ------------------------------------------------------------

settings_back
check "all is terminated" wait_for 20 at left terminate dev $left_dev
check "nothing is left" settled left 0 0 0
streams_stop "what went over it is right"
scene_fair "the host broke no rule"

# ---- a target that lies --------------------------------------------------------

# What it says of its connections may end them, and may make the octets wrong:
# these streams only have to be there. The kernel stays clean.
liar_stream()
{
	streams_forget
	server_start server -l 0.0.0.0:"$1" -n 4 -r 50000
	client_start client -c $right_addr:"$1" -n 4 -r 50000
}

# The link is there, the device goes on, takes offloads, has no filters and is not
# promiscuous.
takes_offloads()
{
	local event

	for event in 1 3 6 9 11; do
		echo "dev-event $event" >"$(probe left)/upcall"
	done
}

liar_repents()
{
	takes_offloads
	at left target reset dev "$left_dev" || :
	wait_value 20 ready target_state left
}

# Always some of them offloaded, until the liar is done
keep_offloaded()
{
	while ! process_gone "$1"; do
		takes_offloads
		at left offload dev $left_dev >/dev/null 2>&1
		process_gone "${client_pids[0]}" && {
			streams_kill
			liar_stream $((port++))
		}
	done
}

# lie SEED: for a while
lie()
{
	# A namespace has a sysfs of its own, without debugfs.
	# shellcheck disable=SC2016 # sh is to expand it
	background left "$scene/fuzz" "$scene/liar.err" sh -c \
		'mount -t debugfs debugfs /sys/kernel/debug && exec "$@"' sh \
		"$fuzz" -s "$1" -t "$time" -j 2 -d $left_dev -l "$(probe left)"
	liar=$pid
	keep_offloaded "$liar"
	wait "$liar"
}

# The kinds of lies that nobody has believed yet
never_believed()
{
	local verb

	for verb in $never; do
		[ "$(acked "$verb")" -gt 0 ] || echo "$verb"
	done
}

port=6000
never="received acked event dev-event"
wrong=
liar_stream $((port++))
# On a slow machine a connection may never be there at the right moment.
for round in 0 1 2 3 4; do
	lie $((SEED + round)) || wrong="$wrong$? "
	wrong+=$(cat "$scene/liar.err")
	told
	never=$(never_believed)
	[ -n "$never" ] || break
done
settings_back
check_equal "liar: every answer is one that may be" "" "$wrong"
check_equal "liar: it is believed, too" "" "$never"
streams_kill
check "liar: the target takes offloads again" liar_repents
check "liar: all is terminated" wait_for 30 at left terminate dev $left_dev
check "liar: nothing is left" settled left 0 0 0
check "liar: the tree is sound" tree_sound left

streams_start -n 2 -u mixed -r 50000
check "afterwards: offloaded" wait_for 20 at left offload dev $left_dev
check "afterwards: terminated" wait_for 20 at left terminate dev $left_dev
check "afterwards: nothing is left" settled left 0 0 0
streams_stop "afterwards: what went over it is right"

# Twice the callers would not need as much; a leak of one object in each case
# would show.
after=$(slab)
note "unreclaimable slab: $before kB before, $after kB after"
check_equal "memory is not lost" yes \
	"$([ "$after" -lt $((before + 16384)) ] && echo yes)"

finish
