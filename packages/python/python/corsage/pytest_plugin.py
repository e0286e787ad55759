"""What pytest finds by itself: the fixtures `page_can`, `page_cannot`, `async_page_can` and `async_page_cannot`, with
the origin of the page and the browsers that judge set once in the configuration.

```toml
[tool.pytest.ini_options]
corsage_origin = "https://app.example"
corsage_browser = "every"
```
"""

from __future__ import annotations

import functools
from typing import Any, Callable

import pytest

from . import testing

__all__ = ["async_page_can", "async_page_cannot", "page_can", "page_cannot"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("corsage_origin", "the origin of the page that fetches, where a test names none")
    parser.addini("corsage_browser", "the browser that judges, where a test names none; every for all of them")


def _with_defaults(assertion: Callable[..., Any], config: pytest.Config) -> Callable[..., Any]:
    given = {"origin": config.getini("corsage_origin"), "browser": config.getini("corsage_browser")}
    return functools.partial(assertion, **{name: value for name, value in given.items() if value})


@pytest.fixture
def page_can(pytestconfig: pytest.Config) -> Callable[..., testing.PageResponse]:
    """`corsage.testing.page_can`, with the configuration's origin and browser."""
    return _with_defaults(testing.page_can, pytestconfig)


@pytest.fixture
def page_cannot(pytestconfig: pytest.Config) -> Callable[..., testing.Blocked]:
    """`corsage.testing.page_cannot`, with the configuration's origin and browser."""
    return _with_defaults(testing.page_cannot, pytestconfig)


@pytest.fixture
def async_page_can(pytestconfig: pytest.Config) -> Callable[..., Any]:
    """`corsage.testing.async_page_can`, with the configuration's origin and browser."""
    return _with_defaults(testing.async_page_can, pytestconfig)


@pytest.fixture
def async_page_cannot(pytestconfig: pytest.Config) -> Callable[..., Any]:
    """`corsage.testing.async_page_cannot`, with the configuration's origin and browser."""
    return _with_defaults(testing.async_page_cannot, pytestconfig)
