#include "sender.h"

#include <math.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "clock.h"
#include "vp8.h"

enum { AUDIO_CLOCK = 48000, VIDEO_CLOCK = 90000, FRAMES_PER_SECOND = 30, MAX_PAYLOAD = 1100 };
static const int64_t AUDIO_INTERVAL_NS = 20 * NS_PER_MS;
/* RFC 7587 section 3.1.3: at most one frame in 400 ms while nobody speaks. */
static const int64_t DISCONTINUOUS_INTERVAL_NS = 400 * NS_PER_MS;
static const int64_t VIDEO_INTERVAL_NS = NS_PER_SECOND / FRAMES_PER_SECOND;
static const int64_t REPORT_INTERVAL_NS = NS_PER_SECOND;
/* As Chromium's encoder does, which passes over a request so soon after the last one. */
static const int64_t KEY_FRAME_INTERVAL_NS = 300 * NS_PER_MS;
/* One who was held up for longer leaves out what was due meanwhile, as a burst of all peers at once would be no test. */
static const int64_t MAX_DELAY_NS = 100 * NS_PER_MS;
/* A browser's pacer sends a frame at so many times its bit rate. */
static const double PACING_FACTOR = 2.5;
static const double MAX_BURST_SECONDS = 0.002;
/* A key frame has so many times the bytes of another one. */
static const double KEY_FRAME_WEIGHT = 6;
/* A picture of a quarter of the area is worth a quarter of the bits to this power, as src/client/encodings.ts has it. */
static const double BITRATE_EXPONENT = 0.75;

static size_t frame_size(const SenderOptions *options, const Track *track, unsigned layer) {
  unsigned below = options->layer_count - 1 - layer;
  double bitrate = options->bitrate * pow(0.25, BITRATE_EXPONENT * below);
  double frames = (double)track->count;
  return (size_t)(bitrate / 8 / FRAMES_PER_SECOND * frames / (frames + KEY_FRAME_WEIGHT - 1));
}

static void open_encoding(Encoding *encoding, const SenderOptions *options, const Media *media, unsigned layer) {
  bool is_video = options->kind == VIDEO;
  encoding->ssrc = options->ssrcs[layer];
  encoding->track = is_video ? &media->vp8[options->first_layer + layer] : &media->opus;
  encoding->frame_size = is_video ? frame_size(options, encoding->track, layer) : 0;
  RAND_bytes((uint8_t *)&encoding->sequence, sizeof encoding->sequence);
  RAND_bytes((uint8_t *)&encoding->first_timestamp, sizeof encoding->first_timestamp);
  RAND_bytes((uint8_t *)&encoding->picture, sizeof encoding->picture);
  /* A server that wraps too soon would lose the first packets (RFC 3711 section 3.3.1). */
  encoding->sequence &= 0x7fff;
  encoding->budget_ns = encoding->next_frame_ns = monotonic_ns();
}

static int64_t interval_of(const SenderOptions *options) {
  if (options->kind == VIDEO) return VIDEO_INTERVAL_NS;
  return options->discontinuous && options->level >= SILENCE ? DISCONTINUOUS_INTERVAL_NS : AUDIO_INTERVAL_NS;
}

Sender *sender_open(const SenderOptions *options, const Media *media, Transport *transport) {
  Sender *sender = calloc(1, sizeof *sender);
  if (!sender) return NULL;
  sender->options = *options;
  sender->transport = transport;
  sender->interval_ns = interval_of(options);
  for (unsigned layer = 0; layer < options->layer_count; layer++)
    open_encoding(&sender->encodings[layer], options, media, layer);
  return sender;
}

void sender_close(Sender *sender) { free(sender); }

/* The upper 24 bits of 6.18 seconds (abs-send-time). */
static uint32_t send_time(uint64_t ntp) { return (uint32_t)(ntp >> 14) & 0xffffff; }

/* Goes up and down with syllables, five a second, and has a pause now and then: a level that stays is nobody's voice. */
static uint8_t voice_level(uint8_t loudest, size_t frame) {
  static const uint8_t BELOW[] = {0, 2, 5, 9, 14, 20, 14, 9, 5, 2};
  enum { PHRASE = 160, PAUSE = 20 };
  if (loudest >= SILENCE || frame % PHRASE >= PHRASE - PAUSE) return SILENCE;
  return (uint8_t)(loudest + BELOW[frame % sizeof BELOW]);
}

static size_t write_header(const Sender *sender, const Encoding *encoding, bool marker, uint8_t *out) {
  const ExtensionIds *ids = &sender->options.extensions;
  uint64_t ntp = ntp_from_wall(wall_ns());
  uint8_t time[3], captured[8], number[2];
  uint8_t level = voice_level(sender->options.level, encoding->packets - sender->voice_began);
  /* The first bit says that somebody speaks. */
  if (level < SILENCE) level |= 0x80;
  RtpPacket packet = {.payload_type = sender->options.payload_type,
                      .marker = marker,
                      .sequence = encoding->sequence,
                      .timestamp = encoding->timestamp,
                      .ssrc = encoding->ssrc};
  write24(time, send_time(ntp));
  write64(captured, ntp);
  write16(number, sender->transport->next_sequence++);
  size_t size = rtp_write_header(out, &packet);
  size = rtp_add_extension(out, size, ids->mid, sender->options.mid, strlen(sender->options.mid));
  size = rtp_add_extension(out, size, ids->send_time, time, sizeof time);
  size = rtp_add_extension(out, size, ids->transport_cc, number, sizeof number);
  size = rtp_add_extension(out, size, ids->level, &level, sizeof level);
  size = rtp_add_extension(out, size, ids->capture_time, captured, sizeof captured);
  return rtp_end_extensions(out, size);
}

static void send_packet(Sender *sender, Encoding *encoding, uint8_t *packet, size_t size, size_t payload) {
  if (sender->transport->options.is_time_in_payload && payload >= 8)
    write64(packet + size - 8, ntp_from_wall(wall_ns()));
  transport_send_rtp(sender->transport, packet, size);
  encoding->sequence++;
  encoding->packets++;
  encoding->bytes += (uint32_t)payload;
  encoding->sent += payload;
}

static void send_audio(Sender *sender, Encoding *encoding) {
  uint8_t packet[RTP_MAX_HEADER_SIZE + MAX_PAYLOAD + SRTP_MAX_TRAILER_LEN + 4];
  Frame frame = encoding->frame;
  size_t size = write_header(sender, encoding, encoding->packets == 0, packet);
  memcpy(packet + size, frame.bytes, frame.size);
  send_packet(sender, encoding, packet, size + frame.size, frame.size);
}

/*
 * Sends the next packet of a picture. It is filled up with zeros, which a decoder does not read: the last partition of VP8
 * has no end of its own.
 */
static void send_video(Sender *sender, Encoding *encoding) {
  uint8_t packet[RTP_MAX_HEADER_SIZE + VP8_DESCRIPTOR_SIZE + MAX_PAYLOAD + SRTP_MAX_TRAILER_LEN + 4];
  Frame frame = encoding->frame;
  size_t at = encoding->sent, left = encoding->total - at;
  size_t length = left < MAX_PAYLOAD ? left : MAX_PAYLOAD;
  size_t encoded = at >= frame.size ? 0 : frame.size - at < length ? frame.size - at : length;
  Vp8Descriptor descriptor = {.is_start = at == 0,
                              .picture = encoding->picture,
                              .base_picture = encoding->base_picture,
                              .frame = encoding->frame_number};
  size_t size = write_header(sender, encoding, length == left, packet);
  size += vp8_write_descriptor(packet + size, &descriptor);
  if (encoded > 0) memcpy(packet + size, frame.bytes + at, encoded);
  memset(packet + size + encoded, 0, length - encoded);
  send_packet(sender, encoding, packet, size + length, length);
}

static void send_report(Sender *sender, Encoding *encoding) {
  uint8_t packet[RTCP_MAX_SIZE + SRTP_MAX_TRAILER_LEN + 4];
  SenderReport report = {.ssrc = encoding->ssrc,
                         .ntp = ntp_from_wall(wall_ns()),
                         .timestamp = encoding->timestamp,
                         .packets = encoding->packets,
                         .bytes = encoding->bytes};
  transport_send_rtcp(sender->transport, packet, rtcp_write_sender_report(packet, &report, "load"));
}

/* Goes back to the key frame, if one is wanted and may be sent by now. */
static void choose_frame(Encoding *encoding, int64_t now_ns) {
  if (encoding->key_frame_wanted && now_ns - encoding->key_frame_ns >= KEY_FRAME_INTERVAL_NS) encoding->next_frame = 0;
  if (encoding->next_frame != 0) return;
  encoding->key_frame_wanted = false;
  encoding->key_frame_ns = now_ns;
}

static void begin_frame(Sender *sender, Encoding *encoding, int64_t now_ns) {
  bool is_video = sender->options.kind == VIDEO;
  int64_t clock = is_video ? VIDEO_CLOCK : AUDIO_CLOCK;
  if (now_ns - encoding->next_frame_ns > MAX_DELAY_NS) encoding->next_frame_ns = now_ns;
  encoding->timestamp =
      encoding->first_timestamp + (uint32_t)((encoding->next_frame_ns - sender->began_ns) / 1000 * clock / 1000000);
  encoding->next_frame_ns += sender->interval_ns;
  if (is_video) choose_frame(encoding, now_ns);
  size_t least = encoding->next_frame == 0 ? (size_t)(encoding->frame_size * KEY_FRAME_WEIGHT) : encoding->frame_size;
  encoding->frame = encoding->track->frames[encoding->next_frame];
  encoding->total = encoding->frame.size > least ? encoding->frame.size : least;
  encoding->sent = 0;
  encoding->frame_number = encoding->next_frame;
  encoding->picture++;
  if (is_video && vp8_temporal_layer(encoding->frame_number) == 0) encoding->base_picture++;
  encoding->next_frame = (encoding->next_frame + 1) % encoding->track->count;
}

/* Lets out of a frame what may be sent by now. */
static void continue_frame(Sender *sender, Encoding *encoding, int64_t now_ns) {
  if (sender->options.kind == AUDIO) {
    send_audio(sender, encoding);
    return;
  }
  double rate = PACING_FACTOR * (double)encoding->frame_size * FRAMES_PER_SECOND;
  encoding->budget += rate * (double)(now_ns - encoding->budget_ns) / NS_PER_SECOND;
  encoding->budget_ns = now_ns;
  /* What was not used before is lost. */
  if (encoding->budget > rate * MAX_BURST_SECONDS) encoding->budget = rate * MAX_BURST_SECONDS;
  while (encoding->budget >= 0 && encoding->sent < encoding->total) {
    size_t before = encoding->sent;
    send_video(sender, encoding);
    encoding->budget -= (double)(encoding->sent - before);
  }
}

static void tick_encoding(Sender *sender, Encoding *encoding, int64_t now_ns) {
  if (encoding->sent >= encoding->total) {
    if (now_ns < encoding->next_frame_ns) return;
    begin_frame(sender, encoding, now_ns);
  }
  continue_frame(sender, encoding, now_ns);
  if (now_ns < encoding->next_report_ns) return;
  encoding->next_report_ns = now_ns + REPORT_INTERVAL_NS;
  send_report(sender, encoding);
}

void sender_tick(Sender *sender, int64_t now_ns) {
  if (sender->transport->state != CONNECTED) return;
  if (sender->began_ns == 0) sender->began_ns = now_ns;
  for (unsigned layer = 0; layer < sender->options.layer_count; layer++)
    tick_encoding(sender, &sender->encodings[layer], now_ns);
}

void sender_set_level(Sender *sender, uint8_t level) {
  sender->options.level = level;
  sender->voice_began = sender->encodings[0].packets;
  sender->interval_ns = interval_of(&sender->options);
  sender->encodings[0].next_frame_ns = monotonic_ns();
}

void sender_request_key_frame(Sender *sender, uint32_t ssrc) {
  for (unsigned layer = 0; layer < sender->options.layer_count; layer++)
    if (sender->encodings[layer].ssrc == ssrc) sender->encodings[layer].key_frame_wanted = true;
}
