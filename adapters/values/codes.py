"""Mã hồ sơ as people copy it: any case, spaces and dashes; the check symbol decides."""

from __future__ import annotations

from adapters.contract import Fact
from adapters.values.writing import said
from domain.case_code import normalise


def case_code(text: str, *, at: str) -> Fact:
    """The code as printed, ``HS-XXXXX-XXXXX``.

    Raises:
        RefusedError: `case_code_wrong`, or as `writing.said`.
    """
    return Fact(normalise(said(text, limit=40)), text, at)
