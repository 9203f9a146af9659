# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of chimney(8) for bash. Devices, ids and addresses come from the
# tool itself: what it offers is there.

# Members of the tool's JSON by name: "ifname" of "target", "id" of "show"
_chimney_members()
{
	chimney -j "$1" 2>/dev/null | grep -o "\"$2\": *[^,}]*" |
		sed 's/^[^:]*: *//; s/["[:space:]]//g' | sort -u
}

_chimney_devices()
{
	_chimney_members target ifname
}

# Ends of established connections, as ss prints them, but for the interface
_chimney_ends()
{
	ss -Htn state established 2>/dev/null |
		awk '{ print $(NF - 1); print $NF }' | sed 's/%[^]:]*//'
}

_chimney_words()
{
	local verb=$1 previous=$2

	case $previous in
	dev) _chimney_devices; return ;;
	id) _chimney_members show id; return ;;
	pid) ps -eo pid= 2>/dev/null | tr -d ' '; return ;;
	sport | dport | priority | last | mtu | vlan | nexthop | src | dst) return ;;
	carrier-lost | admin-down | pause | inactive | displaced | capacity | *-changed | \
		low-activity | high-* | small-io | no-buffer-preposting | enslaved | \
		filter-attached | promiscuous | offload-paused | memory-pressure | \
		address-removed | redirected | neigh-unreachable)
		echo terminate hold ignore; return ;;
	admission) echo manual auto; return ;;
	load | check) compgen -f; return ;;
	hold | *-ms) echo 500ms 1s 10s; return ;;
	divert-max | min-sent | min-received) echo 64k 1m 4m; return ;;
	max-conns | max-history) echo 1024 65536; return ;;
	hysteresis | rest-failures) echo 0 10 25; return ;;
	--timeout) return ;;
	-n | --netns) ls /run/netns 2>/dev/null; return ;;
	esac

	case $verb in
	'') echo show target offload terminate set stats monitor history explain policy rules try query check help ;;
	show | stats | check) echo dev ;;
	query) _chimney_members show id ;;
	target) echo show stats reset dev default ;;
	policy) echo save load check ;;
	explain | try) _chimney_ends ;;
	monitor) echo dev id ;;
	history) echo dev id last ;;
	set) echo dev default initiate-ms terminate-ms update-ms divert-max \
		max-conns max-history window-ms min-sent min-received hysteresis \
		min-stay-ms admission backoff-ms backoff-max-ms backoff-decay-ms \
		rest-failures rest-ms carrier-lost admin-down pause inactive \
		displaced capacity low-activity high-drop-rate small-io \
		no-buffer-preposting high-fragmentation high-out-of-order enslaved \
		filter-attached promiscuous offload-paused memory-pressure \
		address-removed redirected route-changed neigh-unreachable ;;
	offload)
		echo all pid src dst sport dport dev priority
		_chimney_ends
		;;
	terminate)
		echo all id pid src dst sport dport dev
		_chimney_members show id
		_chimney_ends
		;;
	esac
	echo --json --pretty --details --netns --no-wait --timeout --if-unused --help --version
}

_chimney()
{
	local word previous verb='' i

	# Addresses have colons: they are one word here.
	if declare -F _get_comp_words_by_ref >/dev/null; then
		local cur prev words cword
		_get_comp_words_by_ref -n : cur prev words cword
	else
		local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
		local words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	fi
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		--timeout) i=$((i + 1)) ;;
		-*) ;;
		*)
			verb=${words[i]}
			break
			;;
		esac
	done
	word=$cur previous=$prev
	mapfile -t COMPREPLY < <(compgen -W "$(_chimney_words "$verb" "$previous")" -- "$word")
	if declare -F __ltrim_colon_completions >/dev/null; then
		__ltrim_colon_completions "$word"
	fi
}

complete -F _chimney chimney
