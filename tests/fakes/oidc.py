"""An OpenID Connect provider over a real socket: it knows one person, and misbehaves when told to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT, SECRET = "portevoix", "le-secret-du-client"


@dataclass(slots=True)
class Provider:
    """What the provider knows, and how it lies."""

    issuer: str = ""
    subject: str = "agent-42"
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "eins"}))
    signs_with: ECKey | None = None
    """Another key than the one it shows."""
    claims: Mapping[str, Any] = field(default_factory=dict)
    """What it says otherwise than it should."""
    fails: bool = False
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was asked for, by the code that was given for it."""

    def page(self, path: str, query: Mapping[str, str]) -> tuple[int, Mapping[str, str], Any]:
        if self.fails:
            return 503, {}, {}
        match path:
            case "/.well-known/openid-configuration":
                return 200, {}, self.configuration()
            case "/jwks":
                return 200, {}, KeySet([self.key]).as_dict(private=False)
            case "/authorize":
                code = secrets.token_urlsafe(8)
                self.asked[code] = dict(query)
                back = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
                return 302, {"Location": back}, {}
            case _:
                return 404, {}, {}

    def configuration(self) -> Mapping[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        places["end_session_endpoint"] = "end"
        return {"issuer": self.issuer, "code_challenge_methods_supported": ["S256"]} | {
            name: f"{self.issuer}/{place}" for name, place in places.items()
        }

    def token(self, form: Mapping[str, str], authorization: str) -> tuple[int, Any]:
        """Exchange a code, once, for who began the log-in and no other."""
        asked = self.asked.pop(form.get("code", ""), None)
        own = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        right = asked is not None and authorization == f"Basic {own}" and asked["redirect_uri"] == form["redirect_uri"]
        if not right or asked is None or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        told = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 60}
        claims = {**told, "nonce": asked["nonce"], **self.claims}
        signed = jwt.encode({"alg": "ES256", "kid": "eins"}, claims, self.signs_with or self.key)
        return 200, {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "id_token": signed}


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that runs as long as the context."""
    known = Provider()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, headers, body = known.page(parts.path, dict(parse_qsl(parts.query)))
            self._answer(status, headers, body)

        def do_POST(self) -> None:
            read = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            form = {name: values[0] for name, values in parse_qs(read).items()}
            status, body = known.token(form, self.headers.get("Authorization", ""))
            self._answer(status, {}, body)

        def _answer(self, status: int, headers: Mapping[str, str], body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(data)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    known.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    running = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    running.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        running.join()
