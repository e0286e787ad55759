"""Middleware for Django's `MIDDLEWARE`, where the WSGI or ASGI application cannot be wrapped.

```python
MIDDLEWARE = [
    "corsage.django.CorsMiddleware",  # the first
    ...
]
CORSAGE_POLICY = {"allow_origins": ["https://app.example"]}
```

Django turns every exception of a view or of another middleware into a response before the first middleware sees
it, so that it carries the headers too.
"""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Mapping, cast

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from ._foreign import from_django_settings
from ._native import Policies, Policy, PolicyError, Wsgi
from ._wear import AnyPolicy, worn

try:
    from asgiref.sync import iscoroutinefunction, markcoroutinefunction
except ImportError:  # pragma: no cover - asgiref comes with Django
    raise

__all__ = ["CorsMiddleware", "policy_of_settings"]


def policy_of_settings() -> AnyPolicy:
    """`CORSAGE_POLICY`: a `Policy`, `Policies`, a dict of a policy's settings, or the path of a `corsage.toml`.

    Without it the settings of django-cors-headers are read, if there are any.
    """
    policy: Any = getattr(django_settings, "CORSAGE_POLICY", None)
    try:
        if policy is None:
            return from_django_settings().policies
        if isinstance(policy, Mapping):
            return worn(None, policy)
        if isinstance(policy, (Policy, Policies)):
            return worn(policy, {})
        return worn(Policies.from_file(policy), {})
    except PolicyError as error:
        raise ImproperlyConfigured(f"CORSAGE_POLICY: {error}") from error


class CorsMiddleware:
    """Answers preflights, and puts the headers on every response. It is the first of `MIDDLEWARE`."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._native = Wsgi(policy_of_settings())
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self.get_response):
            return self._answer_async(request)
        answer, begun = self._begin(request)
        return answer if answer is not None else _finish(begun, self.get_response(request))

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        answer, begun = self._begin(request)
        return answer if answer is not None else _finish(begun, await self.get_response(request))

    def _begin(self, request: HttpRequest) -> tuple[HttpResponse | None, Any]:
        start = _Start()
        begun = self._native.begin(cast("dict[str, Any]", request.META), start)
        if type(begun) is tuple:
            status, lines = begun
            answer = HttpResponse(status=int(status.split(" ", 1)[0]))
            del answer["Content-Type"]
            for name, value in lines:
                answer[name] = value
            return answer, None
        return None, (begun, start)


class _Start:
    """Takes the header lines that a response is to have."""

    lines: list[tuple[str, str]]

    def __call__(self, status: str, lines: list[tuple[str, str]], exc_info: Any = None) -> None:
        self.lines = lines


def _finish(begun: Any, response: HttpResponseBase) -> HttpResponseBase:
    start_response, start = begun
    names = list(response.headers)
    start_response("", list(response.items()))
    for name in names:
        del response[name]
    for name, value in start.lines:
        # Django has one line of a name.
        response[name] = f"{response[name]}, {value}" if response.has_header(name) else value
    return response
