/* segment.h - one immutable index file: what lies in it, and how it is opened (docs/FORMATS.md,
 * "Search index").
 *
 * The header and the table of sections are checked when a segment is opened, and the bounds of
 * every document; blocks and runs are checked when they are looked at (there may be millions).
 * Checksums of sections are compared by segment_verify only. Pointers into a segment live until
 * segment_close.
 */
#ifndef TSI_SEARCH_SEGMENT_H
#define TSI_SEARCH_SEGMENT_H

#include "search/grams.h"
#include "search/pack.h"
#include "search/search.h"

#define SEGMENT_MAGIC "TSISRCH\1"
#define SEGMENT_MAJOR 5u
#define SEGMENT_MINOR 0u
#define SEGMENT_ALIGN 64u /* of sections: bitmaps are read with vector loads */

/* Ids of a block. Larger blocks mean fewer postings and more text to look through; 128 is where
 * both cost alike (64: +30 % index; 256: -18 % index, slower). */
#define BLOCK_IDS 128
/* Ids of a group: of a block that is looked into for a few short ids, the rest is left alone. */
#define GROUP_IDS    16
#define BLOCK_GROUPS (BLOCK_IDS / GROUP_IDS)
/* Ids that count up by one, at least so many, become one record. Below, the block that a run
 * interrupts costs more than the run saves. */
#define RUN_MIN 32

struct segment_header { /* 64 bytes */
    char magic[8];
    uint16_t major, minor;
    uint32_t required; /* features a reader must know; none yet */
    uint64_t fold;     /* fold_fingerprint */
    uint64_t file_len, sections_at;
    uint32_t n_sections, sections_crc;
    uint32_t reserved[3];
    uint32_t crc; /* of the 60 bytes before */
};

struct segment_section { /* 40 bytes */
    uint32_t id, flags;
    uint64_t at, len, count;
    uint32_t crc, reserved;
};

#define SECTION_REQUIRED 1u /* a reader that does not know the id must refuse the file */

enum section_id {
    SECTION_DATASETS = 1,
    SECTION_ORDER,
    SECTION_ENTRIES,
    SECTION_DOC_TEXT,
    SECTION_DOC_FOLDED,
    SECTION_DOC_GRAMS,
    SECTION_DOC_POSTINGS,
    SECTION_TEXT,
    SECTION_FOLDED,
    SECTION_BLOCKS,
    SECTION_GRAMS,
    SECTION_POSTINGS,
    SECTION_RUNS,
    SECTION_RUN_TEXT,
    SECTION_RUN_GRAMS,
    SECTION_RUN_POSTINGS,
    SECTION_DOC_ENTRIES,
    SECTION_ENTRY_DATASETS,
    SECTION_SHORTEST,
    SECTION_GROUPS,
    SECTION_COUNT,
    SECTION_ATTRIBUTE = 256, /* + enum search_attribute */
};

struct dataset_record { /* 104 bytes */
    uint64_t first_series,
        n_series; /* series are numbered over the whole segment, in natural order by dataset */
    uint64_t series, records; /* as documented */
    int64_t start, end;
    uint64_t id_bytes;
    uint32_t first_block, n_blocks, first_run, n_runs, first_entry,
        n_entries; /* entry: in SECTION_DOC_ENTRIES */
    uint32_t has_times, reserved[4];
    uint32_t quality; /* enum search_quality; it came later, out of the reserve */
};

/* One text of a field, once for all documents that have it: themes, sources and columns repeat. */
struct entry_record {
    uint64_t text_at, folded_at;
    uint32_t text_len, folded_len;
    uint32_t first_dataset, n_datasets; /* in SECTION_ENTRY_DATASETS */
    uint32_t field, reserved;
};

struct block_record {
    uint64_t text_at, folded_at; /* folded_at: BLOCK_SIMPLE where the text folds byte by byte */
    uint32_t text_len, folded_len;
    uint32_t dataset, first;  /* first: position of its first id in the dataset */
    uint32_t n_ids, shortest; /* shortest: bytes of the shortest folded id */
};
#define BLOCK_SIMPLE UINT64_MAX

/* Of a block: where each group of GROUP_IDS texts begins in what is searched (the text, or the
 * folded one where there is one), 65535 where that is farther or there is none; and the bytes of
 * the shortest folded id of each, at most 255. */
struct group_record {
    uint16_t at[BLOCK_GROUPS];
    uint8_t shortest[BLOCK_GROUPS];
};
#define GROUP_FAR UINT16_MAX

struct run_record { /* prefix + number with `width` digits + suffix, for the numbers [low, low +
                       count) */
    uint64_t low, count, text_at;
    uint32_t prefix_len, suffix_len, width;
    uint32_t dataset, first, reserved;
};

struct segment {
    const char *map;
    size_t len;
    uint64_t number;
    uint32_t header_crc;
    const struct segment_section *sections;
    uint32_t n_sections;
    const struct dataset_record *datasets;
    uint32_t n_datasets;
    const uint32_t *order; /* datasets sorted by id */
    const struct entry_record *entries;
    uint32_t n_entries;
    const uint32_t *doc_entries; /* per dataset, its entries: dataset_record.first_entry */
    uint64_t n_doc_entries;
    const uint32_t *entry_datasets; /* per entry, its datasets */
    uint64_t n_entry_datasets;
    const char *doc_text, *doc_folded;
    uint64_t doc_text_len, doc_folded_len;
    struct gram_index doc_grams, grams, run_grams;
    const char *text, *folded, *run_text;
    uint64_t text_len, folded_len, run_text_len;
    const struct block_record *blocks;
    uint32_t n_blocks, n_runs;
    const struct run_record *runs;
    const uint8_t *shortest;           /* per block: bytes of its shortest folded id, at most 255 */
    const struct group_record *groups; /* per block */
    uint64_t n_series;
    struct pack_column attributes[SEARCH_ATTRIBUTE_COUNT];
};

void segment_path(const char *dir, uint64_t number, char *out, size_t room);
MUST_CHECK enum error_code segment_open(const char *dir, uint64_t number, struct segment **out,
                                        struct error *err);
void segment_close(struct segment *s);
MUST_CHECK enum error_code segment_verify(const struct segment *s, struct error *err);

struct str segment_dataset_id(const struct segment *s, uint32_t dataset);
/* The i-th text of a document; the first is its id. */
const struct entry_record *segment_entry(const struct segment *s, uint32_t dataset, uint32_t i);
void segment_doc(const struct segment *s, uint32_t dataset, struct arena *a,
                 struct search_doc *out);

/* The block or the run, if what it says lies inside the file; NULL else. */
const struct block_record *segment_block(const struct segment *s, uint32_t i);
/* Asks the memory for the record of a block, or its text, ahead of the use: blocks that a filter
 * leaves lie far apart, and waiting for them is most of what a look costs. */
void segment_fetch_record(const struct segment *s, size_t i);
void segment_fetch_text(const struct segment *s, size_t i);
/* The same of the groups with a text shorter than `too_long`. */
void segment_fetch_groups(const struct segment *s, size_t i, size_t too_long);
const struct run_record *segment_run(const struct segment *s, uint32_t i);
struct str segment_entry_text(const struct segment *s, const struct entry_record *e);
struct str segment_entry_folded(const struct segment *s, const struct entry_record *e);

/* The texts of a block, each with a NUL behind. `simple`: as they are written, and fold_simple
 * folds them; else they are folded already. */
const char *segment_block_text(const struct segment *s, const struct block_record *b, size_t *len,
                               bool *simple);

/* The id of a series of a dataset, appended to `out`. False: there is none (or the file is
 * damaged). */
bool segment_series_id(const struct segment *s, uint32_t dataset, uint32_t series,
                       struct strbuf *out);
/* Prefix + digits + suffix of the run's i-th id, appended to `out`. */
void segment_run_id(const struct segment *s, const struct run_record *r, uint64_t i,
                    struct strbuf *out);

/* Size as a tie-break, for a dataset and its series alike: half the binary logarithm of its number
 * of records, 0 where that is not known, at most PRIOR_MAX. That all series of a dataset have the
 * same is what lets a search stop: no id of a smaller dataset can be better. */
uint8_t segment_prior(const struct segment *s, uint32_t dataset);
uint8_t segment_prior_of(uint64_t records);
#define PRIOR_MAX 31

#endif
