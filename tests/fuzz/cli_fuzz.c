// module: cli
/* Bytes of the data on their way to a terminal and to machine formats; words of a command line. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/format.h"
#include "cli/parse.h"
#include "cli/text.h"

/* Longer inputs only repeat what shorter ones find. */
#define INPUT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *environment(const char *name)
{
    (void)name;
    return NULL;
}

/* Nothing that drives a terminal is left, and cutting keeps to the width. */
static void try_text(struct str s)
{
    struct strbuf clean, cut;
    strbuf_init(&clean, 4 * INPUT_MAX);
    text_add_clean(&clean, s);
    assert(!clean.overflow && str_is_utf8(strbuf_view(&clean)));
    for (size_t i = 0; i < clean.len; i++) {
        assert((unsigned char)clean.data[i] >= 0x20 && clean.data[i] != 0x7F);
    }
    for (size_t columns = 0; columns < 20; columns++) {
        strbuf_init(&cut, 4 * INPUT_MAX + 4);
        text_add_cut(&cut, strbuf_view(&clean), columns);
        assert(text_width(strbuf_view(&cut)) <= columns);
        strbuf_free(&cut);
    }
    strbuf_free(&clean);
}

/* Documents of the catalog are trusted to be JSON, but not with the bounds of memory. */
static void try_record(struct str s)
{
    const char *names[] = {"a"};
    struct tsi_value values[] = {{.type = TSI_JSON, .text = s.data, .length = s.len}};
    struct view_row row = {.names = names, .values = values, .columns = 1};
    struct view v = view_of_row(&row);
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert(out);
    format_record(out, &v, 0, &(struct format_style){.width = 40});
    fclose(out);
    assert(n > 0);
    free(text);
}

/* A line of tsv and of ndjson is a row, whatever is in it. */
static void try_formats(struct str s)
{
    const char *names[] = {"a", "b"};
    struct tsi_value values[] = {{.type = TSI_TEXT, .text = s.data, .length = s.len},
                                 {.type = TSI_INT, .integer = 1}};
    struct view_row row = {.names = names, .values = values, .columns = 2};
    struct view v = view_of_row(&row);
    for (int f = FORMAT_TABLE; f <= FORMAT_TSV; f++) {
        char *text = NULL;
        size_t n = 0, lines = 0;
        FILE *out = open_memstream(&text, &n);
        assert(out);
        format_write(out, (enum format)f, &v, &(struct format_style){.width = 40});
        fclose(out);
        for (size_t i = 0; i < n; i++) {
            lines += text[i] == '\n';
        }
        assert(f != FORMAT_NDJSON || lines == 1);
        assert((f != FORMAT_TSV && f != FORMAT_TABLE) || lines == 2);
        free(text);
    }
}

static void try_command_line(struct str s)
{
    char *argv[34] = {(char *)"ts-indexer"}, *copy = mem_alloc(s.len + 1), *save = NULL;
    int argc = 1;
    uint64_t bytes;
    static struct command_line line;
    struct error err = {0};
    if (s.len) {
        memcpy(copy, s.data, s.len);
    }
    copy[s.len] = '\0';
    for (char *w = strtok_r(copy, "\n", &save); w && argc < 33; w = strtok_r(NULL, "\n", &save)) {
        argv[argc++] = w;
    }
    if (parse_command_line(argc, argv, environment, &line, &err) != OK) {
        assert(err.code == ERR_USAGE && err.text[0]);
    }
    if (parse_size(s, &bytes)) {
        assert(s.len > 0);
    }
    mem_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = str_n(data, size < INPUT_MAX ? size : INPUT_MAX);
    text_init();
    try_text(s);
    try_formats(s);
    try_record(s);
    try_command_line(s);
    return 0;
}
