# A backend that mints tokens, in Python 3.9 or later, with nothing but its standard library.
import base64
import hashlib
import hmac
import json
import os
import time
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

JWT_SECRET = os.environ["JWT_SECRET"]  # the same as that of aq-server
AQ_SERVER = os.environ.get("AQ_SERVER", "wss://your.host")
PORT = int(os.environ.get("PORT", "3000"))
ROUTE = "/api/webrtc/token/"

# Yours: who is signed in to your application.
SESSIONS = {"session-of-alice": {"id": "alice", "name": "Alice", "role": "host"}}


def may_enter(user, room):
    """Yours: who may enter which room."""
    return room != "secret"


def mint_token(user, room):
    """A token with which this user enters this room, and no other. PyJWT's jwt.encode does the same."""
    now = int(time.time())
    claims = {
        "user_id": user["id"],
        "name": user["name"],
        "user_type": user["role"],
        "room": room,
        "iat": now,
        "exp": now + 600,
    }
    signed = f"{encode_json({'alg': 'HS256', 'typ': 'JWT'})}.{encode_json(claims)}"
    signature = hmac.new(JWT_SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{encode(signature)}"


def encode_json(value):
    return encode(json.dumps(value).encode())


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        room = unquote(path[len(ROUTE):]) if path.startswith(ROUTE) else ""
        if not room:
            return self.answer(404, {"message": "not found"})
        session = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        user = SESSIONS.get(session.value) if session else None
        if user is None:
            return self.answer(401, {"message": "sign in first"})
        if not may_enter(user, room):
            return self.answer(403, {"message": "this room is not yours"})
        token = mint_token(user, room)
        self.answer(200, {"wsUrl": f"{AQ_SERVER}/aq_server/websocket?token={token}", "token": token})

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
print(f"port {server.server_port}", flush=True)
server.serve_forever()
