#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A stateful firewall in the host's path, which drops whatever does not fit what it
# has seen (INVALID), and does not take up connections in the middle: connections of
# both protocols go to the NIC and come home, and nothing is dropped. Their entries are shown as
# offloaded meanwhile, and outlive the time that an entry stays which nothing renews.
#
# Time limit: 200 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 12
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build
modprobe -a nf_conntrack nft_ct 2>/dev/null
left nft -f - <<-'END' || skip_all "no nftables here"
	table inet wall {
		chain in {
			type filter hook input priority 0
			ct state invalid counter drop
			meta l4proto tcp ct state new tcp flags & (syn|ack) == ack counter drop
		}
		chain out {
			type filter hook output priority 0
			ct state invalid counter drop
			meta l4proto tcp ct state new tcp flags & (syn|ack) == ack counter drop
		}
	}
END
left sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 net.netfilter.nf_conntrack_tcp_be_liberal=0

nothing_dropped()
{
	left nft list table inet wall | awk '
		/counter packets/ { print }
		/counter packets/ && !/packets 0 / { dropped = 1 }
		END { exit dropped }'
}

# entries: of our streams: how many seconds they stay, and whether they are offloaded
entries()
{
	left cat /proc/net/nf_conntrack | awk '/dport=500[06]/ {
		print $5, /\[OFFLOAD\]/ ? "offloaded" : "seen" }'
}

all_are()
{
	entries | awk -v want="$1" '{ n++ } $2 != want { bad++ } END { exit bad || n != 8 }'
}

streams_both 4 -u mixed -r 50000
check "each has an entry" all_are seen
check "they are moved at random" move_both 300 10
at left terminate all >/dev/null
settled left 0 0 0
check "nothing was dropped" nothing_dropped
check "they go on" streams_go_on

# entries_last SECONDS: those that nothing renews
entries_last()
{
	left sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established="$1" \
		net.netfilter.nf_conntrack_tcp_timeout_unacknowledged="$1" \
		net.netfilter.nf_conntrack_tcp_timeout_max_retrans="$1"
}

# In the host, a machine that stands still for so long is the end of a connection.
offloaded()
{
	at left offload all >/dev/null 2>&1
	[ "$(get_port left offload/conns)" = 8 ]
}
entries_last 4
check "they are offloaded" wait_for 10 offloaded
check "their entries say so" all_are offloaded
nap 6
check "their entries stay" all_are offloaded
entries_last 600
at left terminate all >/dev/null
check "they come home" settled left 0 0 0
check "their entries are as before" all_are seen
check "they go on again" streams_go_on
check "nothing was dropped, still" nothing_dropped
streams_stop "every octet is right"
finish
