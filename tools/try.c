// SPDX-License-Identifier: GPL-2.0
/* chimney try: what would become of a connection, which stays where it is. */

#include <stdio.h>
#include <string.h>
#include "addr.h"
#include "chimney.h"
#include "nl.h"
#include "output.h"
#include "try.h"

struct json_object *try_conn(struct nl *nl, char **ends, int quiet)
{
	struct nlmsghdr *request = nl_request(nl, CHIMNEY_CMD_TRY, false, 64);
	struct in6_addr saddr, daddr;
	in_port_t sport, dport;

	parse_end(ends[0], &saddr, &sport);
	parse_end(ends[1], &daddr, &dport);
	put_addr(request, CHIMNEY_A_TRIAL_SADDR, &saddr);
	put_addr(request, CHIMNEY_A_TRIAL_DADDR, &daddr);
	mnl_attr_put_u16(request, CHIMNEY_A_TRIAL_SPORT, sport);
	mnl_attr_put_u16(request, CHIMNEY_A_TRIAL_DPORT, dport);
	return nl_get(nl, request, quiet);
}

static void say_rule(FILE *out, struct json_object *t)
{
	if (number_of(t, "rule"))
		fprintf(out, "rule %s", text_of(t, "rule"));
	else
		fprintf(out, "the default");
}

/* What it waits for, if the rules would have it offloaded */
static void say_wait(FILE *out, struct json_object *t)
{
	const char *why = text_of(t, "why");

	if (*why)
		fprintf(out, ", but not now: %s", why);
	else if (!member_of(t, "age_ms"))
		fprintf(out, ", had it begun after the target was set to auto");
	else if (number_of(t, "backoff_ms"))
		fprintf(out, ", in %s, when its back-off is over",
			show_time(number_of(t, "backoff_ms") * 1000000));
	else if (number_of(t, "age_ms") < number_of(t, "min_age_ms"))
		fprintf(out, ", in %s, when it is old enough",
			show_time((number_of(t, "min_age_ms") -
				   number_of(t, "age_ms")) * 1000000));
	else if (number_of(t, "octets") < number_of(t, "min_octets"))
		fprintf(out, ", when it has moved %s more",
			show_size(number_of(t, "min_octets") -
				  number_of(t, "octets")));
}

void say_trial(FILE *out, struct json_object *t)
{
	if (!member_of(t, "ifindex")) {
		fprintf(out, "It cannot be offloaded: %s.", text_of(t, "why"));
	} else if (!strcmp(text_of(t, "admission"), "manual")) {
		fprintf(out, "%s takes what an administrator names",
			dev_name(number_of(t, "ifindex")));
		if (*text_of(t, "why"))
			fprintf(out, ", but not this one: %s",
				text_of(t, "why"));
		fprintf(out, ".");
	} else if (!strcmp(text_of(t, "verdict"), "never")) {
		say_rule(out, t);
		fprintf(out, " keeps it in the host.");
	} else {
		say_rule(out, t);
		fprintf(out, " offloads it to %s with priority %s",
			dev_name(number_of(t, "ifindex")),
			text_of(t, "priority"));
		say_wait(out, t);
		fprintf(out, ".");
	}
}

int verb_try(int argc, char **argv)
{
	struct in6_addr host, peer;
	struct json_object *t;
	in_port_t port;
	struct nl nl;

	if (argc != 2 || !parse_end(argv[0], &host, &port) ||
	    !parse_end(argv[1], &peer, &port))
		return usage("try wants ADDR:PORT ADDR:PORT, the host's end and the peer's; [ADDR]:PORT for IPv6");
	if (!addr_same_protocol(&host, &peer))
		return usage_protocols(argv[0], argv[1]);
	if (!nl_open(&nl))
		return FAILED;
	t = try_conn(&nl, argv, 0);
	nl_close(&nl);
	if (!t)
		return FAILED;
	if (options.json) {
		print_json(t);
	} else {
		say_trial(stdout, t);
		putchar('\n');
	}
	json_object_put(t);
	return DONE;
}
