/* Media that was encoded once, and is sent by everybody. */
#ifndef MEDIA_H
#define MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_LAYERS 3

typedef struct {
  const uint8_t *bytes;
  size_t size;
} Frame;

/* Frames that are sent in a circle. The first one of a video is its key frame. */
typedef struct {
  Frame *frames;
  size_t count;
} Track;

typedef struct {
  Track opus;             /* 20 ms each */
  Track vp8[MEDIA_LAYERS]; /* smallest picture first; 30 a second, in three temporal layers */
} Media;

/* Reads the file that scripts/load/media/encode.ts writes. False with a word on stderr where it cannot. */
bool media_load(Media *media, const char *path);

#endif
