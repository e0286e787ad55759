"""The cases that hold for the core and for every adapter in Rust, through the ASGI and the WSGI middleware."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from corsage import Policy, asgi, wsgi
from support import Response, asgi_server, send, wsgi_server

# Another file of the same format, for whoever keeps some aside.
DATA = Path(__file__).parents[3] / "conformance" / "data"
FILES = (
    [Path(os.environ["CORSAGE_SERVER_CASES"])]
    if "CORSAGE_SERVER_CASES" in os.environ
    else [DATA / "server-cases.jsonl.gz", DATA / "server-cases-crafted.jsonl"]
)


def cases() -> list[dict[str, Any]]:
    lines: list[str] = []
    for file in FILES:
        data = file.read_bytes()
        lines += (gzip.decompress(data) if file.suffix == ".gz" else data).decode().splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def skip(case: dict[str, Any]) -> bool:
    """What is left out on purpose, as the runner in Rust leaves it out: by what a case asks, never by its id."""
    private = case["expect"].get("headers", {}).get("access-control-allow-private-network")
    return bool(case["policy"].get("origin_regex")) or private is not None


def policy_of(case: dict[str, Any]) -> Policy:
    own = case["policy"]
    settings: dict[str, Any] = {
        "allow_methods": own.get("methods", []),
        "allow_headers": own.get("request_headers", []),
        "expose_headers": own.get("expose_headers", []),
        "allow_credentials": own.get("credentials", False),
        "max_age": own.get("max_age"),
        "vary_also": own.get("vary_also", []),
        "tolerate": {name: "the case says so" for name in own.get("tolerate", [])},
    }
    wanted = own.get("require_request_header")
    headers = {name.lower(): value for name, value in case["request"]["headers"]}
    if wanted and headers.get(wanted[0].lower()) != wanted[1]:
        # A rule over another request header is two policies, and the application chooses.
        settings["allow_origins_where"] = lambda origin: False
    elif wanted or own.get("dynamic_origin"):
        settings["allow_origins_where"] = own["origins"].__contains__
    else:
        settings["allow_origins"] = own["origins"]
    return Policy(**settings)


class Stage:
    """An application of both kinds that answers as the case says, and remembers that it was asked."""

    status = 200
    lines: list[tuple[str, str]] = []
    reached = False

    def set(self, case: dict[str, Any]) -> None:
        own = case["policy"]
        self.lines = [(name, value) for name, value in own.get("upstream_headers", [])]
        self.lines += [("vary", value) for value in own.get("upstream_vary", [])]
        self.status = case["request"].get("upstream_status") or 200
        self.reached = False

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached = True
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.lines]
        await send({"type": "http.response.start", "status": self.status, "headers": lines})
        await send({"type": "http.response.body", "body": b""})

    def wsgi(self, environ: Any, start_response: Any) -> list[bytes]:
        self.reached = True
        start_response(f"{self.status} Status", list(self.lines))
        return [b""]


class Engine:
    def __init__(self, stage: Stage, wear: Callable[[Policy], None], port: int) -> None:
        self.stage, self.wear, self.port = stage, wear, port


@pytest.fixture(scope="module", params=["asgi", "wsgi"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    stage = Stage()
    before = Policy(allow_origins=["https://app.example"])
    kind: Any = asgi if request.param == "asgi" else wsgi
    middleware = kind.CorsMiddleware(getattr(stage, request.param), before)
    serve: Any = asgi_server if request.param == "asgi" else wsgi_server

    def wear(policy: Policy) -> None:
        middleware.policy = policy

    with serve(middleware) as port:
        yield Engine(stage, wear, port)


def test_all(engine: Engine) -> None:
    told: list[str] = []
    ran = 0
    for case in cases():
        if skip(case):
            continue
        ran += 1
        engine.stage.set(case)
        engine.wear(policy_of(case))
        asked = case["request"]
        headers = [(name, value) for name, value in asked["headers"]]
        if asked.get("target"):
            headers.append(("host", asked["target"].split("://", 1)[-1].split("/", 1)[0]))
        answer = send(engine.port, asked["method"], "/stage", headers)
        faults = judged(case, answer, engine.stage.reached)
        told += [f"{case['id']}: {fault}: {answer}" for fault in faults]
    assert ran > 0
    assert not told, f"{len(told)} faults in {ran} cases\n" + "\n".join(told[:20])


def judged(case: dict[str, Any], answer: Response, reached: bool) -> Iterator[str]:
    expect = case["expect"]
    yield from lines(case, answer)
    names = answer.tokens("vary")
    names_origin = "origin" in names or "*" in names
    constant = bool(answer.all("access-control-allow-origin"))
    wanted = expect.get("vary_origin")
    if not names_origin and (wanted == "required" or (wanted == "unless-static" and not constant)):
        yield "Vary does not name Origin"
    yield from (f"Vary has lost {name}" for name in expect.get("vary_keeps", []) if name.lower() not in names)
    if browser := expect.get("browser"):
        verdict = browsers_verdict(case, browser, answer)
        if (verdict == "") != (browser["verdict"] == "pass"):
            yield f"a browser: {verdict or 'passes'}, expected {browser['verdict']}"
    found = "reached" if reached else "not-reached"
    if expect.get("handler") not in (None, found):
        yield f"the handler was {found}"
    status = case["request"].get("upstream_status")
    if reached and status is not None and answer.status != status:
        yield "the handler's status has changed"


def lines(case: dict[str, Any], answer: Response) -> Iterator[str]:
    expect, own = case["expect"], case["policy"]
    fails = (expect.get("browser") or {}).get("verdict") == "fail"
    one = len(own["origins"]) == 1 and "*" not in own["origins"][0] and not own.get("dynamic_origin")
    for name, wanted in expect.get("headers", {}).items():
        found = answer.all(name)
        also = expect.get("also_ok", {}).get(name)
        right = found == [] if wanted is None else found in ([wanted], [also])
        # The one allowed origin may be named to everybody: the browser's verdict stays.
        if not right and not (wanted is None and len(found) == 1 and fails and one):
            yield f"{name}: {found}, expected {wanted}"
    if len(answer.all("access-control-allow-origin")) > 1:
        yield "several lines of Access-Control-Allow-Origin"
    exposed = answer.tokens("access-control-expose-headers")
    for name in expect.get("exposes", []):
        if name.lower() not in exposed and not ("*" in exposed and not own.get("credentials")):
            yield f"{name} is not exposed"


def browsers_verdict(case: dict[str, Any], browser: dict[str, Any], answer: Response) -> str:
    """The CORS check and the CORS-preflight fetch, restated from the standard in few lines; empty if they pass."""
    include = browser["credentials_mode"] == "include"
    origins = [value for name, value in case["request"]["headers"] if name == "origin"]
    origin = origins[0] if origins else "null"
    allowed = answer.all("access-control-allow-origin")
    if not allowed:
        return "no Access-Control-Allow-Origin"
    value = ", ".join(allowed)
    if not (value == "*" and not include):
        if value != origin:
            return "another Access-Control-Allow-Origin"
        if include and ", ".join(answer.all("access-control-allow-credentials")) != "true":
            return "no Access-Control-Allow-Credentials"
    if browser["algorithm"] == "cors check":
        return ""
    if not 200 <= answer.status <= 299:
        return f"status {answer.status}"
    items = [item.strip() for value in answer.all("access-control-allow-methods") for item in value.split(",")]
    names = answer.tokens("access-control-allow-headers")
    method = "GET" if browser.get("method") is None else browser["method"]
    if method not in (*items, "GET", "HEAD", "POST") and not ("*" in items and not include):
        return f"method {method}"
    for name in browser.get("unsafe_headers") or []:
        covered = "*" in names and not include and name.lower() != "authorization"
        if name.lower() not in names and not covered:
            return f"header {name}"
    return ""
