#include "store/aws_profile.h"

#include <errno.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "format/ini.h"

/* Hundreds of profiles fit; anything larger is some other file. */
#define FILE_MAX ((size_t)4 << 20)

/* What one pass over a file collects. Values of the prefixed section replace those of the plain
 * one. */
struct pass {
    struct aws_profile *profile;
    bool is_config;
    bool seen_prefixed;
    bool second; /* for the sections that the profile names, which may stand before it */
};

const char *aws_env(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

bool aws_is_true(const char *text)
{
    return text && str_eq_nocase(str_trim(str_c(text)), str_c("true"));
}

static void set(char **to, struct str value)
{
    if (*to) {
        mem_wipe(*to, strlen(*to));
        mem_free(*to);
    }
    *to = mem_alloc(value.len + 1);
    if (value.len) {
        memcpy(*to, value.data, value.len);
    }
    (*to)[value.len] = '\0';
}

static void clear(char **p)
{
    if (*p) {
        mem_wipe(*p, strlen(*p));
    }
    mem_free(*p);
    *p = NULL;
}

/* ---- sections ---- */

static struct str unquote(struct str s)
{
    s = str_trim(s);
    bool quoted =
        s.len >= 2 && (s.data[0] == '"' || s.data[0] == '\'') && s.data[s.len - 1] == s.data[0];
    return quoted ? str_n(s.data + 1, s.len - 2) : s;
}

/* "profile X" gives X for kind "profile"; false for a section of another kind. */
static bool section_name(struct str section, const char *kind, struct str *name)
{
    size_t n = strlen(kind);
    if (!str_starts(section, kind) || section.len <= n ||
        (section.data[n] != ' ' && section.data[n] != '\t')) {
        return false;
    }
    *name = unquote(str_from(section, n));
    return true;
}

static const struct {
    const char *key;
    size_t field;
} texts[] = {
#define FIELD(name, key) {key, offsetof(struct aws_profile, name)},
    AWS_PROFILE_TEXTS(FIELD)
#undef FIELD
};

static char **text_at(struct aws_profile *p, size_t offset)
{
    return (char **)(void *)((char *)p + offset);
}

static void forget(struct aws_profile *p)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        clear(text_at(p, texts[i].field));
    }
    clear(&p->addressing_style);
}

static bool is_wanted(struct pass *pass, struct str section)
{
    struct str want = str_c(pass->profile->name), name;
    if (!pass->is_config) {
        return str_eq(unquote(section), want);
    }
    if (section_name(section, "profile", &name) && str_eq(name, want)) {
        if (!pass->seen_prefixed) {
            forget(pass->profile); /* of a plain [default] before */
        }
        pass->seen_prefixed = true;
        return true;
    }
    /* In the config file only [default] may go without "profile". */
    return !pass->seen_prefixed && str_eq(want, str_c("default")) && str_eq(unquote(section), want);
}

/* ---- properties ---- */

static bool is(struct str key, const char *name)
{
    return str_eq_nocase(key, str_c(name));
}

static void take_property(struct pass *pass, const struct ini_property *i)
{
    struct aws_profile *p = pass->profile;
    if (i->value.len == 0) {
        return;
    }
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        if (is(i->key, texts[k].key)) {
            set(text_at(p, texts[k].field), i->value);
        }
    }
    if (is(i->key, "aws_access_key_id")) {
        p->keys_in_config = pass->is_config;
    }
}

static void take_service(struct aws_profile *p, const struct ini_property *i)
{
    char **to = is(i->key, "s3")    ? &p->s3_endpoint
                : is(i->key, "sts") ? &p->sts_endpoint
                : is(i->key, "sso") ? &p->sso_endpoint
                                    : NULL;
    if (to && is(i->sub, "endpoint_url") && i->value.len) {
        set(to, i->value);
    }
}

static void take_session(struct aws_profile *p, const struct ini_property *i)
{
    p->session_found = true;
    if (is(i->key, "sso_start_url")) {
        set(&p->session_start_url, i->value);
    } else if (is(i->key, "sso_region")) {
        set(&p->session_region, i->value);
    }
}

static void take_named_section(struct aws_profile *p, const struct ini_property *i)
{
    struct str name;
    if (p->services && section_name(i->section, "services", &name) &&
        str_eq(name, str_c(p->services))) {
        take_service(p, i);
    } else if (p->sso_session && section_name(i->section, "sso-session", &name) &&
               str_eq(name, str_c(p->sso_session))) {
        take_session(p, i);
    }
}

static void on_property(const struct ini_property *i, void *user)
{
    struct pass *pass = user;
    if (pass->second) {
        take_named_section(pass->profile, i);
        return;
    }
    if (!is_wanted(pass, i->section)) {
        return;
    }
    pass->profile->found = true;
    if (i->sub.len == 0) {
        take_property(pass, i);
    } else if (is(i->key, "s3") && is(i->sub, "addressing_style")) {
        set(&pass->profile->addressing_style, i->value);
    } else if (is(i->key, "s3") && is(i->sub, "use_dualstack_endpoint")) {
        set(&pass->profile->use_dualstack_endpoint, i->value);
    }
}

/* ---- files ---- */

char *aws_path(const char *variable, const char *file)
{
    const char *given = variable ? aws_env(variable) : NULL;
    const char *home = aws_env("HOME");
    if (given && !str_starts(str_c(given), "~/")) {
        return mem_strdup(given);
    }
    if (!home) {
        const struct passwd *user = getpwuid(getuid());
        home = user && user->pw_dir ? user->pw_dir : "";
    }
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX / 2);
    strbuf_printf(&b, "%s/%s", home, given ? given + 2 : file);
    return b.data;
}

/* Told once a process, and not refused: the AWS tools do not either. */
static void warn_if_shared(const char *path, const struct stat *st, bool secret)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    if (secret && (st->st_mode & (S_IRGRP | S_IROTH)) && !atomic_flag_test_and_set(&told)) {
        log_warn("store", "%s can be read by other users; run: chmod 600 %s", path, path);
    }
}

static enum error_code read_file(const char *path, bool secret, char **text, size_t *n,
                                 struct error *err)
{
    *text = NULL;
    *n = 0;
    FILE *f = fopen(path, "rbe");
    if (!f) {
        bool absent = errno == ENOENT || errno == ENOTDIR;
        return absent ? OK : error_set_errno(err, errno, "cannot read %s", path);
    }
    struct stat st = {0};
    if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
        fclose(f);
        return error_set(err, ERR_USAGE, "%s is a directory", path);
    }
    warn_if_shared(path, &st, secret);
    char *buffer = mem_alloc(FILE_MAX + 1);
    size_t got = fread(buffer, 1, FILE_MAX + 1, f);
    fclose(f);
    if (got > FILE_MAX) {
        mem_wipe(buffer, got);
        mem_free(buffer);
        return error_set(err, ERR_USAGE, "%s is larger than %zu MiB", path, FILE_MAX >> 20);
    }
    *text = buffer;
    *n = got;
    return OK;
}

static enum error_code parse_file(const char *path, struct pass *pass, struct error *err)
{
    char *text;
    size_t n;
    enum error_code rc = read_file(path, !pass->is_config, &text, &n, err);
    if (rc != OK || !text) {
        return rc;
    }
    rc = ini_parse(text, n, on_property, pass, err);
    if (rc == OK && pass->is_config && (pass->profile->services || pass->profile->sso_session)) {
        pass->second = true;
        rc = ini_parse(text, n, on_property, pass, err);
        pass->second = false;
    }
    if (rc != OK) {
        (void)error_add(err, "in %s", path);
    }
    mem_wipe(text, n);
    mem_free(text);
    return rc;
}

enum error_code aws_profile_load(const char *name, struct aws_profile *out, struct error *err)
{
    *out = (struct aws_profile){0};
    out->name = mem_strdup(name);
    out->config_path = aws_path("AWS_CONFIG_FILE", ".aws/config");
    out->credentials_path = aws_path("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
    struct pass pass = {.profile = out, .is_config = true};
    enum error_code rc = parse_file(out->config_path, &pass, err);
    if (rc == OK) {
        struct pass second = {.profile = out};
        rc = parse_file(out->credentials_path, &second, err);
    }
    if (rc == OK && !out->session_token && out->security_token) {
        set(&out->session_token, str_c(out->security_token));
    }
    if (rc != OK) {
        aws_profile_free(out);
    }
    return rc;
}

void aws_profile_free(struct aws_profile *p)
{
    forget(p);
    clear(&p->s3_endpoint);
    clear(&p->sts_endpoint);
    clear(&p->sso_endpoint);
    clear(&p->session_start_url);
    clear(&p->session_region);
    clear(&p->name);
    clear(&p->config_path);
    clear(&p->credentials_path);
}
