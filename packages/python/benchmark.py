"""Calls each middleware in memory, in turns, and prints what it adds to the application beneath it."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any, Awaitable, Callable

from corsage import Policy, asgi, wsgi
from flask import Flask
from flask_cors import CORS
from starlette.middleware.cors import CORSMiddleware

ORIGINS = [f"https://app{number}.example" for number in range(20)]
ROUNDS, CALLS = 15, 4000

BROWSERS = [
    (b"host", b"api.example"),
    (b"connection", b"keep-alive"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"),
    (b"accept", b"*/*"),
    (b"sec-fetch-site", b"cross-site"),
    (b"sec-fetch-mode", b"cors"),
    (b"sec-fetch-dest", b"empty"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"accept-language", b"en-US,en;q=0.9"),
    (b"origin", b"https://app7.example"),
]
PREFLIGHT = [
    *BROWSERS,
    (b"access-control-request-method", b"PUT"),
    (b"access-control-request-headers", b"content-type"),
]
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"2")],
}
BODY = {"type": "http.response.body", "body": b"{}"}


async def application(scope: Any, receive: Any, send: Any) -> None:
    await send(dict(START, headers=list(START["headers"])))  # type: ignore[call-overload]
    await send(BODY)


async def receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Any) -> None:
    pass


def scope(method: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": "/", "raw_path": b"/", "query_string": b"", "headers": headers}


async def timed(app: Callable[..., Awaitable[None]], asked: dict[str, Any]) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        await app(asked, receive, send)
    return (time.perf_counter() - start) / CALLS * 1e6


def asgi_table() -> None:
    options: dict[str, Any] = {"allow_methods": ["PUT"], "allow_headers": ["content-type"], "max_age": 600}
    starlettes = CORSMiddleware(application, allow_origins=ORIGINS, **options)
    ours = asgi.CorsMiddleware(application, Policy(allow_origins=ORIGINS, **options))
    print("ASGI: µs that a call takes beyond the application's own, median of", ROUNDS)
    for name, asked in (
        ("GET of a page", scope("GET", BROWSERS)),
        ("GET of no page", scope("GET", BROWSERS[:-1])),
        ("preflight", scope("OPTIONS", PREFLIGHT)),
    ):
        rounds = asyncio.run(turns([application, starlettes, ours], asked))
        own = 0.0 if name == "preflight" else statistics.median(rounds[0])
        row(name, "Starlette", statistics.median(rounds[1]) - own, statistics.median(rounds[2]) - own)


async def turns(apps: list[Any], asked: dict[str, Any]) -> list[list[float]]:
    rounds: list[list[float]] = [[] for _ in apps]
    for _ in range(ROUNDS):
        for found, app in zip(rounds, apps):
            found.append(await timed(app, asked))
    return rounds


def flask_app() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "{}", methods=["GET", "PUT"])
    return app


def environ(method: str, **more: str) -> dict[str, Any]:
    import io
    import sys

    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "api.example",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "api.example",
        "HTTP_ORIGIN": "https://app7.example",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }


def wsgi_table() -> None:
    bare, theirs, ours = flask_app(), flask_app(), flask_app()
    CORS(theirs, origins=ORIGINS, methods=["GET", "PUT"], allow_headers=["content-type"], max_age=600)
    policy = Policy(allow_origins=ORIGINS, allow_methods=["PUT"], allow_headers=["content-type"], max_age=600)
    ours.wsgi_app = wsgi.CorsMiddleware(ours.wsgi_app, policy)  # type: ignore[method-assign]
    asked = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "content-type"}
    print("Flask: µs that a request takes, the application's own included, median of", ROUNDS)
    for name, given in (("GET of a page", environ("GET")), ("preflight", environ("OPTIONS", **asked))):
        rounds: list[list[float]] = [[], [], []]
        for _ in range(ROUNDS):
            for found, app in zip(rounds, (bare, theirs, ours)):
                start = time.perf_counter()
                for _ in range(CALLS // 10):
                    body = app(dict(given), lambda status, headers, exc_info=None: None)
                    b"".join(body)
                    getattr(body, "close", lambda: None)()
                found.append((time.perf_counter() - start) / (CALLS // 10) * 1e6)
        row(name, "flask-cors", statistics.median(rounds[1]), statistics.median(rounds[2]))


def row(name: str, peer: str, theirs: float, ours: float) -> None:
    print(f"  {name:<16} {peer} {theirs:7.2f}   corsage {ours:7.2f}   {peer} takes {theirs / ours:5.1f} times as long")


if __name__ == "__main__":
    asgi_table()
    wsgi_table()
