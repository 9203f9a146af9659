#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Ordinary programs, as Debian ships them and with what they set by default:
# their connections are admitted, go to the NICs at both ends and come back
# while they work, and what they move arrives as it was. nginx and curl, rsync
# and its daemon over IPv6, ssh and sshd, redis, and iperf3, whose server listens for
# both protocols, so that its sockets are of IPv6 with IPv4 addresses in them.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/servers.sh
. "$selftests/lib/servers.sh"
# shellcheck source=selftests/lib/table.sh
. "$selftests/lib/table.sh"

plan 23
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build
file=$scene/file
head -c 3000000 /dev/urandom >"$file"

listening()
{
	right ss -Hltn "sport = $1" | grep -q .
}

# serve PORT NAME COMMAND...: a server on the right
serve()
{
	background right "$scene/$2.log" "$scene/$2.err" "${@:3}"
	wait_for 20 listening "$1" ||
		give_up "$2 does not listen: $(tail "$scene/$2.err" "$scene/$2.log")"
}

# start NAME COMMAND...: a client on the left
start()
{
	background left "$scene/$1.out" "$scene/$1.log" "${@:2}"
	client=$pid
}

# there left|right PORT: its connections to that port, or from it, are on the NIC
there()
{
	local filter="dport $2"

	[ "$1" = left ] || filter="sport $2"
	# shellcheck disable=SC2086 # two words
	at "$1" offload $filter >"$scene/offload" 2>&1
	cat "$scene/offload"
	! grep -qE 'refused|failed' "$scene/offload" ||
		grep -qE 'try again|already' "$scene/offload" || return 1
	[ "$(get_port "$1" offload/conns)" -ge 1 ]
}

# moves NAME PORT: cases for a client that has begun: its connection goes to the
# NIC at both ends, back, and there again
moves()
{
	local side

	table_begin
	for side in left right; do
		check "$1: its connection goes to the NIC, $side" \
			wait_for 20 there $side "$2"
	done
	for side in left right; do
		at $side terminate dev "$(dev_of $side)" >/dev/null 2>&1
		wait_for 5 there $side "$2" >/dev/null ||
			note "$1, $side: ended before it went there again"
	done
}

# ends NAME: its exit status is 0
ends()
{
	wait_for 90 process_gone "$client" || kill "$client"
	wait "$client" || {
		echo "exit status $?"
		tail -n 5 "$scene/$1.log" "$scene/$1.out"
		return 1
	}
}

# case_end NAME COMMAND...: one case: it ends well, and the command succeeds
case_end()
{
	local said

	table_row "$1" "${failed_client:-right}"
	if said=$("${@:2}" 2>&1) && [ -z "$failed_client" ]; then
		pass "$1: what it moved is right"
	else
		fail "$1: what it moved is right" "$failed_client $said"
	fi
}

# Only this shell can wait for it.
finish_client()
{
	failed_client=
	ends "$1" >"$scene/end" 2>&1 || failed_client=$(cat "$scene/end")
}

# ---- nginx and curl ----------------------------------------------------------

nginx_server "$scene"
serve 80 nginx "${server[@]}"
# curl limits its rate by pauses, and after a burst: a slow reader does better.
start curl bash -c "set -o pipefail
	curl -sSN http://$right_addr/file |
		'$(program gap)' -r 500000 '$scene/gap' >'$scene/curl.file'"
moves "nginx and curl" 80
finish_client curl
case_end "nginx and curl" cmp "$file" "$scene/curl.file"

# ---- rsync -------------------------------------------------------------------

mkdir "$scene/in"
rsync_server "$scene/in"
serve 873 rsyncd "${server[@]}"
start rsync rsync --bwlimit=500 "$file" "rsync://[$right_addr6]/files/"
moves "rsync" 873
finish_client rsync
case_end "rsync" cmp "$file" "$scene/in/file"

# ---- ssh ---------------------------------------------------------------------

ssh-keygen -q -t ed25519 -N '' -f "$scene/hostkey"
ssh-keygen -q -t ed25519 -N '' -f "$scene/key"
cp "$scene/key.pub" "$scene/keys"
chmod 755 "$scene"
cat >"$scene/sshd.conf" <<-END
	HostKey $scene/hostkey
	AuthorizedKeysFile $scene/keys
	StrictModes no
	UsePAM no
	PidFile none
	PermitRootLogin yes
END
serve 22 sshd /usr/sbin/sshd -D -e -f "$scene/sshd.conf"
start ssh bash -c "set -o pipefail; (for i in 1 2 3 4 5 6; do
	tail -c +\$(((i - 1) * 500000 + 1)) '$file' | head -c 500000; sleep 1
	done) | ssh -i '$scene/key' -o StrictHostKeyChecking=no \
	-o UserKnownHostsFile=/dev/null root@$right_addr 'cat >$scene/ssh.file'"
moves "ssh and sshd" 22
finish_client ssh
case_end "ssh and sshd" cmp "$file" "$scene/ssh.file"

# ---- redis -------------------------------------------------------------------

serve 6379 redis redis-server --bind $right_addr --protected-mode no \
	--save '' --dir "$scene"
# shellcheck disable=SC2016 # for the program
start redis bash -c 'for i in $(seq 1 60); do
	echo "INCR count"; echo "APPEND text $i,"; sleep 0.1
	done | redis-cli -h "$1"' redis $right_addr
moves "redis" 6379
finish_client redis
redis_right()
{
	[ "$(right redis-cli -h "$right_addr" GET count)" = 60 ] &&
		[ "$(right redis-cli -h "$right_addr" GET text)" = "$(seq -s, 1 60)," ]
}
case_end "redis" redis_right

# ---- iperf3 ------------------------------------------------------------------

serve 5201 iperf3d iperf3 -s
start iperf3 iperf3 -c $right_addr -t 6 -b 4M -J
mapped()
{
	right ss -Htn6 sport = :5201 | grep -q '::ffff:'
}
check "iperf3: its server's sockets are of IPv6" wait_for 10 mapped
moves "iperf3" 5201
finish_client iperf3
iperf3_right()
{
	[ "$(jq '.end.sum_received.bytes' <"$scene/iperf3.out")" -gt 500000 ]
}
case_end "iperf3" iperf3_right

# ------------------------------------------------------------------------------

for side in left right; do
	at $side terminate dev "$(dev_of $side)" >/dev/null 2>&1
	check "the $side NIC carried octets" \
		test "$(engine_octets $side)" -gt 10000
	check "the tree is sound, $side" tree_sound $side
done
check_equal "no state was lost" "0 0" "$(counter left lost) $(counter right lost)"
check "nothing is left at the NICs" settled left 0 0 0
scene_fair "the hosts broke no rule"

table_show
finish
