// module: search
/* Any bytes as a segment or a manifest: opened, verified, read and asked; the checksums are made
 * right first, so that what lies behind them is reached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "search/crc32c.h"
#include "search/fold.h"
#include "search/manifest.h"
#include "search/segment.h"

static char dir[] = "/tmp/search-fuzz-XXXXXX";

static void remove_dir(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    (void)!system(command);
}

static void write_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f)) {
        abort();
    }
}

static void repair(uint8_t *data, size_t size)
{
    struct segment_header h;
    memcpy(&h, data, sizeof h);
    memcpy(h.magic, SEGMENT_MAGIC, sizeof h.magic);
    h.major = SEGMENT_MAJOR;
    h.required = 0;
    h.fold = fold_fingerprint();
    h.file_len = size;
    h.sections_at = size - size % 8 < h.sections_at ? 0 : h.sections_at & ~(uint64_t)7;
    uint64_t room = (size - h.sections_at) / sizeof(struct segment_section);
    h.n_sections = h.n_sections > room ? (uint32_t)room : h.n_sections;
    h.sections_crc = crc32c(0, data + h.sections_at, h.n_sections * sizeof(struct segment_section));
    h.crc = crc32c(0, &h, offsetof(struct segment_header, crc));
    memcpy(data, &h, sizeof h);
}

static uint32_t header_crc(const uint8_t *data)
{
    struct segment_header h;
    memcpy(&h, data, sizeof h);
    return h.crc;
}

static void ask(void)
{
    static const char *const queries[] = {"item",      "0001", "evaluation foods", "itme_0001", "",
                                          "dataset:*", "o"};
    struct search_index *ix;
    struct error err;
    if (search_open(dir, &ix, &err) != OK) {
        return;
    }
    (void)!search_verify(ix, &err);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct search_result r;
        struct search_options o = {
            .kinds = i % 2 ? SEARCH_SERIES_ONLY : SEARCH_BOTH, .work_limit = 300, .limit = 5};
        (void)!search_run(ix, str_c(queries[i]), &o, &r, &err);
        search_result_free(&r);
    }
    search_close(ix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int made;
    char path[128];
    struct arena a;
    struct manifest m;
    arena_init(&a);
    (void)!manifest_parse(data, size, &a, &m, NULL);
    if (size >= sizeof(struct segment_header)) {
        if (!made) {
            made = mkdtemp(dir) != NULL && atexit(remove_dir) == 0;
        }
        uint8_t *copy = malloc(size);
        memcpy(copy, data, size);
        repair(copy, size);
        uint32_t n = 0;
        segment_path(dir, 1, path, sizeof path);
        write_file(path, copy, size);
        struct segment *s;
        if (segment_open(dir, 1, &s, NULL) == OK) {
            n = s->n_datasets;
            segment_close(s);
        }
        uint64_t *dead = arena_array(&a, n / 64 + 2, sizeof *dead);
        struct manifest_segment one = {1, size, header_crc(copy), n, dead};
        struct manifest named = {.segments = &one, .n = 1};
        if (manifest_write(dir, &named, NULL) == OK) {
            ask();
        }
        free(copy);
    }
    arena_reset(&a);
    return 0;
}
