/* One transport of a peer: a UDP socket with ICE, DTLS and SRTP, as a browser has it towards an ICE-lite server. */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "dtls.h"
#include "histogram.h"
#include "rtcp.h"
#include "stream.h"
#include "stun.h"

typedef enum { CHECKING, HANDSHAKING, CONNECTED, FAILED } TransportState;

typedef struct {
  unsigned id;
  struct sockaddr_in remote;
  char username[300]; /* RFC 8445 section 5.3: ufrags have at most 256 characters */
  char password[257];
  char own_password[257];   /* with which a server that is not ICE-lite asks; empty where it is */
  bool is_controlled;       /* in ICE: the server nominates */
  char fingerprint[FINGERPRINT_SIZE];
  bool is_client;           /* of DTLS */
  uint8_t transport_cc_id;  /* of header extensions; 0 for none */
  uint8_t capture_time_id;
  bool is_time_in_payload; /* at its end, for servers that do not carry the capture time */
} TransportOptions;

/* What all transports count together. */
typedef struct {
  uint64_t received_packets[KINDS];
  uint64_t received_bytes[KINDS];
  uint64_t lost_before;       /* of transports that were closed */
  uint64_t unclaimed_packets; /* of streams that nobody told of: probes of the bandwidth, repetitions */
  uint64_t refused_packets;   /* which SRTP found to be wrong */
  uint64_t sent_packets;
  uint64_t sent_bytes;
  uint64_t unsent_packets;    /* which the socket did not take */
  uint64_t key_frame_requests;
  int64_t longest_delay_ns;   /* for which this program was held up; since it was told last */
  Histogram latency_us[KINDS];
} Totals;

typedef struct {
  TransportOptions options;
  Totals *totals;
  TransportState state;
  int socket;
  /* ICE */
  uint8_t transaction[STUN_TRANSACTION_SIZE];
  uint64_t tie_breaker;
  int64_t next_request_ns;
  int64_t request_interval_ns;
  int64_t answered_ns;
  /* The handshake, by the monotonic clock */
  Dtls dtls;
  int64_t opened_ns;
  int64_t checked_ns;
  int64_t connected_ns;
  srtp_t inbound;
  srtp_t outbound;
  uint16_t next_sequence; /* the transport-wide number of what is sent next */
  /* What is received */
  StreamTable streams;
  uint32_t report_ssrc;
  int64_t next_report_ns;
  int64_t next_feedback_ns;
  uint32_t feedback_ssrc; /* of the last packet that counts */
  uint8_t feedback_number;
  Arrival arrivals[RTCP_MAX_FEEDBACK];
  size_t arrival_count;
  /* Told of requests for key frames */
  void *listener;
  void (*on_key_frame_request)(void *listener, uint32_t ssrc);
} Transport;

/* Opens a socket and begins to connect. NULL with a word on stderr where it cannot. */
Transport *transport_open(const TransportOptions *options, Totals *totals);
void transport_close(Transport *transport);

/* Reads what has arrived. */
void transport_receive(Transport *transport);
/* Does what is due by now; to be called some fifty times a second. */
void transport_tick(Transport *transport, int64_t now_ns);

/* Encrypts a packet in place, which needs SRTP_MAX_TRAILER_LEN more bytes, and sends it. */
void transport_send_rtp(Transport *transport, uint8_t *packet, size_t size);
void transport_send_rtcp(Transport *transport, uint8_t *packet, size_t size);

#endif
