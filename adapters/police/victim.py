"""One person of a criminal case file: what is read of it, and the statements it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from adapters.contract import Act, Draft, Fact, Note, PaperRef, StatedPaper, Where
from adapters.police.document import texts
from adapters.police.verification import Answer, answers, handover_record, read_answer, result_of
from adapters.values import codes, communes, dates, names, papers, people, phones, places
from adapters.values.fields import Fields, located
from adapters.values.hashed import Hashed
from adapters.values.own_paper import completed, own_paper
from adapters.values.profile import inside, likely_child, profile
from adapters.values.writing import free_text
from domain.errors import RefusedError
from domain.folding import fold
from domain.statements import Pathway, Section, Status

MAX_STATEMENT: Final = 20_000
"""Characters of an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """What the header says and every person of the file shares."""

    number: Fact
    opened: date
    articles: Fact | None
    unit: str | None
    province: str | None
    province_written: str
    sex_codes: Mapping[str, str]


def draft(
    fields: Fields,
    handover: object,
    case_file: CaseFile,
    *,
    row: int,
    positions: Hashed,
    today: date,
) -> Draft:
    """Read one person.

    `positions` counts each STT of the file; `handover` is the field BienBanGN, the only one that may be an object.

    Raises:
        RefusedError: with `column`, whatever of the row cannot be taken.
    """
    number = str(case_file.number.value)
    stt = _stt(fields, "STT")
    code = fields.fact("MaHoSo", codes.case_code)
    answer = read_answer(fields, today)
    handed_over = None if handover in (None, "") else handover_record(handover, today)
    held = tuple(paper for paper in (answer.paper, handed_over) if paper is not None)
    companion = _companion(fields, stt, positions)
    identity = _identity(fields, held, companion, case_file, today)
    notice = _notice(fields, identity, case_file, answer=answer, handed_over=handed_over)
    return Draft(
        where=Where(row=row),
        record_key=(number, stt),
        acts=(notice, *answers(answer, stated=_stated(fields, answer.paper, "SoGXN", unit=case_file.unit))),
        code=None if code is None else str(code.value),
        papers=held,
        opens=True,
        with_record=None if companion is None else (number, companion),
    )


def notes(fields: Fields, *, row: int) -> Iterator[Note]:
    """What the sender should look at in a row that was taken."""
    if result_of(fields) == "victim" and fields.text("SoGXN") is None:
        yield Note(where=Where(row=row, column="SoGXN"), reason="note_confirmation_missing")
    if completed(fields.text("SoGT") or ""):
        yield Note(where=Where(row=row, column="SoGT"), reason="note_paper_zero_added")


def known_key(person: object, case_file: CaseFile) -> tuple[str, ...] | None:
    """The record key of a person that may be wrong otherwise; None where its STT is."""
    if not isinstance(person, dict):
        return None
    try:
        stt = _stt(Fields(texts(person, ["STT"]), ""), "STT")
    except RefusedError:
        return None
    return (str(case_file.number.value), stt)


def _notice(
    fields: Fields, identity: dict[str, Fact], case_file: CaseFile, *, answer: Answer, handed_over: PaperRef | None
) -> Act:
    pathway = Pathway.HANDED_OVER if handed_over else Pathway.RESCUED
    status = Status.SUSPECTED if answer.result is None else Status.IN_IDENTIFICATION
    phone = fields.fact("SDT", phones.phones)
    words = fields.fact("LoiKhai", free_text, limit=MAX_STATEMENT)
    account = {"criminal_case": case_file.number, "articles": case_file.articles, "statement": words}
    listed = case_file.articles.value if case_file.articles else []
    articles = [one for one in listed if one in {"150", "151"}] if isinstance(listed, list) else []
    drawn = profile(
        identity,
        on=case_file.opened,
        source="border_handover" if handed_over else "criminal_case",
        article=articles[0] if len(articles) == 1 else None,
        residence=_residence(fields, case_file),
    )
    sections: dict[Section, dict[str, Fact]] = {
        Section.IDENTITY: identity,
        Section.CONTACT: {} if phone is None else {"phones": phone},
        Section.ACCOUNT: {name: fact for name, fact in account.items() if fact is not None},
        Section.PROFILE: drawn,
    }
    return Act(
        name="notice",
        type="case.notified",
        occurred=case_file.opened,
        facts={
            "pathway": pathway.value,
            "status": status.value,
            "law": "jc01_2014_art4" if handed_over else "l53_art28",
            "likely_child": likely_child(identity, on=case_file.opened),
        },
        sections={section: facts for section, facts in sections.items() if facts},
        papers=_stated(fields, handed_over, "BienBanGN"),
    )


def _stated(fields: Fields, paper: PaperRef | None, column: str, *, unit: str | None = None) -> tuple[StatedPaper, ...]:
    """The paper an act stands for, with the file's own unit where that issued it."""
    if paper is None:
        return ()
    issued_by = None if unit is None else Fact(unit, unit, "DonVi")
    return (StatedPaper.of(paper, written=fields.texts[column], at=fields.at(column), issued_by=issued_by),)


def _identity(
    fields: Fields, held: tuple[PaperRef, ...], companion: str | None, case_file: CaseFile, today: date
) -> dict[str, Fact]:
    fields.need("HoTen")
    spoken = fields.text("NgayKhai")
    said_on = None if spoken is None else located("NgayKhai", dates.read_day, spoken, today=today)
    facts = {
        "full_name": fields.fact("HoTen", names.full_name),
        "other_names": _other_names(fields),
        "birth": fields.fact("NgaySinh", dates.birth, today=today, said_on=said_on),
        "sex": fields.fact("GT", people.sex, codes=case_file.sex_codes),
        "ethnicity": fields.fact("DanToc", people.ethnicity),
        "nationality": places.nationality(fields, "QuocTich"),
        "residence": fields.fact("HKTT", places.residence),
        "residence_province": places.home(fields, "TinhHKTT", "HKTT"),
        "residence_commune": communes.of_home(fields, "TinhHKTT", "HKTT", on=case_file.opened),
        "relation": None
        if companion is None
        else Fact(f"accompanied by {companion}", fields.texts["DiCungSTT"], fields.at("DiCungSTT")),
    }
    known = {name: fact for name, fact in facts.items() if fact is not None}
    listed = _papers(fields, held, case_file, known)
    return known if listed is None else {**known, "papers": listed}


def _other_names(fields: Fields) -> Fact | None:
    inside_name = fields.fact("HoTen", names.aliases)
    own = fields.fact("TenKhac", names.other_names)
    if inside_name is None or own is None:
        return inside_name or own
    listed = [*_list(inside_name), *(name for name in _list(own) if name not in _list(inside_name))]
    return Fact(listed, f"{inside_name.written} | {own.written}", own.at)


def _list(fact: Fact) -> list[object]:
    return fact.value if isinstance(fact.value, list) else []


def _papers(
    fields: Fields, held: tuple[PaperRef, ...], case_file: CaseFile, identity: Mapping[str, Fact]
) -> Fact | None:
    """The person's own paper, then those two agencies hold; the confirmation is issued by the file's unit."""
    kind = fields.text("LoaiGT")
    named = None if kind is None else located("LoaiGT", papers.paper_kind, kind)
    own = fields.fact("SoGT", own_paper, kind=named, identity=identity)
    listed: list[object] = [] if own is None else [own.value]
    for paper in held:
        issuer = {"issuer": case_file.unit} if paper.kind == "confirmation" and case_file.unit else {}
        listed.append({**papers.paper_value(paper), **issuer})
    names_ = ("LoaiGT", "SoGT", "SoGXN", "NgayGXN", "BienBanGN")
    written = [fields.texts[name] for name in names_ if fields.text(name) is not None]
    return Fact(listed, "; ".join(written), fields.at("SoGT")) if listed else None


def _residence(fields: Fields, case_file: CaseFile) -> str | None:
    """'inside' or 'outside' the reporting province: as the file says, unless its own codes contradict it."""
    flag = fold(fields.texts.get("TinhNgoai", ""))
    if flag not in {"", "true", "false", "1", "0"}:
        raise RefusedError("row_outside_unknown", column="TinhNgoai")
    stated = None if flag == "" else ("outside" if flag in {"true", "1"} else "inside")
    home = places.home(fields, "TinhHKTT", "HKTT")
    if home is None or case_file.province is None:
        return stated
    worked_out = inside(
        reporting=case_file.province,
        written=case_file.province_written,
        home=str(home.value),
        written_home=fields.text("TinhHKTT") or str(home.value),
    )
    if None not in (stated, worked_out) and stated != worked_out:
        raise RefusedError("row_outside_contradicts", column="TinhNgoai")
    return stated or worked_out


def _stt(fields: Fields, column: str) -> str:
    stt = fields.need(column).strip()
    if not re.fullmatch(r"[0-9]{1,6}[A-Za-z]?", stt):
        raise RefusedError("row_number_wrong", column=column)
    return stt


def _companion(fields: Fields, stt: str, positions: Hashed) -> str | None:
    if fields.text("DiCungSTT") is None:
        return None
    companion = _stt(fields, "DiCungSTT")
    if companion == stt or positions.get(companion) != 1:
        raise RefusedError("row_companion_unknown", column="DiCungSTT")
    return companion
