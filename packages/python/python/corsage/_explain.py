"""What a browser makes of a response, or of what an archive recorded."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Iterable, Literal, Mapping, Sequence, cast

from . import _native

__all__ = ["Explanation", "explain", "explain_har"]

Verdict = Literal["allowed", "blocked", "undecided"]


@dataclass(frozen=True)
class Explanation:
    """What a browser makes of one request. `str()` tells it to people."""

    verdict: Verdict
    #: The condition that was not met first, as `corsage explain --code` explains it.
    code: str | None
    method: str
    url: str
    #: How it was read, and what that leaves open.
    remarks: Sequence[str]
    #: The whole account, as `corsage explain --format json` has it; `None` where CORS has no say.
    account: Mapping[str, Any] | None = field(repr=False)
    _text: str = field(repr=False)

    @property
    def readable(self) -> bool:
        """Whether the page may read the response."""
        return self.verdict == "allowed"

    def __str__(self) -> str:
        code = f"[{self.code}]" if self.code else ""
        lines = [f"{self.verdict}{code}: {self.method} {self.url}", *(f"remark: {text}" for text in self.remarks)]
        return "\n".join([*lines, self._text]).rstrip() + "\n"


def explain(
    response: Any,
    origin: str,
    *,
    preflight: Any = None,
    credentials: Literal["omit", "include"] | None = None,
    browsers: Iterable[str] = (),
    language: str = "en",
) -> Explanation:
    """What a browser makes of a response that `requests` or `httpx` has got, if a page of `origin` had asked.

    Nothing is sent. A request for which a browser would send a preflight first is judged by `preflight`, the response
    to that; without it the verdict is `undecided` unless the response itself is blocked already. `credentials` is
    `"include"` if the request has a cookie and nothing else is said.
    """
    responses = [*getattr(response, "history", ()), response]
    entries = [_entry(one, origin, credentials) for one in responses]
    if preflight is not None:
        entries.insert(0, _entry(preflight, origin, None, of=responses[0]))
    told = json.loads(_native.explain_response(_archive(entries), list(browsers), language))
    explanation = _explanation(told["explanations"][0])
    if preflight is None and explanation.account is not None and explanation.account["preflight"]["due"]:
        return _without_preflight(explanation)
    return explanation


def explain_har(
    archive: str | bytes | PathLike[str] | Mapping[str, Any],
    url: str | None = None,
    *,
    method: str | None = None,
    browsers: Iterable[str] = (),
    language: str = "en",
) -> list[Explanation]:
    """What became of the requests of a HAR: its path, its bytes, or what `json.load` made of it.

    `url`, a part of one will do, and `method` choose; without both it is about every request that failed.
    """
    if isinstance(archive, Mapping):
        data = json.dumps(archive).encode()
    elif isinstance(archive, bytes):
        data = archive
    else:
        data = Path(archive).read_bytes()
    told = json.loads(_native.explain_har(data, url, method, list(browsers), language))
    return [_explanation(one) for one in told["explanations"]]


def _explanation(told: Mapping[str, Any]) -> Explanation:
    return Explanation(
        verdict=cast(Verdict, told["verdict"]),
        code=told["code"],
        method=told["method"],
        url=told["url"],
        remarks=tuple(told["remarks"]),
        account=told["account"],
        _text=told["text"],
    )


def _without_preflight(explanation: Explanation) -> Explanation:
    assert explanation.account is not None
    because = "; ".join(explanation.account["preflight"]["because"])
    remark = (
        f"a browser sends a preflight first ({because}), and no answer to one was given: send "
        "OPTIONS with Origin and Access-Control-Request-Method, and pass the response as preflight="
    )
    blocked = explanation.verdict == "blocked"
    return Explanation(
        verdict="blocked" if blocked else "undecided",
        code=explanation.code,
        method=explanation.method,
        url=explanation.url,
        remarks=(*explanation.remarks, remark),
        account=explanation.account,
        _text=explanation._text,
    )


def _archive(entries: list[dict[str, Any]]) -> bytes:
    log = {"version": "1.2", "creator": {"name": "corsage", "version": "0"}, "entries": entries}
    return json.dumps({"log": log}).encode()


def _entry(response: Any, origin: str, credentials: str | None, of: Any = None) -> dict[str, Any]:
    """An exchange as archives have it, as if a page had asked."""
    request = response.request
    headers = [(name, value) for name, value in _lines(request.headers) if name.lower() not in _NOT_A_PAGES]
    headers.append(("origin", origin))
    if of is not None:
        # A preflight, however it was sent.
        names = {name.lower() for name, _ in headers}
        if "access-control-request-method" not in names:
            headers.append(("access-control-request-method", str(of.request.method)))
    else:
        headers.append(("sec-fetch-mode", "cors"))
        if credentials == "omit":
            headers = [(name, value) for name, value in headers if name.lower() != "cookie"]
        elif credentials == "include" and not any(name.lower() == "cookie" for name, _ in headers):
            headers.append(("cookie", "-"))
    # httpx keeps it under another name, and only once it has been read.
    body = getattr(request, "body", None) or getattr(request, "_content", None)
    recorded: dict[str, Any] = {
        "method": request.method,
        "url": str(request.url),
        "headers": [{"name": name, "value": value} for name, value in headers],
    }
    if body:
        data = body if isinstance(body, bytes) else str(body).encode()
        recorded["postData"] = {"mimeType": "", "text": base64.b64encode(data).decode()}
    return {
        "startedDateTime": "2026-01-01T00:00:00.000Z",
        "request": recorded,
        "response": {
            "status": response.status_code,
            "statusText": "",
            "headers": [{"name": name, "value": value} for name, value in _response_lines(response)],
        },
    }


#: What these libraries add themselves: a page sends none of it, or its browser does.
_NOT_A_PAGES = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "host", "origin", "user-agent", "transfer-encoding"}
)


def _lines(headers: Any) -> Iterable[tuple[str, str]]:
    multi = getattr(headers, "multi_items", None)
    pairs = multi() if multi is not None else headers.items()
    return [(_text(name), _text(value)) for name, value in pairs]


def _response_lines(response: Any) -> Iterable[tuple[str, str]]:
    # requests joins the lines of a name; urllib3 below it has them one by one.
    raw = getattr(getattr(response, "raw", None), "headers", None)
    items = getattr(raw, "iteritems", None)
    if items is not None:
        return [(_text(name), _text(value)) for name, value in items()]
    return _lines(response.headers)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
