#include "stream.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"

enum { FIRST_TABLE_SIZE = 8, WINDOW_SIZE = 64 };

static size_t slot_of(const StreamTable *table, uint32_t ssrc) {
  size_t at = ssrc * 2654435761u & (table->size - 1);
  while (table->slots[at] && table->slots[at]->ssrc != ssrc) at = (at + 1) & (table->size - 1);
  return at;
}

static bool grow(StreamTable *table) {
  size_t size = table->size ? 2 * table->size : FIRST_TABLE_SIZE;
  StreamTable larger = {calloc(size, sizeof(Stream *)), size, table->count};
  if (!larger.slots) return false;
  for (size_t i = 0; i < table->size; i++)
    if (table->slots[i]) larger.slots[slot_of(&larger, table->slots[i]->ssrc)] = table->slots[i];
  free(table->slots);
  *table = larger;
  return true;
}

Stream *streams_find(const StreamTable *table, uint32_t ssrc) {
  return table->size ? table->slots[slot_of(table, ssrc)] : NULL;
}

Stream *streams_get(StreamTable *table, uint32_t ssrc) {
  Stream *found = streams_find(table, ssrc);
  if (found) return found;
  if (2 * table->count >= table->size && !grow(table)) return NULL;
  Stream *stream = calloc(1, sizeof *stream);
  if (!stream) return NULL;
  stream->ssrc = ssrc;
  table->slots[slot_of(table, ssrc)] = stream;
  table->count++;
  return stream;
}

void streams_free(StreamTable *table) {
  for (size_t i = 0; i < table->size; i++) free(table->slots[i]);
  free(table->slots);
  *table = (StreamTable){0};
}

/* Takes a number into account; false for one that has arrived before. */
static bool note_sequence(Stream *stream, uint16_t sequence) {
  if (stream->packets == 0) {
    stream->first_sequence = stream->highest_sequence = sequence;
    stream->window = 1;
    return true;
  }
  int16_t ahead = (int16_t)(sequence - (uint16_t)stream->highest_sequence);
  if (ahead > 0) {
    stream->window = ahead < WINDOW_SIZE ? stream->window << ahead | 1 : 1;
    stream->highest_sequence += (uint32_t)ahead;
    return true;
  }
  uint64_t bit = -ahead < WINDOW_SIZE ? UINT64_C(1) << -ahead : 0;
  bool repeated = (stream->window & bit) != 0;
  stream->window |= bit;
  return !repeated;
}

/* RFC 3550 section 6.4.1. */
static void note_transit(Stream *stream, uint32_t timestamp, int64_t arrived_wall) {
  if (stream->clock_rate == 0) return;
  int64_t seconds = arrived_wall / NS_PER_SECOND, rest = arrived_wall % NS_PER_SECOND;
  uint32_t arrived = (uint32_t)(seconds * stream->clock_rate + rest * stream->clock_rate / NS_PER_SECOND);
  uint32_t transit = arrived - timestamp;
  if (stream->has_transit) {
    double change = (int32_t)(transit - stream->transit);
    stream->jitter += (fabs(change) - stream->jitter) / 16;
  }
  stream->transit = transit;
  stream->has_transit = true;
}

void stream_receive(Stream *stream, const RtpPacket *packet, size_t size, int64_t arrived_wall) {
  if (!note_sequence(stream, packet->sequence)) {
    stream->repeated++;
    return;
  }
  note_transit(stream, packet->timestamp, arrived_wall);
  if (stream->packets == 0) stream->first_arrived_wall = arrived_wall;
  stream->packets++;
  stream->bytes += size;
}

static uint32_t expected(const Stream *stream) {
  return stream->packets == 0 ? 0 : stream->highest_sequence - stream->first_sequence + 1;
}

uint32_t stream_lost(const Stream *stream) {
  uint32_t should_be = expected(stream);
  return should_be > stream->packets ? should_be - (uint32_t)stream->packets : 0;
}

uint64_t streams_lost(const StreamTable *table) {
  uint64_t lost = 0;
  for (size_t i = 0; i < table->size; i++)
    if (table->slots[i] && table->slots[i]->claimed) lost += stream_lost(table->slots[i]);
  return lost;
}

double stream_jitter_ms(const Stream *stream) {
  return stream->clock_rate == 0 ? 0 : 1000 * stream->jitter / stream->clock_rate;
}

ReportBlock stream_report(Stream *stream, int64_t now_wall) {
  uint32_t should_be = expected(stream) - stream->expected_before;
  uint64_t were = stream->packets - stream->packets_before;
  stream->expected_before = expected(stream);
  stream->packets_before = stream->packets;
  int64_t delay = stream->last_report_wall ? now_wall - stream->last_report_wall : 0;
  return (ReportBlock){
      .ssrc = stream->ssrc,
      .fraction_lost = should_be > were ? (uint8_t)(((should_be - were) << 8) / should_be - (were == 0)) : 0,
      .lost = (int32_t)stream_lost(stream),
      .highest_sequence = stream->highest_sequence,
      .jitter = (uint32_t)stream->jitter,
      .last_report = stream->last_report,
      .delay = (uint32_t)(delay * 65536 / NS_PER_SECOND),
  };
}
