/* The commands that this program obeys: a line each, a word and its values as `name=value`. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "media.h"
#include "sender.h"
#include "transport.h"

/* All that this program has. Ids are small numbers of the caller's, and places in these lists. */
typedef struct {
  Media media;
  Totals totals;
  Transport **transports;
  size_t transport_count;
  Sender **senders;
  size_t sender_count;
  int epoll;
  bool ending;
} Generator;

/* Obeys one line. What is wrong is told on stderr. */
void commands_obey(Generator *generator, char *line);

#endif
