"""The adapter of the Women's Union's monthly list.

A row with a mã hồ sơ is support of one person. A row of a group (its name begins with Nhóm, persons are counted, no
mã hồ sơ) is an activity: what, which day, how many, nobody's name. Every other row without a mã hồ sơ waits:
initials and a village identify a woman to her neighbours, so it is never made a group's row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from adapters.contract import Act, Draft, Fact, Form, Item, Note, Returned, Total
from adapters.tables.as_above import AsAbove
from adapters.tables.listed import listed
from adapters.tables.marks import amount, count, unit
from adapters.tables.reading import Table, find_tables, looks_like, read_sheets
from adapters.tables.rows import Row, check_date_order, check_place, check_whole
from adapters.tables.settled import settled
from adapters.tables.sheets import fold
from adapters.values.codes import case_code
from adapters.values.dates import occasion
from adapters.values.fields import located
from adapters.values.writing import free_text, missing, said
from adapters.women_union.layout import ACTIVITIES, LAYOUTS, SUPPORTS
from domain.errors import RefusedError
from domain.folding import fold as bare
from domain.statements import AgencyKind, Section

FILLED_IN: Final = ("content", "time", "given", "note")
"""What an officer writes into a personal row of the worklist; name and village were there before."""
ABOVE: Final = AsAbove(columns=FILLED_IN, dated=("time",), alike="code")
_GROUP_NAMES: Final = ("nhóm", "nhom")
_MONEY_WORDS: Final = ("đ", "đồng", "vnd", "vnđ", "nghìn", "ngàn", "triệu", "tr")


class WomenUnion:
    """Reads the list; see `docs/forms/women_union.md`."""

    form = Form(
        id="women_union.monthly_support/1",
        kind=AgencyKind.WOMEN_UNION,
        suffixes=(".csv", ".txt", ".xlsx", ".xls", ".ods"),
        stands_for="Theo dõi hỗ trợ tái hòa nhập và sinh hoạt nhóm: Luật 66/2011 Điều 18, Luật 53/2024 Điều 37;"
        " không có mẫu luật định",
    )

    def reads(self, file: Path) -> bool:
        """Tell whether a file looks like this form."""
        return looks_like(file, LAYOUTS, self.form.suffixes)

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Yield the list's rows.

        Raises:
            RefusedError: a `file_…` code.
        """
        tables, notes = find_tables(read_sheets(file, LAYOUTS), LAYOUTS)
        yield from notes
        yield from settled(tables, partial(_read_table, today=today), alone=lambda _: False, known=_once)


ADAPTER: Final = WomenUnion()


def _read_table(table: Table, *, today: date) -> Iterator[Item]:
    declared = unit(table.sheet, table.header, table.header.columns["given"])
    for one in listed(table, position="position", decisive=("code",), until="name", above=ABOVE):
        if isinstance(one, Note | Total):
            yield one
        else:
            row, ended = one
            yield _item(row, declared, today, ended=ended)


def _item(row: Row, declared: int | None, today: date, *, ended: bool) -> Draft | Returned:
    try:
        check_place(ended=ended)
        check_whole(row)
        located("time", check_date_order, row, "time")
        return _draft(row, declared, today)
    except RefusedError as error:
        return row.returned(error, record_key=_known_key(row, today))


def _draft(row: Row, declared: int | None, today: date) -> Draft:
    group = fold(row.text("name")).startswith(_GROUP_NAMES)
    headed = not missing(row.text("headcount"))
    if not missing(row.text("code")):
        if group or headed:
            raise RefusedError("row_person_and_group", column="headcount")
        if all(missing(row.text(name)) for name in FILLED_IN):
            return _not_filled_in(row)
        return _support(row, declared, today)
    if group and headed:
        return _activity(row, today)
    raise RefusedError("row_no_case_key", column="code")


def _known_key(row: Row, today: date) -> tuple[str, ...] | None:
    """The record key of a row that may be wrong otherwise; None where what makes the key is."""
    try:
        return _key(row, today)
    except RefusedError:
        return None


def _key(row: Row, today: date) -> tuple[str, ...]:
    """Identity of a row: whose support of what kind in which month, or which group's activity on which day."""
    time = located("time", occasion, row.text("time"), at=row.at("time"), today=today)
    month = _month(time)
    if not missing(row.text("code")):
        return (_code(row), month, _coded(row, SUPPORTS))
    name = bare(located("name", said, row.text("name"), limit=200))
    day = _day(time).isoformat() if "day" in time.value else month  # type: ignore[operator]
    return ("group", day, name, _coded(row, ACTIVITIES))


def _once(draft: Draft) -> bool:
    """Tell whether a row said twice is surely one visit: of two in a month without a day nobody can tell."""
    on = [act.sections[Section.SUPPORT]["on"].value for act in draft.acts if Section.SUPPORT in act.sections]
    return all(isinstance(one, dict) and "day" in one for one in on)


def _code(row: Row) -> str:
    return str(located("code", case_code, row.text("code"), at=row.at("code")).value)


def _not_filled_in(row: Row) -> Draft:
    """A row of the office's own worklist that nothing was written into: it says nothing, and nothing is wrong in it."""
    code = _code(row)
    return Draft(where=row.where(), record_key=(code, "not filled in"), acts=(), code=code)


def _support(row: Row, declared: int | None, today: date) -> Draft:
    """A personal row: one act of support, sealed; the initials and the village stay in the office's own file."""
    code = _code(row)
    regime = _coded(row, SUPPORTS)
    time = located("time", occasion, row.text("time"), at=row.at("time"), today=today)
    content = row.text("content")
    facts = {
        "regime": Fact(regime, content, row.at("content")),
        "given": located("content", free_text, content, at=row.at("content")),
        "on": time,
        **_given(row, declared),
    }
    if not missing(row.text("note")):
        facts["note"] = located("note", free_text, row.text("note"), at=row.at("note"))
    act = Act(
        name=f"support.{regime}",
        type="support.recorded",
        occurred=_day(time),
        facts={"regime": regime},
        sections={Section.SUPPORT: facts},
    )
    return Draft(where=row.where(), record_key=_key(row, today), acts=(act,), code=code)


def _activity(row: Row, today: date) -> Draft:
    """A group's row: counted heads on one day; nothing of it names anybody, so nothing is sealed."""
    activity = _coded(row, ACTIVITIES)
    time = located("time", occasion, row.text("time"), at=row.at("time"), today=today)
    if not isinstance(time.value, dict) or "day" not in time.value:
        raise RefusedError("row_day_missing", column="time")
    facts = {
        "activity": activity,
        "day": _day(time).isoformat(),
        "headcount": located("headcount", count, row.text("headcount")),
    }
    act = Act(name=f"activity.{activity}", type="activity.recorded", occurred=_day(time), facts=facts)
    return Draft(where=row.where(), record_key=_key(row, today), acts=(act,))


def _coded(row: Row, codes: dict[str, tuple[str, ...]]) -> str:
    text = _bare(located("content", said, row.text("content"), limit=200))
    for code, words in codes.items():
        if text in map(_bare, words):
            return code
    raise RefusedError("row_activity_unknown" if codes is ACTIVITIES else "row_support_unknown", column="content")


def _bare(content: str) -> str:
    """A content without what joins its words: "thăm hỏi và tặng quà" is "thăm hỏi, tặng quà"."""
    return fold(content).replace(" và ", " ")


def _given(row: Row, declared: int | None) -> dict[str, Fact]:
    """What was given: an amount where the cell is only money, else words as they stand."""
    text, at = row.text("given"), row.at("given")
    if missing(text):
        return {}
    letters = "".join(c if c.isalpha() else " " for c in text.casefold()).split()
    if text[0].isdigit() and all(word in _MONEY_WORDS for word in letters):
        money = located("given", amount, text, declared)
        return {"amount": Fact(money, text, at)} if money else {}
    return {"in_kind": located("given", free_text, text, at=at)}


def _month(time: Fact) -> str:
    value = time.value
    if not isinstance(value, dict) or "month" not in value:
        raise RefusedError("row_month_missing", column="time")
    return f"{value['year']:04d}-{value['month']:02d}"


def _day(time: Fact) -> date:
    """The day, or the first of the month where only the month is given (`on` keeps what is known)."""
    _month(time)
    value = time.value if isinstance(time.value, dict) else {}
    return date(value["year"], value["month"], value.get("day", 1))
