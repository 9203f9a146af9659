# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what scene.sh sets
#
# What changes around offloaded connections, and what becomes of them: the cases that
# are the same over both protocols. Read after scene.sh. Streams go from the left to
# $peer, which lies behind the neighbor $right_host: its route can change.

conns=3
icmp=$(program icmp)

# paths_over 4|6: with streams over that protocol
paths_over()
{
	scene_over "$1"
	peer=${far}1
	case $1 in
	4)
		# By a route, by a router's word
		small_mtu=1000 told_mtu=900
		router=$right_host better_hop=$right_other
		elsewhere_net=192.0.2.0/24
		;;
	6)
		small_mtu=1400 told_mtu=1300
		# Routers redirect from, and to, addresses of the link; and say that they
		# are routers, or they are not heard.
		router=fe80::2 better_hop=fe80::3
		right sysctl -qw net.ipv6.conf.all.forwarding=1
		elsewhere_net=2001:db8::/64
		;;
	esac
	streams_forget
	server_start server -l "$(at_port "$any_host" 5000)" -n $conns -u mixed \
		-r 150000
	client_start client -c "$(at_port "$peer" 5000)" -n $conns -u mixed \
		-r 150000
	streams_begin
}

offload_all()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	[ "$(get_port left offload/conns)" = "$conns" ]
}

# offloaded: what comes next is new in the journal. Connections whose losses
# are being mended are refused: once more, then.
offloaded()
{
	wait_for 30 offload_all || {
		cat "$scene/offload"
		return 1
	}
	history_mark left
}

# Each came back for this reason, and for no other.
came_back_for()
{
	history_new left | awk -v reason="$1" -v conns="$conns" '
		$3 == "conn" && $6 == "uploading" {
			n++
			if ($7 != reason) { print "for " $7; bad = 1 }
		}
		END {
			if (n != conns) { print n + 0 " came back"; bad = 1 }
			exit bad
		}'
}

# ends CASE REASON COMMAND...: what the command changes ends the offload
ends()
{
	ends_apart "$@"
	check "$1: the streams go on" streams_go_on
}

# ends_apart CASE REASON COMMAND...: as ends, but the streams cannot go on that way
ends_apart()
{
	check "$1: offloaded" offloaded
	"${@:3}" >"$scene/change" 2>&1 || note "$*: $(cat "$scene/change")"
	check "$1: all come back" settled left 0 0 0
	check "$1: for that reason" came_back_for "$2"
}

# follows CASE UPDATED COMMAND...: what the command changes the target is told, by an
# update of so many objects of that kind, and everything stays offloaded. UPDATED may
# be several words.
follows()
{
	local updated

	read -ra updated <<<"$2"
	check "$1: offloaded" offloaded
	requests_mark left
	"${@:3}" >"$scene/change" 2>&1 || note "$*: $(cat "$scene/change")"
	check "$1: the target is told" wait_for 10 "${updated[@]}"
	check "$1: the streams go on" streams_go_on
	check_equal "$1: and are offloaded still" "$conns 1 1" "$(counts left)"
}

# moved_to NEXT-HOP: the path has another neighbor, the first of which is gone, by
# these requests in this order and no others.
moved_to()
{
	[ "$(ids left neigh "$1" | wc -l)" = 1 ] && [ "$(ids left neigh | wc -l)" = 1 ] &&
		[ "$(requests_new left | awk '$4 !~ /^!/ { printf "%s-%s:%s ", $4, $5, $NF }')" = \
			"initiate-neigh:ok update-path:ok terminate-neigh:ok " ] || {
		requests_new left
		return 1
	}
}

mtu_is()
{
	at left -j show dev "$left_dev" | "$rows" type mtu=0 | grep -qx "path $1"
}

mtu_told()
{
	requests_new left | grep -q ' update path .* ok$' && mtu_is "$1"
}

updated()
{
	requests_new left | grep -q ' update neigh .* ok$'
}

banned()
{
	[ "$(requested left invalidate neigh neigh-unreachable)" = 1 ]
}

decided_for()
{
	history_new left | awk -v reason="$1" '
		$2 == "decision" && $3 == "path" && $7 == reason && $9 == "update" { found = 1 }
		END { exit !found }'
}

# ---- the neighbor ----------------------------------------------------------------

# new_mac: of the right's device; its octets come from nowhere else.
mac=0
new_mac()
{
	mac=$((mac + 1))
	ip -n "$right_ns" link set "$right_dev" address 02:00:00:00:77:0$mac
}

# neigh_known: the left has the right's address.
neigh_known()
{
	ip -n "$left_ns" neigh replace "$right_host" dev "$left_dev" \
		lladdr 02:00:00:00:77:0$mac nud reachable
}

right_gets_mac()
{
	new_mac && neigh_known
}

# The right tells everybody: a gratuitous ARP, an unsolicited advertisement.
right_announces_mac()
{
	case $family in
	4)	right sysctl -qw "net.ipv4.conf.$right_dev.arp_notify=1" ;;
	6)	right sysctl -qw "net.ipv6.conf.$right_dev.ndisc_notify=1" ;;
	esac
	new_mac
}

neigh_is_deleted()
{
	ip -n "$left_ns" neigh del "$right_host" dev "$left_dev"
}

neigh_fails()
{
	ip -n "$left_ns" neigh change "$right_host" dev "$left_dev" nud failed
}

# deaf yes|no: the right does not answer who looks for it.
deaf()
{
	case $family-$1 in
	4-yes)	right sysctl -qw "net.ipv4.conf.$right_dev.arp_ignore=8" ;;
	4-no)	right sysctl -qw "net.ipv4.conf.$right_dev.arp_ignore=0" ;;
	6-yes)
		right nft -f - <<-'END'
			table ip6 deaf {
				chain in {
					type filter hook input priority 0
					icmpv6 type nd-neighbor-solicit drop
				}
			}
		END
		;;
	6-no)	right nft delete table ip6 deaf ;;
	esac
}

# The kernel forgets the neighbor with the carrier and makes a new one, which
# the host has to follow.
short_cut()
{
	local kept

	at left set dev "$left_dev" carrier-lost hold 30s || return 1
	kept=$(counter left holds-kept)
	history_mark left
	set_port left link down
	wait_for 5 decided left carrier-lost hold || return 1
	deaf yes || return 1
	set_port left link up
	wait_for 15 kept_more "$kept" || return 1
	# Its routes are looked at while the next hop does not answer yet.
	wait_for 10 next_hop_sought || return 1
	nap 0.2
	deaf no
	[ "$(get_port left offload/conns)" = "$conns" ]
}

next_hop_sought()
{
	left ip neigh show "$right_host" | grep -q INCOMPLETE
}

# The next hop had to be found again; nothing else is different.
nothing_changed()
{
	! history_new left | grep pmtu-changed
}

kept_more()
{
	[ "$(counter left holds-kept)" -gt "$1" ]
}

# The target asks whether it is reachable; a stale one is looked for, and found.
asks_for_neigh()
{
	local id

	offloaded || return 1
	id=$(ids left neigh)
	ip -n "$left_ns" neigh change "$right_host" dev "$left_dev" nud stale
	echo "reachable $id 4294967295" >"$(probe left)/upcall" || return 1
	wait_for 15 neigh_fresh
	[ "$(get_port left offload/conns)" = "$conns" ]
}

neigh_fresh()
{
	ip -n "$left_ns" neigh show "$right_host" dev "$left_dev" | grep -q REACHABLE
}

# ---- the route -------------------------------------------------------------------

other_next_hop()
{
	ip -n "$left_ns" route add "$peer" via "$right_other"
}

first_next_hop()
{
	ip -n "$left_ns" route del "$peer"
}

smaller_mtu()
{
	ip -n "$left_ns" route add "$peer" via "$right_host" mtu "$small_mtu"
}

# Only what goes to the streams' port takes another way.
rule_by_port()
{
	ip -n "$left_ns" route add "$far_net" via "$right_other" table 100 &&
		ip -n "$left_ns" -"$family" rule add ipproto 6 dport 5000 table 100 &&
		routes_are_new
}

no_rule()
{
	ip -n "$left_ns" -"$family" rule del ipproto 6 dport 5000 table 100 &&
		routes_are_new
}

# Rules of IPv6 are for what is looked up, and no reason to look again.
routes_are_new()
{
	[ "$family" = 4 ] || ip -n "$left_ns" route replace "$far_net" via "$right_host"
}

# Every route is looked at anew when there is another one.
another_route()
{
	ip -n "$left_ns" route add "$elsewhere_net" via "$right_host" || return 1
	! wait_for 5 none_offloaded
}

none_offloaded()
{
	[ "$(get_port left offload/conns)" = 0 ]
}

moved_back()
{
	offload_all
	[ "$(ids left neigh "$right_host" | wc -l)" = 1 ] && [ "$(ids left neigh | wc -l)" = 1 ]
}

another_device()
{
	ip -n "$left_ns" link add dummy7 type dummy 2>/dev/null
	ip -n "$left_ns" link set dummy7 up
	ip -n "$left_ns" route add "$peer" dev dummy7
}

# What routers have said is forgotten.
forget()
{
	ip -n "$left_ns" -"$family" route flush cache
}

loses_address()
{
	ip -n "$left_ns" addr del "$left_host/$net_bits" dev "$left_dev"
}

gets_address()
{
	case $family in
	4)	ip -n "$left_ns" addr add "$left_host/$net_bits" dev "$left_dev" ;;
	6)	scene_addr6 "$left_ns" "$left_dev" "$left_host" ;;
	esac
	ip -n "$left_ns" route replace "$far_net" via "$right_host"
}

# ---- what a router says ----------------------------------------------------------

# says frag MTU | says redirect GATEWAY: to one of the connections: its host's end,
# and what it has sent last
says()
{
	local line what=$1 value=$2 end

	line=$(grep -v '^#' "$(probe left)/conns" | head -n 1)
	[ -n "$line" ] || return 1
	# shellcheck disable=SC2086 # words
	set -- $line
	end=$2
	while [ "$1" != seq ]; do shift; done
	right "$icmp" "$what" "$value" "$router" "$end" "$(at_port "$peer" 5000)" "$2"
}

# Until one of them is in time: the sequence number has to be one in flight.
told_frag()
{
	says frag "$told_mtu"
	nap 0.2
	mtu_is "$told_mtu"
}

router_says_mtu()
{
	wait_for 20 told_frag
}

told_redirect()
{
	says redirect "$better_hop"
	nap 0.2
	[ "$(ids left neigh "$better_hop" | wc -l)" = 1 ]
}

router_redirects()
{
	if [ "$family" = 4 ]; then
		left sysctl -qw net.ipv4.conf.all.accept_redirects=1 \
			net.ipv4.conf."$left_dev".accept_redirects=1 \
			net.ipv4.conf.all.secure_redirects=0 \
			net.ipv4.conf."$left_dev".secure_redirects=0
	fi
	wait_for 20 told_redirect
}

# ---- cases -----------------------------------------------------------------------

# neigh_cases ANNOUNCEMENT: what the right's is called; 17 cases
neigh_cases()
{
	follows "MAC changes" updated right_gets_mac
	follows "$1" updated right_announces_mac
	at left terminate dev "$left_dev" >/dev/null
	ends "neighbor deleted" neigh-unreachable neigh_is_deleted
	requests_mark left
	ends "neighbor fails" neigh-unreachable neigh_fails
	check "neighbor fails: the target was to stop sending at once" banned
}

# route_cases: what the target can follow; 38 cases
route_cases()
{
	follows "other next hop" "moved_to $right_other" other_next_hop
	check "other next hop: why" decided_for route-changed
	history_mark left
	follows "first next hop" "moved_to $right_host" first_next_hop
	follows "rule by port" "moved_to $right_other" rule_by_port
	check "rule by port: another route changes nothing" another_route
	follows "no rule" "moved_to $right_host" no_rule
	follows "smaller MTU" "mtu_told $small_mtu" smaller_mtu
	check "smaller MTU: why" decided_for pmtu-changed
	follows "larger MTU" "mtu_told 1500" first_next_hop
	follows "a router says the MTU" "mtu_told $told_mtu" router_says_mtu
	forget
	check "and what it said is forgotten" wait_for 15 mtu_is 1500
	follows "a router names another next hop" "moved_to $better_hop" router_redirects
	check "a router names another next hop: why" decided_for redirected
	forget
	check "and forgets it" wait_for 15 moved_back
	at left terminate dev "$left_dev" >/dev/null
}

# address_cases: 4 cases
address_cases()
{
	ends_apart "address removed" address-removed loses_address
	gets_address
	check "address back: the streams go on" streams_go_on
}

# cut_cases: 5 cases
cut_cases()
{
	check "short cut: offloaded" offloaded
	check "short cut: they stay on the NIC" short_cut
	check "short cut: and their path is as it was" nothing_changed
	requests_mark left
	right_gets_mac
	check "short cut: then the MAC changes, and the target is told" wait_for 10 updated
	check "short cut: the streams go on" streams_go_on
}

# path_end: 3 cases
path_end()
{
	streams_stop "every octet is right"
	check_equal "no state was lost" 0 "$(counter left lost)"
	scene_fair "the hosts broke no rule"
}
