"""What a middleware is given, as the policy that it wears."""

from __future__ import annotations

from typing import Any, Mapping, Union

from ._native import Policies, Policy
from ._warn import tell

AnyPolicy = Union[Policy, Policies]


def worn(policy: AnyPolicy | None, settings: Mapping[str, Any], stacklevel: int = 2) -> AnyPolicy:
    """The policy itself, or one of keyword arguments; its warnings are told."""
    if policy is None:
        policy = Policy(**settings)
    elif settings:
        names = ", ".join(settings)
        raise TypeError(f"a middleware is given a policy, or the settings of one: not both ({names})")
    # Anything else the engine refuses by its type.
    if isinstance(policy, (Policy, Policies)):
        tell(policy.problems, stacklevel + 1)
    return policy
