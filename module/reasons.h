/* SPDX-License-Identifier: GPL-2.0 */
/* What each reason leaves to choose, and what is done unless it is set. */
#ifndef _CHIMNEY_REASONS_H
#define _CHIMNEY_REASONS_H

#include <linux/bits.h>
#include <net/chimney.h>

/* Choices beside terminate */
#define CHIMNEY_MAY_HOLD	BIT(0)
#define CHIMNEY_MAY_IGNORE	BIT(1)
#define CHIMNEY_MAY_ALL		(CHIMNEY_MAY_HOLD | CHIMNEY_MAY_IGNORE)

/**
 * struct chimney_reason_info - a reason
 * @choices: what may be set beside terminate, CHIMNEY_MAY_ bits
 * @ignored: unless set, it is ignored; else it terminates
 * @refusal: what to say to who sets what may not be; a constant string
 * @closed: why nothing is offloaded while it holds of a target, for a person to
 *          read; NULL: it does not hold of one for a while
 * @closes: that is so even if the reason is ignored
 */
struct chimney_reason_info {
	u8		choices;
	bool		ignored;
	const char	*refusal;
	const char	*closed;
	bool		closes;
};

extern const struct chimney_reason_info chimney_reasons[CHIMNEY_REASON_MAX + 1];

/* May this be set? */
bool chimney_reason_may(enum chimney_reason reason, enum chimney_action action);
/* What decides when a termination has this reason. */
enum chimney_decider chimney_reason_decider(enum chimney_reason reason);

#endif /* _CHIMNEY_REASONS_H */
