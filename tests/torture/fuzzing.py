"""One reader under atheris: bytes that cover ever more of its code, and nothing but declared refusals may come out.

``python -m tests.torture.fuzzing READER FOLDER SECONDS`` starts from good files made up in FOLDER; libFuzzer ends it
with another status than 0 on any exception, on an input that takes longer than 10 s, and above 1 GB of memory.
"""

from __future__ import annotations

import io
import json
import random
import sys
import zipfile
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

# Optional: the group `fuzz`.
import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

with atheris.instrument_imports(include=["adapters", "domain.folding", "node.paper_formats"]):
    from adapters.contract import Draft, Note, Returned, Total
    from adapters.generic.adapter import GenericEvents
    from adapters.labour_department import LAYOUTS
    from adapters.labour_department.adapter import read_table
    from adapters.tables.reading import find_tables
    from adapters.tables.settled import settled
    from adapters.tables.sheets import Sheet
    from adapters.tables.styles import looks_of
    from adapters.values.fonts import judge
    from node.paper_formats import Passing
from domain.errors import RefusedError
from domain.wording import catalogue
from tests.adapters.generic_records import BATCH
from tests.adapters.workbooks import HEADINGS
from tests.mess.files import SUFFIXES, write
from tests.mess.forms import ADAPTERS
from tests.mess.people import TODAY, person
from tests.mess.truth import clean

SECONDS_EACH: Final = 10
MEGABYTES: Final = 1024
_ABOVE: Final = (tuple(above for above, _ in HEADINGS), tuple(below for _, below in HEADINGS))
_READ: Final = Draft | Returned | Note | Total

Target = Callable[[bytes], None]


def by_file(form: str, folder: Path, content: bytes) -> None:
    """A whole file of a form."""
    adapter = GenericEvents() if form == "events" else ADAPTERS[form]
    file = folder / f"input{SUFFIXES.get(form, '.json')}"
    file.write_bytes(content)
    adapter.reads(file)
    for item in adapter.read(file, today=TODAY):
        assert isinstance(item, _READ)


def by_paper(content: bytes) -> None:
    """The file of a paper as it is handed in, in small pieces; what is taken has one of the formats."""
    passing = Passing()
    deque(passing.pieces(content[start : start + 100] for start in range(0, len(content), 100)), maxlen=0)
    assert passing.format in {"pdf", "jpeg", "docx"}


def by_cells(content: bytes) -> None:
    """The rows of a Labour department's sheet: lines of cells, apart by a bar."""
    rows = [tuple(line.split("|")) for line in content.decode("utf-8", "replace").split("\n")[:60]]
    sheet = Sheet(name="Nạn nhân qua vụ án", rows=(*_ABOVE, *rows))
    tables, _ = find_tables((sheet,), LAYOUTS)
    for item in settled(tables, partial(read_table, today=TODAY), own="identity_paper"):
        assert isinstance(item, _READ)


def by_part(folder: Path, content: bytes) -> None:
    """What an xlsx shows of itself: the bytes are its sheet, its styles and its strings at once."""
    whole, made = folder / "whole.xlsx", io.BytesIO()
    with zipfile.ZipFile(whole) as good, zipfile.ZipFile(made, "w") as out:
        for name in good.namelist():
            changed = name.startswith("xl/worksheets/sheet") or name in {"xl/styles.xml", "xl/sharedStrings.xml"}
            out.writestr(name, content if changed else good.read(name))
    file = folder / "input.xlsx"
    file.write_bytes(made.getvalue())
    try:
        looks_of(str(file))
    except ValueError as error:
        assert type(error).__name__ == "NotReadError"


def by_text(content: bytes) -> None:
    """A column of names."""
    judge(content.decode("utf-8", "replace").split("\n"))


def refusing(target: Target, content: bytes) -> None:
    """Run a target; a refusal must have words."""
    try:
        target(content)
    except RefusedError as error:
        assert error.code in catalogue()


def prepare(reader: str, folder: Path) -> Target:
    """Put good inputs into `folder`/good and give the target."""
    good, drawn = folder / "good", random.Random(5)
    good.mkdir(parents=True, exist_ok=True)
    if reader == "paper":
        with zipfile.ZipFile(good / "0", "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("[Content_Types].xml", "<Types/>")
            package.writestr("word/document.xml", "giả định")
        (good / "1").write_bytes(b"%PDF-1.7")
        return by_paper
    form = {"cells": "labour", "part": "labour", "text": "police", "events": "police"}.get(reader, reader)
    rows = [clean(form, person(drawn, number), drawn) for number in range(1, 6)]
    write(folder / f"whole{SUFFIXES[form]}", rows, drawn)
    whole = (folder / f"whole{SUFFIXES[form]}").read_bytes()
    if reader == "part":
        with zipfile.ZipFile(folder / "whole.xlsx") as book:
            for number, name in enumerate(("xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml")):
                (good / str(number)).write_bytes(book.read(name))
        return partial(by_part, folder)
    if reader in {"cells", "text"}:
        lines = ["|".join(row.cells.values()) if reader == "cells" else row.cells["name"] for row in rows]
        (good / "0").write_text("\n".join(lines), "utf-8")
        return by_cells if reader == "cells" else by_text
    (good / "0").write_bytes(json.dumps(BATCH, ensure_ascii=False).encode() if reader == "events" else whole)
    return partial(by_file, reader, folder)


if __name__ == "__main__":
    name, place, seconds = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    found = prepare(name, place)
    bounds = [f"-max_total_time={seconds}", f"-timeout={SECONDS_EACH}", f"-rss_limit_mb={MEGABYTES}", "-max_len=4096"]
    atheris.Setup([sys.argv[0], str(place / "good"), *bounds, f"-artifact_prefix={place}/"], partial(refusing, found))
    atheris.Fuzz()
