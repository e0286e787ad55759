"""A policy around an application object of a framework, outside its own handling of errors."""

from __future__ import annotations

from typing import Any, Mapping, TypeVar

from . import asgi, wsgi
from ._native import Policy
from ._wear import AnyPolicy, worn

Application = TypeVar("Application")


def install(
    app: Application,
    policy: AnyPolicy | None = None,
    *,
    under: Mapping[str, Policy] | None = None,
    **settings: Any,
) -> Application:
    """Puts a policy around an application of FastAPI, Starlette, Litestar, Quart or Flask, and gives the application
    back.

    It stays the object that it was, so that `app.state`, routes added later and test clients work as before; and the
    policy stands outside the framework's own handling of errors, where `app.add_middleware` would stand inside it.

    Any other application is wrapped: `corsage.asgi.CorsMiddleware(app, policy)`, `corsage.wsgi.CorsMiddleware(app,
    policy)`.
    """
    policy = worn(policy, settings)
    target: Any = app
    if hasattr(target, "build_middleware_stack"):  # Starlette, FastAPI
        if getattr(target, "middleware_stack", None) is not None:
            raise RuntimeError("the application has answered a request already: install the policy before that")
        build = target.build_middleware_stack
        target.build_middleware_stack = lambda: asgi.CorsMiddleware(build(), policy, under=under)
    elif hasattr(target, "asgi_handler"):  # Litestar
        target.asgi_handler = asgi.CorsMiddleware(target.asgi_handler, policy, under=under)
    elif hasattr(target, "asgi_app"):  # Quart
        target.asgi_app = asgi.CorsMiddleware(target.asgi_app, policy, under=under)
    elif hasattr(target, "wsgi_app"):  # Flask
        target.wsgi_app = wsgi.CorsMiddleware(target.wsgi_app, policy, under=under)
    else:
        raise TypeError(
            f"{type(app).__name__} is no application of FastAPI, Starlette, Litestar, Quart or Flask: wrap it with "
            "corsage.asgi.CorsMiddleware or corsage.wsgi.CorsMiddleware"
        )
    return app
