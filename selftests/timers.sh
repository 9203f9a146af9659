#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Timers of a connection go with it, and come back with what was left of them:
# keepalive probes whoever has the connection, and gives up a peer that is gone; a
# window that stays shut does not end it, however few retries the host would allow.
#
# Time limit: 200 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/hands.sh
. "$selftests/lib/hands.sh"

plan 14
scene_build

probes()
{
	left nstat -asz TcpExtTCPKeepAlive | awk 'NR > 1 { print $2 + 0 }'
}

more_probes()
{
	[ "$(probes)" -gt "$1" ]
}

ms()
{
	date +%s%3N
}

at_home()
{
	at left terminate all >/dev/null
	settled left 0 0 0
}

# ---- keepalive (15) ------------------------------------------------------

hands_open || give_up "cannot connect"
left_does alive 2
octets_pass || give_up "nothing gets through"
offload || give_up "cannot offload"
before=$(probes)
check "keepalive: the NIC probes" wait_for 10 more_probes $((before + 1))
check_equal "keepalive: and keeps the connection" "1 1 1" "$(counts left)"
check "keepalive: which works" octets_pass
check "keepalive: it comes home" at_home
before=$(probes)
check "keepalive: the host probes" wait_for 10 more_probes $((before + 1))
check "keepalive: the connection works" octets_pass
hands_close

# What was left of six seconds when it came home, after more than half of them
remains()
{
	local began before took

	hands_open || return 1
	left_does alive 6 && octets_pass && offload || return 1
	began=$(ms) before=$(probes)
	nap 4
	at_home && [ "$(probes)" = "$before" ] || return 1
	wait_for 10 more_probes "$before" || return 1
	took=$(($(ms) - began))
	echo "the first probe came after $took ms"
	[ "$took" -ge 5000 ] && [ "$took" -lt 9500 ]
}
check_here "keepalive: comes home with the time that is left" remains
check "keepalive: and works" octets_pass
hands_close

# A peer that is gone
gone()
{
	hands_open || return 1
	left_does alive 2 && octets_pass && offload || return 1
	right nft -f - <<-'END' || return 1
		table inet gone { chain in { type filter hook input priority 0; drop; }; }
	END
	left_does error "" "ok ETIMEDOUT"
}
check_here "keepalive: the NIC gives up a peer that is gone" gone
right nft delete table inet gone
check "keepalive: and it is not offloaded any more" settled left 0 0 0
hands_close

# ---- the host's own timers rest (14) -------------------------------------

# The window shuts. The NIC probes it, and is answered; the parked socket has more
# to send, and no timer of its own, which would give up after two tries.
left sysctl -qw net.ipv4.tcp_retries2=2
hands_open || give_up "cannot connect"
octets_pass || give_up "nothing gets through"
offload || give_up "cannot offload"
shuts()
{
	left_tell send 1000000
	nap 12
	[ "$(counts left)" = "1 1 1" ]
}
check "shut window: it stays on the NIC" shuts
gets_through()
{
	right_does recv 1000000 && answers "$left_out"
}
check "shut window: everything gets through" gets_through
check "shut window: both ways" octets_pass
check_equal "shut window: and it was there all the time" "1 1 1" "$(counts left)"
hands_close
finish
