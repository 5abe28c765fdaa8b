/* credentials_chain.h - the chain as its owner, credentials.c, sees it. */
#ifndef TSI_STORE_CREDENTIALS_CHAIN_H
#define TSI_STORE_CREDENTIALS_CHAIN_H

#include "store/credentials_provider.h"

/* All providers in their order, the chosen one marked as the one that answered. */
size_t credentials_trials(const struct credential_context *c, const struct aws_profile *p,
                          struct credential_trial out[CREDENTIAL_TRIALS_MAX]);

#endif
