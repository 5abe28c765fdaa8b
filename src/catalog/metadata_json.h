/* metadata_json.h - parts of a dataset's metadata as JSON text, for the columns of `datasets`. */
#ifndef TSI_CATALOG_METADATA_JSON_H
#define TSI_CATALOG_METADATA_JSON_H

#include "base/str.h"
#include "model/dataset.h"

/* ["a","b"] */
void json_add_strings(struct strbuf *b, const char *const *items, size_t n);
/* [{"name":"a","type":"num"}]: absent type and subtype are left out. */
void json_add_columns(struct strbuf *b, const struct column_list *list);
/* {"hist":[...],"future":[...],"static":[...]} */
void json_add_groups(struct strbuf *b, const struct column_list *hist,
                     const struct column_list *future, const struct column_list *fixed);
/* Everything: the keys as the metadata file names them, those that are absent left out, the unknown
 * ones in "extra". */
void json_add_metadata(struct strbuf *b, const struct dataset_meta *m);

#endif
