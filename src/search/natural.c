#include "search/natural.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_end(struct str s, size_t at)
{
    while (at < s.len && is_digit(s.data[at])) {
        at++;
    }
    return at;
}

/* Compares the numbers at a[i..] and b[j..]; moves both behind them. */
static int compare_numbers(struct str a, size_t *i, struct str b, size_t *j)
{
    size_t end_a = digits_end(a, *i), end_b = digits_end(b, *j);
    while (*i < end_a && a.data[*i] == '0') {
        ++*i;
    }
    while (*j < end_b && b.data[*j] == '0') {
        ++*j;
    }
    size_t len_a = end_a - *i, len_b = end_b - *j;
    int order = len_a != len_b ? (len_a < len_b ? -1 : 1) : memcmp(a.data + *i, b.data + *j, len_a);
    *i = end_a;
    *j = end_b;
    return order;
}

int natural_cmp(struct str a, struct str b)
{
    size_t i = 0, j = 0;
    while (i < a.len && j < b.len) {
        if (is_digit(a.data[i]) && is_digit(b.data[j])) {
            int order = compare_numbers(a, &i, b, &j);
            if (order) {
                return order;
            }
        } else if (a.data[i] != b.data[j]) {
            return (unsigned char)a.data[i] < (unsigned char)b.data[j] ? -1 : 1;
        } else {
            i++;
            j++;
        }
    }
    if ((i < a.len) != (j < b.len)) {
        return i < a.len ? 1 : -1;
    }
    return str_cmp(a, b);
}

static uint64_t number_at(struct str s, size_t begin, size_t end)
{
    uint64_t n = 0;
    for (size_t i = begin; i < end; i++) {
        n = n * 10 + (uint64_t)(s.data[i] - '0');
    }
    return n;
}

static bool is_power_of_ten(uint64_t n, uint32_t exponent)
{
    for (; exponent; exponent--) {
        if (n % 10) {
            return false;
        }
        n /= 10;
    }
    return n == 1;
}

bool natural_follows(struct str a, struct str b, struct natural_step *step)
{
    size_t same = 0;
    while (same < a.len && same < b.len && a.data[same] == b.data[same]) {
        same++;
    }
    size_t begin = same;
    while (begin > 0 && is_digit(a.data[begin - 1])) {
        begin--;
    }
    size_t end_a = digits_end(a, begin), end_b = digits_end(b, begin);
    size_t width_a = end_a - begin, width_b = end_b - begin;
    if (width_a == 0 || width_b == 0 || width_a > NATURAL_DIGITS_MAX ||
        width_b > NATURAL_DIGITS_MAX || a.len - end_a != b.len - end_b ||
        memcmp(a.data + end_a, b.data + end_b, a.len - end_a) != 0) {
        return false;
    }
    uint64_t value_a = number_at(a, begin, end_a), value_b = number_at(b, begin, end_b);
    *step = (struct natural_step){begin, (uint32_t)width_a, (uint32_t)width_b, value_a};
    return value_b == value_a + 1 &&
           (width_a == width_b ||
            (width_b == width_a + 1 && is_power_of_ten(value_b, (uint32_t)width_a)));
}

uint64_t natural_power_of_ten(uint32_t n)
{
    static const uint64_t powers[] = {1ull,
                                      10ull,
                                      100ull,
                                      1000ull,
                                      10000ull,
                                      100000ull,
                                      1000000ull,
                                      10000000ull,
                                      100000000ull,
                                      1000000000ull,
                                      10000000000ull,
                                      100000000000ull,
                                      1000000000000ull,
                                      10000000000000ull,
                                      100000000000000ull,
                                      1000000000000000ull,
                                      10000000000000000ull,
                                      100000000000000000ull,
                                      1000000000000000000ull,
                                      10000000000000000000ull};
    return powers[n < 20 ? n : 19];
}
