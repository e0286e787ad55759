"""One request to an application in memory, or to a server that listens."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from http.client import HTTPConnection, HTTPSConnection
from inspect import iscoroutinefunction
from typing import Any, Callable, Coroutine, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

Lines = list[tuple[bytes, bytes]]
Answer = tuple[int, Lines]
Sender = Callable[[str, str, Lines, bytes], Answer]

ASGI = "asgi"
WSGI = "wsgi"

_SECONDS = 30.0


class OfLoop(NamedTuple):
    """An ASGI application, and the loop in which it lives."""

    app: Any
    loop: asyncio.AbstractEventLoop


def sender(server: Any, interface: str | None) -> Sender:
    """How to ask a server."""
    if isinstance(server, str):
        return _over_the_network
    if isinstance(server, OfLoop):
        app, loop = server

        def in_loop(method: str, url: str, headers: Lines, body: bytes) -> Answer:
            asked = _asgi(app, method, url, headers, body)
            return asyncio.run_coroutine_threadsafe(asked, loop).result(_SECONDS)

        return in_loop
    app = application(server)
    kind = interface or interface_of(app)
    if kind == ASGI:
        return lambda method, url, headers, body: _run(_asgi(app, method, url, headers, body))
    if kind == WSGI:
        return lambda method, url, headers, body: _wsgi(app, method, url, headers, body)
    raise ValueError(f"interface is {kind!r}; it is one of 'asgi', 'wsgi'")


def application(server: Any) -> Any:
    """The application of a test client: Starlette's, Litestar's, Flask's; else what is given."""
    if not callable(server):
        for name in ("app", "application"):
            found = getattr(server, name, None)
            if callable(found):
                return found
        raise TypeError(f"{type(server).__name__} is neither an application, nor a client that has one, nor a URL")
    return server


def interface_of(app: Any) -> str:
    """Whether an application speaks ASGI or WSGI."""
    call = getattr(type(app), "__call__", None)
    return ASGI if iscoroutinefunction(app) or iscoroutinefunction(call) else WSGI


def _run(asked: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(asked)
    # A loop is running here, and cannot wait: another thread has one of its own.
    answered: list[Answer] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            answered.append(asyncio.run(asked))
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return answered[0]


async def _asgi(app: Any, method: str, url: str, headers: Lines, body: bytes) -> Answer:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "path": unquote_to_bytes(parts.path or "/").decode("utf-8", "replace"),
        "raw_path": (parts.path or "/").encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [*headers, (b"content-length", str(len(body)).encode())] if body else list(headers),
        "client": ("192.0.2.1", 50000),
        "server": (parts.hostname, port),
        "state": {},
    }
    requests = [{"type": "http.request", "body": body, "more_body": False}]
    started: list[Answer] = []
    finished = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if requests:
            return requests.pop()
        await finished.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and not started:
            lines = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
            started.append((message["status"], lines))
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            finished.set()

    try:
        await app(scope, receive, send)
    except Exception:
        # As a server does: what has been sent stays, and nobody adds a policy to the rest.
        if not started:
            return 500, [(b"content-type", b"text/plain; charset=utf-8")]
    return started[0] if started else (500, [])


def _wsgi(app: Any, method: str, url: str, headers: Lines, body: bytes) -> Answer:
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers:
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    answers: list[Answer] = []

    def start_response(status: str, lines: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        read = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines]
        answers.append((int(status.split(" ", 1)[0]), read))
        return lambda _: None

    try:
        pieces = app(environ, start_response)
        try:
            # The head may be started by the first piece; what comes after it changes nothing.
            for _ in pieces:
                break
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
    except Exception:
        return 500, [(b"content-type", b"text/plain; charset=utf-8")]
    return answers[-1] if answers else (500, [])


def _over_the_network(method: str, url: str, headers: Lines, body: bytes) -> Answer:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.getheaders()]
        return response.status, lines
    finally:
        connection.close()
