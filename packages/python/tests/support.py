"""Real servers on loopback, and requests sent to them byte for byte."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any, Iterator

Lines = list[tuple[str, str]]


@contextlib.contextmanager
def asgi_server(app: Any, lifespan: str = "off") -> Iterator[int]:
    """The application under uvicorn; yields its port."""
    import uvicorn

    config = uvicorn.Config(app, port=0, log_level="critical", lifespan=lifespan)
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    for _ in range(500):
        if server.started:
            break
        time.sleep(0.01)
    assert server.started, "uvicorn has not started"
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@contextlib.contextmanager
def wsgi_server(app: Any) -> Iterator[int]:
    """The application under waitress; yields its port."""
    import logging

    from waitress.server import create_server

    logging.getLogger("waitress").setLevel(logging.CRITICAL + 1)
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.close()


class Response:
    """A response as it was on the wire."""

    def __init__(self, status: int, lines: Lines, body: bytes) -> None:
        self.status = status
        self.lines = lines
        self.body = body

    def all(self, name: str) -> list[str]:
        return [value for own, value in self.lines if own.lower() == name]

    def tokens(self, name: str) -> list[str]:
        items = [item.strip().lower() for value in self.all(name) for item in value.split(",")]
        return [item for item in items if item]

    def __repr__(self) -> str:
        return f"{self.status} {self.lines} {self.body[:200]!r}"


def send(port: int, method: str, target: str = "/", headers: Lines = [], host: str = "api.example") -> Response:
    """One request over a connection of its own."""
    names = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in names:
        lines.append(f"host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append("connection: close")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        received = b""
        while piece := connection.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = [line.split(":", 1) for line in rest]
    return Response(int(first.split(" ")[1]), [(name.strip(), value.strip()) for name, value in pairs], body)
