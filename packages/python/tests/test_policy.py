"""Policies: what is refused, and how that is told."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import pytest
from corsage import Policies, Policy, PolicyError, PolicyWarning, asgi


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(PolicyError) as raised:
        Policy(allow_origins=["https://app.example/", "app.example", "*"], allow_credentials=True)
    codes = {problem.code for problem in raised.value.problems}
    assert {"trailing-slash", "no-scheme", "wildcard-with-credentials"} <= codes
    first = raised.value.problems[0]
    assert first.field.startswith("allow_origins[") and first.cause and first.way_out
    assert str(first) in str(raised.value)
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize(
    ("settings", "error", "told"),
    [
        ({"allow_origins": "https://app.example"}, TypeError, "write ['https://app.example']"),
        ({"allow_origins": [1]}, TypeError, "allow_origins[0] is 1"),
        ({"allow_origins": 3}, TypeError, "a list of texts"),
        ({"allow_orgins": []}, TypeError, "there are allow_origins"),
        ({"allow_origin_regex": ".*"}, TypeError, "from_starlette"),
        ({"supports_credentials": True}, TypeError, "from_flask_cors"),
        ({"CORS_ALLOWED_ORIGINS": []}, TypeError, "from_django_settings"),
        ({"allow_credentials": "yes"}, TypeError, "True or False"),
        ({"max_age": "10m"}, TypeError, "seconds, a timedelta or None"),
        ({"max_age": -1}, PolicyError, "negative"),
        ({"max_age": float("nan")}, PolicyError, "max_age"),
        ({"max_age": 10**40}, (PolicyError, OverflowError), ""),
        ({"preflight": "maybe"}, ValueError, "no-content"),
        ({"tolerate": {"everything": "why"}}, ValueError, "insecure-origins"),
        ({"tolerate": ["null-origin"]}, TypeError, "tolerate"),
        ({"allow_origins_where": 3}, TypeError, "a function"),
        ({"debug_header": 3}, TypeError, "name of a header"),
    ],
)
def test_what_is_no_setting_is_said(settings: dict[str, Any], error: Any, told: str) -> None:
    with pytest.raises(error) as raised:
        Policy(**settings)
    assert told in str(raised.value)


def test_ages_are_seconds_or_timedeltas() -> None:
    for age in (600, 600.0, datetime.timedelta(minutes=10)):
        Policy(allow_origins=["https://app.example"], max_age=age)


def test_a_function_admits_origins_and_its_exceptions_admit_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = Policy(allow_origins_where=lambda origin: origin.endswith(".tenant.example"))
    assert policy.admits_origin("https://a.tenant.example")
    assert not policy.admits_origin("https://b.example")

    def broken(origin: str) -> bool:
        raise RuntimeError("on purpose")

    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    assert not Policy(allow_origins_where=broken).admits_origin("https://a.example")
    assert [str(one.exc_value) for one in told] == ["on purpose"]


def test_warnings_are_told_where_the_policy_is_worn() -> None:
    policy = Policy(allow_origins=["https://app.example"], allow_methods=["patch"])
    assert [problem.code for problem in policy.problems] == ["lower-case-patch"]
    with pytest.warns(PolicyWarning, match="lower-case-patch") as told:
        asgi.CorsMiddleware(lambda *_: None, policy)  # type: ignore[arg-type,return-value]
    assert told[0].filename == __file__


def test_policies_come_from_files(tmp_path: Path) -> None:
    text = '[[policy]]\nname = "public"\npaths = ["/public"]\nallow_origins = ["*"]\n'
    file = tmp_path / "corsage.toml"
    file.write_text(text)
    policies = Policies.from_file(file)
    assert policies.names == ["public"] and len(policies) == 1 and policies.text == text
    with pytest.raises(PolicyError) as raised:
        Policies.from_toml(text.replace("allow_origins", "allow_orgins"))
    places = {problem.code: problem.place for problem in raised.value.problems}
    assert places["unknown-key"] == "corsage.toml:4:1"
    with pytest.raises(OSError, match="there-is-none"):
        Policies.from_file(tmp_path / "there-is-none.toml")
