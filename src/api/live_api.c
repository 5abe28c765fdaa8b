/* tsi_live: what a run of another process says of itself. */
#include <stdio.h>

#include "api/error_api.h"
#include "base/clock.h"
#include "run/live.h"
#include "tsindexer.h"

/* A rate from less than that is a guess. */
#define RATE_AFTER_SECONDS 1.0

static void rates(const struct run_status *s, struct tsi_live *out)
{
    out->eta_seconds = -1;
    if (s->reading_seconds >= RATE_AFTER_SECONDS && s->bytes_done > 0) {
        out->bytes_per_second = (double)s->bytes_done / s->reading_seconds;
        uint64_t left = s->bytes_total > s->bytes_done ? s->bytes_total - s->bytes_done : 0;
        out->eta_seconds = (double)left / out->bytes_per_second;
    }
}

static void copy(const struct run_status *s, struct tsi_live *out)
{
    snprintf(out->run_id, sizeof out->run_id, "%.63s", s->run_id);
    snprintf(out->host, sizeof out->host, "%s", s->host);
    snprintf(out->phase, sizeof out->phase, "%.31s", s->phase);
    out->pid = (int64_t)s->pid;
    out->heartbeat_seconds = (double)(clock_wall_us() - (int64_t)s->heartbeat_us) / 1e6;
    out->progress = (struct tsi_progress){.phase = out->phase,
                                          .datasets_total = s->datasets_total,
                                          .datasets_done = s->datasets_done,
                                          .files_total = s->files_total,
                                          .files_done = s->files_done,
                                          .files_failed = s->files_failed,
                                          .files_unchanged = s->files_unchanged,
                                          .bytes_total = s->bytes_total,
                                          .bytes_done = s->bytes_done,
                                          .bytes_unchanged = s->bytes_unchanged,
                                          .bytes_received = s->bytes_received,
                                          .requests = s->requests,
                                          .rows = s->rows,
                                          .seconds = s->seconds,
                                          .stalled_seconds = s->stalled_seconds};
    rates(s, out);
}

int tsi_live(const char *database, struct tsi_live *out, struct tsi_error *err)
{
    struct error e = {0};
    struct run_status s;
    *out = (struct tsi_live){.eta_seconds = -1};
    error_publish_none(err);
    if (live_read(database, &s, &out->found, &out->alive, &e) != OK) {
        return error_publish(&e, err);
    }
    if (out->found) {
        copy(&s, out);
    }
    return 0;
}
