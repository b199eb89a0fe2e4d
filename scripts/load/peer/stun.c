#include "stun.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "bytes.h"

enum {
  HEADER_SIZE = 20,
  ATTRIBUTE_HEADER_SIZE = 4,
  BINDING_REQUEST = 0x0001,
  BINDING_SUCCESS = 0x0101,
  USERNAME = 0x0006,
  MESSAGE_INTEGRITY = 0x0008,
  PRIORITY = 0x0024,
  USE_CANDIDATE = 0x0025,
  XOR_MAPPED_ADDRESS = 0x0020,
  FINGERPRINT = 0x8028,
  ICE_CONTROLLED = 0x8029,
  ICE_CONTROLLING = 0x802a,
  INTEGRITY_SIZE = 20,
  CRC_SIZE = 4,
};
static const uint32_t MAGIC_COOKIE = 0x2112a442;
/* RFC 8489 section 14.7. */
static const uint32_t FINGERPRINT_XOR = 0x5354554e;
/* RFC 8445 section 5.1.2.1: a host candidate, first component. */
static const uint32_t HOST_PRIORITY = 0x7effffff;

/* The CRC-32 of ITU-T V.42, as zlib has it. */
static uint32_t crc32(const uint8_t *bytes, size_t size) {
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < size; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

static void set_length(uint8_t *message, size_t size) { write16(message + 2, (uint16_t)(size - HEADER_SIZE)); }

static size_t add_attribute(uint8_t *message, size_t size, uint16_t type, const void *value, size_t length) {
  uint8_t *at = message + size;
  size_t padded = (length + 3) & ~(size_t)3;
  write16(at, type);
  write16(at + 2, (uint16_t)length);
  memset(at + ATTRIBUTE_HEADER_SIZE, 0, padded);
  if (length > 0) memcpy(at + ATTRIBUTE_HEADER_SIZE, value, length);
  return size + ATTRIBUTE_HEADER_SIZE + padded;
}

/* The HMAC-SHA1 of a message up to `size`, as if the attribute with it were the last one (RFC 8489 section 14.5). */
static void integrity_of(const uint8_t *message, size_t size, const char *password, uint8_t out[INTEGRITY_SIZE]) {
  uint8_t copy[STUN_MAX_SIZE];
  memcpy(copy, message, size);
  set_length(copy, size + ATTRIBUTE_HEADER_SIZE + INTEGRITY_SIZE);
  HMAC(EVP_sha1(), password, (int)strlen(password), copy, size, out, NULL);
}

static uint32_t fingerprint_of(const uint8_t *message, size_t size) {
  uint8_t copy[STUN_MAX_SIZE];
  memcpy(copy, message, size);
  set_length(copy, size + ATTRIBUTE_HEADER_SIZE + CRC_SIZE);
  return crc32(copy, size) ^ FINGERPRINT_XOR;
}

static void begin(uint8_t *out, uint16_t type, const uint8_t *transaction) {
  write16(out, type);
  write32(out + 4, MAGIC_COOKIE);
  memcpy(out + 8, transaction, STUN_TRANSACTION_SIZE);
}

/* Adds MESSAGE-INTEGRITY and FINGERPRINT. Returns the size of the whole. */
static size_t finish(uint8_t *out, size_t size, const char *password) {
  uint8_t integrity[INTEGRITY_SIZE], fingerprint[CRC_SIZE];
  integrity_of(out, size, password, integrity);
  size = add_attribute(out, size, MESSAGE_INTEGRITY, integrity, sizeof integrity);
  write32(fingerprint, fingerprint_of(out, size));
  size = add_attribute(out, size, FINGERPRINT, fingerprint, sizeof fingerprint);
  set_length(out, size);
  return size;
}

size_t stun_write_request(uint8_t out[STUN_MAX_SIZE], const StunRequest *request) {
  size_t size = HEADER_SIZE;
  uint8_t priority[4], tie_breaker[8];
  begin(out, BINDING_REQUEST, request->transaction);
  write32(priority, HOST_PRIORITY);
  write64(tie_breaker, request->tie_breaker);
  size = add_attribute(out, size, USERNAME, request->username, strlen(request->username));
  size = add_attribute(out, size, request->is_controlled ? ICE_CONTROLLED : ICE_CONTROLLING, tie_breaker,
                       sizeof tie_breaker);
  if (!request->is_controlled) size = add_attribute(out, size, USE_CANDIDATE, NULL, 0);
  size = add_attribute(out, size, PRIORITY, priority, sizeof priority);
  return finish(out, size, request->password);
}

size_t stun_write_answer(uint8_t out[STUN_MAX_SIZE], const uint8_t *request, uint32_t address, uint16_t port,
                         const char *password) {
  enum { IPV4 = 1 };
  uint8_t mapped[8] = {0, IPV4};
  write16(mapped + 2, (uint16_t)(port ^ MAGIC_COOKIE >> 16));
  write32(mapped + 4, address ^ MAGIC_COOKIE);
  begin(out, BINDING_SUCCESS, request + 8);
  return finish(out, add_attribute(out, HEADER_SIZE, XOR_MAPPED_ADDRESS, mapped, sizeof mapped), password);
}

static bool has_integrity(const uint8_t *bytes, size_t at, uint16_t length, const char *password) {
  uint8_t expected[INTEGRITY_SIZE];
  if (length != INTEGRITY_SIZE) return false;
  integrity_of(bytes, at, password, expected);
  return CRYPTO_memcmp(bytes + at + ATTRIBUTE_HEADER_SIZE, expected, INTEGRITY_SIZE) == 0;
}

static bool has_fingerprint(const uint8_t *bytes, size_t at, uint16_t length) {
  return length == CRC_SIZE && read32(bytes + at + ATTRIBUTE_HEADER_SIZE) == fingerprint_of(bytes, at);
}

static bool is_message(const uint8_t *bytes, size_t size, uint16_t type) {
  return size >= HEADER_SIZE && size <= STUN_MAX_SIZE && read16(bytes + 2) + (size_t)HEADER_SIZE == size &&
         read16(bytes) == type && read32(bytes + 4) == MAGIC_COOKIE;
}

/* Whether MESSAGE-INTEGRITY and FINGERPRINT are there and right. */
static bool is_authentic(const uint8_t *bytes, size_t size, const char *password) {
  bool signed_rightly = false;
  for (size_t at = HEADER_SIZE; at + ATTRIBUTE_HEADER_SIZE <= size;) {
    uint16_t type = read16(bytes + at), length = read16(bytes + at + 2);
    size_t next = at + ATTRIBUTE_HEADER_SIZE + ((length + 3u) & ~3u);
    if (next > size) return false;
    if (type == MESSAGE_INTEGRITY) signed_rightly = has_integrity(bytes, at, length, password);
    if (type == FINGERPRINT) return signed_rightly && has_fingerprint(bytes, at, length) && next == size;
    at = next;
  }
  return false;
}

bool stun_is_success(const uint8_t *bytes, size_t size, const uint8_t *transaction, const char *password) {
  return is_message(bytes, size, BINDING_SUCCESS) && memcmp(bytes + 8, transaction, STUN_TRANSACTION_SIZE) == 0 &&
         is_authentic(bytes, size, password);
}

bool stun_is_request(const uint8_t *bytes, size_t size, const char *password) {
  return is_message(bytes, size, BINDING_REQUEST) && is_authentic(bytes, size, password);
}
