"""One person's row of the Labour department's sheet to the draft of a record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from adapters.contract import Act, Draft, Fact, Note, PaperRef
from adapters.labour_department.layout import MONEY, REGIMES
from adapters.tables.marks import amount, ticked
from adapters.tables.rows import Row, check_date_order, check_halves, check_whole
from adapters.values.codes import case_code
from adapters.values.communes import commune
from adapters.values.dates import birth, occasion
from adapters.values.fields import located
from adapters.values.names import aliases, full_name
from adapters.values.own_paper import completed, own_paper
from adapters.values.papers import join_key, paper_value, reference
from adapters.values.people import ethnicity
from adapters.values.phones import phones, split_householder
from adapters.values.places import province_of, residence
from adapters.values.profile import profile
from adapters.values.writing import free_text, missing
from domain.errors import RefusedError
from domain.statements import Section

_DATED = re.compile(r"(?:[0-9]{1,2}[/.-])?[0-9]{1,2}[/.-][0-9]{4}")
"""3/2024 or 14/3/2024 where a tick is looked for: given, and when."""
LAW = "l53_art27"
"""Ground of a notice of one who returned alone: Law 53/2024 Art 27, as amended by Law 86/2025."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """What the sheet says of all rows below a heading: residence 'inside' or 'outside', the source, units of money."""

    residence: str | None
    source: str | None
    units: Mapping[str, int | None]


def draft_of(row: Row, sort: Sort, *, today: date) -> Draft:
    """Read one person's row.

    Raises:
        RefusedError: why the row must be mended; `column` in its params is the key of the cell's column.
    """
    check_whole(row)
    code, declaration, confirmation = _named(row, today)
    leading = declaration or confirmation
    given_on = _given_on(row, today)
    occurred = leading.date if leading else _first_day(given_on)
    papers = tuple(paper for paper in (declaration, confirmation) if paper)
    identity = _identity(row, papers, today, occurred)
    opens = declaration is not None
    return Draft(
        where=row.where(),
        record_key=_key(leading, code),
        acts=(
            *([_notice(occurred)] if opens else []),
            _profile(row, sort, identity, occurred),
            *_supports(row, sort, given_on, occurred, today),
        ),
        code=code,
        papers=papers,
        opens=opens,
    )


def notes_of(row: Row) -> Iterator[Note]:
    """What the sender should know of a row that was taken: its CCCD was completed."""
    if completed(row.text("identity_paper")):
        yield Note(where=row.where("identity_paper"), reason="note_paper_zero_added")


def known_key(row: Row, *, today: date) -> tuple[str, ...] | None:
    """The record key of a row that may be wrong otherwise; None where the code or a paper is."""
    try:
        code, declaration, confirmation = _named(row, today)
    except RefusedError:
        return None
    return _key(declaration or confirmation, code)


def _named(row: Row, today: date) -> tuple[str | None, PaperRef | None, PaperRef | None]:
    """What a row names its case by: mã hồ sơ, declaration, confirmation; at least one of them."""
    code = str(located("code", case_code, row.text("code"), at=row.at("code")).value) if _says(row, "code") else None
    declaration, confirmation = _paper(row, "declaration", today), _paper(row, "confirmation", today)
    if code is None and declaration is None and confirmation is None:
        raise RefusedError("row_no_case_key")
    return code, declaration, confirmation


def _key(leading: PaperRef | None, code: str | None) -> tuple[str, ...]:
    """The paper first: it stays when a later delivery of the list carries the code as well."""
    if leading is not None:
        _, number, issued = join_key(leading).split("|")
        return ("paper", number, issued)
    return ("code", str(code))


def _says(row: Row, key: str) -> bool:
    return key in row.columns and not missing(row.text(key))


def _paper(row: Row, key: str, today: date) -> PaperRef | None:
    if not _says(row, key):
        return None
    return located(key, reference, row.text(key), kind=key, today=today)


def _given_on(row: Row, today: date) -> Fact | None:
    if not _says(row, "on"):
        return None
    located("on", check_date_order, row, "on")
    return located("on", occasion, row.text("on"), at=row.at("on"), today=today)


def _first_day(given_on: Fact | None) -> date:
    value = given_on.value if given_on else None
    if not isinstance(value, dict):
        raise RefusedError("row_date_missing")
    return date(value["year"], value.get("month", 1), value.get("day", 1))


def _notice(occurred: date) -> Act:
    facts = {"pathway": "returned_alone", "law": LAW}
    return Act(name="notice", type="case.notified", occurred=occurred, facts=facts)


def _profile(row: Row, sort: Sort, identity: Mapping[str, Fact], occurred: date) -> Act:
    sections: dict[Section, Mapping[str, Fact]] = {
        Section.IDENTITY: identity,
        Section.PROFILE: profile(identity, on=occurred, residence=sort.residence, source=sort.source),
    }
    if contact := _contact(row):
        sections[Section.CONTACT] = contact
    if _says(row, "note"):
        sections[Section.SUPPORT] = {"note": located("note", free_text, row.text("note"), at=row.at("note"))}
    return Act(name="profile", type="section.appended", occurred=occurred, sections=sections)


def _identity(row: Row, papers: tuple[PaperRef, ...], today: date, occurred: date) -> dict[str, Fact]:
    name, at = row.text("full_name"), row.at("full_name")
    located("full_name", check_halves, row, "full_name")
    facts = {"full_name": located("full_name", full_name, name, at=at)}
    if others := aliases(name, at=at):
        facts["other_names"] = others
    facts.update(_birth(row, today))
    if _says(row, "ethnicity"):
        facts["ethnicity"] = located("ethnicity", ethnicity, row.text("ethnicity"), at=row.at("ethnicity"))
    if own := _own_paper(row, facts):
        held = [own.value, *(paper_value(paper) for paper in papers)]
        facts["papers"] = Fact(held, own.written, own.at)
    elif papers:
        key = papers[0].kind
        facts["papers"] = Fact([paper_value(paper) for paper in papers], row.text(key), row.at(key))
    if _says(row, "residence"):
        text, at = row.text("residence"), row.at("residence")
        facts["residence"] = located("residence", residence, text, at=at)
        if province := province_of(text):
            facts["residence_province"] = Fact(province, text, at)
        if found := located("residence", commune, text, at=at, on=occurred):
            facts["residence_commune"] = found
    return facts


def _birth(row: Row, today: date) -> dict[str, Fact]:
    """The column in which the birth stands is the sex."""
    filled = [key for key in ("birth_male", "birth_female") if _says(row, key)]
    if len(filled) > 1:
        raise RefusedError("row_sex_twice", column="birth_female")
    if not filled:
        return {}
    key = filled[0]
    text, at = row.text(key), row.at(key)
    located(key, check_date_order, row, key)
    born = located(key, birth, text, at=at, today=today)
    return {"birth": born, "sex": Fact("m" if key == "birth_male" else "f", text, at)}


def _own_paper(row: Row, facts: Mapping[str, Fact]) -> Fact | None:
    if not _says(row, "identity_paper"):
        return None
    text, at = row.text("identity_paper"), row.at("identity_paper")
    return located("identity_paper", own_paper, text, at=at, kind=None, identity=facts)


def _contact(row: Row) -> dict[str, Fact]:
    if not _says(row, "householder"):
        return {}
    text, at = row.text("householder"), row.at("householder")
    name, numbers = split_householder(text)
    facts = {}
    if name:
        facts["householder"] = located("householder", free_text, name, at=at)
    if numbers:
        facts["phones"] = located("householder", phones, numbers, at=at)
    return facts


def _supports(row: Row, sort: Sort, given_on: Fact | None, occurred: date, today: date) -> Iterator[Act]:
    for regime in (column.key for column in REGIMES if column.key in row.columns):
        facts = located(regime, _given, row, regime, sort, today)
        if facts is None:
            continue
        if given_on is not None:
            facts.setdefault("on", given_on)
        yield Act(
            name=f"support.{regime}",
            type="support.recorded",
            occurred=_first_day(facts["on"]) if "on" in facts else occurred,
            facts={"regime": regime},
            sections={Section.SUPPORT: facts},
        )


def _given(row: Row, regime: str, sort: Sort, today: date) -> dict[str, Fact] | None:
    """What one cell says was given: a tick, its month or day, or an amount in a column of money; None for nothing."""
    text, at = row.text(regime), row.at(regime)
    facts = {"regime": Fact(regime, text, at)}
    if missing(text) in {"blank", "none"}:
        return None
    if _DATED.fullmatch(text):
        return {**facts, "on": occasion(text, at=at, today=today)}
    unit = sort.units.get(regime)
    if regime not in MONEY or not text[:1].isdigit() or (text == "1" and unit is None):
        return facts if ticked(text) else None
    if text == "1":
        # A tick, or one thousand đồng: both would be our guess.
        raise RefusedError("row_amount_unclear")
    money = amount(text, unit)
    return {**facts, "amount": Fact(money, text, at)} if money else None
