"""Versioned maps from the ways offices write a thing to its code: data beside this module, read once.

Each file says under `[map]` its version and the day from which it holds; a code has words in both languages, and no
spelling leads to two codes (`tests/adapters/test_values_maps.py`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(file: str) -> dict[str, Any]:
    """One file of `adapters.values`."""
    return tomllib.loads(files("adapters.values").joinpath(file).read_text("utf-8"))


@cache
def codes(file: str, name: str, same: Callable[[str], str]) -> Mapping[str, str]:
    """Code by spelling, made comparable by `same`."""
    return {same(spelled): code for code, one in table(file)[name].items() for spelled in one["spellings"]}
