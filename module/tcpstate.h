/* SPDX-License-Identifier: GPL-2.0 */
/* TCP state: what is needed of it besides <net/chimney_tcp.h>. */
#ifndef _CHIMNEY_TCPSTATE_H
#define _CHIMNEY_TCPSTATE_H

#include <net/chimney_tcp.h>

struct tcp_congestion_ops;

/*
 * May the private state of a congestion control travel as it stands? Only of
 * those that keep all they know in it and need no release.
 */
bool chimney_tcp_ca_travels(const struct tcp_congestion_ops *ca);

/* No loss is being recovered from any more. Socket locked. */
void chimney_tcp_ca_open(struct sock *sk);

/*
 * What a target tells of a connection, into the parked socket: what programs are
 * shown of it, TCP_INFO and ss. What is handed over by octets stays as it is.
 */
void chimney_tcp_show(struct sock *sk, const struct chimney_tcp_state *st);

#endif /* _CHIMNEY_TCPSTATE_H */
