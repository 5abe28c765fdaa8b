#include "run/prices.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "format/ini.h"

/* A handful of lines. */
#define PRICES_MAX ((size_t)64 * 1024)
#define GIB        ((double)(1 << 30))

void prices_default(struct prices *p)
{
    *p = (struct prices){.list_per_1000 = 0.005,
                         .get_per_1000 = 0.0004,
                         .egress_per_gib = 0.09,
                         .currency = "USD",
                         .name =
                             "AWS S3 Standard, us-east-1, transfer to the internet (first 10 TB)"};
}

struct reading {
    struct prices *prices;
    struct error *err;
    enum error_code code;
};

static double *number_of(struct prices *p, struct str key)
{
    return str_eq(key, str_c("list_per_1000"))    ? &p->list_per_1000
           : str_eq(key, str_c("get_per_1000"))   ? &p->get_per_1000
           : str_eq(key, str_c("egress_per_gib")) ? &p->egress_per_gib
                                                  : NULL;
}

static void take_number(struct reading *r, const struct ini_property *p, double *out)
{
    char text[64], *end;
    snprintf(text, sizeof text, STR_FMT, STR_ARG(p->value));
    double d = strtod(text, &end);
    if (p->value.len == 0 || p->value.len >= sizeof text || *end || !isfinite(d) || d < 0) {
        r->code = error_set(r->err, ERR_USAGE, "line %u of the prices: " STR_FMT " is no price",
                            p->line, STR_ARG(p->key));
        return;
    }
    *out = d;
}

static void take(const struct ini_property *p, void *user)
{
    struct reading *r = user;
    double *number = number_of(r->prices, p->key);
    if (r->code) {
        return;
    }
    if (number) {
        take_number(r, p, number);
    } else if (str_eq(p->key, str_c("currency"))) {
        snprintf(r->prices->currency, sizeof r->prices->currency, STR_FMT, STR_ARG(p->value));
    } else if (str_eq(p->key, str_c("name"))) {
        snprintf(r->prices->name, sizeof r->prices->name, STR_FMT, STR_ARG(p->value));
    } else {
        r->code = error_set(r->err, ERR_USAGE, "line %u of the prices: unknown key " STR_FMT,
                            p->line, STR_ARG(p->key));
    }
}

enum error_code prices_parse(const char *text, size_t n, struct prices *p, struct error *err)
{
    struct reading r = {.prices = p, .err = err};
    enum error_code code = ini_parse(text, n, take, &r, err);
    return code ? code : r.code;
}

enum error_code prices_read(const char *path, struct prices *p, struct error *err)
{
    char *text = mem_alloc(PRICES_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, PRICES_MAX);
    enum error_code code = n < 0 ? error_set_errno(err, errno, "cannot read the prices %s", path)
                                 : prices_parse(text, (size_t)n, p, err);
    if (fd >= 0) {
        close(fd);
    }
    mem_free(text);
    return code && n >= 0 ? error_add(err, "in %s", path) : code;
}

double prices_cost(const struct prices *p, uint64_t lists, uint64_t gets, uint64_t bytes)
{
    return (double)lists * p->list_per_1000 / 1000 + (double)gets * p->get_per_1000 / 1000 +
           (double)bytes * p->egress_per_gib / GIB;
}
