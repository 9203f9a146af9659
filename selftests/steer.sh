#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Which segments end an offload, and which only look as if they did: a RST, FIN
# or urgent pointer that TCP would not act on must not bring a connection back
# to the host, or anybody could do it who can guess an address and two ports
# (RFC 5961). What is odd but right finds its way to the engine all the same.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 19
scene_build
forge=$(program forge)

# An idle connection, offloaded on the left; the right is its peer.
begin()
{
	streams_forget
	server_start server -l 0.0.0.0:5000 -n 1 -i "$@"
	client_start client -c "$right_addr:5000" -n 1 -i "$@"
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	settled left 1 1 1 >/dev/null ||
		give_up "it is not offloaded: $(cat "$scene/offload")"
	requests_mark left
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
	right "$forge" "${@:4}" "$right_addr:5000" "$local_end" "$1" \
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
	local what=$1 before said

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
	local what=$1 event=$2

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

begin
where
check "the engine has the connection" test "$state" = active
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

# IP options take a segment out of the target's way; the host forwards it.
forwarded()
{
	at left stats dev "$left_dev" | awk '$1 == "forwarded" { print $2 }'
}
before=$(forwarded)
send A "$rcv" "$nxt" -o
more_forwarded()
{
	[ "$(forwarded)" -gt "$before" ]
}
if wait_for 5 more_forwarded && where && [ "$state" = active ]; then
	pass "a segment with IP options is forwarded to the engine"
else
	fail "a segment with IP options is forwarded to the engine" \
		"forwarded $(forwarded), $(at left stats dev "$left_dev" 2>&1)"
fi
streams_stop "after all that, every octet is right"

begin -x
where
ends "a RST at the edge ends it" '!abort' R "$rcv" "$nxt"
# The peer does not know.
streams_kill

scene_fair "all by the rules"
finish
