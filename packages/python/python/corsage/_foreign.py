"""The settings of other packages, read by the models of what those packages do."""

from __future__ import annotations

import re
import warnings
from typing import Any, Iterable, Mapping

from ._native import Converted, convert
from ._warn import PolicyWarning, tell

__all__ = ["ConversionError", "from_django_settings", "from_flask_cors", "from_starlette"]


class ConversionError(ValueError):
    """Settings that this package's policies cannot say, or that the other package itself would refuse."""


def from_starlette(app: Any = None, *, accept_wider: str | None = None, **options: Any) -> Converted:
    """Reads the options of Starlette's `CORSMiddleware`, or those that an application of Starlette or FastAPI has
    been given.

    What is found wrong with them is told as a `PolicyWarning`, as `corsage check` tells it; `findings` has all of it,
    and `differences` what pages would notice. Nothing is widened unless `accept_wider` says why it may be.
    """
    if app is not None:
        options = _starlette_options(app)
    lines = [
        "from starlette.applications import Starlette",
        "from starlette.middleware.cors import CORSMiddleware",
        "import re",
        "app = Starlette()",
        f"app.add_middleware(CORSMiddleware, {_arguments(options)})",
    ]
    return _converted("starlette", "\n".join(lines), accept_wider)


def from_flask_cors(app: Any = None, *, accept_wider: str | None = None, **options: Any) -> Converted:
    """Reads the options of flask-cors' `CORS`; with an application, its configuration's `CORS_*` too."""
    if app is not None:
        configured = {name[5:].lower(): value for name, value in app.config.items() if name.startswith("CORS_")}
        options = {**configured, **options}
    arguments = _arguments(options)
    lines = [
        "from flask import Flask",
        "from flask_cors import CORS",
        "import re",
        "app = Flask(__name__)",
        f"CORS(app{', ' if arguments else ''}{arguments})",
    ]
    return _converted("flask", "\n".join(lines), accept_wider)


def from_django_settings(settings: Any = None, *, accept_wider: str | None = None) -> Converted:
    """Reads the settings of django-cors-headers: of Django itself, or of a module, an object or a mapping."""
    if settings is None:
        from django.conf import settings as django_settings

        settings = django_settings
    names: Iterable[str] = settings if isinstance(settings, Mapping) else dir(settings)
    read = settings.__getitem__ if isinstance(settings, Mapping) else lambda name: getattr(settings, name)
    found = {name: read(name) for name in names if name.startswith("CORS_")}
    if not found:
        raise ConversionError("there is no setting of django-cors-headers: none begins with CORS_")
    lines = ["import re", *(f"{name} = {_literal(value)}" for name, value in sorted(found.items()))]
    return _converted("django", "\n".join(lines), accept_wider)


def _starlette_options(app: Any) -> dict[str, Any]:
    for middleware in getattr(app, "user_middleware", ()):
        if getattr(middleware.cls, "__name__", "") == "CORSMiddleware":
            return dict(middleware.kwargs)
    raise ConversionError("the application has no CORSMiddleware: add_middleware() has not been given one")


def _arguments(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_literal(value)}" for name, value in options.items())


def _literal(value: Any) -> str:
    """A value as Python's source has it, which is what the models read."""
    if isinstance(value, re.Pattern):
        return f"re.compile({value.pattern!r}, {int(value.flags)})" if value.flags & ~re.UNICODE else (
            f"re.compile({value.pattern!r})"
        )
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    if value is None or isinstance(value, (str, bytes, bool, int, float)):
        return repr(value)
    if hasattr(value, "total_seconds"):
        return repr(int(value.total_seconds()))
    raise ConversionError(f"{value!r} is not read: text, numbers, lists, dicts and compiled expressions are")


def _converted(format: str, text: str, accept_wider: str | None) -> Converted:
    try:
        converted = convert(format, text)
    except ValueError as error:
        raise ConversionError(str(error)) from error
    tell(converted.findings, 3)
    if converted.admits_more and accept_wider is None:
        told = "pages would gain by the policy: write it yourself, or say why it may be: accept_wider=\"why\""
        raise ConversionError(f"{told}\n{converted.differences}")
    if converted.verdict != "exact":
        told = f"the policy is not the same to every page ({converted.verdict}):\n{converted.differences}"
        warnings.warn(told, PolicyWarning, stacklevel=3)
    return converted
