/* file_scan.h - one file, from its last bytes to its spans: a state machine without I/O.
 *
 *     file_scan_init
 *     while (file_scan_wants(s, &ranges, &n)) { fetch them; file_scan_feed(s); }
 *     file_scan_result
 *
 * The caller fetches each batch of ranges as it likes and may let go of the bytes once feed has
 * returned: what is needed later is copied into the scan's arena (the footer, and at most TAIL_MAX
 * bytes in front of it).
 *
 * The scout. Where the dataset does not know its columns yet, its first file finds them: by the
 * names that the metadata gives, by the names of the columns (candidates.h), confirmed by data
 * (detect.h). Once file_scan_decided returns true, the other files of the dataset can go.
 *
 * Requests: one for the tail (the whole file where it is no longer than TAIL_MAX), one more where
 * the footer did not fit, and one batch a slice. Bytes: footer + chunks asked for + at most
 * TAIL_MAX.
 */
#ifndef TSI_SCAN_FILE_SCAN_H
#define TSI_SCAN_FILE_SCAN_H

#include "model/span.h"
#include "scan/detect.h"
#include "scan/slice_scan.h"
#include "scan/targets.h"

/* The first read. 64 KiB holds the footer of most files; what is over lets near chunks come along
 * for nothing. A file no longer than TAIL_MAX is read whole: that is one round trip in place of
 * three. */
#define TAIL_FIRST ((uint64_t)64 << 10)
#define TAIL_MAX   ((uint64_t)256 << 10)

struct file_scan_options {
    enum depth depth;
    const struct scan_columns *columns; /* NULL: this file is the scout */
    const struct scan_columns
        *hint; /* of a scout: what the metadata names (n_id 0, time NULL where it does not) */
    const struct target_names *targets; /* NULL: found by type */
    const char *frequency;              /* of the metadata; NULL */
    uint64_t footer_hint;               /* footer size seen in this dataset; 0 none */
    struct counters *counters;
};

enum file_scan_state { SCAN_TAIL, SCAN_FOOTER, SCAN_DETECT, SCAN_SLICE, SCAN_DONE };

struct file_scan {
    struct arena arena; /* footer, plan, results */
    struct file_scan_options options;
    struct object object;
    enum file_scan_state state;
    struct scan_ranges batch;          /* that is wanted now */
    uint64_t waste_max;                /* gap bytes the batch may fetch */
    uint64_t tail_offset, tail_length; /* what SCAN_TAIL read */
    struct str kept;                   /* bytes of the file from kept_offset to its end, copied */
    uint64_t kept_offset;
    struct parquet_footer *footer;
    struct scan_columns decided; /* by a scout */
    bool has_decided;
    struct detection detection; /* of a scout */
    struct file_columns columns;
    struct file_plan plan;
    size_t slice;                /* of plan.slices, is wanted now */
    enum time_unit time_unit;    /* of the spans; where it is our choice, the one tried now */
    bool other_unit;             /* the first choice could not hold a value */
    enum error_code time_failed; /* why the file is read without its times; OK: it is not */
    const char *time_failure;
    struct scan_part found;     /* in the slices before `slice` ... */
    bool apart;                 /* ... unless the caller holds their series, and here is only */
    struct part_facts facts;    /* what they say together */
    const uint64_t *first_rows; /* of each row group, in the file; set with the last slice */
    struct file_result result;
};

/* `object` must outlive the scan. */
void file_scan_init(struct file_scan *s, const struct object *object,
                    const struct file_scan_options *options);
void file_scan_free(struct file_scan *s);

/* The next batch: false when there is nothing more to read. Ranges are ascending and do not
 * overlap. */
bool file_scan_wants(const struct file_scan *s, struct scan_range **ranges, size_t *n,
                     uint64_t *waste_max);

/* Take the bytes of the batch. On an error the scan is over; the caller records it. */
MUST_CHECK enum error_code file_scan_feed(struct file_scan *s, struct error *err);

/* For progress: row groups that are scanned. */
size_t file_scan_groups_done(const struct file_scan *s);

/* ---- slices apart: once file_scan_is_planned, in place of wants and feed ---- */

/* The footer is read, the columns are known, and what is wanted are slices: number s->slice is the
 * next one, those before needed no bytes. */
bool file_scan_is_planned(const struct file_scan *s);
/* What the scan of a slice needs; constant until the file is freed or drops its time. */
struct file_view file_scan_view(const struct file_scan *s);
/* How slices are read: those of another scan of the same object mean the same where this is equal.
 */
uint64_t file_scan_reading(const struct file_scan *s);
/* Gap bytes that the batch of a slice may fetch. */
uint64_t file_scan_waste(const struct file_scan *s, size_t slice);
/* Take what slice number s->slice held; the part is freed. After the last one the scan is over. */
void file_scan_take(struct file_scan *s, struct scan_part *part);
/* The caller keeps the series of this file and all their spans himself: what was found so far
 * becomes his, and of further slices he tells the facts in place of file_scan_take. The file's
 * result then has no ids and no spans; they are those of all parts, put together in order of
 * slices, each bucket of them (part_code.h) by file_scan_finish_bucket. */
void file_scan_give_found(struct file_scan *s, struct scan_part *out);
void file_scan_take_facts(struct file_scan *s, const struct part_facts *f);
/* After the last slice; `whole`: spans_are_many of all spans of the file and all its series. */
void file_scan_finish_bucket(struct file_scan *s, struct scan_part *bucket, bool whole);
/* A slice could not be scanned: is it to be done again, with all others, in the other unit of time?
 * Then what was taken is forgotten and s->time_unit is new. */
bool file_scan_changes_unit(struct file_scan *s, enum error_code why);
/* Or is it that a text is no time, so that the file goes on without its times? */
bool file_scan_drops_time(const struct file_scan *s, enum error_code why);
/* Then, and when no slice is being scanned: all slices are to be done again, without times. Takes
 * the error, which is told with the file's result. */
void file_scan_drop_time(struct file_scan *s, struct error *err);

/* Of a scout: the columns of the dataset, once known; they live as long as the scan. */
bool file_scan_decided(const struct file_scan *s, const struct scan_columns **out);

/* After the last feed; lives as long as the scan. */
const struct file_result *file_scan_result(struct file_scan *s);

#endif
