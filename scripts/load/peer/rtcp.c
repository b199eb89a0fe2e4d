#include "rtcp.h"

#include <string.h>

#include "bytes.h"
#include "clock.h"

enum {
  SENDER_REPORT = 200,
  RECEIVER_REPORT = 201,
  SOURCE_DESCRIPTION = 202,
  TRANSPORT_FEEDBACK = 205,
  PAYLOAD_FEEDBACK = 206,
  CNAME = 1,
  FORMAT_TRANSPORT_WIDE = 15,
  FORMAT_PLI = 1,
  FORMAT_FIR = 4,
  HEADER_SIZE = 4,
  BLOCK_SIZE = 24,
  FIR_ENTRY_SIZE = 8,
};

/* What transport-wide feedback counts in. */
static const int64_t REFERENCE_NS = 64 * NS_PER_MS;
static const int64_t DELTA_NS = 250000;
enum { NOT_RECEIVED = 0, SMALL_DELTA = 1, LARGE_DELTA = 2, SYMBOLS_PER_CHUNK = 7 };

static void write_header(uint8_t *out, unsigned count, uint8_t type, size_t size) {
  out[0] = (uint8_t)(2 << 6 | count);
  out[1] = type;
  write16(out + 2, (uint16_t)(size / 4 - 1));
}

static size_t write_source_description(uint8_t *out, uint32_t ssrc, const char *cname) {
  size_t length = strlen(cname);
  /* At least one zero ends the list of items. */
  size_t size = (HEADER_SIZE + 4 + 2 + length + 4) & ~(size_t)3;
  memset(out, 0, size);
  write_header(out, 1, SOURCE_DESCRIPTION, size);
  write32(out + 4, ssrc);
  out[8] = CNAME;
  out[9] = (uint8_t)length;
  memcpy(out + 10, cname, length);
  return size;
}

size_t rtcp_write_sender_report(uint8_t *out, const SenderReport *report, const char *cname) {
  size_t size = HEADER_SIZE + 24;
  write_header(out, 0, SENDER_REPORT, size);
  write32(out + 4, report->ssrc);
  write64(out + 8, report->ntp);
  write32(out + 16, report->timestamp);
  write32(out + 20, report->packets);
  write32(out + 24, report->bytes);
  return size + write_source_description(out + size, report->ssrc, cname);
}

static void write_block(uint8_t *out, const ReportBlock *block) {
  write32(out, block->ssrc);
  out[4] = block->fraction_lost;
  write24(out + 5, (uint32_t)block->lost & 0xffffff);
  write32(out + 8, block->highest_sequence);
  write32(out + 12, block->jitter);
  write32(out + 16, block->last_report);
  write32(out + 20, block->delay);
}

size_t rtcp_write_receiver_report(uint8_t *out, uint32_t ssrc, const ReportBlock *blocks, size_t count) {
  size_t size = HEADER_SIZE + 4 + BLOCK_SIZE * count;
  write_header(out, (unsigned)count, RECEIVER_REPORT, size);
  write32(out + 4, ssrc);
  for (size_t i = 0; i < count; i++) write_block(out + HEADER_SIZE + 4 + BLOCK_SIZE * i, &blocks[i]);
  return size;
}

/* Puts a symbol into its chunk: the first bit says that it is a vector, the second that symbols have two bits. */
static void put_symbol(uint8_t *chunks, size_t index, uint16_t symbol) {
  uint8_t *chunk = chunks + index / SYMBOLS_PER_CHUNK * 2;
  unsigned shift = 12 - 2 * (unsigned)(index % SYMBOLS_PER_CHUNK);
  uint16_t before = index % SYMBOLS_PER_CHUNK == 0 ? 0xc000 : read16(chunk);
  write16(chunk, (uint16_t)(before | symbol << shift));
}

static size_t write_delta(uint8_t *out, int64_t delta, uint16_t *symbol) {
  *symbol = delta >= 0 && delta <= UINT8_MAX ? SMALL_DELTA : LARGE_DELTA;
  if (*symbol == SMALL_DELTA) {
    out[0] = (uint8_t)delta;
    return 1;
  }
  int64_t bounded = delta > INT16_MAX ? INT16_MAX : delta < INT16_MIN ? INT16_MIN : delta;
  write16(out, (uint16_t)bounded);
  return 2;
}

size_t rtcp_write_feedback(uint8_t *out, uint32_t ssrc, uint32_t media_ssrc, uint8_t number, const Arrival *arrivals,
                           size_t count) {
  uint16_t base = arrivals[0].sequence;
  size_t span = (uint16_t)(arrivals[count - 1].sequence - base) + 1u;
  int64_t reference = arrivals[0].arrived_ns / REFERENCE_NS;
  write32(out + 4, ssrc);
  write32(out + 8, media_ssrc);
  write16(out + 12, base);
  write16(out + 14, (uint16_t)span);
  write24(out + 16, (uint32_t)reference & 0xffffff);
  out[19] = number;
  uint8_t *chunks = out + 20;
  uint8_t *deltas = chunks + (span + SYMBOLS_PER_CHUNK - 1) / SYMBOLS_PER_CHUNK * 2;
  int64_t told = reference * (REFERENCE_NS / DELTA_NS);
  for (size_t index = 0, next = 0; index < span; index++) {
    uint16_t symbol = NOT_RECEIVED;
    if ((uint16_t)(arrivals[next].sequence - base) == index) {
      int64_t at = arrivals[next++].arrived_ns / DELTA_NS;
      deltas += write_delta(deltas, at - told, &symbol);
      told = at;
    }
    put_symbol(chunks, index, symbol);
  }
  size_t size = (size_t)(deltas - out);
  while (size % 4 != 0) out[size++] = 0;
  write_header(out, FORMAT_TRANSPORT_WIDE, TRANSPORT_FEEDBACK, size);
  return size;
}

static void read_sender_report(const uint8_t *at, size_t size, const RtcpReader *reader) {
  if (size < 28 || !reader->on_sender_report) return;
  SenderReport report = {
      .ssrc = read32(at + 4),
      .ntp = read64(at + 8),
      .timestamp = read32(at + 16),
      .packets = read32(at + 20),
      .bytes = read32(at + 24),
  };
  reader->on_sender_report(reader->context, &report);
}

static void read_payload_feedback(const uint8_t *at, size_t size, const RtcpReader *reader) {
  if (size < 12 || !reader->on_key_frame_request) return;
  unsigned format = at[0] & 0x1f;
  if (format == FORMAT_PLI) reader->on_key_frame_request(reader->context, read32(at + 8));
  if (format != FORMAT_FIR) return;
  for (size_t entry = 12; entry + FIR_ENTRY_SIZE <= size; entry += FIR_ENTRY_SIZE)
    reader->on_key_frame_request(reader->context, read32(at + entry));
}

void rtcp_read(const uint8_t *bytes, size_t size, const RtcpReader *reader) {
  for (size_t at = 0; at + HEADER_SIZE <= size;) {
    size_t length = 4u * (read16(bytes + at + 2) + 1u);
    if (bytes[at] >> 6 != 2 || at + length > size) return;
    if (bytes[at + 1] == SENDER_REPORT) read_sender_report(bytes + at, length, reader);
    if (bytes[at + 1] == PAYLOAD_FEEDBACK) read_payload_feedback(bytes + at, length, reader);
    at += length;
  }
}
