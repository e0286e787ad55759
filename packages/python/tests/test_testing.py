"""The assertions, and pytest's fixtures."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from corsage import Policy, asgi, wsgi
from corsage.testing import async_page_can, async_page_cannot, page_can, page_cannot
from support import asgi_server

APP = "https://app.example"
POLICY = Policy(allow_origins=[APP], allow_methods=["PUT"], allow_headers=["content-type"], expose_headers=["etag"])


async def items(scope: Any, receive: Any, send: Any) -> None:
    lines = [(b"etag", b'"1"'), (b"server", b"mine")]
    status = 404 if scope["path"] == "/nowhere" else 200
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": b"hello"})


app = asgi.CorsMiddleware(items, POLICY)


def flask_app() -> Any:
    from flask import Flask

    flask = Flask(__name__)
    flask.add_url_rule("/", view_func=lambda: ("hello", {"etag": '"1"'}), methods=["GET", "PUT"])
    flask.wsgi_app = wsgi.CorsMiddleware(flask.wsgi_app, POLICY)  # type: ignore[method-assign]
    return flask


@pytest.mark.parametrize("server", [app, flask_app()], ids=["asgi", "wsgi"])
def test_a_page_can(server: Any) -> None:
    response = page_can(server, origin=APP, reads=["etag"], browser="every")
    assert response.status == 200 and response.headers["etag"] == '"1"'
    assert "server" not in response.headers, "it is there, and hidden from the page"
    page_can(server, method="PUT", json={"a": 1}, origin=APP)


def test_a_page_cannot() -> None:
    blocked = page_cannot(app, origin="https://evil.example")
    assert blocked.code == "allow-origin-mismatch"
    assert page_cannot(app, method="DELETE", origin=APP).code == "method-not-allowed"
    assert page_cannot(app, headers={"x-token": "1"}, origin=APP).code == "header-not-allowed"
    assert page_cannot(app, credentials="include", cookies={"session": "1"}, origin=APP).codes


def test_a_failure_says_what_to_change() -> None:
    with pytest.raises(AssertionError) as raised:
        page_can(app, "/x", method="DELETE", origin=APP)
    told = str(raised.value)
    assert told.startswith("a page of https://app.example cannot DELETE https://api.example/x")
    assert "method-not-allowed" in told and 'allow_methods=["PUT", "DELETE"]' in told
    with pytest.raises(AssertionError, match="as standard judges, it reads a response of status 200"):
        page_cannot(app, origin=APP)
    with pytest.raises(AssertionError, match=r"expose_headers=\[\"server\"\]"):
        page_can(app, origin=APP, reads=["server"])


def test_what_cannot_be_judged_passes_neither_way() -> None:
    for judge in (page_can, page_cannot):
        with pytest.raises(AssertionError, match='origin="https://app.example"'):
            judge(app, origin="https://api.example")
        with pytest.raises(AssertionError, match="is no page's origin"):
            judge(app, origin="app.example")
    with pytest.raises(AssertionError, match="404"):
        page_cannot(items, "/nowhere", origin=APP)
    with pytest.raises(AssertionError, match="not judged"):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        page_cannot(f"http://127.0.0.1:{port}/", origin=APP)


def test_an_exception_is_what_a_page_would_get_of_it() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("on purpose")

    assert page_can(asgi.CorsMiddleware(broken, POLICY), origin=APP).status == 500
    assert page_cannot(broken, origin=APP).code == "missing-allow-origin"


def test_arguments_are_checked() -> None:
    for wrong in ({"credentials": "always"}, {"browser": "netscape"}, {"mode": "x"}, {"redirect": "x"}, {"interface": "x"}):
        with pytest.raises(ValueError, match="one of"):
            page_can(app, origin=APP, **wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not both"):
        page_can(app, body="x", json={})
    with pytest.raises(TypeError, match="neither an application"):
        page_can(object())


def test_what_an_application_needs_to_be_broken_off_by_is_raised() -> None:
    async def interrupted(scope: Any, receive: Any, send: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        page_can(interrupted, origin=APP)


def test_a_server_that_listens() -> None:
    with asgi_server(app) as port:
        assert page_can(f"http://127.0.0.1:{port}", "/", origin=APP).status == 200
        assert page_cannot(f"http://127.0.0.1:{port}/", origin="https://evil.example").codes


def test_clients_have_applications() -> None:
    from starlette.testclient import TestClient

    page_can(TestClient(app), origin=APP)
    flask = flask_app()
    page_can(flask.test_client(), origin=APP)


@pytest.mark.asyncio
async def test_in_an_event_loop() -> None:
    loops: list[Any] = []

    async def remembering(scope: Any, receive: Any, send: Any) -> None:
        loops.append(asyncio.get_running_loop())
        await items(scope, receive, send)

    wrapped = asgi.CorsMiddleware(remembering, POLICY)
    await async_page_can(wrapped, method="PUT", json={}, origin=APP)
    await async_page_cannot(wrapped, origin="https://evil.example")
    assert set(loops) == {asyncio.get_running_loop()}
    # Without it a loop of its own does.
    page_can(wrapped, origin=APP)


pytest_plugins = ["pytester"]


def test_fixtures_take_what_the_configuration_says(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\ncorsage_origin = "https://app.example"\ncorsage_browser = "every"\n'
        'asyncio_default_fixture_loop_scope = "function"\n'
    )
    pytester.makepyfile(
        """
        import corsage
        from corsage import asgi

        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})

        app = asgi.CorsMiddleware(app, allow_origins=["https://app.example"])

        def test_can(page_can):
            assert page_can(app).status == 200

        def test_cannot(page_cannot):
            page_cannot(app, origin="https://evil.example")

        def test_fails(page_can):
            page_can(app, origin="https://evil.example")
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*a page of https://evil.example cannot GET https://api.example/*"])
