#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Connections, half of them over IPv6, end at random moments of their hand-overs:
# shutdown, close, close with unread octets, reset, a process that exits, one that
# is killed, sockets that are destroyed by an administrator. The peer sees what it
# would see without offload, whatever came before was right, and nothing is left: no
# object, no socket, no reference, no memory.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

ways=(shutdown close reset exit kill ss)
rounds=1
[ -z "${CHIMNEY_LONG:-}" ] || rounds=20
conns=16

plan $((4 * ${#ways[@]} + 5))
mover=$(program mover)
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build

# ---- what may be left ----------------------------------------------------

# Sockets of a host, but for those in TIME-WAIT and the like, which belong to
# no process: established, or on their way out
sockets()
{
	"$1" ss -Htan state all | awk '$1 != "TIME-WAIT" && $1 != "LISTEN"' |
		wc -l
}

no_sockets()
{
	[ "$(sockets left) $(sockets right)" = "0 0" ]
}

# A socket that was reset while it had octets to send may take some time.
sockets_gone()
{
	wait_for 40 no_sockets || {
		left ss -tanoie
		right ss -tanoie
		return 1
	}
}

objects_gone()
{
	settled left 0 0 0 && settled right 0 0 0
}

# sockstat: kernel sockets too, the engines', are counted here
allocated()
{
	awk '/^TCP:/ { print $9 }' /proc/net/sockstat
}

refs()
{
	cat /sys/module/chimney/refcnt
}

nothing_left()
{
	wait_for 20 as_before || {
		echo "sockets $(allocated), were $sockets_before; references $(refs), were $refs_before"
		cat /proc/net/sockstat
		return 1
	}
}

as_before()
{
	[ "$(allocated)" -le "$sockets_before" ] && [ "$(refs)" = "$refs_before" ]
}

# Octets that wait in sockets; per machine, in pages
memory()
{
	awk '/^TCP:/ { print $NF }' /proc/net/sockstat
}

# Each processor keeps up to 256 pages at hand, which are counted as used.
memory_back()
{
	[ "$(memory)" -le $((memory_before + 256 * $(nproc))) ]
}

# ---- ending --------------------------------------------------------------

movers_start()
{
	local side

	mover_pids=()
	for side in left right; do
		background $side "$scene/mover-$side" "$scene/mover-$side.err" \
			"$mover" -n 1000000 -s $((SEED + ${#mover_pids[@]})) -m $conns -p 30 \
			-t 300000 "$(dev_of $side)"
		mover_pids+=("$pid")
	done
}

# Not for check(): only this shell can wait for them.
movers_stop()
{
	local pid

	movers_status=0
	kill "${mover_pids[@]}"
	for pid in "${mover_pids[@]}"; do
		wait "$pid" || movers_status=$?
	done
}

movers_worked()
{
	cat "$scene"/mover-*
	[ "$movers_status" -eq 0 ] && [ "$(moved left)" -gt 0 ] &&
		[ "$(moved right)" -gt 0 ]
}

moved()
{
	sed -n 's/.*pairs=\([0-9]*\).*/\1/p' "$scene/mover-$1"
}

# The last of them is gone, or was told to be.
end_them()
{
	case $1 in
	shutdown | close)	;;			# each at its own time
	reset | exit)	kill "${client_pids[@]}" ;;
	kill)		kill -KILL "${client_pids[@]}" ;;
	ss)		destroy_all ;;
	esac
}

destroy_all()
{
	local port

	for port in $(left ss -Htn state established | awk '{ print $3 }' |
			sed 's/.*://'); do
		left ss -K "( sport = $port )" >/dev/null
	done
}

# end_round WAY: connections that end that way, while they are moved about
end_round()
{
	local way=$1 pid status=0 arguments=() half=$((conns / 2))

	case $way in
	shutdown)	arguments=(-L $((2500 * slow))) ;;
	close)		arguments=(-L $((2500 * slow)) -e close -u epoll) ;;
	reset | exit)	arguments=(-e "$way") ;;
	esac
	streams_forget
	server_start server -l 0.0.0.0:5000 -n "$half" -x -u mixed -r 150000 \
		-S 400:400
	server_start server6 -l "[::]:5006" -n "$half" -x -u mixed -r 150000 \
		-S 400:400
	client_start client -c "$right_addr:5000" -n "$half" -x -u mixed \
		-r 150000 "${arguments[@]}"
	client_start client6 -c "[$right_addr6]:5006" -n "$half" -x -u mixed \
		-r 150000 "${arguments[@]}"
	wait_for 10 moving server server6 || return 1
	random 900
	sleep "$(printf '0.%03d' "$random")"
	end_them "$way"
	for pid in "${stream_pids[@]}"; do
		wait_for 60 process_gone "$pid" || {
			echo "a stream does not end: $(cat "$scene"/*.progress)"
			kill -KILL "$pid"
			return 1
		}
		wait "$pid"
		case $?-$way in
		0-* | 137-kill) ;;
		*)	status=1 ;;
		esac
	done
	cat "$scene"/{client,server}{,6}.err
	tail -qn 1 "$scene"/{client,server}{,6}.out
	return "$status"
}

all_rounds()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		end_round "$1" || return 1
	done
}

# The peer of what ended abruptly must have seen that, and of what ended
# properly nothing else.
seen_by_peer()
{
	local n

	n=$(report_sum cut server server6)
	echo "the servers saw $n connections cut off"
	case $1 in
	shutdown)	[ "$n" -eq 0 ] ;;
	*)		[ "$n" -eq "$conns" ] ;;
	esac
}

sockets_before=$(allocated)
refs_before=$(refs)
memory_before=$(memory)
for way in "${ways[@]}"; do
	movers_start "$way"
	check "$way: every octet before it was right" all_rounds "$way"
	check "$way: the peer saw it" seen_by_peer "$way"
	movers_stop
	check "$way: connections moved meanwhile" movers_worked
	check "$way: the sockets are gone" sockets_gone
done
check "no object is left" objects_gone
check "no socket and no reference is left" nothing_left
check "no memory is left" wait_for 20 memory_back
check_equal "no state was lost" "0 0" "$(counter left lost) $(counter right lost)"
scene_fair "the hosts broke no rule"

finish
