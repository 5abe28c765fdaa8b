/* store.h - where bytes come from: one interface, S3 and a directory behind it.
 *
 * A store is opened at a source ("s3://bucket/prefix", "gs://bucket/prefix", "r2://bucket/prefix",
 * "file:///data", "/data", "data"). Keys are relative to it.
 *
 * Reads are batches of ranges of one object, answered asynchronously: store_submit returns at once,
 * `done` is called once on an I/O thread (hand the read over to a queue there; do not compute).
 * Neighbouring ranges of a batch are merged into one request where the bytes between them are few
 * (see `waste_max`).
 *
 * Memory: a read reserves all its bytes, gaps included, from the store's budget before its first
 * request is sent, and waits in the store's queue (first come, first served) while the budget is
 * spent. The bytes belong to the read until store_read_release. Never wait for one read while
 * holding the bytes of another.
 *
 * Integrity: each answer is checked for status, length, Content-Range and, where the object has an
 * ETag, that it is still the listed one (If-Match); a replaced object gives ERR_CHANGED. Retries
 * are the store's business; an error that reaches `done` is final for this run, and names the
 * object's URI.
 *
 * Threads: every function may be called from any thread, except that a lister belongs to one thread
 * at a time.
 */
#ifndef TSI_STORE_STORE_H
#define TSI_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/counters.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/queue.h"
#include "base/str.h"
#include "model/object.h"

struct store;

struct store_options {
    const char *endpoint_url; /* NULL: AWS, or what environment and profile say */
    const char *region;       /* NULL: from environment, profile, else us-east-1 */
    const char *profile;      /* NULL: AWS_PROFILE, else default */
    const char *addressing;   /* "path", "virtual", "auto" or NULL (auto) */
    bool no_sign_request;
    bool request_payer; /* the requester pays for requests and bytes, where the bucket says so */
    bool no_verify_ssl; /* certificates are not checked */
    int io_threads;     /* 0: chosen by the store */
    int max_in_flight;  /* requests at once; 0: adapted to what the server takes */
    unsigned first_byte_ms;    /* how long an answer may take to begin; 0: 10 s */
    struct budget *budget;     /* must outlive the store */
    struct counters *counters; /* must outlive the store */
};

/* Resolves configuration, and credentials as far as nobody has to be asked for them; contacts
 * nobody yet. ERR_USAGE for a source that is none, ERR_NO_SOURCE for a directory that does not
 * exist, ERR_NO_CREDENTIALS for half a key pair or a profile that is missing. */
MUST_CHECK enum error_code store_open(const char *source, const struct store_options *options,
                                      struct store **out, struct error *err);
void store_close(
    struct store *s); /* cancels what is under way, waits for its `done` calls, joins the threads */

/* "s3://bucket/prefix/" or "file:///abs/dir/": the canonical source, ending in '/'. Lives as long
 * as the store. */
const char *store_uri(const struct store *s);
/* The URI of one object, for messages and for the catalog. */
char *store_object_uri(const struct store *s, const char *key, struct arena *a);

/* Requests that may be in flight now, as the store found out or was told; 0: it has no opinion. */
int store_in_flight_max(struct store *s);

/* ---- listing ---- */

struct store_lister;

/* List all objects under `prefix` (relative; "" is everything), depth first, in no promised order.
 */
MUST_CHECK enum error_code store_list_open(struct store *s, const char *prefix,
                                           struct store_lister **out, struct error *err);
/* The next page; *n == 0 at the end. The objects live until the next call. Pages are fetched ahead.
 * Directory markers (keys ending in '/') are returned like any other object, with size 0 as the
 * store says. */
MUST_CHECK enum error_code store_list_next(struct store_lister *l, const struct object **objects,
                                           size_t *n, struct error *err);
void store_list_close(struct store_lister *l);

/* ---- reading ---- */

struct store_range {
    uint64_t offset; /* in the object; for a suffix range: filled in by the answer */
    uint64_t length; /* bytes wanted; a suffix range longer than the object is cut by the answer */
    bool suffix;     /* the last `length` bytes, wherever they begin */
    const uint8_t *data; /* out: the bytes, once done without error */
};

struct store_read {
    struct queue_node
        node; /* the caller's, for handing the read over; the store uses it before `done` */
    const char *key;
    const char *if_match; /* the listed ETag; NULL or "" does not check */
    uint64_t object_size; /* from the listing; UINT64_MAX unknown (then only suffix ranges). Out:
                             true size */
    struct store_range *ranges; /* ascending, not overlapping; one range only where `suffix` */
    size_t n_ranges;
    uint64_t
        waste_max; /* bytes of gaps that may be fetched to save requests, over the whole batch */
    void (*done)(struct store_read *r);
    void *user;
    struct error err; /* out; code OK on success */
    void *internal;   /* the store's */
};

/* Ranges of length 0 and batches of none are answered too. */
void store_submit(struct store *s, struct store_read *r);
/* Give the bytes back to the budget. Once for each read that was done, failed ones too. */
void store_read_release(struct store_read *r);
/* Ask the store to give up everything under way: each read ends with ERR_CANCELLED. */
void store_cancel(struct store *s);

/* A whole small object, waiting for it: for metadata files. ERR_LIMIT above `max` bytes. The bytes
 * live in `a`. */
MUST_CHECK enum error_code store_get(struct store *s, const struct object *o, uint64_t max,
                                     struct arena *a, struct str *out, struct error *err);

#endif
