"""One file of the police: its header, its list of persons, its own total."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from adapters.contract import Draft, Fact, Form, Item, Note, Returned, Total, Where
from adapters.police.document import Document, parse, person, texts, written
from adapters.police.layout import HEADER_FIELDS, LETTERED, LISTED, NAMES, PERSON_FIELDS
from adapters.police.victim import CaseFile, draft, known_key, notes
from adapters.values.dates import read_day
from adapters.values.fields import Fields, located
from adapters.values.files import sniff
from adapters.values.fonts import Legacy
from adapters.values.hashed import Hashed
from adapters.values.joins import return_shared
from adapters.values.lettering import Lettering, proposals, refuse_old
from adapters.values.people import SEX_WORDS
from adapters.values.places import province
from adapters.values.secrecy import refuse_level
from adapters.values.writing import free_text, said
from domain.errors import RefusedError
from domain.folding import fold
from domain.statements import AgencyKind

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
        """Look the whole file over, then give its rows; no more than a few of them are in memory.

        Raises:
            RefusedError: `file_too_large`, `file_empty`, `file_unreadable`, `file_not_utf8`, `file_not_json`,
                `file_repeated_field`, `file_form_unknown`, `file_secret_marked`, or `file_header_wrong` with the
                field.
        """
        document = parse(file)
        return _rows(document, _Header.read(document.header, today=today), today)


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


def _rows(document: Document, header: _Header, today: date) -> Iterator[Item]:
    positions, lettering = Hashed(), Lettering[str]()
    unread = sum(name not in HEADER_FIELDS for name in document.header)
    for one in map(person, document.persons):
        if isinstance(one, dict):
            stt = str(one.get("STT", "")).strip()
            positions[stt] = positions.get(stt) + 1
        lettering.see(_words(one))

    def read() -> Iterator[tuple[Item, Mapping[str, str]]]:
        nonlocal unread
        for row, one in enumerate(map(person, document.persons), 1):
            old = lettering.judge(_words(one))
            items = _items(one, old, header.case_file, row=row, positions=positions, today=today)
            if isinstance(one, dict) and isinstance(items[0], Draft):
                unread += sum(name not in PERSON_FIELDS for name in one)
            for item in items:
                yield item, written(one)

    yield from return_shared(read(), columns=_JOINING)
    if unread:
        yield Note(where=Where(row=1), reason="note_fields_not_read", params={"count": unread})
    if header.total is not None:
        where = Where(row=1, column="SoBiHai")
        yield Total(where=where, what="total_police_persons", written=header.total, counted=len(document.persons))


def _items(
    one: object, old: Mapping[str, Legacy], case_file: CaseFile, *, row: int, positions: Hashed, today: date
) -> tuple[Item, ...]:
    """What one person is: a draft with notes, or to be mended."""
    try:
        refuse_level(one, "row_secret_marked", names=NAMES)
        refuse_old(old)
        return _taken(one, case_file, row=row, positions=positions, today=today)
    except RefusedError as error:
        returned = _returned(one, error, case_file, row=row)
        return (replace(returned, proposals=proposals(old)) if returned.content else returned,)


def _words(person: object) -> dict[str, str]:
    """The fields of a person that may be in an old font."""
    found = {name: person.get(name) for name in LETTERED} if isinstance(person, dict) else {}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _taken(person: object, case_file: CaseFile, *, row: int, positions: Hashed, today: date) -> tuple[Item, ...]:
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


def _total(fields: Fields) -> int | None:
    total = fields.text("SoBiHai")
    if total is None:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", total):
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
