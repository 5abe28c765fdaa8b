/* s3_config.h - which bucket, which endpoint: resolved once, at open, from options, environment and
 * profile.
 *
 * Order, as the AWS tools have it. Endpoint: option, AWS_ENDPOINT_URL_S3,
 * AWS_ENDPOINT_URL, the profile's services section, the profile. Region: option, AWS_REGION,
 * AWS_DEFAULT_REGION, the profile, us-east-1.
 */
#ifndef TSI_STORE_S3_CONFIG_H
#define TSI_STORE_S3_CONFIG_H

#include "base/memory.h"
#include "format/url.h"
#include "store/store.h"

struct s3_config {
    struct arena arena; /* of the strings below */
    const char *scheme; /* "s3", "gs", "r2" */
    const char *bucket;
    const char *prefix;           /* "" or ending in '/' */
    bool is_aws;                  /* the endpoint follows the region */
    struct url_endpoint endpoint; /* where !is_aws */
    const char *region;
    bool virtual_host;    /* bucket.host/key instead of host/bucket/key */
    const char *ca_file;  /* NULL: the system's */
    bool dualstack, fips; /* AWS's other endpoints */
    bool no_verify;
    bool request_payer;
    int attempts_max;
    /* Why it is so, for `doctor`. */
    const char *endpoint_from, *region_from, *addressing_from;
};

MUST_CHECK enum error_code s3_config_resolve(const char *source, const struct store_options *o,
                                             struct s3_config *out, struct error *err);
void s3_config_free(struct s3_config *c);

/* The host as the Host header has it: the endpoint's, or AWS's for the region, with the bucket in
 * front where it goes there, and with a port that is not the scheme's own. */
void s3_config_host(const struct s3_config *c, const char *region, struct strbuf *host);

/* A region may enter a host name: letters, digits and '-', 1 to 63 of them. */
bool s3_is_region(const char *region);

#endif
