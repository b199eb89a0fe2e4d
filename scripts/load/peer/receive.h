/* What a transport receives, and what it reports of it. */
#ifndef RECEIVE_H
#define RECEIVE_H

#include <stddef.h>
#include <stdint.h>

#include "transport.h"

/* Reads all datagrams that wait at a socket, with the times at which the kernel got them. */
void receive_datagrams(int socket, void *context,
                       void (*on_datagram)(void *context, uint8_t *bytes, size_t size, int64_t arrived_wall));

/* Decrypts and counts a packet of RTP or RTCP. */
void receive_media(Transport *transport, uint8_t *bytes, size_t size, int64_t arrived_wall);

/* Sends the receiver reports and the feedback that are due. */
void receive_reports(Transport *transport, int64_t now_ns);

#endif
