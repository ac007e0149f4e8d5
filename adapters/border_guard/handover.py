"""One hand-over record: written offline at a gate, delivered days later, naming several persons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from adapters.border_guard.document import PERSON, ROOT, Document, parse
from adapters.border_guard.layout import HEADER_FIELDS, LETTERED, PERSON_FIELDS
from adapters.border_guard.person import Record, draft, known_key, notes
from adapters.contract import Form, Item, Note, Returned, Total, Where
from adapters.values.dates import read_day
from adapters.values.fields import Fields, located
from adapters.values.files import sniff
from adapters.values.fonts import Legacy
from adapters.values.hashed import Hashed
from adapters.values.joins import return_shared
from adapters.values.lettering import Lettering, proposals, refuse_old
from adapters.values.papers import PAPER_CENTURY, paper_number
from adapters.values.places import country, province
from adapters.values.writing import free_text
from domain.errors import RefusedError
from domain.statements import AgencyKind

MAX_UNIT: Final = 120
"""Characters of a unit's or a gate's name."""


class HandoverRecord:
    """Reads `border_guard.handover/1`."""

    form: Form = Form(
        id="border_guard.handover/1",
        kind=AgencyKind.BORDER_GUARD,
        suffixes=(".xml",),
        stands_for="Biên bản giao, nhận nạn nhân (PL3 với phía nước ngoài, PL4 với công an), TTLT 01/2014",
    )

    def reads(self, file: Path) -> bool:
        """Tell whether the file's first bytes hold the root element of a hand-over record."""
        return file.suffix.lower() in self.form.suffixes and f"<{ROOT}".encode() in sniff(file)

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Look the whole file over, then give its persons; no more than a few of them are in memory.

        Raises:
            RefusedError: `file_too_large`, `file_empty`, `file_unreadable`, `file_not_xml`, `file_xml_unsafe`,
                `file_encoding_mismatch`, `file_not_utf8`, `file_form_unknown`, `file_too_deep`,
                `file_repeated_field`, `file_secret_marked`, or `file_header_wrong` with the field.
        """
        document = parse(file)
        header = Fields(document.header, ROOT)
        try:
            record, total = _record(header, today), _total(header)
        except RefusedError as error:
            raise RefusedError("file_header_wrong", field=error.params["column"]) from None
        return _rows(document, record, total, today)


def _record(header: Fields, today: date) -> Record:
    annex = header.need("mau").strip().upper().replace(" ", "")
    if annex not in {"PL3", "PL4"}:
        raise RefusedError("value_missing", column="mau")
    place = header.fact("TinhDonVi", province)
    from_country = header.fact("NuocGiao", country)
    unit = header.fact("DonVi", free_text, limit=MAX_UNIT)
    return Record(
        unit=None if unit is None else str(unit.value),
        gate=header.fact("cuaKhau", free_text, limit=MAX_UNIT),
        number=located("so", paper_number, header.need("so")),
        day=located("ngay", read_day, header.need("ngay"), today=today, century=PAPER_CENTURY),
        province=None if place is None else str(place.value),
        province_written=header.text("TinhDonVi") or "",
        from_country=None if from_country is None else str(from_country.value),
    )


def _total(header: Fields) -> int | None:
    total = header.text("soNguoi")
    if total is None:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", total.strip()):
        raise RefusedError("value_missing", column="soNguoi")
    return int(total)


def _rows(document: Document, record: Record, total: int | None, today: date) -> Iterator[Item]:
    positions, lettering = Hashed(), Lettering[str]()
    unread = sum(name not in HEADER_FIELDS for name in document.header)
    for person in document.persons:
        unread += sum(name not in PERSON_FIELDS for name in person)
        stt = person.get("stt", "").strip().lstrip("0")
        positions[stt] = positions.get(stt) + 1
        lettering.see(_words(person))

    def read() -> Iterator[tuple[Item, Mapping[str, str]]]:
        for row, person in enumerate(document.persons, 1):
            old = lettering.judge(_words(person))
            for item in _items(person, old, record, row=row, positions=positions, today=today):
                yield item, person

    columns = {"number": "stt", "own": "GiayTo", "code": "MaHoSo", "handover": "stt"}
    yield from return_shared(read(), columns=columns)
    if unread:
        yield Note(where=Where(row=1), reason="note_fields_not_read", params={"count": unread})
    if total is not None:
        where = Where(row=1, column="soNguoi")
        yield Total(where=where, what="total_border_persons", written=total, counted=len(document.persons))


def _items(
    person: dict[str, str], old: Mapping[str, Legacy], record: Record, *, row: int, positions: Hashed, today: date
) -> Iterator[Item]:
    """What one person is: a draft with notes, or to be mended."""
    fields = Fields(person, f"{PERSON}[{row}]")
    try:
        refuse_old(old)
        yield draft(fields, record, row=row, positions=positions, today=today)
        yield from notes(fields, row=row)
    except RefusedError as error:
        column = error.params.get("column")
        known = column if isinstance(column, str) and column in PERSON_FIELDS else None
        yield Returned(
            where=Where(row=row, column=known),
            reason=error.code,
            content=person,
            record_key=known_key(fields, record),
            proposals=proposals(old),
        )


def _words(person: Mapping[str, str]) -> dict[str, str]:
    """The fields of a person that may be in an old font."""
    return {name: person[name] for name in LETTERED if name in person}
