/* s3_request.h - one request to the bucket, through all its attempts: signed anew each time,
 * judged, retried.
 *
 * The owner fills in what to ask and how to judge a good answer; `finished` is called once, on an
 * I/O thread, with the final verdict. What the attempts of all requests learn - the bucket's
 * region, the server's clock, the signing key of the day - is kept in `struct s3`.
 */
#ifndef TSI_STORE_S3_REQUEST_H
#define TSI_STORE_S3_REQUEST_H

#include "format/s3_xml.h"
#include "net/http.h"
#include "net/retry.h"
#include "net/sigv4.h"
#include "store/backend.h"
#include "store/credentials.h"
#include "store/s3_config.h"
#include "store/s3_stats.h"

struct s3 {
    /* Set at open: */
    struct s3_config config;
    struct store *store;
    struct http_engine *engine;
    struct credential_source *credentials;
    struct retry_quota quota;
    struct s3_stats stats;
    unsigned first_byte_ms;
    /* Under the lock: */
    pthread_mutex_t lock;
    char region[64];         /* the bucket's, as far as known */
    unsigned region_changes; /* at most REGION_CHANGES_MAX */
    int64_t skew_us;         /* the server's clock less ours, once a signature was refused for it */
    bool skewed;
    char key_day[9], key_region[64]; /* what signing_key is for */
    uint64_t key_generation;         /* of the credentials */
    uint8_t *signing_key;            /* SIGV4_KEY_SIZE bytes of secret memory */
};

/* How an answer is judged beyond OK: whether and how often to try again. */
struct verdict {
    enum retry_kind kind;
    int attempts_max; /* RETRY_ATTEMPTS_MAX where 0 */
};

#define S3_HEADERS_MAX 8

struct s3_request {
    struct http_request http; /* first: the engine gives its address back */
    struct s3 *s3;
    /* Set by the owner: */
    atomic_uint_least64_t *counter; /* one more for each attempt */
    const char *verb;               /* "GET", "LIST": for messages */
    const char *key;                /* whole key in the bucket; NULL for the bucket itself */
    const char *place;              /* for messages, where there is no key; NULL: the source */
    const char *query;              /* canonical; "" for none */
    char range[64];                 /* value of the Range header; "" for none */
    const char *if_match;           /* opaque, without quotes; NULL or "" for none */
    char detail[64];                /* for messages, as " bytes 8-15" */
    /* Whether a 2xx (or a 416 where accepts_416) is what was asked for. On an I/O thread. */
    enum error_code (*check)(struct s3_request *r, struct verdict *v, struct error *err);
    /* Before another attempt: adapt the request to what has come already. NULL: nothing to do. */
    void (*resume)(struct s3_request *r);
    /* Before an error is final: true where the owner has changed what is asked for, which is then
     * sent at once. NULL: never. */
    bool (*otherwise)(struct s3_request *r, const struct error *err);
    void (*finished)(struct s3_request *r, const struct error *err);
    bool (*abandoned)(struct s3_request *r); /* NULL: never */
    bool accepts_416;
    /* Its own: */
    struct retry_state retry;
    unsigned region_changes; /* of s3, when this attempt was signed */
    bool skew_corrected;
    bool renewed; /* once for expired credentials */
    struct credential_waiter waiter;
    struct credentials *signed_with; /* this attempt's snapshot; NULL before the first */
    bool unsignable;                 /* there are no credentials: see `refusal` */
    struct error refusal;
    struct arena attempt; /* URL and headers of the attempt under way */
    const char *headers[S3_HEADERS_MAX];
};

void s3_request_init(struct s3_request *r, struct s3 *s3);
void s3_request_start(struct s3_request *r);
void s3_request_free(struct s3_request *r);

/* s3_request.c: s3_prepare is the engine's `prepare`; s3_error.c: what an answer means. */
bool s3_prepare(struct http_request *q);
/* The start of every message: "GET s3://b/k bytes 8-15". */
void s3_request_name(const struct s3_request *r, char *out, size_t size);
enum error_code s3_judge_transfer(const struct s3_request *r, struct verdict *v, struct error *err);
enum error_code s3_judge_status(const struct s3_request *r, const struct s3_xml_error *x,
                                struct verdict *v, struct error *err);

/* s3_diagnose.c */
void s3_describe(struct store *s, struct store_report *r);
void s3_remark(struct store *s, struct store_report *r);

/* s3_read.c, s3_list.c */
void s3_start_piece(struct store *s, struct piece *p);
MUST_CHECK enum error_code s3_list_open(struct store *s, const char *prefix, struct store_lister *l,
                                        struct error *err);

#endif
