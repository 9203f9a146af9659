# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# How the virtual machine is started; read by those who do.

# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/common.sh"

# A machine with nothing but serial ports, that ends instead of rebooting.
qemu_command=(qemu-system-x86_64 -nodefaults -no-user-config -display none
	      -no-reboot)

# logs_of SERIES[:SHARD]: where a machine's logs are
logs_of()
{
	echo "$build/logs/${1//[:\/]/-}"
}

# machine_for SERIES [bench]: one that watches itself needs more of everything; one in
# which instructions are counted has one processor, so that all of them are one after the
# other. Sets $slow, how many times as long all takes there, and adds to $qemu_command.
# shellcheck disable=SC2034 # slow is for who reads this
machine_for()
{
	local memory=2G cpus=2

	slow=1
	[ "${2:-}" != bench ] || memory=8G cpus=1
	if [ -f "$top/selftests/vm/config/$1" ]; then
		slow=4 memory=5G
		# For data races processors have to run at the same time; and the kernel
		# reports those of its own as well.
		if grep -qx CONFIG_KCSAN=y "$top/selftests/vm/config/$1"; then
			emulation=tcg,thread=multi
			kernel_command_line+=" panic_on_warn=0"
		fi
	fi
	qemu_command+=(-m "${VM_MEMORY:-$memory}" -smp "${VM_CPUS:-$cpus}")
}

# A warning or an oops ends the machine; timer quirks of slow emulation do not.
kernel_command_line="console=ttyS0 panic=-1 panic_on_warn=1 oops=panic \
log_buf_len=8M printk.devkmsg=on no_timer_check tsc=reliable mitigations=off nokaslr \
random.trust_cpu=on net.ifnames=0 rdinit=/init"

# Hardware virtualization may look available and yet hang: it is used if a
# kernel gets as far as to look for its root file system, which it lacks, in
# ten seconds. The result is kept.
find_accelerator()
{
	local kernel=$1 log=$build/logs/accel.log

	[ ! -s "$build/accel" ] || return 0
	mkdir -p "$build/logs"
	if [ ! -w /dev/kvm ]; then
		say "no hardware virtualization here (no access to /dev/kvm): emulating"
		echo tcg >"$build/accel"
		return
	fi
	say "trying hardware virtualization, for 10 seconds at most"
	timeout -k 1 10 "${qemu_command[@]}" -m 2G -accel kvm -cpu host \
		-kernel "$kernel" -append "$kernel_command_line" \
		-serial file:"$log" </dev/null >/dev/null 2>&1 || true
	if grep -q 'Unable to mount root fs' "$log" 2>/dev/null; then
		say "it works"
		echo kvm >"$build/accel"
	else
		say "it does not work: emulating (rm $build/accel to try again)"
		echo tcg >"$build/accel"
	fi
}

# In emulation all virtual processors share one thread: with one each, on a
# busy machine, QEMU was seen to run kernel code while it was being patched. The
# kernels are tested side by side, so that no core is idle. The processor is a plain
# one: what newer ones can do (AVX, SMAP) made all a tenth slower when emulated.
emulation=tcg,thread=single

accelerator_options()
{
	case $(cat "$build/accel") in
	kvm)	echo "-accel kvm -cpu host" ;;
	*)	echo "-accel $emulation -cpu qemu64,+rdrand" ;;
	esac
}

# A machine whose time is the count of its instructions, one a nanosecond, and jumps to
# the next timer when there is nothing to do: what takes how long there depends neither
# on the computer nor on what else it does. Nothing in it is drawn by lot, and twice
# the same run is twice the same. $PROFILER: a plugin, and its options
# shellcheck disable=SC2034 # for who starts one
nothing_random="norandmaps randomize_kstack_offset=off slab_nomerge"

counting_options()
{
	echo "-accel tcg,thread=single -icount shift=0,sleep=off,align=off" \
	     "-cpu qemu64 -rtc base=2026-01-01,clock=vm -seed 1" \
	     "${PROFILER:+-plugin $PROFILER}"
}

# The machines of several kernels run side by side; the lines of each are
# marked. Sets the arrays pids and prefixers.
pids=()
prefixers=()

# start_marked SERIES COMMAND...
start_marked()
{
	local series=$1 out

	shift
	exec {out}> >(exec sed -u "s,^,[$series] ,")
	prefixers+=($!)
	"$@" >&"$out" 2>&1 &
	pids+=($!)
	exec {out}>&-
}

# What follows is said after everything that the machines said.
wait_marked()
{
	wait "${pids[@]}"
	wait "${prefixers[@]}"
}

# shellcheck disable=SC2317 # called by traps
stop_marked()
{
	kill "${pids[@]}" 2>/dev/null
	wait_marked
	exit 130
}
