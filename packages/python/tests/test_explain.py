"""Explanations of responses and archives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

import httpx
import pytest
import requests
from corsage import Policy, explain, explain_har, wsgi
from support import wsgi_server

APP = "https://app.example"


def hello(environ: Any, start_response: Any) -> list[bytes]:
    if environ["PATH_INFO"] == "/moved":
        start_response("302 Found", [("Location", "/")])
    elif environ["PATH_INFO"] == "/twice":
        start_response("200 OK", [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Origin", APP)])
    else:
        start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


@pytest.fixture(scope="module")
def plain() -> Iterator[str]:
    with wsgi_server(hello) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def shared() -> Iterator[str]:
    policy = Policy(allow_origins=[APP], allow_methods=["PUT"])
    with wsgi_server(wsgi.CorsMiddleware(hello, policy)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("library", [requests, httpx])
def test_a_response_of_either_library(library: Any, plain: str, shared: str) -> None:
    blocked = explain(library.get(plain), origin=APP)
    assert (blocked.verdict, blocked.code, blocked.readable) == ("blocked", "missing-allow-origin", False)
    assert "Access-Control-Allow-Origin" in str(blocked) and f'allow_origins=["{APP}"]' in str(blocked)
    allowed = explain(library.get(shared), origin=APP)
    assert allowed.verdict == "allowed" and allowed.readable and allowed.account is not None
    assert explain(library.get(shared), origin="https://b.example").code == "allow-origin-mismatch"
    assert explain(library.get(shared), origin=APP, credentials="include").code == "allow-credentials-not-true"


@pytest.mark.parametrize("library", [requests, httpx])
def test_header_lines_are_not_joined(library: Any, plain: str) -> None:
    assert explain(library.get(f"{plain}/twice"), origin=APP).code == "multiple-allow-origin"


@pytest.mark.parametrize("library", [requests, httpx])
def test_redirects_are_judged_hop_by_hop(library: Any, plain: str) -> None:
    kwargs = {"follow_redirects": True} if library is httpx else {}
    moved = explain(library.get(f"{plain}/moved", **kwargs), origin=APP)
    assert moved.verdict == "blocked" and moved.url.endswith("/moved")


def test_a_preflight_that_nobody_sent_is_not_made_up(shared: str) -> None:
    put = requests.put(shared, json={})
    told = explain(put, origin=APP)
    assert told.verdict == "undecided" and "preflight=" in str(told)
    headers = {"Origin": APP, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    preflight = requests.options(shared, headers=headers)
    refused = explain(put, origin=APP, preflight=preflight)
    assert (refused.verdict, refused.code) == ("blocked", "header-not-allowed")
    del headers["Access-Control-Request-Headers"]
    preflight = requests.options(shared, headers=headers)
    put = requests.put(shared, data=b"{}")
    assert explain(put, origin=APP, preflight=preflight).verdict == "allowed"


def test_in_russian(plain: str) -> None:
    assert "заголов" in str(explain(requests.get(plain), origin=APP, language="ru"))


def archive() -> dict[str, Any]:
    headers = [{"name": "origin", "value": APP}, {"name": "sec-fetch-mode", "value": "cors"}]
    entries = [
        {
            "request": {"method": "GET", "url": f"https://api.example/{path}", "headers": headers},
            "response": {"status": 200, "headers": lines},
        }
        for path, lines in (("a", []), ("b", [{"name": "access-control-allow-origin", "value": "*"}]))
    ]
    return {"log": {"creator": {"name": "proxy"}, "entries": entries}}


def test_an_archive(tmp_path: Path) -> None:
    file = tmp_path / "session.har"
    file.write_text(json.dumps(archive()))
    for given in (file, str(file), file.read_bytes(), archive()):
        (one,) = explain_har(given)  # type: ignore[arg-type]
        assert one.code == "missing-allow-origin" and one.url == "https://api.example/a"
    (other,) = explain_har(archive(), "/b")
    assert other.readable
    with pytest.raises(ValueError, match="no HAR archive"):
        explain_har(b"{}")
    with pytest.raises(ValueError, match="one of"):
        explain_har(archive(), browsers=["netscape"])
    with pytest.raises(ValueError, match="one of"):
        explain_har(archive(), language="xx")
    with pytest.raises(OSError):
        explain_har(tmp_path / "there-is-none.har")
