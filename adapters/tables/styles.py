"""How the cells of an xlsx look, which calamine drops: struck out, coloured, hidden, filtered, their fonts.

Read from the package's own XML, streamed, in the child process of `opening`, under its ceilings. A document type
refuses the part, so no entity is ever expanded. Standard library alone, because the child is isolated (-I).

For each sheet, a cell being ``[row, column]`` from 0: ``{"struck": [cell…], "fonts": {name: [cell…]}, "coloured":
{colour: [cell…]}, "hidden_rows": [row…], "hidden_columns": [column…], "filter": "A6:O30" or null, "dates":
{"my"|"y"|"dm": [cell…]}, "failed": [row * `COLUMNS` + column…]}``. `fonts` are old fonts only (.Vn…, VNI-…). `dates`
are formats that show no day ("my"), no day and month ("y") or no year ("dm"): what they do not show was never written
by anybody. `failed` are errors, and formulas that give no text: those that are blank have no result.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

_PIECE: Final = 1 << 16  # bytes
_MOST: Final = 1_000_000  # cells with content in one file; twice what is read of one
_LONGEST: Final = 64  # characters of a name or a range
COLUMNS: Final = 1 << 14  # of any xlsx
_OLD_FONT: Final = re.compile(r"\s*(?:\.vn|vni[- ])", re.IGNORECASE)
_NO_COLOUR: Final = frozenset({"", "theme0", "rgbFFFFFFFF", "rgb00FFFFFF", "indexed9", "indexed64", "indexed65"})
_PLAIN: Final = {"none", "gray125"}
_BUILT_IN: Final = {16: "dm", 17: "my"}  # d-mmm, mmm-yy (ECMA-376 part 1, 18.8.30)
_NOT_SHOWN: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_BROKEN: Final = (
    expat.ExpatError, zipfile.BadZipFile, zlib.error, LookupError, ValueError, EOFError, OSError, NotImplementedError,
    RuntimeError,  # of expat and zipfile: a password; NotImplementedError: a compression that zipfile has not
)  # fmt: skip
Start = Callable[[str, dict[str, str]], None]


class NotReadError(ValueError):
    """A part declares a document type, or there are more cells with content than a file may have."""


@dataclass(slots=True)
class _Style:
    """What a cell's format shows of itself; `font` only when it is an old one."""

    struck: bool = False
    font: str | None = None
    colour: str = ""
    dates: str | None = None


def looks_of(file: str) -> dict[str, dict[str, object]]:
    """Give the looks of an xlsx file's sheets by their names; {} when it is no xlsx, or its parts cannot be read."""
    try:
        with zipfile.ZipFile(file) as package:
            styles, strings = _styles(package), _Strings()
            _parse(package, "xl/sharedStrings.xml", strings.start)
            found, left = {}, _MOST
            for name, path in _sheets(package).items():
                scan = _Scan(styles, strings.marked, left)
                _parse(package, path, scan.start, scan.text if strings.marked else None)
                for table in (one for one in _related(package, path).values() if one.startswith("xl/tables/")):
                    _parse(package, table, scan.start)  # a filter of its own
                found[name], left = scan.told(), scan.left
    except _BROKEN:
        return {}
    return found


def _parse(package: zipfile.ZipFile, path: str, start: Start, text: Callable[[str], None] | None = None) -> None:
    """Read a part element by element; one that is not there has none."""
    if path not in package.namelist():
        return
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse
    if text is not None:
        parser.CharacterDataHandler = text
    with package.open(path) as part:
        while piece := part.read(_PIECE):
            parser.Parse(piece, False)  # noqa: FBT003  # the library's own signature
    parser.Parse(b"", True)  # noqa: FBT003


def _refuse(*_declared: object) -> None:
    raise NotReadError


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _true(attributes: Mapping[str, str], name: str, *, unsaid: bool = False) -> bool:
    return attributes.get(name, "1" if unsaid else "0") in {"1", "true"}


def _sheets(package: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → path of its part."""
    ids: dict[str, str] = {}

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "sheet":
            ids[attributes["name"]] = next((value for key, value in attributes.items() if key.endswith(":id")), "")

    _parse(package, "xl/workbook.xml", sheet)
    paths = _related(package, "xl/workbook.xml")
    return {name: paths[one] for name, one in ids.items() if "worksheets/" in paths.get(one, "")}


def _related(package: zipfile.ZipFile, path: str) -> dict[str, str]:
    """The parts that a part names: relation → path."""
    folder, name = posixpath.split(path)
    found: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship" and attributes.get("TargetMode") != "External":
            found[attributes["Id"]] = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))[1:]

    _parse(package, f"{folder}/_rels/{name}.rels", relation)
    return found


@dataclass(slots=True)
class _Formats:
    """The parts of styles.xml that a cell's format number leads to."""

    fonts: list[_Style] = field(default_factory=list)
    fills: list[str] = field(default_factory=list)
    numbers: dict[int, str] = field(default_factory=dict)
    cells: list[dict[str, str]] = field(default_factory=list)
    inside: str = ""
    pattern: str = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name in {"fonts", "fills", "cellXfs", "cellStyleXfs", "dxfs", "numFmts", "borders"}:
            self.inside = name
        elif name == "numFmt" and self.inside == "numFmts":
            self.numbers[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "xf" and self.inside == "cellXfs":
            self.cells.append(attributes)
        elif self.inside == "fonts":
            self._font(name, attributes)
        elif self.inside == "fills":
            self._fill(name, attributes)

    def _font(self, name: str, attributes: dict[str, str]) -> None:
        if name == "font":
            self.fonts.append(_Style())
        elif name == "strike":
            self.fonts[-1].struck = _true(attributes, "val", unsaid=True)
        elif name == "name" and _OLD_FONT.match(attributes.get("val", "")):
            self.fonts[-1].font = attributes["val"][:_LONGEST]

    def _fill(self, name: str, attributes: dict[str, str]) -> None:
        if name == "fill":
            self.fills.append("")
        elif name == "patternFill":
            self.pattern = attributes.get("patternType", "none")
        elif name == "fgColor" and self.pattern not in _PLAIN:
            colour = next((kind + attributes[kind] for kind in ("rgb", "theme", "indexed") if kind in attributes), "")
            self.fills[-1] = "" if colour in _NO_COLOUR else (colour + attributes.get("tint", ""))[:_LONGEST]


def _styles(package: zipfile.ZipFile) -> dict[str, _Style]:
    """Format number as a cell names it → what it shows; only formats that show something."""
    formats = _Formats()
    _parse(package, "xl/styles.xml", formats.start)
    found = {}
    for number, xf in enumerate(formats.cells):
        font, fill = int(xf.get("fontId", 0)), int(xf.get("fillId", 0))
        written = formats.fonts[font] if font < len(formats.fonts) else _Style()
        colour = formats.fills[fill] if fill < len(formats.fills) else ""
        code = int(xf.get("numFmtId", 0))
        shown = _BUILT_IN.get(code) or _shown(formats.numbers.get(code, ""))
        style = _Style(struck=written.struck, font=written.font, colour=colour, dates=shown)
        if style != _Style():
            found[str(number)] = style
    return found


def _shown(code: str) -> str | None:
    """Which parts of a date a number format shows, where these are not all: 'my', 'y', 'dm'."""
    letters = set(_NOT_SHOWN.sub("", code.partition(";")[0]).lower())
    if not letters & set("dy") or letters & set("hs0#?"):
        return None
    return {"my": "my", "y": "y", "dm": "dm"}.get("".join(part for part in "dmy" if part in letters))


@dataclass(slots=True)
class _Strings:
    """Shared strings that show something in a part of themselves: number → what."""

    number: int = -1
    marked: dict[str, _Style] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "si":
            self.number += 1
        elif name == "strike" and _true(attributes, "val", unsaid=True):
            self.marked.setdefault(str(self.number), _Style()).struck = True
        elif name == "rFont" and _OLD_FONT.match(attributes.get("val", "")):
            self.marked.setdefault(str(self.number), _Style()).font = attributes["val"][:_LONGEST]


class _Scan:
    """One sheet's part, element by element."""

    def __init__(self, styles: Mapping[str, _Style], strings: Mapping[str, _Style], left: int) -> None:
        self._styles, self._strings, self.left = styles, strings, left
        self._row, self._column, self._hidden_row = -1, -1, False
        self._style: _Style | None = None
        self._value, self._type = False, ""
        self._columns: dict[str, int] = {}
        self._struck: dict[tuple[int, int], None] = {}
        self._fonts: dict[str, dict[tuple[int, int], None]] = {}
        self._dates: dict[str, list[tuple[int, int]]] = {}
        self._coloured: dict[str, list[tuple[int, int]]] = {}
        self._hidden_rows: dict[int, None] = {}
        self._hidden_columns: set[int] = set()
        self._filter: str | None = None
        self._failed: list[int] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name) if ":" in name else name
        self._value = False
        if name == "c":
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else self._at(reference.rstrip("0123456789"))
            self._style = self._styles.get(attributes.get("s", "0"))
            self._type = attributes.get("t", "")
            if self._type == "e":
                self._failed.append(self._row * COLUMNS + self._column)
        elif name == "f" and self._type not in {"e", "str"}:
            self._failed.append(self._row * COLUMNS + self._column)
        elif name in {"v", "is"}:
            self._content()
            self._value = name == "v" and self._type == "s"
        elif name == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
            self._hidden_row = _true(attributes, "hidden") or float(attributes.get("ht", 1)) == 0
        elif name == "strike" and _true(attributes, "val", unsaid=True):
            self._show(_Style(struck=True))
        elif name == "rFont" and _OLD_FONT.match(attributes.get("val", "")):
            self._show(_Style(font=attributes["val"][:_LONGEST]))
        elif name == "col" and _true(attributes, "hidden"):
            self._hidden_columns.update(range(int(attributes["min"]) - 1, min(int(attributes["max"]), COLUMNS)))
        elif name == "autoFilter":
            self._filter = attributes.get("ref", "")[:_LONGEST]

    def text(self, data: str) -> None:
        """Follow a shared string to what it shows; only its number stands in the cell."""
        if self._value and (style := self._strings.get(data.strip())) is not None:
            self._show(style)

    def _at(self, letters: str) -> int:
        found = self._columns.get(letters)
        if found is None:
            found = 0
            for letter in letters:
                found = 26 * found + ord(letter) - ord("A") + 1
            self._columns[letters] = found = found - 1
        return found

    def _content(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise NotReadError
        if self._hidden_row:
            self._hidden_rows[self._row] = None
        if self._style is not None:
            self._show(self._style)

    def _show(self, style: _Style) -> None:
        cell = (self._row, self._column)
        if style.struck:
            self._struck[cell] = None
        if style.font is not None:
            self._fonts.setdefault(style.font, {})[cell] = None
        for kind, cells in ((style.colour, self._coloured), (style.dates, self._dates)):
            if kind:
                cells.setdefault(kind, []).append(cell)

    def told(self) -> dict[str, object]:
        """What was found, for JSON."""
        return {
            "struck": list(self._struck),
            "fonts": {name: list(cells) for name, cells in self._fonts.items()},
            "coloured": self._coloured,
            "hidden_rows": list(self._hidden_rows),
            "hidden_columns": sorted(self._hidden_columns),
            "filter": self._filter,
            "dates": self._dates,
            "failed": self._failed,
        }
