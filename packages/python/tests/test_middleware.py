"""What the two kinds of middleware do beside the cases."""

from __future__ import annotations

import asyncio
import io
import threading
from typing import Any, Callable

import pytest
from corsage import Policies, Policy, asgi, wsgi

APP = "https://app.example"


def call_asgi(app: Any, headers: list[tuple[bytes, bytes]], **scope: Any) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    full = {"type": "http", "method": "GET", "path": "/", "headers": headers, **scope}
    asyncio.run(app(full, receive, send))
    return sent


def call_wsgi(app: Any, **environ: Any) -> tuple[str, list[tuple[str, str]], bytes, str]:
    started: list[Any] = []
    errors = io.StringIO()
    full = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SCRIPT_NAME": "", "wsgi.errors": errors, **environ}

    def start_response(status: str, lines: Any, exc_info: Any = None) -> None:
        started.append((status, lines))

    pieces = app(full, start_response)
    body = b"".join(pieces)
    if hasattr(pieces, "close"):
        pieces.close()
    return (*started[-1], body, errors.getvalue())


def values(lines: Any, name: str) -> list[str]:
    text: Callable[[Any], str] = lambda part: part.decode() if isinstance(part, bytes) else part
    return [text(value) for own, value in lines if text(own).lower() == name]


LINES = [(b"content-type", b"text/plain")]


async def plain(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": LINES})
    await send({"type": "http.response.body", "body": b"hello"})


def plain_wsgi(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def two() -> Policy:
    return Policy(allow_origins=[APP, "https://b.example"])


def test_the_applications_own_list_is_left_alone() -> None:
    app = asgi.CorsMiddleware(plain, two())
    for _ in range(2):
        call_asgi(app, [(b"origin", APP.encode())])
    assert LINES == [(b"content-type", b"text/plain")]


def test_a_policy_is_replaced_while_it_serves() -> None:
    app = asgi.CorsMiddleware(plain, two())
    asked = [(b"origin", b"https://new.example")]
    assert not values(call_asgi(app, asked)[0]["headers"], "access-control-allow-origin")
    app.policy = Policy(allow_origins=["https://new.example", APP])
    assert values(call_asgi(app, asked)[0]["headers"], "access-control-allow-origin") == ["https://new.example"]


def test_paths_wear_policies_of_their_own() -> None:
    for kind, call in (("asgi", asgi_origin), ("wsgi", wsgi_origin)):
        app: Any = (asgi.CorsMiddleware if kind == "asgi" else wsgi.CorsMiddleware)(
            plain if kind == "asgi" else plain_wsgi, two(), under={"/public": Policy(allow_origins=["*"])}
        )
        assert call(app, "/public/x", "https://other.example") == ["*"]
        assert call(app, "/publicity", "https://other.example") == []
        assert call(app, "/", APP) == [APP]


def test_files_choose_by_host_path_and_method() -> None:
    policies = Policies.from_toml(
        """
        [[policy]]
        paths = ["/public"]
        allow_origins = ["*"]
        [[policy]]
        methods = ["PUT"]
        hosts = ["api.example"]
        allow_origins = ["https://writer.example"]
        allow_methods = ["PUT"]
        """
    )
    app = asgi.CorsMiddleware(plain, policies)
    assert asgi_origin(app, "/public", "https://a.example") == ["*"]
    # Some servers read this as /admin, some do not: nothing is shared.
    assert asgi_origin(app, "/public/..%2fadmin", "https://a.example") == []
    # No policy is for it: what the application itself says of CORS is no more than the rest.
    assert asgi_origin(app, "/", "https://a.example") == []
    asked = [
        (b"host", b"api.example"),
        (b"origin", b"https://writer.example"),
        (b"access-control-request-method", b"PUT"),
    ]
    sent = call_asgi(app, asked, method="OPTIONS")
    assert sent[0]["status"] == 204
    assert values(sent[0]["headers"], "access-control-allow-methods") == ["PUT"]


def asgi_origin(app: Any, path: str, origin: str) -> list[str]:
    sent = call_asgi(app, [(b"origin", origin.encode())], path=path, raw_path=path.encode())
    return values(sent[0]["headers"], "access-control-allow-origin")


def wsgi_origin(app: Any, path: str, origin: str) -> list[str]:
    return values(call_wsgi(app, PATH_INFO=path, HTTP_ORIGIN=origin)[1], "access-control-allow-origin")


def test_what_an_application_says_of_cors_is_replaced() -> None:
    async def own(scope: Any, receive: Any, send: Any) -> None:
        lines = [(b"Access-Control-Allow-Origin", b"*"), (b"vary", b"accept-encoding"), (b"Vary", b"cookie")]
        await send({"type": "http.response.start", "status": 200, "headers": iter(lines)})
        await send({"type": "http.response.body"})

    lines = call_asgi(asgi.CorsMiddleware(own, two()), [(b"Origin", APP.encode())])[0]["headers"]
    assert values(lines, "access-control-allow-origin") == [APP]
    assert values(lines, "vary") == ["accept-encoding", "cookie", "Origin"]


def test_an_exception_is_answered_and_passed_on() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("on purpose")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"origin", APP.encode())]}
    with pytest.raises(LookupError):
        asyncio.run(asgi.CorsMiddleware(broken, two())(scope, send, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 500
    assert values(sent[0]["headers"], "access-control-allow-origin") == [APP]


def test_an_exception_after_the_head_is_left_to_the_server() -> None:
    async def late(scope: Any, receive: Any, send: Any) -> None:
        await plain(scope, receive, send)
        raise LookupError("on purpose")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(LookupError):
        asyncio.run(asgi.CorsMiddleware(late, two())(scope, send, send))  # type: ignore[arg-type]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


def test_what_a_wsgi_application_raises_is_written_and_answered() -> None:
    def broken(environ: Any, start_response: Any) -> list[bytes]:
        raise LookupError("on purpose")

    status, lines, body, errors = call_wsgi(wsgi.CorsMiddleware(broken, two()), HTTP_ORIGIN=APP)
    assert status == "500 Internal Server Error" and body == b"Internal Server Error"
    assert values(lines, "access-control-allow-origin") == [APP]
    assert "LookupError: on purpose" in errors and "Traceback" in errors


def test_a_body_is_closed_once_and_passed_piece_by_piece() -> None:
    class Body:
        closed = 0

        def __iter__(self) -> Any:
            yield b"a"
            yield b"b"

        def close(self) -> None:
            self.closed += 1

    body = Body()

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return body

    assert call_wsgi(wsgi.CorsMiddleware(app, two()))[2] == b"ab"
    assert body.closed == 1


def test_other_scopes_pass() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    call_asgi(asgi.CorsMiddleware(app, two()), [], type="lifespan")
    call_asgi(asgi.CorsMiddleware(app, two()), [(b"origin", b"https://c.example")], type="websocket")
    assert seen == ["lifespan", "websocket"]


def test_web_sockets_are_refused_where_asked() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"])[b"origin"].decode())

    cors = asgi.CorsMiddleware(app, two(), refuse_web_sockets=True)
    sent = call_asgi(cors, [(b"origin", b"https://c.example"), (b"host", b"api.example")], type="websocket")
    assert sent == [{"type": "websocket.close", "code": 1008}]
    for own in (APP, "https://api.example"):
        call_asgi(cors, [(b"origin", own.encode()), (b"host", b"api.example")], type="websocket")
    assert seen == [APP, "https://api.example"]


def test_writes_are_refused_where_asked() -> None:
    app = asgi.CorsMiddleware(plain, Policy(allow_origins=[APP, "https://b.example"], disallowed_writes="refuse"))
    sent = call_asgi(app, [(b"origin", b"https://c.example"), (b"host", b"api.example")], method="PUT")
    assert sent[0]["status"] == 403
    assert values(sent[0]["headers"], "content-length") == ["0"]
    assert call_asgi(app, [(b"origin", APP.encode())], method="PUT")[0]["status"] == 200


def test_threads_share_a_middleware() -> None:
    app = wsgi.CorsMiddleware(plain_wsgi, two())
    faults: list[str] = []

    def ask(origin: str, expected: list[str]) -> None:
        for _ in range(500):
            if wsgi_origin(app, "/", origin) != expected:
                faults.append(origin)

    threads = [
        threading.Thread(target=ask, args=(origin, expected))
        for origin, expected in ((APP, [APP]), ("https://b.example", ["https://b.example"]), ("https://c.example", []))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


@pytest.mark.parametrize("headers", [None, [1, (b"origin",), ("origin", APP), (b"origin", None)], [[b"origin", APP.encode()]]])
def test_odd_headers_harm_nobody(headers: Any) -> None:
    scope = {} if headers is None else {"headers": headers}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    full = {"type": "http", "method": "GET", "path": "/", **scope}
    asyncio.run(asgi.CorsMiddleware(plain, two())(full, send, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 200


def test_a_middleware_is_given_one_policy() -> None:
    with pytest.raises(TypeError, match="not both"):
        asgi.CorsMiddleware(plain, two(), allow_origins=[APP])
    with pytest.raises(TypeError, match="a corsage.Policy or corsage.Policies"):
        asgi.CorsMiddleware(plain, object())  # type: ignore[arg-type]


def test_nothing_is_installed_on_a_stranger() -> None:
    from corsage import install

    with pytest.raises(TypeError, match="corsage.asgi.CorsMiddleware"):
        install(object(), two())
