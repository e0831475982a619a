"""Checks of requests before their bodies are read, and headers of responses."""

import asyncio
import hashlib
import hmac
import json
from contextlib import suppress

from starlette.requests import ClientDisconnect

from ._limits import megabytes

# A refused upload is read and discarded for at most this long, so that the client reads the reason
# instead of a broken connection.
_LINGER_SECONDS = 10

# Nothing from other sites. Gradio has inline scripts and styles, evaluates templates of HTML
# components, and shows images from memory.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
ENDPOINT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class RequestGuard:
    """ASGI middleware that refuses requests early, and adds security headers to responses.

    Parameters
    ----------
    app : ASGI application
    policy : str
        Content security policy.
    max_bytes : int
        Largest body of a request in bytes.
    hosts : tuple of str or None, default=None
        Host names that requests may name; None means any. Without this check, a web site could
        reach a server on 127.0.0.1 under a name of its own (DNS rebinding).
    tokens : tuple of str, default=()
        Bearer tokens, one of which is required for `protected` paths; empty means no check.
    protected : str, default="/"
        Prefix of the paths that require a token.
    open_paths : tuple of str, default=()
        Paths that never require a token.
    """

    def __init__(
        self, app, *, policy, max_bytes, hosts=None, tokens=(), protected="/", open_paths=()
    ):
        self.app = app
        self.max_bytes = max_bytes
        self.hosts = hosts
        self.protected = protected
        self.open_paths = open_paths
        self._digests = [_digest(token) for token in tokens]
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
            (b"cache-control", b"no-store"),
        ]

    async def __call__(self, scope, receive, send):
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        send = self._with_headers(send)
        status, reason = self._problem(scope["path"], headers)
        if status:
            await _refuse(status, reason, receive, send)
            return
        body = _LimitedBody(receive, send, self.max_bytes)
        with suppress(_TooManyBytesError, ClientDisconnect):
            await self.app(scope, body.receive, body.send)
        if body.is_exceeded and not body.is_answered:
            await _refuse(413, self._too_large(), receive, send)

    def _problem(self, path, headers):
        """Return the status and reason with which a request is refused, or (None, "")."""
        if self.hosts is not None and _host_name(headers.get(b"host", "")) not in self.hosts:
            return 421, f"This server answers to {', '.join(self.hosts)} only."
        if self._digests and path.startswith(self.protected) and path not in self.open_paths:
            scheme, _, token = headers.get(b"authorization", "").partition(" ")
            found = _digest(token.strip())
            # No early end, and digests of one length: the time tells nothing about the tokens.
            matches = [hmac.compare_digest(found, digest) for digest in self._digests]
            if scheme.lower() != "bearer" or not any(matches):
                return 401, 'A valid token is required in the header "Authorization: Bearer TOKEN".'
        length = headers.get(b"content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return 400, "The Content-Length header must be a number."
        if len(length) > 18 or int(length) > self.max_bytes:
            return 413, self._too_large()
        return None, ""

    def _too_large(self):
        return f"An upload must be at most {megabytes(self.max_bytes)}."

    def _with_headers(self, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                present = {name.lower() for name, _ in headers}
                headers += [item for item in self._headers if item[0] not in present]
                message = {**message, "headers": headers}
            await send(message)

        return send_with_headers


class _TooManyBytesError(Exception):
    """A body without a Content-Length that is too large."""


class _LimitedBody:
    """Channels of a request that end with an error beyond a number of bytes.

    What the application answers to this error is dropped.
    """

    def __init__(self, receive, send, max_bytes):
        self._receive, self._send, self._left = receive, send, max_bytes
        self.is_answered = False

    @property
    def is_exceeded(self):
        return self._left < 0

    async def receive(self):
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self.is_exceeded:
            raise _TooManyBytesError
        return message

    async def send(self, message):
        if self.is_exceeded and not self.is_answered:
            return
        self.is_answered = True
        await self._send(message)


def _digest(token):
    return hashlib.sha256(token.encode()).digest()


def _host_name(host):
    """Return the host name of a Host header, without the port."""
    return host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host


async def _refuse(status, reason, receive, send):
    """Send an error as JSON, then discard the body for a while."""
    content = json.dumps({"detail": reason}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"connection", b"close"),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    # The response is complete for the client. For the server it ends after the body.
    await send({"type": "http.response.body", "body": content, "more_body": True})
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            more = True
            while more:
                message = await receive()
                more = message["type"] == "http.request" and message.get("more_body", False)
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})
