/* What tests of parts share. */
#ifndef TSI_TESTS_SCAN_SUPPORT_H
#define TSI_TESTS_SCAN_SUPPORT_H

#include "scan/scan_part.h"

/* The number of a series; the including test has cmocka. */
static inline uint32_t put_id(struct scan_part *p, const char *id)
{
    struct str text = str_c(id);
    uint32_t series;
    assert_true(id_set_put_strs(&p->ids, &text, 1, &series));
    return series;
}

#endif
