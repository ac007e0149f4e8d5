"""The words of the interface: one sentence for every stable code, in Vietnamese and English.

They lie in `domain/words/*.toml`, one table for each code::

    [row_date_impossible]
    vi = "ngày không có trong dương lịch"
    en = "there is no such date"

`{name}` marks a parameter. Words never quote what somebody sent.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["vi", "en"]


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All codes with their words.

    Raises:
        ValueError: a code stands in two files, or lacks a language.
    """
    words: dict[str, dict[str, str]] = {}
    for file in sorted(files("domain").joinpath("words").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        for code, texts in tomllib.loads(file.read_text("utf-8")).items():
            if code in words or not {"vi", "en"} <= texts.keys():
                raise ValueError(f"words for {code}: twice, or without vi or en")
            words[code] = texts
    return words


def say(code: str, language: Language = "vi", /, **params: str | int) -> str:
    """Give the sentence for a code; an unknown code is shown as itself, so that nothing is ever blank."""
    texts = catalogue().get(code)
    if texts is None:
        return code
    try:
        return texts[language].format(**params)
    except (KeyError, IndexError):
        return texts[language]
