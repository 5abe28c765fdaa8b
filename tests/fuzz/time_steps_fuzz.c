// module: model
/* Bytes that decode are a state: it encodes to something that decodes to the same, merges and has a
 * frequency. */
#include <stdlib.h>
#include <string.h>

#include "model/frequency.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 25 }; /* times, t_min, t_max, unit */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct time_steps s, again, merged;
    struct frequency f;
    struct strbuf b;
    int64_t head[3];
    if (size < HEAD) {
        return 0;
    }
    memcpy(head, data, sizeof head);
    enum time_unit unit = (enum time_unit)(data[24] % (TIME_UNIT_NS + 1));
    uint64_t times = (uint64_t)head[0] >> 1; /* rows are counted in 63 bits */
    if (!time_steps_decode(str_n(data + HEAD, size - HEAD), times, head[1], head[2], unit, &s)) {
        return 0;
    }
    strbuf_init(&b, TIME_STEPS_BYTES_MAX);
    time_steps_encode(&s, &b);
    if (b.overflow ||
        !time_steps_decode(strbuf_view(&b), s.times, s.t_min, s.t_max, unit, &again) ||
        again.duplicates != s.duplicates || again.n != s.n || again.longest != s.longest) {
        abort();
    }
    strbuf_free(&b);
    frequency_find(&s, unit, &f);
    merged = s;
    time_steps_merge(&merged, &again, unit);
    if (unit >= TIME_UNIT_DAY) {
        time_steps_convert(&s, unit, TIME_UNIT_NS);
    }
    return 0;
}
