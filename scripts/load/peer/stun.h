/* STUN as ICE uses it (RFC 8489, RFC 8445): binding requests and their answers. */
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
  bool is_controlled; /* by a server that is not ICE-lite, and nominates the way itself */
} StunRequest;

/* Writes a request, which nominates the way it takes unless it is controlled. Returns its size. */
size_t stun_write_request(uint8_t out[STUN_MAX_SIZE], const StunRequest *request);

/* Whether this is the server's success answer to a transaction, with a MESSAGE-INTEGRITY and a FINGERPRINT that are right. */
bool stun_is_success(const uint8_t *bytes, size_t size, const uint8_t *transaction, const char *password);

/* Whether this is a request that was signed with the password. */
bool stun_is_request(const uint8_t *bytes, size_t size, const char *password);

/* Writes the success answer to a request that came from this address, in host byte order. Returns its size. */
size_t stun_write_answer(uint8_t out[STUN_MAX_SIZE], const uint8_t *request, uint32_t address, uint16_t port,
                         const char *password);

#endif
