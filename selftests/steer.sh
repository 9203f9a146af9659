#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Which segments end an offload, and which only look as if they did: a RST, FIN
# or urgent pointer that TCP would not act on must not bring a connection back
# to the host, or anybody could do it who can guess an address and two ports
# (RFC 5961). What is odd but right finds its way to the engine all the same, or, with
# extension headers of IPv6, brings the connection home. Over both protocols.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 41
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build
forge=$(program forge)

# An idle connection, offloaded on the left; the right is its peer.
begin()
{
	streams_forget
	server_start server -l "$(at_port "$any_host" 5000)" -n 1 -i "$@"
	client_start client -c "$(at_port "$right_host" 5000)" -n 1 -i "$@"
	offloaded || give_up "it is not offloaded: $(cat "$scene/offload")"
}

offloaded()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	settled left 1 1 1 >/dev/null || return 1
	requests_mark left
	history_mark left
}

# where: sets $local_end, $una, $nxt, $rcv and $window as the engine has them
where()
{
	local line

	line=$(grep -v '^#' "$(probe left)/conns")
	# shellcheck disable=SC2086 # words
	set -- $line
	local_end=$2 state=$4
	while [ "$1" != seq ]; do shift; done
	una=$2 nxt=$3 rcv=$4 window=$5
}

# send FLAGS SEQ ACK [OPTION...]: as if the peer had sent it
send()
{
	right "$forge" "${@:4}" "$(at_port "$right_host" 5000)" "$local_end" "$1" \
		$(($2 & 0xffffffff)) $(($3 & 0xffffffff))
}

steered()
{
	get_port left stats/engine_rx_packets
}

# The engine has got one more frame than before.
got_more()
{
	[ "$(steered)" -gt "$1" ]
}

# harmless CASE FLAGS SEQ ACK [OPTION...]: one case: the engine gets it, and
# nothing comes of it
harmless()
{
	local what=$over$1 before said

	shift
	before=$(steered)
	send "$@"
	if ! wait_for 5 got_more "$before"; then
		fail "$what" "the engine does not get it"
		return
	fi
	where
	said=$(requests_new left)
	if [ "$state" = active ] && [ -z "$said" ]; then
		pass "$what"
	else
		fail "$what" "state $state
$said"
	fi
}

# ends CASE EVENT FLAGS SEQ ACK: one case: the target says so, once, and the
# host takes the connection back
ends()
{
	local what=$over$1 event=$2

	shift 2
	send "$@"
	if settled left 0 0 0 >/dev/null &&
	   [ "$(requested left "$event")" = 1 ] &&
	   [ "$(requested left terminate conn)" = 1 ]; then
		pass "$what"
	else
		fail "$what" "$(requests_new left)"
	fi
}

forwarded()
{
	at left stats dev "$left_dev" | awk '$1 == "forwarded" { print $2 }'
}

more_forwarded()
{
	[ "$(forwarded)" -gt "$1" ]
}

# goes_round CASE FLAGS SEQ ACK [OPTION...]: one case: not the target's, it comes up to
# the host, which forwards it to the engine
goes_round()
{
	local what=$over$1 before

	shift
	before=$(forwarded)
	send "$@"
	if wait_for 5 more_forwarded "$before" && where && [ "$state" = active ]; then
		pass "$what"
	else
		fail "$what" \
			"forwarded $(forwarded), $(at left stats dev "$left_dev" 2>&1)"
	fi
}

# comes_home CASE FLAGS SEQ ACK [OPTION...]: one case: the host has to look at it, and
# takes the connection back
comes_home()
{
	local what=$over$1

	shift
	send "$@"
	if settled left 0 0 0 >/dev/null &&
	   history_new left | grep -q ' extension-header '; then
		pass "$what"
	else
		fail "$what" "$(history_new left)"
	fi
}

# all_cases 4|6: 19 of IPv4, 21 of IPv6
all_cases()
{
	scene_over "$1"
	over=
	[ "$1" = 4 ] || over="IPv6: "

	begin
	where
	check "${over}the engine has the connection" test "$state" = active
	note "next octet $rcv, window $window, sent $una to $nxt"

	harmless "RST behind the window" R $((rcv - 1)) "$nxt"
	harmless "RST beyond the window" R $((rcv + window + 1)) "$nxt"
	harmless "RST in the window, not at its edge" R $((rcv + 1)) "$nxt"
	harmless "RST at the edge, with a wrong checksum" R "$rcv" "$nxt" -c
	harmless "FIN behind the window" FA $((rcv - 1)) "$nxt"
	harmless "FIN beyond the window" FA $((rcv + window + 1)) "$nxt"
	harmless "FIN that acknowledges what was never sent" FA "$rcv" $((nxt + 1000))
	harmless "FIN that acknowledges what was long ago" \
		FA "$rcv" $((una - 0x10000000))
	harmless "FIN without an acknowledgment" F "$rcv" 0
	harmless "FIN, with a wrong checksum" FA "$rcv" "$nxt" -c
	harmless "SYN in the window" S $((rcv + 1)) 0
	harmless "SYN and FIN" SF "$rcv" "$nxt"
	harmless "urgent data beyond the window" UA $((rcv + window + 1)) "$nxt"
	harmless "urgent data, with a wrong checksum" UA "$rcv" "$nxt" -c

	# What has options or comes in fragments is not the target's. Octets that were
	# received before, so that nothing of them is kept.
	if [ "$1" = 4 ]; then
		goes_round "a segment with IP options is forwarded to the engine" \
			A "$rcv" "$nxt" -o
	else
		goes_round "with options, behind the window, it is forwarded to the engine" \
			A $((rcv - 1000)) "$nxt" -o
		comes_home "a segment with destination options brings the connection home" \
			A "$rcv" "$nxt" -o
		check "${over}and it is offloaded again" offloaded
		where
	fi
	goes_round "a segment in two fragments is forwarded to the engine" \
		A $((rcv - 64)) "$nxt" -l 64 -f
	streams_stop "${over}after all that, every octet is right"

	begin -x
	where
	ends "a RST at the edge ends it" '!abort' R "$rcv" "$nxt"
	# The peer does not know.
	streams_kill
}

all_cases 4
all_cases 6
scene_fair "all by the rules"
finish
