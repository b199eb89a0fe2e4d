/* STUN as ICE uses it (RFC 8489, RFC 8445): binding requests to a server that is ICE-lite, and its answers. */
#ifndef STUN_H
#define STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STUN_MAX_SIZE 512
#define STUN_TRANSACTION_SIZE 12

typedef struct {
  uint8_t transaction[STUN_TRANSACTION_SIZE];
  const char *username; /* "server's ufrag:own ufrag" */
  const char *password; /* of the server */
  uint64_t tie_breaker;
} StunRequest;

/* Writes a request that nominates the way it takes. Returns its size. */
size_t stun_write_request(uint8_t out[STUN_MAX_SIZE], const StunRequest *request);

/* Whether this is the server's success answer to a transaction, with a MESSAGE-INTEGRITY and a FINGERPRINT that are right. */
bool stun_is_success(const uint8_t *bytes, size_t size, const uint8_t *transaction, const char *password);

#endif
