// SPDX-License-Identifier: GPL-2.0
/* chimney query: a connection's variables, as the NIC has them at present. */

#include <stdio.h>
#include "chimney.h"
#include "nl.h"
#include "output.h"
#include "parse.h"

static int take_query(struct json_object *msg, void *arg)
{
	json_object_array_add(arg, msg);
	return 0;
}

static void print_query(struct json_object *q)
{
	struct json_object *tcp = member_of(q, "tcp");

	printf("%s: sent up to %s, acknowledged up to %s, window %s\n",
	       text_of(q, "id"), text_of(tcp, "snd_nxt"),
	       text_of(tcp, "snd_una"), show_size(number_of(tcp, "snd_wnd")));
	printf("   received up to %s, window %s\n", text_of(tcp, "rcv_nxt"),
	       show_size(number_of(tcp, "rcv_wnd")));
	printf("   %s: cwnd %s ssthresh %s mss %s\n", text_of(tcp, "congestion"),
	       text_of(tcp, "cwnd"), text_of(tcp, "ssthresh"),
	       text_of(tcp, "mss"));
	printf("   round trip %s", show_time(number_of(tcp, "srtt_us") * 1000));
	printf(" +- %s", show_time(number_of(tcp, "rttvar_us") * 1000));
	printf(", timeout %s, %s sent again\n",
	       show_time(number_of(tcp, "rto_us") * 1000),
	       show_count(number_of(tcp, "total_retrans"), "segment"));
}

static int query(struct nl *nl, uint64_t id, struct json_object *answers)
{
	struct nlmsghdr *request = nl_request(nl, CHIMNEY_CMD_QUERY, false, 64);

	mnl_attr_put_u64(request, CHIMNEY_A_QUERY_ID, id);
	return nl_talk(nl, request, 0, take_query, answers) ? FAILED : DONE;
}

int verb_query(int argc, char **argv)
{
	struct json_object *answers;
	int status = DONE;
	struct nl nl;
	uint64_t id;
	size_t i;

	if (!argc)
		return usage("query wants the ids of connections");
	for (i = 0; argv[i]; i++)
		if (!parse_u64(argv[i], &id))
			return usage("'%s' is no id", argv[i]);
	if (!nl_open(&nl))
		return FAILED;
	answers = json_object_new_array();
	for (i = 0; argv[i]; i++) {
		parse_u64(argv[i], &id);
		if (query(&nl, id, answers) != DONE)
			status = FAILED;
	}
	if (options.json)
		print_json(answers);
	for (i = 0; i < length_of(answers) && !options.json; i++)
		print_query(json_object_array_get_idx(answers, i));
	json_object_put(answers);
	nl_close(&nl);
	return status;
}
