// module: format
/* Any text is a time of the years 0001 to 9999 (give or take an offset), or it is none. */
#include <stdlib.h>

#include "format/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct timestamp t;
    int64_t us, ns;
    bool lost;
    if (!timestamp_parse(str_n(data, size), &t)) {
        return 0;
    }
    int64_t first = time_days_from_civil(0, 12, 31), last = time_days_from_civil(10000, 1, 2);
    if (t.seconds < first * 86400 || t.seconds > last * 86400 || t.nanoseconds > 999999999 ||
        !timestamp_to_unit(&t, TIME_UNIT_US, &us, &lost) || lost != (t.nanoseconds % 1000 != 0)) {
        abort();
    }
    if (timestamp_to_unit(&t, TIME_UNIT_NS, &ns, &lost) && lost) {
        abort();
    }
    return 0;
}
