"""One person of a hand-over record: what is read of it, and the statement it stands for.

The record is one paper that several persons share, so it alone cannot join a person to a case: the paper's number
carries the person's stt, ``03/BB-ĐBPCK#1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from adapters.contract import Act, Draft, Fact, Note, PaperRef, StatedPaper, Where
from adapters.values import codes, communes, dates, names, papers, people, places
from adapters.values.fields import Fields
from adapters.values.hashed import Hashed
from adapters.values.own_paper import completed, own_paper
from adapters.values.profile import inside, likely_child, profile
from domain.errors import RefusedError
from domain.folding import fold
from domain.statements import Pathway, Section, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the header says and every person of the record shares."""

    number: str
    day: date
    province: str | None
    province_written: str
    from_country: str | None
    unit: str | None
    gate: Fact | None


def draft(fields: Fields, record: Record, *, row: int, positions: Hashed, today: date) -> Draft:
    """Read one person; `positions` counts each stt of the record.

    Raises:
        RefusedError: with `column`, whatever of the row cannot be taken.
    """
    stt = _stt(fields, "stt")
    parent = _parent(fields, stt, positions)
    paper = PaperRef(kind="handover", number=f"{record.number}#{stt}", date=record.day)
    code = fields.fact("MaHoSo", codes.case_code)
    return Draft(
        where=Where(row=row),
        record_key=_key(record, stt),
        acts=(_notice(fields, _identity(fields, record, paper, parent, today), record, paper),),
        code=None if code is None else str(code.value),
        papers=(paper,),
        opens=True,
        with_record=None if parent is None else _key(record, parent),
    )


def notes(fields: Fields, *, row: int) -> Iterator[Note]:
    """What the sender should look at in a row that was taken."""
    if fields.text("NgaySinh") is None and fields.text("NamSinh") is None:
        yield Note(where=Where(row=row, column="NgaySinh"), reason="note_birth_missing")
    if completed(fields.text("GiayTo") or ""):
        yield Note(where=Where(row=row, column="GiayTo"), reason="note_paper_zero_added")


def known_key(fields: Fields, record: Record) -> tuple[str, ...] | None:
    """The record key of a person that may be wrong otherwise; None where its stt is."""
    try:
        stt = _stt(fields, "stt")
    except RefusedError:
        return None
    return _key(record, stt)


def _key(record: Record, stt: str) -> tuple[str, ...]:
    return (record.number, record.day.isoformat(), stt)


def _notice(fields: Fields, identity: dict[str, Fact], record: Record, paper: PaperRef) -> Act:
    own = fields.fact("NuocGiao", places.country)
    destination = record.from_country if own is None else str(own.value)
    home = identity.get("residence_province")
    residence = None
    if home is not None and record.province is not None:
        residence = inside(
            reporting=record.province,
            written=record.province_written,
            home=str(home.value),
            written_home=fields.text("TinhNoiO") or str(home.value),
        )
    drawn = profile(
        identity,
        on=record.day,
        source="border_handover",
        destination=None if destination == "unknown" else destination,
        residence=residence,
    )
    return Act(
        name="notice",
        type="case.notified",
        occurred=record.day,
        facts={
            "pathway": Pathway.HANDED_OVER.value,
            "status": Status.IN_IDENTIFICATION.value,
            "law": "jc01_2014_art4",
            "likely_child": likely_child(identity, on=record.day),
        },
        sections={
            Section.IDENTITY: identity,
            **({} if record.gate is None else {Section.ACCOUNT: {"route": record.gate}}),
            Section.PROFILE: drawn,
        },
        papers=(_stated(paper, record),),
    )


def _stated(paper: PaperRef, record: Record) -> StatedPaper:
    """The record itself; a post by its name is one, what else its unit may be is not certain."""
    post = record.unit is not None and fold(record.unit).startswith(("don ", "dbp"))
    issued_by = None if record.unit is None else Fact(record.unit, record.unit, "DonVi")
    return StatedPaper.of(
        paper, written=record.number, at="so", issuer="border_post" if post else None, issued_by=issued_by
    )


def _identity(fields: Fields, record: Record, paper: PaperRef, parent: str | None, today: date) -> dict[str, Fact]:
    fields.need("HoTen")
    facts = {
        "full_name": fields.fact("HoTen", names.full_name),
        "other_names": fields.fact("TenKhac", names.other_names) or fields.fact("HoTen", names.aliases),
        "birth": _birth(fields, record, today),
        "sex": fields.fact("GT", people.sex),
        "ethnicity": fields.fact("DanToc", people.ethnicity),
        "nationality": places.nationality(fields, "QuocTich"),
        "residence": fields.fact("NoiO", places.residence),
        "residence_province": places.home(fields, "TinhNoiO", "NoiO"),
        "residence_commune": communes.of_home(fields, "TinhNoiO", "NoiO", on=record.day),
        "relation": None if parent is None else Fact(f"child of {parent}", fields.texts["conCua"], fields.at("conCua")),
    }
    known = {name: fact for name, fact in facts.items() if fact is not None}
    return {**known, "papers": _papers(fields, paper, record, known)}


def _birth(fields: Fields, record: Record, today: date) -> Fact | None:
    """NgaySinh or NamSinh, not both; an age was said on the day of the record."""
    both = [name for name in ("NgaySinh", "NamSinh") if fields.text(name) is not None]
    if len(both) == 2:
        raise RefusedError("row_birth_twice", column="NamSinh")
    return fields.fact(both[0], dates.birth, today=today, said_on=record.day) if both else None


def _papers(fields: Fields, handover: PaperRef, record: Record, identity: Mapping[str, Fact]) -> Fact:
    """The person's own paper (``CCCD 014199001234``), if any, and the hand-over record itself."""
    issuer = {} if record.unit is None else {"issuer": record.unit}
    listed: list[object] = [{**papers.paper_value(handover), **issuer}]
    own = fields.fact("GiayTo", own_paper, kind=None, identity=identity)
    if own is None:
        return Fact(listed, f"{handover.number}, {handover.date:%d/%m/%Y}", fields.at("stt"))
    return Fact([own.value, *listed], own.written, own.at)


def _stt(fields: Fields, column: str) -> str:
    """A person's number in the record, without leading zeros."""
    stt = fields.need(column).strip()
    if not re.fullmatch(r"0*[1-9][0-9]{0,5}", stt):
        raise RefusedError("row_number_wrong", column=column)
    return stt.lstrip("0")


def _parent(fields: Fields, stt: str, positions: Hashed) -> str | None:
    if fields.text("conCua") is None:
        return None
    parent = _stt(fields, "conCua")
    if parent == stt or positions.get(parent) != 1:
        raise RefusedError("row_companion_unknown", column="conCua")
    return parent
