/* sha1.h - SHA-1 in hexadecimal: how the AWS tools name the files of their sign-on cache. No
 * security rests on it. */
#ifndef TSI_NET_SHA1_H
#define TSI_NET_SHA1_H

#include <stddef.h>

#define SHA1_HEX_SIZE 41

void sha1_hex(const void *data, size_t n, char out[SHA1_HEX_SIZE]);

#endif
