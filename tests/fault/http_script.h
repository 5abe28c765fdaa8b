/* http_script.h - an HTTP server that follows a script: "expect a request like this; answer that,
 * or misbehave so".
 *
 * Each request takes the first step that is not used up and that it matches, so that steps of
 * parallel requests may come in any order; a request that matches none is answered 599 and
 * remembered. At the end http_script_close says whether everything expected came, and nothing else.
 * Listens on 127.0.0.1, on a port of its own.
 */
#ifndef TSI_TESTS_FAULT_HTTP_SCRIPT_H
#define TSI_TESTS_FAULT_HTTP_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum http_act {
    ACT_ANSWER,
    ACT_CLOSE, /* after the head and `cut` bytes of the body; status 0: before anything */
    ACT_RESET, /* the same, by RST */
    ACT_STALL, /* the same, and then silence with the connection open */
    ACT_DRIP,  /* all of it, `cut` bytes at a time, 20 ms apart */
};

#define HTTP_STEP_EXPECT_MAX 6

struct http_step {
    const char
        *expect[HTTP_STEP_EXPECT_MAX]; /* each stands in the request's head or body; NULL ends */
    const char *absent;                /* does not stand in it; NULL for nothing */
    int status;
    const char *headers; /* "Name: value\r\n..."; Content-Length is added */
    const char *body;
    size_t body_len; /* 0: strlen(body) */
    enum http_act act;
    size_t cut;
    unsigned times;    /* 0 is once */
    unsigned delay_ms; /* before the answer */
};

struct http_script;

/* The steps must outlive the script. */
struct http_script *http_script_open(const struct http_step *steps, size_t n);
/* The same on another address of the loopback, "127.0.0.2", and a port that is given. */
struct http_script *http_script_open_at(const char *address, int port,
                                        const struct http_step *steps, size_t n);
int http_script_port(const struct http_script *s);
unsigned http_script_connections(struct http_script *s); /* accepted so far */
unsigned http_script_peak(struct http_script *s); /* requests being answered at once, at most */
/* "" where the script was followed to its end; else what was not. Ends all connections first. */
void http_script_close(struct http_script *s, char *complaint, size_t size);

#endif
