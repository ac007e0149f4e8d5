"""Small drawings as SVG: a table as a spreadsheet shows it, the lines of a text. Not a test.

Text stays text, in whatever font the reader has; widths are estimated, so cells are a little wider than they need be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

SIZE, LINE, PAD = 12, 16, 5  # px: letters, from line to line, around the text of a cell
SANS = "'Segoe UI', 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"
MONO = "'DejaVu Sans Mono', Consolas, 'Noto Sans Mono', monospace"
MONO_WIDE = 7  # px of one letter, drawn as wide whatever the font
GRID, GUTTER, WRONG = "#BFBFBF", "#F2F2F2", "#C00000"
_NARROW, _WIDE = set("ijltf.,:;'|()[]! I1"), set("mwMWĐ@%&ƯƠÔ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: its text, and how it looks. `across` and `down` are how many columns and rows it covers."""

    text: str = ""
    bold: bool = False
    centred: bool = False
    fill: str = "#FFFFFF"
    framed: bool = False
    across: int = 1
    down: int = 1


@dataclass(slots=True)
class Drawing:
    """Marks on a white page; `width` and `height` grow with them."""

    title: str
    marks: list[str] = field(default_factory=list)
    width: float = 0
    height: float = 0

    def box(
        self, at: tuple[float, float], size: tuple[float, float], *, fill: str, line: str = GRID, thick: float = 1
    ) -> None:
        """Draw a rectangle."""
        (x, y), (wide, high) = at, size
        self.marks.append(
            f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" fill="{fill}" stroke="{line}"'
            f' stroke-width="{thick:g}"/>'
        )
        self.width, self.height = max(self.width, x + wide), max(self.height, y + high)

    def text(self, at: tuple[float, float], text: str, **looks: str) -> None:
        """Write one line, its base at the point."""
        more = "".join(f" {name.replace('_', '-')}={quoteattr(value)}" for name, value in looks.items())
        self.marks.append(f'<text x="{at[0]:g}" y="{at[1]:g}"{more}>{escape(text)}</text>')

    def svg(self) -> str:
        """The drawing, ready to be written."""
        wide, high = self.width + PAD, self.height + PAD
        size = f'width="{wide:g}" height="{high:g}"'
        looks = f'font-family="{SANS}" font-size="{SIZE}" fill="#1A1A1A"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {wide:g} {high:g}" {looks}>'
        page = f'<rect {size} fill="#FFFFFF"/>'
        return "\n".join((head, f"<title>{escape(self.title)}</title>", page, *self.marks, "</svg>\n"))


def extent(text: str, *, bold: bool = False) -> float:
    """About how wide a line is, in px, rather more than less."""
    letters = sum(0.36 if one in _NARROW else 0.92 if one in _WIDE else 0.72 if one.isupper() else 0.6 for one in text)
    return letters * SIZE * (1.15 if bold else 1)


def wrapped(text: str, width: float, *, bold: bool = False) -> list[str]:
    """The lines of a text in a cell of this width: broken at blanks, a longer word anywhere."""
    lines = [""]
    for word in text.split():
        rest = word
        if lines[-1] and extent(f"{lines[-1]} {word}", bold=bold) > width:
            lines.append("")
        while extent(rest, bold=bold) > width and not lines[-1]:
            fits = max(1, next(n for n in range(len(rest), 0, -1) if n == 1 or extent(rest[:n], bold=bold) <= width))
            lines[-1], rest = rest[:fits], rest[fits:]
            lines.append("")
        lines[-1] = f"{lines[-1]} {rest}".strip()
    return [line for line in lines if line] or [""]


# -- a table -----------------------------------------------------------------------------------------------------------

Table = Mapping[tuple[int, int], Cell]
"""Cells by row and column from 0; of a merged range its first."""


def draw_table(
    drawing: Drawing, table: Table, *, names: Sequence[str], widest: Mapping[int, float], top: float
) -> None:
    """Draw a table with the letters of its columns and the numbers of its rows (`names`).

    `widest` gives a column's limit in px where it is not the usual one.
    """
    columns = 1 + max(column + cell.across - 1 for (_, column), cell in table.items())
    widths = [_column(table, column, widest.get(column, 92)) for column in range(columns)]
    heights = [_row(table, row, widths) for row in range(len(names))]
    gutter = 30
    lefts = [gutter + sum(widths[:column]) for column in range(columns + 1)]
    tops = [top + LINE + 4 + sum(heights[:row]) for row in range(len(names) + 1)]
    for column, width in enumerate(widths):
        _cell(drawing, (lefts[column], top), (width, LINE + 4), Cell(text=_letter(column), centred=True, fill=GUTTER))
    for row, (name, height) in enumerate(zip(names, heights, strict=True)):
        _cell(drawing, (0, tops[row]), (gutter, height), Cell(text=name, centred=True, fill=GUTTER))
        for column in range(columns):
            drawing.box((lefts[column], tops[row]), (widths[column], height), fill="#FFFFFF", line="#E3E3E3")
    for (row, column), cell in sorted(table.items(), key=lambda item: (item[1].framed, item[0])):
        size = lefts[column + cell.across] - lefts[column], tops[row + cell.down] - tops[row]
        _cell(drawing, (lefts[column], tops[row]), size, cell)


def _column(table: Table, column: int, limit: float) -> float:
    """As wide as its longest text, within the limit, and never narrower than its longest word of ordinary length."""
    cells = [cell for (_, at), cell in table.items() if at == column and cell.across == 1]
    longest = max((extent(cell.text, bold=cell.bold) for cell in cells), default=0)
    words = max((extent(word, bold=cell.bold) for cell in cells for word in cell.text.split()), default=0)
    return max(26, min(longest, max(limit, min(words, 110))) + 2 * PAD + 2)


def _row(table: Table, row: int, widths: Sequence[float]) -> float:
    lines = 1
    for (at, column), cell in table.items():
        if at == row and cell.down == 1:
            width = sum(widths[column : column + cell.across]) - 2 * PAD
            lines = max(lines, len(wrapped(cell.text, width, bold=cell.bold)))
    return lines * LINE + 6


def _cell(drawing: Drawing, at: tuple[float, float], size: tuple[float, float], cell: Cell) -> None:
    drawing.box(at, size, fill=cell.fill, line=WRONG if cell.framed else GRID, thick=2.5 if cell.framed else 1)
    lines = wrapped(cell.text, size[0] - 2 * PAD, bold=cell.bold)
    middle = max(0, (size[1] - 6 - len(lines) * LINE) / 2) if cell.centred else 0
    looks = {**({"font_weight": "bold"} if cell.bold else {}), **({"text_anchor": "middle"} if cell.centred else {})}
    x = at[0] + (size[0] / 2 if cell.centred else PAD)
    for number, line in enumerate(lines):
        if line:
            drawing.text((x, at[1] + middle + (number + 1) * LINE), line, **looks)


def _letter(column: int) -> str:
    return (chr(ord("A") + column // 26 - 1) if column > 25 else "") + chr(ord("A") + column % 26)


# -- a text ------------------------------------------------------------------------------------------------------------


def folded(lines: Iterable[str], letters: int) -> list[tuple[int, str]]:
    """The lines of a text as shown: (number from 0, at most so many letters); what goes on is indented as its line."""
    shown: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        indent, rest = " " * (len(line) - len(line.lstrip())), line
        while len(rest) > letters:
            end = rest.rfind(" ", len(indent) + 1, letters + 1)
            end = end if end > len(indent) else letters
            shown.append((number, rest[:end]))
            rest = indent + "  " + rest[end:].lstrip()
        shown.append((number, rest))
    return shown


def draw_line(drawing: Drawing, at: tuple[float, float], line: str, *, framed: str = "") -> None:
    """Write one line of a file, letter by letter as wide as the next; with a red frame around a part of it."""
    x, y = at
    text = line.lstrip()
    x += (len(line) - len(text)) * MONO_WIDE
    if framed and framed in text:
        left = x + text.index(framed) * MONO_WIDE
        drawing.box((left - 3, y - SIZE - 1), (len(framed) * MONO_WIDE + 6, LINE + 1), fill="none", line=WRONG, thick=2)
    if text:
        drawing.text(
            (x, y), text, font_family=MONO, textLength=f"{len(text) * MONO_WIDE}", lengthAdjust="spacingAndGlyphs"
        )  # fmt: skip
