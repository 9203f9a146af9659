#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The modules come and go under traffic, again and again. Programs whose
# connections were offloaded live on: while there is no module they are blocked
# in their system calls on the very sockets, and when there is a device again
# they go on in the host's stack, with every octet right. What is left in the
# kernel after all that is counted: nothing.
#
# Time limit: 480 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=8	# one of each kind of user
cycles=4
[ -z "${CHIMNEY_LONG:-}" ] || cycles=100
plan 22
scene_build
nlraw=$(program nlraw)

# ---- what is there -------------------------------------------------------

# A worker is called after what it did last; one of a module's own is not.
threads()
{
	local comm name

	for comm in /proc/[0-9]*/comm; do
		{ read -r name <"$comm"; } 2>/dev/null || continue
		case $name in
		chim* | kworker/R-chim*)
			# The tool has a program, a thread of the kernel none.
			[ -e "${comm%comm}exe" ] || echo "thread $name" ;;
		esac
	done
}

# remains: what the modules have put anywhere, one a line
remains()
{
	local ns

	grep '^chim' /proc/modules
	ls -d /sys/module/chim* /sys/bus/chimsim /sys/devices/chim* \
		/sys/kernel/debug/chim* /sys/kernel/tracing/events/chim* \
		2>/dev/null
	threads
	"$nlraw" target-get ifindex=1 2>/dev/null
	for ns in $left_ns $right_ns; do
		ip -n "$ns" -br link show | grep -v '^lo ' | sed "s/^/$ns: /"
	done
	grep '\[chim' /proc/vmallocinfo
}

# Caches that the modules, or what they do to sockets and devices, take from.
# TIME_WAIT has a time of its own, and what can be reclaimed says nothing.
caches=(TCP sock_inode_cache request_sock_TCP net_namespace kernfs_node_cache
	task_struct pid ip_dst_cache skbuff_head_cache skbuff_fclone_cache)

# kernel_objects: how many are in use of each cache. Shrinking it makes the
# number true, which else counts what is free but at hand. What is written takes
# memory itself: of a cache where a single object more does not matter, as it may
# bring a whole slab of small ones to a processor's hand. The least of some tries
# is what counts.
kernel_objects()
{
	local cache n least one

	one=$(printf '1%3000s' '')
	sync
	echo 3 >/proc/sys/vm/drop_caches
	cd /sys/kernel/slab || return
	for cache in "${caches[@]}" kmalloc-*; do
		[ -e "$cache" ] || continue
		least=
		for _ in 1 2 3; do
			echo "$one" >"$cache/shrink"
			read -r n _ <"$cache/objects"
			[ "$n" -ge "${least:-$((n + 1))}" ] || least=$n
		done
		echo "$cache $least"
	done
	cd - >/dev/null || return
	awk '/^(VmallocUsed|Percpu):/ { print $1, int($2 / 4) }' /proc/meminfo
	echo "allocated $(allocated)"
}

# per_slab: how many objects a slab of each cache holds, one cache a line
per_slab()
{
	local dir

	for dir in /sys/kernel/slab/*/; do
		echo "$(basename "$dir") $(cat "$dir/objs_per_slab")"
	done
}

# grown N: names what has become more by N or more, and by more than a slab of each
# processor: one that is at a processor's hand counts as full. So a short run does not see
# small objects that are lost; a long one does. Stacks of some threads that have
# ended are kept for the next ones. Sockets may not grow at all.
grown()
{
	join "$scene/objects-before" "$scene/objects-after" |
		awk -v most="$1" -v cpus="$(nproc)" '
		NR == FNR { slab[$1] = $2 * cpus; next }
		{
			limit = most > slab[$1] ? most : slab[$1] + 1
			if ($1 ~ /^VmallocUsed/)
				limit = most + 16
			if ($1 ~ /^(TCP|allocated|net_namespace)$/)
				limit = 1
		}
		$3 - $2 >= limit { print $1 ": " $2 " before, " $3 " after" }
		' <(per_slab) -
}

# take_stock before|after: with the modules gone and the streams ended
take_stock()
{
	wait_value 10 0 allocated || note "sockets are left: $(allocated)"
	kernel_objects | sort >"$scene/objects-$1"
}

allocated()
{
	awk '/^TCP:/ { print $9 }' /proc/net/sockstat
}

# ---- programs ------------------------------------------------------------

# Small buffers: who sends without a device is soon blocked. And one who waits
# in accept(), all the time.
programs_start()
{
	local side

	for side in left right; do
		$side sysctl -qw net.ipv4.tcp_wmem="4096 16384 32768"
	done
	background right "$scene/taken" /dev/null busybox nc -l -p 5999
	taker=$pid
	streams_start -n $conns -u mixed -r 100000
}

taken()
{
	echo word | left busybox nc "$right_addr" 5999 >/dev/null
	wait_for 20 grep -qx word "$scene/taken"
}

# How often the programs were seen blocked in which system call while there was
# no module, by the call's number
declare -A blocked
look_at_blocked()
{
	local pid file number

	for pid in "${stream_pids[@]}" "$taker"; do
		for file in "/proc/$pid/task"/*/syscall; do
			{ read -r number _ <"$file"; } 2>/dev/null || continue
			blocked[$number]=$((${blocked[$number]:-0} + 1))
		done
	done
}

# seen_in NUMBER...: in any of these
seen_in()
{
	local number sum=0

	for number; do
		sum=$((sum + ${blocked[$number]:-0}))
	done
	note "$sum times in system call $*"
	[ "$sum" -gt 0 ]
}

# ---- a cycle -------------------------------------------------------------

# plug left|right: as scene_plug, with fewer processes, which take the time here
plug()
{
	local ns dev

	ns=$(ns_of "$1") dev=$(dev_of "$1")
	{
		echo "link set $dev up"
		if [ "$1" = left ]; then
			echo "addr add $left_addr/24 dev $dev"
		else
			echo "addr add $right_addr/24 dev $dev"
		fi
	} | nsenter "--net=/run/netns/$ns" bash -c \
		"echo $(id_of "$1") >$sim/new_device && exec ip -batch -"
}

come()
{
	local pid

	load_modules chimney chimsim
	plug left &
	pid=$!
	plug right && wait "$pid" && scene_link
}

# request left|right: asks for all; counts what its target takes
request()
{
	at "$1" --no-wait offload dev "$(dev_of "$1")" 2>/dev/null |
		sed -n 's/.*\<\([0-9]*\) pending.*/\1/p' >"$scene/pending-$1"
}

offload_some()
{
	local pid n

	request left &
	pid=$!
	request right
	wait "$pid"
	while read -r n; do
		offloads=$((offloads + n))
	done < <(cat "$scene/pending-left" "$scene/pending-right")
}

# All is at home when rmmod returns: nothing keeps the host's part any more.
go()
{
	rmmod chimsim || return 1
	[ "$(cat /sys/module/chimney/refcnt)" = 0 ] || not_home=$((not_home + 1))
	rmmod chimney || return 1
	look_at_blocked
	# It takes a moment until who sends has filled the buffer.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ "${blocked[44]:-0}" -eq 0 ] || break
		nap 0.2
		look_at_blocked
	done
}

# Connections go to the device, and it goes while they are on their way or there.
# Every now and then all streams have recovered from what was before; else it
# takes those that have.
busy_cycle()
{
	wait_for 10 scene_reachable "$right_addr" || return 1
	if [ $(($1 % 10)) -eq 0 ]; then
		go_on 60 client server || return 1
	fi
	offload_some
	random 150
	nap "$(printf '0.%03d' "$random")"
}

# cycles_run N: the modules are there before and after. Each is busy: TCP would
# wait ever longer before it sends again.
cycles_run()
{
	local i

	for ((i = 0; i < $1; i++)); do
		busy_cycle "$i" && go && come || return 1
	done
}

offloads=0 not_home=0

# The first rounds make what is made once.
programs_start
check_here "the first rounds" cycles_run 5
check "and the streams go on" go_on 60 client server
check_fails "the host's part stays while there is a target" 1 'in use' \
	rmmod chimney
check "who waited to accept gets a connection" taken
streams_stop "every octet of them is right"
check "the modules go" go
check_equal "nothing of theirs remains" "" "$(remains)"
take_stock before

blocked=() offloads=0 not_home=0
check "the modules are there again" come
wait_for 10 scene_reachable $right_addr
programs_start
began=$SECONDS
check_here "$cycles times under traffic" cycles_run "$cycles"
note "$cycles cycles in $((SECONDS - began)) s, $offloads offloads"
check "many a connection was offloaded" test "$offloads" -ge "$cycles"
check_equal "all was at home whenever rmmod returned" 0 $not_home
# x86-64: recvfrom, sendto, poll, ppoll, epoll_wait, epoll_pwait, accept, accept4
check "blocked meanwhile: in receiving" seen_in 45
check "blocked meanwhile: in sending" seen_in 44
check "blocked meanwhile: in polling" seen_in 7 271
check "blocked meanwhile: in epoll" seen_in 232 281
check "blocked meanwhile: in accepting" seen_in 43 288
check "who waited to accept gets a connection" taken
check "the streams go on" go_on 60 client server
streams_stop "every octet is right"
check "the modules go" go
check_equal "nothing of theirs remains" "" "$(remains)"
take_stock after
check_equal "no memory is held" "" "$(grown $((cycles * 8 / 10)))"
note "grown by anything: $(grown 1 | tr '\n' ',')"

finish
