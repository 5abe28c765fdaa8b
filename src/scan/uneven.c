#include "scan/uneven.h"

#include "base/memory.h"
#include "model/value_stats.h"

bool uneven_has(const struct uneven_targets *u, uint32_t target)
{
    for (size_t i = 0; i < u->n; i++) {
        if (u->targets[i] == target) {
            return true;
        }
    }
    return false;
}

void uneven_add(struct uneven_targets *u, uint32_t target)
{
    if (!uneven_has(u, target)) {
        u->targets = mem_grow(u->targets, u->n, &u->cap, sizeof *u->targets);
        u->targets[u->n++] = target;
    }
}

void uneven_add_all(struct uneven_targets *u, const struct uneven_targets *more)
{
    for (size_t i = 0; i < more->n; i++) {
        uneven_add(u, more->targets[i]);
    }
}

void uneven_free(struct uneven_targets *u)
{
    mem_free(u->targets);
    *u = (struct uneven_targets){0};
}

static void drop_states(const struct uneven_targets *u, struct span_builder *b,
                        struct span_content *s)
{
    struct value_stats unused;
    struct str left = s->values;
    strbuf_clear(&b->code);
    for (uint32_t i = 0; i < b->n_targets && left.len; i++) {
        const char *from = left.data;
        if (!value_stats_decode(&left, s->t_min, s->t_max, &unused)) {
            strbuf_clear(&b->code); /* not known */
            break;
        }
        if (!uneven_has(u, i)) {
            strbuf_add(&b->code, from, (size_t)(left.data - from));
        }
    }
    s->values = str_n(arena_strndup(&b->states, b->code.data ? b->code.data : "", b->code.len),
                      b->code.len);
}

void uneven_drop(const struct uneven_targets *u, struct span_builder *b)
{
    for (size_t i = 0; u->n && i < b->n_contents; i++) {
        drop_states(u, b, &b->contents[i]);
    }
    b->n_targets -= u->n < b->n_targets ? u->n : b->n_targets;
}
