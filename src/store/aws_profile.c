#include "store/aws_profile.h"

#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    char *services;         /* the profile's "services = X" */
    char *service_endpoint; /* of the [services X] looked for in the second pass */
    bool second;
};

const char *aws_env(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
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

static void forget(struct aws_profile *p)
{
    char **const all[] = {&p->access_key_id, &p->secret_access_key, &p->session_token,
                          &p->region,        &p->endpoint_url,      &p->addressing_style,
                          &p->ca_bundle,     &p->other_source};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        clear(all[i]);
    }
    p->ignore_endpoint = false;
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
            clear(&pass->services);
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

static void take_source(struct aws_profile *p, struct str key)
{
    static const char *const sources[] = {"role_arn",
                                          "sso_session",
                                          "sso_start_url",
                                          "credential_process",
                                          "web_identity_token_file",
                                          "login_session"};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (!p->other_source && is(key, sources[i])) {
            set(&p->other_source, key);
        }
    }
}

static void take_property(struct pass *pass, const struct ini_property *i)
{
    struct aws_profile *p = pass->profile;
    static const struct {
        const char *key;
        size_t field;
    } fields[] = {
        {"aws_access_key_id", offsetof(struct aws_profile, access_key_id)},
        {"aws_secret_access_key", offsetof(struct aws_profile, secret_access_key)},
        {"aws_session_token", offsetof(struct aws_profile, session_token)},
        {"aws_security_token", offsetof(struct aws_profile, session_token)},
        {"region", offsetof(struct aws_profile, region)},
        {"endpoint_url", offsetof(struct aws_profile, endpoint_url)},
        {"ca_bundle", offsetof(struct aws_profile, ca_bundle)},
    };
    if (i->value.len == 0) {
        return;
    }
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
        if (is(i->key, fields[k].key)) {
            set((char **)(void *)((char *)p + fields[k].field), i->value);
        }
    }
    if (is(i->key, "services")) {
        set(&pass->services, i->value);
    } else if (is(i->key, "ignore_configured_endpoint_urls")) {
        p->ignore_endpoint = str_eq_nocase(i->value, str_c("true"));
    }
    take_source(p, i->key);
}

static void on_property(const struct ini_property *i, void *user)
{
    struct pass *pass = user;
    struct str name;
    if (pass->second) {
        bool here =
            section_name(i->section, "services", &name) && str_eq(name, str_c(pass->services));
        if (here && is(i->key, "s3") && is(i->sub, "endpoint_url") && i->value.len) {
            set(&pass->service_endpoint, i->value);
        }
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
    }
}

/* ---- files ---- */

static char *default_path(const char *variable, const char *file)
{
    const char *given = aws_env(variable), *home = aws_env("HOME");
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

static enum error_code read_file(const char *path, char **text, size_t *n, struct error *err)
{
    *text = NULL;
    *n = 0;
    FILE *f = fopen(path, "rbe");
    if (!f) {
        bool absent = errno == ENOENT || errno == ENOTDIR;
        return absent ? OK : error_set_errno(err, errno, "cannot read %s", path);
    }
    struct stat st;
    if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
        fclose(f);
        return error_set(err, ERR_USAGE, "%s is a directory", path);
    }
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
    enum error_code rc = read_file(path, &text, &n, err);
    if (rc != OK || !text) {
        return rc;
    }
    rc = ini_parse(text, n, on_property, pass, err);
    if (rc == OK && pass->services) {
        pass->second = true; /* [services X] may stand before the profile that names it */
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
    out->config_path = default_path("AWS_CONFIG_FILE", ".aws/config");
    out->credentials_path = default_path("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
    struct pass pass = {.profile = out, .is_config = true};
    enum error_code rc = parse_file(out->config_path, &pass, err);
    if (rc == OK && pass.service_endpoint) {
        set(&out->endpoint_url, str_c(pass.service_endpoint));
    }
    clear(&pass.services);
    clear(&pass.service_endpoint);
    if (rc == OK) {
        struct pass second = {.profile = out};
        rc = parse_file(out->credentials_path, &second, err);
        clear(&second.services);
        clear(&second.service_endpoint);
    }
    if (rc != OK) {
        aws_profile_free(out);
    }
    return rc;
}

void aws_profile_free(struct aws_profile *p)
{
    forget(p);
    clear(&p->name);
    clear(&p->config_path);
    clear(&p->credentials_path);
}
