#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# More programs that nobody here wrote, unmodified over simulated NICs: their
# connections go to the NIC and come home at random while they run. Of the kernel's
# own tests, which check what they move by themselves: mptcp_connect in plain TCP mode,
# by poll, mmap and sendfile, tcp_mmap with its hash, msg_zerocopy, tcp_inq and
# fin_ack_lat. Of Debian's: socat, redis-benchmark, scp. A table says what was moved, how
# often the connections were handed over, and how much of it the engines carried. Made by
# "make test-programs".
#
# The last two of the kernel's talk to themselves over the loopback device, where no NIC
# is; apart.so puts the end that listens into the right host. Their connections are
# short, and made longer by a wire on which all takes its time.
#
# Time limit: 400 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/middle.sh
. "$selftests/lib/middle.sh"
# shellcheck source=selftests/lib/table.sh
. "$selftests/lib/table.sh"

find_program mptcp_connect >/dev/null ||
	skip_all "the kernel's programs were not built: make test-programs"
plan 20
# shellcheck disable=SC2034 # for middle_build
scene_ipv6=yes
middle_build
octets=${CHIMNEY_LONG:+60000000}
octets=${octets:-40000000}
head -c "$octets" /dev/urandom >"$scene/there"
head -c "$octets" /dev/urandom >"$scene/back"

listens()
{
	right ss -Hltn "sport = $1" | grep -q .
}

movers_start()
{
	local side

	movers=()
	for side in left right; do
		background "$side" "$scene/mover-$side" "$scene/mover-$side.err" \
			"$(program mover)" -n 1000000 -s "$SEED" -p 30 -t 300000 \
			"$(dev_of "$side")"
		movers+=("$pid")
	done
}

movers_stop()
{
	local pid

	for pid in "${movers[@]}"; do
		stop_process "$pid"
	done
	for pid in left right; do
		at "$pid" terminate all >/dev/null 2>&1
		settled "$pid" 0 0 0
	done
}

# serve PORT COMMAND: a shell command on the right
serve()
{
	background right "$scene/server.out" "$scene/server.err" bash -c "exec $2"
	server=$pid
	wait_for 20 listens "$1" || give_up "no server: $(cat "$scene/server.err")"
}

# ends PID
ends()
{
	wait_for 100 process_gone "$1" || kill "$1"
	wait "$1"
}

# Set if a server has to be told to end; and to what it says when it is done, if it does
serves_on='' serves_until=''

# over_nics NAME PORT SERVER CLIENT: both end well
over_nics()
{
	local status=0 moves

	serve "$2" "$3"
	table_begin
	movers_start
	background left "$scene/client.out" "$scene/client.err" bash -c "exec $4"
	client=$pid
	ends "$client" || status=1
	[ -z "$serves_until" ] || wait_for 60 grep -q "$serves_until" "$scene/server.out" ||
		status=1
	[ -z "$serves_on" ] || stop_process "$server"
	[ -n "$serves_on" ] || ends "$server" || status=1
	movers_stop
	table_row "$1" "exit $status"
	[ "$status" -eq 0 ] || {
		cat "$scene/client.err" "$scene/server.err"
		return 1
	}
	[ "$moves" -gt 0 ]
}

as_it_was()
{
	cmp "$scene/there" "$scene/arrived" && cmp "$scene/back" "$scene/came"
}

connect=$(program mptcp_connect)
for mode in poll mmap sendfile; do
	check_here "mptcp_connect, $mode: runs" over_nics "mptcp_connect $mode" 7100 \
		"$connect -s TCP -m $mode -t 60 -l -p 7100 0.0.0.0 <$scene/back >$scene/arrived" \
		"$connect -s TCP -m $mode -t 60 -p 7100 $right_addr <$scene/there >$scene/came"
	check "mptcp_connect, $mode: every octet is right" as_it_was
done

# The receiver maps what it can, and says whether the hash it made is the sender's.
mapped()
{
	serves_on=yes serves_until='SHA256 is correct'
	over_nics tcp_mmap 7200 "stdbuf -oL $(program tcp_mmap) -4 -s -z -i -p 7200" \
		"$(program tcp_mmap) -4 -i -p 7200 -H $right_addr"
}
check_here "tcp_mmap: runs, and its hash is right" mapped
serves_on='' serves_until=''

zerocopy=$(program msg_zerocopy)
for flag in '' -z; do
	check_here "msg_zerocopy $flag: runs, and checks what it received" \
		over_nics "msg_zerocopy $flag" 8000 \
		"$zerocopy -4 -t 4 -C 0 -S $left_addr -D $right_addr $flag -r tcp" \
		"$zerocopy -4 -t 3 -C 1 -S $left_addr -D $right_addr $flag tcp"
done

# alone NAME COMMAND: a shell command that needs no other, and says nothing of errors
alone()
{
	local status=0 moves

	table_begin
	movers_start
	background left "$scene/client.out" "$scene/client.err" env \
		LD_PRELOAD="$(program apart.so)" APART_NETNS="/run/netns/$right_ns" \
		APART_HOME="/run/netns/$left_ns" APART_IPV4="$right_addr" \
		APART_IPV6="$right_addr6" bash -c "$2"
	ends "$pid" || status=1
	movers_stop
	table_row "$1" "exit $status"
	cat "$scene/client.out" "$scene/client.err"
	[ "$status" -eq 0 ] && [ "$moves" -gt 0 ]
}

# all_mtu OCTETS: of both hosts and the middle
all_mtu()
{
	middle_mtu "$1" && ip -n "$left_ns" link set "$left_dev" mtu "$1" &&
		ip -n "$right_ns" link set "$right_dev" mtu "$1"
}

# tcp_inq takes for granted that what is written at once can be read at once.
all_mtu 9000 && middle_netem limit 5000 delay 20ms || give_up "no such wire"
for flag in -4 -6; do
	check_here "tcp_inq $flag: what is left to read is what it should be" \
		alone "tcp_inq $flag" \
		"for i in {1..20}; do $(program tcp_inq) $flag || exit; done"
done

opened()
{
	right nstat -asz TcpPassiveOpens | awk '/Opens/ { print $2 }'
}

# It goes on until it is told to end, and says which connections stood still: no line
# but that of its port.
unheard()
{
	alone fin_ack_lat \
		"timeout -s TERM 20 $(program fin_ack_lat); [ \$? -eq 124 ]" &&
		[ ! -s "$scene/client.out" ]
}
before=$(opened)
# A machine that stands still is none of its business: once more, then.
check_here "fin_ack_lat: no connection stands still for a second" \
	eval 'unheard || unheard'
check "and there were many" test "$(opened)" -gt $((before + 50))
middle_netem && all_mtu 1500 || give_up "no such wire"

# ---- Debian's ----------------------------------------------------------------

socat_right()
{
	over_nics socat 7300 "socat -u TCP-LISTEN:7300 OPEN:$scene/arrived,creat,trunc" \
		"socat -u OPEN:$scene/there TCP:$right_addr:7300" &&
		cmp "$scene/there" "$scene/arrived"
}
check_here "socat: runs, and every octet is right" socat_right

benchmark()
{
	serves_on=yes
	over_nics redis-benchmark 6379 \
		"redis-server --bind $right_addr --protected-mode no --save ''" \
		"redis-benchmark -h $right_addr -c 8 -n 4000 -d 200 -t set,get,incr,lpush -q"
}
check_here "redis-benchmark: runs to its end" benchmark
serves_on=

scp_right()
{
	ssh-keygen -q -t ed25519 -N '' -f "$scene/hostkey" &&
		ssh-keygen -q -t ed25519 -N '' -f "$scene/key" || return 1
	cp "$scene/key.pub" "$scene/keys"
	chmod 755 "$scene"
	printf '%s\n' "HostKey $scene/hostkey" "AuthorizedKeysFile $scene/keys" \
		"StrictModes no" "UsePAM no" "PidFile none" "PermitRootLogin yes" \
		"Subsystem sftp internal-sftp" >"$scene/sshd.conf"
	serves_on=yes
	over_nics scp 22 "/usr/sbin/sshd -D -e -f $scene/sshd.conf" \
		"scp -q -i $scene/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null $scene/there root@$right_addr:$scene/arrived" &&
		cmp "$scene/there" "$scene/arrived"
}
check_here "scp: runs, and every octet is right" scp_right
serves_on=

for side in left right; do
	check "the tree is sound, $side" tree_sound $side
done
check_equal "no state was lost" "0 0" "$(counter left lost) $(counter right lost)"
scene_fair "the hosts broke no rule"
table_show
finish
