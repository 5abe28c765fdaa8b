#include "format/sts_xml.h"

#include <expat.h>
#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"
#include "format/s3_xml.h"

struct parser {
    XML_Parser xml;
    unsigned depth, credentials_depth; /* 0: not within <Credentials> */
    struct access_keys *keys;
    char expiration[64];
    bool stopped;
    struct strbuf text;
};

static void stop(struct parser *p)
{
    p->stopped = true;
    XML_StopParser(p->xml, XML_FALSE);
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct parser *p = user;
    (void)attributes;
    strbuf_clear(&p->text);
    if (++p->depth > S3_XML_DEPTH_MAX) {
        stop(p);
    } else if (strcmp(name, "Credentials") == 0 && !p->credentials_depth) {
        p->credentials_depth = p->depth;
    }
}

static void XMLCALL on_text(void *user, const XML_Char *text, int n)
{
    struct parser *p = user;
    strbuf_add(&p->text, text, (size_t)n);
    if (p->text.overflow) {
        stop(p);
    }
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    stop(user);
}

static void keep(char **to, struct str text)
{
    if (!*to && text.len) {
        *to = mem_alloc(text.len + 1);
        memcpy(*to, text.data, text.len);
        (*to)[text.len] = '\0';
    }
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    struct parser *p = user;
    struct str text = str_trim(strbuf_view(&p->text));
    if (p->credentials_depth && p->depth == p->credentials_depth + 1) {
        if (strcmp(name, "AccessKeyId") == 0) {
            keep(&p->keys->access_key_id, text);
        } else if (strcmp(name, "SecretAccessKey") == 0) {
            keep(&p->keys->secret_access_key, text);
        } else if (strcmp(name, "SessionToken") == 0) {
            keep(&p->keys->session_token, text);
        } else if (strcmp(name, "Expiration") == 0 && text.len < sizeof p->expiration) {
            memcpy(p->expiration, text.data, text.len);
            p->expiration[text.len] = '\0';
        }
    }
    if (p->depth-- == p->credentials_depth) {
        p->credentials_depth = 0;
    }
    mem_wipe(p->text.data, p->text.data ? p->text.len : 0);
    strbuf_clear(&p->text);
}

static bool run(struct parser *p, const char *text, size_t n)
{
    p->xml = n <= INT_MAX ? XML_ParserCreate(NULL) : NULL;
    if (!p->xml) {
        return false;
    }
    strbuf_init(&p->text, S3_XML_TEXT_MAX);
    XML_SetUserData(p->xml, p);
    XML_SetElementHandler(p->xml, on_start, on_end);
    XML_SetCharacterDataHandler(p->xml, on_text);
    XML_SetStartDoctypeDeclHandler(p->xml, on_doctype);
    bool good = XML_Parse(p->xml, text, (int)n, 1) == XML_STATUS_OK && !p->stopped;
    XML_ParserFree(p->xml);
    strbuf_free(&p->text);
    return good;
}

enum error_code sts_xml_parse(const char *text, size_t n, struct access_keys *out,
                              struct error *err)
{
    *out = (struct access_keys){0};
    struct parser p = {.keys = out};
    bool good = run(&p, text, n) && out->access_key_id && out->secret_access_key &&
                out->session_token && access_keys_is_clean(out->access_key_id) &&
                access_keys_is_clean(out->secret_access_key) &&
                access_keys_is_clean(out->session_token) &&
                credentials_time_parse(p.expiration, &out->expires_us);
    if (!good) {
        access_keys_free(out);
        return error_set(err, ERR_NO_CREDENTIALS,
                         "the answer holds no credentials with their expiration");
    }
    return OK;
}
