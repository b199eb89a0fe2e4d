#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include "clock.h"

static double milliseconds(int64_t ns) { return (double)ns / NS_PER_MS; }

void report_ready(const char *fingerprint) {
  printf("{\"event\":\"ready\",\"fingerprint\":\"%s\"}\n", fingerprint);
  fflush(stdout);
}

void report_connected(const Transport *transport) {
  printf("{\"event\":\"connected\",\"transport\":%u,\"iceMs\":%.2f,\"dtlsMs\":%.2f,\"srtp\":\"%s\"}\n",
         transport->options.id, milliseconds(transport->checked_ns - transport->opened_ns),
         milliseconds(transport->connected_ns - transport->checked_ns),
         SSL_get_selected_srtp_profile(transport->dtls.ssl)->name);
  fflush(stdout);
}

void report_failed(const Transport *transport, const char *reason) {
  printf("{\"event\":\"failed\",\"transport\":%u,\"reason\":\"%s\"}\n", transport->options.id, reason);
  fflush(stdout);
}

void report_done(const char *command, unsigned id) {
  printf("{\"event\":\"done\",\"command\":\"%s\",\"id\":%u}\n", command, id);
  fflush(stdout);
}

static void report_stream(const Stream *stream) {
  printf("{\"event\":\"stream\",\"id\":%u,\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"lost\":%" PRIu32
         ",\"repeated\":%" PRIu64 ",\"jitterMs\":%.3f,\"firstAt\":%.3f}\n",
         stream->id, stream->packets, stream->bytes, stream_lost(stream), stream->repeated, stream_jitter_ms(stream),
         milliseconds(stream->first_arrived_wall));
}

void report_streams(const Transport *transport) {
  for (size_t i = 0; i < transport->streams.size; i++) {
    const Stream *stream = transport->streams.slots[i];
    if (stream && stream->claimed) report_stream(stream);
  }
}

void report_totals(const Totals *totals, Transport *const *transports, size_t count) {
  uint64_t lost = totals->lost_before;
  size_t connected = 0;
  for (size_t i = 0; i < count; i++) {
    if (!transports[i]) continue;
    lost += streams_lost(&transports[i]->streams);
    connected += transports[i]->state == CONNECTED;
  }
  printf("{\"event\":\"totals\",\"connected\":%zu,\"lost\":%" PRIu64 ",\"unclaimed\":%" PRIu64 ",\"refused\":%" PRIu64
         ",\"sentPackets\":%" PRIu64 ",\"sentBytes\":%" PRIu64 ",\"unsentPackets\":%" PRIu64
         ",\"keyFrameRequests\":%" PRIu64 ",\"longestDelayMs\":%.1f",
         connected, lost, totals->unclaimed_packets, totals->refused_packets, totals->sent_packets,
         totals->sent_bytes, totals->unsent_packets, totals->key_frame_requests,
         milliseconds(totals->longest_delay_ns));
  static const char *const names[KINDS] = {[AUDIO] = "audio", [VIDEO] = "video"};
  for (int kind = 0; kind < KINDS; kind++) {
    printf(",\"%s\":{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"latencyUs\":", names[kind],
           totals->received_packets[kind], totals->received_bytes[kind]);
    histogram_print(&totals->latency_us[kind], stdout);
    putchar('}');
  }
  puts("}");
  fflush(stdout);
}
