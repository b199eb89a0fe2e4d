#include "transport.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "receive.h"
#include "report.h"

static const int64_t FIRST_REQUEST_INTERVAL_NS = 100 * NS_PER_MS;
static const int64_t LAST_REQUEST_INTERVAL_NS = 1600 * NS_PER_MS;
/* RFC 7675 section 5.1. */
static const int64_t CONSENT_INTERVAL_NS = 5 * NS_PER_SECOND;
static const int64_t CONSENT_TIMEOUT_NS = 30 * NS_PER_SECOND;
static const int64_t CONNECT_TIMEOUT_NS = 20 * NS_PER_SECOND;
/* A busy generator must not take a full buffer for a loss of the server's. */
static const int BUFFER_SIZE = 1 << 20;

static int open_socket(const struct sockaddr_in *remote) {
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  if (descriptor < 0) return -1;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &BUFFER_SIZE, sizeof BUFFER_SIZE);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &BUFFER_SIZE, sizeof BUFFER_SIZE);
  setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (connect(descriptor, (const struct sockaddr *)remote, sizeof *remote) == 0) return descriptor;
  close(descriptor);
  return -1;
}

Transport *transport_open(const TransportOptions *options, Totals *totals) {
  Transport *transport = calloc(1, sizeof *transport);
  if (!transport) return NULL;
  transport->options = *options;
  transport->totals = totals;
  transport->socket = open_socket(&options->remote);
  transport->opened_ns = monotonic_ns();
  transport->request_interval_ns = FIRST_REQUEST_INTERVAL_NS;
  RAND_bytes(transport->transaction, sizeof transport->transaction);
  RAND_bytes((uint8_t *)&transport->tie_breaker, sizeof transport->tie_breaker);
  RAND_bytes((uint8_t *)&transport->report_ssrc, sizeof transport->report_ssrc);
  if (transport->socket >= 0 && dtls_open(&transport->dtls, options->is_client)) return transport;
  perror("a transport");
  transport_close(transport);
  return NULL;
}

void transport_close(Transport *transport) {
  transport->totals->lost_before += streams_lost(&transport->streams);
  if (transport->socket >= 0) close(transport->socket);
  if (transport->inbound) srtp_dealloc(transport->inbound);
  if (transport->outbound) srtp_dealloc(transport->outbound);
  dtls_close(&transport->dtls);
  streams_free(&transport->streams);
  free(transport);
}

static void fail(Transport *transport, const char *reason) {
  if (transport->state == FAILED) return;
  transport->state = FAILED;
  report_failed(transport, reason);
}

static void send_request(Transport *transport) {
  uint8_t message[STUN_MAX_SIZE + 512];
  StunRequest request = {.username = transport->options.username,
                         .password = transport->options.password,
                         .tie_breaker = transport->tie_breaker,
                         .is_controlled = transport->options.is_controlled};
  memcpy(request.transaction, transport->transaction, sizeof request.transaction);
  send(transport->socket, message, stun_write_request(message, &request), MSG_DONTWAIT);
}

static void send_handshake(Transport *transport) {
  uint8_t bytes[2048];
  for (size_t size; (size = dtls_take_output(&transport->dtls, bytes, sizeof bytes)) > 0;)
    send(transport->socket, bytes, size, MSG_DONTWAIT);
}

static void connected(Transport *transport, int64_t now_ns) {
  Transport *t = transport;
  if (!dtls_has_fingerprint(&t->dtls, t->options.fingerprint)) {
    fail(t, "the certificate is another one");
    return;
  }
  if (!dtls_open_srtp(&t->dtls, t->options.is_client, &t->inbound, &t->outbound)) {
    fail(t, "there are no keys for SRTP");
    return;
  }
  t->state = CONNECTED;
  t->connected_ns = now_ns;
  t->next_report_ns = now_ns + t->report_ssrc % NS_PER_SECOND;
  report_connected(t);
}

static void handshake(Transport *transport, const uint8_t *bytes, size_t size) {
  DtlsState state = dtls_handshake(&transport->dtls, bytes, size);
  send_handshake(transport);
  if (state == DTLS_FAILED) fail(transport, "the DTLS handshake failed");
  if (state == DTLS_CONNECTED && transport->state != CONNECTED) connected(transport, monotonic_ns());
}

static void answer_request(Transport *transport, const uint8_t *request) {
  uint8_t message[STUN_MAX_SIZE];
  const TransportOptions *options = &transport->options;
  size_t size = stun_write_answer(message, request, ntohl(options->remote.sin_addr.s_addr),
                                  ntohs(options->remote.sin_port), options->own_password);
  send(transport->socket, message, size, MSG_DONTWAIT);
}

static void receive_stun(Transport *transport, const uint8_t *bytes, size_t size) {
  const char *own_password = transport->options.own_password;
  if (own_password[0] != '\0' && stun_is_request(bytes, size, own_password)) answer_request(transport, bytes);
  if (!stun_is_success(bytes, size, transport->transaction, transport->options.password)) return;
  int64_t now = monotonic_ns();
  transport->answered_ns = now;
  RAND_bytes(transport->transaction, sizeof transport->transaction);
  transport->next_request_ns = now + CONSENT_INTERVAL_NS * 4 / 5 + transport->report_ssrc % CONSENT_INTERVAL_NS * 2 / 5;
  if (transport->state != CHECKING) return;
  transport->state = HANDSHAKING;
  transport->checked_ns = now;
  handshake(transport, NULL, 0);
}

/* RFC 7983 section 7: the first byte tells what it is. */
static void receive_datagram(void *context, uint8_t *bytes, size_t size, int64_t arrived_wall) {
  Transport *transport = context;
  if (transport->state == FAILED || size < 2) return;
  if (bytes[0] < 4) receive_stun(transport, bytes, size);
  else if (bytes[0] >= 20 && bytes[0] < 64) handshake(transport, bytes, size);
  else if (bytes[0] >= 128 && bytes[0] < 192 && transport->state == CONNECTED)
    receive_media(transport, bytes, size, arrived_wall);
}

void transport_receive(Transport *transport) { receive_datagrams(transport->socket, transport, receive_datagram); }

static void check_further(Transport *transport, int64_t now_ns) {
  if (now_ns < transport->next_request_ns) return;
  send_request(transport);
  transport->next_request_ns = now_ns + transport->request_interval_ns;
  if (transport->request_interval_ns < LAST_REQUEST_INTERVAL_NS) transport->request_interval_ns *= 2;
}

static void connect_further(Transport *transport, int64_t now_ns) {
  bool is_checking = transport->state == CHECKING;
  if (now_ns - transport->opened_ns > CONNECT_TIMEOUT_NS) {
    fail(transport, is_checking ? "ICE got no answer" : "the DTLS handshake got no answer");
  } else if (is_checking) {
    check_further(transport, now_ns);
  } else {
    dtls_check_timeout(&transport->dtls);
    send_handshake(transport);
  }
}

static void keep_consent(Transport *transport, int64_t now_ns) {
  if (now_ns - transport->answered_ns > CONSENT_TIMEOUT_NS) fail(transport, "the server answers no more");
  if (now_ns < transport->next_request_ns) return;
  send_request(transport);
  transport->next_request_ns = now_ns + CONSENT_INTERVAL_NS;
}

void transport_tick(Transport *transport, int64_t now_ns) {
  if (transport->state == FAILED) return;
  if (transport->state != CONNECTED) {
    connect_further(transport, now_ns);
    return;
  }
  keep_consent(transport, now_ns);
  receive_reports(transport, now_ns);
}

static void send_packet(Transport *transport, const uint8_t *packet, int size, bool counts) {
  Totals *totals = transport->totals;
  if (send(transport->socket, packet, (size_t)size, MSG_DONTWAIT) < 0) {
    totals->unsent_packets++;
  } else if (counts) {
    totals->sent_packets++;
    totals->sent_bytes += (uint64_t)size;
  }
}

void transport_send_rtp(Transport *transport, uint8_t *packet, size_t size) {
  int length = (int)size;
  if (srtp_protect(transport->outbound, packet, &length) == srtp_err_status_ok)
    send_packet(transport, packet, length, true);
}

void transport_send_rtcp(Transport *transport, uint8_t *packet, size_t size) {
  int length = (int)size;
  if (srtp_protect_rtcp(transport->outbound, packet, &length) == srtp_err_status_ok)
    send_packet(transport, packet, length, false);
}
