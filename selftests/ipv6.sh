#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Connections over IPv6: how they are named and told of, rules for them, how they end,
# and what only IPv6 has. Extension headers; addresses of a link, which may be the same
# on another link; sockets of IPv6 with an IPv4 peer beside others; IPv4 over a next hop
# with an IPv6 address. More over IPv6: handover6.sh, network6.sh, and in steer.sh,
# close.sh, exact.sh, firewall.sh and admission.sh.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/hands.sh
. "$selftests/lib/hands.sh"

plan 70
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build
scene_over 6

# says PATTERN COMMAND...: the tool, of the left host
says()
{
	local output

	output=$(at left "${@:2}" 2>&1)
	echo "$output"
	grep -qE -- "$1" <<<"$output"
}

# says_words TEXT COMMAND...: the same, word by word
says_words()
{
	local output

	output=$(at left "${@:2}" 2>&1)
	echo "$output"
	grep -qF -- "$1" <<<"$output"
}

# moves COUNTS VERB WORDS...: it does what it is asked, and that many connections,
# paths and neighbors are offloaded then. A socket may be busy: once more, then.
moves()
{
	local counts _

	read -ra counts <<<"$1"
	for _ in 1 2 3; do
		at left "${@:2}"
		wait_for 3 has_counts left "${counts[@]}" && return
	done
	objects left
	return 1
}

hands_open || give_up "cannot connect"
octets_pass || give_up "nothing gets through"
read -r own peer <<<"$tuple"

# ---- what has to be there ------------------------------------------------------

# Whoever used it before does so no more.
without_gatherer()
{
	modprobe -qr nft_ct nft_nat nft_chain_nat nf_nat nf_conntrack nf_defrag_ipv6
	[ ! -d /sys/module/nf_defrag_ipv6 ] &&
		! grep -q '/nf_defrag_ipv6\.ko' "/lib/modules/$(uname -r)/modules.builtin"
}
loader=$(sysctl -n kernel.modprobe)
at_exit sysctl -qw kernel.modprobe="$loader"
sysctl -qw kernel.modprobe=/bin/false
if without_gatherer; then
	check_fails "fragments cannot be gathered: it stays in the host" 1 \
		'fragments of IPv6 cannot be gathered: load nf_defrag_ipv6' \
		at left offload "$own" "$peer"
	check "and goes on there" octets_pass
else
	skip "fragments cannot be gathered: it stays in the host" "they always are"
	skip "and goes on there" "they always are"
fi
sysctl -qw kernel.modprobe="$loader"

# ---- names -------------------------------------------------------------------

port=${own##*:}
note "$tuple"
check "try: by its ends" says 'takes what an administrator names' try "$own" "$peer"
check "offload: by its ends" says_words " $tuple: offloaded in " offload "$own" "$peer"
check "octets pass" octets_pass

tree()
{
	objects left | cut -d' ' -f 1,4,7-9
}
check_equal "show: three layers" "neigh offloaded fd77::2 - -
path offloaded fd77::1 fd77::2 -
conn offloaded fd77::1 fd77::2 7000" "$(tree)"

text_tree()
{
	at left show | tee /dev/stderr | awk -v tuple="$tuple" '
	/ neigh [0-9]+ fd77::2 lladdr [0-9a-f:]+ offloaded, 1 path$/ { n++ }
	/ path [0-9]+ fd77::1 fd77::2 mtu 1500 offloaded, 1 connection$/ { n++ }
	index($0, " " tuple " offloaded for ") { n++ }
	END { exit n != 3 }'
}
check "show: text" text_tree
check_equal "show: its port" "$port" \
	"$(at left -j show | "$rows" type sport=0 | sed -n 's/^conn //p')"
check "ip neigh shows that the neighbor is offloaded" \
	grep -qw offload <(left ip neigh show $right_addr6)
check "ss shows that the connection is" grep -qw chimney <(left ss -tinHO)
check "explain: by its ends" says 'an administrator asked for it' explain "$own" "$peer"
check "explain: by its number" says_words "$tuple" explain "$(ids left conn)"
check "terminate: by the host's address" moves "0 0 0" terminate src $left_addr6
check "explain: why it ended" says 'its offload ended .* for administrator' \
	explain "$own" "$peer"
check "history: has its name" says_words "$tuple" history
check "offload: by the peer's end" moves "1 1 1" offload dst "[$right_addr6]:7000"
check "terminate: by its number" moves "0 0 0" terminate "$(ids left conn)"
check "offload: by the peer's address and port" moves "1 1 1" \
	offload dst $right_addr6 dport 7000
check "terminate: by the neighbor's number" moves "0 0 0" \
	terminate "$(ids left neigh $right_addr6)"

sys=/sys/class/net/$left_dev/chimney
by_sysfs()
{
	left bash -c "echo '$tuple' >$sys/offload" && settled left 1 1 1 &&
		left bash -c "echo '$tuple' >$sys/terminate" && settled left 0 0 0
}
check "sysfs: by its ends" by_sysfs
check_fails "ends of two protocols" 2 'different protocols' \
	at left offload "$own" $right_addr:7000
check_fails "one that is not there" 1 \
	'\[fd77::1\]:5 \[fd77::2\]:6: there is no such established TCP connection' \
	at left offload "[$left_addr6]:5" "[$right_addr6]:6"
check "it works all the while" octets_pass
hands_close

# ---- rules -------------------------------------------------------------------

rules()
{
	printf '%s\n' "$@" >"$scene/rules"
	at left policy load "$scene/rules"
}

at left set dev $left_dev admission auto
rules 'offload to fd77::/64 dport 7000' 'never to ::/0' 'default offload'
check "rules: as they were given" says '^offload to fd77::/64 dport 7000 ' rules
hands_open || give_up "cannot connect"
octets_pass || give_up "nothing gets through"
read -r own peer <<<"$tuple"
check "rules: a prefix of IPv6 chooses it" settled left 1 1 1
check "rules: explain says so" says 'rule 1 of admission chose it' explain "$own" "$peer"
hands_close
rules 'offload to fd78::/64' 'never to ::/0' 'default offload'
hands_open || give_up "cannot connect"
octets_pass || give_up "nothing gets through"
read -r own peer <<<"$tuple"
check "rules: another prefix does not" says 'rule 2 keeps it in the host' \
	try "$own" "$peer"
hands_close
scene_over 4
hands_open || give_up "cannot connect"
octets_pass || give_up "nothing gets through"
check "rules: nor do those of IPv6 speak of IPv4" settled left 1 1 1
hands_close
scene_over 6
check_fails "rules: bits beyond the prefix" 1 'saddr has bits beyond' \
	rules 'never from fd77::1/64' 'default never'
at left set dev $left_dev admission manual
rules 'default never'

# ---- ends --------------------------------------------------------------------

urgent_cases

ends_cases

begin
right_does linger >/dev/null
exec {right_in}>&-
check "a reset from the peer is the application's error" \
	left_does error 0 "ok ECONNRESET"
exec {right_in}>/dev/null
hands_close

# ---- extension headers (40) --------------------------------------------------

begin
check "packets with destination options arrive" with_options
check "for them the connection comes home" came_home extension-header
check "and is offloaded again, since the options are the peer's" offload
check "and the next of them arrive as well" with_options
hands_close

# ---- sockets of either kind (44) ---------------------------------------------

# all_there CONNECTIONS PATHS NEIGHBORS: at both ends
all_there()
{
	local side

	for side in left right; do
		at "$side" offload dev "$(dev_of "$side")" >>"$scene/offload" 2>&1
	done
	has_counts left "$@" && has_counts right "$@"
}

# both_there CONNECTIONS PATHS NEIGHBORS: it comes to that
both_there()
{
	: >"$scene/offload"
	wait_for 20 all_there "$@" && return
	cat "$scene/offload"
	objects left
	objects right
	return 1
}

users=(-u mixed -r 100000)
streams_forget
server_start server -l "[::]:5000" -n 5 "${users[@]}"
client_start native -c "[$right_addr6]:5000" -n 2 "${users[@]}"
client_start far -c "[fd88::1]:5000" "${users[@]}"
client_start mapped -c "[::ffff:$right_addr]:5000" "${users[@]}"
client_start plain -c $right_addr:5000 "${users[@]}"
streams_begin
check "IPv6, IPv4, and IPv4 of IPv6 sockets: all are offloaded" both_there 5 3 2
check_equal "what lies behind a neighbor depends on it" 2 \
	"$(objects left | awk -v id="$(ids left neigh $right_addr6)" \
		'$1 == "path" && $3 == id { n++ } END { print n + 0 }')"
check_equal "IPv4 is told as what it is" 2 "$(ids left conn $right_addr | wc -l)"
check "terminate: of a process" moves "3 2 2" terminate pid "${client_pids[0]}"
check "offload: of a process" moves "5 3 2" offload pid "${client_pids[0]}"
check "terminate: of a process with an IPv6 socket, over IPv4" moves "4 3 2" \
	terminate pid "${client_pids[2]}"
check "they move at random" move_both 60 10
check "they go on" streams_go_on
streams_stop "every octet is right"

# ---- addresses of a link (41) ------------------------------------------------

# Two links, with the same addresses on both, and the same ports
for side in left right; do
	case $side in
	left)	addr=fe80::1 ;;
	right)	addr=fe80::2 ;;
	esac
	ip -n "$(ns_of $side)" link add link "$(dev_of $side)" name v5 type vlan id 5 &&
		ip -n "$(ns_of $side)" link set v5 up &&
		scene_addr6 "$(ns_of $side)" v5 "$addr" || give_up "there are no VLANs"
done
left sysctl -qw net.ipv4.ip_local_port_range="40000 40000"
streams_forget
server_start server -l "[::]:5000" -n 2 "${users[@]}"
client_start one -c "[fe80::2%$left_dev]:5000" "${users[@]}"
client_start other -c "[fe80::2%v5]:5000" "${users[@]}"
left sysctl -qw net.ipv4.ip_local_port_range="32768 60999"
streams_begin
check_equal "two links: the same addresses and ports on both" "40000 40000" \
	"$(left ss -Htn dport = :5000 |
		sed -n 's/.*fe80::1.*:\(40000\) .*/\1/p' | paste -sd ' ')"
check "two links: both are offloaded" both_there 2 2 2
check_equal "two links: each has its neighbor" 2 "$(ids left neigh fe80::2 | wc -l)"
check_equal "two links: one of them in a VLAN" "0 5" \
	"$(at left -j show | "$rows" type vlan=0 | sed -n 's/^neigh //p' | sort |
		paste -sd ' ')"
one_goes_home()
{
	at left terminate "$(ids left conn | head -n 1)" && settled left 1 1 1 &&
		streams_go_on
}
check "two links: one goes home, the other stays" one_goes_home
check "two links: they move at random" move_both 30 10
streams_stop "two links: every octet is right"
for side in left right; do
	ip -n "$(ns_of $side)" link del v5
done

# ---- IPv4 over IPv6 ----------------------------------------------------------

ip -n $right_ns addr add 10.99.0.1/32 dev lo
ip -n $left_ns route add 10.99.0.0/24 via inet6 $right_addr6 dev $left_dev ||
	give_up "IPv4 has no routes over IPv6 here"
streams_forget
server_start server -l "[::]:5000" -n 2 "${users[@]}"
client_start over -c 10.99.0.1:5000 "${users[@]}"
client_start native -c "[$right_addr6]:5000" "${users[@]}"
streams_begin
both_over_one()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	has_counts left 2 2 1
}
check "IPv4 over IPv6: both protocols share a neighbor" wait_for 20 both_over_one
check_equal "IPv4 over IPv6: which has an IPv6 address" 1 \
	"$(ids left neigh $right_addr6 | wc -l)"
check_equal "IPv4 over IPv6: the path is IPv4's" 1 "$(ids left path 10.99.0.1 | wc -l)"
check "IPv4 over IPv6: they go on" streams_go_on
check "IPv4 over IPv6: the neighbor takes both home" moves "0 0 0" \
	terminate "$(ids left neigh $right_addr6)"
check "IPv4 over IPv6: they move at random" move_both 30 10
streams_stop "IPv4 over IPv6: every octet is right"

check_equal "no state was lost" "0 0" "$(counter left lost) $(counter right lost)"
scene_fair "the hosts broke no rule"
finish
