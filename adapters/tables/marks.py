"""What is written in the cells of a table apart from words: ticks, money with its unit, counts, secret marks."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from adapters.progress import tell
from adapters.tables.layouts import Header
from adapters.tables.sheets import Sheet
from adapters.values.fonts import readings
from adapters.values.secrecy import levelled, may_say, names_level, names_mat, says_stamp, stamped_line, stamped_plainly
from adapters.values.writing import ditto
from domain.errors import RefusedError

_TICKS: Final = frozenset({"x", "✓", "✔", "v", "có", "co", "1"})
_UNIT: Final = re.compile(
    r"(?:đvt|đơn vị(?: tính)?)\s*:?\s*(1[.,]000\s*(?:đồng|đ)|nghìn đồng|ngàn đồng|triệu đồng|đồng)(?!\w)"
)
_UNIT_IN_HEADER: Final = re.compile(r"\(\s*(1[.,]000\s*(?:đồng|đ)|nghìn đồng|ngàn đồng|triệu đồng|đồng)\s*\)")
_NUMBER: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,12}")
_WITH_UNIT: Final = re.compile(
    r"([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,12}|[0-9]{1,4},[0-9]{1,3}(?=\s*tr))"
    r"\s*(đồng|đ|vnd|vnđ|nghìn|nghìn đồng|ngàn|ngàn đồng|triệu|tr|triệu đồng)"
)
_NOTHING: Final = re.compile(r"0(?:[.,]0+)?(?: ?(?:đồng|đ|vnd|vnđ))?")
_LEAST: Final = 1_000
"""VND in one cell; less is what an English program made of 500.000 (500), or another slip."""
_MOST: Final = 1_000_000_000
_MOST_MULTIPLIED: Final = 100_000_000
"""VND in one cell; so much is a slip of the hand, and where a unit multiplied it, 500.000 that was written in full."""
_TOLD: Final = 500  # rows between two words of how far it is
_HEADER: Final = 40  # characters of a header for the level of secrecy
_LABELS: Final = 128  # rows in which a header stands
_VILLAGE: Final = r"(?:thôn|bản|làng|xóm|ấp|buôn)"
_NAMED: Final = re.compile(
    rf"(?:họ (?:và )?tên|họ, tên)\b[^:]{{0,30}}:?|tên(?: gọi)?(?: khác)?(?: \(\*\))?:?"
    rf"|bí danh:?|{_VILLAGE}(?: ?[/,] ?{_VILLAGE})*:?"
)
"""What a column or a field of names is called, of persons or villages: Mật is one."""
_GIVEN: Final = re.compile(r"tên(?: \(\*\))?")
"""The second of two columns of a name."""


def ticked(text: str) -> bool:
    """Read a tick: x X ✓ ✔ v có 1 → given, empty → not.

    Raises:
        RefusedError: `value_ditto`; `row_tick_unclear` for anything else.
    """
    mark = _flat(text)
    if not mark:
        return False
    if mark in _TICKS:
        return True
    raise RefusedError("value_ditto" if ditto(text) else "row_tick_unclear")


def unit(sheet: Sheet, header: Header, column: int) -> int | None:
    """The declared unit of a column of money, in VND, or None: in its own header, else 'ĐVT: …' above the table.

    Raises:
        RefusedError: `file_unit_twice`: two units are declared.
    """
    own = {_vnd(found[1]) for row in range(header.first, header.last + 1)
           if (found := _UNIT_IN_HEADER.search(_flat(sheet.text(row, column))))}  # fmt: skip
    stated = own or {
        _vnd(found[1])
        for row in range(header.last + 1)
        for cell in sheet.rows[row]
        if (found := _UNIT.search(_flat(cell)))
    }
    if len(stated) > 1:
        raise RefusedError("file_unit_twice")
    return next(iter(stated), None)


def amount(text: str, declared: int | None) -> int:
    """Read an amount in VND: '1.000' with the declared unit of its column, or with its own ('500.000 đ', '2 triệu').

    0 is nothing, whatever its unit: a column of sums that nobody filled in shows it as 0 or –.

    Raises:
        RefusedError: `row_amount_unclear`, `row_unit_undeclared`, `row_amount_too_large`, `value_ditto`.
    """
    flat = _flat(text)
    if _NOTHING.fullmatch(flat):
        return 0
    most = _MOST
    if own := _WITH_UNIT.fullmatch(flat):
        whole, _, part = own[1].replace(".", "").partition(",")
        value = int(whole + part) * _vnd(own[2]) // int("1" + "0" * len(part))
    elif not _NUMBER.fullmatch(flat):
        raise RefusedError("value_ditto" if ditto(text) else "row_amount_unclear")
    elif declared is None:
        raise RefusedError("row_unit_undeclared")
    else:
        value = int(flat.replace(".", "")) * declared
        most = _MOST if declared == 1 else _MOST_MULTIPLIED
    if value < _LEAST:
        raise RefusedError("row_amount_unclear")
    if value >= most:
        raise RefusedError("row_amount_too_large")
    return value


def count(text: str, *, most: int = 100_000) -> int:
    """Read a number of persons.

    Raises:
        RefusedError: `row_number_unclear`.
    """
    flat = _flat(text)
    if not re.fullmatch(r"[0-9]{1,6}", flat) or int(flat) > most:
        raise RefusedError("row_number_unclear")
    return int(flat)


def check_secret(sheets: tuple[Sheet, ...]) -> None:
    """Refuse a file that carries a level of state secrecy anywhere, in whatever sheet (Law 117/2025/QH15).

    A stamp counts wherever it stands, alone in a cell or in the words of a title, in an old font too (MËT, MAÄT);
    under a header Độ mật everything counts but a known word for "none".

    Raises:
        RefusedError: `file_secret_marked`.
    """
    for sheet in sheets:
        check_stamp(sheet.name or "")
        levels: set[int] = set()
        headed: dict[int, str] = {}
        for row, cells in enumerate(sheet.rows):
            if row % _TOLD == 0:
                tell(row, len(sheet.rows))
            for column, cell in enumerate(cells):
                if not cell or (column not in levels and not may_say(cell)):
                    continue  # no word for it
                texts = readings(cell)
                said = any(map(says_stamp, texts)) and not _somebody(sheet, row, column, texts, headed)
                alone = stamped_plainly(cell) and sum(map(bool, cells)) == 1
                if said or alone or (column in levels and all(map(levelled, texts))):
                    raise RefusedError("file_secret_marked")
                if len(cell) <= _HEADER and any(map(names_level, texts)):
                    levels.add(column)


def _somebody(sheet: Sheet, row: int, column: int, texts: tuple[str, ...], headed: dict[int, str]) -> bool:
    """Tell whether a cell is the name Mật: its header or label says so, and its row says something else as well.

    In capitals it is one only beside the first half of a name. `headed` keeps what was found of the columns.
    """
    if column not in headed:
        above = (_flat(sheet.text(index, column)) for index in range(min(row, _LABELS)))
        headed[column] = next((header for header in above if _NAMED.fullmatch(header)), "")
    before = sheet.text(row, column - 1) if column else ""
    if _GIVEN.fullmatch(headed[column]) and before and not before.isdigit():
        return any(text.casefold() == "mật" for text in texts)
    label = headed[column] or _flat(before)
    others = sum(1 for other in sheet.rows[row] if other)
    return bool(_NAMED.fullmatch(label)) and others > 1 and any(map(names_mat, texts))


def check_stamp(text: str) -> None:
    """Refuse a file of which a text bears a stamp.

    Raises:
        RefusedError: `file_secret_marked`.
    """
    if stamped_line(text):
        raise RefusedError("file_secret_marked")


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _vnd(unit_words: str) -> int:
    if unit_words.startswith("tr"):
        return 1_000_000
    return 1_000 if unit_words.startswith(("1.", "1,", "ngh", "ngà")) else 1
