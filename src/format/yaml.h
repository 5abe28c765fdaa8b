/* yaml.h - YAML bytes to a small tree, with positions.
 *
 * libfyaml scans and parses; this module takes its events and builds a tree that it can bound: text
 * is copied into the arena, aliases are resolved (a node is shared, not copied), keys are scalars
 * and unique. YAML 1.2; the first document of a stream counts. Merge keys (`<<`) are not part of
 * YAML 1.2 and are ordinary keys here.
 *
 * Input is untrusted: valid UTF-8 only, nesting at most YAML_DEPTH_MAX with aliases followed, and
 * the cost of the tree with every alias written out is bounded by YAML_COST_MAX ("billion laughs").
 * libfyaml never writes to stderr. Memory: the tree lives in the arena. Threads: no shared state.
 */
#ifndef TSI_FORMAT_YAML_H
#define TSI_FORMAT_YAML_H

#include <stdbool.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/str.h"

#define YAML_DEPTH_MAX 32

/* A node costs YAML_NODE_COST and its text. 16 MiB are half a million nodes, ten times the widest
 * dataset seen (60,000 columns of three keys), or four times the text of the largest file that is
 * read. */
#define YAML_NODE_COST 32
#define YAML_COST_MAX  ((uint64_t)16 << 20)

enum yaml_type { YAML_SCALAR, YAML_LIST, YAML_MAPPING };

struct yaml_pair {
    struct yaml_node *key; /* a scalar */
    struct yaml_node *value;
    /* For the reader of the tree; what it leaves over is unknown to it: */
    bool used;   /* read whole */
    bool opened; /* a mapping that was read pair by pair */
};

struct yaml_node {
    enum yaml_type type;
    int line, column; /* 1-based; columns count characters */
    uint32_t height;  /* levels below this one, aliases followed */
    uint64_t cost;    /* of this node and all below, aliases written out */
    struct str text;  /* YAML_SCALAR: valid UTF-8 with a NUL behind it (and perhaps inside) */
    bool
        plain; /* YAML_SCALAR: not quoted and not tagged as text, so 12 is a number and ~ is null */
    struct yaml_node **items; /* YAML_LIST */
    struct yaml_pair *pairs;  /* YAML_MAPPING, in the order of the file */
    size_t n;
};

/* `label` names the bytes in errors: "label:line:column: what is wrong". The tree of an empty
 * document is a null scalar. ERR_METADATA_SYNTAX where it is no YAML, ERR_LIMIT where it is YAML
 * beyond our bounds. */
MUST_CHECK enum error_code yaml_parse(struct str bytes, const char *label, struct arena *a,
                                      struct yaml_node **out, struct error *err);

/* A plain scalar that means null: "", "~", "null". */
bool yaml_is_null(const struct yaml_node *n);

/* What a person calls it: "a mapping", "a list", "text", "nothing". */
const char *yaml_type_text(const struct yaml_node *n);

/* The pair of `key`, NULL where there is none or `map` is no mapping. */
struct yaml_pair *yaml_find(const struct yaml_node *map, const char *key);

/* The node as JSON text, with the types of YAML 1.2's core schema. What JSON has no number for
 * (.inf, .nan, values beyond a double) is written as a string of its text. */
void yaml_add_json(struct strbuf *b, const struct yaml_node *n);

/* Only the pairs of a mapping that are not `used`; of `opened` ones, what is unused inside. */
void yaml_add_unused_json(struct strbuf *b, const struct yaml_node *map);

#endif
