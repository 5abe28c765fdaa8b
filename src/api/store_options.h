/* store_options.h - from the public store options to the store's. */
#ifndef TSI_API_STORE_OPTIONS_H
#define TSI_API_STORE_OPTIONS_H

#include "store/store.h"
#include "tsindexer.h"

static inline void store_options_take(const struct tsi_store_options *from,
                                      struct store_options *to)
{
    to->endpoint_url = from->endpoint_url;
    to->region = from->region;
    to->profile = from->profile;
    to->addressing = from->addressing;
    to->no_sign_request = from->no_sign_request;
    to->request_payer = from->request_payer;
    to->no_verify_ssl = from->no_verify_ssl;
}

#endif
