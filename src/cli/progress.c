#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/terminal.h"
#include "cli/text.h"

#define MS ((uint64_t)1000000)
/* Faster than this nobody reads, and slow terminals (ssh) would be kept busy. */
#define REDRAW_NS (100 * MS)
/* A log of an hour's run stays at 360 lines. */
#define LINE_NS (10000 * MS)
/* A request to S3 may well take some seconds; only a longer silence is news. */
#define STALLED_SECONDS 5.0
/* Before that an ETA is a guess from the first files. */
#define ETA_AFTER_SECONDS 2.0
#define BAR_LEAST         8
#define BAR_MOST          30
/* One line of a terminal; longer ones are cut. */
#define LINE_MAX_BYTES 1024
#define WIDTH_UNKNOWN  80

/* Files that are shown one by one, at most; and lines that stay free for what was said before. */
#define FILES_SHOWN 8
#define LINES_FREE  4
#define LINES_LEAST 24

#define TAKE_AWAY "\r\x1b[K"
#define LINE_UP   "\x1b[A"

/* Nothing could be done about a failed write to stderr: there is nobody left to tell. */
static void put(const struct progress *p, const char *data, size_t n)
{
    while (n) {
        ssize_t done = write(p->fd, data, n);
        if (done <= 0) {
            return;
        }
        data += done;
        n -= (size_t)done;
    }
}

/* ---- texts ---- */

static double reading_seconds(const struct progress *p)
{
    return p->reading ? p->last.seconds - p->reading_since : 0;
}

static double share_done(const struct progress *p)
{
    const struct tsi_progress *e = &p->last;
    if (e->bytes_total) {
        /* Of the whole corpus: a run that is continued does not start at nothing. */
        double done = (double)e->bytes_done + (double)e->bytes_unchanged;
        double share = done / ((double)e->bytes_total + (double)e->bytes_unchanged);
        return share < 1 ? share : 1;
    }
    return e->files_total ? (double)e->files_done / (double)e->files_total : 0;
}

static void add_files(const struct progress *p, struct strbuf *b)
{
    text_add_integer(b, (int64_t)p->last.files_done);
    strbuf_add_char(b, '/');
    text_add_integer(b, (int64_t)p->last.files_total);
    strbuf_add_c(b, " files");
}

static void add_amount(const struct progress *p, struct strbuf *b)
{
    text_add_bytes(b, p->last.bytes_done);
    strbuf_add_c(b, " of ");
    text_add_bytes(b, p->last.bytes_total);
}

static void add_rate(const struct progress *p, struct strbuf *b)
{
    double seconds = reading_seconds(p);
    if (seconds > 0 && p->last.rows > p->reading_rows) {
        text_add_short(b, (double)(p->last.rows - p->reading_rows) / seconds);
        strbuf_add_c(b, " rows/s");
    }
}

/* From bytes, since files differ in size by orders of magnitude. */
static void add_eta(const struct progress *p, struct strbuf *b)
{
    const struct tsi_progress *e = &p->last;
    double seconds = reading_seconds(p);
    bool known = seconds >= ETA_AFTER_SECONDS && e->bytes_done > p->reading_bytes &&
                 e->bytes_done < e->bytes_total && e->stalled_seconds < STALLED_SECONDS;
    if (known) {
        double rate = (double)(e->bytes_done - p->reading_bytes) / seconds;
        double left = (double)(e->bytes_total - e->bytes_done) / rate;
        strbuf_add_c(b, "ETA ");
        if (left < 59.5) {
            strbuf_printf(b, "%.0f s", left); /* tenths of a guess would only flicker */
        } else {
            text_add_seconds(b, left);
        }
    }
}

static void add_failed(const struct progress *p, struct strbuf *b)
{
    if (p->last.files_failed) {
        text_add_integer(b, (int64_t)p->last.files_failed);
        strbuf_add_c(b, " failed");
    }
}

static void add_trouble(const struct progress *p, struct strbuf *b)
{
    if (p->stop && __atomic_load_n(p->stop, __ATOMIC_RELAXED)) {
        strbuf_add_c(b, "stopping: saving what is finished (again: stop at once)");
    } else if (p->last.stalled_seconds >= STALLED_SECONDS) {
        strbuf_printf(b, "no progress for %.0f s", p->last.stalled_seconds);
    }
}

typedef void part_writer(const struct progress *p, struct strbuf *b);

/* Append a part with `between` before it, where it is not empty and the line stays within `width`.
 */
static void add_part(const struct progress *p, part_writer *part, const char *between, size_t width,
                     struct strbuf *out)
{
    struct strbuf b;
    strbuf_init(&b, LINE_MAX_BYTES);
    part(p, &b);
    if (b.len &&
        text_width(strbuf_view(out)) + strlen(between) + text_width(strbuf_view(&b)) <= width) {
        strbuf_add_c(out, between);
        strbuf_add(out, b.data, b.len);
    }
    strbuf_free(&b);
}

/* Trouble first: where the terminal is narrow it is what has to be seen. */
static part_writer *const by_importance[] = {add_trouble, add_failed, add_files,
                                             add_eta,     add_amount, add_rate};
#define N_PARTS (sizeof by_importance / sizeof *by_importance)

static void add_bar(double share, size_t cells, struct strbuf *b)
{
    size_t full = (size_t)(share * (double)cells);
    strbuf_add_c(b, " [");
    for (size_t i = 0; i < cells; i++) {
        strbuf_add_char(b, i < full ? '=' : i == full ? '>' : ' ');
    }
    /* Rounded down: 100 % means done. */
    strbuf_printf(b, "] %3u%%", (unsigned)(share * 100));
}

void progress_bar_text(const struct progress *p, size_t width, struct strbuf *out)
{
    const char *phase = p->last.phase ? p->last.phase : "starting";
    struct strbuf parts;
    strbuf_init(&parts, LINE_MAX_BYTES);
    /* " [" and "] 100%" stand around the cells. */
    const size_t bar_frame = 8;
    bool has_bar = p->last.files_total > 0 || p->last.bytes_total > 0;
    size_t head = strlen(phase) + (has_bar ? bar_frame + BAR_LEAST : 0);
    for (size_t i = 0; i < N_PARTS && head < width; i++) {
        bool counted = by_importance[i] == add_trouble || p->last.files_total > 0;
        if (counted) {
            add_part(p, by_importance[i], "  ", width - head, &parts);
        }
    }
    size_t used = head + text_width(strbuf_view(&parts));
    size_t cells = BAR_LEAST + (width > used ? width - used : 0);
    text_add_cut(out, str_c(phase), width);
    if (has_bar && head <= width) {
        add_bar(share_done(p), cells < BAR_MOST ? cells : BAR_MOST, out);
    }
    strbuf_add(out, strbuf_view(&parts).data, parts.len);
    strbuf_free(&parts);
}

void progress_file_text(const struct tsi_active *a, size_t width, struct strbuf *out)
{
    struct strbuf b, key;
    strbuf_init(&b, LINE_MAX_BYTES);
    strbuf_init(&key, LINE_MAX_BYTES);
    strbuf_printf(&b, "  %-9s ", a->doing);
    if (a->share > 0) {
        strbuf_printf(&b, "%3u%% of ", (unsigned)(a->share * 100));
    }
    text_add_bytes(&b, a->size);
    strbuf_add_c(&b, "  ");
    text_add_seconds(&b, a->seconds);
    strbuf_add_c(&b, "  ");
    text_add_clean(&key, str_c(a->key));
    strbuf_add(&b, strbuf_view(&key).data, key.len);
    text_add_cut(out, strbuf_view(&b), width);
    strbuf_free(&key);
    strbuf_free(&b);
}

void progress_line_text(const struct progress *p, struct strbuf *out)
{
    static part_writer *const in_order[] = {add_files,  add_amount, add_rate,
                                            add_failed, add_eta,    add_trouble};
    strbuf_printf(out, "ts-indexer: %s", p->last.phase ? p->last.phase : "starting");
    const char *between = ": ";
    for (size_t i = 0; i < sizeof in_order / sizeof *in_order; i++) {
        size_t before = out->len;
        if (p->last.files_total || in_order[i] == add_trouble) {
            add_part(p, in_order[i], between, LINE_MAX_BYTES, out);
        }
        between = out->len > before || between[0] == ',' ? ", " : ": ";
    }
}

/* ---- output; the lock is held ---- */

static void add_take_away(const struct progress *p, struct strbuf *b)
{
    strbuf_add_c(b, TAKE_AWAY);
    for (size_t i = 1; i < p->drawn; i++) {
        strbuf_add_c(b, LINE_UP TAKE_AWAY);
    }
}

static void erase_locked(struct progress *p)
{
    struct strbuf b;
    if (p->drawn) {
        strbuf_init(&b, LINE_MAX_BYTES);
        add_take_away(p, &b);
        put(p, b.data, b.len);
        strbuf_free(&b);
        p->drawn = 0;
    }
}

/* How many files have a line: a terminal of few lines shows the whole only. */
static size_t files_shown(const struct progress *p)
{
    size_t lines = terminal_height(p->fd, LINES_LEAST);
    size_t room = lines > LINES_FREE ? lines - LINES_FREE : 0;
    room = room < FILES_SHOWN ? room : FILES_SHOWN;
    return p->last.n_active < room ? p->last.n_active : room;
}

static void draw_locked(struct progress *p)
{
    struct strbuf b, text;
    size_t files = files_shown(p);
    /* The last column stays free: some terminals wrap when it is written. */
    size_t width = terminal_width(p->fd, WIDTH_UNKNOWN) - 1;
    strbuf_init(&b, (size_t)LINE_MAX_BYTES * (FILES_SHOWN + 2));
    strbuf_init(&text, LINE_MAX_BYTES);
    add_take_away(p, &b);
    for (size_t i = 0; i < files; i++) {
        strbuf_clear(&text);
        progress_file_text(&p->last.active[i], width, &text);
        strbuf_add(&b, strbuf_view(&text).data, text.len);
        strbuf_add_char(&b, '\n');
    }
    strbuf_clear(&text);
    progress_bar_text(p, width, &text);
    strbuf_add(&b, strbuf_view(&text).data, text.len);
    /* One write: a terminal that shows half of it would flicker. */
    put(p, b.data, b.len);
    strbuf_free(&text);
    strbuf_free(&b);
    p->drawn = files + 1;
    p->shown_ns = clock_monotonic_ns();
}

static void line_locked(struct progress *p)
{
    struct strbuf b;
    strbuf_init(&b, LINE_MAX_BYTES);
    progress_line_text(p, &b);
    strbuf_add_char(&b, '\n');
    put(p, b.data, b.len);
    strbuf_free(&b);
    p->shown_ns = clock_monotonic_ns();
}

static void before_log(void *user)
{
    struct progress *p = user;
    pthread_mutex_lock(&p->lock);
    erase_locked(p);
    pthread_mutex_unlock(&p->lock);
}

static void after_log(void *user)
{
    struct progress *p = user;
    pthread_mutex_lock(&p->lock);
    if (p->mode == PROGRESS_BAR) {
        draw_locked(p);
    }
    pthread_mutex_unlock(&p->lock);
}

void progress_start(struct progress *p, enum progress_mode mode, int fd, const volatile int *stop,
                    const char *text)
{
    *p = (struct progress){.mode = mode, .fd = fd, .stop = stop};
    pthread_mutex_init(&p->lock, NULL);
    if (mode == PROGRESS_OFF) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    struct strbuf b;
    strbuf_init(&b, (size_t)LINE_MAX_BYTES * 4);
    strbuf_add_c(&b, "ts-indexer: ");
    text_add_clean(&b, str_c(text));
    strbuf_add_char(&b, '\n');
    put(p, b.data, b.len);
    strbuf_free(&b);
    p->shown_ns = clock_monotonic_ns();
    if (mode == PROGRESS_BAR) {
        draw_locked(p);
    }
    pthread_mutex_unlock(&p->lock);
    tsi_log_set_hooks(before_log, after_log, p);
}

/* Listing has no bytes to do; rates count from the moment reading began. */
static void note_reading_locked(struct progress *p, const struct tsi_progress *event)
{
    if (!p->reading && event->bytes_total > 0) {
        p->reading = true;
        p->reading_since = event->seconds;
        p->reading_bytes = event->bytes_done;
        p->reading_rows = event->rows;
    }
}

void progress_event(const struct tsi_progress *event, void *progress)
{
    struct progress *p = progress;
    if (p->mode == PROGRESS_OFF) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    note_reading_locked(p, event);
    p->last = *event;
    uint64_t silent = clock_monotonic_ns() - p->shown_ns;
    if (p->mode == PROGRESS_BAR && silent >= REDRAW_NS) {
        draw_locked(p);
    } else if (p->mode == PROGRESS_LINES && silent >= LINE_NS) {
        line_locked(p);
    }
    pthread_mutex_unlock(&p->lock);
}

void progress_end(struct progress *p)
{
    if (p->mode != PROGRESS_OFF) {
        tsi_log_set_hooks(NULL, NULL, NULL);
        pthread_mutex_lock(&p->lock);
        erase_locked(p);
        pthread_mutex_unlock(&p->lock);
    }
    pthread_mutex_destroy(&p->lock);
}
