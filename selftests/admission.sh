#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Which sockets may be offloaded: what ordinary programs set stands against
# nothing; what a target could not follow is refused in words that name it, and
# the refused connection goes on. And what happens when an option is set that
# the target cannot follow while the connection is offloaded: it comes home
# first, and the option holds. The same over IPv6, with the options of that.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

# "level option value": setsockopt() by number, see socket(7), ip(7), tcp(7)
accepted=(
	"no options|"
	"TCP_NODELAY|int 6 1 1"
	"SO_KEEPALIVE and its times|int 1 9 1,int 6 4 60,int 6 5 10,int 6 6 5"
	"SO_SNDBUF, SO_RCVBUF|int 1 7 262144,int 1 8 262144"
	"IP_TOS|int 0 1 0x10"
	"TCP_CORK|int 6 3 1"
	"TCP_USER_TIMEOUT|int 6 18 30000"
	"TCP_NOTSENT_LOWAT|int 6 25 16384"
	"congestion control reno|str 6 13 reno"
)
refused=(
	"a socket filter|filter|socket filter is attached"
	"a BPF sockmap|sockmap|BPF sockmap uses the socket"
	"IP_OPTIONS|hex 0 4 01010101|IP options are set"
	"IP_MINTTL|int 0 21 5|least TTL"
	"path MTU discovery off|int 0 10 0|MTU discovery"
	"SO_TIMESTAMP|int 1 29 1|time stamps"
	"SO_DONTROUTE|int 1 5 1|routing is switched off"
	"TCP_REPAIR|int 6 19 1|repair mode"
	"TCP_TX_DELAY|int 6 37 1000|transmit delay"
	"urgent data on its way|oob x|urgent data"
)
uploads=(
	"SO_KEEPALIVE|int 1 9 1"
	"TCP_CONGESTION|str 6 13 reno"
	"IP_TOS|int 0 1 0x08"
	"a socket filter|filter"
	"SO_PRIORITY|int 1 12 3"
	"TCP_USER_TIMEOUT|int 6 18 20000"
	"TCP_REPAIR|int 6 19 1"
)
stays=(
	"TCP_NODELAY|int 6 1 1"
	"TCP_CORK|int 6 3 1"
	"TCP_QUICKACK|int 6 12 1"
)

# Of sockets of IPv6, see ipv6(7)
accepted6=(
	"IPv6: no options|"
	"IPv6: IPV6_TCLASS, IPV6_UNICAST_HOPS|int 41 67 0x28,int 41 16 77"
	"IPv6: path MTU discovery on|int 41 23 2"
)
refused6=(
	"IPV6_HOPOPTS|hex 41 54 0000010400000000|IPv6 options are set"
	"IPV6_DSTOPTS|hex 41 59 0000010400000000|IPv6 options are set"
	"IPV6_RECVPKTINFO|int 41 49 1|packet information is asked for"
	"IPV6_RECVTCLASS|int 41 66 1|packet information is asked for"
	"IPV6_MINHOPCOUNT|int 41 73 5|least hop limit is set"
	"IPV6_MTU_DISCOVER|int 41 23 0|discovery is off or unusual .IPV6_MTU_DISCOVER"
	"IPv6: a socket filter|filter|socket filter is attached"
)
uploads6=(
	"IPV6_TCLASS|int 41 67 0x28"
	"IPV6_UNICAST_HOPS|int 41 16 77"
	"IPV6_DSTOPTS|hex 41 59 0000010400000000"
	"IPV6_RECVPKTINFO|int 41 49 1"
	"IPV6_MINHOPCOUNT|int 41 73 5"
	"IPV6_MTU_DISCOVER|int 41 23 0"
	"IPv6: SO_KEEPALIVE|int 1 9 1"
)
# Of sockets of IPv6 that have an IPv4 peer
accepted_mapped=(
	"mapped: no options|"
	"mapped: IP_TOS|int 0 1 0x10"
	"mapped: IPV6_RECVPKTINFO|int 41 49 1"
)
refused_mapped=(
	"mapped: IP_OPTIONS|hex 0 4 01010101|IP options are set"
)
uploads_mapped=(
	"mapped: IP_TOS|int 0 1 0x08"
	"mapped: IPV6_ADDRFORM|int 41 1 2"
)

cases=$((${#accepted[@]} + ${#refused[@]} + ${#uploads[@]} + ${#stays[@]} +
	${#accepted6[@]} + ${#refused6[@]} + ${#uploads6[@]} +
	${#accepted_mapped[@]} + ${#refused_mapped[@]} + ${#uploads_mapped[@]}))
plan $((2 * cases + 9))
knob=$(program knob)
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build

# A peer that keeps what it gets, one file for all connections
background right "$scene/sink.out" "$scene/sink.err" socat -u \
	TCP6-LISTEN:6000,fork,reuseaddr,ipv6only=0 "OPEN:$scene/sink,creat,append"

# knob_open [HOST]: a connection that obeys knob_do; $tuple names it
knob_open()
{
	mkfifo "$scene/in" "$scene/out" 2>/dev/null
	left "$knob" "${1:-$right_host}" 6000 <"$scene/in" >"$scene/out" &
	knob_pid=$!
	exec {knob_in}>"$scene/in" {knob_out}<"$scene/out"
	local words
	read -r -t 10 -u "$knob_out" -a words || return 1
	tuple="$(bracketed "${words[1]}") $(bracketed "${words[3]}")"
}

# bracketed ADDRESS:PORT: however many colons there are
bracketed()
{
	at_port "${1%:*}" "${1##*:}"
}

knob_close()
{
	exec {knob_in}>&- {knob_out}<&-
	wait "$knob_pid"
}

# knob_do LINES: separated by commas; the first error ends it
knob_do()
{
	local line answer
	local -a lines

	IFS=, read -ra lines <<<"$1"
	for line in "${lines[@]}"; do
		echo "$line" >&"$knob_in"
		read -r -t 30 -u "$knob_out" answer || answer="no answer"
		[ "$answer" = ok ] || {
			echo "$line: $answer"
			return 1
		}
	done
}

offload()
{
	# shellcheck disable=SC2086 # two words
	at left offload $tuple
}

# What is sent now arrives, however it goes
arrives()
{
	local word=mark$RANDOM$RANDOM

	knob_do "send $word" && wait_for 10 grep -q "$word" "$scene/sink"
}

accept_one()
{
	knob_do "$1" && offload && settled left 1 1 1
}

# accept_rows ROW...
accept_rows()
{
	local row name lines

	for row; do
		IFS='|' read -r name lines <<<"$row"
		knob_open || give_up "cannot connect"
		check "$name: is offloaded" accept_one "$lines"
		knob_do "int 6 3 0" >/dev/null	# uncork
		check "$name: what is sent arrives" arrives
		knob_close
		settled left 0 0 0 >/dev/null
	done
}

# refuse_rows ROW...
refuse_rows()
{
	local row name lines pattern output

	for row; do
		IFS='|' read -r name lines pattern <<<"$row"
		knob_open || give_up "cannot connect"
		if [ "$lines" = "oob x" ]; then
			# Not acknowledged while nothing gets through
			set_port right loss 10000
		fi
		if output=$(knob_do "$lines"); then
			check_fails "$name: is refused" 1 "$pattern" offload
		else
			skip "$name: is refused" "$output"
		fi
		set_port right loss 0
		check_equal "$name: nothing was offloaded" "0 0 0" "$(counts left)"
		knob_do "int 6 19 0" >/dev/null	# in repair mode it would close unheard
		knob_close
	done
}

came_home()
{
	settled left 0 0 0 && history_new left | grep -q socket-option
}

# upload_rows ROW...: an option that is set without the socket's lock is noticed when
# it sends next.
upload_rows()
{
	local row name lines output

	for row; do
		IFS='|' read -r name lines <<<"$row"
		knob_open || give_up "cannot connect"
		history_mark left
		accept_one "" >/dev/null
		output=$(knob_do "$lines") || note "$name: $output"
		knob_do "int 6 19 0" >/dev/null	# out of repair mode
		check "$name while offloaded: it goes on" arrives
		check "$name while offloaded: it comes home" came_home
		knob_close
	done
}

accept_rows "${accepted[@]}"
refuse_rows "${refused[@]}"
upload_rows "${uploads[@]}"

for row in "${stays[@]}"; do
	IFS='|' read -r name lines <<<"$row"
	knob_open || give_up "cannot connect"
	accept_one "" >/dev/null
	knob_do "$lines" >/dev/null
	knob_do "int 6 3 0" >/dev/null
	check "$name while offloaded: what is sent arrives" arrives
	check_equal "$name while offloaded: it stays there" "1 1 1" \
		"$(counts left)"
	knob_close
	settled left 0 0 0 >/dev/null
done

scene_over 6
accept_rows "${accepted6[@]}"
refuse_rows "${refused6[@]}"
upload_rows "${uploads6[@]}"
right_host=::ffff:$right_addr
accept_rows "${accepted_mapped[@]}"
refuse_rows "${refused_mapped[@]}"
upload_rows "${uploads_mapped[@]}"
scene_over 4

# ---- kTLS and sockmap cannot creep in ------------------------------------

knob_open || give_up "cannot connect"
if left "$chim" offload dev "$left_dev" >/dev/null 2>&1 &&
   load_modules tls 2>/dev/null; then
	history_mark left
	check "TCP_ULP while offloaded: answered by the socket itself" \
		knob_do "str 6 31 tls"
	check "TCP_ULP while offloaded: it came home before" came_home
	check_fails "with kTLS it is refused" 1 "upper layer protocol" offload
else
	for i in 1 2 3; do
		skip "kTLS" "tls.ko is not there"
	done
fi
knob_close

knob_open || give_up "cannot connect"
accept_one "" >/dev/null
not_taken()
{
	local answer

	answer=$(knob_do sockmap) && return 1
	echo "$answer"
	[ "$answer" = "sockmap: Operation not supported" ]
}
check "a sockmap does not take what is offloaded" not_taken
check "which goes on" arrives
check_equal "and stays there" "1 1 1" "$(counts left)"
at left terminate all >/dev/null
settled left 0 0 0 >/dev/null
check "a sockmap takes what is home" knob_do sockmap
knob_close

# ---- where it leads ------------------------------------------------------

background left "$scene/self.out" "$scene/self.err" socat -u \
	TCP-LISTEN:6000,fork,reuseaddr,bind=127.0.0.1 /dev/null
wait_for 10 left bash -c "exec 3<>/dev/tcp/127.0.0.1/6000" 2>/dev/null
knob_open 127.0.0.1 || give_up "cannot connect to itself"
check_fails "a connection to itself is refused" 1 "not to another host" offload
knob_close

scene_fair "the target saw no rule broken"
finish
