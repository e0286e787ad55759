"""Each framework under a real server: unhandled errors carry the headers, preflights reach nobody, `Vary` is kept."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterator

import pytest
from corsage import Policy, asgi, install, wsgi
from corsage.django import CorsMiddleware as DjangoMiddleware
from support import Response, asgi_server, send, wsgi_server

APP = "https://app.example"
STRANGER = "https://stranger.example"


def policy() -> Policy:
    return Policy(
        allow_origins=[APP, "https://*.app.example"],
        allow_methods=["PUT"],
        allow_headers=["x-token"],
        expose_headers=["etag"],
        allow_credentials=True,
    )


def starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def get(request: Any) -> Any:
        return PlainTextResponse("hello", headers={"vary": "accept-language"})

    async def error(request: Any) -> Any:
        raise RuntimeError("on purpose")

    return install(Starlette(routes=[Route("/get", get), Route("/panic", error)]), policy())


def starlette_inside() -> Any:
    """Where `add_middleware` puts it, inside the framework's own handling of errors."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def get(request: Any) -> Any:
        return PlainTextResponse("hello", headers={"vary": "accept-language"})

    async def error(request: Any) -> Any:
        raise RuntimeError("on purpose")

    routes = [Route("/get", get), Route("/panic", error)]
    return Starlette(routes=routes, middleware=[Middleware(asgi.CorsMiddleware, policy=policy())])


def fastapi() -> Any:
    from fastapi import FastAPI
    from fastapi.responses import PlainTextResponse

    app = FastAPI()

    @app.get("/get")
    def get() -> Any:
        return PlainTextResponse("hello", headers={"vary": "accept-language"})

    @app.get("/panic")
    def error() -> None:
        raise RuntimeError("on purpose")

    return install(app, policy())


def litestar() -> Any:
    from litestar import Litestar
    from litestar import Response as Reply
    from litestar import get as route

    @route("/get")
    async def get() -> Any:
        return Reply("hello", headers={"vary": "accept-language"})

    @route("/panic")
    async def error() -> None:
        raise RuntimeError("on purpose")

    return install(Litestar([get, error]), policy())


def quart() -> Any:
    from quart import Quart

    app = Quart(__name__)

    @app.get("/get")
    async def get() -> Any:
        return "hello", {"vary": "accept-language"}

    @app.get("/panic")
    async def error() -> None:
        raise RuntimeError("on purpose")

    return install(app, policy())


def bare_asgi() -> Any:
    """An application that leaves even errors to its server."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/panic":
            raise RuntimeError("on purpose")
        status = 200 if scope["path"] == "/get" else 404
        await send({"type": "http.response.start", "status": status, "headers": [(b"vary", b"accept-language")]})
        await send({"type": "http.response.body", "body": b"hello"})

    return asgi.CorsMiddleware(app, policy())


def flask() -> Any:
    from flask import Flask

    app = Flask(__name__)
    app.logger.disabled = True

    @app.get("/get")
    def get() -> Any:
        return "hello", {"vary": "accept-language"}

    @app.get("/panic")
    def error() -> None:
        raise RuntimeError("on purpose")

    return install(app, policy())


def pyramid() -> Any:
    from pyramid.config import Configurator
    from pyramid.response import Response as PyramidResponse

    def get(request: Any) -> Any:
        return PyramidResponse("hello", headers={"vary": "accept-language"})

    def error(request: Any) -> Any:
        raise RuntimeError("on purpose")

    with Configurator() as config:
        for name, view in (("get", get), ("panic", error)):
            config.add_route(name, f"/{name}")
            config.add_view(view, route_name=name)
        return wsgi.CorsMiddleware(config.make_wsgi_app(), policy())


def lazy_wsgi() -> Any:
    """A generator: it fails only when its first piece is asked for."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        path = environ["PATH_INFO"]
        start_response("200 OK" if path == "/get" else "404 Not Found", [("Vary", "accept-language")])
        if path == "/panic":
            raise RuntimeError("on purpose")
        yield b"hello"

    return wsgi.CorsMiddleware(app, policy())


def configure_django() -> None:
    from django.conf import settings

    if settings.configured:
        return
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    settings.configure(
        ROOT_URLCONF="django_urls",
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=[],
        SECRET_KEY="only for this test",
        LOGGING_CONFIG=None,
        CORSAGE_POLICY=policy(),
    )
    import logging

    import django

    logging.getLogger("django").setLevel(logging.CRITICAL + 1)
    django.setup()


def django_asgi() -> Any:
    configure_django()
    from django.core.handlers.asgi import ASGIHandler

    return asgi.CorsMiddleware(ASGIHandler(), policy())


def django_wsgi() -> Any:
    configure_django()
    from django.core.handlers.wsgi import WSGIHandler

    return wsgi.CorsMiddleware(WSGIHandler(), policy())


def django_middleware(handler: str) -> Callable[[], Any]:
    def build() -> Any:
        configure_django()
        from django.core.handlers.asgi import ASGIHandler
        from django.core.handlers.wsgi import WSGIHandler
        from django.test.utils import override_settings

        name = f"{DjangoMiddleware.__module__}.{DjangoMiddleware.__qualname__}"
        with override_settings(MIDDLEWARE=[name]):
            return ASGIHandler() if handler == "asgi" else WSGIHandler()

    return build


APPLICATIONS: dict[str, tuple[Any, Callable[[], Any]]] = {
    "starlette": (asgi_server, starlette),
    "starlette-add_middleware": (asgi_server, starlette_inside),
    "fastapi": (asgi_server, fastapi),
    "litestar": (asgi_server, litestar),
    "quart": (asgi_server, quart),
    "bare-asgi": (asgi_server, bare_asgi),
    "django-asgi": (asgi_server, django_asgi),
    "django-middleware-asgi": (asgi_server, django_middleware("asgi")),
    "flask": (wsgi_server, flask),
    "pyramid": (wsgi_server, pyramid),
    "lazy-wsgi": (wsgi_server, lazy_wsgi),
    "django-wsgi": (wsgi_server, django_wsgi),
    "django-middleware-wsgi": (wsgi_server, django_middleware("wsgi")),
}


@pytest.fixture(scope="module", params=list(APPLICATIONS))
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    serve, build = APPLICATIONS[request.param]
    with serve(build()) as port:
        yield port


def granted(answer: Response, origin: str) -> None:
    assert answer.all("access-control-allow-origin") == [origin], answer
    assert answer.all("access-control-allow-credentials") == ["true"], answer
    assert "origin" in answer.tokens("vary"), answer


@pytest.mark.parametrize(("path", "status"), [("/get", 200), ("/nowhere", 404), ("/panic", 500), ("/get", 200)])
def test_every_response_carries_the_headers(port: int, path: str, status: int) -> None:
    answer = send(port, "GET", path, [("origin", APP)])
    assert answer.status == status, answer
    granted(answer, APP)
    assert answer.tokens("access-control-expose-headers") == ["etag"]
    assert b"on purpose" not in answer.body, "the exception stays secret"

    answer = send(port, "GET", path, [("origin", STRANGER)])
    assert not [name for name, _ in answer.lines if name.lower().startswith("access-control-")], answer
    assert "origin" in answer.tokens("vary"), answer


def test_the_applications_vary_is_kept(port: int) -> None:
    answer = send(port, "GET", "/get", [("origin", APP)])
    assert {"origin", "accept-language"} <= set(answer.tokens("vary")), answer


@pytest.mark.parametrize("path", ["/get", "/panic", "/nowhere"])
def test_preflights_reach_nobody_else(port: int, path: str) -> None:
    asked = [("access-control-request-method", "PUT"), ("access-control-request-headers", "x-token")]
    answer = send(port, "OPTIONS", path, [("origin", "https://a.app.example"), *asked])
    assert answer.status == 204, answer
    granted(answer, "https://a.app.example")
    assert answer.all("access-control-allow-methods") == ["PUT"]
    assert answer.all("access-control-allow-headers") == ["x-token"]
    assert answer.body == b""

    answer = send(port, "OPTIONS", path, [("origin", STRANGER), *asked])
    assert answer.status == 204 and not answer.all("access-control-allow-methods"), answer
