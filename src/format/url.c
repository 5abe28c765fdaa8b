#include "format/url.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

void url_encode(struct strbuf *out, struct str s, bool keep_slash)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if (is_unreserved(c) || (keep_slash && c == '/')) {
            strbuf_add_char(out, (char)c);
        } else {
            const char coded[3] = {'%', hex[c >> 4], hex[c & 15]};
            strbuf_add(out, coded, sizeof coded);
        }
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool url_decode(struct str s, bool plus_is_space, struct arena *a, struct str *out)
{
    char *to = arena_alloc(a, s.len + 1); /* decoding never lengthens */
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            int high = s.len - i > 2 ? hex_value(s.data[i + 1]) : -1;
            int low = s.len - i > 2 ? hex_value(s.data[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        to[n++] = c;
    }
    to[n] = '\0';
    *out = str_n(to, n);
    return true;
}

bool url_is_encoded(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '<' || c == '>') {
            return false;
        }
    }
    return true;
}

static enum error_code bad_endpoint(struct error *err, const char *text, const char *why)
{
    /* What stands before an '@' may be a password, and is not repeated. */
    const char *at = strrchr(text, '@');
    return error_set(err, ERR_USAGE, "endpoint '%s%s': %s", at ? "***" : "", at ? at : text, why);
}

static bool is_host_byte(char c)
{
    return is_unreserved((unsigned char)c) && c != '~';
}

static bool is_ipv4(const char *host)
{
    struct in_addr address;
    return inet_pton(AF_INET, host, &address) == 1;
}

static bool is_ipv6(struct str inside)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (inside.len >= sizeof text) {
        return false;
    }
    memcpy(text, inside.data, inside.len);
    text[inside.len] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* Takes the host off the front of `rest`; its length, 0 where there is none. */
static size_t host_length(struct str rest)
{
    if (rest.len && rest.data[0] == '[') {
        const char *close = memchr(rest.data, ']', rest.len);
        size_t n = close ? (size_t)(close - rest.data) : 0;
        return n && is_ipv6(str_n(rest.data + 1, n - 1)) ? n + 1 : 0;
    }
    size_t n = 0;
    while (n < rest.len && is_host_byte(rest.data[n])) {
        n++;
    }
    return n <= 253 ? n : 0;
}

static bool parse_port(struct str text, uint16_t *port)
{
    uint64_t n;
    if (text.len > 5 || !str_to_u64(text, &n) || n == 0 || n > UINT16_MAX) {
        return false;
    }
    *port = (uint16_t)n;
    return true;
}

enum error_code url_parse_endpoint(const char *text, struct arena *a, struct url_endpoint *out,
                                   struct error *err)
{
    struct str rest = str_c(text);
    *out = (struct url_endpoint){0};
    if (str_starts(rest, "https://")) {
        out->https = true;
        rest = str_from(rest, 8);
    } else if (str_starts(rest, "http://")) {
        rest = str_from(rest, 7);
    } else {
        return bad_endpoint(err, text, "must begin with http:// or https://");
    }
    size_t n = host_length(rest);
    if (n == 0) {
        return bad_endpoint(err, text, "has no valid host");
    }
    char *host = arena_strndup(a, rest.data, n);
    for (char *c = host; *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    }
    out->host = host;
    out->is_ip = host[0] == '[' || is_ipv4(host);
    rest = str_from(rest, n);
    if (rest.len && rest.data[0] == ':') {
        size_t digits = 1;
        while (digits < rest.len && rest.data[digits] != '/') {
            digits++;
        }
        if (!parse_port(str_n(rest.data + 1, digits - 1), &out->port)) {
            return bad_endpoint(err, text, "has no valid port");
        }
        rest = str_from(rest, digits);
    }
    if (out->port == (out->https ? 443 : 80)) {
        out->port = 0; /* a default port is left out of Host, and so out of the signature */
    }
    for (size_t i = 0; i < rest.len; i++) {
        if ((i == 0 && rest.data[i] != '/') || strchr("?#@\\ ", rest.data[i]) ||
            !url_is_encoded(str_n(rest.data + i, 1))) {
            return bad_endpoint(err, text, "may have a path behind the host, and nothing else");
        }
    }
    while (rest.len && rest.data[rest.len - 1] == '/') {
        rest.len--;
    }
    out->base_path = arena_strndup(a, rest.data, rest.len);
    return OK;
}

bool url_is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (is_ipv4(host) && strncmp(host, "127.", 4) == 0);
}
