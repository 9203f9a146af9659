#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who may do what: every operation of the netlink family and every file in sysfs,
# with each kind of caller. Looking at what there is is for anyone in the network
# namespace, as with ss; what was, and every change, takes CAP_NET_ADMIN over it.
# Who is refused gets EPERM and has changed nothing. Nobody is told of pointers
# or users. Who owns a network namespace rules there, and nowhere else.
#
# Time limit: 200 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=2
callers=(root nocap user userns ownnet other)
plan 146
load_modules chimney chimnull
scene_build
nlraw=$(program nlraw)
streams_start -n $conns -u mixed -r 20000
at left offload dev $left_dev >/dev/null
settled left $conns 1 1 >/dev/null || give_up "cannot offload"
conn=$(ids left conn | head -n 1)
index=$(scene_ifindex $left_ns $left_dev)
sys=/sys/class/net/$left_dev/chimney

# ---- callers -------------------------------------------------------------

# In the network namespace of the connections: root; root without the
# capability; an ordinary user; one who has all capabilities, in a user namespace
# of the own. In another: one who has made it as well; and root.
as_root() { left "$@"; }
as_nocap() { left setpriv --bounding-set -net_admin "$@"; }
as_user()
{
	left setpriv --reuid user --regid user --clear-groups "$@"
}
as_userns() { as_user unshare --user --map-root-user "$@"; }
as_ownnet() { as_user unshare --user --map-root-user --net "$@"; }
as_other() { ip netns exec chimney-other "$@"; }
ip netns add chimney-other || give_up "cannot add a network namespace"
at_exit ip netns del chimney-other

# All that could have been changed. The journal tells of every change.
state()
{
	at left -j history dev $left_dev last 1
	left bash -c "cd $sys && cat neighs paths conns state settings/* policy/*"
	at left rules
}

# ask CALLER: all requests of $scene/requests, each a line that begins with its
# name; in short, what the kernel said to each, in $scene/said-CALLER
ask()
{
	# shellcheck disable=SC2016 # it is for the other shell
	"as_$1" bash -c '
		while read -r name request; do
			echo "$name $(timeout 20 "$0" $request 2>&1 | head -n 1)"
		done' "$nlraw" <"$scene/requests" | awk '
		/ errno 0 messages 0$/	{ print $1, "nothing"; next }
		/ errno 0 /		{ print $1, "ok"; next }
		/ errno [A-Z]/		{ print $1, $3; next }
					{ print }' >"$scene/said-$1"
}

# said CALLER NAME: what of that concerns one request
said()
{
	sed -n "s/^$2 //p" "$scene/said-$1"
}

# root_may REQUEST...: what root is told
root_may()
{
	echo "it $*" >"$scene/requests"
	ask root
	said root it
}

# ---- netlink -------------------------------------------------------------

# What each caller is told, in the order of $callers
request_of()
{
	case $1 in
	target-get | stats-get | check)
			echo "$1 ifindex=$index" ;;
	object-get)	echo "$1 id=$conn" ;;
	journal-get)	echo "$1 ifindex=$index seq=1" ;;
	target-set)	echo "$1 ifindex=$index settings[ divert-max=1048576 ]" ;;
	offload)	echo "$1 ifindex=$index" ;;
	terminate)	echo "$1 ifindex=$index id=$conn" ;;
	query)		echo "$1 id=$conn" ;;
	target-reset)	echo "$1 ifindex=$index" ;;
	rules-get)	echo "$1 number=0" ;;
	rules-set)	echo "$1 default=0" ;;
	try)		echo "$1 saddr=10.0.0.1 daddr=10.0.0.2 sport=1 dport=1" ;;
	*:dump)		echo "-d ${1%:dump}" ;;
	esac
}

table="
target-get		ok ok    ok    ok    ENODEV ENODEV
target-get:dump		ok ok    ok    ok    nothing nothing
object-get		ok ok    ok    ok    ENOENT ENOENT
object-get:dump		ok ok    ok    ok    nothing nothing
stats-get		ok ok    ok    ok    ENODEV ENODEV
stats-get:dump		ok ok    ok    ok    nothing nothing
journal-get		ok EPERM EPERM EPERM ENODEV ENODEV
journal-get:dump	ok EPERM EPERM EPERM nothing nothing
check			ok EPERM EPERM EPERM ENODEV ENODEV
query			ok EPERM EPERM EPERM ENOENT ENOENT
target-set		- EPERM EPERM EPERM ENODEV ENODEV
target-reset		- EPERM EPERM EPERM ENODEV ENODEV
offload			- EPERM EPERM EPERM ENODEV ENODEV
terminate		- EPERM EPERM EPERM ENODEV ENODEV
rules-get		ok ok    ok    ok    ok ok
rules-get:dump		ok ok    ok    ok    ok ok
rules-set		nothing EPERM EPERM EPERM nothing nothing
try			ENOENT EPERM EPERM EPERM ENOENT ENOENT
"

check_equal "the table has every operation" \
	"$(awk '/^operations:/ { on = 1 } /^mcast-groups:/ { on = 0 }
		on && $1 == "name:" && $2 != "event" { print $2 }' \
		"$selftests/../netlink/specs/chimney.yaml" | sort)" \
	"$(awk 'NF { sub(":dump", "", $1); print $1 }' <<<"$table" | sort -u)"

# Root is the last, since it may; and of what changes things it is not asked.
state >"$scene/before"
while read -r name _; do
	[ -z "$name" ] || echo "$name $(request_of "$name")"
done <<<"$table" >"$scene/requests"
for ((i = ${#callers[@]} - 1; i > 0; i--)); do
	ask "${callers[i]}"
done
state >"$scene/after"
check "nobody has changed anything" diff "$scene/before" "$scene/after"
sed -i -E '/^(offload|terminate|target-set|target-reset) /d' "$scene/requests"
ask root

while read -r name wanted; do
	[ -n "$name" ] || continue
	read -ra wanted <<<"$wanted"
	for ((i = ${#callers[@]} - 1; i >= 0; i--)); do
		[ "${wanted[i]}" = - ] ||
			check_equal "$name: ${callers[i]}" "${wanted[i]}" \
				"$(said "${callers[i]}" "$name")"
	done
done <<<"$table"

# listens CALLER: listens to events for a moment; what came of it is in $listened
listens()
{
	local heard=$scene/heard-$1

	"as_$1" timeout 10 "$nlraw" -e >"$heard" 2>&1 &
	wait_for 10 test -s "$heard"
	stop_process $!
	listened=$(sed 's/^errno \([A-Z]*\).*/\1/' "$heard" | head -n 1)
}
for caller in nocap user userns; do
	listens $caller
	check_equal "events: $caller" EPERM "$listened"
done
for caller in root ownnet other; do
	listens $caller
	check_equal "events: $caller" listening "$listened"
done

# ---- sysfs ---------------------------------------------------------------

# try_files CALLER: for each file of the target's folder, what came of reading it
# and of writing to it something that makes no sense, in one line
try_files()
{
	# shellcheck disable=SC2016 # it is for the other shell
	"as_$1" bash -c '
		cd "$1" || exit
		error=/tmp/error-$$
		for file in $(find . -type f | sort); do
			read=no write=no
			# No process for each: there are hundreds of files.
			{ mapfile -t text <"$file"; } 2>/dev/null && read=yes
			{ echo nonsense >"$file"; } 2>"$error" && write=yes
			case $(<"$error") in
			*"Permission denied"*)		write=closed ;;
			*"not permitted"*)		write=EPERM ;;
			*"Invalid argument"*)		write=EINVAL ;;
			esac
			echo "${file#./} $read $write"
		done
		rm "$error"' - "$sys"
}

# The names of files that are read or written so
files_that()
{
	awk -v read="$2" -v write="$3" '
		(read == "" || $2 == read) && (write == "" || $3 == write) {
			print $1
		}' "$scene/files-$1"
}

writable="offload
$(printf 'policy/%s\n' address-removed admin-down capacity carrier-lost \
	displaced enslaved filter-attached high-drop-rate high-fragmentation \
	high-out-of-order inactive low-activity memory-pressure \
	neigh-unreachable no-buffer-preposting offload-paused pause promiscuous \
	redirected route-changed small-io)
reset
$(printf 'settings/%s\n' admission backoff-decay-ms backoff-max-ms backoff-ms \
	divert-max hysteresis initiate-ms max-conns max-history min-received \
	min-sent min-stay-ms rest-failures rest-ms terminate-ms update-ms \
	window-ms)
terminate"
for caller in "${callers[@]:0:5}"; do
	try_files "$caller" >"$scene/files-$caller"
done
note "$(wc -l <"$scene/files-root") files"
check_equal "sysfs: root reads all but what is only written" \
	"offload reset terminate" "$(files_that root no "" | tr '\n' ' ' | sed 's/ $//')"
check_equal "sysfs: root writes these, and no others" "$writable" \
	"$(files_that root "" EINVAL)"
check_equal "sysfs: without the capability they are refused" "$writable" \
	"$(files_that nocap "" EPERM)"
check_equal "sysfs: and the others as well" "" \
	"$(files_that nocap "" yes)$(files_that nocap "" EINVAL)"
for caller in user userns ownnet; do
	check_equal "sysfs: $caller opens none for writing" "" \
		"$(awk '$3 != "closed"' "$scene/files-$caller")"
	check_equal "sysfs: $caller reads what root reads" \
		"$(files_that root yes "")" "$(files_that "$caller" yes "")"
done
# Who has opened a file may have been root. Who writes to it counts.
check_fails "sysfs: a file that root has opened" 1 'not permitted' \
	left bash -c "exec 7>$sys/terminate; exec setpriv --reuid user \
		--regid user --clear-groups bash -c 'echo all >&7'"

# Not by "ip netns exec", which mounts a sysfs with nothing in these places
user()
{
	setpriv --reuid user --regid user --clear-groups "$@"
}
check_fails "debugfs: closed" 2 'denied' user ls /sys/kernel/debug/chimsim
check_fails "tracepoints: closed" 2 'denied' \
	user ls /sys/kernel/tracing/events/chimney
user_writes()
{
	user find -L /sys/bus/chimsim -maxdepth 5 -path '*/subsystem' -prune -o \
		-type f -writable -print
}
check_equal "the simulated hardware: a user writes to none of its files" "" \
	"$(user_writes 2>/dev/null)"

# ---- what is told --------------------------------------------------------

# Addresses and ports, as ss tells; and no more of whose they are.
told()
{
	as_user "$chim" -j show
	as_user "$chim" -j target show
	as_user "$chim" -j stats
	as_user bash -c "cd $sys && grep -r . ." 2>/dev/null
}
told >"$scene/told"
check "a user is told something" grep -q "\"id\":$conn" "$scene/told"
check_fails "of no pointer" 1 '^$' \
	grep -oiE '(0x)?ffff[0-9a-f]{12}|\(____ptrval____\)|\(null\)' "$scene/told"
check_fails "and of no user, process or inode" 1 '^$' \
	grep -oiE '"(uid|user|pid|process|inode|comm)"' "$scene/told"
# A cookie is no secret: sock_diag gives it to the same user.
cookie=$(as_user "$chim" -j show | jq ".[].tree[].paths[].conns[] |
	select(.id == $conn).cookie")
check "a cookie is what ss shows the same user" grep -q \
	"sk:$(printf '%x' "$cookie")\\b" <(as_user ss -tne)

# ---- a network namespace of one's own -------------------------------------

# One that a user has made, with a device that was given to it
as_user unshare --user --map-root-user --net sleep 1000 &
holder=
find_holder()
{
	holder=$(pgrep -u user -x sleep | tail -n 1)
	[ -n "$holder" ] && [ "$(readlink "/proc/$holder/ns/net")" != \
		"$(left readlink /proc/self/ns/net)" ]
}
wait_for 10 find_holder || give_up "no namespace of a user's own"
at_exit stop_process "$holder"
inside()
{
	nsenter --target "$holder" --user --net --setuid 0 --setgid 0 "$@"
}
check "a device is given to a user's namespace" ip link set chimnull0 netns "$holder"
open_there()
{
	inside ip link set chimnull0 up 2>/dev/null
	inside "$chim" -j target show | jq -e '.[0].closed == null' >/dev/null
}
check "the user sets it up" wait_for 10 open_there
make_up=(10.0.0.1:22 10.0.0.2:1001 dev chimnull0 nexthop 10.0.0.2)
check "and offloads to it" inside "$chim" offload "${make_up[@]}"
check "and sets it" inside "$chim" set dev chimnull0 pause ignore
check_fails "within bounds" 1 'out of range' \
	inside "$nlraw" target-set \
	"ifindex=$(inside ip -o link show chimnull0 | cut -d: -f1)" \
	'settings[' divert-max=4294967295 ']'
check "and listens" inside "$chim" history dev chimnull0
check_equal "nothing else is there" 1 "$(inside "$chim" -j target show | jq length)"
check "and takes all back" inside "$chim" terminate all
check_equal "which is all of the own" "$conns 1 1" "$(counts left)"
check "outside nobody's connections have moved" go_on 20 client server

check_equal "root may offload what is offloaded" ok \
	"$(root_may offload "ifindex=$index")"
check_equal "root may set" nothing "$(root_may target-set "ifindex=$index" \
	'settings[' divert-max=1048576 ']')"
check_equal "root may terminate" ok "$(root_may terminate "id=$conn")"
check "and it is" wait_value 10 "$((conns - 1)) 1 1" counts left
streams_stop "every octet is right"
scene_fair "the host broke no rule"

finish
