/* time_steps.h - how the times of a series follow one another: a state that merges.
 *
 * The state of a sequence of times says how many there are, how many repeat the one before, which
 * steps lie between neighbours, and what the days have in common. All of it but `backwards` is
 * about the sorted sequence, so that the state of a whole is the merge of the states of its parts,
 * however it was cut in time and in whatever order the parts are merged.
 *
 * Steps. Of the distinct steps the TIME_STEPS_MAX smallest are counted exactly; the rest is one
 * number. The smallest of a union are among the smallest of its parts, so the counts stay exact
 * under merging, which "the most frequent" would not. A step that makes up more than half of all is
 * thus always known where at most half of the steps are smaller than the greatest that is counted.
 *
 * Parts that overlap in time cannot be merged from states: the figures become STEPS_UNORDERED and
 * the sequence's neighbours are not known. Bounds, `times` and `backwards` stay exact.
 *
 * Memory: a value of about 330 bytes; the encoded form of a regular sequence is one byte.
 */
#ifndef TSI_MODEL_TIME_STEPS_H
#define TSI_MODEL_TIME_STEPS_H

#include "base/str.h"
#include "model/time.h"

/* Calendar months take four lengths, and business days two: sixteen leave room for gaps. */
#define TIME_STEPS_MAX 16

enum steps_quality {
    STEPS_EXACT,
    STEPS_UNORDERED, /* parts overlap in time: what depends on neighbours is not known */
    STEPS_UNKNOWN,   /* not computed, `backwards` neither */
};

/* What all days of a sequence have in common; the bit falls with the first day that lacks it. */
enum day_position {
    DAY_MONTH_START = 1,
    DAY_BUSINESS_START = 2, /* the first day, or the Monday after a weekend that holds it */
    DAY_MONTH_END = 4,
    DAY_BUSINESS_END = 8,
    DAY_POSITIONS = 15,
};

struct time_step {
    uint64_t step, count;
};

/* Between nanoseconds and seconds. */
#define TIME_GRAIN_MAX 3

struct time_steps {
    uint64_t times;       /* 0: everything else is 0 */
    int64_t t_min, t_max; /* bounds of the times */
    enum steps_quality quality;
    uint8_t grain;       /* all times are multiples of 1000^grain ticks, TIME_GRAIN_MAX at most */
    uint64_t backwards;  /* times earlier than the one before, in the order of the rows */
    uint64_t duplicates; /* times equal to the one before, in order of time */
    uint64_t longest;    /* step; 0 where all times are equal */
    uint64_t other;      /* steps that are longer than all of `steps` */
    size_t n;            /* distinct steps that are counted, ascending */
    struct time_step steps[TIME_STEPS_MAX];
    /* Calendar facts, all 0 unless every time falls on the same time of day: */
    bool whole_days;
    uint8_t weekdays;  /* those that occur, Monday is bit 0 */
    uint8_t positions; /* enum day_position that every day has */
    uint16_t months;   /* those that occur, January is bit 0; 0 where positions is 0 */
    uint64_t weekends; /* steps from a Friday to the Monday after it */
};

/* The state of n times in the order of their rows. Sorts `v` where it is out of order. `unit` gives
 * the calendar; TIME_UNIT_INDEX has none. */
void time_steps_of(int64_t *v, size_t n, enum time_unit unit, struct time_steps *out);

/* The state of `times` times with equal steps between `t_min` and `t_max`. */
void time_steps_regular(uint64_t times, int64_t t_min, int64_t t_max, enum time_unit unit,
                        struct time_steps *out);

/* `a` becomes the state of both. */
void time_steps_merge(struct time_steps *a, const struct time_steps *b, enum time_unit unit);

/* Does nothing of times of this grain get lost in the coarser unit `to`? */
bool time_grain_is_whole(uint8_t grain, enum time_unit from, enum time_unit to);

/* The same times in another calendar unit. False, and STEPS_UNKNOWN, where the unit is too coarse
 * for them (the bounds are rounded down) or the bounds do not fit 64 bits. */
bool time_steps_convert(struct time_steps *s, enum time_unit from, enum time_unit to);

/* The state without times, t_min and t_max, which stand beside it. Appends at most
 * TIME_STEPS_BYTES_MAX bytes; one where the steps are equal and nothing is out of order. */
#define TIME_STEPS_BYTES_MAX 420
void time_steps_encode(const struct time_steps *s, struct strbuf *out);

/* Back again. No bytes: STEPS_UNKNOWN. False where the bytes are not such a state. */
bool time_steps_decode(struct str bytes, uint64_t times, int64_t t_min, int64_t t_max,
                       enum time_unit unit, struct time_steps *out);

#endif
