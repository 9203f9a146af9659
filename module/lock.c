// SPDX-License-Identifier: GPL-2.0
/* The lock of a host's socket, waited for within bounds. */

#include "lock.h"

#include <linux/wait.h>
#include <net/sock.h>

/* As __lock_sock() takes it, if nobody has it. */
static bool try_own(struct sock *sk)
{
	bool owned;

	spin_lock_bh(&sk->sk_lock.slock);
	owned = !sock_owned_by_user_nocheck(sk);
	if (owned)
		sk->sk_lock.owned = 1;
	spin_unlock_bh(&sk->sk_lock.slock);
	return owned;
}

/* release_sock() wakes whoever waits there, after it has given up the lock. */
bool chimney_lock_sock(struct sock *sk, unsigned long until)
{
	long left = until - jiffies;

	might_sleep();
	if (!try_own(sk) &&
	    (left <= 0 ||
	     !wait_event_timeout(sk->sk_lock.wq, try_own(sk), left)))
		return false;
	mutex_acquire(&sk->sk_lock.dep_map, 0, 1, _RET_IP_);
	return true;
}
