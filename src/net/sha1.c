#include "net/sha1.h"

#include <openssl/evp.h>
#include <stdio.h>

void sha1_hex(const void *data, size_t n, char out[SHA1_HEX_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    unsigned int size = 0;
    EVP_Digest(data, n, digest, &size, EVP_sha1(), NULL);
    for (size_t i = 0; i < SHA1_HEX_SIZE / 2; i++) {
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
}
