/*
 * The media of many simulated peers, in one thread: real ICE, DTLS and SRTP towards a server, for `npm run load`.
 * `peer MEDIA` obeys the commands on stdin (commands.c) and tells what happens on stdout (report.c);
 * `peer inspect …` shows what single parts make of their input, for tests (inspect.c).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "inspect.h"
#include "report.h"

/* Packets that arrive within this time are read in one go; when they arrived is known from the kernel. */
static const int64_t TICK_NS = NS_PER_MS;
static const int64_t SLOW_TICK_NS = 20 * NS_PER_MS;
enum { EVENTS = 1024, LINE_BUFFER = 1 << 16 };

static void allow_many_sockets(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/* Reads commands; at the end of stdin there is nobody to work for any more. */
static void read_commands(Generator *generator) {
  static char buffer[LINE_BUFFER];
  static size_t filled = 0;
  ssize_t got = read(STDIN_FILENO, buffer + filled, sizeof buffer - filled - 1);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    generator->ending = true;
    return;
  }
  filled += (size_t)got;
  buffer[filled] = '\0';
  char *line = buffer;
  for (char *end; (end = strchr(line, '\n')); line = end + 1) {
    *end = '\0';
    commands_obey(generator, line);
  }
  filled -= (size_t)(line - buffer);
  memmove(buffer, line, filled);
}

static void receive(Generator *generator) {
  struct epoll_event events[EVENTS];
  bool has_commands = false;
  int count = epoll_wait(generator->epoll, events, EVENTS, 0);
  for (int i = 0; i < count; i++) {
    if (events[i].data.ptr) transport_receive(events[i].data.ptr);
    else has_commands = true;
  }
  /* Last, as they may close transports of this very list. */
  if (has_commands) read_commands(generator);
}

static void send_due(Generator *generator, int64_t now_ns) {
  for (size_t i = 0; i < generator->sender_count; i++)
    if (generator->senders[i]) sender_tick(generator->senders[i], now_ns);
}

static void tick_transports(Generator *generator, int64_t now_ns) {
  for (size_t i = 0; i < generator->transport_count; i++)
    if (generator->transports[i]) transport_tick(generator->transports[i], now_ns);
}

static void run(Generator *generator) {
  int64_t next_slow_tick = 0;
  for (int64_t next = monotonic_ns(); !generator->ending; next += TICK_NS) {
    receive(generator);
    int64_t now = monotonic_ns();
    if (now - next > generator->totals.longest_delay_ns) generator->totals.longest_delay_ns = now - next;
    send_due(generator, now);
    if (now >= next_slow_tick) {
      tick_transports(generator, now);
      next_slow_tick = now + SLOW_TICK_NS;
    }
    now = monotonic_ns();
    if (now >= next) {
      next = now;
      continue;
    }
    struct timespec until = {next / NS_PER_SECOND, next % NS_PER_SECOND};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  }
}

int main(int count, char **arguments) {
  static Generator generator;
  char fingerprint[FINGERPRINT_SIZE];
  if (count > 1 && strcmp(arguments[1], "inspect") == 0) return inspect(count - 2, arguments + 2);
  if (count != 2) {
    fprintf(stderr, "usage: peer MEDIA\n");
    return 2;
  }
  /* A Ctrl-C reaches the whole process group; whoever started us ends us by closing stdin. */
  signal(SIGINT, SIG_IGN);
  allow_many_sockets();
  if (!media_load(&generator.media, arguments[1]) || srtp_init() != srtp_err_status_ok || !dtls_prepare(fingerprint))
    return 1;
  generator.epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(generator.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  report_ready(fingerprint);
  run(&generator);
  return 0;
}
