/* frequency.h - what the steps between the times of a series mean: frequency, gaps, coverage.
 *
 * Frequencies are named as pandas names them (infer_freq of pandas 3): "h", "15min", "D",
 * "W-MON", "B", "MS", "ME", "QS-JAN", "YE-DEC", "2h". Unlike pandas, which asks for equal steps
 * throughout, a frequency is what more than half of the steps follow; the share is beside it. Rules
 * and thresholds: docs/STATISTICS.md.
 */
#ifndef TSI_MODEL_FREQUENCY_H
#define TSI_MODEL_FREQUENCY_H

#include "model/time_steps.h"

/* "123456789012345678ns" and the like. */
#define FREQUENCY_TEXT_MAX  32
#define FREQUENCY_IRREGULAR "irregular"
/* Distinct times that a frequency is told from; two times have a step, but no regularity. */
#define FREQUENCY_TIMES_MIN 3

struct frequency {
    /* Of the sorted times: */
    bool has_step; /* the most frequent step is known */
    uint64_t step; /* the smallest of the most frequent ones, in ticks */
    double step_share;
    uint64_t distinct_steps; /* TIME_STEPS_MAX + 1 stands for more than TIME_STEPS_MAX */

    bool has_name; /* enough times, and a calendar (or irregular) */
    char name[FREQUENCY_TEXT_MAX];
    double share; /* of the steps that follow it; 0 where irregular */

    /* Against the frequency (of an index, against the step): */
    bool has_gaps;
    uint64_t gaps;        /* steps longer than the frequency's */
    uint64_t missing;     /* times between first and last that are not there */
    uint64_t longest_gap; /* the longest step where there is a gap, in ticks; else 0 */
    double coverage;      /* distinct times / times expected from first to last, at most 1 */
};

/* Of a state that is STEPS_EXACT; all false for others. */
void frequency_find(const struct time_steps *s, enum time_unit unit, struct frequency *out);

#endif
