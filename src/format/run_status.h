/* run_status.h - the small file that a run keeps beside its catalog, for `status --watch` of
 * another process.
 *
 * JSON, one flat object; the fields are declared once below. Written about once a second, aside and
 * renamed, so that a reader sees a whole one or none. It is a courtesy: what is true stands in the
 * catalog.
 *
 * Input is untrusted: at most RUN_STATUS_MAX bytes, unknown members are passed over, wrong types
 * are zero. Memory: texts live in the struct. Threads: no state.
 */
#ifndef TSI_FORMAT_RUN_STATUS_H
#define TSI_FORMAT_RUN_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

/* Some forty numbers and five short texts: what is larger is not ours. */
#define RUN_STATUS_MAX  ((size_t)64 * 1024)
#define RUN_STATUS_TEXT 256

/* X(field): texts; numbers from 0 to 2^63-1; seconds with a fraction. */
#define RUN_STATUS_TEXTS(X) X(run_id) X(host) X(source) X(phase)
#define RUN_STATUS_NUMBERS(X)                                                                      \
    X(pid)                                                                                         \
    X(pid_started) /* of the process, in ticks since the machine started: a number that comes back \
                      belongs to another */                                                        \
    X(started_us)                                                                                  \
    X(heartbeat_us)                                                                                \
    X(datasets_total)                                                                              \
    X(datasets_done)                                                                               \
    X(files_total)                                                                                 \
    X(files_done)                                                                                  \
    X(files_failed)                                                                                \
    X(files_unchanged)                                                                             \
    X(bytes_total)                                                                                 \
    X(bytes_done)                                                                                  \
    X(bytes_unchanged)                                                                             \
    X(bytes_received)                                                                              \
    X(requests)                                                                                    \
    X(rows)
#define RUN_STATUS_SECONDS(X) X(seconds) X(reading_seconds) X(stalled_seconds)

struct run_status {
#define RUN_STATUS_TEXT_FIELD(f)   char f[RUN_STATUS_TEXT];
#define RUN_STATUS_NUMBER_FIELD(f) uint64_t f;
#define RUN_STATUS_SECOND_FIELD(f) double f;
    RUN_STATUS_TEXTS(RUN_STATUS_TEXT_FIELD)
    RUN_STATUS_NUMBERS(RUN_STATUS_NUMBER_FIELD)
    RUN_STATUS_SECONDS(RUN_STATUS_SECOND_FIELD)
};

void run_status_write(const struct run_status *s, struct strbuf *out);
/* ERR_CORRUPT for what is no JSON object. */
MUST_CHECK enum error_code run_status_parse(struct str text, struct run_status *out,
                                            struct error *err);

#endif
