/* Time, in nanoseconds. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
/* Seconds from 1900, where NTP begins (RFC 5905 section 6), to 1970. */
#define NTP_OFFSET UINT64_C(2208988800)

static inline int64_t clock_read(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * NS_PER_SECOND + time.tv_nsec;
}

/* Never goes back; for intervals. */
static inline int64_t monotonic_ns(void) { return clock_read(CLOCK_MONOTONIC); }

/* Since 1970; the clock that the kernel stamps packets with. */
static inline int64_t wall_ns(void) { return clock_read(CLOCK_REALTIME); }

/* As seconds since 1900 with 32 bits of fraction. */
static inline uint64_t ntp_from_wall(int64_t wall) {
  uint64_t seconds = (uint64_t)(wall / NS_PER_SECOND) + NTP_OFFSET;
  uint64_t fraction = ((uint64_t)(wall % NS_PER_SECOND) << 32) / NS_PER_SECOND;
  return seconds << 32 | fraction;
}

static inline int64_t wall_from_ntp(uint64_t ntp) {
  int64_t seconds = (int64_t)(ntp >> 32) - (int64_t)NTP_OFFSET;
  int64_t fraction = (int64_t)((ntp & 0xffffffff) * NS_PER_SECOND >> 32);
  return seconds * NS_PER_SECOND + fraction;
}

#endif
