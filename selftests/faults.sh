#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A target that fails, lies, hangs or vanishes: every fault that the simulated
# NIC can be told, with byte-checked streams on it. Afterwards either every octet
# is right, or the applications got the error that is named; what went wrong is
# counted by its name; the tree is empty and sound; the other target, whose
# connections are the same streams' other ends, noticed nothing. Each fault runs
# with one connection and with 200; in the short run a sample, another one with each
# seed.
#
# Time limit: 900 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

many=200
port=5000
scene_build
faults=$(probe left)/faults

lost='it was aborted'
late='Connection timed out'

# knob NAME [VALUE]
knob()
{
	if [ $# -eq 2 ]; then
		echo "$2" 2>/dev/null >"$faults/$1"
	else
		cat "$faults/$1"
	fi
}

offloaded()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	[ "$(get_port left offload/conns)" = "$1" ]
}

streams_new()
{
	streams_forget
	port=$((port + 1))
	# Of all together: enough for many not to seem to stand still
	server_start server -l 0.0.0.0:"$port" -n "$1" -u poll -r 400000
	client_start client -c "$right_addr":"$port" -n "$1" -u poll -r 400000
	wait_for 20 moving client server || give_up "nothing moves to begin with"
}

# told ERROR N: so many of the client's connections ended with it, and no other.
# The server has seen no octet that was wrong.
told()
{
	[ "$(grep -c "$1" "$scene/client.err")" -eq "$2" ] &&
		[ "$(wc -l <"$scene/client.err")" -eq "$2" ] &&
		! grep -q 'octet [0-9]* is' "$scene/server.err"
}

# counted NAME BEFORE: it was counted by that name
counted()
{
	[ "$(counter left "$1")" -gt "$2" ]
}

# ---- each outcome ------------------------------------------------------------

# Whatever a case before has left
clean()
{
	local words

	for words in "${bad_words[@]%% *}"; do
		[ "$words" = vanish ] || knob "$words" "$(off "$words")"
	done
	at left terminate all >/dev/null 2>&1
	at left target reset dev "$left_dev" 2>/dev/null
	at left set dev "$left_dev" initiate-ms 10s terminate-ms 10s \
		update-ms 10s
	streams_kill
}

# Set up for N connections, with the fault set at the right moment
begin()
{
	clean
	streams_new "$1"
	at right offload dev "$right_dev" >/dev/null 2>&1
	right_before="$(counter right lost) $(counter right overdue)"
}

# What must hold after every fault
end()
{
	wait_value 30 "0 0 0" counts left || {
		echo "the tree is not empty: $(objects left)"
		return 1
	}
	tree_sound left || return 1
	[ "$(counter right lost) $(counter right overdue)" = "$right_before" ] || {
		echo "the other target noticed"
		return 1
	}
	[ "$(violations left) $(violations right)" = "0 0" ] || {
		echo "the host broke a rule"
		return 1
	}
	streams_kill
}

# harmless N KNOB VALUE COUNTER: they go there and back, every octet is right
harmless()
{
	local n=$1 knob=$2 value=$3 name=$4 before

	begin "$n"
	before=$(counter left "$name")
	knob "$knob" "$value"
	wait_for 30 offloaded "$n" || { cat "$scene/offload"; return 1; }
	go_on 20 client server || { echo "they stand still on the target"; return 1; }
	[ "$name" = - ] || wait_for 10 counted "$name" "$before" || {
		at left terminate dev "$left_dev" >/dev/null
		wait_for 5 counted "$name" "$before" || {
			echo "$name is not counted"
			return 1
		}
	}
	at left terminate dev "$left_dev" >/dev/null
	knob "$knob" "$(off "$knob")"
	go_on 30 client server || { echo "they do not go on"; return 1; }
	streams_end || return 1
	end
}

off()
{
	case $1 in
	fail_*_nth) echo 0 ;;
	fail_*) echo ok ;;
	corrupt) echo none ;;
	layer) echo any ;;
	*) echo 0 ;;
	esac
}

# refused N KNOB VALUE STATUS: they stay in the host, for that reason, and go on
refused()
{
	local n=$1

	begin "$n"
	knob "$2" "$3"
	wait_for 30 all_refused "$n" "$4" || {
		echo "not so many were refused with $4"
		history_new left
		return 1
	}
	knob "$2" "$(off "$2")"
	go_on 30 client server || { echo "they do not go on"; return 1; }
	streams_end || return 1
	end
}

# all_refused N STATUS: of all of them, by one request. One that recovers from a
# loss is not even asked for: once more, then.
all_refused()
{
	history_mark left
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	[ "$(history_new left | awk -v s="$2" '
		$3 == "conn" && $6 == "inhost" && $8 == s { n++ }
		END { print n + 0 }')" -eq "$1" ]
}

# lost N KNOB VALUE COUNTER: they are lost, and the applications are told so
lost()
{
	local n=$1 before

	begin "$n"
	before=$(counter left "$4")
	wait_for 30 offloaded "$n" || { cat "$scene/offload"; return 1; }
	knob "$2" "$3"
	at left --no-wait terminate dev "$left_dev" >/dev/null
	wait_for 30 told "$lost" "$n" || {
		echo "not told: $(sort "$scene/client.err" | uniq -c | head)"
		return 1
	}
	knob "$2" "$(off "$2")"
	counted "$4" "$before" || { echo "$4 is not counted"; return 1; }
	end
}

# hangs N OP: overdue, told, quarantined, and well again after a reset
hangs()
{
	local n=$1 op=$2 before

	begin "$n"
	before=$(counter left overdue)
	# Those that recover from a loss are not taken: all have to hang.
	wait_for 30 offloaded "$n" || { cat "$scene/offload"; return 1; }
	[ "$op" != initiate ] || at left terminate dev "$left_dev" >/dev/null
	at left set dev "$left_dev" initiate-ms 500ms \
		terminate-ms 500ms update-ms 500ms
	knob "hang_$op" 1
	case $op in
	initiate) wait_for 30 hangs_all "$n" ;;
	query) query_all ;;
	*) at left --no-wait "$op" dev "$left_dev" >/dev/null ;;
	esac >/dev/null 2>&1
	wait_for 40 told "$late" "$n" || {
		echo "not told: $(sort "$scene/client.err" | uniq -c | head)"
		return 1
	}
	counted overdue "$before" || { echo "overdue is not counted"; return 1; }
	reset_well "$op"
}

hangs_all()
{
	at left --no-wait offload dev "$left_dev" >/dev/null 2>&1
	[ "$(get_port left offload/conns)" = 0 ] &&
		[ "$(target_state left)" = quarantined ]
}

# reset_well OP: the target is in quarantine, gives late answers, and is well
# again after a reset
reset_well()
{
	local before

	[ "$(target_state left)" = quarantined ] || { echo "no quarantine"; return 1; }
	before=$(counter left late)
	knob "hang_$1" 0
	wait_for 10 counted late "$before" || { echo "no answer came"; return 1; }
	at left target reset dev "$left_dev" || return 1
	[ "$(target_state left) $(target_counts left)" = "ready 0 0 0" ] || {
		echo "after the reset: $(target_state left) $(target_counts left)"
		return 1
	}
	end
}

# stuck N OP COMMAND...: a neighbor's request is overdue: what depends on it comes
# home whole
stuck()
{
	local n=$1

	begin "$n"
	wait_for 30 offloaded "$n" || { cat "$scene/offload"; return 1; }
	at left set dev "$left_dev" update-ms 500ms
	knob "hang_$2" 1
	"${@:3}" >/dev/null 2>&1
	wait_value 20 quarantined target_state left || return 1
	wait_value 30 "0 0 0" counts left || { objects left; return 1; }
	go_on 40 client server || { echo "they do not go on"; return 1; }
	streams_end || return 1
	reset_well "$2"
}

# left_behind N: its dependents are lost while an update of a neighbor is with the
# target: the neighbor stays until that is overdue as well
left_behind()
{
	begin "$1"
	wait_for 30 offloaded "$1" || { cat "$scene/offload"; return 1; }
	at left set dev "$left_dev" terminate-ms 500ms update-ms 6s
	knob hang_update 1
	knob hang_terminate 1
	requests_mark left
	peer_moves || return 1
	wait_for 5 update_asked || { echo "no update"; return 1; }
	at left --no-wait terminate dev "$left_dev" >/dev/null
	wait_for 5 has_left 0 || { objects left; return 1; }
	[ "$(counts left)" = "0 0 1" ] || { echo "it did not stay"; return 1; }
	wait_for 20 told "$late" "$1" || { echo "not told"; return 1; }
	wait_value 20 "0 0 0" counts left || { objects left; return 1; }
	knob hang_terminate 0
	reset_well update
}

update_asked()
{
	[ "$(requested left update neigh)" -gt 0 ]
}

# has_left N: so many connections and paths are in the tree
has_left()
{
	[ "$(counts left | cut -d' ' -f1,2)" = "$1 $1" ]
}

# ended N OP REASON COMMAND...: what fails ends the offload, the octets are right
ended()
{
	local n=$1 before

	begin "$n"
	before=$(counter left op-failed)
	wait_for 30 offloaded "$n" || { cat "$scene/offload"; return 1; }
	history_mark left
	knob "fail_$2" failure
	"${@:4}" >/dev/null 2>&1
	wait_value 20 "0 0 0" counts left || { echo "not terminated"; return 1; }
	knob "fail_$2" ok
	counted op-failed "$before" || { echo "op-failed is not counted"; return 1; }
	history_new left | awk -v reason="$3" '$7 == reason { found = 1 }
		END { exit !found }' || { echo "not for $3"; return 1; }
	go_on 30 client server || { echo "they do not go on"; return 1; }
	streams_end || return 1
	end
}

mac=10
peer_moves()
{
	mac=$((mac + 1))
	ip -n "$right_ns" link set "$right_dev" address 02:00:00:00:66:"$mac" &&
		ip -n "$left_ns" neigh replace "$right_addr" dev "$left_dev" \
			lladdr 02:00:00:00:66:"$mac" nud reachable
}

# All at once: one that hangs must not keep the others from it.
query_all()
{
	local id pids=()

	for id in $(ids left conn); do
		at left query "$id" &
		pids+=($!)
	done
	wait "${pids[@]}"
}

peer_is_gone()
{
	ip -n "$left_ns" neigh change "$right_addr" dev "$left_dev" nud failed
}

flaps()
{
	begin "$1"
	at left set dev "$left_dev" carrier-lost terminate
	wait_for 30 offloaded "$1" || return 1
	# Time enough in between for so many to be offloaded
	knob link_flap_ms $((300 + $1 * 5))
	wait_value 20 "0 0 0" counts left || return 1
	wait_for 20 offloads_once || { echo "none is offloaded again"; return 1; }
	knob link_flap_ms 0
	wait_for 10 link_is_up || { echo "the link stays down"; return 1; }
	at left terminate dev "$left_dev" >/dev/null
	go_on 40 client server || { echo "they do not go on"; return 1; }
	streams_end || return 1
	end
}

offloads_once()
{
	at left offload dev "$left_dev" >/dev/null 2>&1
	[ "$(get_port left offload/conns)" -gt 0 ]
}

link_is_up()
{
	[ "$(get_port left link)" = up ]
}

vanishes()
{
	begin "$1"
	wait_for 30 offloaded "$1" || return 1
	at left set dev "$left_dev" terminate-ms 500ms
	knob vanish 1
	at left --no-wait terminate dev "$left_dev" >/dev/null
	wait_for 40 told "$late" "$1" || {
		echo "not told: $(cat "$scene/client.err"; target_state left; objects left)"
		return 1
	}
	! at left target reset dev "$left_dev" 2>"$scene/reset" || return 1
	grep -q 'it stays in quarantine' "$scene/reset" || return 1
	[ "$(target_state left)" = quarantined ] || return 1
	end || return 1
	scene_unplug left && scene_plug left && scene_wire
}

# ---- the table: what is run, with the arguments that follow the count ----------

table=(
	"harmless complete_twice 1 bad-completion"
	"harmless complete_wrong 1 bad-handle"
	"harmless complete_stale 1 bad-completion"
	"harmless reorder_received 3 bad-data"
	"harmless ack_beyond 1 bad-ack"
	"harmless stall_ms 10 -"
	"refused fail_initiate no-conn no-conn"
	"refused fail_initiate rejected rejected"
	"refused fail_initiate no-buffer no-buffer"
	"refused fail_initiate failure failure"
	"lost fail_terminate failure lost"
	"hangs initiate"
	"hangs terminate"
	"hangs query"
	"stuck update peer_moves"
	"stuck invalidate peer_is_gone"
	"left_behind"
	"ended update update-failed peer_moves"
	"ended query query-failed query_all"
	"ended invalidate neigh-unreachable peer_is_gone"
	"flaps"
)
# What is out of range and cannot be; and what is, and does no harm
cannot_be=(rcv_nxt_back rcv_nxt_ahead rcv_wup rcv_wnd snd_una_back snd_una_ahead
	snd_nxt_back snd_nxt_ahead snd_wnd max_window snd_wl1 cwnd_zero
	cwnd_huge rto_zero rto_huge mss_zero mss_huge
	mtup_high reordering_zero reordering_huge ts_recent ecn_flags rcv_mss
	probes_out keepalive_delta retransmit_delta probe_delta)
does_no_harm=(ssthresh rcv_ssthresh window_clamp ts_recent_age ato min_rtt
	prior_cwnd keepalive_late srtt mdev mdev_max rttvar backoff ca_priv)

one()
{
	# shellcheck disable=SC2086 # a line of the table is words
	set -- "$1" ${2}
	check_here "$2 ${*:3}, $1 connections" "$2" "$1" "${@:3}"
	note "fault: ${*:2}: lost $(counter left lost) overdue $(counter left overdue) late $(counter left late) bad-handle $(counter left bad-handle) bad-completion $(counter left bad-completion) bad-state $(counter left bad-state) bad-data $(counter left bad-data) bad-ack $(counter left bad-ack) op-failed $(counter left op-failed)"
}

# Every state that cannot be, on one connection after the other of one process
# that has one for each
corrupted()
{
	local n=${#cannot_be[@]} i=0 id bad

	begin "$n"
	bad=$(counter left bad-state)
	wait_for 30 offloaded "$n" || { cat "$scene/offload"; return 1; }
	for id in $(ids left conn); do
		knob corrupt "${cannot_be[i]}" || return 1
		at left terminate "$id" >/dev/null
		i=$((i + 1))
		[ $(($(counter left bad-state) - bad)) -eq "$i" ] || {
			echo "${cannot_be[i - 1]} was believed"
			return 1
		}
	done
	knob corrupt none
	wait_for 30 told "$lost" "$n" || {
		echo "not told: $(sort "$scene/client.err" | uniq -c | head)"
		return 1
	}
	end
}

unharmed()
{
	local n=${#does_no_harm[@]} i=0 id

	begin "$n"
	wait_for 30 offloaded "$n" || { cat "$scene/offload"; return 1; }
	for id in $(ids left conn); do
		knob corrupt "${does_no_harm[i]}" || return 1
		at left terminate "$id" >/dev/null || {
			echo "${does_no_harm[i]} was fatal"
			return 1
		}
		i=$((i + 1))
	done
	knob corrupt none
	go_on 30 client server || return 1
	streams_end || return 1
	end
}

# Acknowledgements by numbers half way round and more, which the next comparison by
# sign would believe
far_acks()
{
	local id una pair before refused=0

	begin 1
	wait_for 30 offloaded 1 || { cat "$scene/offload"; return 1; }
	id=$(ids left conn)
	una=$(awk -v id="$id" '$1 == id { print $(NF - 3) }' "$(probe left)/conns")
	before=$(counter left bad-ack)
	for pair in "2000000000 4000000000" "2147483647 4294967295" "2147483648 4294000000" \
		"1500000000 3600000000" "100000000 100000000"; do
		# shellcheck disable=SC2086 # two words
		set -- $pair
		bash -c "echo 'acked $id $(((una + $1) % 4294967296)) $(((una + $2) % 4294967296))' >$(probe left)/upcall" 2>/dev/null ||
			refused=$((refused + 1))
	done
	echo "$refused of 5 were refused"
	[ "$refused" = 5 ] && [ $(($(counter left bad-ack) - before)) = 5 ] || return 1
	go_on 20 client server || return 1
	at left terminate dev "$left_dev" >/dev/null
	go_on 30 client server || return 1
	streams_end || return 1
	end
}

# ---- the knobs refuse what they do not know -----------------------------------

# bad_knob NAME VALUE: refused with EINVAL, and nothing is changed
bad_knob()
{
	local before after

	before=$(cat "$faults/$1" 2>/dev/null)
	bash -c "echo '$2' >'$faults/$1'" 2>&1 | grep -q 'Invalid argument' ||
		return 1
	after=$(cat "$faults/$1" 2>/dev/null)
	[ "$before" = "$after" ]
}

bad_words=(
	"fail_initiate perhaps" "fail_terminate not-admitted" "fail_update -1"
	"fail_query okay" "fail_invalidate no-conn-at-all"
	"fail_initiate_nth x" "fail_terminate_nth -" "fail_update_nth x"
	"fail_query_nth x" "fail_invalidate_nth x"
	"hang_initiate 2" "hang_terminate x" "hang_update 2" "hang_query 2"
	"hang_invalidate 2" "layer roof" "corrupt everything"
	"complete_twice x" "complete_wrong x" "complete_stale x"
	"ack_beyond x" "reorder_received x" "hold_send 2" "link_flap_ms 60001" "vanish 0"
	"stall_ms 10001"
)

# In the long run every fault with one and with many connections; in the short
# one a sample of those that are alike, and one with many: others with each seed.
RANDOM=$((SEED % 32768))
with_one=("${table[@]}") with_many=("${table[@]}")
if [ -z "${CHIMNEY_LONG:-}" ]; then
	with_one=("${table[RANDOM % 6]}" "${table[6 + RANDOM % 4]}" "${table[@]:10}")
	with_many=("${table[RANDOM % ${#table[@]}]}")
fi

plan $((${#bad_words[@]} + 2 + ${#with_one[@]} + 3 + ${#with_many[@]} + 2))

for words in "${bad_words[@]}"; do
	# shellcheck disable=SC2086 # a knob and a word
	check "knob: $words is refused" bad_knob $words
done
every_knob()
{
	local file

	for file in "$faults"/*; do
		printf '%s\n' "${bad_words[@]}" |
			grep -q "^$(basename "$file") " || {
			echo "$(basename "$file") has no such case"
			return 1
		}
	done
}
check "knob: each has such a case" every_knob
check_equal "corrupt: each field is tried" \
	"$(printf '%s\n' none "${cannot_be[@]}" "${does_no_harm[@]}" | sort)" \
	"$(knob corrupt | tr -d '[]' | sort)"

for line in "${with_one[@]}"; do
	one 1 "$line"
done
check_here "corrupt: each field that cannot be" corrupted
check_here "corrupt: each field that does no harm" unharmed
check_here "acknowledgements that cannot be" far_acks
for line in "${with_many[@]}"; do
	one $many "$line"
done
check_here "vanishes, 1 connection" vanishes 1
check "and the modules can go" eval 'scene_unplug left; scene_unplug right; rmmod chimsim && rmmod chimney'

finish
