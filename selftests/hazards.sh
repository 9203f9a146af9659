#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What an application and its peer may do to a connection that is offloaded,
# one thing at a time: urgent data, corked data, files and user pages by
# reference, a reader that stalls, a wire that swallows everything, packets that
# the NIC does not steer, ends of every kind. The numbers are those of
# docs/hazards.md.
#
# Time limit: 400 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/hands.sh
. "$selftests/lib/hands.sh"

plan 74
scene_build

# ---- urgent data (12, 2) ---------------------------------------------------

urgent_cases

# ---- what is held back, what is given by reference (9, 7) ------------------

begin
corked()
{
	left_does more 100 && right_does recv 100
}
corked_and_not()
{
	left_does more 100 && left_does more 200 && left_does send 50 &&
		right_does recv 350
}
file()
{
	left_tell sendfile 600000
	right_does recv 600000 && answers "$left_out"
}
user_pages()
{
	left_does zerocopy 100000 "ok copied" && right_does recv 100000
}
check "what more should follow is not held back for ever" corked
check "what follows goes with it" corked_and_not
check "a file, by sendfile()" file
check "user pages are copied, and may change" user_pages
check "all the while it stays offloaded" stays
check "ss shows whose it is" grep -q chimney <(left ss -tinHO)
hands_close

# ---- a reader that stalls (20, 14, 30) -------------------------------------

# Share of idle time over a second, in percent
idle()
{
	local a b

	read -r -a a < <(grep '^cpu ' /proc/stat)
	sleep 1
	read -r -a b < <(grep '^cpu ' /proc/stat)
	awk -v a="${a[*]:1:8}" -v b="${b[*]:1:8}" 'BEGIN {
		split(a, x); split(b, y)
		for (i = 1; i <= 8; i++)
			all += y[i] - x[i]
		print int(100 * (y[4] + y[5] - x[4] - x[5]) / all)
	}'
}

# With a doorbell that rings itself one processor would be busy.
rests()
{
	[ "$(idle)" -ge $((100 - 60 / $(nproc))) ]
}

begin
left_tell send 12000000
stuck()
{
	local before

	before=$(engine_octets left)
	sleep 1
	[ $(($(engine_octets left) - before)) -lt 3000 ]
}
check "with a reader that stalls, sending comes to a halt" wait_for 30 stuck
check "and the machine rests" wait_for 20 rests
check "it is offloaded still" stays
probes()
{
	left ss -tinoHO "dport = 7000" | grep -q "timer:(persist.* backoff:"
}
comes_home_shut()
{
	at left terminate dev "$left_dev" && wait_for 30 probes && return
	left ss -tinoHO
	return 1
}
# Nobody hears of the window, so that only a probe finds it open.
opens_unheard()
{
	set_port right loss 10000
	right_does recv 60000 || return 1
	set_port right loss 0
	right_does recv 1000000 && wait_for 30 stuck && wait_for 30 probes
}
check "back in the host it probes the window that is shut" comes_home_shut
check "which is found open when nobody says so" opens_unheard
check "while it probes, it goes to the NIC" offload
goes_on_reading()
{
	right_does recv 10940000 && answers "$left_out"
}
check "when it reads again, everything arrives" goes_on_reading
hands_close

# A timeout that counts from the first probe would begin anew on the NIC.
hands_open || give_up "cannot connect"
left_does patience 120000 >/dev/null
left_tell send 3000000
check "with a timeout of its own the host probes as well" wait_for 60 probes
# shellcheck disable=SC2086 # two words
check_fails "but then the connection stays, and why is said" 1 \
	'window is shut, with TCP_USER_TIMEOUT' at left offload $tuple
reads_the_rest()
{
	right_does recv 3000000 && answers "$left_out"
}
check "and everything arrives" reads_the_rest
hands_close

# What waits in the left host's socket, in octets of memory
waiting()
{
	left ss -tinmHO "dport = 7000" | sed -n 's/.*skmem:(r\([0-9]*\),.*/\1/p'
}
# Each time it moves, the other side's buffer is empty: that must not count.
moves_stalled()
{
	local n first

	wait_for 30 stuck || return 1
	first=$(waiting)
	for n in 1 2 3 4 5 6; do
		at left terminate dev "$left_dev" && offload &&
			wait_for 30 stuck || return 1
	done
	echo "$first octets wait at first, $(waiting) after $n moves"
	[ "$first" -gt 0 ] && [ "$(waiting)" -le $((2 * first)) ]
}
reads_all()
{
	left_does recv 12000000 && answers "$right_out"
}
begin
echo "send 12000000" >&"$right_in"
check "an application that does not read: what waits is bounded, though it moves" \
	moves_stalled
check "when it reads, everything arrives" reads_all
check "it is offloaded still" stays
hands_close

# Small segments take more memory than was promised: some are refused. How many
# octets it takes depends on how many the sender puts in one.
refused_more()
{
	[ "$(counter left rx-refused)" -gt "$refused_before" ]
}
begin
refused_before=$(counter left rx-refused)
dripped=0
while [ $dripped -lt 30000 ] && ! refused_more; do
	right_does drip 1000 >/dev/null
	dripped=$((dripped + 1000))
done
check "small segments that nobody reads: the host refuses more" \
	wait_for 10 refused_more
check "when they are read, all of them arrive" left_does recv $dripped
check "it is offloaded still" stays
hands_close

# A buffer that is less than what was promised before
small_buffer()
{
	left_does rcvbuf 2048 && octets_pass
}
much_arrives()
{
	echo "send 300000" >&"$right_in"
	left_does recv 300000 && answers "$right_out"
}
hands_open || give_up "cannot connect"
check "a small receive buffer: before the offload" small_buffer
offload || give_up "cannot offload"
check "a small receive buffer: everything arrives" much_arrives
check "a small receive buffer: it is offloaded still" stays
hands_close

begin
check "the receive buffer shrinks" left_does rcvbuf 4096
check "the receive buffer shrinks: the connection comes home" \
	came_home socket-option
check "the receive buffer shrinks: everything arrives" much_arrives
hands_close

# ---- packets that the NIC does not steer (1) -------------------------------

begin
forwarded_before=$(counter left forwarded)
check "packets with IP options arrive" with_options
check "by way of the host, which forwarded them" \
	test "$(counter left forwarded)" -gt "$forwarded_before"
check "the connection stays offloaded" stays
hands_close

# ---- what comes home with it (28, 29) --------------------------------------

# A delayed acknowledgment of the NIC's must not be lost with it: the peer would have to
# send again. TCP delays them once both ends talk.
talk()
{
	left_does send 10 && right_does recv 10 && right_does send 10 &&
		left_does recv 10
}

right_retransmits()
{
	right nstat -asz TcpRetransSegs | sed -n 's/^TcpRetransSegs *\([0-9]*\) .*/\1/p'
}

right_is_acknowledged()
{
	[ "$(right ss -Htn state established sport = 7000 | awk '{ print $2 }')" = 0 ]
}

acknowledges()
{
	local before

	talk && talk && talk || return 1
	before=$(right_retransmits)
	for _ in 1 2 3 4 5 6 7 8; do
		talk && right_does send 10 &&
			echo all >"$sysfs/left/class/net/$left_dev/chimney/terminate" &&
			settled left 0 0 0 && wait_for 20 right_is_acknowledged &&
			left_does recv 10 && offload || return 1
	done
	echo "sent again: $before, then $(right_retransmits)"
	[ "$(right_retransmits)" = "$before" ]
}
begin
check "coming home it tells the peer what was received" acknowledges
hands_close

# round_trip: as the left host estimates it
round_trip()
{
	left ss -tinHO "dport = 7000" | grep -o "\<rtt:[^ ]*"
}
acknowledged()
{
	! left ss -tinHO "dport = 7000" | grep "unacked:"
}
# The NIC sends, the host gets the acknowledgment: neither can know how long that
# took. Without time stamps, which would tell; and the host must not send it again
# meanwhile, which would make the acknowledgment ambiguous.
retransmits_after()
{
	left ip route change 10.77.0.0/24 dev $left_dev proto kernel \
		scope link src $left_addr ${1:+rto_min "$1"}
}
left sysctl -qw net.ipv4.tcp_timestamps=0
retransmits_after 20s || give_up "cannot change the route"
begin
set_port right loss 10000
sent_before()
{
	left_does send 1000 && right_does recv 1000 &&
		at left terminate dev "$left_dev" && ! acknowledged
}
check "what the NIC has sent is not acknowledged when it comes home" sent_before
estimate=$(round_trip)
set_port right loss 0
acknowledged_now()
{
	right_does send 100 && left_does recv 100 && wait_for 20 acknowledged
}
check "then it is" acknowledged_now
check "an estimate of the round trip came home" test -n "$estimate"
check_equal "and no wrong one was made" "$estimate" "$(round_trip)"
left sysctl -qw net.ipv4.tcp_timestamps=1
retransmits_after
hands_close

# ---- the socket is locked for long (26) ------------------------------------

# The application receives into memory that is not there yet: until it is, its
# socket is locked.
hands_open || give_up "cannot connect"
octets_pass >/dev/null
waits_for_memory()
{
	right_does send 3000 && left_does fault 3000
}
has_memory()
{
	left_does serve
}
check "locked: an application waits for memory" waits_for_memory
# shellcheck disable=SC2086 # two words
check_fails "locked: what is in the host stays there, and why is said" 1 \
	'keeps the socket locked' at left offload $tuple
check "locked: the application goes on" has_memory
offload || give_up "cannot offload"
history_mark left
check "locked: it waits while the NIC has the connection" waits_for_memory
# shellcheck disable=SC2086 # two words
check_fails "locked: then the connection cannot come home yet" 1 'pending' \
	at left --timeout 1 terminate $tuple
streams_start -n 2 -u mixed -r 50000
check "locked: others are offloaded meanwhile" \
	wait_for 15 at left offload dport 5000
check "locked: and come back" at left terminate dport 5000
check "locked: devices can be changed" \
	timeout 20 ip -n $left_ns link set $left_dev alias changed
streams_stop "locked: the octets of the others are right"
check "locked: its memory is there: the application goes on" has_memory
check "locked: and the connection comes home" came_home administrator
check "locked: and goes on there" octets_pass
hands_close

# ---- the NIC is called for long ----------------------------------------------

# An application gives the NIC what it writes by itself. Should the call last, it is
# the application that waits, and its connection; nobody else.
hold_send=$(probe left)/faults/hold_send
held()
{
	[ "$(cat "$hold_send")" = 2 ]
}
no_answer_yet()
{
	! read -r -t 0 -u "$left_out"
}
begin
echo 1 >"$hold_send"
left_tell send 10
check "called: the NIC does not return" wait_for 10 held
# shellcheck disable=SC2086 # two words
check_fails "called: the connection cannot come home yet" 1 'pending' \
	at left --timeout 1 terminate $tuple
streams_start -n 2 -u mixed -r 50000
check "called: others are offloaded meanwhile" \
	wait_for 15 at left offload dport 5000
check "called: and come back" at left terminate dport 5000
check "called: it has not returned" no_answer_yet
streams_stop "called: the octets of the others are right"
echo 0 >"$hold_send"
check "called: it returns" answers "$left_out"
check "called: the connection comes home" came_home administrator
check "called: what was written arrives" right_does recv 10
check "called: and it goes on" octets_pass
hands_close

# ---- the NIC gives up (22, 15) ---------------------------------------------

begin
left sysctl -qw net.ipv4.tcp_retries2=3
set_port left loss 10000
gives_up()
{
	left_does send 1000 && left_does error 0 "ok ETIMEDOUT"
}
check "a peer that is gone: the application is told" gives_up
check "the NIC said so, and the host took it back" came_home timeout-expired
set_port left loss 0
left sysctl -qw net.ipv4.tcp_retries2=15
hands_close

# ---- ends (24, 25, 2) ------------------------------------------------------

ends_cases

begin
left_does linger >/dev/null
exec {left_in}>&-
check "so does closing with a linger time of zero" \
	right_does error 0 "ok ECONNRESET"
exec {left_in}>/dev/null
hands_close

begin
right_does linger >/dev/null
exec {right_in}>&-
check "a reset from the peer is the application's error" \
	left_does error 0 "ok ECONNRESET"
exec {right_in}>/dev/null
hands_close

scene_fair "the target saw no rule broken"
finish
