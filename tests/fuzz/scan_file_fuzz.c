// module: scan
/* Any bytes as a file of a dataset that does not know its columns yet, to depth `values`: the
 * footer, the scout, lists where rows are series. What comes out adds up. */
#include <stdlib.h>
#include <string.h>

#include "scan/file_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A run of levels of a few bytes may stand for 2^32 records: those take their time and find
 * nothing. */
#define RECORDS_MAX 100000
#define BATCHES_MAX 1000

static bool claims_too_much(const struct parquet_footer *f)
{
    for (size_t g = 0; f && g < f->n_row_groups; g++) {
        for (size_t c = 0; c < f->n_columns; c++) {
            if (f->row_groups[g].chunks[c].num_values > RECORDS_MAX) {
                return true;
            }
        }
    }
    return f && (f->rows > RECORDS_MAX || f->n_columns > 64 || f->n_row_groups > 64);
}

static void check(const struct file_result *r)
{
    uint64_t records = 0;
    for (size_t i = 0; i < r->n_spans; i++) {
        const struct span *s = &r->spans[i];
        static const struct span_content none;
        const struct span_content *c = r->contents ? &r->contents[i] : &none;
        records += s->rows;
        if (s->series >= r->n_ids || c->times > s->rows || s->last_row < s->first_row ||
            (c->times && c->t_min > c->t_max)) {
            abort();
        }
    }
    if (r->n_spans && records != (r->has_elements ? r->elements : r->rows)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct object object = {.key = "a.parquet", .etag = "e", .size = size};
    struct scan_columns hint = {0};
    struct file_scan_options options = {.depth = DEPTH_VALUES, .hint = &hint, .frequency = "h"};
    struct file_scan s;
    struct scan_range *ranges;
    size_t n;
    uint64_t waste;
    struct error err = {0};
    enum error_code code = OK;
    file_scan_init(&s, &object, &options);
    for (int i = 0; i < BATCHES_MAX && !code && file_scan_wants(&s, &ranges, &n, &waste); i++) {
        for (size_t k = 0; k < n; k++) {
            if (ranges[k].offset > size || ranges[k].length > size - ranges[k].offset) {
                abort();
            }
            ranges[k].data = data + ranges[k].offset;
        }
        code = file_scan_feed(&s, &err);
        if (claims_too_much(s.footer)) {
            break;
        }
    }
    if (!code && s.state == SCAN_DONE) {
        check(file_scan_result(&s));
    }
    error_reset(&err);
    file_scan_free(&s);
    return 0;
}
