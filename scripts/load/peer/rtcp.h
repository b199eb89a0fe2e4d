/* RTCP: reports (RFC 3550), requests for key frames (RFC 4585, RFC 5104), transport-wide feedback. */
#ifndef RTCP_H
#define RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCP_MAX_SIZE 1400
/* RFC 3550 section 6.4.2: five bits. */
#define RTCP_MAX_BLOCKS 31

typedef struct {
  uint32_t ssrc;
  uint64_t ntp;
  uint32_t timestamp;
  uint32_t packets;
  uint32_t bytes;
} SenderReport;

typedef struct {
  uint32_t ssrc;
  uint8_t fraction_lost;
  int32_t lost;
  uint32_t highest_sequence;
  uint32_t jitter;
  uint32_t last_report;
  uint32_t delay; /* since the last report, in 1/65536 s */
} ReportBlock;

/* A packet with its transport-wide number and when it arrived. */
typedef struct {
  uint16_t sequence;
  int64_t arrived_ns;
} Arrival;

/* A sender report with the CNAME that RFC 3550 section 6.1 wants. Returns its size. */
size_t rtcp_write_sender_report(uint8_t *out, const SenderReport *report, const char *cname);

/* A receiver report with at most RTCP_MAX_BLOCKS blocks. Returns its size. */
size_t rtcp_write_receiver_report(uint8_t *out, uint32_t ssrc, const ReportBlock *blocks, size_t count);

/*
 * Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1) about arrivals, which are in the
 * order of their numbers and span at most RTCP_MAX_FEEDBACK of them. Returns its size.
 */
#define RTCP_MAX_FEEDBACK 400
size_t rtcp_write_feedback(uint8_t *out, uint32_t ssrc, uint32_t media_ssrc, uint8_t number, const Arrival *arrivals,
                           size_t count);

/* What a compound packet tells; either may be NULL. */
typedef struct {
  void *context;
  void (*on_sender_report)(void *context, const SenderReport *report);
  void (*on_key_frame_request)(void *context, uint32_t ssrc);
} RtcpReader;

/* Reads a compound packet as far as it is well-formed. */
void rtcp_read(const uint8_t *bytes, size_t size, const RtcpReader *reader);

#endif
