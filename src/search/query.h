/* query.h - one query while it runs. A query belongs to one thread; the index is shared and never
 * written. */
#ifndef TSI_SEARCH_QUERY_H
#define TSI_SEARCH_QUERY_H

#include "search/index.h"
#include "search/parse.h"
#include "search/runs.h"
#include "search/score.h"
#include "search/top.h"

/* Bitmaps in use at the same time: see the callers of query_map. */
enum query_map_slot {
    MAP_RESULT,
    MAP_TERM,
    MAP_OTHER,
    MAP_ANY,
    MAP_NONE,
    MAP_LEVEL,
    MAP_EDGE,
    MAP_SLOTS
};

/* How a word matches the document of a dataset; rank 0: not at all. */
struct doc_match {
    uint8_t rank, typos, field, match;
    uint32_t entry; /* of the segment */
};

/* Memory that queries reuse. */
struct query_scratch {
    struct gram_scratch grams;
    uint64_t *bases; /* of all segments, one behind the other */
    size_t bases_cap;
    uint64_t *maps[MAP_SLOTS];
    size_t map_words[MAP_SLOTS];
    uint32_t *list;
    size_t list_cap;
    char *block;
    size_t block_cap;
    struct strbuf run_text, id;
    struct doc_match *docs; /* all zero but for what `touched` names */
    size_t docs_cap;
    size_t *touched, n_touched, touched_cap;
    struct bounded *bounds; /* two arrays, and one of worths behind them */
    size_t bounds_cap;
};

struct needles {
    struct needle part[MATCH_PIECES_MAX];
    size_t n;
};

struct segment_view {
    const struct segment *s;
    const uint32_t *ranks;
    struct segment_order order;
    uint8_t *
        allowed; /* per dataset: live, passes the filters, has no excluded word; NULL: no filters */
    struct doc_match *docs; /* [dataset * n_terms + term] */
    struct doc_match *together;
    /* Of the pass: what of each word a text has in any case, one of these pieces; n = 0: nothing
     * that would tell. And the words, those that the fewest blocks may have first. */
    struct needles needles[SEARCH_TERMS_MAX], together_needles;
    struct needles together_pieces; /* any of them, one more than typos, would do as well */
    uint8_t rarest[SEARCH_TERMS_MAX];
    uint64_t *base[2]; /* the blocks, and the runs, that may have all words together, anywhere */
    bool has_base[2];
};

/* From how many bytes on a text is not wanted: what was worked out last, and for what. */
struct length_bound {
    uint64_t worst; /* score of the worst hit that is kept */
    match_mask wanted;
    unsigned prior;
    int stage;
    bool ties; /* equal scores are not wanted either */
    size_t too_long;
};

struct query_run {
    const struct search_index *ix;
    const struct search_options *o;
    struct arena *a;
    struct query q;
    struct query_scratch *scratch;
    struct segment_view *views;
    struct top top;
    uint32_t weights[SEARCH_TERMS_MAX];  /* rarer words weigh more */
    uint32_t doc_hits[SEARCH_TERMS_MAX]; /* live documents with the word, so far */
    uint32_t doc_together;               /* and with all of them together */
    bool apart;                          /* this pass takes the words apart */
    bool in_order;                       /* of the block: only words in their order are wanted */
    struct length_bound bound;
    const uint64_t *edges; /* blocks where the words may be behind an edge; NULL: any */
    bool docs_known;       /* which documents have which word, without typos */
    int stage;             /* typos allowed now: 0, 1, 2 (as many as the words allow) */
    bool listing;          /* no words: series in their own order, size does not matter */
    bool filtered;         /* some dataset is not allowed, beside the dead ones */
    bool series_filters;
    uint64_t matched_series, matched_datasets, visited;
    uint64_t visited_max; /* 0: no bound */
    bool at_least, partial, stopped;
    bool whole;               /* some text is the query, and nothing else */
    uint32_t *series_by_rank; /* for facets */
    uint8_t *dataset_by_rank;
    uint64_t ticket; /* on the line */
    size_t n_asked;  /* words of the query, before any was dropped */
    size_t digits;   /* the longest number in it */
    enum error_code failed;
    struct error *err;
};

/* Blocks that are looked at even when the best hits are settled, so that small answers have exact
 * counts: about 10 microseconds. */
#define QUERY_FREE_BLOCKS 12

/* Two typos in a word of 8 to 10 letters leave no gram to filter by: the search of ids then ends
 * after so many blocks (about 10 ms), as a partial answer, unless a work limit says otherwise. */
#define QUERY_TWO_TYPO_BLOCKS 8192

struct verdict { /* a text that matches */
    struct score_parts parts;
    enum search_match together; /* NONE: the words stand apart */
};

static inline bool query_allows(const struct segment_view *v, uint32_t dataset)
{
    return v->allowed ? v->allowed[dataset] : v->ranks[dataset] != RANK_DEAD;
}

uint64_t *query_map(struct query_run *r, enum query_map_slot slot, size_t units);
uint32_t *query_list(struct query_run *r, size_t n); /* room for so many, until the next call */
/* One more unit looked at; false: stop now (cancelled, out of time or work). */
bool query_tick(struct query_run *r);
bool query_counts_all(const struct query_run *r);
bool query_looks_free(const struct query_run *r); /* a few looks more cost nothing */

/* query.c: the words as they are now, from the first stage on. */
void query_run_once(struct query_run *r);
/* relax.c: where nothing was found. The words that are left out are named in `out`. */
void query_relax(struct query_run *r, struct search_result *out);
/* list.c */
void query_list_all(struct query_run *r);

/* docs.c */
void docs_prepare(struct query_run *r); /* allowed, weights */
/* Documents that have all words together, with the typos of the stage, and the dataset hits they
 * give; and those that have the words apart, which only queries of several words need, and only
 * where the words together were not enough. */
void docs_together(struct query_run *r);
void docs_apart(struct query_run *r);

/* evaluate.c */
/* Whether the text has a word that no hit may have (`-word`). */
bool query_excludes(const struct query_run *r, struct str text);
bool evaluate_together(const struct query_run *r, const struct term *t, struct str text,
                       struct verdict *out);
bool evaluate_series(const struct query_run *r, const struct segment_view *v, uint32_t dataset,
                     struct str text, struct verdict *out);
/* What a word of several that matches an id like that is worth. */
unsigned evaluate_rank_apart(enum search_match m);
/* Adds a hit: filters on the series, counts, size. */
void take_series(struct query_run *r, const struct segment_view *v, uint32_t dataset,
                 uint32_t series, const struct verdict *verdict);

/* Hands a hit to the best so far, ordered as was asked. */
void query_take(struct query_run *r, uint64_t score, uint32_t rank, uint32_t series);

/* What of a segment's strings is wanted: with `wanted`, the words together, placed so, without
 * typos; with 0, the words apart (query_run.apart), or together with as many typos as the stage
 * says. */
/* look.c: one block */
void look_into_block(struct query_run *r, struct segment_view *v, const struct block_record *b,
                     match_mask wanted);
/* search_blocks.c, search_runs.c */
void search_blocks(struct query_run *r, struct segment_view *v, const uint64_t *map,
                   match_mask wanted);
void search_runs(struct query_run *r, struct segment_view *v, const uint64_t *map,
                 match_mask wanted);
/* The best score that a string of `shortest` bytes and prior `prior` can have in this pass. */
uint64_t query_best_score(const struct query_run *r, match_mask wanted, size_t shortest,
                          unsigned prior);
/* The best hit that the segment can have in this pass with a string of `shortest` bytes. */
struct top_item query_best_of(const struct query_run *r, const struct segment_view *v,
                              match_mask wanted, size_t shortest);
/* Whether a verdict belongs to this pass: each hit is taken in one pass only, so that counts are
 * right. */
bool query_wants(const struct query_run *r, const struct verdict *v, match_mask wanted);

/* result.c */
void result_fill(struct query_run *r, struct search_result *out);
/* suggest.c */
void suggest(struct query_run *r, struct search_result *out);

/* pass_maps.c: bits of the blocks, or the runs, of a segment; they live in the scratch memory until
 * the next call. */
#define MASK(m)     (1u << SEARCH_MATCH_##m)
#define ALL_MATCHES ((2u << SEARCH_MATCH_WHOLE) - 2)
const uint64_t *pass_together(struct query_run *r, struct segment_view *v, bool runs,
                              match_mask wanted);
/* The blocks where all words together may stand behind a letter or a punctuation mark. */
const uint64_t *pass_edges(struct query_run *r, struct segment_view *v);
/* For a pass with typos, or for the words apart. */
const uint64_t *pass_loose(struct query_run *r, struct segment_view *v, bool runs);
/* What is looked for in the blocks of such a pass: segment_view.needles and its like. */
void pass_needles(struct query_run *r, struct segment_view *v);

#endif
