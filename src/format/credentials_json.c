#include "format/credentials_json.h"

#include <jansson.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"
#include "format/s3_xml.h"

/* Code and Message of an endpoint's refusal, in an error text. */
#define REASON_MAX 200

static void wipe(char **s)
{
    if (*s) {
        mem_wipe(*s, strlen(*s));
        mem_free(*s);
        *s = NULL;
    }
}

void access_keys_free(struct access_keys *k)
{
    wipe(&k->access_key_id);
    wipe(&k->secret_access_key);
    wipe(&k->session_token);
    k->expires_us = 0;
}

void sso_token_free(struct sso_token *t)
{
    wipe(&t->access_token);
}

bool access_keys_is_clean(const char *text)
{
    for (; text && *text; text++) {
        if ((unsigned char)*text <= ' ' || *text == 0x7F) {
            return false;
        }
    }
    return true;
}

/* ---- times ---- */

/* "+02:00" behind the time: microseconds to take off. */
static bool parse_offset(struct str s, int64_t *us)
{
    uint64_t hours, minutes;
    if (s.len != 6 || (s.data[0] != '+' && s.data[0] != '-') || s.data[3] != ':' ||
        !str_to_u64(str_n(s.data + 1, 2), &hours) || !str_to_u64(str_n(s.data + 4, 2), &minutes) ||
        hours > 23 || minutes > 59) {
        return false;
    }
    int64_t offset = (int64_t)(hours * 60 + minutes) * 60000000;
    *us = s.data[0] == '-' ? -offset : offset;
    return true;
}

bool credentials_time_parse(const char *text, int64_t *us)
{
    char utc[64];
    int64_t offset = 0;
    struct str s = str_trim(str_c(text));
    if (s.len < 6 || s.len >= sizeof utc - 1) {
        return false;
    }
    if (str_ends(s, "UTC")) {
        s.len -= 3;
    } else if (str_ends(s, "Z")) {
        s.len -= 1;
    } else if (parse_offset(str_from(s, s.len - 6), &offset)) {
        s.len -= 6;
    } else {
        return false;
    }
    memcpy(utc, s.data, s.len);
    utc[s.len] = 'Z';
    if (!s3_xml_parse_time(str_n(utc, s.len + 1), us)) {
        return false;
    }
    *us -= offset;
    return true;
}

/* ---- fields ---- */

/* The first of the names that is there, as text; NULL where none is, or it is empty. */
static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && text[0] ? text : NULL;
}

static char *copy(const char *text)
{
    return text ? mem_strdup(text) : NULL;
}

static enum error_code take_keys(const json_t *o, const char *const names[3],
                                 struct access_keys *out, struct error *err)
{
    const char *id = text_of(o, names[0]), *secret = text_of(o, names[1]),
               *token = text_of(o, names[2]);
    if (!id || !secret) {
        return error_set(err, ERR_NO_CREDENTIALS, "the answer has no %s", id ? names[1] : names[0]);
    }
    if (!access_keys_is_clean(id) || !access_keys_is_clean(secret) ||
        !access_keys_is_clean(token)) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "the credentials hold blanks or control characters");
    }
    out->access_key_id = copy(id);
    out->secret_access_key = copy(secret);
    out->session_token = copy(token);
    return OK;
}

static enum error_code take_expiration(const json_t *o, struct access_keys *out, struct error *err)
{
    const char *text = text_of(o, "Expiration");
    if (text && !credentials_time_parse(text, &out->expires_us)) {
        return error_set(err, ERR_NO_CREDENTIALS, "the answer's Expiration is no time");
    }
    return OK;
}

/* ---- the three forms ---- */

static enum error_code from_process(const json_t *o, struct access_keys *out, struct error *err)
{
    static const char *const names[3] = {"AccessKeyId", "SecretAccessKey", "SessionToken"};
    if (json_integer_value(json_object_get(o, "Version")) != 1) {
        return error_set(err, ERR_NO_CREDENTIALS, "the answer is not of Version 1");
    }
    enum error_code rc = take_keys(o, names, out, err);
    return rc == OK ? take_expiration(o, out, err) : rc;
}

static enum error_code from_endpoint(const json_t *o, struct access_keys *out, struct error *err)
{
    static const char *const names[3] = {"AccessKeyId", "SecretAccessKey", "Token"};
    const char *code = text_of(o, "Code"), *message = text_of(o, "Message");
    message = message ? message : text_of(o, "message");
    bool success = !code || str_eq_nocase(str_c(code), str_c("Success"));
    if (!success) {
        return error_set(err, ERR_NO_CREDENTIALS, "the endpoint refuses: %.*s %.*s", REASON_MAX,
                         code, REASON_MAX, message ? message : "");
    }
    enum error_code rc = take_keys(o, names, out, err);
    return rc == OK ? take_expiration(o, out, err) : rc;
}

static enum error_code from_sso(const json_t *o, struct access_keys *out, struct error *err)
{
    static const char *const names[3] = {"accessKeyId", "secretAccessKey", "sessionToken"};
    const json_t *role = json_object_get(o, "roleCredentials");
    enum error_code rc = take_keys(role, names, out, err);
    json_int_t ms = json_integer_value(json_object_get(role, "expiration"));
    if (rc == OK && (ms < 0 || ms > INT64_MAX / 1000)) {
        return error_set(err, ERR_NO_CREDENTIALS, "the answer's expiration is no time");
    }
    out->expires_us = (int64_t)ms * 1000;
    return rc;
}

/* ---- documents ---- */

static json_t *load(const char *text, size_t n, struct error *err)
{
    json_error_t fault;
    json_t *root = NULL;
    if (n <= CREDENTIALS_JSON_MAX) {
        root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &fault);
    }
    if (!json_is_object(root)) {
        json_decref(root);
        /* Not jansson's own words: they quote the text, which may be half a secret. */
        (void)error_set(err, ERR_NO_CREDENTIALS, "the answer is %s",
                        n > CREDENTIALS_JSON_MAX ? "too long" : "no JSON object");
        return NULL;
    }
    return root;
}

enum error_code credentials_json_parse(const char *text, size_t n, enum credentials_form form,
                                       struct access_keys *out, struct error *err)
{
    *out = (struct access_keys){0};
    json_t *root = load(text, n, err);
    if (!root) {
        return ERR_NO_CREDENTIALS;
    }
    enum error_code rc = form == CREDENTIALS_OF_PROCESS    ? from_process(root, out, err)
                         : form == CREDENTIALS_OF_ENDPOINT ? from_endpoint(root, out, err)
                                                           : from_sso(root, out, err);
    json_decref(root);
    if (rc != OK) {
        access_keys_free(out);
    }
    return rc;
}

enum error_code sso_token_parse(const char *text, size_t n, struct sso_token *out,
                                struct error *err)
{
    *out = (struct sso_token){0};
    json_t *root = load(text, n, err);
    if (!root) {
        return ERR_NO_CREDENTIALS;
    }
    const char *token = text_of(root, "accessToken"), *expires = text_of(root, "expiresAt");
    enum error_code rc = OK;
    if (!token || !expires || !access_keys_is_clean(token) ||
        !credentials_time_parse(expires, &out->expires_us)) {
        rc = error_set(err, ERR_NO_CREDENTIALS, "the token cache has no accessToken and expiresAt");
    } else {
        out->access_token = copy(token);
    }
    json_decref(root);
    return rc;
}
