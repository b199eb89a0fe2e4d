/* Numbers in network byte order. */
#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>

static inline uint16_t read16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static inline uint32_t read32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t read64(const uint8_t *at) { return (uint64_t)read32(at) << 32 | read32(at + 4); }

static inline void write16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static inline void write24(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 16);
  write16(at + 1, (uint16_t)value);
}

static inline void write32(uint8_t *at, uint32_t value) {
  write16(at, (uint16_t)(value >> 16));
  write16(at + 2, (uint16_t)value);
}

static inline void write64(uint8_t *at, uint64_t value) {
  write32(at, (uint32_t)(value >> 32));
  write32(at + 4, (uint32_t)value);
}

#endif
