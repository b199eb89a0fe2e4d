#include "inspect.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "rtcp.h"
#include "rtp.h"
#include "stream.h"
#include "stun.h"
#include "vp8.h"

enum { MAX_BYTES = 2048 };

static size_t read_hex(const char *hex, uint8_t out[MAX_BYTES]) {
  size_t size = 0;
  for (unsigned byte; size < MAX_BYTES && sscanf(hex + 2 * size, "%2x", &byte) == 1; size++) {
    out[size] = (uint8_t)byte;
    if (hex[2 * size + 1] == '\0' || hex[2 * size + 2] == '\0') return size + 1;
  }
  return size;
}

static void print_hex(const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) printf("%02x", bytes[i]);
  putchar('\n');
}

/* TRANSACTION USERNAME PASSWORD TIE-BREAKER IS-CONTROLLED: a binding request. */
static void stun_request(char **arguments) {
  uint8_t bytes[MAX_BYTES], transaction[MAX_BYTES];
  StunRequest request = {.username = arguments[1],
                         .password = arguments[2],
                         .tie_breaker = strtoull(arguments[3], NULL, 16),
                         .is_controlled = atoi(arguments[4]) != 0};
  read_hex(arguments[0], transaction);
  memcpy(request.transaction, transaction, sizeof request.transaction);
  print_hex(bytes, stun_write_request(bytes, &request));
}

/* MESSAGE TRANSACTION PASSWORD: whether it is the success answer. */
static void stun_answer(char **arguments) {
  uint8_t bytes[MAX_BYTES], transaction[MAX_BYTES];
  size_t size = read_hex(arguments[0], bytes);
  read_hex(arguments[1], transaction);
  puts(stun_is_success(bytes, size, transaction, arguments[2]) ? "true" : "false");
}

/* REQUEST PASSWORD ADDRESS PORT: the answer, if it was signed with the password. */
static void stun_reply(char **arguments) {
  uint8_t bytes[MAX_BYTES], answer[MAX_BYTES];
  size_t size = read_hex(arguments[0], bytes);
  if (!stun_is_request(bytes, size, arguments[1])) {
    puts("false");
    return;
  }
  uint32_t address = (uint32_t)strtoul(arguments[2], NULL, 10);
  print_hex(answer, stun_write_answer(answer, bytes, address, (uint16_t)atoi(arguments[3]), arguments[1]));
}

/* PACKET ID: the parts of an RTP packet, and the extension with this id. */
static void rtp(char **arguments) {
  uint8_t bytes[MAX_BYTES];
  RtpPacket packet;
  size_t size = read_hex(arguments[0], bytes), length;
  if (!rtp_read(bytes, size, &packet)) {
    puts("false");
    return;
  }
  printf("%u %d %u %" PRIu32 " %" PRIu32 " %zu ", packet.payload_type, packet.marker, packet.sequence,
         packet.timestamp, packet.ssrc, packet.payload_size);
  const uint8_t *extension = rtp_extension(&packet, (uint8_t)atoi(arguments[1]), &length);
  if (extension) print_hex(extension, length);
  else puts("none");
}

/* MID LEVEL: the header of an RTP packet with both as extensions 1 and 6. */
static void rtp_header(char **arguments) {
  uint8_t bytes[MAX_BYTES], level = (uint8_t)atoi(arguments[1]);
  RtpPacket packet = {.payload_type = 111, .marker = true, .sequence = 65535, .timestamp = 0xfffffff0, .ssrc = 0x01020304};
  size_t size = rtp_write_header(bytes, &packet);
  size = rtp_add_extension(bytes, size, 1, arguments[0], strlen(arguments[0]));
  size = rtp_add_extension(bytes, size, 6, &level, 1);
  print_hex(bytes, rtp_end_extensions(bytes, size));
}

/* PICTURE BASE-PICTURE FRAME IS-START: a payload descriptor. */
static void vp8(char **arguments) {
  uint8_t bytes[VP8_DESCRIPTOR_SIZE];
  Vp8Descriptor descriptor = {.picture = (uint16_t)atoi(arguments[0]),
                              .base_picture = (uint8_t)atoi(arguments[1]),
                              .frame = (size_t)atoi(arguments[2]),
                              .is_start = atoi(arguments[3]) != 0};
  print_hex(bytes, vp8_write_descriptor(bytes, &descriptor));
}

/* SEQUENCE:MICROSECONDS,…: transport-wide feedback. */
static void feedback(char **arguments) {
  uint8_t bytes[MAX_BYTES];
  Arrival arrivals[RTCP_MAX_FEEDBACK];
  size_t count = 0;
  for (char *rest, *word = strtok_r(arguments[0], ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
    char *colon = strchr(word, ':');
    arrivals[count++] = (Arrival){(uint16_t)atoi(word), strtoll(colon + 1, NULL, 10) * 1000};
  }
  print_hex(bytes, rtcp_write_feedback(bytes, 1, 2, 3, arrivals, count));
}

static void print_key_frame_request(void *context, uint32_t ssrc) {
  (void)context;
  printf("%" PRIu32 "\n", ssrc);
}

/* PACKET: the SSRCs of which it requests key frames. */
static void rtcp(char **arguments) {
  uint8_t bytes[MAX_BYTES];
  RtcpReader reader = {.on_key_frame_request = print_key_frame_request};
  rtcp_read(bytes, read_hex(arguments[0], bytes), &reader);
}

/* CLOCK-RATE SEQUENCE:TIMESTAMP:MICROSECONDS,…: what is counted of a stream. */
static void stream(char **arguments) {
  Stream stream = {.clock_rate = (uint32_t)atoi(arguments[0])};
  for (char *rest, *word = strtok_r(arguments[1], ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
    unsigned sequence;
    uint32_t timestamp;
    int64_t arrived;
    if (sscanf(word, "%u:%" SCNu32 ":%" SCNd64, &sequence, &timestamp, &arrived) != 3) continue;
    RtpPacket packet = {.sequence = (uint16_t)sequence, .timestamp = timestamp};
    stream_receive(&stream, &packet, 100, arrived * 1000);
  }
  ReportBlock block = stream_report(&stream, 0);
  printf("%" PRIu64 " %" PRIu32 " %" PRIu64 " %.3f %" PRIu32 " %u\n", stream.packets, stream_lost(&stream),
         stream.repeated, stream_jitter_ms(&stream), block.highest_sequence, block.fraction_lost);
}

/* MICROSECONDS since 1970: there and back as NTP's time, and the bucket of so many microseconds in a histogram. */
static void numbers(char **arguments) {
  int64_t wall = strtoll(arguments[0], NULL, 10);
  uint64_t ntp = ntp_from_wall(wall * 1000);
  printf("%" PRIu64 " %" PRId64 " %u\n", ntp, (wall_from_ntp(ntp) + 500) / 1000, histogram_bucket((uint32_t)wall));
}

static const struct {
  const char *name;
  int count;
  void (*show)(char **arguments);
} PARTS[] = {
    {"stun-request", 5, stun_request}, {"stun-answer", 3, stun_answer},
    {"stun-reply", 4, stun_reply},     {"rtp", 2, rtp},
    {"rtp-header", 2, rtp_header},     {"vp8", 4, vp8},                 {"feedback", 1, feedback},
    {"rtcp", 1, rtcp},                 {"stream", 2, stream},           {"numbers", 1, numbers},
};

int inspect(int count, char **arguments) {
  for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
    if (count == 0 || strcmp(arguments[0], PARTS[i].name) != 0 || count - 1 != PARTS[i].count) continue;
    PARTS[i].show(arguments + 1);
    return 0;
  }
  fprintf(stderr, "there is no such part\n");
  return 2;
}
