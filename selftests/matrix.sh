#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every kind of wire: both protocols, segments made by the NIC and by the stack, with
# and without its checksums, MTUs from 576 to 9000, a VLAN, marks of congestion, loss,
# reordering, duplicates, delay and jitter; with each end in the host, on its NIC, or
# going there and back at random moments. Octets are verified in both directions.
#
# A cell has one value of each property. The cells are a list in which each pair of
# values of any two properties occurs, made anew from the seed. The short run takes
# the first of them in which an end is on a NIC, the long run all. Frames of the hosts
# and of the NICs pass a third host, whose netem does to them what the cell says; its
# random numbers are the kernel's, and not of the seed.
#
# Time limit: 200 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/moves.sh
. "$selftests/lib/moves.sh"
# shellcheck source=selftests/lib/middle.sh
. "$selftests/lib/middle.sh"

conns=4
pairs=$((slow > 1 ? 8 : 24))
cells_short=4
# delay: milliseconds, and those by which it varies
properties='ip 4 6
gso on off
csum on off
mtu 576 1280 1500 9000
vlan no yes
ecn no marks
loss 0 0.1 1 5
order kept changed
copies none 2
delay 0 5 15~10
left host nic moving
right host nic moving'

# ---- the list of cells -----------------------------------------------------------

# With the same seed it is the same. IPv6 is not with an MTU below 1280.
# shellcheck disable=SC2016 # it is awk's
covering='
function draw(n) { return int(rand() * n) + 1 }
function possible(a, v, b, w) {
	return !((name[a] == "ip" && v == 6 && name[b] == "mtu" && w < 1280) ||
		 (name[b] == "ip" && w == 6 && name[a] == "mtu" && v < 1280))
}
function key(a, v, b, w) {
	return a < b ? a SUBSEP v SUBSEP b SUBSEP w : b SUBSEP w SUBSEP a SUBSEP v
}
# How many pairs that are missed would value v of property a bring? -1: it cannot be.
function gain(a, v,   b, n) {
	n = 0
	for (b = 1; b <= props; b++) {
		if (b == a || row[b] == "")
			continue
		if (!possible(a, v, b, row[b]))
			return -1
		n += key(a, v, b, row[b]) in missed
	}
	return n
}
function fill(a,   i, n, v, best, most) {
	most = -1
	best = draw(values[a])
	for (i = 0; i < values[a]; i++) {
		v = value[a, (best + i - 1) % values[a] + 1]
		n = gain(a, v)
		if (n > most) {
			most = n
			row[a] = v
		}
	}
}
# A pair that is missed, and the rest in any order
function make_row(   nth, pair, part, i, a, skipped) {
	nth = draw(left)
	for (pair in missed)
		if (!--nth)
			break
	split(pair, part, SUBSEP)
	for (a = 1; a <= props; a++)
		row[a] = ""
	row[part[1]] = part[2]
	row[part[3]] = part[4]
	skipped = draw(props)
	for (i = 0; i < props; i++) {
		a = (i + skipped) % props + 1
		if (row[a] == "")
			fill(a)
	}
}
function take_row(   a, b) {
	for (a = 1; a <= props; a++)
		printf("%s%s=%s", (a > 1 ? " " : ""), name[a], row[a])
	printf "\n"
	for (a = 1; a < props; a++)
		for (b = a + 1; b <= props; b++)
			if (key(a, row[a], b, row[b]) in missed) {
				delete missed[key(a, row[a], b, row[b])]
				left--
			}
}
{
	name[NR] = $1
	values[NR] = NF - 1
	for (i = 2; i <= NF; i++)
		value[NR, i - 1] = $i
}
END {
	props = NR
	srand(seed)
	for (a = 1; a < props; a++)
		for (b = a + 1; b <= props; b++)
			for (i = 1; i <= values[a]; i++)
				for (j = 1; j <= values[b]; j++)
					if (possible(a, value[a, i], b, value[b, j])) {
						missed[key(a, value[a, i], b, value[b, j])]
						left++
					}
	while (left) {
		make_row()
		take_row()
	}
}'

# covers: reads a list of cells; says which pairs of values are not in it
covers()
{
	awk -v properties="$properties" '
		{
			for (i = 1; i <= NF; i++)
				for (j = 1; j <= NF; j++)
					seen[$i, $j]
		}
		END {
			n = split(properties, line, "\n")
			for (i = 1; i < n; i++)
				for (j = i + 1; j <= n; j++) {
					na = split(line[i], a, " ")
					nb = split(line[j], b, " ")
					for (k = 2; k <= na; k++)
						for (l = 2; l <= nb; l++) {
							x = a[1] "=" a[k]
							y = b[1] "=" b[l]
							if ((x, y) in seen)
								continue
							if (x == "ip=6" && y == "mtu=576")
								continue
							print "not in the list: " x " " y
							bad = 1
						}
				}
			exit bad
		}'
}

list=$(awk -v seed="$SEED" "$covering" <<<"$properties")
if [ -n "${CHIMNEY_LONG:-}" ]; then
	pairs=$((pairs * 4))
	mapfile -t cells <<<"$list"
else
	mapfile -t cells < <(grep -vE 'left=host.*right=host' <<<"$list" |
				head -n $cells_short)
fi
plan $((1 + 4 * ${#cells[@]} + 8 + 2))
check "each pair of properties is in the list of $(wc -l <<<"$list") cells" \
	covers <<<"$list"

# ---- the wire ----------------------------------------------------------------

# shellcheck disable=SC2034 # for middle_build
scene_ipv6=yes
middle_build

vlan_add()
{
	ip -n "$1" link add link "$2" name v5 type vlan id 5 &&
		ip -n "$1" link set v5 up
}
vlan_add $left_ns $left_dev && vlan_add $right_ns $right_dev ||
	give_up "there are no VLANs"
for side in left right; do
	# One cell is to know nothing of another, and to end soon.
	$side sysctl -qw net.ipv4.tcp_no_metrics_save=1 \
		net.ipv4.tcp_wmem="4096 16384 131072"
done

# An MTU below 1280 takes those of IPv6 away. $1: 1 or 2, the host's number
addresses()
{
	cat <<-END
	addr replace 10.77.0.$1/24 dev chs${1}p0
	addr replace 10.5.0.$1/24 dev v5
	END
	[ "$mtu" -lt 1280 ] || cat <<-END
	addr replace fd77::$1/64 dev chs${1}p0 nodad
	addr replace fe80::$1/64 dev chs${1}p0 nodad
	addr replace fd05::$1/64 dev v5 nodad
	addr replace fe80::5:$1/64 dev v5 nodad
	END
}

# host left|right: its device is as the cell has it. Segments are made by the NIC, or by
# the stack, which the NIC's checksums do not need.
host()
{
	local dev id settings

	dev=$(dev_of "$1") id=$(id_of "$1")
	{
		echo "link set $dev mtu $mtu"
		echo "link set v5 mtu $mtu"
		addresses "$id"
	} | ip -n "$(ns_of "$1")" -batch - || return 1
	$1 ethtool -K "$dev" rx "$csum" tx "$csum" >/dev/null 2>&1
	$1 ethtool -K "$dev" tso "$gso" gso "$gso" >/dev/null 2>&1
	settings=net.ipv4.tcp_ecn=$([ "$ecn" = no ] && echo 2 || echo 1)
	$1 sysctl -qw "$settings"
}

# Frames that are to be marked are what netem would have lost. Then loss is the wire's.
accidents()
{
	local side odds=0

	netem=(limit 5000)
	case $delay in
	0)	[ "$order" = kept ] || netem+=(delay 2ms) ;;
	*~*)	netem+=(delay "${delay%~*}ms" "${delay#*~}ms") ;;
	*)	netem+=(delay "${delay}ms") ;;
	esac
	[ "$order" = kept ] || netem+=(reorder 10%)
	[ "$copies" = none ] || netem+=(duplicate "$copies%")
	if [ "$ecn" = marks ]; then
		netem+=(loss 5% ecn)
		odds=$(awk -v loss="$loss" 'BEGIN { print loss * 100 }')
	elif [ "$loss" != 0 ]; then
		netem+=(loss "$loss%")
	fi
	for side in left right; do
		set_port $side seed "$SEED"
		set_port $side loss "$odds"
	done
}

# wire: all is as the cell has it, and the hosts know each other
wire()
{
	middle_netem
	middle_mtu "$mtu" || return 1
	host left && host right || return 1
	scene_over "$ip"
	if [ "$vlan" = yes ]; then
		[ "$ip" = 4 ] && right_host=10.5.0.2 || right_host=fd05::2
	fi
	wait_for 10 scene_reachable "$right_host" || return 1
	accidents
	middle_netem "${netem[@]}"
}

# ---- the ends ----------------------------------------------------------------

all_on_nic()
{
	at "$1" offload dev "$(dev_of "$1")" >"$scene/offload-$1" 2>&1
	[ "$(get_port "$1" offload/conns)" = "$conns" ]
}

# on_nic SIDE: its end of each connection, which may be recovering from loss just now
on_nic()
{
	wait_for 60 all_on_nic "$1" || {
		cat "$scene/offload-$1"
		return 1
	}
}

still_on_nic()
{
	[ "$(get_port "$1" offload/conns)" = "$conns" ] || {
		history "$1" | tail -n 20
		return 1
	}
}

received()
{
	local rx

	rx=$(progress "$1" rx)
	[ "${rx:-0}" -ge "$2" ]
}

# By so many more each
octets_come()
{
	local name from

	for name in "${clients[@]}" "${servers[@]}"; do
		from=$(progress "$name" rx)
		wait_for 90 received "$name" $((from + $1)) || {
			echo "$name: $(cat "$scene/$name.progress")"
			return 1
		}
	done
}

mover_start()
{
	background "$1" "$scene/mover-$1" "$scene/mover-$1.err" "$(program mover)" -n "$pairs" \
		-r 12 -s $((SEED + $(id_of "$1"))) -m "$conns" -p 40 -t 120000 \
		"$(dev_of "$1")"
	movers+=("$pid")
}

# ends: both are where the cell has them, for as long as it takes
ends()
{
	local side movers=() pid status=0

	for side in left right; do
		[ "${!side}" != nic ] || on_nic "$side" || return 1
	done
	for side in left right; do
		[ "${!side}" != moving ] || mover_start "$side"
	done
	for pid in "${movers[@]}"; do
		wait "$pid" || status=1
	done
	[ "$status" = 0 ] || cat "$scene"/mover-*
	octets_come 50000 || return 1
	for side in left right; do
		[ "${!side}" != nic ] || still_on_nic "$side" || status=1
	done
	return "$status"
}

# counted COUNTER: of both hosts. Timeouts are no fault here, but worth to be seen.
counted()
{
	local side

	for side in left right; do
		$side nstat -asz "$1"
	done | awk -v name="$1" '$1 == name { n += $2 } END { print n + 0 }'
}

# engines_share BEFORE AFTER: between these port_octets() the engines had a part of
# what was on the wire, if an end was on a NIC, and else none
engines_share()
{
	local engine wire

	engines_octets "$@"
	echo "$engine of $wire octets at both ports were the engines'"
	# shellcheck disable=SC2154 # of the cell
	case $left$right in
	hosthost)	[ "$engine" -eq 0 ] ;;
	*nic*)		[ "$engine" -ge $((wire / 4)) ] ;;
	*)		[ "$engine" -ge $((wire / 100)) ] ;;
	esac
}

# one_cell NUMBER PROPERTY=VALUE...: four cases
one_cell()
{
	local "${@:2}"
	local what="${*:2}" SEED=$((SEED + 4 * $1)) side before after lost
	local rate=$((mtu < 1280 ? 200000 : 400000)) began=$SECONDS

	wire || give_up "$what: there is no such wire"
	streams_start -n "$conns" -w mixed -u mixed -m mixed -r $rate -S 700:300
	before=$(port_octets)
	check_here "$what" ends
	after=$(port_octets)
	for side in left right; do
		at $side terminate all >/dev/null
		[ "${!side}" != moving ] ||
			note "$side: $(tail -n 1 "$scene/mover-$side")"
	done
	streams_stop "cell $1: every octet is right"
	lost=$(($(counter left lost) + $(counter right lost)))
	check_equal "cell $1: no state is lost, and nothing is left" \
		"0, 0 0 0 0 0 0" "$lost, $(target_counts left) $(target_counts right)"
	note "$(engines_share "$before" "$after"); $(counted TcpExtTCPTimeouts) timeouts and $(counted TcpExtTCPDeliveredCE) marks so far; $((SECONDS - began)) s"
	check "cell $1: the NICs carried what was theirs" \
		engines_share "$before" "$after"
}

number=0
for cell in "${cells[@]}"; do
	number=$((number + 1))
	# shellcheck disable=SC2086 # words
	one_cell $number $cell
done

# ---- marks of congestion, with both ends on their NICs ------------------------------

ip=4 gso=off csum=on mtu=1500 vlan=no ecn=marks loss=0 order=kept copies=none delay=0
random 2
[ "$random" = 0 ] || ip=6
wire || give_up "there is no wire that marks"

# capture FLAG: waits for a segment that has it, other than those that begin a
# connection; sets $pid. The flags of TCP are its 14th octet.
capture()
{
	background left "$scene/flag-$1" "$scene/flag-$1.err" tcpdump -Z root -nlc 1 \
		-i "$left_dev" "(ip and tcp[13] & $1 != 0 and tcp[13] & 2 = 0) or
			(ip6[6] = 6 and ip6[53] & $1 != 0 and ip6[53] & 2 = 0)"
	wait_for 20 grep -q 'listening on' "$scene/flag-$1.err" ||
		give_up "nothing is captured: $(cat "$scene/flag-$1.err")"
}

# captured PID FLAG LETTER: it has seen one, and calls the flag so
captured()
{
	wait_for 60 process_gone "$1" || return 1
	wait "$1" && grep "Flags \[[^]]*$3" "$scene/flag-$2" ||
		{ cat "$scene/flag-$2" "$scene/flag-$2.err"; return 1; }
}

marks_of()
{
	"$1" nstat -asz TcpExtTCPDeliveredCE |
		awk '$1 == "TcpExtTCPDeliveredCE" { print $2 }'
}

# What the hosts themselves were told, by packets that their stacks received
marked_packets()
{
	"$1" nstat -asz IpExtInCEPkts Ip6InCEPkts | awk '/CEPkts/ { n += $2 } END { print n + 0 }'
}

more_marks()
{
	[ "$(marks_of "$1")" -gt "$2" ]
}

before=$(marks_of left)
streams_start -n "$conns" -w mixed -u mixed -r 400000
check_here "marks: both ends are on their NICs" \
	eval 'on_nic left && on_nic right'
marks_left=$(marks_of left) marks_right=$(marks_of right)
in_hosts="$(marked_packets left) $(marked_packets right)"
capture 0x40
ece=$pid
capture 0x80
cwr=$pid
check "marks: the left NIC is told of some" wait_for 60 more_marks left "$marks_left"
check "marks: and the right one" wait_for 60 more_marks right "$marks_right"
check_here "marks: a receiver echoes them (ECE)" captured "$ece" 0x40 E
check_here "marks: a sender has slowed down (CWR)" captured "$cwr" 0x80 W
check_equal "marks: all stays on the NICs, and no host sees a mark" \
	"$conns $conns, $in_hosts" \
	"$(get_port left offload/conns) $(get_port right offload/conns), $(marked_packets left) $(marked_packets right)"
# known LEAST: so many of them the connections that are at home know of
known()
{
	left ss -Htin | grep -o 'delivered_ce:[0-9]*' |
		awk -F: -v least="$1" '{ n += $2 } END { print n + 0; exit n < least }'
}

told=$(($(marks_of left) - before))
at left terminate all >/dev/null
at right terminate all >/dev/null
check "marks: the connections know of all, of the host and of the NIC" known "$told"
streams_stop "marks: every octet is right"

check "nothing is left at the targets" \
	test "$(target_counts left) $(target_counts right)" = "0 0 0 0 0 0"
scene_fair "the hosts broke no rule"
finish
