/* DTLS 1.2 to the keys of SRTP (RFC 5764). */
#ifndef DTLS_H
#define DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>
#include <srtp2/srtp.h>

/* SHA-256, as upper-case hex with colons and a zero. */
#define FINGERPRINT_SIZE 96

typedef enum { DTLS_HANDSHAKING, DTLS_CONNECTED, DTLS_FAILED } DtlsState;

typedef struct {
  SSL *ssl;
  BIO *in;
  BIO *out;
} Dtls;

/* Makes the certificate that all peers share; once. Its fingerprint is in `fingerprint` then. */
bool dtls_prepare(char fingerprint[FINGERPRINT_SIZE]);

/* Begins one end. Nothing is sent before the first `dtls_handshake`. */
bool dtls_open(Dtls *dtls, bool is_client);
void dtls_close(Dtls *dtls);

/* Takes what was received, if anything was, and goes on. What is to be sent is in `out`. */
DtlsState dtls_handshake(Dtls *dtls, const uint8_t *bytes, size_t size);

/* Sends again what got lost; to be called now and then while it is handshaking. */
void dtls_check_timeout(Dtls *dtls);

/* The next bytes to send, at most `limit`; 0 where there are none. */
size_t dtls_take_output(Dtls *dtls, uint8_t *out, size_t limit);

/* Whether the other end's certificate has this fingerprint. */
bool dtls_has_fingerprint(const Dtls *dtls, const char *fingerprint);

/* Opens the sessions of SRTP with the negotiated keys. */
bool dtls_open_srtp(const Dtls *dtls, bool is_client, srtp_t *inbound, srtp_t *outbound);

#endif
