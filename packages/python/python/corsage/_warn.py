"""What is to be said of a policy though it holds."""

from __future__ import annotations

import warnings
from typing import Iterable

from ._native import Problem


class PolicyWarning(UserWarning):
    """A policy holds, and something about it is probably not what was meant."""


def tell(problems: Iterable[Problem], stacklevel: int) -> None:
    """Warns of errors and warnings; notes are for whoever asks."""
    for problem in problems:
        if problem.severity != "note":
            warnings.warn(str(problem), PolicyWarning, stacklevel=stacklevel + 1)
