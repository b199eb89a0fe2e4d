/* RTP packets (RFC 3550 section 5.1) and their header extensions (RFC 8285). */
#ifndef RTP_H
#define RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTP_HEADER_SIZE 12
/* With all extensions that a sender adds. */
#define RTP_MAX_HEADER_SIZE 80

typedef struct {
  uint8_t payload_type;
  bool marker;
  uint16_t sequence;
  uint32_t timestamp;
  uint32_t ssrc;
  uint16_t profile; /* of the header extensions; 0 without any */
  const uint8_t *extensions;
  size_t extensions_size;
  const uint8_t *payload;
  size_t payload_size;
} RtpPacket;

/* Whether the first bytes are those of RTP, and not of RTCP, which shares its port (RFC 5761 section 4). */
static inline bool rtp_is_rtcp(const uint8_t *bytes) { return bytes[1] >= 192 && bytes[1] <= 223; }

/* Reads a packet; false for what is none. What it points to is in `bytes`. */
bool rtp_read(const uint8_t *bytes, size_t size, RtpPacket *packet);

/* The value of an extension, or NULL. */
const uint8_t *rtp_extension(const RtpPacket *packet, uint8_t id, size_t *size);

/* Writes a header without extensions. Returns its size. */
size_t rtp_write_header(uint8_t *out, const RtpPacket *packet);

/* Adds an extension of 1 to 16 bytes to a header that is `size` long, unless its id is 0. Returns the new size. */
size_t rtp_add_extension(uint8_t *out, size_t size, uint8_t id, const void *value, size_t length);

/* Ends the extensions, if there are any. Returns the size with their padding. */
size_t rtp_end_extensions(uint8_t *out, size_t size);

#endif
