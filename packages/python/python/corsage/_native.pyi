"""What the extension module has. Users import it from `corsage`."""

from __future__ import annotations

from datetime import timedelta
from os import PathLike
from typing import Any, Callable, Iterable, Literal, Mapping, Sequence, TypedDict

class Problem:
    """One problem: what, where, why, and what to write instead."""

    @property
    def severity(self) -> Literal["error", "warning", "note"]: ...
    @property
    def code(self) -> str:
        """A stable name, in kebab-case."""
    @property
    def field(self) -> str:
        """The setting, with the position in its list."""
    @property
    def value(self) -> str: ...
    @property
    def cause(self) -> str: ...
    @property
    def way_out(self) -> str: ...
    @property
    def place(self) -> str | None:
        """`file:line:column`, where it was read from a file."""

class PolicyError(ValueError):
    """A policy with errors: all of them are in `problems`, warnings and notes too."""

    problems: Sequence[Problem]

class Policy:
    """One policy. It exists only if its settings have no error; otherwise `PolicyError` names every problem."""

    def __new__(
        cls,
        *,
        allow_origins: Iterable[str] = ...,
        allow_origins_where: Callable[[str], bool] | None = ...,
        allow_methods: Iterable[str] = ...,
        allow_headers: Iterable[str] = ...,
        expose_headers: Iterable[str] = ...,
        allow_credentials: bool = ...,
        max_age: float | timedelta | None = ...,
        tolerate: Mapping[str, str] = ...,
        disallowed_writes: Literal["execute", "refuse"] = ...,
        preflight: Literal["no-content", "ok", "gateway-api"] = ...,
        vary_also: Iterable[str] = ...,
        timing_allow_origins: Iterable[str] = ...,
        cross_origin_resource_policy: Literal["same-origin", "same-site", "cross-origin"] | None = ...,
        debug_header: str | None = ...,
    ) -> Policy:
        """Checks and compiles a policy.

        - `allow_origins`: origins as the address bar shows them, and patterns: `"https://*.example.com"` (one label or
          more, never the host itself), `"https://?.example.com"` (one label), `"http://localhost:*"` (any port),
          `"https://app-*.example.com"`; `"*"` for every origin.
        - `allow_origins_where`: a function that admits further origins. An exception in it admits nobody.
        - `allow_methods`: what else than GET, HEAD and POST; `"*"` for all.
        - `allow_headers`: request headers beyond the safelisted; JSON bodies need `content-type`.
        - `expose_headers`: response headers that pages may read.
        - `allow_credentials`: whether pages may send cookies.
        - `max_age`: how long browsers may remember a preflight: seconds, or a timedelta.
        - `tolerate`: guards that are lifted, each with the reason: `{"insecure-origins": "the intranet has no TLS"}`.
        - `disallowed_writes`: `"refuse"` answers writes of pages that are not allowed with 403.
        """
    @property
    def problems(self) -> list[Problem]:
        """Warnings and notes: what is to be said of it though it holds."""
    def admits_origin(self, origin: str) -> bool:
        """Whether it admits an origin, by whatever rule."""

class Policies:
    """Policies by host, path and method, as `corsage.toml` has them: the first that fits a request decides it."""

    @staticmethod
    def from_toml(text: str, name: str = "corsage.toml") -> Policies:
        """Reads the text of a file. A name that ends in `.yaml` has it read as YAML."""
    @staticmethod
    def from_file(path: str | PathLike[str]) -> Policies:
        """Reads a file."""
    @property
    def problems(self) -> list[Problem]: ...
    @property
    def names(self) -> list[str]:
        """The policies' names, in the order in which they are tried."""
    @property
    def text(self) -> str:
        """The text that they were read from, or that was written of another package's settings."""
    def __len__(self) -> int: ...

class Converted:
    """What became of another package's settings."""

    @property
    def policies(self) -> Policies:
        """The policies that say the same, as far as they can."""
    @property
    def findings(self) -> list[Problem]:
        """What is wrong with the settings as they are."""
    @property
    def differences(self) -> str:
        """What could not be said, and what pages would notice; empty where there is nothing."""
    @property
    def verdict(self) -> Literal["exact", "wider", "narrower", "different"]: ...
    @property
    def admits_more(self) -> bool:
        """Whether some page can read what it could not read before, errors aside."""

class Asgi:
    def __new__(
        cls,
        policy: Policy | Policies,
        under: dict[str, Policy] | None = None,
        refuse_web_sockets: bool = False,
    ) -> Asgi: ...
    def begin(self, scope: Any, send: Callable[..., Any]) -> AsgiSend | tuple[dict[str, Any], ...]: ...
    def refuses_web_socket(self, scope: Any) -> bool: ...

class AsgiSend:
    @property
    def started(self) -> bool: ...
    def __call__(self, message: Any) -> Any: ...

class Wsgi:
    def __new__(cls, policy: Policy | Policies, under: dict[str, Policy] | None = None) -> Wsgi: ...
    def begin(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> StartResponse | tuple[str, list[tuple[str, str]]]: ...

class StartResponse:
    @property
    def started(self) -> bool: ...
    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any: ...

class Asked(TypedDict):
    url: str
    origin: str
    method: str | None
    headers: list[tuple[str, str]]
    body: bytes | None
    credentials: str | None
    redirect: str | None
    mode: str | None
    cookies: list[str]
    reads: list[str]
    browser: str | None

Sender = Callable[[str, str, list[tuple[bytes, bytes]], bytes], tuple[int, list[tuple[bytes, bytes]]]]

def page_can(send: Sender, asked: Asked) -> tuple[int, list[tuple[str, str]]]: ...
def page_cannot(send: Sender, asked: Asked) -> list[str]: ...
def explain_har(
    archive: bytes,
    url: str | None = None,
    method: str | None = None,
    browsers: Sequence[str] = ...,
    language: str = "en",
) -> str: ...
def explain_response(archive: bytes, browsers: Sequence[str] = ..., language: str = "en") -> str: ...
def convert(format: str, text: str) -> Converted: ...
