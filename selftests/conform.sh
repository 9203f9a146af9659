#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The conformance kit: does a target keep the rules of include/net/chimney.h?
# For any target that is registered, by whatever driver:
#
#	make test TARGET=DEV [PEER=ADDRESS:PORT [PEER_NETNS=NAME]] [UNLOAD=MODULE]
#
# PEER is where "stream -l 0.0.0.0:PORT -n 0" runs (build/selftests/stream), on
# a host that is reached through DEV; with PEER_NETNS it is a network namespace
# of this machine, and the kit starts that itself. Without PEER nothing crosses
# the wire, and the connections are made up, if the target takes such. With
# UNLOAD the driver's module is unloaded at the end, while it has connections.
# ROUNDS (20) says how often they move at random, SEED repeats a run; with STOP
# the first rule that is broken ends it.
#
# After each case the host must have nothing against the target: no answer that
# was wrong, late or missing, no state that cannot be, no octet out of place.
#
# Time limit: 600 s

. "$(dirname "$0")/lib.sh"

target=${TARGET:-}
[ -n "$target" ] || skip_all "TARGET says which target to look at"
n=8
rounds=${ROUNDS:-20}
plan 18
dir=$(mktemp -d)
at_exit rm -rf "$dir"

# ---- the target and its connections --------------------------------------------

rows=$(program rows)

# target_get KEY: what the host tells of it
target_get()
{
	chim -j target show dev "$target" | "$rows" ifname "$1" | cut -d' ' -f2-
}

chim target show dev "$target" >/dev/null ||
	give_up "$target is no offload target: has its driver called chimney_register()?"
ip -br link show dev "$target" up | grep -q . || give_up "$target is down"

# made_up: a connection without a socket, for each number below n; two paths
# over one neighbor
made_up()
{
	local i

	for ((i = 0; i < n; i++)); do
		conn[i]="192.0.2.1:22 192.0.2.$((2 + i % 2)):$((1024 + i))"
	done
	paths=2
	more=(dev "$target" nexthop 192.0.2.2)
}

# spawn NETNS NAME COMMAND...: in the background; sets $pid
spawn()
{
	if [ -n "$1" ]; then
		ip netns exec "$1" "${@:3}" >"$dir/$2.out" 2>"$dir/$2.err" &
	else
		"${@:3}" >"$dir/$2.out" 2>"$dir/$2.err" &
	fi
	pid=$!
	# Without its device one would not end by itself.
	at_exit kill -KILL "$pid"
}

says()
{
	grep -q "$2" "$dir/$1.out"
}

# serve NAME PORT ARGUMENTS...: at the peer, if it is ours
serve()
{
	[ -n "${PEER_NETNS:-}" ] || return 0
	spawn "$PEER_NETNS" "$1" "$(program stream)" -l "0.0.0.0:$2" -n 0 \
		-s "$SEED" -u poll -r 40000 "${@:3}"
	wait_for 10 says "$1" listening || complain "no peer: $(cat "$dir/$1.err")"
}

# client NAME PORT ARGUMENTS...
client()
{
	spawn '' "$1" "$(program stream)" -c "$addr:$2" -s "$SEED" -u poll \
		-P "$dir/$1.progress" "${@:3}"
	wait_for 30 says "$1" connected ||
		complain "no connection to $addr:$2: $(cat "$dir/$1.err")"
}

# sockets PORT: the tuples of the connections there, one a line
sockets()
{
	ss -tnH state established dst "$addr" dport = ":$1" | awk '{ print $3, $4 }'
}

# streams: connections to the peer, byte-checked
streams()
{
	addr=${PEER%:*} port=${PEER##*:}
	serve server "$port" || return 1
	server=$pid
	client client "$port" -n "$n" -r $((40000 * n)) || return 1
	stream=$pid
	mapfile -t conn < <(sockets "$port")
	[ "${#conn[@]}" -eq "$n" ] || complain "not $n connections: ${conn[*]}" ||
		return 1
	paths=1
	more=(dev "$target")
}

# What the link's loss means here; as it was, in the end
rule_now()
{
	chim --details target show dev "$target" | sed -n "s/^ *$1 //p" |
		sed 's/\([0-9]\) /\1/'
}
for reason in carrier-lost admin-down; do
	# shellcheck disable=SC2046 # words
	at_exit "$chim" set dev "$target" $reason $(rule_now $reason)
	chim set dev "$target" $reason terminate
done

conn=() more=() paths=0 addr='' port=0
wire=
if [ -n "${PEER:-}" ]; then
	streams >"$dir/said" || give_up "$(cat "$dir/said")"
	wire=yes
elif target_get caps | grep -q detached; then
	made_up
fi

# the COUNTS of the tree: connections, paths, neighbors
counts()
{
	chim -j target show dev "$target" | "$rows" conns paths neighs
}

ids()
{
	chim -j show dev "$target" | "$rows" type id | sed -n "s/^$1 //p"
}

# offload CONNECTION...: by their numbers. One that recovers from a loss is
# refused: again, then.
offload()
{
	local i words=()

	for i; do
		# shellcheck disable=SC2206 # two addresses
		words+=(${conn[i]})
	done
	chim offload "${words[@]}" "${more[@]}" >"$dir/said" 2>&1
}

have()
{
	[ "$(counts)" = "$1" ]
}

# offloaded N: the first so many
offloaded()
{
	local want
	want="$1 $(($1 < paths ? $1 : paths)) 1"

	have "$want" && return
	# Made up again, one would be there twice.
	[ -n "$wire" ] || chim terminate dev "$target" >/dev/null
	wait_for 20 taken_or_hung "$want" $(seq 0 $(($1 - 1)))
	have "$want" ||
		complain "not $want in the tree: $(counts): $(cat "$dir/said")"
}

# A target that was made for connections made up refuses none of them.
taken_or_hung()
{
	offload "${@:2}"
	have "$1" || [ -z "$wire" ] || hung
}

hung()
{
	[ "$(target_get state)" = quarantined ]
}

home()
{
	chim terminate dev "$target" >/dev/null
	all_back
}

all_back()
{
	wait_for 20 empty_or_hung
	have "0 0 0" || complain "not all came back: $(counts)"
}

empty_or_hung()
{
	have "0 0 0" || hung
}

complain()
{
	echo "$*"
	return 1
}

# ---- what the host has against it ----------------------------------------------

declare -A against=(
	[bad-handle]="an upcall named an object that is not there"
	[bad-completion]="an answer to what was not asked, or asked and answered"
	[bad-state]="a connection's state that cannot be"
	[bad-data]="octets that are not the next ones"
	[bad-ack]="an acknowledgement of what was never sent"
	[bad-event]="an event or reason that there is not"
	[overdue]="a request without an answer in time"
	[late]="an answer that came too late"
	[lost]="a connection that did not come back"
	[op-failed]="an update, query or invalidate that failed"
)

counters()
{
	chim -j stats dev "$target" | "$rows" name value
}

# blameless: nothing more is counted against it than when the case began
blameless()
{
	local name value state status=0

	while read -r name value; do
		[ -n "${against[$name]:-}" ] || continue
		[ "$value" -gt "${before[$name]}" ] || continue
		if pardoned "$name"; then
			first[$name]=$((first[$name] + value - before[$name]))
			continue
		fi
		echo "$name, $((value - before[$name])) times: ${against[$name]}"
		status=1
	done < <(counters)
	state=$(target_get state)
	[ "$state" = ready ] || {
		echo "the target is $state"
		status=1
	}
	return "$status"
}

# What it may do: a driver need not do all, and the host sees to the rest.
pardoned()
{
	[ "$1" = "${pardon:-}" ]
}

# fairly COMMAND...: and nothing more is counted against it than before; with
# $whole than before the first of all
declare -A before first
fairly()
{
	local name value status=0

	while read -r name value; do
		before[$name]=$value
		: "${first[$name]:=$value}"
		[ -z "${whole:-}" ] || before[$name]=${first[$name]}
	done < <(counters)
	"$@" || status=1
	blameless || status=1
	chim check dev "$target" >/dev/null || complain "$(chim check dev "$target")" ||
		status=1
	return "$status"
}

# rule NAME COMMAND...: one case. One that ends in quarantine is the last.
rule()
{
	[ ${#conn[@]} -gt 0 ] || {
		skip "$1" "no PEER, and the target takes no connections made up"
		return
	}
	check_here "$1" fairly "${@:2}" && return
	[ -z "${STOP:-}" ] || give_up "the target breaks the rules"
	! hung || give_up "the target is in quarantine: it does not answer"
	home >/dev/null
}

# over_wire NAME COMMAND...: one case, with a peer; ours says whose peer it is
over_wire()
{
	if [ -z "$wire" ]; then
		skip "$1" "no PEER"
	else
		rule "$@"
	fi
}

with_our_peer()
{
	if [ -n "$wire" ] && [ -z "${PEER_NETNS:-}" ]; then
		skip "$1" "no PEER_NETNS"
	else
		over_wire "$@"
	fi
}

# ---- the tree -------------------------------------------------------------------

one_there_and_back()
{
	offloaded 1 && home
}

one_back()
{
	offloaded "$n" || return 1
	chim terminate "$(ids conn | head -n 1)" >/dev/null ||
		complain "it did not come back" || return 1
	[ "$(counts)" = "$((n - 1)) $paths 1" ] || complain "now there is $(counts)"
}

neighbor_back()
{
	offloaded "$n" || return 1
	chim terminate "$(ids neigh)" >/dev/null
	all_back
}

each_tells()
{
	local id

	offloaded "$n" || return 1
	for id in $(ids conn); do
		chim query "$id" >"$dir/query" 2>&1 && continue
		grep -q 'answers no queries' "$dir/query" && echo "it need not" && return
		complain "$(cat "$dir/query")" || return 1
	done
}

# Asked for back before it is there: the host waits, and asks then.
crossing()
{
	local i

	for ((i = 0; i < 5; i++)); do
		offload_no_wait
		chim --no-wait terminate dev "$target" >/dev/null
	done
	home
}

offload_no_wait()
{
	local words

	read -ra words <<<"${conn[*]}"
	chim --no-wait offload "${words[@]}" "${more[@]}" >/dev/null 2>&1
}

at_random()
{
	local round i some back

	for ((round = 0; round < rounds; round++)); do
		some=()
		for ((i = 0; i < n; i++)); do
			random 2
			[ "$random" -eq 0 ] || some+=("$i")
		done
		[ ${#some[@]} -eq 0 ] || offload "${some[@]}"
		back=()
		for i in $(ids conn); do
			random 3
			[ "$random" -eq 0 ] || back+=("$i")
		done
		[ ${#back[@]} -eq 0 ] || chim terminate "${back[@]}" >/dev/null
		[ -z "$wire" ] || go_on || return 1
	done
	home
}

# crowd FROM TO: so many more, made up
crowd()
{
	local words=() i

	for ((i = $1; i < $2; i++)); do
		words+=("192.0.2.1:22" "192.0.2.2:$((2000 + i))")
	done
	chim offload "${words[@]}" "${more[@]}" >"$dir/said" 2>&1
}

# It takes as many as it says; then it refuses, and what it has stays.
full()
{
	home && crowd 0 "$limit"
	[ "$(counts)" = "$limit 1 1" ] || complain "of $limit: $(counts)" || return 1
	! crowd "$limit" $((limit + 8)) || complain "it took more" || return 1
	[ "$(counts)" = "$limit 1 1" ] || complain "then $(counts)" || return 1
	home
}

# ---- over the wire ----------------------------------------------------------------

received()
{
	sed -n 's/.*\<rx=\([0-9]*\).*/\1/p' "$dir/client.progress"
}

more_than()
{
	[ "$(received)" -gt "$1" ]
}

go_on()
{
	wait_for 30 more_than "$(received)" || complain "nothing arrives any more"
}

# Of each connection octets have crossed the interface, both ways.
each_moves()
{
	[ "$(chim -j show dev "$target" | "$rows" tx_octets rx_octets |
		awk '$1 > 0 && $2 > 0' | wc -l)" -eq "$n" ]
}

octets_move()
{
	offloaded "$n" || return 1
	wait_for 20 each_moves ||
		complain "not of each connection: $(chim show dev "$target")" || return 1
	home && go_on
}

# ends_well PID NAME: within a minute, and no octet was wrong
ends_well()
{
	wait_for 60 process_gone "$1" || {
		kill -KILL "$1"
		echo "it does not end"
	}
	wait "$1" || complain "$(cat "$dir/$2.err")"
}

two_there()
{
	chim offload dst "$addr" dport "$1" "${more[@]}" >/dev/null 2>&1
	have "2 1 1"
}

# they_end PORT END [OPTION]: they end that way while they are offloaded; the
# option is for both ends
they_end()
{
	local at=$((port + $1)) peer status=0 i

	home
	serve "peer-$1" "$at" "${@:3}" || return 1
	peer=$pid
	for i in 1 2; do
		client "end-$1-$i" "$at" -n 2 -r 20000 -e "$2" "${@:3}" || return 1
		wait_for 10 two_there "$at" || complain "not offloaded: $(counts)" || status=1
		kill "$pid"
		ends_well "$pid" "end-$1-$i" || status=1
		wait_for 20 empty_or_hung
		have "0 0 0" || complain "not all came back: $(counts)" || status=1
	done
	kill "$peer"
	ends_well "$peer" "peer-$1" && return "$status"
}

peer_dev()
{
	ip -n "$PEER_NETNS" -o -4 addr show to "$addr" | awk '{ print $2; exit }'
}

# peer_mac MAC: it has that address from now on, and we know
peer_mac()
{
	ip -n "$PEER_NETNS" link set "$(peer_dev)" address "$1" &&
		ip neigh replace "$addr" dev "$target" lladdr "$1" nud reachable
}

peer_moves()
{
	local old status=0

	old=$(ip neigh show "$addr" dev "$target" | sed -n 's/.*lladdr \([^ ]*\).*/\1/p')
	offloaded "$n" || return 1
	peer_mac 02:00:00:43:68:69 ||
		complain "(the peer's address cannot be changed)" || return 1
	go_on && go_on || status=1
	peer_mac "$old"
	go_on && home && return "$status"
}

peer_is_lost()
{
	offloaded "$n" || return 1
	ip neigh change "$addr" dev "$target" nud failed
	wait_for 20 have "0 0 0" || complain "still offloaded: $(counts)" || return 1
	go_on
}

# The routes that the kernel takes away with the link are put back.
link_falls()
{
	local routes route status=0

	offloaded "$n" || return 1
	mapfile -t routes < <(ip -4 route show dev "$target")
	at_exit ip link set "$target" up
	ip link set "$target" down
	wait_for 20 have "0 0 0" || complain "still offloaded: $(counts)" || status=1
	ip link set "$target" up
	for route in "${routes[@]}"; do
		# shellcheck disable=SC2086 # words
		ip route replace $route dev "$target" 2>/dev/null
	done
	go_on && return "$status"
}

octets_right()
{
	kill "$stream"
	ends_well "$stream" client || return 1
	[ -n "${PEER_NETNS:-}" ] || return 0
	kill "$server"
	ends_well "$server" server
}

# ---- its driver goes -----------------------------------------------------------------

driver_goes()
{
	[ -z "$wire" ] || streams || return 1
	spawn '' heard "$chim" -j monitor dev "$target"
	offloaded "$n" || return 1
	rmmod "$UNLOAD" || return 1
	wait_for 10 whole_again ||
		complain "not given back whole: $("$rows" to type reason status <"$dir/heard.out")" ||
		return 1
	[ -z "$wire" ] || [ "$(sockets "$port" | wc -l)" -eq "$n" ] ||
		complain "connections are gone: $(cat "$dir/client.err")"
}

# whole_again: as a listener heard it, for the host's own history goes with it
whole_again()
{
	[ "$("$rows" to type status <"$dir/heard.out" 2>/dev/null |
		grep -cx 'inhost conn ok')" -eq "$n" ]
}

note "target $target: $(chim target show dev "$target" | head -n 1)"
check_equal "the host knows it, and it takes offloads" ready "$(target_get state)"
rule "one connection there, and back" one_there_and_back
rule "many" offloaded $n
rule "each tells its state" each_tells
rule "one of them back: the others stay" one_back
rule "a neighbor back: its dependents first" neighbor_back
rule "asked back while they are asked for" crossing
rule "at random" at_random
limit=$(target_get max_conns=0)
if [ -n "$wire" ]; then
	skip "more than it can hold" "that needs connections made up"
elif [ "$limit" -eq 0 ] || [ "$limit" -gt 1024 ]; then
	skip "more than it can hold" "it names no limit up to 1024"
else
	rule "more than it can hold" full
fi
over_wire "octets move, and go on in the host" octets_move
with_our_peer "connections end while they are offloaded" they_end 1 shutdown
with_our_peer "connections are reset while they are offloaded" they_end 2 reset -x
# What a driver cannot update or invalidate the host terminates.
pardon=op-failed with_our_peer "the peer gets another address" peer_moves
pardon=op-failed with_our_peer "the peer is lost" peer_is_lost
over_wire "the link falls" link_falls
if [ -n "$wire" ]; then
	check_here "every octet was right" fairly octets_right
else
	skip "every octet was right" "no PEER"
fi
whole=yes rule "nothing is left, and nothing was against it meanwhile" home
if [ -n "${UNLOAD:-}" ]; then
	check_here "its driver goes, and gives everything back" driver_goes
else
	skip "its driver goes, and gives everything back" "no UNLOAD"
fi

finish
