/* A microphone or a camera: media that was encoded once, with numbers and times of its own. */
#ifndef SENDER_H
#define SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "media.h"
#include "transport.h"

#define MID_SIZE 17
/* RFC 6464: the level of silence, in -dBov. */
#define SILENCE 127

/* The ids of header extensions that were negotiated; 0 for none. */
typedef struct {
  uint8_t mid;
  uint8_t send_time;
  uint8_t transport_cc;
  uint8_t level;
  uint8_t capture_time;
} ExtensionIds;

typedef struct {
  unsigned id;
  Kind kind;
  uint8_t payload_type;
  char mid[MID_SIZE];
  uint32_t ssrcs[MEDIA_LAYERS]; /* one for each layer, smallest picture first */
  unsigned layer_count;
  unsigned first_layer;          /* which of the encoded pictures the first one is */
  uint32_t bitrate;              /* of the largest picture, in bits a second; frames are filled up to it */
  uint8_t level;                 /* of a microphone at its loudest, in -dBov */
  bool discontinuous;            /* a silent microphone sends little (DTX) */
  ExtensionIds extensions;
} SenderOptions;

/* One RTP stream of a sender. */
typedef struct {
  uint32_t ssrc;
  const Track *track;
  size_t frame_size;    /* to which smaller frames are filled up, in bytes */
  size_t next_frame;
  int64_t next_frame_ns;
  /* The frame that is being sent: a pacer lets its packets out one by one. */
  Frame frame;
  size_t total;         /* its size when it is filled up */
  size_t sent;
  size_t frame_number;
  double budget;        /* in bytes, below zero after a packet */
  int64_t budget_ns;    /* when it was looked at last */
  uint16_t sequence;
  uint32_t first_timestamp;
  uint32_t timestamp;
  uint32_t packets;
  uint32_t bytes;
  uint16_t picture;
  uint8_t base_picture; /* TL0PICIDX of RFC 7741 section 4.2 */
  bool key_frame_wanted;
  int64_t key_frame_ns;
  int64_t next_report_ns;
} Encoding;

typedef struct {
  SenderOptions options;
  Transport *transport;
  Encoding encodings[MEDIA_LAYERS];
  int64_t interval_ns; /* between frames */
  int64_t began_ns;
  uint32_t voice_began; /* how many packets were sent when the level was set last */
} Sender;

/* Begins to send as soon as the transport is connected. NULL without memory. */
Sender *sender_open(const SenderOptions *options, const Media *media, Transport *transport);
void sender_close(Sender *sender);

/* Sends what is due by now. */
void sender_tick(Sender *sender, int64_t now_ns);

/* A microphone becomes louder or quieter: somebody begins to speak, or ends. */
void sender_set_level(Sender *sender, uint8_t level);

/* The server wants a key frame of a stream; does nothing where it is not this sender's. */
void sender_request_key_frame(Sender *sender, uint32_t ssrc);

#endif
