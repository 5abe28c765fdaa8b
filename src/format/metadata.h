/* metadata.h - the YAML that describes a dataset.
 *
 * Read as its users write it (notes in docs/FORMATS.md): `name`, `ts_id[]`, `targets[]`,
 * `covariates{hist,future,static}`, `tfc_data_store`, `type`, `description`, `source`,
 * `storage_location`, `theme`, `tags`. Lists of columns may be lists of {name, type, subtype},
 * lists of plain names, or one of either. The same keys are accepted under a `metadata:` mapping.
 * Unknown keys are kept as JSON, not refused. YAML 1.2; the first document of a stream counts.
 *
 * Input is untrusted: at most METADATA_MAX bytes, nesting at most 32, aliases are refused beyond a
 * bound ("billion laughs"). Errors name line and column, 1-based. Memory: results live in the
 * arena. Threads: no shared state.
 */
#ifndef TSI_FORMAT_METADATA_H
#define TSI_FORMAT_METADATA_H

#include <stdbool.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/str.h"
#include "model/dataset.h"

#define METADATA_MAX ((size_t)4 << 20)

/* `key` is the object's key: it gives `stem`, and stands in errors. ERR_METADATA_SYNTAX where it is
 * no YAML, ERR_METADATA_INVALID where a known key has a shape that makes no sense ("ts_id: {a:
 * 1}"), ERR_LIMIT where it is larger or deeper than the bounds above. `etag` is left to the caller:
 * "". */
MUST_CHECK enum error_code metadata_parse(struct str yaml, const char *key, struct arena *a,
                                          struct dataset_meta *out, struct error *err);

/* "a/weather_metadata.yaml" -> "weather". A name that is nothing but an ending keeps itself:
 * "metadata.yaml" is "metadata". */
char *metadata_stem(const char *key, struct arena *a);

/* Is this a metadata file by its name (.yaml, .yml, any case)? */
bool metadata_is_key(const char *key);

#endif
