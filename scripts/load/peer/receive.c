#include "receive.h"

#include <string.h>
#include <sys/socket.h>

#include "bytes.h"
#include "clock.h"

enum { BATCH = 32, DATAGRAM_SIZE = 2048, CONTROL_SIZE = 64 };
static const int64_t REPORT_INTERVAL_NS = NS_PER_SECOND;
static const int64_t FEEDBACK_INTERVAL_NS = 100 * NS_PER_MS;

static int64_t arrival_of(struct msghdr *header) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec time;
    memcpy(&time, CMSG_DATA(part), sizeof time);
    return time.tv_sec * NS_PER_SECOND + time.tv_nsec;
  }
  return wall_ns();
}

void receive_datagrams(int socket, void *context,
                       void (*on_datagram)(void *context, uint8_t *bytes, size_t size, int64_t arrived_wall)) {
  static uint8_t datagrams[BATCH][DATAGRAM_SIZE];
  static _Alignas(struct cmsghdr) uint8_t controls[BATCH][CONTROL_SIZE];
  struct mmsghdr messages[BATCH];
  struct iovec buffers[BATCH];
  int count;
  do {
    for (int i = 0; i < BATCH; i++) {
      buffers[i] = (struct iovec){datagrams[i], DATAGRAM_SIZE};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = &buffers[i],
                                            .msg_iovlen = 1,
                                            .msg_control = controls[i],
                                            .msg_controllen = CONTROL_SIZE};
    }
    count = recvmmsg(socket, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++)
      on_datagram(context, datagrams[i], messages[i].msg_len, arrival_of(&messages[i].msg_hdr));
  } while (count == BATCH);
}

static void on_sender_report(void *context, const SenderReport *report) {
  Transport *transport = context;
  Stream *stream = streams_find(&transport->streams, report->ssrc);
  if (!stream) return;
  stream->last_report = (uint32_t)(report->ntp >> 16);
  stream->last_report_wall = wall_ns();
}

static void on_key_frame_request(void *context, uint32_t ssrc) {
  Transport *transport = context;
  transport->totals->key_frame_requests++;
  if (transport->on_key_frame_request) transport->on_key_frame_request(transport->listener, ssrc);
}

static void send_feedback(Transport *transport) {
  uint8_t packet[RTCP_MAX_SIZE + SRTP_MAX_TRAILER_LEN + 4];
  if (transport->arrival_count == 0) return;
  size_t size = rtcp_write_feedback(packet, transport->report_ssrc, transport->feedback_ssrc,
                                    transport->feedback_number++, transport->arrivals, transport->arrival_count);
  transport->arrival_count = 0;
  transport_send_rtcp(transport, packet, size);
}

/* Keeps the arrivals in the order of their numbers; one that is too late for that is not told of. */
static void note_arrival(Transport *transport, const RtpPacket *packet, int64_t arrived_wall) {
  size_t size;
  const uint8_t *value = rtp_extension(packet, transport->options.transport_cc_id, &size);
  if (!value || size < 2) return;
  Arrival arrival = {read16(value), arrived_wall};
  Arrival *arrivals = transport->arrivals;
  transport->feedback_ssrc = packet->ssrc;
  if (transport->arrival_count > 0) {
    int16_t ahead = (int16_t)(arrival.sequence - arrivals[transport->arrival_count - 1].sequence);
    if (ahead <= 0) return;
    uint16_t span = (uint16_t)(arrival.sequence - arrivals[0].sequence);
    if (span >= RTCP_MAX_FEEDBACK) send_feedback(transport);
  }
  arrivals[transport->arrival_count++] = arrival;
}

static void note_latency(Transport *transport, const Stream *stream, const RtpPacket *packet, int64_t arrived_wall) {
  const TransportOptions *options = &transport->options;
  size_t size = packet->payload_size;
  const uint8_t *value = packet->payload;
  if (!options->is_time_in_payload) value = rtp_extension(packet, options->capture_time_id, &size);
  if (!value || size < 8) return;
  if (options->is_time_in_payload) value += size - 8;
  int64_t latency = arrived_wall - wall_from_ntp(read64(value));
  histogram_add(&transport->totals->latency_us[stream->kind], latency > 0 ? (uint32_t)(latency / 1000) : 0);
}

static void receive_rtp(Transport *transport, const RtpPacket *packet, size_t size, int64_t arrived_wall) {
  Totals *totals = transport->totals;
  Stream *stream = streams_get(&transport->streams, packet->ssrc);
  if (!stream) return;
  note_arrival(transport, packet, arrived_wall);
  uint64_t before = stream->packets;
  stream_receive(stream, packet, size, arrived_wall);
  if (!stream->claimed) {
    totals->unclaimed_packets++;
    return;
  }
  totals->received_packets[stream->kind] += stream->packets - before;
  totals->received_bytes[stream->kind] += stream->packets > before ? size : 0;
  if (stream->packets > before) note_latency(transport, stream, packet, arrived_wall);
}

void receive_media(Transport *transport, uint8_t *bytes, size_t size, int64_t arrived_wall) {
  int length = (int)size;
  bool is_rtcp = rtp_is_rtcp(bytes);
  srtp_err_status_t status = is_rtcp ? srtp_unprotect_rtcp(transport->inbound, bytes, &length)
                                     : srtp_unprotect(transport->inbound, bytes, &length);
  RtpPacket packet;
  if (status != srtp_err_status_ok) {
    transport->totals->refused_packets++;
  } else if (is_rtcp) {
    RtcpReader reader = {transport, on_sender_report, on_key_frame_request};
    rtcp_read(bytes, (size_t)length, &reader);
  } else if (rtp_read(bytes, (size_t)length, &packet)) {
    receive_rtp(transport, &packet, (size_t)length, arrived_wall);
  }
}

static void send_reports(Transport *transport) {
  uint8_t packet[RTCP_MAX_SIZE + SRTP_MAX_TRAILER_LEN + 4];
  ReportBlock blocks[RTCP_MAX_BLOCKS];
  size_t count = 0;
  int64_t now = wall_ns();
  for (size_t i = 0; i < transport->streams.size; i++) {
    Stream *stream = transport->streams.slots[i];
    if (!stream || !stream->claimed || stream->packets == 0) continue;
    blocks[count++] = stream_report(stream, now);
    if (count < RTCP_MAX_BLOCKS) continue;
    transport_send_rtcp(transport, packet, rtcp_write_receiver_report(packet, transport->report_ssrc, blocks, count));
    count = 0;
  }
  if (count > 0)
    transport_send_rtcp(transport, packet, rtcp_write_receiver_report(packet, transport->report_ssrc, blocks, count));
}

void receive_reports(Transport *transport, int64_t now_ns) {
  if (now_ns >= transport->next_feedback_ns) {
    transport->next_feedback_ns = now_ns + FEEDBACK_INTERVAL_NS;
    send_feedback(transport);
  }
  if (now_ns < transport->next_report_ns) return;
  transport->next_report_ns = now_ns + REPORT_INTERVAL_NS;
  send_reports(transport);
}
