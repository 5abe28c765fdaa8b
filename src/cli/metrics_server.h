/* metrics_server.h - the run's metrics over HTTP, while it goes on: GET /metrics, for Prometheus.
 *
 * Listens on loopback unless an address is named. Any other address needs a token (in
 * TS_INDEXER_METRICS_TOKEN), which scrapers send as "Authorization: Bearer TOKEN": figures of a
 * company's data are not for everyone on its network.
 *
 * Threads: libmicrohttpd answers in a thread of its own; events come from the run's. One lock
 * guards the newest event, which is copied, so that a slow scraper never holds up the run.
 */
#ifndef TSI_CLI_METRICS_SERVER_H
#define TSI_CLI_METRICS_SERVER_H

#include "base/error.h"
#include "tsindexer.h"

struct metrics_server;

/* Where to listen: "9464", ":9464", "localhost:9464", "0.0.0.0:9464", "[::1]:9464"; port 0 takes a
 * free one. `token` may be NULL on loopback. ERR_USAGE for an address that cannot be, or is open
 * without a token; ERR_IO where it cannot be had. */
MUST_CHECK enum error_code metrics_server_start(const char *address, const char *token,
                                                struct metrics_server **out, struct error *err);

/* "http://127.0.0.1:9464/metrics" */
const char *metrics_server_url(const struct metrics_server *s);

void metrics_server_event(struct metrics_server *s, const struct tsi_progress *event);

/* NULL is fine. */
void metrics_server_stop(struct metrics_server *s);

#endif
