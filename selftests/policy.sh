#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The policy: what may be set for each reason and what may not, defaults of a
# network namespace, wishes of the target (terminated, held, ignored, repeated),
# too little traffic below, at and above its mark, who is displaced (against a
# model, over random populations), a target that shrinks, memory pressure; what
# is counted and what "explain" says of each. Streams run beside, every octet is
# verified.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 46
victims=$(program victims)
scene_build

# ---- what may be set -----------------------------------------------------

set_left()
{
	at left set dev $left_dev "$@"
}

no_longer='cannot be held or ignored: the target no longer carries'
for reason in urgent-data timeout-expired invalid-state upload-requested hardware-failure; do
	check_fails "set: $reason is mandatory" 1 "$no_longer" \
		set_left $reason ignore
done
check_fails "set: nor can it be held" 1 "$no_longer" set_left urgent-data hold 1s
check_fails "set: what leaves no choice" 1 'leaves no choice' \
	set_left pause ignore peer-fin ignore
check_equal "set: and nothing of the request was done" terminate "$(sys left policy/pause)"
check_fails "set: a route that changed cannot be ignored" 1 'the wrong way; terminate or hold' \
	set_left route-changed ignore
check_fails "set: displacing cannot wait" 1 'terminate or ignore' \
	set_left displaced hold 1s
check_fails "set: an unknown reason" 2 "no setting and no reason 'bad-mood'" \
	set_left bad-mood ignore
check_fails "set: hold for nothing" 1 'hold-ms is out of range: 1 to 3600000' \
	set_left pause hold 0ms
check_fails "set: more to begin with than at most" 1 'backoff-ms is more than backoff-max-ms' \
	set_left backoff-ms 20m
check_fails "sysfs: mandatory too" 1 'Invalid argument' \
	bash -c "echo ignore >$sysfs/left/class/net/$left_dev/chimney/policy/neigh-unreachable"

# What is set for a network namespace is what targets begin with.
defaults()
{
	at right set default inactive hold 7s min-sent 1k window-ms 3s &&
		at right -j target default >"$scene/default" &&
		grep -q '"min_sent":1024' "$scene/default" &&
		[ "$(sys right settings/min-sent)" = 0 ] &&
		scene_unplug right && scene_plug right && scene_wire
	echo "$(sys right policy/inactive) $(sys right settings/min-sent) $(sys right settings/window-ms)"
	[ "$(sys right policy/inactive)" = "hold 7000" ] &&
		[ "$(sys right settings/min-sent)" = 1024 ] &&
		[ "$(sys right settings/window-ms)" = 3000 ]
}
check "default: targets to come begin with it, those there do not" defaults
at right set default inactive terminate min-sent 0 window-ms 10s
at right set dev $right_dev inactive terminate min-sent 0 window-ms 10s

# ---- wishes --------------------------------------------------------------

conns=4
streams_start -n $conns -u mixed -r 100000

offload_all()
{
	at left offload dev "$left_dev" "$@" >"$scene/offload" 2>&1
	[ "$(get_port left offload/conns)" = "$conns" ]
}

ready()
{
	wait_for 15 offload_all && history_mark left
}

first()
{
	ids left conn | head -n 1
}

gone()
{
	! ids left conn | grep -qx "$1"
}

# happened REASON ID STATE: how often the object went there for this reason
happened()
{
	history_new left | awk -v reason="$1" -v id="$2" -v state="$3" '
		$2 == "change" && $4 == id && $6 == state && $7 == reason { n++ }
		END { print n + 0 }'
}

ignored()
{
	local id refused

	ready || return 1
	id=$(first)
	refused=$(sys left refused/small-io)
	set_left small-io ignore
	set_port left offload/retrieve "$id small-io" &&
		set_port left offload/retrieve "$id small-io"
	decided left small-io ignore || return 1
	[ "$(sys left refused/small-io)" = $((refused + 1)) ] || return 1
	! gone "$id" && [ "$(sys left asked/small-io)" -ge 2 ] &&
		at left explain "$id" | tee -a /dev/stderr |
		grep -q 'there was small-io .* and the setting "small-io ignore" let it stay'
}
check "wish: ignored, it stays, and is decided once" ignored

# held, then terminated; asked for three times, it is one terminate
held()
{
	local id asked

	ready || return 1
	id=$(first)
	asked=$(sys left asked/high-drop-rate)
	set_left high-drop-rate hold $((2 * slow))s
	for _ in 1 2 3; do
		set_port left offload/retrieve "$id high-drop-rate"
	done
	! gone "$id" || return 1
	wait_for 10 gone "$id" || return 1
	wait_for 5 came_home "$id" || return 1
	echo "held $(sys left held/high-drop-rate), honoured $(sys left honoured/high-drop-rate)"
	[ "$(happened high-drop-rate "$id" uploading)" = 1 ] &&
		[ "$(sys left asked/high-drop-rate)" = $((asked + 3)) ] &&
		[ "$(sys left held/high-drop-rate)" = 1 ] &&
		[ "$(sys left honoured/high-drop-rate)" = 1 ] &&
		at left explain "$id" | tee -a /dev/stderr |
		grep -q 'ended .* for high-drop-rate .* as the setting "high-drop-rate hold [0-9.]* m*s" says, and the cause did not end in time'
}

came_home()
{
	history_new left | awk -v id="$1" '
		$4 == id && $6 == "inhost" { home = 1 } END { exit !home }'
}
check "wish: held, and then one terminate for many requests" held

# A hold never outlives its object, and the first decided is the reason.
overtaken()
{
	local id

	ready || return 1
	id=$(first)
	set_left small-io hold 600s
	set_port left offload/retrieve "$id small-io"
	wait_for 5 decided left small-io hold || return 1
	at left show dev "$left_dev" >/dev/null
	at left -j show dev "$left_dev" | grep -o '"held":"small-io","held_ms":[0-9]*' || return 1
	at left terminate "$id" >/dev/null || return 1
	[ "$(happened administrator "$id" uploading)" = 1 ] &&
		[ "$(happened small-io "$id" uploading)" = 0 ]
}
check "wish: another reason comes first, and takes the hold along" overtaken

# A mandatory one while it is held for another is carried out at once.
mandatory()
{
	local id

	ready || return 1
	id=$(first)
	set_port left offload/retrieve "$id small-io"
	set_port left offload/retrieve "$id hardware-failure"
	wait_for 10 gone "$id" || return 1
	[ "$(happened hardware-failure "$id" uploading)" = 1 ]
}
check "wish: a mandatory one does not wait" mandatory

# What is set to ignore during a hold is ignored when it is over.
relented()
{
	local id

	ready || return 1
	id=$(first)
	set_left low-activity hold $((2 * slow))s
	set_port left offload/retrieve "$id low-activity"
	set_left low-activity ignore
	wait_for 10 decided left low-activity ignore || return 1
	! gone "$id"
}
check "wish: ignored by now, when the hold is over" relented
set_left small-io terminate high-drop-rate terminate low-activity terminate

# ---- priority ------------------------------------------------------------

priority_of()
{
	at left -j show dev "$left_dev" | "$rows" type id priority=0 |
		awk -v id="$1" '$1 == "conn" && $2 == id { print $3 }'
}

# Two places, taken by two of priority 3; one of 5 comes, then one of 5 again,
# then a third of 5, for which there is nobody to go.
tuple()
{
	left ss -Htn4 state established "dport = :5000" | awk -v n="$1" 'NR == n { print $(NF - 1), $NF }'
}

offload_nth()
{
	# shellcheck disable=SC2046 # words
	at left offload $(tuple "$1") priority "$2"
}

displaces()
{
	local one two

	at left terminate all >/dev/null
	settled left 0 0 0 || return 1
	set_left max-conns 2
	history_mark left
	wait_for 10 offload_nth 1 3 && wait_for 10 offload_nth 2 3 || return 1
	one=$(ids left conn | sort -n | head -n 1) two=$(ids left conn | sort -n | tail -n 1)
	wait_for 10 offload_nth 3 5 || return 1
	[ "$(happened displaced "$one" uploading)$(happened displaced "$two" uploading)" = 10 ] ||
		[ "$(happened displaced "$one" uploading)$(happened displaced "$two" uploading)" = 01 ] || return 1
	[ "$(happened displaced "$one" uploading)" = 0 ] || two=$one
	at left explain "$two" | tee /dev/stderr |
		grep -q 'ended .* for displaced .* "displaced terminate" says, for the sake of conn' || return 1
	wait_for 10 offload_nth 4 5
}
check "displaced: the higher priority takes the place" displaces
check_fails "displaced: equals do not thrash" 1 'none of lower priority' offload_nth 1 5
explained_refusal()
{
	# shellcheck disable=SC2046 # words
	at left explain $(tuple 1) | tee /dev/stderr |
		grep -q 'ended .* for displaced\|asked for .* and refused, because the target has max-conns'
}
check "displaced: and explain knows of the refusal" explained_refusal
ignores_priority()
{
	set_left displaced ignore
	! offload_nth 1 9 >"$scene/refused" 2>&1 || return 1
	decided left displaced ignore
}
check "displaced: ignored, nobody goes" ignores_priority
set_left displaced terminate

# More are there than there may be by now, and nobody else is about to leave: who
# displaces one does not wait for that.
overfull()
{
	local began=$SECONDS

	set_left max-conns 1
	wait_for 3 offload_nth 1 7 || return 1
	wait_for 5 highest 7 || return 1
	[ $((SECONDS - began)) -lt 8 ]
}

highest()
{
	at left -j show dev "$left_dev" | "$rows" type state priority=0 |
		awk -v want="$1" '$1 == "conn" && $2 == "offloaded" && $3 == want { n++ } END { exit !n }'
}
check "displaced: on a target that has more than it may" overfull
set_left max-conns 65536

# One connection that sends just what it is told to
quiet_start()
{
	background right "$scene/sink" "$scene/sink.err" \
		socat -u TCP-LISTEN:6000,fork,reuseaddr OPEN:/dev/null
	wait_for 10 right bash -c 'ss -Htln "sport = :6000" | grep -q 6000' ||
		give_up "nobody listens"
	exec 7> >(exec ip netns exec "$left_ns" bash -c \
		"exec 8<>/dev/tcp/$right_addr/6000; exec cat >&8")
}

quiet_offload()
{
	at left offload dst "$right_addr" dport 6000 >"$scene/offload" 2>&1
	[ -n "$(quiet_id)" ]
}

quiet_id()
{
	objects left | awk '$1 == "conn" && $9 == 6000 && $4 == "offloaded" { print $2 }'
}

# Octets of the last window: of the quiet one, of the others
window_octets()
{
	at left -j show dev $left_dev | "$rows" type dport=0 window_octets=0 |
		awk '$1 == "conn" && $2 == 6000 { print $3 }'
}

others_move()
{
	[ "$(at left -j show dev "$left_dev" | "$rows" type dport=0 window_octets=0 |
		awk '$1 == "conn" && $2 == 5000 && $3 > 0' | wc -l)" = 2 ]
}

# Who has moved least goes first among equals, though it came last.
idle_first()
{
	local id

	at left terminate all >/dev/null
	settled left 0 0 0 || return 1
	set_left window-ms 1500ms
	history_mark left
	wait_for 10 offload_nth 1 0 && wait_for 10 offload_nth 2 0 || return 1
	wait_for 20 others_move || return 1
	wait_for 10 quiet_offload || return 1
	id=$(quiet_id)
	set_left max-conns 3
	wait_for 10 offload_nth 3 1 || return 1
	[ "$(happened displaced "$id" uploading)" = 1 ]
}
quiet_start
check "displaced: among equals the one that moved least" idle_first
set_left max-conns 65536 window-ms 10s

# ---- capacity and memory -------------------------------------------------

shrinks()
{
	at left terminate all >/dev/null
	settled left 0 0 0 || return 1
	for n in 1 2 3 4; do
		wait_for 10 offload_nth "$n" "$n" || return 1
	done
	history_mark left
	set_port left offload/max_conns 2
	wait_value 10 "2 1 1" counts left || return 1
	at left -j show dev "$left_dev" | "$rows" type priority=0 | awk '$1 == "conn" { print $2 }' | sort | paste -sd ' '
	[ "$(at left -j show dev "$left_dev" | "$rows" type priority=0 | awk '$1 == "conn" { print $2 }' | sort | paste -sd ' ')" = "3 4" ] || return 1
	history_new left | awk '$2 == "decision" && $7 == "capacity" { n++ } END { exit n != 1 }'
}
check "capacity: the two of least worth go, by one decision" shrinks
grows_in_time()
{
	set_port left offload/max_conns 16384
	wait_for 10 offload_nth 1 1 && wait_for 10 offload_nth 2 2 || return 1
	history_mark left
	set_left capacity hold 30s
	set_port left offload/max_conns 1
	decided left capacity hold || return 1
	set_port left offload/max_conns 16384
	wait_for 5 decided left capacity keep && [ "$(get_port left offload/conns)" = 4 ]
}
check "capacity: held, and there is room again" grows_in_time
may_shrink()
{
	history_mark left
	set_left capacity ignore
	set_port left offload/max_conns 1
	decided left capacity ignore && [ "$(get_port left offload/conns)" = 4 ]
}
check "capacity: ignored, they stay" may_shrink
set_port left offload/max_conns 16384
set_left capacity terminate

reclaim()
{
	sync
	echo 2 >/proc/sys/vm/drop_caches
}

pressed()
{
	history_mark left
	reclaim
	[ "$(get_port left offload/conns)" = 4 ] || return 1
	set_left memory-pressure terminate
	wait_for 20 reclaims || return 1
	history_new left | awk '$6 == "uploading" && $3 == "conn" { n++; bad += $7 != "memory-pressure" }
		END { print n " for memory-pressure"; exit !n || bad }'
}

reclaims()
{
	reclaim
	[ "$(get_port left offload/conns)" -lt 4 ]
}
check "memory: reclaim takes connections back where that is set" pressed
set_left memory-pressure ignore

# ---- too little traffic --------------------------------------------------

streams_stop "every octet is right"
at left terminate all >/dev/null
settled left 0 0 0 >/dev/null || give_up "the target does not get empty"
wait_for 10 quiet_offload || give_up "it is not offloaded"

# The judgment of a window in which so many octets were sent, for a mark of 1000:
# how often it was found inactive before and after. A window that does not hold
# all of it does not count, and is tried again.
judged()
{
	local before after i

	for ((i = 0; i < 10; i++)); do
		# Not from a window that ends at once: from the end of one
		wait_value 20 0 window_octets || return 1
		before=$(sys left asked/inactive)
		head -c "$1" /dev/zero >&7
		wait_while 10 silent || continue
		after=$(sys left asked/inactive)
		[ "$(window_octets)" = "$1" ] || continue
		echo $((after - before))
		return 0
	done
	return 1
}

silent()
{
	[ "$(window_octets)" = 0 ]
}
set_left window-ms $((900 * slow))ms min-stay-ms 0 min-sent 0 inactive ignore hysteresis 0
check_equal "inactive: without a mark nothing is" 0 "$(judged 10)"
set_left min-sent 1000
check "inactive: nothing at all is too little" wait_for 10 decided left inactive ignore
check_equal "inactive: at the mark it is active" 0 "$(judged 1000)"
check_equal "inactive: above the mark as well" 0 "$(judged 1001)"
check "inactive: then it is not, once it is silent" wait_value 10 0 window_octets
set_left min-sent 1000 hysteresis 50
# It was found inactive: it takes half as much again to be found active, and only
# then silence is found anew.
below_recovery()
{
	local before

	before=$(sys left asked/inactive)
	judged 1499 && wait_value 20 0 window_octets &&
		judged 10 && wait_value 20 0 window_octets &&
		[ "$(sys left asked/inactive)" = "$before" ]
}
check "inactive: below what it takes to recover" below_recovery
recovered()
{
	local before

	before=$(sys left asked/inactive)
	judged 1500 && wait_value 20 $((before + 1)) sys left asked/inactive
}
check "inactive: recovered, and found silent anew" recovered

# Held; traffic in time keeps it, no traffic ends it.
held_idle()
{
	set_left min-received 0 min-sent 1000 hysteresis 0 inactive hold 60s
	judged 2000 >/dev/null
	history_mark left
	wait_for 10 decided left inactive hold || return 1
	judged 2000 >/dev/null
	wait_for 10 decided left inactive keep && [ "$(get_port left offload/conns)" = 1 ]
}
check "inactive: traffic ends the hold" held_idle
stays_young()
{
	set_left min-stay-ms 60m inactive terminate min-sent 1001 || return 1
	at left terminate all >/dev/null
	wait_for 10 quiet_offload || return 1
	history_mark left
	head -c 10 /dev/zero >&7
	wait_while 10 silent
	wait_value 10 0 window_octets
	[ "$(get_port left offload/conns)" = 1 ]
}
check "inactive: not before it has stayed for so long" stays_young
ends_idle()
{
	local id

	id=$(quiet_id)
	set_left min-stay-ms 0
	wait_value 20 "0 0 0" counts left || return 1
	[ "$(happened inactive "$id" uploading)" = 1 ] &&
		at left explain "$id" | tee -a /dev/stderr |
		grep -q 'ended .* for inactive (the host counted too little traffic), as the setting "inactive terminate" says; it took'
}
check "inactive: and then it ends, which explain explains" ends_idle
exec 7>&-

# ---- the order of victims, against a model -------------------------------

load_null()
{
	local module

	[ ! -d /sys/module/chimnull ] || return 0
	module=$(module_file chimnull)
	if [ -n "$module" ]; then
		insmod "$module" devices=2
	else
		modprobe chimnull devices=2
	fi
}
load_null || give_up "cannot load chimnull"
ip link set chimnull0 up
at_exit ip link set chimnull0 down

# model CAPACITY ROUNDS [-w]: a walk, which prints what it did
model()
{
	chim terminate dev chimnull0 >/dev/null 2>&1
	chim set dev chimnull0 max-conns "$1" || return 1
	"$victims" -s "$SEED" -c "$1" -n "$2" "${@:3}" chimnull0
}
check_fails "victims: the walk notices a model that is wrong" 1 'not as in the model' \
	model 16 200 -w
for capacity in 1 7 100; do
	check "victims: $capacity places" model $capacity 50
done
chim terminate dev chimnull0 >/dev/null 2>&1
chim set dev chimnull0 max-conns 65536

scene_fair "the hosts broke no rule"
finish
