#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The faces: every verb of the tool, as text and as JSON; the same over sysfs;
# events and tracepoints; what a refusal says and that it changes nothing. On
# the null target, with connections that are made up.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"

plan 110
load_modules chimney chimnull
dev=chimnull0
sys=/sys/class/net/$dev/chimney
export LC_ALL=C
ip link set $dev up || give_up "no $dev"
tmp=$(mktemp -d)
at_exit rm -rf "$tmp"

# target FILTER: of what the tool says of the target
target()
{
	chim -j target show dev $dev | jq -rc ".[0] | $1"
}
wait_value 10 "" cat $sys/closed || give_up "$dev takes no offloads"

# facts FILTER...: reads JSON once, and makes each filter's line of output an
# element of the array fact
facts()
{
	local filter

	filter=$(printf ', (%s)' "$@")
	mapfile -t fact < <(jq -rc "${filter#, }")
}

# made_up N...: offload connections, each to the port 1000 + N
made_up()
{
	local n words=()

	for n; do
		words+=(10.0.0.1:22 "10.0.0.2:$((1000 + n))")
	done
	chim "${options[@]}" offload "${words[@]}" dev $dev nexthop 10.0.0.2
}
options=()

counts()
{
	cat $sys/neighs $sys/paths $sys/conns | paste -sd ' '
}

# tree FILTER: of the tree as it is now
tree()
{
	chim -j show dev $dev | jq -rc ".[0] | $1"
}

# ---- offload and show ----------------------------------------------------

made_up 1 2 3 >"$tmp/out"
check_equal "offload: exit status" 0 $?
check "offload: text" grep -qE '^conn [0-9]+ 10.0.0.1:22 10.0.0.2:1001: offloaded in [0-9.]+ .?s$' "$tmp/out"
check_equal "offload: sum" "3 offloaded" "$(tail -n 1 "$tmp/out")"
chim -j show dev $dev >"$tmp/tree"
# shellcheck disable=SC2016 # for jq
facts '.[0].tree | "\(length) \(.[0].paths | length) \(.[0].paths[0].conns | length)"' \
	'.[0] | "\(.neighs) \(.paths) \(.conns)"' \
	'.[0].tree[0] | "\(.refcount) \(.paths[0].refcount) \(.paths[0].conns[0].refcount)"' \
	'.[0].tree[0] | keys | join(" ")' \
	'.[0].tree[0].paths[0] | keys | join(" ")' \
	'.[0].tree[0].paths[0].conns[0] | keys | join(" ")' \
	'.[0].tree[0].paths[0].conns[0] |
		"\(.type) \(.state) \(.saddr):\(.sport) \(.daddr):\(.dport) \(.status) \(.reason) \(.closing)"' \
	'.[0].tree[0].id' '.[0].tree[0].paths[0].id' \
	'.[0].tree[0].paths[0].conns[0].id' <"$tmp/tree"
check_equal "show: the tree" "1 1 3" "${fact[0]}"
check_equal "show: its counts" "1 1 3" "${fact[1]}"
check_equal "show: sysfs has the same" "1 1 3" "$(counts)"
check_equal "show: reference counts" "1 3 0" "${fact[2]}"
check_equal "show: members of a neighbor" \
	"age_ns closing id ifindex nexthop paths reason refcount state status took_ns type" \
	"${fact[3]}"
check_equal "show: members of a path" \
	"age_ns closing conns daddr id ifindex mtu parent reason refcount saddr state status took_ns type" \
	"${fact[4]}"
check_equal "show: members of a connection" \
	"age_ns closing daddr divert_drops diverted dport forwarded id ifindex parent priority reason refcount rx_octets saddr sport state status took_ns tx_octets type window_octets" \
	"${fact[5]}"
check_equal "show: their values" \
	"conn offloaded 10.0.0.1:22 10.0.0.2:1001 ok none false" "${fact[6]}"
neigh=${fact[7]} path=${fact[8]} conn=${fact[9]}

text_tree()
{
	chim show dev "$dev" | tee /dev/stderr | awk '
	NR == 1 && /^chimnull0: chimnull ready, 1 neighbor, 1 path, 3 connections$/ { n++ }
	NR == 2 && /^`- neigh [0-9]+ 10\.0\.0\.2 offloaded, 1 path$/ { n++ }
	NR == 3 && /^   `- path [0-9]+ 10\.0\.0\.1 10\.0\.0\.2 mtu 1500 offloaded, 3 connections$/ { n++ }
	NR > 3 && /^      [|`]- conn [0-9]+ 10\.0\.0\.1:22 10\.0\.0\.2:100[123] offloaded for [0-9.]+ [a-z]+, out 0 B, in 0 B$/ { n++ }
	END { exit n != 6 || NR != 6 }'
}
check "show: text" text_tree

# Every member that JSON has, the details have with the same value.
same_details()
{
	local member missing=0

	chim -d show dev "$dev" >"$tmp/details"
	while read -r member; do
		grep -q " $member\\b" "$tmp/details" || {
			echo "no '$member'"
			missing=1
		}
	done < <(jq -r '.[0].tree[0].paths[0].conns[0] | del(.age_ns) |
		to_entries[] | "\(.key) \(.value)"' <"$tmp/tree")
	return "$missing"
}
check "show: details have what JSON has" same_details
check_equal "no verb is show" "$(chim show | sed 's/for .*//')" "$(chim | sed 's/for .*//')"
check_equal "a verb may be abbreviated" "$(chim target)" "$(chim ta)"
chim -jp target >"$tmp/out"
check_equal "JSON may be indented" "$(chim -j target | tr -d ' \n')" "$(tr -d ' \n' <"$tmp/out")"
check "it is, then" test "$(wc -l <"$tmp/out")" -gt 10
options=(-j)
check_equal "offload: JSON" "10.0.0.1 22 10.0.0.2 1004 conn offloaded ok none true true" \
	"$(made_up 4 | jq -r '.[] | "\(.saddr) \(.sport) \(.daddr) \(.dport) \(.type) \(.result) \(.status) \(.reason) \(.took_ns > 0) \(.id > 0)"')"
options=(--no-wait)
check_equal "offload: without waiting" "1 pending" \
	"$(made_up 5 | tail -n 1 | sed 's/0 offloaded, //')"
check "offload: and done soon" wait_value 5 5 cat $sys/conns
check_equal "offload: priority, VLAN, MTU" "7 9 1400" "$(
	chim offload 10.0.0.1:22 10.9.0.2:1 dev $dev nexthop 10.0.0.9 vlan 9 mtu 1400 priority 7 >/dev/null
	tree '.tree[1] | "\(.paths[0].conns[0].priority) \(.vlan) \(.paths[0].mtu)"')"

# ---- target, set ---------------------------------------------------------

check_equal "target: JSON" '["chimnull0","chimnull","ready",["detached"],2,2,6]' \
	"$(target '[.ifname, .kind, .state, .caps, .neighs, .paths, .conns]')"
check "target: text" grep -qx '   initiate-ms 10 s' <(chim target)
# Every number, each with a value of its own, as the tool takes it and as it is
setting_names="initiate-ms terminate-ms divert-max update-ms max-conns max-history \
window-ms min-sent min-received hysteresis min-stay-ms admission backoff-ms \
backoff-max-ms backoff-decay-ms rest-failures rest-ms"
given="2s 3s 1m 4s 500 100 5s 64k 128k 30 7s auto 20ms 9s 8s 3 6s"
values="2000 3000 1048576 4000 500 100 5000 65536 131072 30 7000 auto 20 9000 8000 3 6000"
others="1500 1600 65536 1700 900 200 101 0 0 0 0 manual 11 5001 102 0 13"

pairs()
{
	paste -d ' ' <(tr ' ' '\n' <<<"$setting_names") <(tr ' ' '\n' <<<"$1")
}

# What is set, by netlink: the numbers, then two of the rules
settings_shown()
{
	target '.settings | ([to_entries[] | select(.key != "rule") | .value] + [.rule[] | select(.reason == "carrier-lost" or .reason == "pause") | "\(.action) \(.hold_ms)"]) | join(" ")' |
		tr -d '"'
}

# And by sysfs
settings()
{
	(cd $sys && for name in $setting_names; do cat "settings/$name"; done &&
		cat policy/carrier-lost policy/pause) | paste -sd ' '
}
# shellcheck disable=SC2046 # words
check "set: everything" chim set dev $dev carrier-lost hold 500ms pause ignore \
	$(pairs "$given")
check_equal "set: target shows it" "$values hold 500 ignore null" "$(settings_shown)"
check_equal "set: sysfs shows it" "$values hold 500 ignore" "$(settings)"

sysfs_set()
{
	local name value

	pairs "$others" | while read -r name value; do
		echo "$value" >"$sys/settings/$name" || return 1
	done && echo "hold 700" >"$sys/policy/pause" &&
		echo terminate >"$sys/policy/carrier-lost"
}
check "sysfs: sets everything" sysfs_set
check_equal "sysfs: target shows it" "$others terminate null hold 700" "$(settings_shown)"
chim set dev $dev pause terminate
check_equal "set: one setting leaves the others" "$others terminate terminate" "$(settings)"

# Each is refused, and all settings are as before.
check_fails "set: out of range" 1 'initiate-ms is out of range: 100 to 600000' \
	chim set dev $dev pause ignore initiate-ms 99
check_fails "set: hold for too long" 1 'hold-ms is out of range: 1 to 3600000' \
	chim set dev $dev pause ignore carrier-lost hold 3601s
check_fails "set: too little to divert" 1 'divert-max is out of range: 65536 to 67108864' \
	chim set dev $dev divert-max 65535
check_fails "set: too long a history" 1 'max-history is out of range: 64 to 1048576' \
	chim set dev $dev pause ignore max-history 1048577
check_fails "set: no such device" 1 "there is no device 'nothing'" \
	chim set dev nothing pause ignore
check_fails "set: no target" 1 'dev lo: .*is of no offload target' \
	chim set dev lo pause ignore
check_fails "set: no such setting" 2 "there is no setting and no reason 'speed'" \
	chim set dev $dev speed 5
check_fails "set: no such rule" 2 "'never' is no rule" \
	chim set dev $dev pause never
check_fails "set: nothing" 2 'set wants dev DEV, or default, then settings' chim set dev $dev
check_fails "sysfs: out of range" 1 'Invalid argument' \
	bash -c "echo 99 >$sys/settings/initiate-ms"
check "sysfs: the kernel log says why" grep -q \
	"$dev: chimney/initiate-ms: initiate-ms is out of range" <(dmesg)
check_fails "sysfs: no such rule" 1 'Invalid argument' \
	bash -c "echo hold >$sys/policy/pause"
check_equal "refusals changed nothing" "$others terminate terminate" "$(settings)"

check_fails "netns: no such" 2 "no network namespace 'nothing': ip netns lists" \
	chim --netns nothing show

# ---- terminate -----------------------------------------------------------

check_equal "terminate: by id" "$conn uploaded administrator ok" \
	"$(chim -j terminate "$conn" | jq -r '.[] | "\(.id) \(.result) \(.reason) \(.status)"')"
check_equal "terminate: the others stay" "2 2 5" "$(counts)"
chim --if-unused terminate "$path" "$neigh" >"$tmp/out" 2>&1
check_equal "if-unused: exit status" 1 $?
check "if-unused: names the path's dependents" grep -qE \
	"^path $path .*: refused: other objects depend on it: [0-9]+ [0-9]+ [0-9]+ [0-9]+$" "$tmp/out"
check "if-unused: names the neighbor's dependent" grep -q \
	"^neigh $neigh .*: refused: other objects depend on it: $path$" "$tmp/out"
check "if-unused: says what to do" grep -q \
	'terminate those first, or leave out if-unused' "$tmp/out"
check_equal "if-unused: JSON" "$(tree '.tree[0].paths[0].conns | map(.id)')" \
	"$(chim -j terminate --if-unused "$path" 2>/dev/null | jq -c '.[0].dependent')"
check_equal "if-unused: nothing went" "2 2 5" "$(counts)"
check_equal "if-unused: an object not in use goes" "uploaded" \
	"$(chim -j terminate --if-unused 10.0.0.1:22 10.0.0.2:1002 | jq -r '.[].result')"
check_equal "terminate: by a filter" "1003 1004" \
	"$({
		chim -j terminate dst 10.0.0.2 sport 22 dport 1003
		chim -j terminate dst 10.0.0.2:1004
	} | jq -r '.[].dport' | paste -sd ' ')"
check_equal "terminate: a neighbor brings all along" "conn neigh path" \
	"$(chim -j terminate "$neigh" | jq -r 'map(.type) | sort | join(" ")')"
check "terminate: and it is gone" wait_value 5 "1 1 1" counts
check_fails "terminate: what is not there" 1 "id $conn: there is no object with this id" \
	chim terminate "$conn"
check_fails "terminate: a connection not offloaded" 1 \
	'10.0.0.1:22 10.0.0.2:1001: this connection is not offloaded' \
	chim terminate 10.0.0.1:22 10.0.0.2:1001
check_fails "terminate: one of two is not there" 1 'there is no object' \
	chim terminate "$(tree '.tree[0].id')" 999999
check_equal "terminate: so the other one stays" "1 1 1" "$(counts)"
check_fails "terminate: a filter that fits nothing" 0 'Nothing of that is offloaded' \
	chim terminate dport 9
check_equal "terminate: all of a device" "3 uploaded" \
	"$(chim terminate dev $dev | tail -n 1)"

# The same by sysfs
options=(--no-wait)
made_up 1 2 3 >/dev/null
wait_value 5 "1 1 3" counts
conn=$(tree '.tree[0].paths[0].conns[0].id')
echo "$conn" >$sys/terminate
check "sysfs: terminate by id" wait_value 5 "1 1 2" counts
echo "10.0.0.1:22 10.0.0.2:1002" >$sys/terminate
check "sysfs: terminate by addresses" wait_value 5 "1 1 1" counts
check_fails "sysfs: terminate what is not there" 1 'No such file' \
	bash -c "echo $conn >$sys/terminate"
echo all >$sys/terminate
check "sysfs: terminate all" wait_value 5 "0 0 0" counts
check_equal "sysfs: the reason is the same" administrator \
	"$(chim -j history id "$conn" last 1 | jq -r '.[].reason')"

# ---- stats, history, monitor, check --------------------------------------

check_equal "stats: JSON agrees with sysfs" \
	"$(cat $sys/initiated/ok $sys/terminated/administrator $sys/stats/causes | paste -sd ' ')" \
	"$(chim -j stats dev $dev | jq -r '.[0] |
		[(.initiated[] | select(.status == "ok").count),
		 (.terminated[] | select(.reason == "administrator").count),
		 (.counter[] | select(.name == "causes").value)] | join(" ")')"
check_equal "stats: nine were offloaded" 9 "$(cat $sys/initiated/ok)"
check "stats: every counter is a file, and the other way round" diff \
	<(chim -j stats dev $dev | jq -r '.[0] | (.counter[].name,
		(keys[] | select(endswith("_ns"))))' | sort) <(cd "$sys/stats" && printf '%s\n' * | sort)
check "stats: text" grep -qE '^   initiated  ok +9$' <(chim stats)
check_equal "target stats is stats" "$(chim -j stats)" "$(chim -j target stats)"
check_equal "history: the life of a connection" \
	"inhost offloading,offloading offloaded,offloaded uploading,uploading inhost" \
	"$(chim -j history id "$conn" | jq -r 'map("\(.from) \(.to)") | join(",")')"
check_equal "history: the last two" 2 "$(chim -j history dev $dev last 2 | jq length)"
# An entry is known by its number: which the history has, "FIRST LAST COUNT"
entries()
{
	chim -j history dev $dev | "$rows" seq |
		awk 'NR == 1 { first = $1 } END { print first, $1, NR }'
}
rows=$(program rows)
made_up {100..119} >/dev/null
read -r _ last _ < <(entries)
chim set dev $dev max-history 64
check_equal "max-history: a shorter one keeps the newest" \
	"$((last - 63)) $last 64" "$(entries)"
chim set dev $dev max-history 300
check_equal "max-history: a longer one keeps what there is" \
	"$((last - 63)) $last 64" "$(entries)"
made_up 11 >/dev/null
check_equal "max-history: and takes more" "$((last - 63))" "$(entries | cut -d' ' -f1)"
check "max-history: and not less" test "$(entries | cut -d' ' -f3)" -gt 64
check "history: text says why" grep -qE \
	"^[0-9:.]+ $dev conn $conn .* uploading -> inhost after .*, reason administrator \(asked for by an administrator\)$" \
	<(chim history id "$conn")

"$chim" -j monitor dev $dev >"$tmp/events" &
monitor=$!
at_exit stop_process $monitor
listens()
{
	chim set dev "$dev" pause ignore
	options=(-j)
	made_up 6 >/dev/null
	chim terminate all >/dev/null
	[ -s "$tmp/events" ]
}
check "monitor: hears" wait_for 10 listens
same_as_history()
{
	[ "$(tail -n 1 "$tmp/events")" = "$(chim -j history last 1 | sed 's/^\[//; s/\]$//')" ]
}
check "monitor: says what history says" wait_for 5 same_as_history
stop_process $monitor
check_equal "check" '{"ifname":"chimnull0","objects":0,"faults":0}' \
	"$(chim -j check dev $dev | jq -c '.[0] | {ifname, objects, faults}')"
check "check: text" grep -qx "$dev: 0 objects, 0 faults" <(chim check)

# ---- IPv6 ----------------------------------------------------------------

chim offload '[fd00::1]:22' '[fd00::2]:1001' 10.0.0.1:22 10.0.0.2:1001 dev $dev \
	nexthop fd00::9 >"$tmp/out"
check "IPv6: offload: text" grep -qE \
	"^conn [0-9]+ \\[fd00::1\\]:22 \\[fd00::2\\]:1001: offloaded in" "$tmp/out" || note "$(cat "$tmp/out")"
check_equal "IPv6: its next hop is IPv4's as well" "fd00::9 10.0.0.2 fd00::2" \
	"$(tree '.tree[0] | "\(.nexthop) \(.paths | map(.daddr) | sort | join(" "))"')"
check_equal "IPv6: sysfs has the same" "1 2 2" "$(counts)"
echo '[fd00::1]:22 [fd00::2]:1001' >$sys/terminate
check "IPv6: sysfs: terminate by addresses" wait_value 5 "1 1 1" counts
chim terminate dst ::ffff:10.0.0.2 >/dev/null
check "IPv6: IPv4 may be written as of IPv6" wait_value 5 "0 0 0" counts

trace=/sys/kernel/tracing
if [ -d $trace/events/chimney ]; then
	echo 1 >$trace/events/chimney/enable
	at_exit bash -c "echo 0 >$trace/events/chimney/enable"
	echo >$trace/trace
	options=(-j)
	made_up 7 >/dev/null
	chim set dev $dev carrier-lost terminate
	ip link set $dev down
	wait_value 5 "0 0 0" counts
	for event in initiate terminate complete decision; do
		check "tracepoint: $event" grep -q "chimney_$event: dev=$dev" $trace/trace
	done
	check "tracepoint: reads well" grep -qE \
		'chimney_complete: dev=chimnull0 conn=[0-9]+ 10.0.0.1:22 10.0.0.2:1007 uploading->inhost reason=admin-down status=ok took_ns=[0-9]+' $trace/trace
else
	for event in initiate terminate complete decision text; do
		skip "tracepoint: $event" "no tracefs"
	done
fi
check_fails "history: the decision" 0 \
	'decision: admin-down \(the link was set down\) -> terminate' chim history
check_fails "offload: a target that is closed says so" 1 \
	'refused: the link is down' chim offload 10.0.0.1:22 10.0.0.2:1 dev $dev nexthop 10.0.0.2

# ---- the command line ----------------------------------------------------

check_fails "help" 0 'terminate only what nothing depends on' chim help
check_fails "version" 0 '^chimney [0-9.]+$' chim -V
check_fails "usage: no such verb" 2 "there is no verb 'dance'" chim dance
check_fails "usage: no such option" 2 'unrecognized option' chim --dance show
check_fails "usage: no such word" 2 "'eth0' means nothing here" chim show eth0
check_fails "usage: a word is missing" 2 "'dev' wants something to follow" chim show dev
check_fails "usage: nothing chosen" 2 'nothing is chosen' chim offload
check_fails "usage: all and some" 2 'all leaves nothing to choose' chim terminate all 5
check_fails "usage: half a connection" 2 "wants the peer's ADDR:PORT" chim offload 10.0.0.1:22
check_fails "usage: no port" 2 'sport wants a port, 1 to 65535' chim offload sport 0
check_fails "usage: no address" 2 'src wants an address' chim offload src 300.1.1.1
check_fails "usage: no brackets" 2 "'fd00::1:22' means nothing here" \
	chim offload fd00::1:22 '[fd00::2]:1'
check_fails "usage: ends of two protocols" 2 'different protocols' \
	chim offload 10.0.0.1:22 '[fd00::2]:1'
check_fails "usage: no id" 2 "'-5' means nothing|invalid option" chim terminate id -5
check_fails "usage: if-unused with offload" 2 'goes with terminate' chim offload --if-unused all
check_fails "usage: no time" 2 'is no time to wait' chim --timeout soon show

finish
