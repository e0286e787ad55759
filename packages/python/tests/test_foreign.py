"""Settings of other packages: what is found in them, and policies that do the same to pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from corsage import ConversionError, PolicyWarning, asgi, from_django_settings, from_flask_cors, from_starlette, wsgi
from corsage.testing import page_can, page_cannot

APP = "https://app.example"


def test_starlettes_options_do_the_same() -> None:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.cors import CORSMiddleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    options: dict[str, Any] = {
        "allow_origins": [APP],
        "allow_origin_regex": r"https://.*\.example\.com",
        "allow_methods": ["GET", "PUT"],
        "allow_headers": ["x-token"],
        "expose_headers": ["etag"],
    }

    async def get(request: Any) -> Any:
        return PlainTextResponse("hello", headers={"etag": "1"})

    routes = [Route("/", get, methods=["GET", "PUT", "DELETE"])]
    theirs = Starlette(routes=routes, middleware=[Middleware(CORSMiddleware, **options)])
    converted = from_starlette(theirs)
    assert converted.verdict in ("exact", "narrower"), converted.differences
    ours = asgi.CorsMiddleware(Starlette(routes=routes), converted.policies)
    for app in (theirs, ours):
        for origin in (APP, "https://a.example.com"):
            assert page_can(app, method="PUT", headers={"x-token": "1"}, origin=origin, reads=["etag"]).status == 200
        page_cannot(app, method="DELETE", origin=APP)
        page_cannot(app, origin="https://a.example.com.evil.example")


def test_what_is_dangerous_is_told() -> None:
    with pytest.raises(ConversionError, match="any-origin-with-credentials"):
        from_starlette(allow_origins=["*"], allow_credentials=True)
    with pytest.warns(PolicyWarning, match="errors-without-headers|pattern-admits-strangers|origin-never-matches"):
        from_starlette(allow_origins=[APP, "https://app.example/"])


def test_nothing_is_widened_without_a_reason() -> None:
    options: dict[str, Any] = {"allow_origin_regex": r"https://[a-z]+\.example\.com", "allow_origins": [APP]}
    try:
        converted = from_starlette(**options)
    except ConversionError as error:
        assert "accept_wider" in str(error)
        assert from_starlette(**options, accept_wider="it is a test").admits_more
    else:
        assert not converted.admits_more


def test_flask_cors() -> None:
    from flask import Flask
    from flask_cors import CORS

    def build() -> Flask:
        app = Flask(__name__)
        app.config["CORS_ORIGINS"] = [APP]
        app.config["CORS_METHODS"] = ["GET", "PUT"]
        app.add_url_rule("/", view_func=lambda: "hello", methods=["GET", "PUT", "DELETE"])
        return app

    theirs = build()
    CORS(theirs)
    converted = from_flask_cors(build())
    ours = build()
    ours.wsgi_app = wsgi.CorsMiddleware(ours.wsgi_app, converted.policies)  # type: ignore[method-assign]
    for app in (theirs, ours):
        page_can(app, method="PUT", origin=APP)
        page_cannot(app, method="DELETE", origin=APP)
        page_cannot(app, origin="https://evil.example")


def test_django_cors_headers() -> None:
    settings = {
        "CORS_ALLOWED_ORIGINS": [APP],
        "CORS_ALLOWED_ORIGIN_REGEXES": [re.compile(r"^https://[a-z]+\.example\.com$")],
        "CORS_ALLOW_CREDENTIALS": True,
        "CORS_URLS_REGEX": r"^/api/.*$",
        "OTHER": object(),
    }
    converted = from_django_settings(settings)
    assert not [problem for problem in converted.findings if problem.severity == "error"]

    async def hello(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    app = asgi.CorsMiddleware(hello, converted.policies)
    page_can(app, "/api/x", origin=APP, credentials="include", cookies={"session": "1"})
    page_cannot(app, "/other", origin=APP)
    page_cannot(app, "/api/x", origin="https://evil.example")


def test_what_is_not_read_is_said() -> None:
    with pytest.raises(ConversionError, match="begins with CORS_"):
        from_django_settings({})
    with pytest.raises(ConversionError, match="is not read"):
        from_starlette(allow_origins=[object()])
    with pytest.raises(ConversionError, match="no CORSMiddleware"):
        from_starlette(object())
    with pytest.raises(ConversionError):
        from_starlette(allow_origins=[APP], allow_origin_regex="(")
