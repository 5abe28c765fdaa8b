/* test_duck DB|:memory: [--readonly] [--no-header] [--null TEXT] [-c SQL | FILE | -]
 *
 * A small SQL shell over libduckdb: the oracle of the tests that is there wherever the program can
 * be built. Runs every statement in turn and prints each result that has columns as CSV (RFC 4180)
 * with a header; NULL is empty and unquoted (or TEXT), an empty string is "". The first error goes
 * to stderr and ends it with exit code 1.
 */
#include <duckdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shell {
    const char *database, *null_text;
    char *sql;
    bool readonly, no_header;
};

static char *read_all(FILE *f)
{
    size_t len = 0, cap = 1 << 16, got;
    char *text = malloc(cap);
    while (text && (got = fread(text + len, 1, cap - len - 1, f)) > 0) {
        len += got;
        if (cap - len < 2) {
            cap *= 2;
            char *more = realloc(text, cap);
            if (!more) {
                free(text);
            }
            text = more;
        }
    }
    if (text) {
        text[len] = '\0';
    }
    return text;
}

static bool read_sql(struct shell *s, const char *file)
{
    FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "rb");
    if (!f) {
        perror(file);
        return false;
    }
    s->sql = read_all(f);
    if (f != stdin) {
        fclose(f);
    }
    return s->sql != NULL;
}

static bool parse_arguments(struct shell *s, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool has_next = i + 1 < argc;
        if (strcmp(argv[i], "--readonly") == 0) {
            s->readonly = true;
        } else if (strcmp(argv[i], "--no-header") == 0) {
            s->no_header = true;
        } else if (strcmp(argv[i], "--null") == 0 && has_next) {
            s->null_text = argv[++i];
        } else if (strcmp(argv[i], "-c") == 0 && has_next && !s->sql) {
            s->sql = strdup(argv[++i]);
        } else if (!s->database) {
            s->database = argv[i];
        } else if (s->sql || !read_sql(s, argv[i])) {
            return false;
        }
    }
    return s->database && (s->sql || read_sql(s, "-"));
}

static void print_field(const char *text, size_t len)
{
    bool quote = len == 0;
    for (size_t i = 0; i < len && !quote; i++) {
        quote = text[i] == ',' || text[i] == '"' || text[i] == '\r' || text[i] == '\n';
    }
    if (!quote) {
        fwrite(text, 1, len, stdout);
        return;
    }
    putchar('"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"') {
            putchar('"');
        }
        putchar(text[i]);
    }
    putchar('"');
}

static void print_header(duckdb_prepared_statement stmt, idx_t columns)
{
    for (idx_t c = 0; c < columns; c++) {
        const char *name = duckdb_prepared_statement_column_name(stmt, c);
        if (c) {
            putchar(',');
        }
        print_field(name, strlen(name));
        duckdb_free((void *)name);
    }
    putchar('\n');
}

/* All columns are VARCHAR here: see run_query. */
static void print_chunk(const struct shell *s, duckdb_data_chunk chunk)
{
    idx_t columns = duckdb_data_chunk_get_column_count(chunk);
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); row++) {
        for (idx_t c = 0; c < columns; c++) {
            duckdb_vector v = duckdb_data_chunk_get_vector(chunk, c);
            uint64_t *validity = duckdb_vector_get_validity(v);
            duckdb_string_t *text = (duckdb_string_t *)duckdb_vector_get_data(v) + row;
            if (c) {
                putchar(',');
            }
            if (validity && !duckdb_validity_row_is_valid(validity, row)) {
                fputs(s->null_text, stdout);
            } else {
                print_field(duckdb_string_t_data(text), duckdb_string_t_length(*text));
            }
        }
        putchar('\n');
    }
}

static bool complain(const char *text)
{
    fprintf(stderr, "test_duck: %s\n", text ? text : "unknown error");
    return false;
}

/* Run a query with every column cast to VARCHAR, so that one printer serves all types, nested ones
 * too. */
static bool run_query(const struct shell *s, duckdb_connection con, duckdb_prepared_statement stmt,
                      const char *sql)
{
    char *wrapped = NULL;
    duckdb_result result;
    if (asprintf(&wrapped, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (%s\n)", sql) < 0) {
        return complain("out of memory");
    }
    bool ok = duckdb_query(con, wrapped, &result) == DuckDBSuccess;
    if (!ok) {
        complain(duckdb_result_error(&result));
    } else {
        if (!s->no_header) {
            print_header(stmt, duckdb_prepared_statement_column_count(stmt));
        }
        duckdb_data_chunk chunk;
        while ((chunk = duckdb_fetch_chunk(result))) {
            print_chunk(s, chunk);
            duckdb_destroy_data_chunk(&chunk);
        }
    }
    duckdb_destroy_result(&result);
    free(wrapped);
    return ok;
}

static bool run_statement(const struct shell *s, duckdb_connection con, const char *sql)
{
    duckdb_prepared_statement stmt = NULL;
    bool ok;
    if (duckdb_prepare(con, sql, &stmt) == DuckDBError) {
        ok = complain(duckdb_prepare_error(stmt));
    } else if (duckdb_prepared_statement_type(stmt) == DUCKDB_STATEMENT_TYPE_SELECT) {
        ok = run_query(s, con, stmt, sql);
    } else {
        duckdb_result result;
        ok = duckdb_execute_prepared(stmt, &result) == DuckDBSuccess;
        if (!ok) {
            complain(duckdb_result_error(&result));
        }
        duckdb_destroy_result(&result);
    }
    duckdb_destroy_prepare(&stmt);
    return ok;
}

/* The end of what starts at p: a quoted text, a comment, or one character. */
static char *skip_token(char *p)
{
    char *end = NULL;
    if (*p == '\'' || *p == '"') {
        end = strchr(p + 1, *p);
        return end ? end + 1 : p + strlen(p);
    }
    if (p[0] == '-' && p[1] == '-') {
        return p + strcspn(p, "\n");
    }
    if (p[0] == '/' && p[1] == '*') {
        end = strstr(p + 2, "*/");
        return end ? end + 2 : p + strlen(p);
    }
    return p + 1;
}

/* Statements end at a ';' outside quotes and comments. Writes NULs into `sql`. */
static bool run_all(const struct shell *s, duckdb_connection con, char *sql)
{
    bool ok = true;
    while (*sql && ok) {
        bool has_text = false;
        char *end = sql;
        while (*end && *end != ';') {
            char *next = skip_token(end);
            bool comment = (end[0] == '-' && end[1] == '-') || (end[0] == '/' && end[1] == '*');
            has_text = has_text || (!comment && !strchr(" \t\r\n", *end));
            end = next;
        }
        char *rest = *end ? end + 1 : end;
        *end = '\0';
        ok = !has_text || run_statement(s, con, sql);
        sql = rest;
    }
    return ok;
}

static bool run_shell(const struct shell *s)
{
    duckdb_config config = NULL;
    duckdb_database db = NULL;
    duckdb_connection con = NULL;
    char *fault = NULL;
    bool in_memory = strcmp(s->database, ":memory:") == 0;
    duckdb_create_config(&config);
    duckdb_set_config(config, "autoinstall_known_extensions", "false");
    duckdb_set_config(config, "autoload_known_extensions", "false");
    if (s->readonly) {
        duckdb_set_config(config, "access_mode", "READ_ONLY");
    }
    bool ok = duckdb_open_ext(in_memory ? NULL : s->database, &db, config, &fault) == DuckDBSuccess;
    if (!ok) {
        complain(fault);
        duckdb_free(fault);
    } else {
        ok = duckdb_connect(db, &con) == DuckDBSuccess ? run_all(s, con, s->sql)
                                                       : complain("no connection");
    }
    duckdb_disconnect(&con);
    duckdb_close(&db);
    duckdb_destroy_config(&config);
    return ok;
}

int main(int argc, char **argv)
{
    struct shell s = {.null_text = ""};
    if (!parse_arguments(&s, argc, argv)) {
        fputs("usage: test_duck DB|:memory: [--readonly] [--no-header] [--null TEXT] "
              "[-c SQL | FILE | -]\n",
              stderr);
        return 2;
    }
    bool ok = run_shell(&s);
    free(s.sql);
    return fflush(stdout) == 0 && ok ? 0 : 1;
}
