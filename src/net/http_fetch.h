/* http_fetch.h - one request, waited for: for the few that stand before all others, as those for
 * credentials.
 *
 * Never call it on an I/O thread of the engine that is to answer. http_cancel ends the wait.
 */
#ifndef TSI_NET_HTTP_FETCH_H
#define TSI_NET_HTTP_FETCH_H

#include "net/http.h"

struct http_fetch {
    struct http_request request; /* first; the answer stands here. http_request_reset frees it */
    const char *method, *url, *form;
    const char *const *headers;
    size_t n_headers;
    unsigned total_ms; /* 0: none */
    size_t text_max;
};

void http_fetch(struct http_engine *e, struct http_fetch *f);

#endif
