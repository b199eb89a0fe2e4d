/* How often each value came, to 3 % of it. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

/* Below 2^5 each value has a bucket; above that each power of two has 2^5. */
#define HISTOGRAM_BITS 5
#define HISTOGRAM_BUCKETS ((32 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

typedef struct {
  uint32_t counts[HISTOGRAM_BUCKETS];
} Histogram;

static inline unsigned histogram_bucket(uint32_t value) {
  if (value < 1u << HISTOGRAM_BITS) return value;
  unsigned shift = 31 - (unsigned)__builtin_clz(value) - HISTOGRAM_BITS;
  return (shift << HISTOGRAM_BITS) + (value >> shift);
}

static inline void histogram_add(Histogram *histogram, uint32_t value) { histogram->counts[histogram_bucket(value)]++; }

/* As JSON: the pairs of those buckets that are not empty. */
static inline void histogram_print(const Histogram *histogram, FILE *file) {
  const char *separator = "[";
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
    if (histogram->counts[i] == 0) continue;
    fprintf(file, "%s[%u,%u]", separator, i, histogram->counts[i]);
    separator = ",";
  }
  fputs(*separator == '[' ? "[]" : "]", file);
}

#endif
