"""The commands of docs/connecting.md, as they stand there, with the places of a test in place of those of a reader."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from tests.tree import ROOT

PAGE = (ROOT / "docs" / "connecting.md").read_text("utf-8")
COMMANDS = tuple(re.findall(r"^\$ (.+)$", PAGE, flags=re.MULTILINE))


def command(holding: str, places: Mapping[str, Path | str]) -> list[str]:
    """The one command of the page that holds this text, as arguments; `*.java` is opened as a shell would."""
    (line,) = [one for one in COMMANDS if holding in one]
    for place, instead in places.items():
        line = line.replace(place, str(instead))
    found: list[str] = []
    for argument in shlex.split(line):
        found += sorted(map(str, ROOT.glob(argument))) if argument.endswith(".java") else [argument]
    return found
