"""Assertions about what a page of another origin can fetch, judged by a browser's own algorithms.

```python
from corsage.testing import page_can, page_cannot

page_can(app, "/orders", method="PUT", headers={"content-type": "application/json"}, origin="https://app.example")
page_cannot(app, "/orders", origin="https://evil.example")
```

An application is asked in memory, a URL over the network. A page can also be *told* that something went wrong: an
error that carries the headers is a response, so a page "can", and sees its status.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, Union, cast
from urllib.parse import urljoin

from . import _native
from ._send import sender

__all__ = ["Blocked", "PageResponse", "async_page_can", "async_page_cannot", "page_can", "page_cannot"]

Headers = Union[Mapping[str, str], Iterable[tuple[str, str]]]

_PAGE = "https://page.example"
_HOST = "https://api.example"


@dataclass(frozen=True)
class PageResponse:
    """What the page sees of a response: headers that are not exposed are not among `headers`."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Blocked:
    """Why a browser keeps a response from the page: every condition that was not met, as codes that
    `corsage explain --code` explains. The first is the one that the browser's console names."""

    codes: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.codes[0]


def page_can(
    server: Any,
    url: str = "/",
    *,
    origin: str = _PAGE,
    method: str | None = None,
    headers: Headers = (),
    body: bytes | str | None = None,
    json: Any = None,
    credentials: str | None = None,
    cookies: Mapping[str, str] | None = None,
    redirect: str | None = None,
    mode: str | None = None,
    reads: Iterable[str] = (),
    browser: str | None = None,
    interface: str | None = None,
) -> PageResponse:
    """Asserts that the page gets a response it may read, and answers with what it sees of it.

    - `server`: an application (ASGI or WSGI; `interface` says which where it cannot be seen), a test client that has
      one, or a URL to which `url` is relative.
    - `url`: of `https://api.example`, unless it is absolute.
    - `origin`: the page's, `"null"` for a sandboxed frame.
    - `credentials`: `"omit"`, `"same-origin"` or `"include"`; `cookies` are what the browser holds for the server.
    - `json`: a body with its `Content-Type`, as `fetch` needs it to be said.
    - `reads`: headers of the response that the page is to read: they must be there, and exposed.
    - `browser`: `"chromium"`, `"firefox"`, `"webkit"`, `"standard"`, or `"every"` for all of them in turn.

    Raises `AssertionError` with what blocks, in order, what to change, and what was on the wire.
    """
    __tracebackhide__ = True
    asked = _asked(server, url, origin, method, headers, body, json, credentials, cookies, redirect, mode, reads, browser)
    status, lines = _native.page_can(sender(server, interface), asked)
    return PageResponse(status, _joined(lines))


def page_cannot(
    server: Any,
    url: str = "/",
    *,
    origin: str = _PAGE,
    method: str | None = None,
    headers: Headers = (),
    body: bytes | str | None = None,
    json: Any = None,
    credentials: str | None = None,
    cookies: Mapping[str, str] | None = None,
    redirect: str | None = None,
    mode: str | None = None,
    browser: str | None = None,
    interface: str | None = None,
) -> Blocked:
    """Asserts that a browser keeps the response from the page, and answers with every condition that was not met.

    Raises `AssertionError` if the page gets a response, and if nothing could be judged: no page, no request, no server
    that answered, nothing at that place (404), or the page is the server's own. Arguments as in `page_can`.
    """
    __tracebackhide__ = True
    asked = _asked(server, url, origin, method, headers, body, json, credentials, cookies, redirect, mode, (), browser)
    return Blocked(tuple(_native.page_cannot(sender(server, interface), asked)))


async def async_page_can(server: Any, url: str = "/", **asked: Any) -> PageResponse:
    """`page_can` for tests that run in an event loop: an ASGI application is called in that loop."""
    __tracebackhide__ = True
    response: PageResponse = await _in_this_loop(page_can, server, url, asked)
    return response


async def async_page_cannot(server: Any, url: str = "/", **asked: Any) -> Blocked:
    """`page_cannot` for tests that run in an event loop: an ASGI application is called in that loop."""
    __tracebackhide__ = True
    blocked: Blocked = await _in_this_loop(page_cannot, server, url, asked)
    return blocked


async def _in_this_loop(judge: Any, server: Any, url: str, asked: dict[str, Any]) -> Any:
    import asyncio

    from ._send import ASGI, OfLoop, application, interface_of

    __tracebackhide__ = True
    loop = asyncio.get_running_loop()
    app = application(server)
    if not isinstance(server, str) and (asked.get("interface") or interface_of(app)) == ASGI:
        server = OfLoop(app, loop)
    return await loop.run_in_executor(None, lambda: judge(server, url, **asked))


def _asked(
    server: Any,
    url: str,
    origin: str,
    method: str | None,
    headers: Headers,
    body: bytes | str | None,
    json: Any,
    credentials: str | None,
    cookies: Mapping[str, str] | None,
    redirect: str | None,
    mode: str | None,
    reads: Iterable[str],
    browser: str | None,
) -> _native.Asked:
    pairs = cast("Iterable[tuple[str, str]]", headers.items() if isinstance(headers, Mapping) else headers)
    lines = list(pairs)
    if json is not None:
        if body is not None:
            raise TypeError("a request has a body or json, not both")
        import json as module

        body = module.dumps(json)
        if not any(name.lower() == "content-type" for name, _ in lines):
            lines.append(("content-type", "application/json"))
        method = method or "POST"
    return {
        "url": urljoin(server if isinstance(server, str) else _HOST, url),
        "origin": origin,
        "method": method,
        "headers": lines,
        "body": body.encode() if isinstance(body, str) else body,
        "credentials": credentials,
        "redirect": redirect,
        "mode": mode,
        "cookies": [f"{name}={value}" for name, value in (cookies or {}).items()],
        "reads": list(reads),
        "browser": browser,
    }


def _joined(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in lines:
        name = name.lower()
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
