/* http.c - the engine as others see it: open and close, submit and cancel, who waits for a place.
 */
#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/http_internal.h"

#define CORES_PER_THREAD 4 /* one I/O thread copies from the kernel what four cores decode */
#define THREADS_MAX      4
#define IDLE_DEFAULT_S   30
#define CONNECT_DEFAULT  3100 /* just above the 3 s after which a lost SYN has been sent twice */
#define STALL_DEFAULT_S  15

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
}

/* ---- requests and answers ---- */

void http_request_reset(struct http_request *q)
{
    strbuf_free(&q->text);
    strbuf_free(&q->header_lines);
    q->status = 0;
    q->body_len = 0;
    q->bytes_received = 0;
    q->elapsed_ns = q->first_byte_ns = 0;
    q->reason[0] = '\0';
}

struct str http_header(const struct http_request *q, const char *name)
{
    struct str rest = strbuf_view(&q->header_lines), want = str_c(name);
    while (rest.len) {
        const char *end = memchr(rest.data, '\n', rest.len);
        struct str line = str_n(rest.data, end ? (size_t)(end - rest.data) : rest.len);
        if (line.len > want.len && line.data[want.len] == ':' &&
            str_eq_nocase(str_n(line.data, want.len), want)) {
            return str_trim(str_from(line, want.len + 1));
        }
        rest = str_from(rest, line.len + 1);
    }
    return str_n("", 0);
}

/* ---- handing over ---- */

static void wake(struct io_thread *io)
{
    curl_multi_wakeup(io->multi);
}

static void hand_over(struct io_thread *io, struct http_request *q)
{
    atomic_fetch_add(&io->load, 1);
    queue_push(&io->inbox, &q->node);
    wake(io);
}

static struct io_thread *least_loaded(struct http_engine *e)
{
    struct io_thread *best = &e->threads[0];
    for (size_t i = 1; i < e->n_threads; i++) {
        if (atomic_load(&e->threads[i].load) < atomic_load(&best->load)) {
            best = &e->threads[i];
        }
    }
    return best;
}

static void waiting_init(struct waiting *w)
{
    w->head = NULL;
    w->tail = &w->head;
}

static void wait_locked(struct http_engine *e, struct http_request *q)
{
    struct waiting *w = q->urgent ? &e->urgent : &e->waiting;
    q->node.next = NULL;
    *w->tail = &q->node;
    w->tail = &q->node.next;
}

static struct http_request *take_waiting_locked(struct http_engine *e)
{
    struct waiting *w = e->urgent.head ? &e->urgent : &e->waiting;
    struct queue_node *node = w->head;
    if (node) {
        w->head = node->next;
        w->tail = w->head ? w->tail : &w->head;
    }
    return (struct http_request *)node;
}

/* A cancelled one needs no place: its thread answers it without sending. */
static bool may_go_locked(struct http_engine *e, uint64_t now_ns)
{
    return atomic_load(&e->cancelled) || flow_admit(&e->flow, e->n_in_flight, now_ns);
}

void http_dispatch(struct http_engine *e, struct http_request *q)
{
    pthread_mutex_lock(&e->lock);
    bool others = e->urgent.head || (e->waiting.head && !q->urgent);
    uint64_t now = clock_monotonic_ns();
    bool go = !others && may_go_locked(e, now);
    bool timed = !go && flow_next_ns(&e->flow, e->n_in_flight, now) != UINT64_MAX;
    if (go) {
        q->beside = e->n_in_flight++;
    } else {
        wait_locked(e, q);
    }
    pthread_mutex_unlock(&e->lock);
    if (go) {
        hand_over(least_loaded(e), q);
    } else if (timed || atomic_load(&e->cancelled)) {
        wake(&e->threads[0]); /* it keeps the time of those that wait */
    }
}

uint64_t http_release(struct http_engine *e, uint64_t now_ns)
{
    for (;;) {
        struct http_request *next = NULL;
        uint64_t again = UINT64_MAX;
        pthread_mutex_lock(&e->lock);
        if ((e->urgent.head || e->waiting.head) && may_go_locked(e, now_ns)) {
            next = take_waiting_locked(e);
            next->beside = e->n_in_flight++;
        } else if (e->urgent.head || e->waiting.head) {
            again = flow_next_ns(&e->flow, e->n_in_flight, now_ns);
        }
        pthread_mutex_unlock(&e->lock);
        if (!next) {
            return again;
        }
        hand_over(least_loaded(e), next);
    }
}

void http_leave_place(struct http_engine *e)
{
    pthread_mutex_lock(&e->lock);
    e->n_in_flight--;
    pthread_mutex_unlock(&e->lock);
    uint64_t again = http_release(e, clock_monotonic_ns());
    if (again != UINT64_MAX && e->n_threads > 1) {
        wake(&e->threads[0]); /* it keeps the time, and may sleep */
    }
}

void http_feedback(struct http_engine *e, const struct http_request *q, enum flow_event event)
{
    uint64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&e->lock);
    flow_feedback(&e->flow, event, q->beside, q->bytes_received, now - q->elapsed_ns, now);
    pthread_mutex_unlock(&e->lock);
}

void http_load(struct http_engine *e, int *limit, int *in_flight)
{
    pthread_mutex_lock(&e->lock);
    *limit = (int)e->flow.limit;
    *in_flight = e->n_in_flight;
    pthread_mutex_unlock(&e->lock);
}

struct http_connections http_connections(const struct http_engine *e)
{
    return (struct http_connections){atomic_load(&e->connections_opened),
                                     atomic_load(&e->connections_open),
                                     atomic_load(&e->connections_peak)};
}

void http_submit(struct http_engine *e, struct http_request *q)
{
    atomic_fetch_add(&e->n_owned, 1);
    http_request_reset(q);
    if (q->not_before_ns > clock_monotonic_ns()) {
        hand_over(least_loaded(e), q); /* a timer, which takes no place */
    } else {
        q->not_before_ns = 0;
        http_dispatch(e, q);
    }
}

void http_call(struct http_engine *e, struct http_call *c)
{
    struct io_thread *io = least_loaded(e);
    atomic_fetch_add(&e->n_owned, 1);
    queue_push(&io->calls, &c->node);
    wake(io);
}

void http_cancel(struct http_engine *e)
{
    pthread_mutex_lock(&e->lock);
    atomic_store(&e->cancelled, true);
    pthread_mutex_unlock(&e->lock);
    for (size_t i = 0; i < e->n_threads; i++) {
        wake(&e->threads[i]);
    }
}

/* ---- open, close ---- */

static bool open_thread(struct http_engine *e, struct io_thread *io)
{
    io->engine = e;
    queue_init(&io->inbox);
    queue_init(&io->calls);
    io->multi = curl_multi_init();
    io->share = curl_share_init();
    if (!io->multi || !io->share) {
        return false;
    }
    curl_share_setopt(io->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    /* Without it curl keeps four connections for each transfer of the moment, and drops warm ones
     * in a lull. */
    curl_multi_setopt(io->multi, CURLMOPT_MAXCONNECTS, (long)e->flow.limit_max);
    curl_multi_setopt(io->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return true;
}

static void close_thread(struct io_thread *io)
{
    while (io->free) {
        struct transfer *t = io->free;
        io->free = t->next_free;
        transfer_free(t);
    }
    if (io->multi) {
        curl_multi_cleanup(io->multi);
    }
    if (io->share) {
        curl_share_cleanup(io->share);
    }
    queue_destroy(&io->inbox);
    queue_destroy(&io->calls);
    mem_free(io->active);
    mem_free(io->delayed);
}

static void free_engine(struct http_engine *e)
{
    for (size_t i = 0; i < e->n_threads; i++) {
        close_thread(&e->threads[i]);
    }
    pthread_mutex_destroy(&e->lock);
    addresses_free(e->addresses);
    mem_free(e->threads);
    mem_free(e->ca_file);
    mem_free(e->user_agent);
    mem_free(e);
}

/* Debian, Red Hat, SUSE, Alpine; the first that is there. */
static char *system_ca_file(void)
{
    static const char *const places[] = {"/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt",
                                         "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
    if (v->cainfo && access(v->cainfo, R_OK) == 0) {
        return mem_strdup(v->cainfo);
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (access(places[i], R_OK) == 0) {
            return mem_strdup(places[i]);
        }
    }
    return NULL;
}

/* Curl asks the environment itself; here it only matters whether one may be used. */
static bool has_proxy(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && value[0]) {
            return true;
        }
    }
    return false;
}

static void set_defaults(struct http_engine *e, const struct http_options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int threads = cores / CORES_PER_THREAD > 1 ? (int)(cores / CORES_PER_THREAD) : 1;
    e->options = *o;
    e->options.threads = o->threads > 0          ? o->threads
                         : threads < THREADS_MAX ? threads
                                                 : THREADS_MAX;
    flow_init(&e->flow, o->max_in_flight, clock_monotonic_ns());
    e->options.idle_max_s = o->idle_max_s ? o->idle_max_s : IDLE_DEFAULT_S;
    e->options.connect_ms = o->connect_ms ? o->connect_ms : CONNECT_DEFAULT;
    e->options.stall_s = o->stall_s ? o->stall_s : STALL_DEFAULT_S;
    e->addresses = o->no_proxy || !has_proxy() ? addresses_new(o->resolver) : NULL;
    e->ca_file = o->ca_file ? mem_strdup(o->ca_file) : system_ca_file();
    e->user_agent = mem_strdup(o->user_agent ? o->user_agent : "ts-indexer/" TSI_VERSION);
    e->options.ca_file = e->options.user_agent = NULL; /* the copies are used */
}

static void stop_threads(struct http_engine *e, size_t n)
{
    atomic_store(&e->closing, true);
    http_cancel(e);
    for (size_t i = 0; i < n; i++) {
        pthread_join(e->threads[i].thread, NULL);
    }
}

enum error_code http_open(const struct http_options *o, struct http_engine **out, struct error *err)
{
    pthread_once(&curl_once, init_curl);
    struct http_engine *e = mem_zalloc(sizeof *e);
    *out = NULL;
    pthread_mutex_init(&e->lock, NULL);
    waiting_init(&e->waiting);
    waiting_init(&e->urgent);
    set_defaults(e, o);
    e->n_threads = (size_t)e->options.threads;
    e->threads = mem_zalloc(e->n_threads * sizeof *e->threads);
    bool good = true;
    for (size_t i = 0; i < e->n_threads; i++) {
        good &= open_thread(e, &e->threads[i]);
    }
    for (size_t i = 0; good && i < e->n_threads; i++) {
        if (pthread_create(&e->threads[i].thread, NULL, http_thread_run, &e->threads[i]) != 0) {
            stop_threads(e, i);
            good = false;
        }
    }
    if (!good) {
        free_engine(e);
        return error_set(err, ERR_INTERNAL, "cannot start the I/O threads");
    }
    *out = e;
    return OK;
}

void http_close(struct http_engine *e)
{
    if (e) {
        stop_threads(e, e->n_threads);
        free_engine(e);
    }
}
