"""Middleware for WSGI: Flask, Django, Pyramid."""

from __future__ import annotations

import sys
import traceback
from itertools import chain
from typing import Any, Callable, Iterable, Iterator, Mapping

from ._native import Policy, StartResponse, Wsgi
from ._wear import AnyPolicy, worn

__all__ = ["CorsMiddleware"]

Environ = dict[str, Any]
App = Callable[..., Iterable[bytes]]

_ERROR = b"Internal Server Error"
_ERROR_HEADERS = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_ERROR)))]


class CorsMiddleware:
    """Answers preflights, and puts the headers on every response: on errors too, and on the one that an exception
    nobody catches becomes.

    Wrap the application with it, outermost: `app.wsgi_app = CorsMiddleware(app.wsgi_app, policy)` in Flask.
    `policy` is a `Policy`, or `Policies` by host and path; or give a policy's settings as keyword arguments. `under`
    has other policies for paths and all below them.

    An exception that nobody has caught is written to `wsgi.errors`, as a server would do, and answered with 500.
    """

    app: App

    def __init__(
        self,
        app: App,
        policy: AnyPolicy | None = None,
        *,
        under: Mapping[str, Policy] | None = None,
        **settings: Any,
    ) -> None:
        self.app = app
        self._under = dict(under or {})
        self.policy = worn(policy, settings)

    @property
    def policy(self) -> AnyPolicy:
        """The policy in force. It can be replaced while requests are served: those that have begun keep theirs."""
        return self._policy

    @policy.setter
    def policy(self, policy: AnyPolicy) -> None:
        self._begin = Wsgi(policy, self._under).begin
        self._policy = policy

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun = self._begin(environ, start_response)
        if isinstance(begun, tuple):
            start_response(*begun)
            return [b""]
        try:
            body = self.app(environ, begun)
        except Exception:
            return _failed(environ, begun)
        # Nothing can fail in a list, nor in a file that the server sends itself.
        if type(body) in (list, tuple) or type(body) is environ.get("wsgi.file_wrapper"):
            return body
        return _Body(body, environ, begun)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "app":
            raise AttributeError(name)
        return getattr(self.app, name)


def _failed(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """The answer to the exception that is being handled, if the response's head has not been sent."""
    exc_info = sys.exc_info()
    try:
        errors = environ.get("wsgi.errors") or sys.stderr
        errors.write("".join(traceback.format_exception(*exc_info)))
        # Where the head has been sent, this raises the exception again, as the specification has it.
        start_response("500 Internal Server Error", list(_ERROR_HEADERS), exc_info)
    finally:
        # No cycle of frames.
        del exc_info
    return [_ERROR]


class _Body:
    """A response's body: what fails before its first piece can still be answered."""

    __slots__ = ("_body", "_environ", "_start_response")

    def __init__(self, body: Iterable[bytes], environ: Environ, start_response: StartResponse) -> None:
        self._body = body
        self._environ = environ
        self._start_response = start_response

    def __iter__(self) -> Iterator[bytes]:
        try:
            pieces = iter(self._body)
            first = next(pieces, None)
        except Exception:
            return iter(_failed(self._environ, self._start_response))
        return iter(()) if first is None else chain((first,), pieces)

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()

