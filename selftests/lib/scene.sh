# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Two hosts, "left" and "right", each a network namespace with one simulated
# NIC, and the wire between them; streams of octets over it; and what host and
# target tell of it. A test reads this after lib.sh:
#
#	scene_build
#	streams_start -n 16
#	at left offload dev $left_dev
#	streams_stop "what went over it is right"
#
# The right host also answers for 10.88.0.1 to 10.88.0.4, which lie behind its
# address 10.77.0.2: one neighbor, several paths. 10.77.0.3 is its as well: a
# second neighbor.
#
# With scene_ipv6=yes the hosts have IPv6 besides, and addresses that mirror these:
# fd77::1 and fd77::2, fd88::1 to fd88::4 behind the latter, fd77::3; and fe80::1 to
# fe80::3 on the link. Streams and hands go over IPv4 until "scene_over 6".

left_ns=chimney-left
right_ns=chimney-right
left_dev=chs1p0
right_dev=chs2p0
left_addr=10.77.0.1
right_addr=10.77.0.2
left_addr6=fd77::1
right_addr6=fd77::2
sim=/sys/bus/chimsim
debug=/sys/kernel/debug/chimsim

scene=$(mktemp -d)
at_exit rm -rf "$scene"
# Each host's own sysfs, for who is not in its network namespace
sysfs=/run/chimney-sysfs

# scene_over 4|6: sets whose addresses the hosts go by from here on: $left_host and
# $right_host; $right_other, the second neighbor; $far, to which 1 to 4 are appended,
# and $far_net; $any_host. $net_bits are those of the network on the wire.
# shellcheck disable=SC2034 # for who reads this
scene_over()
{
	family=$1
	case $family in
	4)
		left_host=$left_addr right_host=$right_addr any_host=0.0.0.0
		right_other=10.77.0.3 far=10.88.0. far_net=10.88.0.0/24
		net_bits=24
		;;
	6)
		left_host=$left_addr6 right_host=$right_addr6 any_host=::
		right_other=fd77::3 far=fd88:: far_net=fd88::/64
		net_bits=64
		;;
	esac
}
scene_over 4

# at_port ADDRESS PORT: an end of a connection, as programs take it
at_port()
{
	case $1 in
	*:*)	echo "[$1]:$2" ;;
	*)	echo "$1:$2" ;;
	esac
}

left()
{
	ip netns exec "$left_ns" "$@"
}

right()
{
	ip netns exec "$right_ns" "$@"
}

ns_of()
{
	case $1 in
	left)	echo "$left_ns" ;;
	right)	echo "$right_ns" ;;
	esac
}

# background left|right OUT ERR COMMAND...: sets $pid to the command's own, so
# that a signal reaches it
background()
{
	ip netns exec "$(ns_of "$1")" "${@:4}" >"$2" 2>"$3" &
	pid=$!
	at_exit kill "$pid"
}

# The tool, in a host: at left|right VERB...
at()
{
	local ns=${1}_ns

	# shellcheck disable=SC2154 # lib.sh has found the tool
	"$chim" --netns "${!ns}" "${@:2}"
}

dev_of()
{
	case $1 in
	left)	echo "$left_dev" ;;
	right)	echo "$right_dev" ;;
	esac
}

# port left|right: where the files of its port are
port()
{
	case $1 in
	left)	echo "$sim/devices/chimsim1/port0" ;;
	right)	echo "$sim/devices/chimsim2/port0" ;;
	esac
}

probe()
{
	case $1 in
	left)	echo "$debug/chimsim1/port0" ;;
	right)	echo "$debug/chimsim2/port0" ;;
	esac
}

# set_port left|right FILE VALUE: of the port or, offload/FILE, of the target
set_port()
{
	echo "$3" >"$(port "$1")/$2"
}

get_port()
{
	show_file "$(port "$1")/$2"
}

# show_file FILE: without a process, which is slow in an emulated machine
show_file()
{
	local text

	text=$(<"$1") && echo "$text"
}

# sys left|right FILE: what sysfs has of its target
sys()
{
	show_file "$sysfs/$1/class/net/$(dev_of "$1")/chimney/$2"
}

# ---- building ------------------------------------------------------------

id_of()
{
	case $1 in
	left)	echo 1 ;;
	right)	echo 2 ;;
	esac
}

# scene_netns left|right: its namespace, and its sysfs where we can see it
scene_netns()
{
	local ns

	ns=$(ns_of "$1")
	ip netns add "$ns" || return 1
	mkdir -p "$sysfs/$1"
	umount "$sysfs/$1" 2>/dev/null
	nsenter --net="/run/netns/$ns" mount -t sysfs sysfs "$sysfs/$1"
}

# scene_host left|right: with no device but its loopback
scene_host()
{
	local ns

	ns=$(ns_of "$1")
	at_exit ip netns del "$ns"
	at_exit umount "$sysfs/$1"
	scene_netns "$1" || return 1
	ip -n "$ns" link set lo up
	scene_quiet "$ns"
	[ "$1" != right ] || for i in 1 2 3 4; do
		ip -n "$ns" addr add 10.88.0.$i/32 dev lo
		[ -z "${scene_ipv6:-}" ] || ip -n "$ns" addr add fd88::$i/128 dev lo
	done
}

# scene_quiet NETNS: no IPv6, or none that speaks up by itself, makes up addresses,
# or waits for somebody else to have them
scene_quiet()
{
	local settings=() conf name

	for conf in net.ipv6.conf.{all,default}; do
		if [ -z "${scene_ipv6:-}" ]; then
			settings+=("$conf.disable_ipv6=1")
		else
			for name in accept_ra accept_dad autoconf \
				    router_solicitations; do
				settings+=("$conf.$name=0")
			done
			settings+=("$conf.addr_gen_mode=1")
		fi
	done
	ip netns exec "$1" sysctl -qw "${settings[@]}" 2>/dev/null
}

# scene_plug left|right: a new device in the host, with its addresses and routes
scene_plug()
{
	local ns dev id

	ns=$(ns_of "$1") dev=$(dev_of "$1") id=$(id_of "$1")
	ip netns exec "$ns" bash -c "echo $id >$sim/new_device" || return 1
	ip -n "$ns" link set "$dev" up
	case $1 in
	left)
		ip -n "$ns" addr add $left_addr/24 dev "$dev"
		ip -n "$ns" route add 10.88.0.0/24 via $right_addr
		;;
	right)
		ip -n "$ns" addr add $right_addr/24 dev "$dev"
		ip -n "$ns" addr add 10.77.0.3/24 dev "$dev"
		;;
	esac
	[ -z "${scene_ipv6:-}" ] || scene_plug6 "$1"
}

scene_plug6()
{
	local ns dev

	ns=$(ns_of "$1") dev=$(dev_of "$1")
	case $1 in
	left)
		scene_addr6 "$ns" "$dev" $left_addr6 fe80::1
		ip -n "$ns" route add fd88::/64 via $right_addr6
		;;
	right)
		scene_addr6 "$ns" "$dev" $right_addr6 fd77::3 fe80::2 fe80::3
		;;
	esac
}

# scene_addr6 NETNS DEVICE ADDRESS...: each is used at once, whoever else has it
scene_addr6()
{
	local addr

	for addr in "${@:3}"; do
		ip -n "$1" addr add "$addr/64" dev "$2" nodad
	done
}

scene_unplug()
{
	id_of "$1" >$sim/del_device
}

scene_ifindex()
{
	ip -n "$1" -o link show dev "$2" | cut -d: -f1
}

scene_link()
{
	local a b wire status=0

	exec {a}<"/run/netns/$left_ns" {b}<"/run/netns/$right_ns"
	wire="$a:$(scene_ifindex $left_ns $left_dev) $b:$(scene_ifindex $right_ns $right_dev)"
	echo "$wire" >$sim/link_device || status=1
	exec {a}<&- {b}<&-
	return $status
}

scene_reachable()
{
	left busybox ping -q -c 1 -W 1 "$1" >/dev/null 2>&1
}

# scene_up WIRE: the hosts with their ports, and by that command what is between
scene_up()
{
	local side

	load_modules chimney chimsim
	for side in left right; do
		scene_host $side && scene_plug $side || return 1
		at_exit scene_unplug $side
	done
	"$1"
}

# The wire is there, and the hosts know each other.
scene_wire()
{
	local addr addrs=("$right_addr" 10.77.0.3)

	[ -z "${scene_ipv6:-}" ] || addrs+=("$right_addr6" fd77::3)
	scene_link || return 1
	for addr in "${addrs[@]}"; do
		wait_for 10 scene_reachable "$addr" || return 1
	done
}

scene_build()
{
	scene_up scene_wire || give_up "cannot build two hosts and a wire"
}

# ---- streams -------------------------------------------------------------

stream=$(program stream)
rows=$(program rows)
stream_pids=()
client_pids=()
clients=()
servers=()
declare -A moved_before

# streams_forget: those that were there before are nobody's any more
streams_forget()
{
	stream_pids=()
	client_pids=()
	clients=()
	servers=()
	moved_before=()
}

# server_start NAME ARGUMENTS...: on the right; NAME.out and .err in $scene
server_start()
{
	local pid

	rm -f "$scene/$1".{out,err,progress}
	background right "$scene/$1.out" "$scene/$1.err" "$stream" -s "$SEED" \
		-P "$scene/$1.progress" "${@:2}"
	stream_pids+=("$pid")
	servers+=("$1")
	wait_for 10 grep -q listening "$scene/$1.out" ||
		give_up "the server does not start: $(cat "$scene/$1.err")"
}

# client_start NAME ARGUMENTS...: on the left
client_start()
{
	local pid

	rm -f "$scene/$1".{out,err,progress}
	background left "$scene/$1.out" "$scene/$1.err" "$stream" -s "$SEED" \
		-P "$scene/$1.progress" "${@:2}"
	stream_pids+=("$pid")
	client_pids+=("$pid")
	clients+=("$1")
	wait_for 30 grep -q connected "$scene/$1.out" ||
		give_up "the client does not connect: $(cat "$scene/$1.err")"
}

# move_both PAIRS ROUNDS [OPTIONS...]: the connections of both hosts go to the NIC and
# come home at random, until each host has made so many pairs and each connection so
# many; prints what was done
move_both()
{
	local side pid pids=() status=0 n=0

	for side in left right; do
		background "$side" "$scene/mover-$side" "$scene/mover-$side.err" \
			"$(program mover)" -n "$1" -r "$2" -s $((SEED + n)) -p 40 \
			-t 120000 "${@:3}" "$(dev_of "$side")"
		n=$((n + 1))
		pids+=("$pid")
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	tail -qn 1 "$scene"/mover-{left,right}
	[ "$status" -eq 0 ] || cat "$scene"/mover-{left,right}.err
	return "$status"
}

# streams_start ARGUMENTS...: both ends of the same kind
streams_start()
{
	streams_forget
	server_start server -l "$(at_port "$any_host" 5000)" "$@"
	client_start client -c "$(at_port "$right_host" 5000)" "$@"
	streams_begin
}

# streams_both N ARGUMENTS...: N connections over either protocol, those of IPv6 to
# port 5006
streams_both()
{
	streams_forget
	server_start server -l 0.0.0.0:5000 -n "$@"
	server_start server6 -l "[::]:5006" -n "$@"
	client_start client -c $right_addr:5000 -n "$@"
	client_start client6 -c "[$right_addr6]:5006" -n "$@"
	streams_begin
}

streams_begin()
{
	wait_for 10 moving "${clients[@]}" "${servers[@]}" ||
		give_up "nothing moves to begin with"
}

# streams_go_on: all of them, from here
streams_go_on()
{
	go_on 30 "${clients[@]}" "${servers[@]}"
}

# report_value NAME KEY: the last that a stream reported
report_value()
{
	sed -n "\$s/.*\\<$2=\\([0-9]*\\).*/\\1/p" "$scene/$1.out"
}

progress()
{
	sed -n "s/.*\\<$2=\\([0-9]*\\).*/\\1/p" "$scene/$1.progress" 2>/dev/null
}

# moving NAME...: has each received more since it was last asked?
moving()
{
	local name rx

	for name; do
		rx=$(progress "$name" rx)
		[ "${rx:-0}" -gt "${moved_before[$name]:-0}" ] || return 1
	done
	for name; do
		moved_before[$name]=$(progress "$name" rx)
	done
}

# go_on SECONDS NAME...: streams that go on from here
go_on()
{
	local name

	for name in "${@:2}"; do
		moved_before[$name]=$(progress "$name" rx)
	done
	wait_for "$1" moving "${@:2}"
}

# report_sum KEY NAME...: over the reports of these; nothing if one is missing
report_sum()
{
	local name value sum=0

	for name in "${@:2}"; do
		value=$(report_value "$name" "$1")
		[ -n "$value" ] || return
		sum=$((sum + value))
	done
	echo $sum
}

# Both ends saw what the other one sent: octets that are in neither report,
# because both ends forgot them, would show here.
streams_agree()
{
	local sent received

	sent=$(report_sum tx "${clients[@]}")
	received=$(report_sum rx "${servers[@]}")
	[ -n "$sent" ] && [ "$sent" = "$received" ] || {
		echo "clients sent '$sent', server received '$received'"
		return 1
	}
	sent=$(report_sum tx "${servers[@]}")
	received=$(report_sum rx "${clients[@]}")
	[ -n "$sent" ] && [ "$sent" = "$received" ] || {
		echo "server sent '$sent', clients received '$received'"
		return 1
	}
}

# Only in the shell that started them: it alone can wait for them.
streams_end()
{
	local name pid status=0

	kill "${client_pids[@]}" 2>/dev/null
	for pid in "${stream_pids[@]}"; do
		wait_for 90 process_gone "$pid" || {
			echo "a stream does not end: $(cat "$scene"/*.progress)"
			kill -KILL "$pid"
			status=1
		}
		wait "$pid" || {
			echo "a stream ended with status $?"
			status=1
		}
	done
	stream_pids=()
	for name in "${clients[@]}" "${servers[@]}"; do
		cat "$scene/$name.err"
	done
	[ "$status" -eq 0 ] && streams_agree
}

# streams_kill: without a word to anybody
streams_kill()
{
	local pid

	for pid in "${stream_pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	streams_forget
}

# streams_stop CASE: one case: they end, and every octet was right
streams_stop()
{
	local name

	if streams_end >"$scene/end.out" 2>&1; then
		pass "$1"
	else
		fail "$1" "$(cat "$scene/end.out")"
	fi
	for name in "${clients[@]}" "${servers[@]}"; do
		note "$name: $(tail -n 1 "$scene/$name.out")"
	done
}

# ---- what the target tells -----------------------------------------------

# requests left|right: its log without the heading: number at completed what
# type handle parent batch arg status
requests()
{
	grep -v '^#' "$(probe "$1")/requests"
}

# requests_mark left|right: entries after it are "new". A mark is a file: it may
# be set in a subshell.
requests_mark()
{
	requests "$1" | tail -n 1 | cut -d' ' -f1 >"$scene/requests-$1"
}

requests_new()
{
	requests "$1" | awk -v mark="$(mark_of requests "$1")" '$1 > mark + 0'
}

mark_of()
{
	cat "$scene/$1-$2" 2>/dev/null
}

# requested left|right WHAT [TYPE [REASON]]: how many new entries are such
requested()
{
	requests_new "$1" | awk -v what="$2" -v type="${3:-}" -v arg="${4:-}" '
		$4 == what && (type == "" || $5 == type) &&
		(arg == "" || $9 == arg) { n++ }
		END { print n + 0 }'
}

# in_order left|right: dependents first, parents first, read off the whole log
# alone: no terminate of an object was asked for before the terminates of all
# that was offloaded onto it were complete, and no initiate before that of its
# parent came.
in_order()
{
	requests "$1" | awk '
		function bad(text) { print text; failed = 1 }
		$4 == "initiate" {
			if ($7 != "-" && !($7 in came))
				bad($6 " came before its parent " $7)
			came[$6] = $2
			if ($10 == "ok" || $10 == "pending")
				kids[$7] = kids[$7] " " $6
		}
		$4 == "terminate" {
			asked[$6] = $2
			ended[$6] = $3 == "-" ? 9e18 : $3
		}
		END {
			for (parent in asked) {
				n = split(kids[parent], kid, " ")
				for (i = 1; i <= n; i++) {
					looked++
					if (came[kid[i]] < asked[parent] &&
					    (!(kid[i] in ended) ||
					     ended[kid[i]] > asked[parent]))
						bad(parent " went before " kid[i])
				}
			}
			print looked + 0 " dependents looked at"
			exit failed
		}'
}

violations()
{
	get_port "$1" offload/violations
}

# Octets that the engine has sent and received, headers included
engine_octets()
{
	"$1" ethtool -S "$(dev_of "$1")" |
		awk '/engine_[rt]x_bytes:/ { n += $2 } END { print n + 0 }'
}

# port_octets: of both ports, what their engines have sent and received, and all
# that was; of each at one moment
port_octets()
{
	local side

	for side in left right; do
		$side ethtool -S "$(dev_of $side)"
	done | awk '
		/^ *[rt]x_bytes:/ { wire += $2 }
		/^ *engine_[rt]x_bytes:/ { engine += $2 }
		END { print engine + 0, wire + 0 }'
}

# engines_octets BEFORE AFTER: between these port_octets(): sets $engine and $wire
# shellcheck disable=SC2034 # they are the result
engines_octets()
{
	local from to

	read -ra from <<<"$1"
	read -ra to <<<"$2"
	engine=$((to[0] - from[0])) wire=$((to[1] - from[1]))
}

# scene_fair CASE: one case: neither target saw a rule broken
scene_fair()
{
	local bad

	bad="$(violations left) $(violations right)"
	if [ "$bad" = "0 0" ]; then
		pass "$1"
	else
		fail "$1" "$(grep -v ' 0$' "$(probe left)/violations" \
				  "$(probe right)/violations")"
	fi
}

# ---- what the host tells -------------------------------------------------

# objects left|right: one a line: type id parent state refcount reason saddr
# daddr dport
objects()
{
	at "$1" -j show dev "$(dev_of "$1")" | "$rows" type id parent=0 state \
		refcount=0 reason saddr,nexthop daddr dport
}

# ids left|right TYPE [DADDR]: of such objects (a neighbor's next hop counts as
# its address)
ids()
{
	objects "$1" | awk -v type="$2" -v addr="${3:-}" '
		$1 == type && (addr == "" || $8 == addr || $7 == addr) {
			print $2
		}'
}

# counts left|right: connections, paths and neighbors in the tree
counts()
{
	echo "$(sys "$1" conns) $(sys "$1" paths) $(sys "$1" neighs)"
}

# target_counts left|right: the same, asked of the target
target_counts()
{
	echo "$(get_port "$1" offload/conns) $(get_port "$1" offload/paths) $(get_port "$1" offload/neighs)"
}

# has_counts left|right CONNECTIONS PATHS NEIGHBORS: host and target agree
has_counts()
{
	local wanted="$2 $3 $4"

	[ "$(target_counts "$1")" = "$wanted" ] &&
		[ "$(counts "$1")" = "$wanted" ]
}

# settled left|right CONNECTIONS PATHS NEIGHBORS: it comes to that
settled()
{
	wait_for 15 has_counts "$@" || {
		echo "host: $(counts "$1"), target: $(target_counts "$1")"
		objects "$1"
		return 1
	}
}

# history left|right: one a line: seq note type id from to reason status action
# hold-ms took-ns at-ns
history()
{
	at "$1" -j history dev "$(dev_of "$1")" | "$rows" seq note type id=0 \
		from to reason status action hold_ms=0 took_ns=0 at_ns
}

# history_mark left|right: entries after it are "new"
history_mark()
{
	history "$1" | tail -n 1 | cut -d' ' -f1 >"$scene/history-$1"
}

history_new()
{
	history "$1" | awk -v mark="$(mark_of history "$1")" '$1 > mark + 0'
}

# decided left|right REASON ACTION: a new decision of the host says so
decided()
{
	history_new "$1" | awk -v reason="$2" -v action="$3" '
		$2 == "decision" && $7 == reason && $9 == action { found = 1 }
		END { exit !found }'
}

# listen: to what becomes of the objects of the left host, into $scene/heard. It
# hears what happens from here on.
listen()
{
	[ -z "${listener:-}" ] || stop_process "$listener"
	background left "$scene/heard" "$scene/heard.err" "$chim" -j monitor
	listener=$pid
	wait_for 10 hears
}

hears()
{
	at left set dev "$left_dev" pause ignore
	at left set dev "$left_dev" pause terminate
	at left offload dev "$left_dev" >/dev/null 2>&1
	[ -s "$scene/heard" ]
}

# tree_sound left|right: the invariants hold
tree_sound()
{
	at "$1" check
}

# target_state left|right: "ready", "quarantined", ...
target_state()
{
	sys "$1" state
}

counter()
{
	sys "$1" "stats/$2"
}
