/* What is told to whoever started this program: a JSON object a line on stdout. */
#ifndef REPORT_H
#define REPORT_H

#include "transport.h"

void report_ready(const char *fingerprint);
void report_connected(const Transport *transport);
void report_failed(const Transport *transport, const char *reason);
/* Ends the answer to a command that has one. */
void report_done(const char *command, unsigned id);

/* Each stream of a transport that was claimed. */
void report_streams(const Transport *transport);
/* All that was counted, for these transports. */
void report_totals(const Totals *totals, Transport *const *transports, size_t count);

#endif
