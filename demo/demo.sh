#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The main job, to be looked at: two hosts on one wire of two simulated NICs.
# Ordinary programs move files both ways. Their live connections go to the NICs
# and come back: by command, when the link is pulled, when the device pauses, when
# one of higher priority wants the place, and when one does nothing; each time the
# tool is asked why. In the end, what was sent and what was received are compared.
#
# Exit status: 0 only if nothing was lost and the engines of the NICs carried at
# least 90 % of the octets that moved while the connections were offloaded, in the
# seconds in which that was looked at.

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/lib.sh
. "$here/../selftests/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/servers.sh
. "$selftests/lib/servers.sh"

rate=${DEMO_RATE:-400000}	# octets a second, of each transfer
size=${DEMO_SIZE:-18000000}	# octets of each file
rounds=${DEMO_ROUNDS:-1}
window=3			# seconds that connections stay offloaded

# ---- looks ---------------------------------------------------------------

bold='' dim='' good='' bad='' plain=''
if [ -t 1 ] || [ -n "${DEMO_COLOUR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' good=$'\e[32m' bad=$'\e[31m' plain=$'\e[0m'
fi

title()
{
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

tell()
{
	printf '  %s\n' "$*"
}

show()
{
	sed "s/^/    $dim/; s/\$/$plain/"
}

lost()
{
	printf '  %s%s%s\n' "$bad" "$*" "$plain"
	failed=1
}

# give_up of lib.sh speaks KTAP.
give_up()
{
	printf '%s%s%s\n' "$bad" "$*" "$plain"
	exit 1
}

failed=0

# ---- files and programs --------------------------------------------------

# The host that has them sends them; the other one puts them in "in".
make_files()
{
	mkdir -p "$scene"/{left,right}/{out,in}
	for file in left/out/report.bin left/out/backup.bin right/out/image.bin; do
		head -c "$size" /dev/urandom >"$scene/$file"
	done
}

start_nginx()
{
	nginx_server "$scene/right/out"
	background right "$scene/nginx/log" "$scene/nginx/err" "${server[@]}"
}

start_rsyncd()
{
	rsync_server "$scene/right/in"
	background right "$scene/rsyncd.log" "$scene/rsyncd.err" "${server[@]}"
}

listening()
{
	"$1" ss -Hltn "sport = $2" | grep -q .
}

gap=$(program gap)

# transfer NAME COMMAND...: on the left, in the background
transfer()
{
	background left "$scene/$1.log" "$scene/$1.err" "${@:2}"
	transfers+=("$1")
	transfer_pids+=("$pid")
}

start_transfers()
{
	transfers=()
	transfer_pids=()
	start_nginx
	start_rsyncd
	background right "$scene/socat.log" "$scene/socat.err" bash -c \
		"socat -u TCP-LISTEN:7000,reuseaddr - | '$gap' -r $rate '$scene/gap-socat' >'$scene/right/in/backup.bin'"
	receiver_pid=$pid
	for port in 80 873 7000; do
		wait_for 15 listening right $port ||
			give_up "no server on port $port: $(cat "$scene"/*.err)"
	done
	transfer curl bash -c \
		"set -o pipefail; curl -sSN http://$right_addr/image.bin | '$gap' -r $rate '$scene/gap-curl' >'$scene/left/in/image.bin'"
	transfer rsync rsync -W --inplace --bwlimit=$((rate / 1024)) \
		"$scene/left/out/report.bin" "rsync://$right_addr/files/"
	transfer socat socat -u "OPEN:$scene/left/out/backup.bin" "TCP:$right_addr:7000"
}

connections()
{
	left ss -Htn state established | wc -l
}

three_connections()
{
	[ "$(connections)" -ge 3 ]
}

transfers_run()
{
	local pid

	for pid in "${transfer_pids[@]}"; do
		! process_gone "$pid" || return 1
	done
}

# ---- what is counted -----------------------------------------------------

carried=0 moved=0
window_open()
{
	read -r engine_before wire_before < <(port_octets)
}

window_close()
{
	local engine wire

	read -r engine wire < <(port_octets)
	engine=$((engine - engine_before)) wire=$((wire - wire_before))
	carried=$((carried + engine))
	moved=$((moved + wire))
	tell "$(human $wire) moved meanwhile, the NICs' engines carried $((100 * engine / (wire ? wire : 1))) % of it"
}

human()
{
	awk -v n="$1" 'BEGIN {
		if (n >= 1000000) printf "%.1f MB", n / 1000000
		else printf "%.0f kB", n / 1000 }'
}

# ---- what is done --------------------------------------------------------

offload_both()
{
	local side

	for side in right left; do
		at "$side" offload dev "$(dev_of "$side")" >"$scene/offload-$side" 2>&1
	done
	[ "$(get_port left offload/conns)" -ge "$(connections)" ] &&
		[ "$(get_port right offload/conns)" -ge "$(connections)" ]
}

offload_step()
{
	title "$1"
	tell "$ chimney offload dev $left_dev"
	# What lost octets with the link recovers first.
	if wait_for 60 offload_both; then
		show <"$scene/offload-left"
	else
		lost "not all connections were offloaded"
		show <"$scene/offload-left"
	fi
	history_mark left
	window_open
	sleep "$window"
	tell "$ chimney show"
	at left show | show
	window_close
}

# What the host decided, and what became of each object, in this order
show_decision()
{
	at left history | awk -v mark="$(mark_of history left)" '
		NR > mark + 0' | grep -E 'decision|inhost' | show
}

fallen()
{
	settled left 0 0 0 >/dev/null
}

# event_step TITLE FILE DOWN UP
event_step()
{
	local file

	title "$1"
	history_mark left
	file=$(port left)/$2
	tell "$ echo $3 >$file"
	echo "$3" >"$file"
	fallen || lost "something is offloaded still"
	show_decision
	tell "$ chimney show"
	at left show | show
	tell "$ echo $4 >$file"
	echo "$4" >"$file"
}

# ends_of PORT: the connection to or from that port of the right host
ends_of()
{
	left ss -Htn4 state established | awk -v port=":$1$" '$NF ~ port { print $(NF - 1), $NF; exit }'
}

explain()
{
	tell "$ chimney explain $*"
	at left explain "$@" | show
}

gone_from()
{
	! at left -j show dev $left_dev | grep -q "\"dport\":$1[,}]"
}

displace_step()
{
	local socat

	title "A NIC that is full: a connection of higher priority takes a place"
	at left terminate dev $left_dev >/dev/null 2>&1
	fallen
	history_mark left
	socat=$(ends_of 7000)
	tell "$ chimney set dev $left_dev max-conns 2"
	at left set dev $left_dev max-conns 2
	for port in 80 873; do
		# shellcheck disable=SC2046 # words
		wait_for 30 at left offload $(ends_of $port) priority 1 >/dev/null 2>&1
	done
	tell "$ chimney offload $socat priority 5"
	# shellcheck disable=SC2086 # words
	wait_for 30 at left offload $socat priority 5 >"$scene/displace" 2>&1
	tail -n 2 "$scene/displace" | show
	show_decision
	for port in 80 873; do
		# shellcheck disable=SC2046 # words
		! gone_from $port || explain $(ends_of $port)
	done
	grep -q displaced <(at left history) || lost "nobody was displaced"
	at left set dev $left_dev max-conns 65536
}

# An idle login, say, beside the transfers
idle_step()
{
	local idle

	title "A connection that does nothing comes back by itself"
	background right "$scene/idle" "$scene/idle.err" socat -u TCP-LISTEN:7001,reuseaddr OPEN:/dev/null
	wait_for 15 listening right 7001
	background left "$scene/idle2" "$scene/idle2.err" bash -c "exec 9<>/dev/tcp/$right_addr/7001; exec sleep 600"
	idle_pid=$pid
	wait_for 15 three_connections
	history_mark left
	wait_for 30 idle_offloaded
	idle=$(ends_of 7001)
	tell "$ chimney set dev $left_dev min-sent 2k min-received 2k window-ms 2s min-stay-ms 0"
	at left set dev $left_dev min-sent 2k min-received 2k window-ms 2s min-stay-ms 0
	wait_for 20 gone_from 7001 || lost "the idle connection is offloaded still"
	show_decision
	# shellcheck disable=SC2086 # words
	explain $idle
	tell "$ chimney show"
	at left show | show
	at left set dev $left_dev min-sent 0 min-received 0
	stop_process "$idle_pid"
}

idle_offloaded()
{
	at left offload dev "$left_dev" >/dev/null 2>&1
	! gone_from 7001
}

bounce()
{
	local i

	title "Back and forth, ten times"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		at left offload dev $left_dev >/dev/null 2>&1
		at left terminate dev $left_dev >/dev/null 2>&1
	done
	tell "done"
}

# ---- the end -------------------------------------------------------------

finish_transfers()
{
	local i status

	title "The transfers end"
	for i in "${!transfers[@]}"; do
		wait_for 240 process_gone "${transfer_pids[i]}" ||
			kill "${transfer_pids[i]}"
		wait "${transfer_pids[i]}"
		status=$?
		[ "$status" -eq 0 ] || lost "${transfers[i]}: exit status $status: $(cat "$scene/${transfers[i]}.err")"
	done
	wait_for 60 process_gone "$receiver_pid" || lost "the receiver does not end"
	wait "$receiver_pid"
}

# compare PROGRAMS SENT RECEIVED
compare()
{
	local sent received verdict

	sent=$(sha256sum <"$scene/$2" | cut -c1-16)
	received=$(sha256sum <"$scene/$3" 2>/dev/null | cut -c1-16)
	verdict="${good}equal$plain"
	[ "$sent" = "$received" ] || {
		verdict="${bad}DIFFERENT$plain"
		failed=1
	}
	printf '  %-24s %10s  sent %s  received %s  %s\n' "$1" \
		"$(human "$(stat -c %s "$scene/$3" 2>/dev/null || echo 0)")" \
		"$sent" "$received" "$verdict"
}

# stat_sum JQ-EXPRESSION: of both hosts
stat_sum()
{
	{
		at left -j stats
		at right -j stats
	} | jq -s "[.[][] | $1] | add // 0"
}

stat_max()
{
	{
		at left -j stats
		at right -j stats
	} | jq -s "[.[][] | $1] | max // 0"
}

milliseconds()
{
	awk -v ns="$1" -v n="${2:-1}" 'BEGIN {
		printf "%.1f ms", n ? ns / n / 1000000 : 0 }'
}

summary()
{
	local there back gap_ms share lost_states

	title "What was sent, and what was received"
	compare "nginx -> curl" right/out/image.bin left/in/image.bin
	compare "rsync -> rsync daemon" left/out/report.bin right/in/report.bin
	compare "socat -> socat" left/out/backup.bin right/in/backup.bin

	there=$(stat_sum '.initiated[]? | select(.status == "ok").count')
	back=$(stat_sum '.terminated[]?.count')
	lost_states=$(stat_sum '.counter[] | select(.name == "lost").value')
	gap_ms=$(sed -n 's/.*gap_ms=//p' "$scene"/gap-* | sort -n | tail -n 1)
	share=$((moved ? 100 * carried / moved : 0))

	title "Figures"
	tell "connections to a NIC  $there, each in $(milliseconds "$(stat_sum .initiate_ns)" "$there"), at most $(milliseconds "$(stat_max .initiate_max_ns)")"
	tell "and back in the host  $back, each in $(milliseconds "$(stat_sum .terminate_ns)" "$back"), at most $(milliseconds "$(stat_max .terminate_max_ns)")"
	tell "states lost           $lost_states"
	tell "longest gap           ${gap_ms:-?} ms, as curl and socat saw it, cut link included"
	tell "carried by the NICs   $share % of the $(human $moved) that moved while looked at"
	tell "rules broken          $(violations left) by the left host, $(violations right) by the right one"

	[ "$there" -gt 0 ] && [ "$there" -eq "$back" ] ||
		lost "$there went to a NIC, $back came back"
	[ "$lost_states" -eq 0 ] || lost "states were lost"
	[ "$share" -ge 90 ] || lost "the engines carried less than 90 %"
	[ "$(violations left)$(violations right)" = 00 ] || lost "rules were broken"
}

# ---- the play ------------------------------------------------------------

began=$SECONDS
title "Two hosts, two simulated NICs, one wire"
scene_build
make_files
tell "left  $left_addr on $left_dev, right $right_addr on $right_dev, Linux $(uname -r)"
start_transfers
wait_for 20 three_connections || give_up "the transfers do not start"
title "Ordinary programs move files"
tell "curl <- nginx, rsync -> rsync daemon, socat -> socat; $(human "$size") each, unmodified programs"
left ss -Htnp state established | awk '{ print $3 " " $4 " " $5 }' | show

for ((round = 1; round <= rounds; round++)); do
	offload_step "Their live connections go to the NIC (round $round)"
	event_step "The link is pulled" link down up
	offload_step "The link is back: offloaded again"
	event_step "The device pauses" offload/pause 1 0
done
displace_step
idle_step
transfers_run || tell "(a transfer is done already)"
bounce
at right terminate dev $right_dev >/dev/null 2>&1
finish_transfers
summary

if [ $failed -eq 0 ]; then
	title "${good}Nothing was lost.$plain $((SECONDS - began)) s"
else
	title "${bad}Something went wrong, see above.$plain"
fi
exit $failed
