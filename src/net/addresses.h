/* addresses.h - the addresses that a host name stands for, used in turn.
 *
 * Curl asks once and then opens all its connections to the first address of the answer; a store
 * that answers with eight would be read through one of them. So the names are asked for here too,
 * by a thread of their own, again every ADDRESSES_AGE_S, and each request is told where to connect.
 * Host name, certificate and signature stay those of the name.
 *
 * Nothing is picked until a request has succeeded by curl's own choice, which tells whether IPv4 or
 * IPv6 works here; nor where there is one address only. An address that cannot be reached is left
 * out until the next answer.
 *
 * Threads: any. A question that takes long outlives whoever asked it.
 */
#ifndef TSI_NET_ADDRESSES_H
#define TSI_NET_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESSES_AGE_S 60
#define ADDRESSES_MAX   16 /* of one name */
#define ADDRESS_SIZE    48 /* an IPv6 address as text */

/* Writes at most `max` addresses as text; the number. */
typedef size_t addresses_resolver(const char *host, char out[][ADDRESS_SIZE], size_t max);

struct addresses;

struct addresses *addresses_new(addresses_resolver *resolver); /* NULL: the system's */
void addresses_free(struct addresses *a);

/* A request to `host` has succeeded through `address`. */
void addresses_saw(struct addresses *a, const char *host, const char *address);
/* The next address to connect to; false where curl is to choose. */
bool addresses_pick(struct addresses *a, const char *host, uint64_t now_ns, char out[ADDRESS_SIZE]);
/* Nobody could be reached there. */
void addresses_failed(struct addresses *a, const char *host, const char *address);

#endif
