#include "catalog/dataset_files.h"

#include <stdlib.h>
#include <string.h>

#include "model/time_steps.h"

/* Columns of agg_files. */
enum {
    G_ID,
    G_KEY,
    G_SIZE,
    G_ROWS,
    G_ELEMENTS,
    G_DEPTH,
    G_OK,
    G_UNIT,
    G_KIND,
    G_UTC,
    G_ROUNDED,
    G_GRAIN,
    G_WITHOUT_TIME
};

struct loading {
    struct dataset_files *out;
    struct db_rows rows;
    struct arena *arena;
    size_t cap;
    bool overflow, counted; /* of records; at least one file tells them */
    bool utc, local;
    bool lists, unread;             /* files of lists; files of which only the footer is known */
    bool integers[TIME_UNIT_COUNT]; /* units of integer times */
    enum time_kind kind;            /* of the first file that has one */
    bool has_kind, kinds_differ;
};

/* A name of a unit, a kind, a depth; "" for NULL, and for what is longer than all of these. */
struct name {
    char text[16];
};

static struct name get_name(struct loading *l, idx_t column)
{
    struct name name = {""};
    struct str s = db_get_str(&l->rows, column);
    if (s.len > 0 && s.len < sizeof name.text) {
        memcpy(name.text, s.data, s.len);
    }
    return name;
}

/* Sizes and rows are never negative; what does not fit is held at the bound. */
static void add(int64_t *sum, int64_t v)
{
    if (__builtin_add_overflow(*sum, v, sum)) {
        *sum = INT64_MAX;
    }
}

static void add_failed(struct loading *l, int64_t size)
{
    struct dataset_files *f = l->out;
    f->failed++;
    add(&f->bytes_failed, size);
    add(&f->rows_failed, db_get_i64(&l->rows, G_ROWS));
    f->failed_without_rows += db_is_null(&l->rows, G_ROWS);
}

static void add_records(struct loading *l)
{
    bool lists = !db_is_null(&l->rows, G_ELEMENTS);
    idx_t column = lists ? G_ELEMENTS : G_ROWS;
    l->lists |= lists;
    l->counted |= !db_is_null(&l->rows, column);
    l->overflow |=
        __builtin_add_overflow(l->out->records, db_get_i64(&l->rows, column), &l->out->records);
}

/* Integers without a value have a kind and no unit. */
static void add_times(struct loading *l, enum time_unit unit, enum time_kind kind)
{
    struct dataset_files *f = l->out;
    bool integer = kind == TIME_KIND_INTEGER;
    if (unit == TIME_UNIT_NONE && !integer) {
        return;
    }
    uint8_t grain = (uint8_t)db_get_i64(&l->rows, G_GRAIN);
    f->grains[unit] = grain < f->grains[unit] ? grain : f->grains[unit];
    *(integer ? &l->integers[unit] : &f->units[unit]) = true;
    l->kinds_differ |= l->has_kind && l->kind != kind;
    l->kind = kind;
    l->has_kind = true;
    if (unit > TIME_UNIT_INDEX && !db_is_null(&l->rows, G_UTC)) {
        *(db_get_bool(&l->rows, G_UTC) ? &l->utc : &l->local) = true;
    }
}

/* The unit is that of this file alone, for now. */
static void add_place(struct loading *l, enum depth depth, enum time_unit unit, enum time_kind kind)
{
    struct dataset_files *f = l->out;
    struct str key = db_get_str(&l->rows, G_KEY);
    f->places = mem_grow(f->places, f->n_places, &l->cap, sizeof *f->places);
    f->places[f->n_places++] = (struct dataset_file){
        .id = (int32_t)db_get_i64(&l->rows, G_ID),
        .key = arena_strndup(l->arena, key.data, key.len),
        .unit = unit,
        .integer = kind == TIME_KIND_INTEGER,
        .timed = depth >= DEPTH_TIME && !db_get_bool(&l->rows, G_WITHOUT_TIME),
        .has_values = depth >= DEPTH_VALUES};
}

static void add_ok(struct loading *l)
{
    struct dataset_files *f = l->out;
    enum depth depth = DEPTH_NONE;
    enum time_unit unit = TIME_UNIT_NONE;
    enum time_kind kind = TIME_KIND_NONE;
    /* What is not known is none. */
    (void)!depth_parse(get_name(l, G_DEPTH).text, &depth);
    (void)!time_unit_parse(get_name(l, G_UNIT).text, &unit);
    (void)!time_kind_parse(get_name(l, G_KIND).text, &kind);
    f->shallowest = f->ok == 0 || depth < f->shallowest ? depth : f->shallowest;
    f->deepest = depth > f->deepest ? depth : f->deepest;
    f->ok++;
    f->rounded |= db_get_bool(&l->rows, G_ROUNDED);
    f->without_time += db_get_bool(&l->rows, G_WITHOUT_TIME);
    add_records(l);
    if (depth < DEPTH_SERIES) {
        l->unread = true;
        return;
    }
    f->drawn = f->drawn == DEPTH_NONE || depth < f->drawn ? depth : f->drawn;
    if (depth >= DEPTH_TIME) {
        add_times(l, unit, kind);
    }
    add_place(l, depth, unit, kind);
}

/* Integers count since 1970 in the unit that their magnitude suggests, unless those of another file
 * do not. */
static void decide_units(struct loading *l)
{
    struct dataset_files *f = l->out;
    bool index = f->integers_are_indexes = l->integers[TIME_UNIT_INDEX];
    for (int u = TIME_UNIT_NONE + 1; u < TIME_UNIT_COUNT; u++) {
        f->units[u] |= l->integers[u] && (!index || u == TIME_UNIT_INDEX);
        f->n_units += f->units[u];
    }
    if (f->n_units == 0 && l->integers[TIME_UNIT_NONE]) { /* none of them has a value */
        f->units[TIME_UNIT_INDEX] = true;
        f->n_units = 1;
    }
    for (size_t i = 0; i < f->n_places; i++) {
        struct dataset_file *file = &f->places[i];
        file->unit = file->integer && index ? TIME_UNIT_INDEX : file->unit;
    }
}

static int by_id(const void *a, const void *b)
{
    int32_t x = ((const struct dataset_place *)a)->id, y = ((const struct dataset_place *)b)->id;
    return (x > y) - (x < y);
}

static void finish(struct loading *l)
{
    struct dataset_files *f = l->out;
    struct dataset_file *grown = f->places;
    f->has_records = f->ok + f->failed == 0 || (l->counted && !l->overflow);
    /* Rows of unread files are no records where those of read ones are none. */
    f->unread_lists = l->lists && l->unread;
    f->has_records &= !f->unread_lists;
    f->utc = l->utc && !l->local;
    f->zones_differ = l->utc && l->local;
    f->kind = l->kinds_differ ? "mixed" : l->has_kind ? time_kind_name(l->kind) : NULL;
    decide_units(l);
    f->places = arena_array(l->arena, f->n_places, sizeof *f->places);
    f->by_id = arena_array(l->arena, f->n_places, sizeof *f->by_id);
    for (size_t i = 0; i < f->n_places; i++) {
        f->places[i] = grown[i];
        f->by_id[i] = (struct dataset_place){.id = grown[i].id, .place = (uint32_t)i};
    }
    if (f->n_places) {
        qsort(f->by_id, f->n_places, sizeof *f->by_id, by_id);
    }
    mem_free(grown);
}

enum error_code dataset_files_load(struct catalog *c, const char *dataset_id, struct arena *a,
                                   struct dataset_files *out, struct error *err)
{
    struct loading l = {.out = out, .arena = a};
    *out = (struct dataset_files){0};
    memset(out->grains, TIME_GRAIN_MAX, sizeof out->grains);
    struct db_call q = db_begin(&c->db, STMT_AGG_FILES, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query_stream(&q, &l.rows);
    if (code) {
        return code;
    }
    while (db_next(&l.rows)) {
        int64_t size = db_get_i64(&l.rows, G_SIZE);
        add(&out->bytes, size);
        if (db_get_bool(&l.rows, G_OK)) {
            add_ok(&l);
        } else {
            add_failed(&l, size);
        }
    }
    finish(&l);
    return db_rows_end(&l.rows, err);
}

bool dataset_files_place(const struct dataset_files *f, int64_t file_id, uint32_t *place)
{
    size_t low = 0, high = f->n_places;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->by_id[middle].id < file_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *place = low < f->n_places ? f->by_id[low].place : 0;
    return low < f->n_places && f->by_id[low].id == file_id;
}
