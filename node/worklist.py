"""The office's own sheet from its own view: mã hồ sơ and what is known of each person, to tick and send back.

What was supported is left open, because the office's next list says it. A value this agency wrote is given back in
its own words, so that a row sent back unchanged is answered như cũ; one that another agency shared, as it was shared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.generic.filled import birth_text, filled, reference
from adapters.generic.layout import LIST as LIST_OF_PERSONS
from adapters.generic.layout import LIST_FORM, PERSON_FORM, UPRIGHT
from adapters.generic.templates import template
from adapters.labour_department import ADAPTER as LABOUR
from adapters.labour_department import LAYOUTS as LABOUR_LAYOUTS
from adapters.labour_department.layout import CASES, RETURNED
from adapters.tables.layouts import Layout
from adapters.tables.worklist import WorklistRow, write_worklist
from adapters.tables.writing import keep
from adapters.women_union import ADAPTER as WOMEN
from adapters.women_union import LAYOUTS as WOMEN_LAYOUTS
from adapters.women_union.layout import LIST
from domain.directory import Agency, Directory
from domain.errors import RefusedError
from domain.statements import AgencyKind, Section
from domain.wording import Language
from projections.current import Current
from projections.rows import Row

SHEETS: dict[AgencyKind, dict[str | None, Layout]] = {
    AgencyKind.LABOUR: {"rescued": CASES, "returned_alone": RETURNED},
    AgencyKind.WOMEN_UNION: {None: LIST},
    **{
        kind: {None: LIST_OF_PERSONS}
        for kind in (
            *(AgencyKind.COMMUNE, AgencyKind.COAST_GUARD, AgencyKind.MISSION),
            *(AgencyKind.SUPPORT_FACILITY, AgencyKind.LEGAL_AID),
        )
    },
}
"""Sheets of each kind of agency that keeps one, by the pathway of its cases; None: all of them on one sheet."""
LAYOUTS_OF_FORM: dict[str, tuple[Layout, ...]] = {
    LABOUR.form.id: LABOUR_LAYOUTS,
    WOMEN.form.id: WOMEN_LAYOUTS,
    PERSON_FORM: (UPRIGHT,),
    LIST_FORM: (LIST_OF_PERSONS,),
}
"""The layouts of those forms that are tables."""
HANOI = timedelta(hours=7)
_OWN_PAPERS = ("cccd", "cmnd")


@dataclass(frozen=True, slots=True)
class Worklist:
    """Sheets with their rows, and the codes of cases that have no place on any sheet of this form."""

    sheets: tuple[tuple[Layout, tuple[WorklistRow, ...]], ...]
    left_out: tuple[str, ...]


def worklist(rows: Current, *, agency: str, directory: Directory) -> Worklist:
    """Write an agency's cases that are not closed into the sheets it keeps.

    Raises:
        RefusedError: `worklist_no_sheet`, an agency of this kind keeps none.
    """
    me = directory.agency(agency)
    sheets = SHEETS.get(me.kind)
    if sheets is None:
        raise RefusedError("worklist_no_sheet")
    filled_in: dict[str, list[WorklistRow]] = {layout.sheet: [] for layout in sheets.values()}
    left_out = []
    received = _received(rows, agency) if LIST_OF_PERSONS.sheet in filled_in else {}
    today = date.fromisoformat(rows.today())
    for row in sorted(rows.all("caseload"), key=lambda row: (row.facts["since"], row.facts["code"] or "")):
        if row.facts["status"] == "closed" or not row.facts["code"]:
            continue
        layout = sheets.get(row.facts["pathway"]) or sheets.get(None)
        if layout is None:
            left_out.append(row.facts["code"])
            continue
        shown = Shown(row, agency)
        if layout is LIST_OF_PERSONS:
            on = received.get(row.key) or date.fromisoformat(row.facts["since"])
            cells = _generic(shown, on=on, today=today)
        else:
            cells = _women(shown) if layout is LIST else _labour(shown, layout)
        group = _group(shown, me, directory) if layout.groups else None
        filled_in[layout.sheet].append(WorklistRow(cells={k: v for k, v in cells.items() if v}, group=group))
    made = tuple((layout, tuple(filled_in[layout.sheet])) for layout in sheets.values())
    return Worklist(made, tuple(left_out))


def as_document(made: Worklist) -> dict[str, Any]:
    """A worklist as JSON; `sheets_of` reads it."""
    sheets = [
        {"sheet": layout.sheet, "rows": [{"cells": dict(row.cells), "group": row.group} for row in rows]}
        for layout, rows in made.sheets
    ]
    return {"sheets": sheets, "left_out": list(made.left_out)}


def sheets_of(document: Mapping[str, Any]) -> list[tuple[Layout, list[WorklistRow]]]:
    """The sheets of a worklist's JSON."""
    layouts = {layout.sheet: layout for sheets in SHEETS.values() for layout in sheets.values()}
    return [
        (layouts[sheet["sheet"]], [WorklistRow(cells=row["cells"], group=row["group"]) for row in sheet["rows"]])
        for sheet in document["sheets"]
    ]


def write(document: Mapping[str, Any], to: Path, language: Language = "vi") -> None:
    """Write a worklist's JSON to a file; the generic list as its template, with hints and code lists.

    Raises:
        OSError: `to` cannot be written.
    """
    sheets = sheets_of(document)
    if is_generic(document):
        keep(template("list", language, filled=[row.cells for _, rows in sheets for row in rows]), to)
    else:
        write_worklist(to, sheets)


def is_generic(document: Mapping[str, Any]) -> bool:
    """Whether a worklist is in the layout of the generic list, which is read from workbooks alone."""
    return any(sheet["sheet"] == LIST_OF_PERSONS.sheet for sheet in document["sheets"])


class Shown:
    """What is open of one case, this agency's own records first."""

    def __init__(self, row: Row, agency: str) -> None:
        self.code = str(row.facts["code"])
        self._sections: Mapping[str, Any] = row.content or {}
        self._agency = agency

    def records(self, section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(author, values) of each record of a section."""
        by_author = self._sections.get(section, {})
        for author in sorted(by_author, key=lambda name: (name != self._agency, name)):
            found = by_author[author]
            for record in found if isinstance(found, list) else [found]:
                yield author, record.get("values", {})

    def value(self, section: str, name: str) -> object:
        """The value of a field in the first record that has it."""
        return next((values[name]["value"] for _, values in self.records(section) if name in values), None)

    def text(self, section: str, name: str) -> str:
        """A field as words: as this agency wrote it, or as another shared it."""
        for author, values in self.records(section):
            if name in values:
                return str((values[name].get("written") if author == self._agency else None) or values[name]["value"])
        return ""

    def told(self) -> dict[Section, dict[str, Any]]:
        """Each field's value in the first record that has it."""
        found: dict[Section, dict[str, Any]] = {section: {} for section in Section}
        for section in Section:
            for _, values in self.records(section.value):
                found[section] |= {name: one["value"] for name, one in values.items() if name not in found[section]}
        return found

    def own(self, section: str, name: str, *, without: str = "") -> str:
        """A field in this agency's own words alone, from a record without another field."""
        for author, values in self.records(section):
            if author == self._agency and name in values and without not in values:
                return str(values[name].get("written") or values[name]["value"])
        return ""


def _labour(shown: Shown, layout: Layout) -> dict[str, str]:
    cells = {
        "code": shown.code,
        "full_name": shown.text("identity", "full_name"),
        "ethnicity": shown.text("identity", "ethnicity"),
        "residence": shown.text("identity", "residence"),
        "householder": shown.own("contact", "householder") or shown.own("contact", "phones"),
        "identity_paper": next((p["number"] for p in _papers(shown) if p["kind"] in _OWN_PAPERS), ""),
        "note": shown.own("support", "note", without="regime"),
    }
    if (sex := shown.value("identity", "sex")) in {"m", "f"}:
        cells["birth_male" if sex == "m" else "birth_female"] = _birth(shown)
    known = {column.key for column in layout.columns}
    for kind in ("confirmation", "declaration"):
        if kind in known:
            cells[kind] = next((reference(p) for p in _papers(shown) if p["kind"] == kind), "")
    return cells


def _women(shown: Shown) -> dict[str, str]:
    return {"code": shown.code, "name": shown.text("identity", "full_name")}


def _papers(shown: Shown) -> Iterator[Mapping[str, str]]:
    for _, values in shown.records("identity"):
        yield from values.get("papers", {}).get("value") or []


def _birth(shown: Shown) -> str:
    """A birth in words that the form's own adapter reads again; by the lunar calendar as it was written."""
    born = shown.value("identity", "birth")
    lunar = isinstance(born, dict) and "calendar" in born
    return shown.text("identity", "birth") if lunar else birth_text(born)


def _generic(shown: Shown, *, on: date, today: date) -> dict[str, str]:
    return filled(shown.told(), code=shown.code, on=on, today=today)


def _received(rows: Current, agency: str) -> dict[str, date]:
    """By case the day on which this agency was told of the person, as its own first notice says."""
    found: dict[str, date] = {}
    for line in rows.all("timeline"):
        if line.facts["type"] == "case.notified" and line.facts["by"] == agency and line.case is not None:
            minute = datetime.fromisoformat(line.facts["occurred"])
            found.setdefault(line.case, (minute + HANOI).date())
    return found


def _group(shown: Shown, me: Agency, directory: Directory) -> str | None:
    """Whether the person lives in this agency's province; None where that is not certain.

    What the agency itself has said, or left out, comes first: its own list sent back must say nothing new.
    """
    place = me.place
    own = dict(shown.records("profile")).get(me.id)
    if own is not None:
        return str(own["residence"]["value"]) if "residence" in own else None
    for section in ("profile", "identity"):
        province = shown.value(section, "residence_province")
        if province is not None and place is not None:
            return "inside" if province == place else "outside"
    for author, values in shown.records("profile"):
        if "residence" in values and directory.agency(author).place == place:
            return str(values["residence"]["value"])
    return None
