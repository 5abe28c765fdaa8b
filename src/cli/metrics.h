/* metrics.h - a run as Prometheus text: written to a file when the run has ended, for batch jobs,
 * or asked for while it goes on (metrics_server.h).
 *
 * Names follow Prometheus' rules: prefix tsindexer_, base units (seconds, bytes), _total for what
 * only grows within the run. All are declared in one table (metrics.c), from which
 * docs/OPERATIONS.md lists them.
 */
#ifndef TSI_CLI_METRICS_H
#define TSI_CLI_METRICS_H

#include "cli/summary.h"

void metrics_text(struct strbuf *b, const struct summary *s);

/* What is known while the run goes on, under the same names, and how far it is. */
void metrics_live_text(struct strbuf *b, const struct tsi_progress *p);

#endif
