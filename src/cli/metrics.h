/* metrics.h - a run as Prometheus text, for batch jobs: written once, when the run has ended.
 *
 * Names follow Prometheus' rules: prefix tsindexer_, base units (seconds, bytes), _total for what
 * only grows within the run. All are declared in one table (metrics.c), from which
 * docs/OPERATIONS.md lists them.
 */
#ifndef TSI_CLI_METRICS_H
#define TSI_CLI_METRICS_H

#include "cli/summary.h"

void metrics_text(struct strbuf *b, const struct summary *s);

#endif
