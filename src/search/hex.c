#include "search/hex.h"

#define DIGITS_MAX 16

static int digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_take(const char **text, uint64_t *out)
{
    const char *p = *text;
    uint64_t v = 0;
    int n = 0;
    for (; n < DIGITS_MAX && digit(*p) >= 0; n++) {
        v = v << 4 | (uint64_t)digit(*p++);
    }
    if (n == 0 || digit(*p) >= 0) {
        return false;
    }
    *text = p;
    *out = v;
    return true;
}
