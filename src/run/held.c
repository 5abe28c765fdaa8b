/* What slices of a file found, until the file is recorded: in memory as long as it is little, and
 * all of it on disk (spill.h) from then on. */
#include "base/log.h"
#include "run/state.h"

void held_init(struct job *file)
{
    spill_init(&file->spill.file, file->run->options->database);
    part_init(&file->spill.part, TIME_UNIT_NONE);
}

void held_forget(struct job *file)
{
    struct job_spill *s = &file->spill;
    for (size_t i = 0; i < s->n; i++) {
        spilled_free(s->parts[i]);
    }
    s->n = 0;
}

void held_free(struct job *file)
{
    held_forget(file);
    mem_free(file->spill.parts);
    part_free(&file->spill.part);
    spill_free(&file->spill.file);
}

/* ---- slices ---- */

/* To disk; the part is freed. */
static enum error_code put(struct job *file, struct scan_part *part, struct spilled **out,
                           struct error *err)
{
    enum time_unit unit = part->spans.unit;
    enum error_code code = spill_put(&file->spill.file, part, out, err);
    part_free(part);
    part_init(part, unit);
    return code ? error_add(err, "while indexing %s", file->object->key) : OK;
}

enum error_code held_put(struct job *file, struct scan_part *part, struct spilled **out,
                         struct error *err)
{
    if (part_bytes(part) > file->run->held_max) {
        atomic_store(&file->spill.on, true);
    }
    return atomic_load(&file->spill.on) ? put(file, part, out, err) : OK;
}

static void add(struct job_spill *s, struct spilled *part)
{
    s->parts = mem_grow(s->parts, s->n, &s->cap, sizeof(struct spilled *));
    s->parts[s->n++] = part;
}

/* What was held in memory until now comes before all that follows. */
static enum error_code put_found(struct job *file, struct error *err)
{
    struct scan_part found;
    struct spilled *spilled = NULL;
    log_debug("run", "%s: what it has is kept on disk until it is recorded", file->object->key);
    file_scan_give_found(&file->scan, &found);
    enum error_code code = put(file, &found, &spilled, err);
    if (!code) {
        add(&file->spill, spilled);
    }
    return code;
}

enum error_code held_take(struct job *file, struct scan_part *part, struct spilled *spilled,
                          struct error *err)
{
    struct job_spill *s = &file->spill;
    struct file_scan *scan = &file->scan;
    if (!spilled && !atomic_load(&s->on)) {
        if (part_bytes(&scan->found) + part_bytes(part) <= file->run->held_max) {
            file_scan_take(scan, part);
            return OK;
        }
        atomic_store(&s->on, true);
    }
    enum error_code code = scan->apart ? OK : put_found(file, err);
    if (!code && !spilled) {
        code = put(file, part, &spilled, err);
    }
    if (code) {
        spilled_free(spilled);
        part_free(part);
        return code;
    }
    add(s, spilled);
    file_scan_take_facts(scan, &spilled->facts);
    return OK;
}

/* ---- recording ---- */

static enum error_code load(struct job *file, size_t bucket, struct error *err)
{
    struct job_spill *s = &file->spill;
    part_free(&s->part);
    enum error_code code = spill_bucket(&s->file, s->parts, s->n, bucket,
                                        file->scan.footer->n_row_groups, &s->part, err);
    if (code) {
        part_init(&s->part, TIME_UNIT_NONE);
        return error_add(err, "while recording %s", file->object->key);
    }
    return OK;
}

/* How many series the file has is asked only where it decides something. */
static enum error_code decide_whole(struct job *file, struct error *err)
{
    const struct part_facts *f = &file->scan.facts;
    uint64_t series = 0;
    enum error_code code = OK;
    if (!spans_are_many(f->spans, f->series_most)) {
        return OK;
    }
    for (size_t b = 0; b < PART_BUCKETS && !code; b++) {
        code = load(file, b, err);
        series += file->spill.part.ids.count;
    }
    file->spill.whole = !code && spans_are_many(f->spans, series);
    return code;
}

static enum error_code next_bucket(void *user, struct file_result *r, bool *more, struct error *err)
{
    struct job *file = user;
    struct job_spill *s = &file->spill;
    *more = s->bucket < PART_BUCKETS;
    enum error_code code = *more ? load(file, s->bucket++, err) : OK;
    if (code || !*more) {
        return code;
    }
    file_scan_finish_bucket(&file->scan, &s->part, s->whole);
    r->n_ids = s->part.ids.count;
    r->ids = id_set_texts(&s->part.ids);
    r->spans = s->part.spans.spans;
    r->n_spans = s->part.spans.n;
    r->contents = spans_contents(&s->part.spans);
    return OK;
}

enum error_code held_result(struct job *file, struct file_result *out, struct error *err)
{
    *out = *file_scan_result(&file->scan);
    if (!file->scan.apart || file->err.code) {
        return OK;
    }
    out->next = next_bucket;
    out->user = file;
    return decide_whole(file, err);
}

uint64_t held_spans(const struct job *file)
{
    return file->scan.facts.spans;
}
