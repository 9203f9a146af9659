#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Automatic mode: connections of unmodified programs are offloaded by rules, as
# soon as they have moved enough and are old enough; the first rule that matches
# counts; what "try" says is what happens; priority comes from the rule or from
# SO_PRIORITY up to a cap. After a terminate a connection waits, twice as long
# each time up to a bound, and under a flapping link it moves no more often than
# that allows. A target that fails rests. Rules are replaced as a whole, or not at
# all. Octets are verified throughout.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 51
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build

set_left()
{
	at left set dev $left_dev "$@"
}

rules()
{
	printf '%s\n' "$@" >"$scene/rules"
	at left policy load "$scene/rules"
}

# A connection to a port of the right host, with options of socat; it sends what
# is written to $send.
listen_on()
{
	background right "$scene/sink.$1" "$scene/sink.$1.err" \
		socat -u "TCP6-LISTEN:$1,fork,reuseaddr,ipv6only=0" OPEN:/dev/null
	wait_for 10 right bash -c "ss -Htln 'sport = :$1' | grep -q $1"
}
for port in 6000 6001 6002; do
	listen_on $port || give_up "nobody listens"
done

connect_to()
{
	rm -f "$scene/pipe"
	mkfifo "$scene/pipe"
	# shellcheck disable=SC2094 # it is a pipe
	background left "$scene/socat" "$scene/socat.err" \
		socat -u "OPEN:$scene/pipe,rdonly" "TCP:$right_addr:$1${2:-}"
	exec {send}>"$scene/pipe"
	wait_for 10 connected "$1"
}

connected()
{
	[ -n "$(ends "$1")" ]
}

ends()
{
	left ss -Htn4 state established "dport = :$1" | awk '{ print $(NF - 1), $NF }' | tail -n 1
}

hang_up()
{
	exec {send}>&-
	wait_while 10 connected "$1"
}

octets()
{
	head -c "$1" /dev/zero >&"$send"
}

offloaded_to()
{
	objects left | awk -v port="$1" '$1 == "conn" && $9 == port && $4 == "offloaded" { n++ } END { exit !n }'
}

priority_to()
{
	at left -j show dev $left_dev | "$rows" type dport=0 priority=0 |
		awk -v port="$1" '$1 == "conn" && $2 == port { print $3 }'
}

try_says()
{
	local output

	# shellcheck disable=SC2046 # words
	output=$(at left try $(ends "$1"))
	echo "$output"
	grep -qE -- "$2" <<<"$output"
}

# ---- what it does --------------------------------------------------------

connect_to 6000
check "manual: an administrator has the say" try_says 6000 'takes what an administrator names'
set_left admission auto
check "auto: what was there before was not heard of" try_says 6000 'default keeps it in the host'
hang_up 6000

rules 'offload dport 6000 min-octets 5000 priority 4' \
	'never dport 6001' 'offload dport 6000-6002 priority-cap 3' 'default never'
connect_to 6000
octets 4000
check "try: too little yet" wait_for 10 try_says 6000 'rule 1 offloads it .* priority 4, when it has moved 1000 B more'
check "and it stays" eval '! offloaded_to 6000'
octets 999
check "try: one octet is missing" wait_for 10 try_says 6000 'when it has moved 1 B more'
octets 1
check "enough: it is offloaded by itself" wait_for 15 offloaded_to 6000
check_equal "with the priority of its rule" 4 "$(priority_to 6000)"
explains()
{
	# shellcheck disable=SC2046 # words
	at left explain $(ends 6000) | tee /dev/stderr | grep -q 'rule 1 of admission chose it'
}
check "explain: the rule" explains
hang_up 6000
wait_value 10 "0 0 0" counts left

connect_to 6001
octets 100000
check "never: the first that matches counts" try_says 6001 'rule 2 keeps it in the host'
hits()
{
	at left rules | sed -n "s/.*# rule $1, \([0-9]*\) connection.*/\1/p"
}
check "rules: each counts what it decided on" wait_value 10 1 hits 2
hang_up 6001
check_equal "never: and it was never there" 0 "$(history left | awk '$3 == "conn" && $6 == "offloading" { n++ } END { print n - 1 }')"

# What the rules keep may be something else later, such as its SO_PRIORITY.
thinks_again()
{
	local words status

	rm -f "$scene/pipe"
	mkfifo "$scene/pipe"
	# shellcheck disable=SC2094 # it is a pipe
	background left "$scene/knob" "$scene/knob.err" bash -c \
		"exec $(program knob) $right_addr 6000 <$scene/pipe"
	exec {words}>"$scene/pipe"
	rules 'offload so-priority 5 priority 2' 'default never'
	wait_for 10 connected 6000 && wait_for 10 hit_by_default || return 1
	echo "int 1 12 5" >&"$words"
	wait_for 20 offloaded_to 6000
	status=$?
	exec {words}>&-
	wait_while 10 connected 6000
	return "$status"
}

hit_by_default()
{
	at left rules | grep -q 'default never  # 1 connection'
}
check "never: until a rule says otherwise of it" thinks_again

by_default()
{
	rules 'default offload'
	connect_to 6001
	wait_for 15 offloaded_to 6001 || return 1
	# shellcheck disable=SC2046 # words
	at left explain $(ends 6001) | tee /dev/stderr | grep -q 'the default of admission chose it' &&
		at left -j explain $(ends 6001) | grep -q '"by":"rule","rule":0'
}
check_here "default: explained as that" by_default

# A target that says that it is full is not asked again and again.
no_more()
{
	local before

	set_port left offload/max_conns 1
	history_mark left
	before=$(sys left initiated/ok)
	background left "$scene/other" "$scene/other.err" \
		bash -c "exec 8<>/dev/tcp/$right_addr/6002; read -r _ <&8"
	wait_for 10 try_says 6002 'default offloads it .*, but not now: the target is full' || return 1
	nap 1
	[ "$(sys left initiated/no-conn)" = 0 ] && [ "$(sys left initiated/ok)" = "$before" ] &&
		! history_new left | grep .
}
check_here "full: nothing is asked for" no_more
set_port left offload/max_conns 16384
check "full: until there is room" wait_for 20 offloaded_to 6002
stop_process "$pid"
hang_up 6001
wait_value 10 "0 0 0" counts left

rules 'offload dport 6000-6002 priority-cap 3' 'default never'
connect_to 6002 ,so-priority=6
check "priority: SO_PRIORITY, as far as the cap" wait_for 15 offloaded_to 6002
check_equal "priority: the cap" 3 "$(priority_to 6002)"
hang_up 6002
connect_to 6002 ,so-priority=2
check "priority: below the cap" wait_for 15 offloaded_to 6002
check_equal "priority: that of the socket" 2 "$(priority_to 6002)"
hang_up 6002

rules 'offload dport 6000 min-age-ms 1500' 'default never'
connect_to 6000
check "min-age: too young" try_says 6000 'when it is old enough'
check "min-age: then old enough" wait_for 15 offloaded_to 6000
hang_up 6000

# Each kind of match, one that fits and one that does not
match_kind()
{
	local fits=$1 other=$2

	rules "offload dport 6000 $fits" 'default never' || return 1
	try_says 6000 'rule 1 offloads' || return 1
	rules "offload dport 6000 $other" 'default never' || return 1
	try_says 6000 'default keeps'
}
set_left admission manual
connect_to 6000 ,so-priority=5,so-mark=0x12 2>/dev/null || connect_to 6000 ,so-priority=5
set_left admission auto
rules 'default never'
match_all_kinds()
{
	match_kind "from $left_addr" 'from 10.77.0.9' &&
		match_kind 'from 10.77.0.0/24' 'from 10.78.0.0/16' &&
		match_kind "to $right_addr" 'to 10.77.0.0/31' &&
		match_kind 'sport 1024-65535' 'sport 1-1023' &&
		match_kind "dev $left_dev" 'dev eth7' &&
		match_kind 'uid 0' 'uid 1-4294967295' &&
		match_kind 'so-priority 4-5' 'so-priority 6-7'
}
check "rules: each kind of match" match_all_kinds

in_cgroup()
{
	mount | grep -q 'type cgroup2' || mount -t cgroup2 none /sys/fs/cgroup || return 1
	mkdir -p /sys/fs/cgroup/chimney/below /sys/fs/cgroup/other
	hang_up 6000
	echo $$ >/sys/fs/cgroup/chimney/below/cgroup.procs
	connect_to 6000
	echo $$ >/sys/fs/cgroup/cgroup.procs
	match_kind 'cgroup chimney' 'cgroup other' && match_kind 'cgroup chimney/below' 'cgroup other'
}
check_here "rules: control group, or below it" in_cgroup
rules 'default never'
hang_up 6000

# Random lists, by a matcher of its own, for connections over both protocols
against_model()
{
	left "$(program rules)" -s "$SEED" -n 150 "$@" "$left_dev" "$right_addr" 6000 \
		"$right_addr6" fd88::1
}
check_fails "rules: the model notices when it is wrong" 1 'not as in the model' against_model -w
check "rules: random lists, as the model says" against_model
rules 'default never'

# ---- back-off ------------------------------------------------------------

# The streams move, the link flaps; who is terminated waits.
set_left admission manual
streams_start -n 2 -u mixed -r 100000
set_left admission auto
rules 'offload dport 5000' 'default never'
check "auto: nothing walks all sockets, old ones are not found" eval '! offloaded_to 5000'
streams_stop "every octet is right"
set_left backoff-ms 200ms backoff-max-ms 1600ms backoff-decay-ms 1440m
streams_start -n 2 -u mixed -r 100000
both_there()
{
	[ "$(get_port left offload/conns)" = 2 ]
}
check "auto: both are offloaded" wait_for 20 both_there

# stays N: how long the first of them was in the host after its nth terminate, ms
stays()
{
	at left -j history dev "$left_dev" | "$rows" type id=0 dport=0 sport=0 to at_ns reason |
		awk -v port="$1" '$1 == "conn" && $4 == port && $5 == "inhost" { home = $6 }
			$1 == "conn" && $4 == port && $5 == "offloading" && home {
				printf "%d ", ($6 - home) / 1000000; home = 0 }'
}

flap()
{
	local i

	for ((i = 0; i < $1; i++)); do
		set_port left link down
		wait_value 10 "0 0 0" counts left || return 1
		set_port left link up
		wait_for 20 both_there || return 1
	done
}

doubles()
{
	local port ms want=200 n=0

	flap 5 || return 1
	port=$(left ss -Htn4 state established "dport = :5000" | awk 'NR == 1 { sub(".*:", "", $(NF - 1)); print $(NF - 1) }')
	echo "port $port stayed $(stays "$port") ms"
	for ms in $(stays "$port"); do
		[ "$ms" -ge "$want" ] || { echo "$ms, wanted $want"; return 1; }
		want=$((want * 2 > 1600 ? 1600 : want * 2))
		n=$((n + 1))
	done
	[ "$n" = 5 ]
}
check "back-off: at least twice as long each time, up to a bound" doubles

# A link that flaps all the time: no more hand-overs than the back-off allows.
bounded()
{
	local before after began ms

	set_left backoff-ms 500ms backoff-max-ms 4s
	before=$(sys left initiated/ok)
	began=$(date +%s%3N)
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		set_port left link down
		nap 0.2
		set_port left link up
		nap 0.3
	done
	ms=$(($(date +%s%3N) - began))
	after=$(sys left initiated/ok)
	# From here on each waits 4 s: the count of terminates is high already.
	echo "$((after - before)) hand-overs of 2 connections in $ms ms"
	[ $((after - before)) -le $((2 * (ms / 4000 + 1))) ]
}
check "back-off: a flapping link moves nothing more often" bounded
# So does traffic in bursts, which never reaches its mark.
bursty()
{
	local before began ms moved

	set_left min-sent 1m min-received 1m window-ms 200ms min-stay-ms 0
	before=$(sys left terminated/inactive)
	began=$(date +%s%3N)
	wait_while 20 inactive_less $((before + 2))
	nap 3
	ms=$(($(date +%s%3N) - began))
	moved=$(($(sys left terminated/inactive) - before))
	set_left min-sent 0 min-received 0
	echo "$moved terminates of 2 connections in $ms ms"
	[ "$moved" -ge 2 ] && [ "$moved" -le $((2 * (ms / 4000 + 2))) ]
}

inactive_less()
{
	[ "$(sys left terminated/inactive)" -lt "$1" ]
}
check "back-off: nor do bursts of traffic" bursty
check "back-off: try tells what is left" wait_for 10 try_says 5000 'rule 1 offloads it .*(back-off is over|link is down|offloaded already)'
set_left backoff-ms 100ms backoff-max-ms 1600ms
by_hand()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	both_there
}
check "back-off: an administrator need not wait" wait_for 10 by_hand

# ---- rest ----------------------------------------------------------------

rests()
{
	set_left rest-failures 3 rest-ms 30s backoff-ms 20ms backoff-max-ms 20ms
	echo failure >"$(probe left)/faults/fail_initiate" || return 1
	at left terminate dev "$left_dev" >/dev/null
	wait_for 30 rested
}

rested()
{
	[ "$(counter left rests)" -ge 1 ]
}
check "rest: after so many failures the target rests" rests
quiet_now()
{
	local before

	before=$(sys left initiated/failure)
	nap 2
	[ "$(sys left initiated/failure)" = "$before" ]
}
check "rest: it is asked for nothing then" quiet_now
echo ok >"$(probe left)/faults/fail_initiate"
streams_stop "every octet is right in the end"
set_left rest-failures 8 rest-ms 30s backoff-ms 1s backoff-max-ms 10m

# ---- rules as a whole ----------------------------------------------------

bad_rule()
{
	rules 'offload dport 6000 priority 1' "$1" 'default never'
}
rules 'offload dport 1-2 priority 9' 'default offload'
check_fails "bad: ports the wrong way round" 1 'rule 2: dport-min is greater than dport-max' bad_rule 'offload dport 9-8'
check_fails "bad: bits beyond the prefix" 1 'rule 2: saddr has bits beyond' bad_rule 'never from 10.0.0.1/8'
check_fails "bad: never, but after some octets" 1 'go with verdict offload alone' bad_rule 'never min-octets 1'
check_fails "bad: two priorities" 1 'exclude each other' bad_rule 'offload priority 1 priority-cap 2'
check_fails "bad: a rule that is never reached" 1 'rule 3: the rule before it matches everything' \
	rules 'offload dport 1' 'offload' 'never dport 2'
check_fails "bad: an unknown word" 2 "line 2; nothing was changed" bad_rule 'offload colour blue'
check_fails "bad: a setting behind good rules" 1 'nothing was changed' \
	rules 'offload dport 77' "set dev $left_dev urgent-data ignore"
check_equal "bad: and the rules are as before" "offload dport 1-2 priority 9
default offload" "$(at left rules | sed 's/  #.*//')"
many()
{
	seq 1 10000 | sed 's/.*/never dport & to 10.99.0.0\/16/' >"$scene/many"
	at left policy load "$scene/many" || return 1
	[ "$(at left rules | wc -l)" = 10001 ]
}
check "10000 rules" many
too_many()
{
	seq 1 16385 | sed 's/.*/never dport 1 uid &/' >"$scene/many"
	at left policy load "$scene/many"
}
check_fails "more than there may be" 1 'too many rules: 16384' too_many
check_equal "and they are as before" 10001 "$(at left rules | wc -l)"
saves()
{
	rules 'offload dport 7 mark 0x1/0xff cgroup 77 min-octets 8 min-age-ms 9 priority-cap 3' 'default never'
	set_left pause hold 3s min-sent 7k
	at left policy save >"$scene/saved" || return 1
	rules 'default offload'
	set_left pause terminate min-sent 0
	at left policy load "$scene/saved" || return 1
	at left policy save | diff - "$scene/saved"
}
check "policy: what is saved can be loaded" saves

# ---- elsewhere -----------------------------------------------------------

# The mode goes with the target: another network namespace is automatic then.
moves()
{
	ip netns add chimney-elsewhere
	at_exit ip netns del chimney-elsewhere
	set_left admission auto backoff-ms 10ms pause terminate rest-failures 0
	ip -n "$left_ns" link set "$left_dev" netns chimney-elsewhere
	ip -n chimney-elsewhere link set "$left_dev" up
	ip -n chimney-elsewhere addr add "$left_addr/24" dev "$left_dev"
	echo 'default offload' | elsewhere "$chim" policy load - || return 1
	background right "$scene/sink" "$scene/sink.err" \
		socat -u TCP-LISTEN:6003,fork,reuseaddr OPEN:/dev/null
	rm -f "$scene/pipe"
	mkfifo "$scene/pipe"
	# shellcheck disable=SC2094 # it is a pipe
	elsewhere socat -u "OPEN:$scene/pipe,rdonly" \
		"TCP:$right_addr:6003,retry=20,interval=0.2" &
	at_exit kill $!
	exec {send}>"$scene/pipe"
	wait_for 20 offloaded_elsewhere || {
		elsewhere ss -tn
		elsewhere "$chim" target
		elsewhere "$chim" show
		return 1
	}
}

elsewhere()
{
	ip netns exec chimney-elsewhere "$@"
}

offloaded_elsewhere()
{
	elsewhere "$chim" -j show dev "$left_dev" | "$rows" type state dport=0 |
		grep -qx 'conn offloaded 6003'
}
check_here "moved: the other network namespace is automatic" moves
exec {send}>&-
ip -n chimney-elsewhere link set "$left_dev" netns "$left_ns"
ip -n "$left_ns" link set "$left_dev" up
set_left admission manual
check_equal "no state was lost" 0 "$(counter left lost)"
scene_fair "the hosts broke no rule"
finish
