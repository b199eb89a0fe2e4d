#include "rtp.h"

#include <string.h>

#include "bytes.h"

enum { ONE_BYTE = 0xbede, TWO_BYTE = 0x1000, EXTENSION_HEADER_SIZE = 4 };

bool rtp_read(const uint8_t *bytes, size_t size, RtpPacket *packet) {
  if (size < RTP_HEADER_SIZE || bytes[0] >> 6 != 2) return false;
  *packet = (RtpPacket){
      .payload_type = bytes[1] & 0x7f,
      .marker = bytes[1] >> 7,
      .sequence = read16(bytes + 2),
      .timestamp = read32(bytes + 4),
      .ssrc = read32(bytes + 8),
  };
  size_t at = RTP_HEADER_SIZE + 4u * (bytes[0] & 0x0f);
  if (bytes[0] & 0x10) {
    if (at + EXTENSION_HEADER_SIZE > size) return false;
    packet->profile = read16(bytes + at);
    packet->extensions = bytes + at + EXTENSION_HEADER_SIZE;
    packet->extensions_size = 4u * read16(bytes + at + 2);
    at += EXTENSION_HEADER_SIZE + packet->extensions_size;
  }
  size_t padding = bytes[0] & 0x20 ? bytes[size - 1] : 0;
  if (at + padding > size) return false;
  packet->payload = bytes + at;
  packet->payload_size = size - at - padding;
  return true;
}

const uint8_t *rtp_extension(const RtpPacket *packet, uint8_t id, size_t *size) {
  bool one_byte = packet->profile == ONE_BYTE;
  if (id == 0 || (!one_byte && (packet->profile & 0xfff0) != TWO_BYTE)) return NULL;
  const uint8_t *at = packet->extensions, *end = at + packet->extensions_size;
  while (at < end) {
    if (*at == 0) {
      at++;
      continue;
    }
    if (!one_byte && at + 1 >= end) return NULL;
    uint8_t found = one_byte ? *at >> 4 : *at;
    *size = one_byte ? (*at & 0x0fu) + 1u : at[1];
    at += one_byte ? 1 : 2;
    if ((size_t)(end - at) < *size) return NULL;
    if (found == id) return at;
    at += *size;
  }
  return NULL;
}

size_t rtp_write_header(uint8_t *out, const RtpPacket *packet) {
  out[0] = 2 << 6;
  out[1] = (uint8_t)(packet->marker << 7 | packet->payload_type);
  write16(out + 2, packet->sequence);
  write32(out + 4, packet->timestamp);
  write32(out + 8, packet->ssrc);
  return RTP_HEADER_SIZE;
}

size_t rtp_add_extension(uint8_t *out, size_t size, uint8_t id, const void *value, size_t length) {
  if (id == 0) return size;
  if (size == RTP_HEADER_SIZE) {
    out[0] |= 0x10;
    write16(out + size, ONE_BYTE);
    size += EXTENSION_HEADER_SIZE;
  }
  out[size] = (uint8_t)(id << 4 | (length - 1));
  memcpy(out + size + 1, value, length);
  return size + 1 + length;
}

size_t rtp_end_extensions(uint8_t *out, size_t size) {
  if (size == RTP_HEADER_SIZE) return size;
  while (size % 4 != 0) out[size++] = 0;
  write16(out + RTP_HEADER_SIZE + 2, (uint16_t)((size - RTP_HEADER_SIZE - EXTENSION_HEADER_SIZE) / 4));
  return size;
}
