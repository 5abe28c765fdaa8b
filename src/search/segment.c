#include "search/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "search/bits.h"
#include "search/crc32c.h"
#include "search/find.h"
#include "search/fold.h"

_Static_assert(sizeof(struct segment_header) == 72 - 8, "64 bytes on disk");
_Static_assert(sizeof(struct segment_section) == 40, "40 bytes on disk");

/* What a section may weigh at least: its records, so that `count` can be trusted. */
static size_t record_size(uint32_t id)
{
    switch (id) {
    case SECTION_DATASETS:
        return sizeof(struct dataset_record);
    case SECTION_ORDER:
    case SECTION_DOC_ENTRIES:
    case SECTION_ENTRY_DATASETS:
        return sizeof(uint32_t);
    case SECTION_ENTRIES:
        return sizeof(struct entry_record);
    case SECTION_BLOCKS:
        return sizeof(struct block_record);
    case SECTION_GROUPS:
        return sizeof(struct group_record);
    case SECTION_RUNS:
        return sizeof(struct run_record);
    case SECTION_GRAMS:
    case SECTION_DOC_GRAMS:
    case SECTION_RUN_GRAMS:
        return sizeof(struct gram_entry);
    default:
        return 1;
    }
}

void segment_path(const char *dir, uint64_t number, char *out, size_t room)
{
    snprintf(out, room, "%s/seg-%016llx.tsx", dir, (unsigned long long)number);
}

static enum error_code damaged(struct error *err, const char *what)
{
    return error_set(err, ERR_CATALOG_DAMAGED, "%s", what);
}

static enum error_code check_header(struct segment *s, struct error *err)
{
    const struct segment_header *h = (const void *)s->map;
    if (s->len < sizeof *h || memcmp(h->magic, SEGMENT_MAGIC, sizeof h->magic) != 0) {
        return damaged(err, "not a search index");
    }
    if (h->crc != crc32c(0, h, offsetof(struct segment_header, crc))) {
        return damaged(err, "the header's checksum is wrong");
    }
    if (h->major != SEGMENT_MAJOR || h->required) {
        return error_set(err, ERR_CATALOG_NEWER,
                         "format %u.%u, features %#x: this program reads format %u", h->major,
                         h->minor, h->required, SEGMENT_MAJOR);
    }
    if (h->fold != fold_fingerprint()) {
        return error_set(err, ERR_CATALOG_NEWER,
                         "built with other case-folding or Unicode tables: rebuild it");
    }
    if (h->file_len != s->len || h->sections_at % 8 || h->sections_at > s->len ||
        h->n_sections > (s->len - h->sections_at) / sizeof(struct segment_section)) {
        return damaged(err, "the file is shorter or longer than its header says");
    }
    s->header_crc = h->crc;
    s->sections = (const void *)(s->map + h->sections_at);
    s->n_sections = h->n_sections;
    if (h->sections_crc != crc32c(0, s->sections, s->n_sections * sizeof *s->sections)) {
        return damaged(err, "the checksum of the section table is wrong");
    }
    return OK;
}

static bool known_section(uint32_t id)
{
    return (id >= SECTION_DATASETS && id < SECTION_COUNT) ||
           (id >= SECTION_ATTRIBUTE && id < SECTION_ATTRIBUTE + SEARCH_ATTRIBUTE_COUNT);
}

static enum error_code check_sections(const struct segment *s, struct error *err)
{
    for (uint32_t i = 0; i < s->n_sections; i++) {
        const struct segment_section *c = &s->sections[i];
        if (!known_section(c->id) && c->flags & SECTION_REQUIRED) {
            return error_set(err, ERR_CATALOG_NEWER, "section %u is unknown", c->id);
        }
        if (c->at % SEGMENT_ALIGN || c->at > s->len || c->len > s->len - c->at ||
            (known_section(c->id) && c->id < SECTION_COUNT && record_size(c->id) > 1 &&
             c->count > c->len / record_size(c->id))) {
            return error_set(err, ERR_CATALOG_DAMAGED, "section %u leaves the file", c->id);
        }
    }
    return OK;
}

static const struct segment_section *section(const struct segment *s, uint32_t id)
{
    static const struct segment_section none = {0};
    for (uint32_t i = 0; i < s->n_sections; i++) {
        if (s->sections[i].id == id) {
            return &s->sections[i];
        }
    }
    return &none;
}

static const void *bytes_of(const struct segment *s, uint32_t id, uint64_t *len)
{
    const struct segment_section *c = section(s, id);
    *len = c->len;
    return s->map + c->at;
}

static void bind_grams(const struct segment *s, uint32_t id, uint32_t postings, uint32_t n_units,
                       struct gram_index *g)
{
    const struct segment_section *c = section(s, id);
    uint64_t len;
    g->entries = (const void *)(s->map + c->at);
    g->n_entries = (size_t)c->count;
    g->postings = bytes_of(s, postings, &len);
    g->postings_len = (size_t)len;
    g->n_units = n_units;
    g->skeleton = id == SECTION_RUN_GRAMS;
}

/* Texts are padded, so that vector loads never leave the file, and end in NUL. */
static bool bind_text(const struct segment *s, uint32_t id, const char **text, uint64_t *len)
{
    *text = bytes_of(s, id, len);
    if (*len < FIND_PADDING) {
        *len = 0;
        return false;
    }
    *len -= FIND_PADDING;
    return true;
}

static enum error_code bind(struct segment *s, struct error *err)
{
    uint64_t len, n_series = 0;
    const struct segment_section *c = section(s, SECTION_DATASETS);
    s->datasets = (const void *)(s->map + c->at);
    if (c->count > UINT32_MAX || section(s, SECTION_ORDER)->count != c->count ||
        section(s, SECTION_BLOCKS)->count > UINT32_MAX ||
        section(s, SECTION_RUNS)->count > UINT32_MAX ||
        section(s, SECTION_ENTRIES)->count > UINT32_MAX) {
        return damaged(err, "the sections do not agree");
    }
    s->n_datasets = (uint32_t)c->count;
    s->order = bytes_of(s, SECTION_ORDER, &len);
    s->entries = bytes_of(s, SECTION_ENTRIES, &len);
    s->n_entries = (uint32_t)section(s, SECTION_ENTRIES)->count;
    s->doc_entries = bytes_of(s, SECTION_DOC_ENTRIES, &len);
    s->n_doc_entries = section(s, SECTION_DOC_ENTRIES)->count;
    s->entry_datasets = bytes_of(s, SECTION_ENTRY_DATASETS, &len);
    s->n_entry_datasets = section(s, SECTION_ENTRY_DATASETS)->count;
    s->blocks = bytes_of(s, SECTION_BLOCKS, &len);
    s->n_blocks = (uint32_t)section(s, SECTION_BLOCKS)->count;
    s->runs = bytes_of(s, SECTION_RUNS, &len);
    s->n_runs = (uint32_t)section(s, SECTION_RUNS)->count;
    if (!bind_text(s, SECTION_TEXT, &s->text, &s->text_len) ||
        !bind_text(s, SECTION_FOLDED, &s->folded, &s->folded_len) ||
        !bind_text(s, SECTION_DOC_TEXT, &s->doc_text, &s->doc_text_len) ||
        !bind_text(s, SECTION_DOC_FOLDED, &s->doc_folded, &s->doc_folded_len) ||
        !bind_text(s, SECTION_RUN_TEXT, &s->run_text, &s->run_text_len)) {
        return damaged(err, "a text section is missing");
    }
    bind_grams(s, SECTION_DOC_GRAMS, SECTION_DOC_POSTINGS, s->n_entries, &s->doc_grams);
    bind_grams(s, SECTION_GRAMS, SECTION_POSTINGS, s->n_blocks, &s->grams);
    bind_grams(s, SECTION_RUN_GRAMS, SECTION_RUN_POSTINGS, s->n_runs, &s->run_grams);
    for (uint32_t i = 0; i < s->n_datasets; i++) {
        const struct dataset_record *d = &s->datasets[i];
        if (d->first_series != n_series || d->n_series > UINT32_MAX) {
            return damaged(err, "the series of the datasets do not follow each other");
        }
        n_series += d->n_series;
    }
    s->n_series = n_series;
    s->shortest = bytes_of(s, SECTION_SHORTEST, &len);
    if (len < s->n_blocks + (uint64_t)FIND_PADDING) {
        return damaged(err, "the lengths of the blocks are too few");
    }
    s->groups = bytes_of(s, SECTION_GROUPS, &len);
    if (len / sizeof *s->groups < s->n_blocks) {
        return damaged(err, "the groups of the blocks are too few");
    }
    for (uint32_t i = 0; i < SEARCH_ATTRIBUTE_COUNT; i++) {
        const void *p = bytes_of(s, SECTION_ATTRIBUTE + i, &len);
        uint64_t count = section(s, SECTION_ATTRIBUTE + i)->count;
        if (count > n_series || (len && !pack_open(&s->attributes[i], p, (size_t)len, count))) {
            return damaged(err, "a column of numbers leaves its section");
        }
    }
    return OK;
}

static bool within(uint64_t at, uint64_t n, uint64_t len)
{
    return at <= len && n <= len - at;
}

static bool entry_fits(const struct segment *s, const struct entry_record *e)
{
    return within(e->text_at, e->text_len, s->doc_text_len) &&
           within(e->folded_at, (uint64_t)e->folded_len + 1, s->doc_folded_len) &&
           s->doc_folded[e->folded_at + e->folded_len] == 0 && e->field < SEARCH_FIELD_COUNT &&
           within(e->first_dataset, e->n_datasets, s->n_entry_datasets);
}

static enum error_code check_documents(const struct segment *s, struct error *err)
{
    for (uint32_t i = 0; i < s->n_datasets; i++) {
        const struct dataset_record *d = &s->datasets[i];
        if (s->order[i] >= s->n_datasets ||
            !within(d->first_entry, d->n_entries, s->n_doc_entries) ||
            !within(d->first_block, d->n_blocks, s->n_blocks) || d->n_entries == 0 ||
            !within(d->first_run, d->n_runs, s->n_runs)) {
            return error_set(err, ERR_CATALOG_DAMAGED, "document %u leaves its section", i);
        }
    }
    for (uint64_t i = 0; i < s->n_doc_entries; i++) {
        if (s->doc_entries[i] >= s->n_entries) {
            return damaged(err, "a document has a text that is not there");
        }
    }
    for (uint64_t i = 0; i < s->n_entry_datasets; i++) {
        if (s->entry_datasets[i] >= s->n_datasets) {
            return damaged(err, "a text has a document that is not there");
        }
    }
    for (uint64_t i = 0; i < s->n_entries; i++) {
        if (!entry_fits(s, &s->entries[i])) {
            return damaged(err, "a text of a document leaves its section");
        }
    }
    for (uint32_t i = 1; i < s->n_datasets; i++) {
        if (str_cmp(segment_dataset_id(s, s->order[i - 1]), segment_dataset_id(s, s->order[i])) >=
            0) {
            return damaged(err, "the datasets are not in order");
        }
    }
    return OK;
}

static enum error_code map_file(const char *path, struct segment *s, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        enum error_code rc = error_set_errno(err, errno, "cannot open %s", path);
        if (fd >= 0) {
            close(fd);
        }
        return rc;
    }
    if (st.st_size < (off_t)sizeof(struct segment_header)) {
        close(fd);
        return error_set(err, ERR_CATALOG_DAMAGED, "%s is too short", path);
    }
    s->len = (size_t)st.st_size;
    void *map = mmap(NULL, s->len, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED) {
        return error_set_errno(err, errno, "cannot map %s", path);
    }
    s->map = map;
    return OK;
}

enum error_code segment_open(const char *dir, uint64_t number, struct segment **out,
                             struct error *err)
{
    char path[4096];
    struct segment *s = mem_zalloc(sizeof *s);
    segment_path(dir, number, path, sizeof path);
    s->number = number;
    enum error_code rc = map_file(path, s, err);
    if (rc == OK && ((rc = check_header(s, err)) != OK || (rc = check_sections(s, err)) != OK ||
                     (rc = bind(s, err)) != OK || (rc = check_documents(s, err)) != OK)) {
        error_add(err, "in %s", path);
    }
    if (rc != OK) {
        segment_close(s);
        s = NULL;
    }
    *out = s;
    return rc;
}

void segment_close(struct segment *s)
{
    if (s) {
        if (s->map) {
            munmap((void *)(uintptr_t)s->map, s->len);
        }
        mem_free(s);
    }
}

enum error_code segment_verify(const struct segment *s, struct error *err)
{
    for (uint32_t i = 0; i < s->n_sections; i++) {
        const struct segment_section *c = &s->sections[i];
        if (crc32c(0, s->map + c->at, (size_t)c->len) != c->crc) {
            return error_set(err, ERR_CATALOG_DAMAGED,
                             "segment %016llx: the checksum of section %u is wrong",
                             (unsigned long long)s->number, c->id);
        }
    }
    for (uint32_t i = 0; i < s->n_blocks; i++) {
        if (!segment_block(s, i)) {
            return error_set(err, ERR_CATALOG_DAMAGED, "block %u leaves its section", i);
        }
    }
    for (uint32_t i = 0; i < s->n_runs; i++) {
        if (!segment_run(s, i)) {
            return error_set(err, ERR_CATALOG_DAMAGED, "run %u leaves its section", i);
        }
    }
    return OK;
}
