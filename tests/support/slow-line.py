"""A slow line to a server: forwards TCP, and what comes back from the server at so many bits per second.

Usage: slow-line.py PORT BITS_PER_SECOND. Prints the port that it listens on.

The system buffers megabytes on loopback, where segments have 64 KiB. Segments as long as on an ordinary line (TCP_MAXSEG) and
a small receive buffer make the server wait for its client as it does there. Node.js can set neither.
"""

import socket
import sys
import threading
import time

SEGMENT_BYTES = 1448
BUFFER_BYTES = 65536
STEP_SECONDS = 0.05

port, bitrate = int(sys.argv[1]), int(sys.argv[2])


def forward(source, target, bits_per_second=None):
    size = 65536 if bits_per_second is None else int(bits_per_second / 8 * STEP_SECONDS)
    try:
        while piece := source.recv(size):
            target.sendall(piece)
            if bits_per_second is not None:
                time.sleep(8 * len(piece) / bits_per_second)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        target.close()


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    client, _ = listener.accept()
    server = socket.socket()
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    server.connect(("127.0.0.1", port))
    threading.Thread(target=forward, args=(client, server), daemon=True).start()
    threading.Thread(target=forward, args=(server, client, bitrate), daemon=True).start()
