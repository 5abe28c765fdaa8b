/* span_support.h - spans of two builders are the same. */
#ifndef TSI_TESTS_SPAN_SUPPORT_H
#define TSI_TESTS_SPAN_SUPPORT_H

#include "scan/span_builder.h"

static inline void assert_same_content(const struct span_content *x, const struct span_content *y)
{
    struct span_content a = *x, b = *y;
    assert_true(str_eq(a.steps, b.steps));
    assert_true(str_eq(a.values, b.values));
    a.steps = a.values = b.steps = b.values = (struct str){0}; /* equal bytes at other addresses */
    assert_memory_equal(&a, &b, sizeof a);
}

static inline void assert_same_spans(const struct span_builder *x, const struct span_builder *y)
{
    assert_int_equal(x->n, y->n);
    for (size_t i = 0; i < x->n; i++) {
        assert_memory_equal(&x->spans[i], &y->spans[i], sizeof *x->spans);
        assert_same_content(spans_content_of(x, i), spans_content_of(y, i));
    }
}

#endif
