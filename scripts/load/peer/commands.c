#include "commands.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "report.h"

enum { MAX_VALUES = 32, MAX_ID = 1000000 };

/* The values of a line, as they stand in it. */
typedef struct {
  const char *names[MAX_VALUES];
  const char *values[MAX_VALUES];
  size_t count;
} Values;

static const char *text(const Values *values, const char *name) {
  for (size_t i = 0; i < values->count; i++)
    if (strcmp(values->names[i], name) == 0) return values->values[i];
  return "";
}

static uint32_t number(const Values *values, const char *name) {
  return (uint32_t)strtoul(text(values, name), NULL, 10);
}

static uint8_t small(const Values *values, const char *name) { return (uint8_t)number(values, name); }

static Kind kind_of(const Values *values) { return strcmp(text(values, "kind"), "video") == 0 ? VIDEO : AUDIO; }

/* Makes a list of pointers so long that it has this place. */
static bool reach(void ***list, size_t *count, unsigned id) {
  if (id >= MAX_ID) return false;
  if (id < *count) return true;
  size_t longer = 2 * (size_t)id + 16;
  void **grown = realloc(*list, longer * sizeof *grown);
  if (!grown) return false;
  memset(grown + *count, 0, (longer - *count) * sizeof *grown);
  *list = grown;
  *count = longer;
  return true;
}

static Transport *transport_of(const Generator *generator, unsigned id) {
  return id < generator->transport_count ? generator->transports[id] : NULL;
}

static void open_transport(Generator *generator, const Values *values) {
  TransportOptions options = {.id = number(values, "id"),
                              .is_client = strcmp(text(values, "role"), "client") == 0,
                              .is_controlled = number(values, "controlled") != 0,
                              .transport_cc_id = small(values, "transport-cc"),
                              .capture_time_id = small(values, "capture-time"),
                              .is_time_in_payload = number(values, "time-in-payload") != 0};
  options.remote.sin_family = AF_INET;
  options.remote.sin_port = htons((uint16_t)number(values, "port"));
  snprintf(options.username, sizeof options.username, "%s:load", text(values, "ufrag"));
  snprintf(options.password, sizeof options.password, "%s", text(values, "password"));
  snprintf(options.own_password, sizeof options.own_password, "%s", text(values, "own-password"));
  snprintf(options.fingerprint, sizeof options.fingerprint, "%s", text(values, "fingerprint"));
  bool is_free = reach((void ***)&generator->transports, &generator->transport_count, options.id) &&
                 !generator->transports[options.id];
  if (!is_free || inet_pton(AF_INET, text(values, "address"), &options.remote.sin_addr) != 1) {
    fprintf(stderr, "a transport with a wrong id or address\n");
    return;
  }
  Transport *transport = transport_open(&options, &generator->totals);
  if (!transport) return;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = transport};
  epoll_ctl(generator->epoll, EPOLL_CTL_ADD, transport->socket, &event);
  generator->transports[options.id] = transport;
}

static void on_key_frame_request(void *context, uint32_t ssrc) {
  Generator *generator = context;
  for (size_t i = 0; i < generator->sender_count; i++)
    if (generator->senders[i]) sender_request_key_frame(generator->senders[i], ssrc);
}

static unsigned read_ssrcs(const char *list, uint32_t ssrcs[MEDIA_LAYERS]) {
  unsigned count = 0;
  for (char *end; *list && count < MEDIA_LAYERS; list = *end == ',' ? end + 1 : end) {
    ssrcs[count++] = (uint32_t)strtoul(list, &end, 10);
    if (end == list) return 0;
  }
  return count;
}

static void open_sender(Generator *generator, const Values *values) {
  Transport *transport = transport_of(generator, number(values, "transport"));
  SenderOptions options = {.id = number(values, "id"),
                           .kind = kind_of(values),
                           .payload_type = small(values, "payload-type"),
                           .first_layer = small(values, "first-layer"),
                           .bitrate = number(values, "bitrate"),
                           .level = small(values, "level"),
                           .discontinuous = number(values, "dtx") != 0,
                           .extensions = {.mid = small(values, "ext-mid"),
                                          .send_time = small(values, "ext-send-time"),
                                          .transport_cc = small(values, "ext-transport-cc"),
                                          .level = small(values, "ext-level"),
                                          .capture_time = small(values, "ext-capture-time")}};
  snprintf(options.mid, sizeof options.mid, "%s", text(values, "mid"));
  options.layer_count = read_ssrcs(text(values, "ssrcs"), options.ssrcs);
  bool is_right = transport && options.layer_count > 0 && options.layer_count + options.first_layer <= MEDIA_LAYERS &&
                  reach((void ***)&generator->senders, &generator->sender_count, options.id) &&
                  !generator->senders[options.id];
  if (!is_right) {
    fprintf(stderr, "a sender with a wrong id, transport or layers\n");
    return;
  }
  generator->senders[options.id] = sender_open(&options, &generator->media, transport);
  transport->listener = generator;
  transport->on_key_frame_request = on_key_frame_request;
}

static void set_level(Generator *generator, const Values *values) {
  unsigned id = number(values, "id");
  Sender *sender = id < generator->sender_count ? generator->senders[id] : NULL;
  if (sender) sender_set_level(sender, small(values, "level"));
}

static void close_sender(Generator *generator, unsigned id) {
  if (id >= generator->sender_count || !generator->senders[id]) return;
  sender_close(generator->senders[id]);
  generator->senders[id] = NULL;
}

static void claim_stream(Generator *generator, const Values *values) {
  Transport *transport = transport_of(generator, number(values, "transport"));
  Stream *stream = transport ? streams_get(&transport->streams, number(values, "ssrc")) : NULL;
  if (!stream || stream->claimed) return;
  Totals *totals = &generator->totals;
  stream->claimed = true;
  stream->id = number(values, "id");
  stream->kind = kind_of(values);
  stream->clock_rate = number(values, "clock-rate");
  /* What came before its owner was told of. */
  totals->unclaimed_packets -= stream->packets + stream->repeated;
  totals->received_packets[stream->kind] += stream->packets;
  totals->received_bytes[stream->kind] += stream->bytes;
}

/* Tells of its streams, and closes it with its senders. */
static void close_transport(Generator *generator, unsigned id) {
  Transport *transport = transport_of(generator, id);
  if (transport) {
    report_streams(transport);
    for (size_t i = 0; i < generator->sender_count; i++)
      if (generator->senders[i] && generator->senders[i]->transport == transport) close_sender(generator, (unsigned)i);
    generator->transports[id] = NULL;
    transport_close(transport);
  }
  report_done("close", id);
}

static void report_all_streams(const Generator *generator) {
  for (size_t i = 0; i < generator->transport_count; i++)
    if (generator->transports[i]) report_streams(generator->transports[i]);
  report_done("streams", 0);
}

static void report_all_totals(Generator *generator) {
  report_totals(&generator->totals, generator->transports, generator->transport_count);
  generator->totals.longest_delay_ns = 0;
}

static Values read_values(char **rest) {
  Values values = {.count = 0};
  for (char *word; values.count < MAX_VALUES && (word = strtok_r(NULL, " ", rest));) {
    char *equals = strchr(word, '=');
    if (!equals) continue;
    *equals = '\0';
    values.names[values.count] = word;
    values.values[values.count++] = equals + 1;
  }
  return values;
}

void commands_obey(Generator *generator, char *line) {
  char *rest;
  const char *command = strtok_r(line, " ", &rest);
  if (!command) return;
  Values values = read_values(&rest);
  if (strcmp(command, "transport") == 0) open_transport(generator, &values);
  else if (strcmp(command, "send") == 0) open_sender(generator, &values);
  else if (strcmp(command, "level") == 0) set_level(generator, &values);
  else if (strcmp(command, "stop") == 0) close_sender(generator, number(&values, "id"));
  else if (strcmp(command, "receive") == 0) claim_stream(generator, &values);
  else if (strcmp(command, "close") == 0) close_transport(generator, number(&values, "id"));
  else if (strcmp(command, "streams") == 0) report_all_streams(generator);
  else if (strcmp(command, "totals") == 0) report_all_totals(generator);
  else if (strcmp(command, "quit") == 0) generator->ending = true;
  else fprintf(stderr, "an unknown command: %s\n", command);
}
