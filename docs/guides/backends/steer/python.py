# A backend that steers rooms, in Python 3.9 or later, with nothing but its standard library.
import base64
import hashlib
import hmac
import json
import os
import time
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

AQ_SERVER = os.environ.get("AQ_SERVER", "https://your.host")
AQ_API_KEY = os.environ["AQ_API_KEY"]
WEBHOOK_SECRET = os.environ["WEBHOOK_SECRET"]
PORT = int(os.environ.get("PORT", "3000"))


def call(method, path, body=None):
    """Asks the API. A refusal raises urllib.error.HTTPError, whose body has a stable `code`."""
    request = urllib.request.Request(
        f"{AQ_SERVER}/api/v1{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {AQ_API_KEY}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        },
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response) if response.status != 204 else None


def verify(body, headers):
    """The event of a webhook (Standard Webhooks); the package `standardwebhooks` does the same."""
    message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        raise ValueError("too old")
    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" ")):
        raise ValueError("forged")
    return json.loads(body)


class Receiver(BaseHTTPRequestHandler):
    seen = set()  # an event may come twice

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            event = verify(body, self.headers)
        except (ValueError, TypeError, KeyError):
            return self.answer(400)
        event_id = self.headers["webhook-id"]
        if event["type"] == "peer.joined" and event_id not in self.seen:
            self.seen.add(event_id)
            room, name = event["data"]["room"]["name"], event["data"]["peer"]["name"]
            call("POST", f"/rooms/{quote(room, safe='')}/chat", {"text": f"Welcome, {name}!"})
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, format, *args):
        pass


call("PUT", "/rooms/meeting", {"max_peers": 20, "metadata": {"title": "Planning"}})
minted = call("POST", "/tokens", {"room": "meeting", "user_id": "alice", "user_type": "host", "ttl": 600})
print(f"token {minted['token']}", flush=True)
server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
print(f"port {server.server_port}", flush=True)
server.serve_forever()
