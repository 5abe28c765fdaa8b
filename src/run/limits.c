/* Hard stops on requests, bytes and cost.
 *
 * A read is let in only if everything counted so far, everything reserved by reads under way, and
 * itself stay below each limit. What a read under way has already sent is counted twice for that
 * moment, so the sum errs on the safe side; a job that is refused waits (parked) until others end,
 * and only when nobody is left to wait for is the limit reached. Retries inside the store are
 * counted but cannot be foreseen: they can exceed a limit. */
#include "run/state.h"

bool limits_any(const struct run_options *o)
{
    return o->max_requests || o->max_bytes || o->max_cost > 0;
}

static uint64_t lists_so_far(const struct run *run)
{
    return counter_get(&run->counters.requests_list);
}

static uint64_t gets_so_far(const struct run *run)
{
    return counter_get(&run->counters.requests_get) + counter_get(&run->counters.requests_other);
}

/* The first limit that this much more would exceed; NULL: none. */
static const char *exceeded(struct run *run, uint64_t requests, uint64_t bytes)
{
    const struct run_options *o = run->options;
    uint64_t lists = lists_so_far(run);
    uint64_t gets = gets_so_far(run) + run->reserved_requests + requests;
    uint64_t total = counter_get(&run->counters.bytes_received) + run->reserved_bytes + bytes;
    if (o->max_requests && lists + gets > o->max_requests) {
        return "--max-requests";
    }
    if (o->max_bytes && total > o->max_bytes) {
        return "--max-bytes";
    }
    bool dear = o->max_cost > 0 && prices_cost(&o->prices, lists, gets, total) > o->max_cost;
    return dear ? "--max-cost" : NULL;
}

bool limits_reserve_locked(struct run *run, struct job *job, uint64_t requests, uint64_t bytes)
{
    if (!limits_any(run->options)) {
        return true;
    }
    if (run->limited || exceeded(run, requests, bytes)) {
        return false;
    }
    job->reserved_requests = requests;
    job->reserved_bytes = bytes;
    run->reserved_requests += requests;
    run->reserved_bytes += bytes;
    return true;
}

void limits_release_locked(struct run *run, struct job *job)
{
    run->reserved_requests -= job->reserved_requests;
    run->reserved_bytes -= job->reserved_bytes;
    job->reserved_requests = job->reserved_bytes = 0;
}

const char *limits_name_locked(struct run *run)
{
    /* Asked when a read was refused: whatever it wanted, one request of the whole memory would be
     * refused, too. */
    const char *name = exceeded(run, 1, 0);
    name = name ? name : exceeded(run, 1, (uint64_t)1 << 40);
    return name ? name : "a limit";
}
