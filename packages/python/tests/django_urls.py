"""The URLs of the Django project of the tests."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path


def get(request: Any) -> HttpResponse:
    return HttpResponse("hello", headers={"vary": "accept-language"})


def error(request: Any) -> HttpResponse:
    raise RuntimeError("on purpose")


urlpatterns = [path("get", get), path("panic", error)]
