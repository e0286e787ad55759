"""Middleware for ASGI: Starlette, FastAPI, Litestar, Quart, Django."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Mapping, MutableMapping

from ._native import Asgi, Policy
from ._wear import AnyPolicy, worn

__all__ = ["CorsMiddleware"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

_ERROR_START: Message = {
    "type": "http.response.start",
    "status": 500,
    "headers": [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"21")],
}
_ERROR_BODY: Message = {"type": "http.response.body", "body": b"Internal Server Error"}


class CorsMiddleware:
    """Answers preflights, and puts the headers on every response: on errors too, and on the one that an exception
    nobody catches becomes.

    Wrap the application with it, outermost. `policy` is a `Policy`, or `Policies` by host and path; or give a
    policy's settings as keyword arguments. `under` has other policies for paths and all below them.

    An exception is passed on to the server once the answer to it has been sent, so that it is logged as ever.
    """

    app: App

    def __init__(
        self,
        app: App,
        policy: AnyPolicy | None = None,
        *,
        under: Mapping[str, Policy] | None = None,
        refuse_web_sockets: bool = False,
        **settings: Any,
    ) -> None:
        self.app = app
        self._under = dict(under or {})
        self._refuse_web_sockets = refuse_web_sockets
        self.policy = worn(policy, settings)

    @property
    def policy(self) -> AnyPolicy:
        """The policy in force. It can be replaced while requests are served: those that have begun keep theirs."""
        return self._policy

    @policy.setter
    def policy(self, policy: AnyPolicy) -> None:
        self._native = Asgi(policy, self._under, self._refuse_web_sockets)
        self._begin = self._native.begin
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket" and self._native.refuses_web_socket(scope):
                # Before it is accepted this is a refusal with 403.
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            await self.app(scope, receive, send)
            return
        begun = self._begin(scope, send)
        if isinstance(begun, tuple):
            for message in begun:
                await send(message)
            return
        try:
            await self.app(scope, receive, begun)
        except Exception:
            if not begun.started:
                await begun(_ERROR_START)
                await begun(_ERROR_BODY)
            raise

    def __getattr__(self, name: str) -> Any:
        # What is wrapped keeps its own: `app.state`, `app.router`, …
        if name.startswith("_") or name == "app":
            raise AttributeError(name)
        return getattr(self.app, name)
