#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Bad input over netlink: what does not exist, wrong types, attributes missing
# and oversized, messages broken, callers that may not, another network
# namespace's objects. Each gets a clear error and changes nothing.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"

plan 107
load_modules chimney chimnull
dev=chimnull0
sys=/sys/class/net/$dev/chimney
nlraw=$(program nlraw)
ip link set $dev up || give_up "no $dev"
wait_value 10 "" cat $sys/closed || give_up "$dev takes no offloads"
index=$(cat /sys/class/net/$dev/ifindex)
tmp=$(mktemp -d)
at_exit rm -rf "$tmp"

# Something that bad input could harm
at_exit chim terminate all
chim offload 10.0.0.1:22 10.0.0.2:1001 10.0.0.1:22 10.0.0.2:1002 \
	dev $dev nexthop 10.0.0.2 >/dev/null || give_up "cannot offload"
mapfile -t ids < <(chim -j show | jq '.[0].tree[0] |
	.paths[0].conns[0].id, .paths[0].id, .id')
conn=${ids[0]} path=${ids[1]} neigh=${ids[2]}

# All that could have changed. The journal tells of every change.
state()
{
	chim -j history last 1
	(cd $sys && cat neighs paths conns state settings/*)
}
state >"$tmp/before"

# refused NAME ERRNO PATTERN REQUEST...
refused()
{
	check_fails "$1" 1 "^errno $2 .*$3" "$nlraw" "${@:4}"
}
# allowed NAME MESSAGES REQUEST...
allowed()
{
	check_fails "$1" 0 "^errno 0 messages $2\$" "$nlraw" "${@:3}"
}

# The means itself: it can ask what is right, and is answered.
allowed "nlraw: one target" 1 target-get "ifindex=$index"
allowed "nlraw: a dump of objects" 4 -d object-get
allowed "nlraw: a dump of one layer" 2 -d object-get "ifindex=$index" type=2
allowed "nlraw: an object" 1 object-get "id=$conn"
allowed "nlraw: an entry of the journal" 1 journal-get "ifindex=$index" seq=1
allowed "nlraw: counters" 1 stats-get "ifindex=$index"
allowed "nlraw: the check" 1 check "ifindex=$index"

# ---- what does not exist -------------------------------------------------

refused "no such object" ENOENT 'there is no object with this id.*at id ' object-get id=999999
refused "no such object to terminate" ENOENT 'there is no object.*at id ' terminate id=999999
refused "one of several is not there" ENOENT 'there is no object.*at id ' \
	terminate "id=$conn" id=999999 "id=$path"
refused "the greatest id" ENOENT 'there is no object' terminate id=18446744073709551615
refused "no id 0" ENOENT 'there is no object' terminate id=0
for command in target-get stats-get check; do
	refused "$command: no such target" ENODEV 'ifindex is of no offload target.*at ifindex ' \
		$command ifindex=2147483647
done
refused "target-set: no such target" ENODEV 'of no offload target' \
	target-set ifindex=2147483647 'settings[' divert-max=65536 ']'
refused "journal-get: no such target" ENODEV 'of no offload target' journal-get ifindex=2147483647 seq=1
refused "offload: no such target" ENODEV 'of no offload target' offload ifindex=2147483647
refused "terminate: no such target" ENODEV 'of no offload target' terminate ifindex=2147483647
refused "a device that is no target" ENODEV 'of no offload target' terminate ifindex=1
for command in target-get object-get stats-get journal-get; do
	refused "$command: a dump of no target" ENODEV 'of no offload target' -d $command ifindex=1
done
refused "no such entry" ENOENT 'no such entry.*at seq ' journal-get "ifindex=$index" seq=999999
refused "no entry 0" ENOENT 'no such entry' journal-get "ifindex=$index" seq=0
refused "no such connection to offload" ENOENT 'there is no such established TCP connection.*at match ' \
	offload 'match[' saddr=10.9.9.9 daddr=10.9.9.8 sport=1 dport=2 ']'
refused "no such connection to terminate" ENOENT 'this connection is not offloaded.*at match ' \
	terminate 'match[' saddr=10.9.9.9 daddr=10.9.9.8 sport=1 dport=2 ']'
refused "no such command" EOPNOTSUPP '' 99
refused "an event is no command" EOPNOTSUPP '' event

# ---- what is missing -----------------------------------------------------

refused "target-get: no ifindex" EINVAL 'ifindex is missing' target-get
refused "target-set: no ifindex" EINVAL 'ifindex is missing' target-set 'settings[' divert-max=65536 ']'
refused "target-set: no settings" EINVAL 'settings is missing' target-set "ifindex=$index"
refused "target-set: empty settings" EINVAL 'settings is empty.*at settings ' \
	target-set "ifindex=$index" 'settings[' ']'
refused "object-get: no id" EINVAL 'id is missing' object-get
refused "journal-get: no seq" EINVAL 'seq is missing' journal-get "ifindex=$index"
refused "check: no ifindex" EINVAL 'ifindex is missing' check
refused "offload: nothing chosen" EINVAL 'nothing is chosen' offload
refused "terminate: nothing chosen" EINVAL 'nothing is chosen' terminate
refused "terminate: nothing but if-unused" EINVAL 'nothing is chosen' terminate if-unused=
refused "an empty match" EINVAL 'match is empty.*at match ' terminate 'match[' ']'
refused "a rule without an action" EINVAL 'action is missing.*at settings rule ' \
	target-set "ifindex=$index" 'settings[' 'rule[' reason=15 hold-ms=5 ']' ']'
refused "hold without a time" EINVAL 'hold-ms is missing.*at settings rule ' \
	target-set "ifindex=$index" 'settings[' 'rule[' reason=15 action=1 ']' ']'
refused "a connection made up, half of it" EINVAL 'wants saddr, daddr, sport, dport and nexthop.*at match ' \
	offload "ifindex=$index" 'match[' saddr=10.0.0.1 nexthop=10.0.0.2 ']'
refused "a connection made up, on no target" EINVAL 'wants ifindex.*at match ' \
	offload 'match[' saddr=10.0.0.1 daddr=10.0.0.2 sport=1 dport=2 nexthop=10.0.0.2 ']'

# ---- what does not go together, or is out of range -----------------------

refused "all, and some" EINVAL 'all leaves nothing to choose' terminate all= "id=$conn"
refused "if-unused with all" EINVAL 'if-unused goes with id or match' terminate all= if-unused=
refused "hold-ms without hold" EINVAL 'hold-ms goes with action hold alone.*at settings rule hold_ms ' \
	target-set "ifindex=$index" 'settings[' 'rule[' reason=15 action=0 hold-ms=5 ']' ']'
refused "a bad setting behind a good one" EINVAL 'terminate-ms is out of range: 100 to 600000.*at settings terminate_ms ' \
	target-set "ifindex=$index" 'settings[' divert-max=65536 terminate-ms=1 ']'
refused "an action that is not for setting" EINVAL 'this action cannot be set.*at settings rule ' \
	target-set "ifindex=$index" 'settings[' 'rule[' reason=15 action=3 ']' ']'
refused "a rule for no reason" EINVAL 'reason is missing.*at settings rule ' \
	target-set "ifindex=$index" 'settings[' 'rule[' action=0 ']' ']'
refused "two rules for a reason" EINVAL 'reason is named more than once.*at settings rule ' \
	target-set "ifindex=$index" 'settings[' 'rule[' reason=15 action=0 ']' 'rule[' reason=15 action=2 ']' ']'
refused "no such reason" ERANGE '.*at settings rule reason ' \
	target-set "ifindex=$index" 'settings[' 'rule[' reason=60 action=0 ']' ']'
refused "defaults of a device" EINVAL 'defaults are of no device' \
	target-set "ifindex=$index" defaults= 'settings[' divert-max=65536 ']'
refused "half a range" EINVAL 'dport-min and dport-max go together.*at rule ' \
	rules-set 'rule[' verdict=1 dport-min=1 ']'
refused "a prefix that is too long" EINVAL 'saddr-len of an IPv4 prefix is at most 32.*at rule ' \
	rules-set 'rule[' verdict=1 saddr=10.0.0.1 saddr-len=33 ']'
refused "a prefix of IPv6 that is too long" ERANGE '.*at rule saddr_len ' \
	rules-set 'rule[' verdict=1 saddr=fd77::1 saddr-len=129 ']'
refused "a rule for two protocols" EINVAL 'of different protocols.*at rule ' \
	rules-set 'rule[' verdict=1 saddr=10.0.0.0 saddr-len=8 daddr=fd77:: daddr-len=64 ']'
refused "ends of two protocols" EINVAL 'of different protocols.*at match daddr ' \
	terminate 'match[' saddr=10.0.0.1 daddr=fd77::1 sport=1 dport=2 ']'
refused "a rule that says what is shown" EINVAL 'number and hits are shown, not set.*at rule ' \
	rules-set 'rule[' verdict=1 hits=1 ']'
refused "a rule that says nothing" EINVAL 'verdict is missing.*at rule ' \
	rules-set 'rule[' dport-min=1 dport-max=1 ']'
refused "no such rule" ENOENT 'there is no rule of this number' rules-get number=70000
refused "try: half a connection" EINVAL 'try wants saddr, daddr, sport and dport' \
	try saddr=10.0.0.1
refused "try: no such connection" ENOENT 'there is no such established TCP connection' \
	try saddr=10.0.0.1 daddr=10.0.0.2 sport=1 dport=1
refused "no such action" ERANGE '.*at settings rule action ' \
	target-set "ifindex=$index" 'settings[' 'rule[' reason=15 action=5 ']' ']'
refused "no such layer" ERANGE '.*at type ' -d object-get type=3
refused "no ifindex 0" ERANGE '.*at ifindex ' target-get ifindex=0
refused "a VLAN beyond the last" EINVAL 'vlan is out of range: 0 to 4094.*at match ' \
	offload "ifindex=$index" 'match[' saddr=10.0.0.1 daddr=10.0.0.2 sport=1 dport=2 nexthop=10.0.0.2 vlan=4095 ']'
refused "an MTU too small" EINVAL 'mtu is out of range: 68 to 65535.*at match ' \
	offload "ifindex=$index" 'match[' saddr=10.0.0.1 daddr=10.0.0.2 sport=1 dport=2 nexthop=10.0.0.2 mtu=67 ']'
refused "an MTU too small for IPv6" EINVAL 'mtu is out of range: 1280 to 65535.*at match ' \
	offload "ifindex=$index" 'match[' saddr=fd77::1 daddr=fd77::2 sport=1 dport=2 nexthop=fd77::2 mtu=1279 ']'
refused "a next hop chooses nothing" EINVAL 'nexthop, vlan and mtu choose nothing.*at match ' \
	terminate 'match[' saddr=10.0.0.1 nexthop=10.0.0.2 ']'
refused "an object in use, if unused" EBUSY 'other objects depend on it.* messages 2' \
	terminate "id=$conn" "id=$neigh" if-unused=

# ---- what is broken ------------------------------------------------------

refused "a number too short" EINVAL '.*at id ' terminate id:u32=1
refused "a number too long" EINVAL '.*at ifindex ' terminate ifindex:u64=1
refused "a port too long" EINVAL '.*at match sport ' terminate 'match[' sport:u32=22 ']'
refused "an address too long" EINVAL '.*at match saddr ' terminate 'match[' saddr:hex=0102030405 ']'
refused "a flag with a value" ERANGE '.*at all ' terminate all:u32=1
refused "a nest that says it is none" EINVAL '.*at match ' terminate 'match{' sport=22 '}'
refused "a number for a nest" EINVAL '.*at match ' terminate match:u32=22
refused "junk in a nest" EINVAL '.*at match' terminate match:hex=ffffff
refused "an attribute nobody knows" EINVAL '.*Unknown attribute' terminate 99:u32=1
refused "one that is not for this command" EINVAL '' offload "id=$conn"
refused "one that only answers have" EINVAL '' terminate accepted=1
refused "octets behind the end" EINVAL '' -j 3 terminate "id=$conn"
refused "the reserved field" EINVAL '.*reserved' -r terminate "id=$conn"
check_fails "a message cut short" 1 '^errno EINVAL' "$nlraw" -l 4 terminate "id=$conn"

# ---- who may not ---------------------------------------------------------

as_user()
{
	setpriv --reuid user --regid user --clear-groups "$@"
}
without_cap()
{
	setpriv --bounding-set -net_admin "$@"
}
for request in "terminate id=$conn" "offload all=" "target-set ifindex=$index"; do
	# shellcheck disable=SC2086 # words
	check_fails "a user may not ${request%% *}" 1 '^errno EPERM' as_user "$nlraw" $request
done
check_fails "nor root without CAP_NET_ADMIN" 1 '^errno EPERM' without_cap "$nlraw" terminate "id=$conn"
check_fails "nor over sysfs" 1 'Operation not permitted' \
	without_cap bash -c "echo $conn >$sys/terminate"
check_fails "nor a user over sysfs" 1 'Permission denied' \
	as_user bash -c "echo $conn >$sys/terminate"
check_fails "the tool says so" 1 'this takes root, or CAP_NET_ADMIN' as_user "$chim" terminate "$conn"
check_fails "a user may look" 0 '^errno 0 messages 4$' as_user "$nlraw" -d object-get

# ---- another network namespace -------------------------------------------

ip netns add other || give_up "cannot add a network namespace"
at_exit ip netns del other
other()
{
	ip netns exec other "$@"
}
for command in target-get object-get stats-get journal-get; do
	check_fails "other netns: $command sees nothing" 0 '^errno 0 messages 0$' other "$nlraw" -d $command
done
check_fails "other netns: no object" 1 '^errno ENOENT' other "$nlraw" object-get "id=$conn"
check_fails "other netns: nothing to terminate" 1 '^errno ENOENT' other "$nlraw" terminate "id=$conn"
check_fails "other netns: all is nothing" 0 '^errno 0 messages 1$' other "$nlraw" terminate all=
check_fails "other netns: no target" 1 '^errno ENODEV' \
	other "$nlraw" target-set "ifindex=$index" 'settings[' divert-max=65536 ']'
check_fails "own user namespace: nothing to terminate" 1 '^errno ENOENT' \
	as_user unshare --user --map-root-user --net "$nlraw" terminate "id=$conn"

state >"$tmp/after"
check "nothing has changed" diff "$tmp/before" "$tmp/after"
check_equal "nor is anything wrong" 0 "$(chim -j check | jq '.[0].faults')"

# Who listens there hears nothing; that there is something to hear shows here.
ip netns exec other "$nlraw" -e >"$tmp/other" &
at_exit stop_process $!
"$nlraw" -e >"$tmp/own" &
at_exit stop_process $!
wait_for 5 grep -q listening "$tmp/other" && wait_for 5 grep -q listening "$tmp/own" &&
	chim terminate "$conn" >/dev/null
check "own netns: hears" wait_for 10 grep -qx event "$tmp/own"
check "other netns: hears nothing" wait_for 20 grep -qx 'no event' "$tmp/other"

finish
