"""One record of a generic form to a draft: the notice of a person, or more about a known one, and a support given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from adapters.contract import Act, Draft, Fact, PaperRef, Where
from adapters.generic.choices import chosen
from adapters.generic.fields import FIELDS
from adapters.generic.layout import BY_KEY
from adapters.generic.papers import PAPERS, paper_of, stated_papers
from adapters.tables.marks import amount
from adapters.values import codes, communes, dates, names, papers, places
from adapters.values.fields import Fields, located
from adapters.values.own_paper import own_paper
from adapters.values.profile import likely_child, profile
from domain.errors import RefusedError
from domain.statements import Section

LAW: Final = {
    "rescued": "l53_art28",
    "handed_over": "jc01_2014_art4",
    "returned_alone": "l53_art27",
    "self_reported": "l53_art27",
    "hotline": "l53_art27",
    "screened": "l53_art27",
}
"""Ground of a notice by its pathway: Law 53/2024 Art 27 (as amended by Law 86/2025), 28; JC 01/2014 Art 4."""
SOURCE: Final = {"self_reported": "self_report", "handed_over": "border_handover", "screened": "screening"}
"""Where the statistics count the person; for the other pathways this form does not say."""
WHOLE: Final = (*(one.key for one in FIELDS if one.group == "identity"), "destination", "purpose")
"""Fields that are told with the name or not at all: a new identity replaces the office's old one whole."""
CODED: Final = ("status", "channel", "received")
"""Codes of a notice that may be left out."""

Sections = dict[Section, dict[str, Fact]]


def draft_of(fields: Fields, *, where: Where, key: tuple[str, ...], today: date) -> Draft:
    """Read one record.

    Raises:
        RefusedError: why it must be mended; `column` in its params is the field's key.
    """
    reported = located("reported_on", dates.read_day, fields.need("reported_on"), today=today)
    pathway = _choice(fields, "pathway")
    code = fields.fact("code", codes.case_code)
    held = tuple(paper for kind in PAPERS if (paper := paper_of(fields, kind, today)) is not None)
    if pathway is None and code is None and not held:
        raise RefusedError("row_no_case_key", column="code")
    sections = _sections(fields, held, reported=reported, today=today)
    if pathway is not None or any(fields.text(key) is not None for key in WHOLE):
        fields.need("full_name")
    else:
        sections.pop(Section.IDENTITY, None)  # a paper that only joins
    support = _support(fields, sections.get(Section.SUPPORT, {}), reported=reported, today=today)
    if support is not None:
        sections.pop(Section.SUPPORT, None)
    numbered = fields.text("number") is not None
    notice = _notice(fields, sections, pathway=pathway, reported=reported, coded=code is not None)
    acts = [act for act in (notice, support) if act is not None]
    if not acts and numbered:
        raise RefusedError("row_says_nothing")
    if acts and (stated := stated_papers(fields, held, whole=pathway is not None, today=today)):
        if acts[-1].adds:
            # What a row adds may be nothing new; its paper is.
            acts.append(Act(name="papers", type="section.appended", occurred=reported))
        at = -1 if acts[0].adds else 0
        acts[at] = replace(acts[at], papers=stated)
    return Draft(
        where=where,
        record_key=key,
        acts=tuple(acts),
        code=None if code is None else str(code.value),
        papers=held,
        opens=pathway is not None,
    )


def _choice(fields: Fields, key: str) -> Fact | None:
    return fields.fact(key, chosen, choices=BY_KEY[key].choices)


def _code(fields: Fields, key: str) -> str | None:
    fact = _choice(fields, key)
    return None if fact is None else str(fact.value)


def _notice(fields: Fields, sections: Sections, *, pathway: Fact | None, reported: date, coded: bool) -> Act | None:
    """The notice, or without a pathway what is added to a known case; None where nothing is."""
    identity = sections.get(Section.IDENTITY, {})
    destination = fields.fact("destination", places.country)
    whole = dict(sections)
    if identity:
        whole[Section.PROFILE] = profile(
            identity,
            on=reported,
            source=None if pathway is None else SOURCE.get(str(pathway.value)),
            destination=None if destination is None else str(destination.value),
            purpose=_code(fields, "purpose"),
        )
    if pathway is None:
        if stated := next((key for key in (*CODED, "with_number") if fields.text(key) is not None), None):
            # These are part of a notice: left out they would be lost without a word.
            raise RefusedError("row_pathway_missing", column=stated)
        more = Act(name="more", type="section.appended", occurred=reported, sections=whole, adds=coded)
        return more if whole else None
    told = {name: _code(fields, name) for name in CODED}
    facts = {
        "pathway": str(pathway.value),
        "law": LAW[str(pathway.value)],
        "likely_child": likely_child(identity, on=reported),
        **{name: code for name, code in told.items() if code is not None},
    }
    return Act(name="notice", type="case.notified", occurred=reported, facts=facts, sections=whole)


def _support(fields: Fields, given: Mapping[str, Fact], *, reported: date, today: date) -> Act | None:
    regime = _choice(fields, "regime")
    stated = next((key for key in ("given", "amount", "support_on", "support_place") if fields.text(key)), None)
    if regime is None:
        if stated is not None:
            raise RefusedError("row_regime_missing", column="regime")
        return None
    on = fields.fact("support_on", dates.occasion, today=today)
    day = reported
    if on is not None and isinstance(on.value, dict):
        day = date(on.value["year"], on.value.get("month", 1), on.value.get("day", 1))
    return Act(
        name=f"support.{regime.value}",
        type="support.recorded",
        occurred=day,
        facts={"regime": str(regime.value)},
        sections={Section.SUPPORT: {"regime": regime, **given, **({} if on is None else {"on": on})}},
    )


def _sections(fields: Fields, held: tuple[PaperRef, ...], *, reported: date, today: date) -> Sections:
    sections: Sections = {}
    for section, name, fact in (*_plain(fields), *_identity(fields, held, reported=reported, today=today)):
        sections.setdefault(section, {})[name] = fact
    money = fields.text("amount")
    if money is not None and (value := located("amount", amount, money, 1)):  # the label declares the unit
        sections.setdefault(Section.SUPPORT, {})["amount"] = Fact(value, money, fields.at("amount"))
    return sections


def _plain(fields: Fields) -> Iterator[tuple[Section, str, Fact]]:
    """What becomes of a field as the layout says."""
    for one in FIELDS:
        if one.becomes is not None:
            fact = _choice(fields, one.key) if one.choices else fields.fact(one.key, one.reader)
            if fact is not None:
                yield *one.becomes, fact


def _identity(
    fields: Fields, held: tuple[PaperRef, ...], *, reported: date, today: date
) -> Iterator[tuple[Section, str, Fact]]:
    others = fields.fact("full_name", names.aliases)
    # An age without a day was said on the day of reception.
    born = fields.fact("birth", dates.birth, today=today, said_on=reported)
    facts = {
        "birth": born,
        "nationality": places.nationality(fields, "nationality"),
        "residence_province": places.home(fields, "residence_province", "residence"),
        "residence_commune": communes.of_home(fields, "residence_province", "residence", on=reported),
        "other_names": others if fields.text("other_names") is None else None,
        "papers": _papers(fields, held, born),
    }
    yield from ((Section.IDENTITY, name, fact) for name, fact in facts.items() if fact is not None)


def _papers(fields: Fields, held: tuple[PaperRef, ...], born: Fact | None) -> Fact | None:
    """The person's own paper, then those that two offices hold."""
    known = {name: fact for name, fact in (("sex", _choice(fields, "sex")), ("birth", born)) if fact is not None}
    own = fields.fact("paper_number", own_paper, kind=_code(fields, "paper_kind"), identity=known)
    listed = [*([] if own is None else [own.value]), *(papers.paper_value(paper) for paper in held)]
    if not listed:
        return None
    keys = [key for key in ("paper_number", *PAPERS) if fields.text(key) is not None]
    return Fact(listed, "; ".join(fields.texts[key] for key in keys), fields.at(keys[0]))
