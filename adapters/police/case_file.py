"""One file of the police: its header, its list of persons, its own total."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from adapters.contract import Fact, Form, Item, Note, Returned, Total, Where
from adapters.police.document import parse, refuse_marked, texts, written
from adapters.police.layout import HEADER_FIELDS, LETTERED, LISTED, PERSON_FIELDS
from adapters.police.victim import CaseFile, draft, known_key, notes
from adapters.values.dates import read_day
from adapters.values.fields import Fields, located
from adapters.values.files import read_bounded, sniff
from adapters.values.joins import return_shared
from adapters.values.lettering import old_texts, proposals, refuse_old
from adapters.values.people import SEX_WORDS
from adapters.values.places import province
from adapters.values.writing import free_text, said
from domain.errors import RefusedError
from domain.folding import fold
from domain.statements import AgencyKind

MAX_FILE: Final = 8 * 1024 * 1024
"""Bytes; a case file of a thousand persons has some 500 kB."""
MAX_PERSONS: Final = 10_000
MAX_UNIT: Final = 120

_JOINING: Final = {"number": "STT", "own": "SoGT", "code": "MaHoSo", "confirmation": "SoGXN", "handover": "BienBanGN"}
_ARTICLE: Final = re.compile(r"(?:[Đđ]iều )?([0-9]{1,3}[a-z]?)")


class PoliceCaseFile:
    """Reads `police.case_file/1`."""

    form: Form = Form(
        id="police.case_file/1",
        kind=AgencyKind.POLICE,
        suffixes=(".json",),
        stands_for="Thông báo, văn bản trả lời xác minh và giấy xác nhận nạn nhân (PL7), TTLT 01/2014",
    )

    def reads(self, file: Path) -> bool:
        """Tell whether the file names a criminal case and its victims."""
        start = sniff(file)
        return file.suffix.lower() in self.form.suffixes and b'"SoVuAn"' in start and b'"BiHai"' in start

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Read the whole file at once, at most 8 MiB, then give its rows.

        Raises:
            RefusedError: `file_too_large`, `file_empty`, `file_unreadable`, `file_not_utf8`, `file_not_json`,
                `file_repeated_field`, `file_form_unknown`, `file_secret_marked`, or `file_header_wrong` with the
                field.
        """
        document = parse(read_bounded(file, limit=MAX_FILE))
        persons = _persons(document)
        refuse_marked({name: value for name, value in document.items() if name != "BiHai"}, "file_secret_marked")
        header = _Header.read(document, today=today)
        return _rows(document, persons, header, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """What the file says of itself."""

    case_file: CaseFile
    total: int | None

    @staticmethod
    def read(document: dict[str, object], *, today: date) -> _Header:
        """Read the header; a wrong one makes every row wrong, so it refuses the file."""
        try:
            fields = Fields(texts(document, set(HEADER_FIELDS).difference(LISTED)), "SoVuAn")
            unit = fields.fact("DonVi", free_text, limit=MAX_UNIT)
            place = fields.fact("TinhDonVi", province)
            return _Header(
                case_file=CaseFile(
                    number=Fact(_case_number(fields), fields.need("SoVuAn"), "SoVuAn"),
                    opened=located("NgayKT", read_day, fields.need("NgayKT"), today=today),
                    articles=_articles(fields),
                    unit=None if unit is None else str(unit.value),
                    province=None if place is None else str(place.value),
                    province_written=fields.text("TinhDonVi") or "",
                    sex_codes=_sex_codes(document.get("MaGT")),
                ),
                total=_total(fields),
            )
        except RefusedError as error:
            raise RefusedError("file_header_wrong", field=error.params["column"]) from None


def _persons(document: dict[str, object]) -> list[object]:
    """The list BiHai; a lone person that stands as an object is a list of one."""
    if "SoVuAn" not in document or "BiHai" not in document:
        raise RefusedError("file_form_unknown")
    listed = document["BiHai"]
    if isinstance(listed, dict):
        return [listed]
    if not isinstance(listed, list):
        raise RefusedError("file_form_unknown")
    if len(listed) > MAX_PERSONS:
        raise RefusedError("file_too_large")
    return listed


def _rows(document: dict[str, object], persons: list[object], header: _Header, today: date) -> Iterator[Item]:
    positions = _positions(persons)
    unread = sum(name not in HEADER_FIELDS for name in document)
    items: list[Item] = []
    lettered = old_texts([_words(person) for person in persons])
    for row, (person, old) in enumerate(zip(persons, lettered, strict=True), 1):
        try:
            refuse_marked(person, "row_secret_marked")
            refuse_old(old)
            items += _taken(person, header.case_file, row=row, positions=positions, today=today)
            unread += sum(name not in PERSON_FIELDS for name in person) if isinstance(person, dict) else 0
        except RefusedError as error:
            returned = _returned(person, error, header.case_file, row=row)
            items.append(replace(returned, proposals=proposals(old)) if returned.content else returned)
    yield from return_shared(items, columns=_JOINING, written=lambda row: written(persons[row - 1]))
    if unread:
        yield Note(where=Where(row=1), reason="note_fields_not_read", params={"count": unread})
    if header.total is not None:
        where = Where(row=1, column="SoBiHai")
        yield Total(where=where, what="total_police_persons", written=header.total, counted=len(persons))


def _words(person: object) -> dict[str, str]:
    """The fields of a person that may be in an old font."""
    found = {name: person.get(name) for name in LETTERED} if isinstance(person, dict) else {}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _taken(
    person: object, case_file: CaseFile, *, row: int, positions: Mapping[str, int], today: date
) -> tuple[Item, ...]:
    if not isinstance(person, dict):
        raise RefusedError("row_malformed")
    record = person.get("BienBanGN")
    # The one field that may be an object: kept as written, for the sealed trace, in the form of its text.
    joined = {"BienBanGN": ", ".join(map(str, record.values()))} if isinstance(record, dict) else {}
    fields = Fields(texts({**person, **joined}, PERSON_FIELDS), f"BiHai[{row}]")
    taken = draft(fields, record, case_file, row=row, positions=positions, today=today)
    return (taken, *notes(fields, row=row))


def _returned(person: object, error: RefusedError, case_file: CaseFile, *, row: int) -> Returned:
    """A person to be mended; of one that bears a secret mark only that it came."""
    if error.code == "row_secret_marked":
        return Returned(where=Where(row=row), reason=error.code, content={})
    return Returned(
        where=Where(row=row, column=_column(error)),
        reason=error.code,
        content=written(person),
        record_key=known_key(person, case_file),
    )


def _column(error: RefusedError) -> str | None:
    column = error.params.get("column")
    return column if isinstance(column, str) and column in PERSON_FIELDS else None


def _positions(persons: list[object]) -> dict[str, int]:
    """How often each STT stands in the file."""
    found: dict[str, int] = {}
    for person in persons:
        stt = str(person.get("STT", "")).strip() if isinstance(person, dict) else ""
        found[stt] = found.get(stt, 0) + 1
    return found


def _total(fields: Fields) -> int | None:
    total = fields.text("SoBiHai")
    if total is None:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", total):
        raise RefusedError("value_missing", column="SoBiHai")
    return int(total)


def _case_number(fields: Fields) -> str:
    number = "".join(located("SoVuAn", said, fields.need("SoVuAn"), limit=60).split())
    if not any(c.isdigit() for c in number):
        raise RefusedError("value_missing", column="SoVuAn")
    return number


def _articles(fields: Fields) -> Fact | None:
    """Articles of the Criminal Code: "150; 151" is a list of two."""
    written = fields.text("DieuLuat")
    if written is None:
        return None
    found = [_ARTICLE.fullmatch(piece.strip()) for piece in re.split("[;,]", written[:200]) if piece.strip()]
    articles = [one[1] for one in found if one is not None]
    if len(articles) != len(found):
        raise RefusedError("value_missing", column="DieuLuat")
    return Fact(articles, written, "DieuLuat")


def _sex_codes(declared: object) -> dict[str, str]:
    """Codes of the field GT as the header declares them: `{"0": "nữ", "1": "nam"}`; the words are always known."""
    codes = dict(SEX_WORDS)
    if declared in (None, ""):
        return codes
    if not isinstance(declared, dict):
        raise RefusedError("value_sex_unknown", column="MaGT")
    for code, word in declared.items():
        meaning = {"nu": "f", "nam": "m"}.get(fold(str(word)))
        if meaning is None or code.lower() in codes:
            raise RefusedError("value_sex_unknown", column="MaGT")
        codes[code.lower()] = meaning
    return codes
