/* The payload descriptor of VP8 (RFC 7741 section 4.2), and the three temporal layers that the media was encoded in. */
#ifndef VP8_H
#define VP8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

#define VP8_DESCRIPTOR_SIZE 6

typedef struct {
  bool is_start; /* the first packet of a frame */
  uint16_t picture;
  uint8_t base_picture;
  size_t frame;
} Vp8Descriptor;

/* The layers of frames 0, 1, 2, 3, and so on in a circle. */
static inline uint8_t vp8_temporal_layer(size_t frame) { return (uint8_t[]){0, 2, 1, 2}[frame % 4]; }

/* Whether a frame depends on the lowest layer alone, so that a receiver may begin to get its layer there. */
static inline bool vp8_is_sync(size_t frame) { return frame % 4 == 1 || frame % 4 == 2; }

static inline size_t vp8_write_descriptor(uint8_t out[VP8_DESCRIPTOR_SIZE], const Vp8Descriptor *descriptor) {
  enum { EXTENDED = 0x80, NO_REFERENCE = 0x20, START = 0x10 };
  enum { PICTURE_ID = 0x80, BASE_PICTURE = 0x40, LAYER = 0x20, SYNC = 0x20 };
  uint8_t layer = vp8_temporal_layer(descriptor->frame);
  out[0] = (uint8_t)(EXTENDED | (layer == 2 ? NO_REFERENCE : 0) | (descriptor->is_start ? START : 0));
  out[1] = PICTURE_ID | BASE_PICTURE | LAYER;
  write16(out + 2, descriptor->picture | 0x8000);
  out[4] = descriptor->base_picture;
  out[5] = (uint8_t)(layer << 6 | (vp8_is_sync(descriptor->frame) ? SYNC : 0));
  return VP8_DESCRIPTOR_SIZE;
}

#endif
