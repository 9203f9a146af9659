# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what scene.sh sets
#
# Two hands: a connection from the left host to the right one, whose ends do one
# thing at a time, as they are told. For scripts that read scene.sh.

hand=$(program hand)
# Options of the left one
hands_options=()

# hands_open: a connection, whose ends obey left_does and right_does
hands_open()
{
	local side

	for side in left right; do
		rm -f "$scene/$side.in" "$scene/$side.out"
		mkfifo "$scene/$side.in" "$scene/$side.out"
	done
	right "$hand" -l "$right_host" 7000 <"$scene/right.in" \
		>"$scene/right.out" 2>&1 &
	exec {right_in}>"$scene/right.in" {right_out}<"$scene/right.out"
	read -r -t 30 -u "$right_out" || return 1	# it listens
	# Without the other's pipes: their end has to be seen.
	left "$hand" "${hands_options[@]}" "$right_host" 7000 <"$scene/left.in" \
		>"$scene/left.out" 2>&1 {right_in}>&- {right_out}<&- &
	exec {left_in}>"$scene/left.in" {left_out}<"$scene/left.out"
	read -r -t 30 -u "$left_out" tuple || return 1
	read -r -t 30 -u "$right_out"
}

hands_close()
{
	exec {left_in}>&- {right_in}>&- {left_out}<&- {right_out}<&-
	settled left 0 0 0 >/dev/null
}

left_tell()
{
	echo "$*" >&"$left_in"
}

# answers DESCRIPTOR [ANSWER]: "ok" and what there is to say, or just that
answers()
{
	local answer

	read -r -t 90 -u "$1" answer || answer="no answer"
	if [ "$answer" != "${2:-$answer}" ] || [ "${answer%% *}" != ok ]; then
		echo "answer: $answer"
		return 1
	fi
}

# left_does VERB [N [ANSWER]]
left_does()
{
	left_tell "$1 ${2:-}"
	answers "$left_out" "${3:-}"
}

right_does()
{
	echo "$1 ${2:-}" >&"$right_in"
	answers "$right_out" "${3:-}"
}

# Both ways, whoever has the connection
octets_pass()
{
	left_does send 5000 && right_does recv 5000 &&
		right_does send 7000 && left_does recv 7000
}

offload()
{
	# shellcheck disable=SC2086 # two words
	wait_for 15 at left offload $tuple >/dev/null && settled left 1 1 1
}

# begin: a new connection, offloaded and in use
begin()
{
	hands_open || give_up "cannot connect"
	octets_pass >/dev/null
	offload || give_up "cannot offload"
	octets_pass || give_up "nothing gets through"
	history_mark left
}

came_home()
{
	settled left 0 0 0 || return 1
	history_new left | grep -q " $1 " && return
	history_new left
	return 1
}

stays()
{
	[ "$(counts left)" = "1 1 1" ] || {
		history_new left
		return 1
	}
}

# ---- what may be done to any connection -------------------------------------

sends_urgent()
{
	left_does send 1000 && left_does oob && right_does recv 1000 &&
		right_does urgent
}

receives_urgent()
{
	right_does send 1000 && right_does oob && left_does recv 1000 &&
		left_does urgent
}

half_closed()
{
	left_does send 3000 && left_does shutdown && right_does recv 3000 &&
		right_does end && right_does send 4000 && left_does recv 4000
}

peer_closes()
{
	right_does send 3000 && right_does shutdown && left_does recv 3000 &&
		left_does end && left_does send 4000 && right_does recv 4000
}

# The peer's packets have options of the IP from here on.
with_options()
{
	local n=1 octets=200000

	# Over IPv6 the kernel fills segments without a thought of their options, and
	# then finds them too big.
	[ "$family" = 4 ] || n=50 octets=1000
	right_does options || return 1
	for ((; n; n--)); do
		right_does send $octets && left_does recv $octets || return 1
	done
}

disconnected()
{
	left_does disconnect && right_does error 0 "ok ECONNRESET"
}

# urgent_cases: six cases, of urgent data while a connection is offloaded
urgent_cases()
{
	begin
	check "urgent data sent while offloaded arrives as such" sends_urgent
	check "for it the connection comes home" came_home urgent-data
	check "and goes on there" octets_pass
	hands_close

	begin
	check "urgent data from the peer arrives as such" receives_urgent
	check "for it too the connection comes home" came_home urgent-data
	check "and goes on there" octets_pass
	hands_close
}

# ends_cases: five cases, of connections that end while they are offloaded
ends_cases()
{
	begin
	check "shutdown: what was sent arrives, then the end; the other way is open" \
		half_closed
	check "for it the connection came home" came_home closing
	hands_close

	begin
	check "the peer's end comes after what it sent; the other way is open" \
		peer_closes
	check "for it too the connection came home" came_home peer-fin
	hands_close

	begin
	check "disconnecting resets the peer" disconnected
	hands_close
}
