/* segment_write.c - the series of a dataset become blocks of text and runs; documents become
 * entries; all of it sections. */
#include "search/segment_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "search/crc32c.h"
#include "search/find.h"
#include "search/fold.h"
#include "search/natural.h"
#include "search/output.h"
#include "search/segment.h"

/* A chain of ids that count up by one. Up to RUN_MIN ids are kept, to become text if the chain
 * breaks early; of a longer one only the first and the last id matter. */
struct chain {
    struct strbuf ids[RUN_MIN];
    struct strbuf last;
    uint64_t length;
    size_t begin; /* of the digits that count */
};

struct segment_writer {
    struct output out;
    struct gram_builder *doc_grams, *grams, *run_grams;
    struct group_record group[2]; /* of the block at hand, as written and folded */
    struct map entry_of;          /* field and text -> entry */
    struct strbuf doc_entries;
    struct strbuf datasets, entries, doc_text, doc_folded, folded, blocks, runs, run_text, shortest,
        groups;
    struct strbuf sections;
    struct pack_writer attributes[SEARCH_ATTRIBUTE_COUNT];
    struct dataset_record dataset; /* being written */
    uint32_t n_datasets, n_blocks, n_runs, n_entries;
    uint64_t n_series;
    uint32_t placed; /* series of the dataset that are in a block or run */
    struct block_record block;
    struct strbuf block_text, block_folded, scratch;
    bool block_simple;
    struct chain chain;
    uint64_t text_at; /* where the TEXT section begins in the file */
};

static void init_buffers(struct segment_writer *w)
{
    struct strbuf *all[] = {&w->datasets, &w->entries,  &w->doc_text,   &w->doc_folded,
                            &w->folded,   &w->blocks,   &w->runs,       &w->run_text,
                            &w->shortest, &w->groups,   &w->block_text, &w->block_folded,
                            &w->scratch,  &w->sections, &w->chain.last, &w->doc_entries};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        strbuf_init(all[i], SIZE_MAX);
    }
    for (size_t i = 0; i < RUN_MIN; i++) {
        strbuf_init(&w->chain.ids[i], SIZE_MAX);
    }
    for (size_t i = 0; i < SEARCH_ATTRIBUTE_COUNT; i++) {
        pack_writer_init(&w->attributes[i]);
    }
}

enum error_code segment_writer_new(const char *dir, uint64_t number, uint64_t memory,
                                   struct segment_writer **out, struct error *err)
{
    struct segment_writer *w = mem_zalloc(sizeof *w);
    char path[4096];
    segment_path(dir, number, path, sizeof path);
    init_buffers(w);
    *out = w;
    enum error_code rc = output_begin(&w->out, path, err);
    if (rc != OK) {
        return rc;
    }
    struct segment_header head = {0};
    output_write(&w->out, &head, sizeof head);
    output_align(&w->out, SEGMENT_ALIGN);
    w->text_at = w->out.at;
    w->out.crc = 0;
    w->doc_grams = gram_builder_new(false, path, UINT64_MAX);
    map_init(&w->entry_of);
    w->grams = gram_builder_new(false, path, memory);
    w->run_grams = gram_builder_new(true, path, memory);
    return OK;
}

void segment_writer_free(struct segment_writer *w)
{
    if (!w) {
        return;
    }
    struct strbuf *all[] = {&w->datasets, &w->entries,  &w->doc_text,   &w->doc_folded,
                            &w->folded,   &w->blocks,   &w->runs,       &w->run_text,
                            &w->shortest, &w->groups,   &w->block_text, &w->block_folded,
                            &w->scratch,  &w->sections, &w->chain.last, &w->doc_entries};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        strbuf_free(all[i]);
    }
    for (size_t i = 0; i < RUN_MIN; i++) {
        strbuf_free(&w->chain.ids[i]);
    }
    for (size_t i = 0; i < SEARCH_ATTRIBUTE_COUNT; i++) {
        pack_writer_free(&w->attributes[i]);
    }
    map_free(&w->entry_of);
    gram_builder_free(w->doc_grams);
    gram_builder_free(w->grams);
    gram_builder_free(w->run_grams);
    output_discard(&w->out);
    mem_free(w);
}

uint64_t segment_writer_size(const struct segment_writer *w)
{
    return w->n_series;
}

uint32_t segment_writer_datasets(const struct segment_writer *w)
{
    return w->n_datasets;
}

/* ---- documents ---- */

static void add_entry(struct segment_writer *w, enum search_field field, const char *text)
{
    if (!text || (!*text && field != SEARCH_FIELD_DATASET)) {
        return;
    }
    struct str t = str_c(text);
    struct entry_record e = {.text_at = w->doc_text.len,
                             .folded_at = w->doc_folded.len,
                             .text_len = (uint32_t)t.len,
                             .field = field};
    bool added;
    strbuf_clear(&w->scratch);
    strbuf_add_char(&w->scratch, (char)field);
    strbuf_add(&w->scratch, t.data, t.len);
    struct map_entry *known = map_put(&w->entry_of, strbuf_view(&w->scratch), &added);
    uint32_t number = added ? w->n_entries : (uint32_t)known->value;
    known->value = number;
    strbuf_add(&w->doc_entries, &number, sizeof number);
    w->dataset.n_entries++;
    if (!added) {
        return;
    }
    strbuf_add(&w->doc_text, t.data, t.len);
    fold_text(t, &w->doc_folded, NULL, NULL);
    e.folded_len = (uint32_t)(w->doc_folded.len - e.folded_at);
    gram_builder_add(w->doc_grams, number, str_n(w->doc_folded.data + e.folded_at, e.folded_len));
    strbuf_add_char(&w->doc_folded, 0);
    strbuf_add(&w->entries, &e, sizeof e);
    w->n_entries++;
}

static void add_entries(struct segment_writer *w, enum search_field field, const char *const *texts,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add_entry(w, field, texts[i]);
    }
}

void segment_writer_dataset(struct segment_writer *w, const struct search_doc *doc)
{
    w->dataset =
        (struct dataset_record){.first_series = w->n_series,
                                .series = doc->series,
                                .records = doc->records,
                                .start = doc->start,
                                .end = doc->end,
                                .has_times = doc->has_times,
                                .quality = doc->quality,
                                .first_block = w->n_blocks,
                                .first_run = w->n_runs,
                                .first_entry = (uint32_t)(w->doc_entries.len / sizeof(uint32_t))};
    add_entry(w, SEARCH_FIELD_DATASET, doc->dataset_id);
    add_entry(w, SEARCH_FIELD_NAME, doc->name);
    add_entries(w, SEARCH_FIELD_TAG, doc->tags, doc->n_tags);
    add_entry(w, SEARCH_FIELD_THEME, doc->theme);
    add_entry(w, SEARCH_FIELD_SOURCE, doc->source);
    add_entry(w, SEARCH_FIELD_FREQUENCY, doc->frequency);
    add_entries(w, SEARCH_FIELD_TARGET, doc->targets, doc->n_targets);
    add_entries(w, SEARCH_FIELD_COVARIATE, doc->covariates, doc->n_covariates);
    add_entry(w, SEARCH_FIELD_FOLDER, doc->folder);
    add_entry(w, SEARCH_FIELD_DESCRIPTION, doc->description);
    w->placed = 0;
}

/* ---- ids ---- */

static void flush_block(struct segment_writer *w)
{
    struct block_record *b = &w->block;
    if (!b->n_ids) {
        return;
    }
    b->text_at = w->out.at - w->text_at;
    b->text_len = (uint32_t)w->block_text.len;
    b->folded_at = BLOCK_SIMPLE;
    output_write(&w->out, w->block_text.data, w->block_text.len);
    if (!w->block_simple) {
        b->folded_at = w->folded.len;
        b->folded_len = (uint32_t)w->block_folded.len;
        strbuf_add(&w->folded, w->block_folded.data, w->block_folded.len);
    }
    strbuf_add(&w->blocks, b, sizeof *b);
    strbuf_add_char(&w->shortest, (char)(b->shortest < UINT8_MAX ? b->shortest : UINT8_MAX));
    strbuf_add(&w->groups, &w->group[w->block_simple ? 0 : 1], sizeof w->group[0]);
    w->n_blocks++;
    strbuf_clear(&w->block_text);
    strbuf_clear(&w->block_folded);
    *b = (struct block_record){0};
}

/* The next text of the block, which begins there in what is written and in what is folded. */
static void note_group(struct segment_writer *w, size_t text_at, size_t folded_at, size_t len)
{
    uint32_t nth = w->block.n_ids, g = nth / GROUP_IDS;
    size_t at[2] = {text_at, folded_at};
    for (int i = 0; i < 2; i++) {
        struct group_record *r = &w->group[i];
        if (nth == 0) {
            memset(r, 0xff, sizeof *r);
        }
        if (nth % GROUP_IDS == 0) {
            r->at[g] = (uint16_t)(at[i] < GROUP_FAR ? at[i] : GROUP_FAR);
        }
        r->shortest[g] = (uint8_t)(len < r->shortest[g] ? len : r->shortest[g]);
    }
}

static void place_text(struct segment_writer *w, struct str id)
{
    struct block_record *b = &w->block;
    if (!b->n_ids) {
        *b = (struct block_record){
            .dataset = w->n_datasets, .first = w->placed, .shortest = UINT32_MAX};
        w->block_simple = true;
    }
    size_t start = w->block_folded.len;
    fold_text(id, &w->block_folded, NULL, NULL);
    struct str folded = str_n(w->block_folded.data + start, w->block_folded.len - start);
    gram_builder_add(w->grams, w->n_blocks, folded);
    b->shortest = folded.len < b->shortest ? (uint32_t)folded.len : b->shortest;
    note_group(w, w->block_text.len, start, folded.len);
    w->block_simple = w->block_simple && fold_is_simple(id);
    strbuf_add_char(&w->block_folded, 0);
    strbuf_add(&w->block_text, id.data, id.len);
    strbuf_add_char(&w->block_text, 0);
    b->n_ids++;
    w->placed++;
    if (b->n_ids == BLOCK_IDS) {
        flush_block(w);
    }
}

static void place_run(struct segment_writer *w, struct run_record r, struct str first)
{
    r.dataset = w->n_datasets;
    r.first = w->placed;
    strbuf_clear(&w->scratch);
    fold_text(first, &w->scratch, NULL, NULL);
    gram_builder_add(w->run_grams, w->n_runs, strbuf_view(&w->scratch));
    strbuf_add(&w->runs, &r, sizeof r);
    w->n_runs++;
    w->placed += (uint32_t)r.count;
}

/* A chain may grow from 99 to 100: one run for each number of digits. */
static void place_chain_as_runs(struct segment_writer *w)
{
    struct chain *c = &w->chain;
    struct str first = strbuf_view(&c->ids[0]);
    size_t end = c->begin;
    uint64_t low = 0, limit = 1, left = c->length;
    struct run_record r = {.text_at = w->run_text.len, .prefix_len = (uint32_t)c->begin};
    for (; end < first.len && first.data[end] >= '0' && first.data[end] <= '9'; end++) {
        low = low * 10 + (uint64_t)(first.data[end] - '0');
        limit *= 10;
    }
    r.width = (uint32_t)(end - c->begin);
    r.suffix_len = (uint32_t)(first.len - end);
    strbuf_add(&w->run_text, first.data, c->begin);
    strbuf_add(&w->run_text, first.data + end, r.suffix_len);
    flush_block(w);
    for (; left; r.width++, limit *= 10) {
        r.low = low;
        r.count = left < limit - low ? left : limit - low;
        /* The skeleton needs a text of the right number of digits; which digits does not matter. */
        struct strbuf text;
        strbuf_init(&text, SIZE_MAX);
        strbuf_add(&text, first.data, c->begin);
        for (uint32_t i = 0; i < r.width; i++) {
            strbuf_add_char(&text, '0');
        }
        strbuf_add(&text, first.data + end, r.suffix_len);
        place_run(w, r, strbuf_view(&text));
        strbuf_free(&text);
        left -= r.count;
        low += r.count;
    }
}

/* Ends the chain; its last id stays as the start of the next one where `keep_last`. */
static void break_chain(struct segment_writer *w, bool keep_last)
{
    struct chain *c = &w->chain;
    if (c->length >= RUN_MIN) {
        place_chain_as_runs(w);
        c->length = 0;
        return;
    }
    for (uint64_t i = 0; i + keep_last < c->length; i++) {
        place_text(w, strbuf_view(&c->ids[i]));
    }
    if (keep_last && c->length > 1) {
        struct strbuf last = c->ids[c->length - 1];
        c->ids[c->length - 1] = c->ids[0];
        c->ids[0] = last;
    }
    c->length = keep_last && c->length ? 1 : 0;
}

static void set_text(struct strbuf *b, struct str s)
{
    strbuf_clear(b);
    strbuf_add(b, s.data, s.len);
}

static void chain_append(struct chain *c, struct str id)
{
    if (c->length < RUN_MIN) {
        set_text(&c->ids[c->length], id);
    }
    set_text(&c->last, id);
    c->length++;
}

static void place(struct segment_writer *w, struct str id)
{
    struct chain *c = &w->chain;
    struct natural_step step;
    if (!fold_is_simple(id)) {
        break_chain(w, false);
        place_text(w, id);
        return;
    }
    bool follows = c->length && natural_follows(strbuf_view(&c->last), id, &step);
    if (follows && (c->length == 1 || step.begin == c->begin)) {
        c->begin = step.begin;
    } else {
        break_chain(w, follows);
        c->begin = follows && c->length ? step.begin : 0;
    }
    chain_append(c, id);
}

void segment_writer_series(struct segment_writer *w, const struct search_series *s)
{
    for (size_t i = 0; i < SEARCH_ATTRIBUTE_COUNT; i++) {
        pack_writer_add(&w->attributes[i], s->values[i], s->has >> i & 1);
    }
    w->n_series++;
    w->dataset.n_series++;
    w->dataset.id_bytes += s->id.len;
    place(w, s->id);
}

void segment_writer_dataset_end(struct segment_writer *w)
{
    break_chain(w, false);
    flush_block(w);
    w->dataset.n_blocks = w->n_blocks - w->dataset.first_block;
    w->dataset.n_runs = w->n_runs - w->dataset.first_run;
    strbuf_add(&w->datasets, &w->dataset, sizeof w->dataset);
    w->n_datasets++;
}

/* ---- sections ---- */

static void end_section(struct segment_writer *w, uint32_t id, uint64_t at, uint64_t count)
{
    struct segment_section s = {.id = id,
                                .flags = id < SECTION_ATTRIBUTE ? SECTION_REQUIRED : 0,
                                .at = at,
                                .len = w->out.at - at,
                                .count = count,
                                .crc = w->out.crc};
    strbuf_add(&w->sections, &s, sizeof s);
}

static uint64_t begin_section(struct segment_writer *w)
{
    output_align(&w->out, SEGMENT_ALIGN);
    w->out.crc = 0;
    return w->out.at;
}

static void write_section(struct segment_writer *w, uint32_t id, const struct strbuf *b,
                          uint64_t count, bool padded)
{
    static const char zeros[FIND_PADDING];
    uint64_t at = begin_section(w);
    output_write(&w->out, b->data, b->len);
    if (padded) {
        output_write(&w->out, zeros, sizeof zeros);
    }
    end_section(w, id, at, count);
}

static void put_postings(void *user, const void *data, size_t n)
{
    output_write(user, data, n);
}

static void write_grams(struct segment_writer *w, struct gram_builder *g, uint32_t id,
                        uint32_t postings_id, uint32_t n_units)
{
    struct strbuf directory;
    strbuf_init(&directory, SIZE_MAX);
    uint64_t at = begin_section(w), first = w->out.at;
    int failed = gram_builder_finish(g, n_units, put_postings, &w->out, &directory);
    end_section(w, postings_id, at, w->out.at - first);
    write_section(w, id, &directory, directory.len / sizeof(struct gram_entry), false);
    strbuf_free(&directory);
    w->out.failed = w->out.failed ? w->out.failed : failed;
}

struct ordered {
    struct str id;
    uint32_t dataset;
};

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct ordered *)a)->id, ((const struct ordered *)b)->id);
}

static void write_order(struct segment_writer *w)
{
    struct ordered *list = mem_zalloc((w->n_datasets + 1) * sizeof *list);
    const struct dataset_record *d = (const void *)w->datasets.data;
    const struct entry_record *e = (const void *)w->entries.data;
    struct strbuf order;
    strbuf_init(&order, SIZE_MAX);
    for (uint32_t i = 0; i < w->n_datasets; i++) {
        const struct entry_record *id =
            &e[((const uint32_t *)(void *)w->doc_entries.data)[d[i].first_entry]];
        list[i] = (struct ordered){str_n(w->doc_text.data + id->text_at, id->text_len), i};
    }
    qsort(list, w->n_datasets, sizeof *list, by_id);
    for (uint32_t i = 0; i < w->n_datasets; i++) {
        strbuf_add(&order, &list[i].dataset, sizeof list[i].dataset);
    }
    write_section(w, SECTION_ORDER, &order, w->n_datasets, false);
    strbuf_free(&order);
    mem_free(list);
}

/* The documents of each entry, the other way round than they were gathered: counted, then placed.
 */
static void write_entry_datasets(struct segment_writer *w)
{
    struct entry_record *entries = (void *)w->entries.data;
    const struct dataset_record *d = (const void *)w->datasets.data;
    const uint32_t *of = (const void *)w->doc_entries.data;
    size_t total = w->doc_entries.len / sizeof *of;
    struct strbuf list;
    strbuf_init(&list, SIZE_MAX);
    uint32_t *places = mem_zalloc((total + 1) * sizeof *places), at = 0;
    for (size_t i = 0; i < total; i++) {
        entries[of[i]].n_datasets++;
    }
    for (uint32_t i = 0; i < w->n_entries; i++) {
        entries[i].first_dataset = at;
        at += entries[i].n_datasets;
        entries[i].n_datasets = 0;
    }
    for (uint32_t i = 0; i < w->n_datasets; i++) {
        for (uint32_t k = 0; k < d[i].n_entries; k++) {
            struct entry_record *e = &entries[of[d[i].first_entry + k]];
            places[e->first_dataset + e->n_datasets++] = i;
        }
    }
    strbuf_add(&list, places, total * sizeof *places);
    write_section(w, SECTION_ENTRY_DATASETS, &list, total, false);
    write_section(w, SECTION_DOC_ENTRIES, &w->doc_entries, total, false);
    strbuf_free(&list);
    mem_free(places);
}

static void write_attributes(struct segment_writer *w)
{
    for (uint32_t i = 0; i < SEARCH_ATTRIBUTE_COUNT; i++) {
        struct pack_writer *p = &w->attributes[i];
        pack_writer_finish(p);
        uint64_t at = begin_section(w);
        output_write(&w->out, p->groups.data, p->groups.len);
        output_write(&w->out, p->data.data, p->data.len);
        end_section(w, SECTION_ATTRIBUTE + i, at, p->count);
    }
}

static void write_sections(struct segment_writer *w)
{
    static const char zeros[FIND_PADDING];
    output_write(&w->out, zeros, sizeof zeros);
    end_section(w, SECTION_TEXT, w->text_at, 0);
    write_section(w, SECTION_DATASETS, &w->datasets, w->n_datasets, false);
    write_order(w);
    write_entry_datasets(w);
    write_section(w, SECTION_ENTRIES, &w->entries, w->n_entries, false);
    write_section(w, SECTION_DOC_TEXT, &w->doc_text, 0, true);
    write_section(w, SECTION_DOC_FOLDED, &w->doc_folded, 0, true);
    write_grams(w, w->doc_grams, SECTION_DOC_GRAMS, SECTION_DOC_POSTINGS, w->n_entries);
    write_section(w, SECTION_FOLDED, &w->folded, 0, true);
    write_section(w, SECTION_BLOCKS, &w->blocks, w->n_blocks, false);
    write_grams(w, w->grams, SECTION_GRAMS, SECTION_POSTINGS, w->n_blocks);
    write_section(w, SECTION_RUNS, &w->runs, w->n_runs, false);
    write_section(w, SECTION_RUN_TEXT, &w->run_text, 0, true);
    write_grams(w, w->run_grams, SECTION_RUN_GRAMS, SECTION_RUN_POSTINGS, w->n_runs);
    write_section(w, SECTION_GROUPS, &w->groups, w->n_blocks, false);
    write_section(w, SECTION_SHORTEST, &w->shortest, w->n_blocks, true);
    write_attributes(w);
}

enum error_code segment_writer_finish(struct segment_writer *w, struct error *err)
{
    write_sections(w);
    output_align(&w->out, 8);
    struct segment_header head = {.major = SEGMENT_MAJOR,
                                  .minor = SEGMENT_MINOR,
                                  .fold = fold_fingerprint(),
                                  .sections_at = w->out.at,
                                  .n_sections =
                                      (uint32_t)(w->sections.len / sizeof(struct segment_section)),
                                  .sections_crc = crc32c(0, w->sections.data, w->sections.len)};
    memcpy(head.magic, SEGMENT_MAGIC, sizeof head.magic);
    output_write(&w->out, w->sections.data, w->sections.len);
    head.file_len = w->out.at;
    head.crc = crc32c(0, &head, offsetof(struct segment_header, crc));
    return output_publish(&w->out, &head, sizeof head, err);
}
