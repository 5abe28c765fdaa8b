/* metadata_reader.h - what the two halves of the metadata reader share: values with errors, and
 * lists of columns.
 *
 * Inside format only. Strings point into the tree or the arena, which live equally long.
 */
#ifndef TSI_FORMAT_METADATA_READER_H
#define TSI_FORMAT_METADATA_READER_H

#include "format/yaml.h"
#include "model/dataset.h"

struct reader {
    const char *key;
    struct arena *a;
    struct error *err;
    struct yaml_node *root, *nested; /* nested: the `metadata:` mapping, NULL where there is none */
};

/* ERR_METADATA_INVALID: "key:line:column: label: what". */
MUST_CHECK enum error_code reader_invalid(struct reader *r, const struct yaml_node *at,
                                          const char *label, const char *what);

/* The same: "expected <expected>, found a mapping". */
MUST_CHECK enum error_code reader_wrong_type(struct reader *r, const struct yaml_node *at,
                                             const char *label, const char *expected);

/* The text of a scalar; NULL where it is null. Numbers and truth values keep their text. */
MUST_CHECK enum error_code reader_text(struct reader *r, const struct yaml_node *n,
                                       const char *label, const char **out);

/* How a list of columns may be written. */
struct column_rules {
    const char *label;        /* for errors */
    const char *default_name; /* of a mapping without `name`: the legacy `target: {type: num}`;
                                 NULL: an error */
    bool typed;               /* a mapping without `name` is a list of name: type */
};

/* A list of {name, type, subtype}, of plain names, or one of either. `n` may be NULL or null: no
 * columns. */
MUST_CHECK enum error_code columns_read(struct reader *r, const struct column_rules *rules,
                                        const struct yaml_node *n, struct column_list *out);

#endif
