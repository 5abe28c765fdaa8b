#include "format/s3_xml.h"

#include <expat.h>
#include <limits.h>
#include <string.h>

#include "format/url.h"
#include "model/time.h"

/* Where the parser stands: the names that matter, by depth. */
struct parser {
    XML_Parser xml;
    struct arena *arena;
    struct s3_xml_page *page; /* NULL: only an error is looked for */
    struct s3_xml_error *error;
    const char *fault; /* why parsing was stopped */
    unsigned depth;
    bool is_list, is_error;        /* by the root element */
    bool in_contents, in_prefixes; /* at depth 2 */
    bool has_key, has_size;        /* of the entry being read */
    size_t objects_cap, folders_cap;
    struct strbuf text; /* of the element being read */
};

static void stop(struct parser *p, const char *fault)
{
    if (!p->fault) {
        p->fault = fault;
    }
    XML_StopParser(p->xml, XML_FALSE);
}

/* "s3:Key" is "Key": some stores use a prefix. */
static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static void begin_root(struct parser *p, const char *name)
{
    p->is_list = strcmp(name, "ListBucketResult") == 0;
    p->is_error = strcmp(name, "Error") == 0 || strcmp(name, "ErrorResponse") == 0;
}

static void begin_entry(struct parser *p)
{
    p->in_contents = true;
    p->has_key = p->has_size = false;
    p->page->objects =
        mem_grow(p->page->objects, p->page->n_objects, &p->objects_cap, sizeof *p->page->objects);
    p->page->objects[p->page->n_objects] = (struct object){.key = "", .etag = ""};
}

static void XMLCALL on_start(void *user, const XML_Char *full_name, const XML_Char **attributes)
{
    struct parser *p = user;
    const char *name = local_name(full_name);
    (void)attributes;
    p->depth++;
    strbuf_clear(&p->text);
    if (p->depth > S3_XML_DEPTH_MAX) {
        stop(p, "nested too deeply");
    } else if (p->depth == 1) {
        begin_root(p, name);
    } else if (p->depth == 2 && p->page && p->is_list && strcmp(name, "Contents") == 0) {
        begin_entry(p);
    } else if (p->depth == 2 && p->page && p->is_list) {
        p->in_prefixes = strcmp(name, "CommonPrefixes") == 0;
    }
}

static void XMLCALL on_text(void *user, const XML_Char *text, int n)
{
    struct parser *p = user;
    strbuf_add(&p->text, text, (size_t)n);
    if (p->text.overflow) {
        stop(p, "a value is too long");
    }
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    stop(user, "a document type is refused");
}

/* '"abc"' is abc; 'W/"abc"' and bare forms stay as they are. */
static struct str strip_quotes(struct str s)
{
    bool quoted = s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"';
    return quoted ? str_n(s.data + 1, s.len - 2) : s;
}

static void end_entry_field(struct parser *p, const char *name, struct str text)
{
    struct object *o = &p->page->objects[p->page->n_objects];
    if (strcmp(name, "Key") == 0) {
        o->key = arena_strndup(p->arena, text.data, text.len);
        p->has_key = true;
    } else if (strcmp(name, "Size") == 0) {
        p->has_size = str_to_u64(str_trim(text), &o->size);
    } else if (strcmp(name, "ETag") == 0) {
        text = strip_quotes(str_trim(text));
        o->etag = arena_strndup(p->arena, text.data, text.len);
    } else if (strcmp(name, "LastModified") == 0) {
        if (!s3_xml_parse_time(str_trim(text), &o->mtime_us)) {
            o->mtime_us = 0;
        }
    } else if (strcmp(name, "StorageClass") == 0) {
        p->page->n_archived +=
            str_eq(text, str_c("GLACIER")) || str_eq(text, str_c("DEEP_ARCHIVE"));
    }
}

static void add_folder(struct parser *p, struct str text)
{
    struct s3_xml_page *page = p->page;
    page->folders =
        mem_grow(page->folders, page->n_folders, &p->folders_cap, sizeof *page->folders);
    page->folders[page->n_folders++] = arena_strndup(p->arena, text.data, text.len);
}

static void end_page_field(struct parser *p, const char *name, struct str text)
{
    struct s3_xml_page *page = p->page;
    if (strcmp(name, "Contents") == 0) {
        if (!p->has_key || !p->has_size) {
            stop(p, "an entry lacks its Key or Size");
        }
        p->in_contents = false;
        page->n_objects++;
    } else if (strcmp(name, "IsTruncated") == 0) {
        page->truncated = str_eq_nocase(str_trim(text), str_c("true"));
    } else if (strcmp(name, "NextContinuationToken") == 0) {
        page->next_token = arena_strndup(p->arena, text.data, text.len);
    } else if (strcmp(name, "EncodingType") == 0) {
        page->encoded = str_eq_nocase(str_trim(text), str_c("url"));
    }
}

static void keep(char *to, size_t size, struct str text)
{
    if (to[0] == '\0') {
        text = str_trim(text);
        size_t n = text.len < size - 1 ? text.len : size - 1;
        memcpy(to, text.data, n);
        to[n] = '\0';
    }
}

static void end_error_field(struct s3_xml_error *e, const char *name, struct str text)
{
    if (strcmp(name, "Code") == 0) {
        keep(e->code, sizeof e->code, text);
    } else if (strcmp(name, "Message") == 0) {
        keep(e->message, sizeof e->message, text);
    } else if (strcmp(name, "Region") == 0) {
        keep(e->region, sizeof e->region, text);
    } else if (strcmp(name, "RequestId") == 0) {
        keep(e->request_id, sizeof e->request_id, text);
    }
}

static void XMLCALL on_end(void *user, const XML_Char *full_name)
{
    struct parser *p = user;
    const char *name = local_name(full_name);
    struct str text = strbuf_view(&p->text);
    if (p->is_error) {
        end_error_field(p->error, name, text);
    } else if (p->page && p->is_list && p->depth == 3 && p->in_contents) {
        end_entry_field(p, name, text);
    } else if (p->page && p->is_list && p->depth == 3 && p->in_prefixes) {
        if (strcmp(name, "Prefix") == 0) {
            add_folder(p, text);
        }
    } else if (p->page && p->is_list && p->depth == 2) {
        p->in_prefixes = false;
        end_page_field(p, name, text);
    }
    strbuf_clear(&p->text);
    p->depth--;
}

static bool run(struct parser *p, const char *text, size_t n)
{
    p->xml = XML_ParserCreate(NULL);
    if (!p->xml || n > INT_MAX) {
        p->fault = "too long";
        XML_ParserFree(p->xml);
        return false;
    }
    strbuf_init(&p->text, S3_XML_TEXT_MAX);
    XML_SetUserData(p->xml, p);
    XML_SetElementHandler(p->xml, on_start, on_end);
    XML_SetCharacterDataHandler(p->xml, on_text);
    XML_SetStartDoctypeDeclHandler(p->xml, on_doctype);
    bool good = XML_Parse(p->xml, text, (int)n, 1) == XML_STATUS_OK;
    if (!good && !p->fault) {
        p->fault = XML_ErrorString(XML_GetErrorCode(p->xml));
    }
    XML_ParserFree(p->xml);
    strbuf_free(&p->text);
    return good;
}

/* A store that says "url" and then sends blanks or UTF-8 has not encoded anything: take its keys as
 * they are. */
static bool is_truly_encoded(const struct s3_xml_page *page)
{
    bool all = true;
    for (size_t i = 0; all && i < page->n_objects; i++) {
        all = url_is_encoded(str_c(page->objects[i].key));
    }
    for (size_t i = 0; all && i < page->n_folders; i++) {
        all = url_is_encoded(str_c(page->folders[i]));
    }
    return all;
}

static enum error_code decode_key(const char **key, struct arena *a, struct error *err)
{
    struct str decoded;
    if (!url_decode(str_c(*key), true, a, &decoded)) {
        return error_set(err, ERR_PROTOCOL, "the listing has an ill-encoded key '%s'", *key);
    }
    if (memchr(decoded.data, '\0', decoded.len)) {
        return error_set(err, ERR_PROTOCOL, "the listing has a key with a NUL byte");
    }
    *key = decoded.data;
    return OK;
}

static enum error_code decode_keys(struct s3_xml_page *page, struct arena *a, struct error *err)
{
    enum error_code rc = OK;
    page->encoded = page->encoded && is_truly_encoded(page);
    for (size_t i = 0; rc == OK && page->encoded && i < page->n_objects; i++) {
        rc = decode_key(&page->objects[i].key, a, err);
    }
    for (size_t i = 0; rc == OK && page->encoded && i < page->n_folders; i++) {
        rc = decode_key(&page->folders[i], a, err);
    }
    return rc;
}

/* What grew on the heap goes where the answer lives. */
static void move_to_arena(struct s3_xml_page *page, struct arena *a)
{
    struct object *objects = arena_array(a, page->n_objects, sizeof *objects);
    const char **folders = arena_array(a, page->n_folders, sizeof *folders);
    if (page->n_objects) {
        memcpy(objects, page->objects, page->n_objects * sizeof *objects);
    }
    if (page->n_folders) {
        memcpy(folders, page->folders, page->n_folders * sizeof *folders);
    }
    mem_free(page->objects);
    mem_free(page->folders);
    page->objects = objects;
    page->folders = folders;
}

enum error_code s3_xml_parse_list(const char *text, size_t n, struct arena *a,
                                  struct s3_xml_page *out, struct s3_xml_error *error,
                                  struct error *err)
{
    *out = (struct s3_xml_page){.next_token = ""};
    *error = (struct s3_xml_error){0};
    struct parser p = {.arena = a, .page = out, .error = error};
    bool good = run(&p, text, n);
    move_to_arena(out, a);
    if (good && p.is_error) {
        return error_set(err, ERR_HTTP, "%s: %s", error->code, error->message);
    }
    if (!good || !p.is_list) {
        out->n_objects = out->n_folders = 0;
        return error_set(err, ERR_PROTOCOL, "the listing is no valid XML: %s",
                         good ? "another document" : p.fault);
    }
    return decode_keys(out, a, err);
}

bool s3_xml_parse_error(const char *text, size_t n, struct s3_xml_error *out)
{
    *out = (struct s3_xml_error){0};
    struct parser p = {.error = out};
    if (!run(&p, text, n) || !p.is_error) {
        *out = (struct s3_xml_error){0};
        return false;
    }
    return true;
}

/* `digits` decimal digits at the front of *s, which moves on. */
static bool take_number(struct str *s, size_t digits, char behind, int64_t *out)
{
    if (s->len < digits || !str_to_i64(str_n(s->data, digits), out) || s->data[0] == '-' ||
        s->data[0] == '+') {
        return false;
    }
    *s = str_from(*s, digits);
    if (behind && (s->len == 0 || s->data[0] != behind)) {
        return false;
    }
    *s = str_from(*s, behind ? 1 : 0);
    return true;
}

static int64_t take_fraction(struct str *s)
{
    int64_t us = 0, scale = 100000;
    if (s->len == 0 || s->data[0] != '.') {
        return 0;
    }
    for (*s = str_from(*s, 1); s->len && s->data[0] >= '0' && s->data[0] <= '9';
         *s = str_from(*s, 1)) {
        us += (s->data[0] - '0') * scale;
        scale /= 10; /* digits behind the sixth count nothing */
    }
    return us;
}

bool s3_xml_parse_time(struct str s, int64_t *us)
{
    int64_t year, month, day, hour, minute, second;
    if (!take_number(&s, 4, '-', &year) || !take_number(&s, 2, '-', &month) ||
        !take_number(&s, 2, 'T', &day) || !take_number(&s, 2, ':', &hour) ||
        !take_number(&s, 2, ':', &minute) || !take_number(&s, 2, 0, &second)) {
        return false;
    }
    int64_t fraction = take_fraction(&s);
    bool utc = str_eq(s, str_c("Z")) || str_eq(s, str_c("+00:00"));
    if (!utc || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
        second > 60) {
        return false;
    }
    int64_t days = time_days_from_civil(year, (unsigned)month, (unsigned)day);
    *us = ((days * 24 + hour) * 60 + minute) * 60000000 + second * 1000000 + fraction;
    return true;
}
