#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Socket options and queries of a connection that is offloaded are those of one that
# is not. Each option is set before an offload, while the connection is offloaded and
# when it is home again; a twin in the host gets the same calls, and its answers are
# those that are wanted. What an option is for happens, whoever has the connection.
# TCP_INFO and ss tell the truth, and so do the counts of octets that wait. A
# checkpoint can be made, and goes on.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

# NAME|LEVEL OPTION KIND BEFORE WHILE AFTER NEUTRAL|stays or home|why it is refused:
# by number, see socket(7), ip(7), ipv6(7), tcp(7). "-" is not to set it. Neutral is
# what stands in the way of no offload.
rows=(
	"TCP_NODELAY|6 1 int 1 0 1 0|stays"
	"TCP_MAXSEG|6 2 int 1000 1200 900 0|stays"
	"TCP_CORK|6 3 int 1 0 1 0|stays"
	"TCP_KEEPIDLE|6 4 int 100 200 300 -|home"
	"TCP_KEEPINTVL|6 5 int 10 20 30 -|home"
	"TCP_KEEPCNT|6 6 int 4 5 6 -|home"
	"TCP_SYNCNT|6 7 int 3 4 5 -|stays"
	"TCP_LINGER2|6 8 int 10 20 30 -|stays"
	"TCP_DEFER_ACCEPT|6 9 int 1 3 0 -|stays"
	"TCP_WINDOW_CLAMP|6 10 int 20000 30000 40000 -|home"
	"TCP_QUICKACK|6 12 int 0 1 0 1|stays"
	"TCP_THIN_LINEAR_TIMEOUTS|6 16 int 1 0 1 0|home"
	"TCP_THIN_DUPACK|6 17 int 1 0 1 0|home"
	"TCP_USER_TIMEOUT|6 18 int 30000 40000 0 -|home"
	"TCP_NOTSENT_LOWAT|6 25 int 16384 -1 32768 -1|stays"
	"TCP_SAVE_SYN|6 27 int 1 0 1 0|stays"
	"TCP_INQ|6 36 int 1 0 1 0|stays"
	"TCP_TX_DELAY|6 37 int 1000 2000 1000 0|home|transmit delay"
	"SO_REUSEADDR|1 2 int 1 0 1 0|stays"
	"SO_DONTROUTE|1 5 int 1 1 1 0|home|routing is switched off"
	"SO_SNDBUF|1 7 int 32768 65536 16384 65536|stays"
	"SO_RCVBUF that grows|1 8 int 32768 65536 98304 -|stays"
	"SO_RCVBUF that shrinks|1 8 int 65536 32768 16384 -|home"
	"SO_KEEPALIVE|1 9 int 1 0 1 0|home"
	"SO_OOBINLINE|1 10 int 1 0 1 0|stays"
	"SO_PRIORITY|1 12 int 3 5 6 0|home"
	"SO_LINGER|1 13 hex 0100000005000000 0100000009000000 0000000000000000 -|stays"
	"SO_RCVLOWAT|1 18 int 100 1 2000 1|stays"
	"SO_RCVTIMEO|1 20 hex 01000000000000000000000000000000 02000000000000000000000000000000 00000000000000000000000000000000 -|stays"
	"SO_SNDTIMEO|1 21 hex 01000000000000000000000000000000 02000000000000000000000000000000 00000000000000000000000000000000 -|stays"
	"SO_BINDTODEVICE|1 25 hex 63687331703000 00 63687331703000 -|home"
	"SO_TIMESTAMP|1 29 int 1 1 1 0|home|time stamps"
	"SO_TIMESTAMPNS|1 35 int 1 1 1 0|home|time stamps"
	"SO_MARK|1 36 int 7 8 9 0|home"
	"SO_TIMESTAMPING, receiving|1 37 int 0x18 0x18 0x18 0|home|time stamps"
	"SO_TIMESTAMPING, sending|1 37 int 0x92 0x92 0x92 0|home|time stamps"
	"SO_BUSY_POLL|1 46 int 20 30 40 0|stays"
	"SO_MAX_PACING_RATE|1 47 int 50000000 90000000 -1 -|home"
	"SO_ZEROCOPY|1 60 int 1 0 1 0|stays"
	"SO_PREFER_BUSY_POLL|1 69 int 1 0 1 0|stays"
	"SO_BUF_LOCK|1 72 int 3 0 3 0|stays"
	"SO_RESERVE_MEM|1 73 int 4096 8192 4096 0|stays"
	"SO_TXREHASH|1 74 int 0 1 0 1|stays"
	"IP_MTU_DISCOVER|0 10 int 2 1 2 1|home"
	"no such option of TCP|6 99 int 1 1 1 -|home"
	"no such option of sockets|1 999 int 1 1 1 -|stays"
	"too few octets|6 1 short 1 0 1 -|stays"
	"TCP_KEEPIDLE that cannot be|6 4 int 0 -1 99999 -|home"
	"TCP_MAXSEG that cannot be|6 2 int 1 99999999 -1 -|stays"
)
# shellcheck disable=SC2034 # by name
rows4=(
	"IP_TOS|0 1 int 0x10 0x08 0x28 0|home"
	"IP_TOS with bits of ECN|0 1 int 0x13 0x0a 0x29 0|home"
	"IP_TTL|0 2 int 77 33 55 -1|home"
	"IP_MINTTL|0 21 int 5 6 7 0|home|least TTL"
	"IP_RECVERR|0 11 int 1 0 1 0|home"
	"IP_TTL that cannot be|0 2 int 999 0 256 -|home"
)
# shellcheck disable=SC2034 # by name
rows6=(
	"IPV6_UNICAST_HOPS|41 16 int 77 33 55 -1|home"
	"IPV6_MTU_DISCOVER|41 23 int 2 1 2 1|home"
	"IPV6_RECVERR|41 25 int 1 0 1 0|home"
	"IPV6_RECVTCLASS|41 66 int 1 1 1 0|home|packet information"
	"IPV6_TCLASS|41 67 int 0x28 0x48 0x10 0|home"
	"IPV6_TCLASS with bits of ECN|41 67 int 0x2b 0x4a 0x11 0|home"
	"IPV6_AUTOFLOWLABEL|41 70 int 0 1 0 1|home"
	"IPV6_MINHOPCOUNT|41 73 int 5 6 7 0|home|least hop limit"
)
works=(TCP_NODELAY TCP_CORK TCP_NODELAY-corked TCP_NOTSENT_LOWAT SO_RCVLOWAT
	SO_SNDBUF TCP_INQ SO_TIMESTAMPING SO_MAX_PACING_RATE TCP_WINDOW_CLAMP
	autotuning)
lossy=(TCP_USER_TIMEOUT TCP_THIN_LINEAR_TIMEOUTS)
algorithms=(cubic reno bbr dctcp)
told=(octets segments constants path windows moments)

versions=(4 6)
special=0
for version in "${versions[@]}"; do
	declare -n of_version=rows$version
	special=$((special + ${#of_version[@]}))
done
plan $((${#versions[@]} * (${#rows[@]} + ${#works[@]} + ${#lossy[@]} + ${#algorithms[@]} + 2 * ${#told[@]} + 4) +
	special + 2))
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build
modprobe -qa inet_diag tcp_diag "${algorithms[@]/#/tcp_}" 2>/dev/null
# Without ECN dctcp is another algorithm.
for side in left right; do
	$side sysctl -qw net.ipv4.tcp_ecn=1
done

options=$(program options)
mkfifo "$scene/in" "$scene/out"

# begin 4|6: the program holds both ends of connections over that protocol
begin()
{
	scene_over "$1"
	"$options" "$left_ns" "$left_dev" "$left_host" "$(port left)" \
		"$right_ns" "$right_dev" "$right_host" "$(port right)" \
		<"$scene/in" >"$scene/out" 2>"$scene/err" &
	options_pid=$!
	exec {to}>"$scene/in" {from}<"$scene/out"
	tell && [ "$answer" = ok ] || give_up "it does not begin: $answer"
}

end()
{
	exec {to}>&- {from}<&-
	wait $options_pid
}
at_exit end

# tell [WORDS...]: sets $answer
tell()
{
	[ $# -eq 0 ] || echo "$*" >&"$to"
	read -r -t $((100 * slow)) -u "$from" answer || {
		answer="no answer: $(cat "$scene/err")"
		return 1
	}
}

# does NAME WORDS...: one case: it does, and says "ok" and no more, or WANTED
does()
{
	tell "${@:2}" || give_up "IPv$family: $1: $answer"
	case $answer in
	skip:*)	skip "IPv$family: $1" "${answer#skip: }" ;;
	*)	check "IPv$family: $1" answered "${wanted:-}" ;;
	esac
}

# answered [PATTERN]: "ok", and if there is more to say, just that
answered()
{
	echo "$answer"
	[[ $answer =~ ^ok${1:+ $1}$ ]]
}

row()
{
	local name how effect why

	IFS='|' read -r name how effect why <<<"$1"
	wanted=${why:+refused: .*$why.*} does "$name $effect" row "$how" "$effect"
}

for version in "${versions[@]}"; do
	begin "$version"
	declare -n of_version=rows$version
	for line in "${rows[@]}" "${of_version[@]}"; do
		row "$line"
	done
	for what in "${works[@]}"; do
		does "$what does what it is for" works "$what"
	done
	for what in "${lossy[@]}"; do
		does "$what does what it is for" lossy "$what"
	done
	does "class, hops, mark and priority of frames" headers
	for what in "${algorithms[@]}"; do
		does "$what goes along" congestion "$what"
	done
	does "SIOCINQ, SIOCOUTQ, SIOCOUTQNSD" queues
	does "TCP_INFO is to be had" learn
	for what in "${told[@]}"; do
		does "TCP_INFO: $what" info "$what" getsockopt
		# ss looks at the parked socket itself, whose windows are none.
		[ "$what" = windows ] || does "ss -i: $what" info "$what" ss
	done
	does "counters never go backwards" cycles
	does "TCP_REPAIR: a checkpoint goes on" repair
	end
done
check_equal "no state was lost" 0 "$(counter left lost)"
scene_fair "the target saw no rule broken"
finish
