#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The verifier that the other tests rely on: it passes what is right, with
# every kind of user, and notices an octet that is wrong, lost or doubled, an
# end that comes too soon, and an end that never comes. No module is needed.

. "$(dirname "$0")/lib.sh"

plan 15
stream=$(program stream)
tmp=$(mktemp -d)
at_exit rm -rf "$tmp"
port=$((20000 + SEED % 10000))
server_at=127.0.0.1 client_to=127.0.0.1

# talk SERVER-ARGUMENTS -- CLIENT-ARGUMENTS: sets $client and $server to their
# exit statuses
talk()
{
	local arguments=() pid

	while [ "$1" != -- ]; do
		arguments+=("$1")
		shift
	done
	shift
	rm -f "$tmp"/*
	timeout 60 "$stream" -l "$server_at:$port" -s "$SEED" "${arguments[@]}" \
		>"$tmp/server" 2>&1 &
	pid=$!
	wait_for 10 grep -q listening "$tmp/server" || return 1
	timeout 60 "$stream" -c "$client_to:$port" -s "$SEED" "$@" \
		>"$tmp/client" 2>&1
	client=$?
	wait "$pid"
	server=$?
	cat "$tmp/client" "$tmp/server"
}

passes()
{
	talk "$@" && [ "$client" -eq 0 ] && [ "$server" -eq 0 ]
}

# notices TEXT ARGUMENTS...: the server says that, and both fail
notices()
{
	talk "${@:2}"
	[ "$server" -eq 1 ] && grep -q "$1" "$tmp/server"
}

for user in block nonblock poll epoll; do
	check "user $user" passes -n 8 -u $user -r 20000000 -- \
		-n 8 -u $user -r 20000000 -t 500
done
check "small writes, readers that stall" \
	passes -n 8 -u mixed -w small -S 100:100 -r 2000000 -- \
	-n 8 -u mixed -w small -S 100:100 -r 2000000 -t 800
check "200 connections" passes -n 200 -u mixed -r 4000000 -- \
	-n 200 -u mixed -r 4000000 -t 1000
check "idle connections" passes -n 50 -i -- -n 50 -i -t 300
check "connections that are cut off, if that is wanted" \
	passes -n 8 -x -u mixed -r 2000000 -- \
	-n 8 -u mixed -r 2000000 -e close -L 300
if grep -qw lo /proc/net/if_inet6 2>/dev/null; then
	server_at="[::]" client_to="[::1]"
	check "over IPv6" passes -n 4 -u mixed -r 2000000 -- \
		-n 4 -u mixed -r 2000000 -t 300
	client_to="[::ffff:127.0.0.1]"
	check "over IPv4, by sockets of IPv6" passes -n 4 -u mixed -r 2000000 -- \
		-n 4 -u mixed -r 2000000 -t 300
	server_at=127.0.0.1 client_to=127.0.0.1
else
	skip "over IPv6" "there is none"
	skip "over IPv4, by sockets of IPv6" "there is none"
fi
for fault in flip drop double; do
	case $fault in
	flip)	says='of no place near it' ;;
	drop)	says='what belongs at 30001' ;;
	double)	says='what belongs at 29999' ;;
	esac
	check "notices fault $fault" notices "octet 30000 .*$says" \
		-n 2 -r 2000000 -- -n 2 -r 2000000 -t 1000 -f $fault:30000
done
check "notices an end too soon" notices 'broken off\|was reset\|without its trailer\|shutdown failed' \
	-n 2 -r 2000000 -- -n 2 -r 2000000 -t 1000 -f cut:30000
check "notices that nothing comes" notices 'nothing moves' \
	-n 2 -r 2000000 -W 1000 -- -n 2 -r 2000000 -t 3000 -W 9000 -f hang:30000

finish
