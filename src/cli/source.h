/* source.h - the options that say how a source is reached, for the commands that read one. */
#ifndef TSI_CLI_SOURCE_H
#define TSI_CLI_SOURCE_H

#include "cli/parse.h"
#include "tsindexer.h"

/* Borrows from the command line. */
static inline struct tsi_store_options source_options(const struct command_line *line)
{
    return (struct tsi_store_options){.endpoint_url = parse_text(line, OPT_ENDPOINT_URL),
                                      .region = parse_text(line, OPT_REGION),
                                      .profile = parse_text(line, OPT_PROFILE),
                                      .addressing = parse_text(line, OPT_ADDRESSING),
                                      .no_sign_request = parse_has(line, OPT_NO_SIGN_REQUEST),
                                      .request_payer = parse_has(line, OPT_REQUEST_PAYER),
                                      .no_verify_ssl = parse_has(line, OPT_NO_VERIFY_SSL)};
}

#endif
