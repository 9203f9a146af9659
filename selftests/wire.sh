#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The simulated NIC as a NIC: devices made, joined and removed; the wire
# between two ports, its carrier, its accidents; traffic with every mixture of
# offloads, under a bridge, over a VLAN, across namespaces; refusals.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"

bus=/sys/bus/chimsim
tmp=$(mktemp -d)
at_exit rm -rf "$tmp"

# ---- devices and namespaces ----------------------------------------------

put()
{
	echo "$2" >"$1"
}

# within NETNS COMMAND...: in that network, but with the files of this one. Not
# for what is to be stopped later: $! would be a shell's.
within()
{
	nsenter --net="/run/netns/$1" "${@:2}"
}

new_device()
{
	put "$bus/new_device" "$1"
}

del_device()
{
	put "$bus/del_device" "$1"
}

# port ID N: where its files are
port()
{
	echo "$bus/devices/chimsim$1/port$2"
}

# IPv6 would speak up at times of its own, and spoil the counts.
new_netns()
{
	ip netns add "$1" &&
		within "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1 &&
		ip -n "$1" link set lo up
}

ifindex()
{
	local link

	link=$(ip -n "$1" -o link show dev "$2") && echo "${link%%:*}"
}

# at NETNS NETDEV: sets $fd and $where for the bus's files
at()
{
	exec {fd}<"/run/netns/$1"
	where=$fd:$(ifindex "$1" "$2")
}

# join NETNS NETDEV NETNS NETDEV
join()
{
	local fd_a where_a status

	at "$1" "$2"
	fd_a=$fd where_a=$where
	at "$3" "$4"
	put $bus/link_device "$where_a $where"
	status=$?
	exec {fd_a}<&- {fd}<&-
	return $status
}

# part NETNS NETDEV
part()
{
	local status

	at "$1" "$2"
	put $bus/unlink_device "$where"
	status=$?
	exec {fd}<&-
	return $status
}

# carriers: of both ends of the wire, 1 or 0 each
carriers()
{
	local link all=

	for link in "$(ip -n hosta -br link show chs1p0 2>/dev/null)" \
		    "$(ip -n hostb -br link show chs2p0)"; do
		case $link in
		*LOWER_UP*) all+=1 ;;
		*) all+=0 ;;
		esac
	done
	echo "$all"
}

# stat NETDEV NAME: sets $stat to a counter of a port
stat()
{
	local id=${1%p*}

	stat=$(<"$bus/devices/chimsim${id#chs}/port${1##*p}/stats/$2")
}

# ---- traffic -------------------------------------------------------------

pings()
{
	within "$1" busybox ping -q -c 2 -W 2 "${@:2}"
}

no_ping()
{
	! within "$1" busybox ping -q -c 1 -W 1 "${@:2}"
}

listening()
{
	[ -n "$(within "$1" ss -H -l "$2" "sport = :$3")" ]
}

# start_receiver NETNS: what comes to port 5001 goes to $tmp/got
start_receiver()
{
	nsenter --net="/run/netns/$1" socat -u TCP-LISTEN:5001,fork,reuseaddr \
		"OPEN:$tmp/got,creat,append" >/dev/null 2>&1 &
	at_exit stop_process $!
	wait_for 20 listening "$1" -t 5001
}

# transfer FROM ADDRESS: sends $tmp/sent, and compares what arrives
transfer()
{
	rm -f "$tmp/got"
	within "$1" timeout 60 socat -u "OPEN:$tmp/sent" "TCP:$2:5001" &&
		wait_for 10 cmp -s "$tmp/sent" "$tmp/got"
}

# datagrams N: sends so many, numbered, from hosta; prints those that arrive
datagrams()
{
	local receiver stat before

	rm -f "$tmp/datagrams"
	stat chs2p0 rx_packets
	before=$stat
	nsenter --net=/run/netns/hostb \
		socat -u UDP-RECV:5002 "CREATE:$tmp/datagrams" \
		>/dev/null 2>&1 &
	receiver=$!
	wait_for 20 listening hostb -u 5002 || {
		stop_process $receiver
		return 1
	}
	within hosta bash -c "exec 3>/dev/udp/10.1.0.2/5002
		for ((i = 1; i <= $1; i++)); do echo \$i >&3; done"
	wait_for 5 all_met chs1p0 chs2p0
	stat chs2p0 rx_packets
	wait_value 5 $((stat - before)) lines "$tmp/datagrams"
	stop_process $receiver
	cat "$tmp/datagrams"
}

lines()
{
	wc -l <"$1"
}

# all_met FROM TO: one way of the wire is quiet, and what was sent was received
# or lost for a reason
all_met()
{
	local stat met=0 name

	for name in wire_lost wire_cut; do
		stat "$1" "$name"
		met=$((met + stat))
	done
	for name in rx_packets rx_dropped rx_too_long; do
		stat "$2" "$name"
		met=$((met + stat))
	done
	stat "$1" tx_packets
	[ "$stat" -eq "$met" ]
}

# ---- the tests -----------------------------------------------------------

test_devices()
{
	check "a device is made" new_device 1
	check "a device with two ports is made" new_device "2 2"
	check "its netdevs are there" ip link show chs2p1
	check_equal "they have no carrier" DOWN \
		"$(ip -j link show chs1p0 | json '.[0].operstate')"
	check_equal "the netdev lies below its port" chs2p1 \
		"$(ls "$(port 2 1)/net")"
	check_equal "it says whose driver it has" "chimsim chimsim2" \
		"$(ethtool -i chs2p1 | sed -n 's/^driver: //p; s/^bus-info: //p' | xargs)"
	check "a device is made in the writer's namespace" \
		within hosta bash -c "echo 3 >$bus/new_device"
	check "its netdev is there" ip -n hosta link show chs3p0
	check "it is removed from outside" del_device 3
	check_fails "its netdev is gone" 1 "does not exist" \
		ip -n hosta link show chs3p0
}

test_wire()
{
	check "two ports are linked" join host chs1p0 host chs2p0
	check_equal "each knows the other" "chimsim2/port0 chimsim1/port0" \
		"$(cat "$(port 1 0)/peer" "$(port 2 0)/peer" | xargs)"
	ip link set chs1p0 netns hosta
	ip link set chs2p0 netns hostb
	ip -n hosta addr add 10.1.0.1/24 dev chs1p0
	ip -n hostb addr add 10.1.0.2/24 dev chs2p0
	ip -n hosta link set chs1p0 up
	check_equal "no carrier while the other end is down" 00 "$(carriers)"
	ip -n hostb link set chs2p0 up
	check_equal "carrier with both ends up" 11 "$(carriers)"
	check "ping across namespaces, which the link survived" \
		pings hosta 10.1.0.2
}

test_carrier()
{
	ip -n hostb link set chs2p0 down
	check_equal "an end that is down takes the carrier" 00 "$(carriers)"
	ip -n hostb link set chs2p0 up
	check_equal "and gives it back" 11 "$(carriers)"

	put "$(port 2 0)/link" down
	check_equal "an unplugged end takes the carrier from both" 00 \
		"$(carriers)"
	check_equal "the file says so" down "$(cat "$(port 2 0)/link")"
	check "nothing gets through" no_ping hosta 10.1.0.2
	put "$(port 1 0)/link" down
	put "$(port 2 0)/link" up
	check_equal "both must be plugged in" 00 "$(carriers)"
	put "$(port 1 0)/link" up
	check_equal "then there is carrier" 11 "$(carriers)"
	check "ping after the link is back" pings hosta 10.1.0.2

	check "the wire is taken away" part hostb chs2p0
	check_equal "no carrier without a wire" 00 "$(carriers)"
	check_equal "no peer" none "$(cat "$(port 1 0)/peer")"
	check "it is put back, across namespaces" \
		join hosta chs1p0 hostb chs2p0
	check "ping over it" pings hosta 10.1.0.2
}

test_mtu()
{
	local stat

	check_fails "an MTU of 67 is refused" 2 "mtu less than" \
		ip -n hosta link set chs1p0 mtu 67
	check_fails "an MTU of 9601 is refused" 2 "mtu greater than" \
		ip -n hosta link set chs1p0 mtu 9601
	ip -n hosta link set chs1p0 mtu 9600
	check "a frame too long for the receiver is dropped" \
		no_ping hosta -s 8000 10.1.0.2
	stat chs2p0 rx_too_long
	check "it is counted" test "$stat" -gt 0
	ip -n hostb link set chs2p0 mtu 9600
	check "long frames with a large MTU at both ends" \
		pings hosta -s 8000 10.1.0.2
	ip -n hosta link set chs1p0 mtu 1500
	ip -n hostb link set chs2p0 mtu 1500
}

# offloads TSO TX RX: for all frames from hosta to hostb
offloads()
{
	within hosta ethtool -K chs1p0 tx "$2" tso "$1" gso "$1" &&
		within hostb ethtool -K chs2p0 rx "$3" >/dev/null
}

# frame_size: sets $size to the mean of those sent by hosta since the last call
frame_size()
{
	local stat packets

	stat chs1p0 tx_packets
	packets=$stat
	stat chs1p0 tx_bytes
	size=$(((stat - last_bytes) / (packets - last_packets)))
	last_packets=$packets last_bytes=$stat
}

# test_checksums RX NAME COMPARISON: as the receiver's taps see a transfer: how
# many checksums are wrong, against 0; the longest frame, against what fits. A
# tap sees super-frames that GRO has merged, too: GRO is off.
test_checksums()
{
	local tap open long

	within hostb ethtool -K chs2p0 rx "$1" gro off >/dev/null
	nsenter --net=/run/netns/hostb tcpdump -Z root -i chs2p0 -l -e -n -vv \
		"dst 10.1.0.2 and tcp port 5001" >"$tmp/seen" 2>"$tmp/tcpdump" &
	tap=$!
	wait_for 10 grep -q listening "$tmp/tcpdump"
	transfer hosta 10.1.0.2
	stop_process $tap
	open=$(grep -c incorrect "$tmp/seen")
	long=$(grep -cE 'ethertype IPv4 .*, length ([2-9]|1[0-9])[0-9]{3,}:' "$tmp/seen")
	check "$2" test -s "$tmp/seen" -a "$open" "$3" 0 -a "$long" "$3" 0
	within hostb ethtool -K chs2p0 rx on gro on >/dev/null
}

wrong_checksums()
{
	within hosta nstat -asz TcpInCsumErrors
	within hostb nstat -asz TcpInCsumErrors
}

# The stack offers no TSO without checksums: then super-frames must not appear.
test_offloads()
{
	local tso tx rx size stat dropped last_packets=0 last_bytes=0

	frame_size
	for tso in on off; do
		for tx in on off; do
			for rx in on off; do
				offloads $tso $tx $rx >/dev/null 2>&1
				check "TCP with tso $tso, tx $tx, rx $rx" \
					transfer hosta 10.1.0.2
				frame_size
				case $tso$tx in
				onon) check "with super-frames" test "$size" -gt 1514 ;;
				*) check "without super-frames" test "$size" -le 1514 ;;
				esac
			done
		done
	done
	offloads on on on >/dev/null
	check_equal "no checksum was wrong" "0 0" \
		"$(wrong_checksums | awk '/^Tcp/ { print $2 }' | xargs)"

	test_checksums on "the wire leaves checksums open" -gt
	test_checksums off "unless the receiver wants them done" -eq

	within hostb ethtool -G chs2p0 rx 16
	stat chs1p0 tx_dropped
	dropped=$stat
	check "TCP over a small ring" transfer hosta 10.1.0.2
	stat chs1p0 tx_dropped
	check_equal "which stops the sender and drops nothing" "$dropped" "$stat"
	check_fails "too small a ring is refused" 81 "Invalid argument" \
		within hostb ethtool -G chs2p0 rx 15
	within hostb ethtool -G chs2p0 rx 256
}

test_accidents()
{
	local a b file stat

	file=$(port 1 0)
	# No ARP amid the frames that are counted
	ip -n hosta neigh replace 10.1.0.2 lladdr 02:63:00:02:00:00 dev chs1p0
	ip -n hostb neigh replace 10.1.0.1 lladdr 02:63:00:01:00:00 dev chs2p0

	check_equal "datagrams arrive as sent" "$(seq 300)" "$(datagrams 300)"
	put "$file/loss" 10000
	check_equal "with all lost none arrives" "" "$(datagrams 20)"
	stat chs1p0 wire_lost
	check_equal "they are counted" 20 "$stat"

	put "$file/loss" 3000
	put "$file/seed" "$SEED"
	a=$(datagrams 300)
	put "$file/seed" "$SEED"
	b=$(datagrams 300)
	check "of 300, about a third is lost" \
		test "$(wc -l <<<"$a")" -gt 150 -a "$(wc -l <<<"$a")" -lt 270
	check_equal "the same ones with the same seed" "$a" "$b"
	put "$file/seed" $((SEED + 1))
	check "others with another" test "$(datagrams 300)" != "$a"

	put "$file/loss" 0
	put "$file/reorder" 1000
	a=$(datagrams 300)
	check "with reordering they arrive in another order" \
		test "$a" != "$(seq 300)"
	check_equal "and all do" "$(seq 300)" "$(sort -n <<<"$a")"
	stat chs1p0 wire_reordered
	check "it is counted" test "$stat" -gt 0

	put "$file/reorder" 10000
	check_equal "a single frame that is held back goes on by itself" 1 \
		"$(datagrams 1)"

	put "$file/loss" 100
	put "$file/reorder" 100
	put "$(port 2 0)/loss" 100
	put "$(port 2 0)/reorder" 100
	within hosta ethtool -K chs1p0 tso off gso off
	check "TCP with 1 % loss and reordering both ways" \
		transfer hosta 10.1.0.2
	within hosta ethtool -K chs1p0 tso on gso on
	for file in "$(port 1 0)" "$(port 2 0)"; do
		put "$file/loss" 0
		put "$file/reorder" 0
	done
	check "what was sent was received, or lost on purpose" \
		wait_for 5 all_met chs1p0 chs2p0
	check "in the other direction too" \
		wait_for 5 all_met chs2p0 chs1p0
	check_equal "ethtool and ip show what the port counts" \
		"$(port_stats)" "$(netdev_stats)"
}

port_stats()
{
	local name stat

	for name in rx_bytes rx_packets rx_dropped tx_bytes tx_packets; do
		stat chs1p0 $name
		echo "$stat"
	done
	stat chs1p0 wire_lost
	echo "$stat"
}

netdev_stats()
{
	ip -n hosta -s -j link show chs1p0 | json '.[0].stats64 |
		(.rx.bytes, .rx.packets, .rx.dropped, .tx.bytes, .tx.packets)'
	within hosta ethtool -S chs1p0 | sed -n 's/^ *wire_lost: //p'
}

# Marks are the sender's own affair. They must not cross a wire.
test_scrubbing()
{
	local stat before

	within hostb nft -f - <<-'END'
		table ip marks {
			chain input {
				type filter hook prerouting priority raw
				udp dport 5002 meta mark 7 counter
				udp dport 5002 meta mark 0 counter
			}
		}
	END
	within hosta bash -c "for i in 1 2 3; do echo \$i; done |
		socat -u - UDP:10.1.0.2:5002,setsockopt-int=1:36:7" 2>/dev/null
	check "a packet's mark stays behind" wait_value 5 "0 1" marks
	within hostb nft delete table ip marks
}

# How many packets with the mark, and without
marks()
{
	within hostb nft list table ip marks |
		sed -n 's/.*counter packets \([0-9]*\) .*/\1/p' | xargs
}

# hosta - chs1p0 === chs2p0 - bridge - chs2p1 === chs4p0 - hostc
test_bridge()
{
	new_netns hostc
	new_device 4
	ip link set chs4p0 netns hostc
	ip link set chs2p1 netns hostb
	join hostb chs2p1 hostc chs4p0
	ip -n hostb addr flush dev chs2p0
	ip -n hostb link add br0 type bridge
	ip -n hostb link set chs2p0 master br0
	ip -n hostb link set chs2p1 master br0
	ip -n hostb link set br0 up
	ip -n hostb link set chs2p1 up
	ip -n hostc addr add 10.1.0.3/24 dev chs4p0
	ip -n hostc link set chs4p0 up
	wait_for 20 pings hosta 10.1.0.3 >/dev/null
	check "ping through a bridge of two ports" pings hosta 10.1.0.3
	start_receiver hostc
	check "TCP through it" transfer hosta 10.1.0.3
	# Super-frames are passed on as they came.
	within hostb ethtool -K chs2p0 gro off
	check "and without GRO" transfer hosta 10.1.0.3
	within hostb ethtool -K chs2p0 gro on
	check_equal "the bridge's port has dropped nothing" 0 \
		"$(ip -n hostb -j -s link show chs2p1 | jq '.[0].stats64.tx.dropped')"
	ip -n hostb link del br0
	ip -n hostb addr add 10.1.0.2/24 dev chs2p0
	check "the device leaves in use" del_device 4
	ip netns del hostc
}

test_vlan()
{
	local ns dev stripping

	for ns in hosta hostb; do
		dev=chs1p0
		[ $ns = hosta ] || dev=chs2p0
		ip -n $ns link add link $dev name vlan7 type vlan id 7
		ip -n $ns link set vlan7 up
	done
	ip -n hosta addr add 10.7.0.1/24 dev vlan7
	ip -n hostb addr add 10.7.0.2/24 dev vlan7
	for stripping in on off; do
		within hostb ethtool -K chs2p0 rxvlan $stripping
		check "full-sized ping over a VLAN, stripping $stripping" \
			pings hosta -s 1472 10.7.0.2
		check "TCP over it" transfer hosta 10.7.0.2
	done
	within hostb ethtool -K chs2p0 rxvlan on
	ip -n hosta link del vlan7
	ip -n hostb link del vlan7
}

# refused FILE ERROR TEXT...: one case: none of the texts is to be written to
# the file, for the reason given
refused()
{
	local file=$1 error=$2 text said

	shift 2
	for text; do
		said=$(put "$file" "$text" 2>&1) &&
			said="was not refused"
		[[ $said = *"$error"* ]] || {
			fail "${file##*/} refuses: $error" "'$text': $said"
			return
		}
	done
	pass "${file##*/} refuses: $error ($# texts)"
}

test_bus_refusals()
{
	local invalid="Invalid argument" other

	refused $bus/new_device "$invalid" "" x -1 "1 x" "9 0" "9 17" "9 1 1" \
		65536 "9 -1" "9,1"
	refused $bus/new_device "out of range" 4294967297 "9 4294967297"
	refused $bus/new_device "File exists" 1 "2 2"
	ip link add chs8p1 type dummy
	refused $bus/new_device "File exists" "8 2"
	check_fails "and leaves nothing behind" 1 "does not exist" \
		ip link show chs8p0
	check "nor in sysfs" test ! -e $bus/devices/chimsim8
	refused $bus/del_device "$invalid" "" x "1 1" -1
	refused $bus/del_device "No such file" 77

	at host chs8p1
	other=$where
	refused $bus/link_device "not supported" "$other $other"
	refused $bus/unlink_device "not supported" "$other"
	exec {fd}<&-
	ip link del chs8p1

	at hosta chs1p0
	refused $bus/link_device "$invalid" "" x "$where" "$fd $fd" \
		"$where $where $where" "$where $fd:x" "$where x:1" \
		"$where $fd:-1" "$where -1:1" "$where :" "$where $fd:1:1" \
		"$where 1:1" "$where $where"
	refused $bus/link_device "out of range" "$where $fd:4294967296"
	refused $bus/link_device "No such device" "$where $fd:9999"
	refused $bus/link_device "Bad file descriptor" "$where 99:1"
	refused $bus/unlink_device "$invalid" "" x "$where $where" "$fd" "$fd:0"
	refused $bus/unlink_device "No such device" "$fd:9999"
	exec {fd}<&-
	check_fails "a port is not linked twice" 1 "busy" \
		join hosta chs1p0 hostb chs2p1
	check_fails "nor is another to it" 1 "busy" \
		join hostb chs2p1 hosta chs1p0
	check_fails "a port without a wire is not unlinked" 1 "not connected" \
		part hostb chs2p1
	check "the wire is as it was" pings hosta 10.1.0.2
}

test_port_refusals()
{
	local file invalid="Invalid argument"

	file=$(port 1 0)
	refused "$file/link" "$invalid" "" x 0 upp "up down"
	refused "$file/loss" "$invalid" "" x "1 %" -1
	refused "$file/loss" "out of range" 10001 4294967296
	refused "$file/reorder" "$invalid" "" x "1 %" -1
	refused "$file/reorder" "out of range" 10001 4294967296
	refused "$file/seed" "$invalid" "" x -1
	refused "$file/seed" "out of range" 4294967296
	check_equal "nothing has changed" "up 0 0" \
		"$(cat "$file/link" "$file/loss" "$file/reorder" | xargs)"
}

# A stream that goes on until it is cut. One case: it runs
start_stream()
{
	nsenter --net=/run/netns/hostb socat -u TCP-LISTEN:5003,reuseaddr \
		OPEN:/dev/null >/dev/null 2>&1 &
	stream_ends=($!)
	wait_for 20 listening hostb -t 5003
	nsenter --net=/run/netns/hosta socat -u OPEN:/dev/zero \
		TCP:10.1.0.2:5003 >/dev/null 2>&1 &
	stream_ends+=($!)
	check "a stream runs" wait_for 5 stream_runs
}

stream_runs()
{
	local stat before

	stat chs2p0 rx_bytes
	before=$stat
	sleep 0.1
	stat chs2p0 rx_bytes
	[ "$stat" -gt $((before + 100000)) ]
}

stop_stream()
{
	local pid

	for pid in "${stream_ends[@]}"; do
		stop_process "$pid"
	done
}

# What the cut wire took and what its port, dark, was handed
frames_lost()
{
	local stat cut

	stat chs1p0 wire_cut
	cut=$stat
	stat chs1p0 tx_dropped
	[ $((cut + stat)) -gt 0 ]
}

# A cut takes what is on its way, which can be nothing: six of them, and more
# until one has. Each waits for the stream to run again, or the later ones
# would fall into the silence that follows the first
test_removal()
{
	local round went_on=yes

	start_stream
	for ((round = 1; round <= 60; round++)); do
		put "$(port 1 0)/link" down
		put "$(port 1 0)/link" up
		part hosta chs1p0
		join hosta chs1p0 hostb chs2p0
		wait_for 20 stream_runs || went_on=no
		[ $went_on = yes ] || break
		[ "$round" -lt 6 ] || ! frames_lost || break
	done
	check_equal "it goes on each time the wire was cut" yes $went_on
	check "and lost frames" frames_lost
	check "a device is removed under it" del_device 1
	check_equal "the other end has no carrier" 00 "$(carriers)"
	stop_stream

	check "a device of that number is made again" new_device 1
	ip link set chs1p0 netns hosta
	ip -n hosta addr add 10.1.0.1/24 dev chs1p0
	ip -n hosta link set chs1p0 up
	join hosta chs1p0 hostb chs2p0
	check "ping over it" pings hosta 10.1.0.2

	ip netns del hosta
	check "a namespace that goes leaves its port to the first" \
		wait_for 10 ip link show chs1p0
	check_equal "the port is still linked" chimsim2/port0 \
		"$(cat "$(port 1 0)/peer")"
	ip addr add 10.1.0.1/24 dev chs1p0
	ip link set chs1p0 up
	check "ping from there" pings host 10.1.0.2
	new_netns hosta
	ip link set chs1p0 netns hosta
	ip -n hosta addr add 10.1.0.1/24 dev chs1p0
	ip -n hosta link set chs1p0 up
}

come_and_go()
{
	local i

	for ((i = 0; i < 4; i++)); do
		new_device "$1"
		ip link set "chs$1p0" up
		del_device "$1"
	done
}

link_what_there_is()
{
	local i

	for ((i = 0; i < 8; i++)); do
		join host chs5p0 host chs6p0
		part host chs5p0
		put $bus/devices/chimsim6/port0/link down
	done
}

test_races()
{
	local pids=() pid

	come_and_go 5 >/dev/null 2>&1 &
	pids+=($!)
	come_and_go 6 >/dev/null 2>&1 &
	pids+=($!)
	link_what_there_is >/dev/null 2>&1 &
	pids+=($!)
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	check_equal "devices come and go while others link them" "" \
		"$(cd $bus/devices && echo chimsim[56]* | grep -v '\*')"
}

test_unload()
{
	start_stream
	check "the module is unloaded under it" rmmod chimsim
	stop_stream
	check "its netdevs are gone" test ! -e /sys/class/net/chs1p0
	check "and its bus" test ! -e $bus
}

plan 122
load_modules chimney chimsim
at_exit unload_modules chimsim chimney
ip netns attach host $$ || give_up "cannot name the first namespace"
at_exit ip netns del host
for ns in hosta hostb; do
	new_netns $ns || give_up "cannot make a namespace"
	at_exit ip netns del $ns
done
head -c 1000000 /dev/urandom >"$tmp/sent"
start_receiver hostb

test_devices
test_wire
test_carrier
test_mtu
test_offloads
test_accidents
test_scrubbing
test_bridge
test_vlan
test_bus_refusals
test_port_refusals
test_removal
test_races
test_unload
finish
