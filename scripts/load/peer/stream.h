/* What is received of one sender: its counters, as RFC 3550 has them. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"
#include "rtcp.h"
#include "rtp.h"

typedef enum { AUDIO, VIDEO } Kind;
#define KINDS 2

typedef struct {
  uint32_t ssrc;
  /* Once it was claimed: until then it is somebody's whom nobody has told of, as probes of the bandwidth are. */
  bool claimed;
  unsigned id;
  Kind kind;
  uint32_t clock_rate;
  /* Totals; bytes are those of RTP packets. */
  uint64_t packets;
  uint64_t bytes;
  uint64_t repeated;
  int64_t first_arrived_wall;
  /* RFC 3550 appendix A: the first and the highest number, the latter with its cycles. */
  uint32_t first_sequence;
  uint32_t highest_sequence;
  uint64_t window; /* the bit i is set if the number `highest - i` has arrived */
  bool has_transit;
  uint32_t transit; /* of the last packet: its arrival less its timestamp, in units of the clock */
  double jitter; /* in units of the clock */
  uint32_t expected_before;
  uint64_t packets_before;
  uint32_t last_report; /* the middle of the last sender report's time */
  int64_t last_report_wall;
} Stream;

/* Streams by SSRC: a hash table that grows. */
typedef struct {
  Stream **slots;
  size_t size;
  size_t count;
} StreamTable;

/* The stream of this SSRC; made where there is none yet. NULL without memory. */
Stream *streams_get(StreamTable *table, uint32_t ssrc);
/* The stream of this SSRC, or NULL. */
Stream *streams_find(const StreamTable *table, uint32_t ssrc);
/* Packets that are missing in all streams that were claimed. */
uint64_t streams_lost(const StreamTable *table);
void streams_free(StreamTable *table);

/* Counts a packet of this size that arrived then. */
void stream_receive(Stream *stream, const RtpPacket *packet, size_t size, int64_t arrived_wall);
/* Packets that are missing up to the highest number; below zero never. */
uint32_t stream_lost(const Stream *stream);
double stream_jitter_ms(const Stream *stream);
/* A block for a receiver report; begins the next interval. */
ReportBlock stream_report(Stream *stream, int64_t now_wall);

#endif
