/* crc32c.h - CRC-32C (Castagnoli, RFC 3720 appendix B.4), slicing by eight. */
#ifndef TSI_SEARCH_CRC32C_H
#define TSI_SEARCH_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of `n` bytes, continuing `crc` (0 to begin). */
uint32_t crc32c(uint32_t crc, const void *data, size_t n);

#endif
