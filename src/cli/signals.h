/* signals.h - SIGINT and SIGTERM ask a run to stop; the second one stops at once. */
#ifndef TSI_CLI_SIGNALS_H
#define TSI_CLI_SIGNALS_H

/* SIGPIPE is ignored from here on: a closed pipe or connection is an error of the write, not the
 * end of the process. */
void signals_ignore_pipe(void);

/* From here on the first SIGINT or SIGTERM sets the variable that is returned to the signal's
 * number, and the second exits with 128 + its number: what was not finished then is not recorded,
 * what was is. */
const volatile int *signals_catch(void);

#endif
