"""What type checkers read: used as people use it. Nobody runs it."""

from __future__ import annotations

from typing import Any, Sequence

from corsage import Converted, Explanation, Policies, Policy, PolicyError, Problem, explain, from_starlette, install
from corsage.asgi import CorsMiddleware
from corsage.testing import Blocked, PageResponse, page_can, page_cannot
from corsage.wsgi import CorsMiddleware as WsgiMiddleware


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


def wsgi_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    return []


def use() -> None:
    try:
        policy = Policy(allow_origins=["https://app.example"], max_age=600, disallowed_writes="refuse")
    except PolicyError as error:
        problems: Sequence[Problem] = error.problems
        print(problems[0].code)
        return
    wrapped = CorsMiddleware(app, policy, under={"/public": Policy(allow_origins=["*"])})
    wrapped.policy = Policies.from_file("corsage.toml")
    WsgiMiddleware(wsgi_app, allow_origins=["https://app.example"])
    response: PageResponse = page_can(wrapped, "/", json={}, origin="https://app.example")
    blocked: Blocked = page_cannot(wrapped, origin="https://evil.example")
    converted: Converted = from_starlette(allow_origins=["*"])
    told: Explanation = explain(object(), origin="https://app.example")
    print(response.status, blocked.code, converted.policies, told.readable)
    same: Policies = install(converted.policies, policy)
    print(same)
    Policy(allow_orgins=[])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Policy(preflight="maybe")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
