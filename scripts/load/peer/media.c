#include "media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

static const char MAGIC[] = "AQMEDIA1";

static uint8_t *read_whole(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  long length = ftell(file);
  rewind(file);
  uint8_t *bytes = length > 0 ? malloc((size_t)length) : NULL;
  *size = bytes ? fread(bytes, 1, (size_t)length, file) : 0;
  fclose(file);
  return bytes;
}

/* A track is the number of its frames, then each with its size before it. Returns what follows, or NULL. */
static const uint8_t *read_track(const uint8_t *at, const uint8_t *end, Track *track) {
  if (!at || end - at < 2) return NULL;
  track->count = read16(at);
  track->frames = calloc(track->count, sizeof(Frame));
  at += 2;
  for (size_t i = 0; i < track->count; i++) {
    if (!track->frames || end - at < 2 || end - at - 2 < read16(at)) return NULL;
    track->frames[i] = (Frame){at + 2, read16(at)};
    at += 2 + track->frames[i].size;
  }
  return track->count > 0 ? at : NULL;
}

bool media_load(Media *media, const char *path) {
  size_t size = 0;
  const uint8_t *bytes = read_whole(path, &size);
  bool is_media = bytes && size > strlen(MAGIC) && memcmp(bytes, MAGIC, strlen(MAGIC)) == 0;
  const uint8_t *at = is_media ? read_track(bytes + strlen(MAGIC), bytes + size, &media->opus) : NULL;
  for (int layer = 0; layer < MEDIA_LAYERS; layer++) at = read_track(at, bytes + size, &media->vp8[layer]);
  if (!at) fprintf(stderr, "%s has no media\n", path);
  return at != NULL;
}
