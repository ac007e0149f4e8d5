"""Clean rows of each form with what they mean, what a draft tells, and where the two differ."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from enum import Enum
from random import Random

from adapters.contract import Act, Draft, Item, Returned
from adapters.generic.choices import PATHWAY, REGIME
from domain.statements import Section
from tests.mess import mess_cells, mess_persons
from tests.mess.mess import CATALOGUE, Row
from tests.mess.people import OPENED, OWN, RECORDED, Person

ENTERED = (mess_cells, mess_persons)
"""The modules that fill the catalogue."""
OWN_PAPERS = frozenset(
    {"cccd", "cmnd", "passport", "travel_paper", "identity_certificate", "birth_certificate", "foreign_id"}
)
CONTENTS = {"visit_gift": "thăm hỏi, tặng quà", "vocational": "học nghề", "psychological": "tư vấn tâm lý"}


class Verdict(Enum):
    """What became of a row, measured by what a careful clerk would have done."""

    TAKEN_RIGHTLY = "taken rightly"
    RETURNED_RIGHTLY = "returned rightly"
    RETURNED_NEEDLESSLY = "returned needlessly"
    TAKEN_WRONGLY = "taken wrongly"


# -- clean rows ------------------------------------------------------------------------------------------------------


def clean(form: str, person: Person, random: Random) -> Row:
    """A row with nothing wrong in it."""
    makers = {"police": _police, "border": _border, "labour": _labour, "list": _generic, "person": _generic}
    row = makers.get(form, _women)(person, random)
    row.form = form
    return row


def _personal(person: Person) -> tuple[dict[str, str], dict[str, object]]:
    """What the three forms that name a person have alike."""
    cells = {
        "code": "",
        "name": person.name,
        "birth": f"{person.born:%d/%m/%Y}",
        "ethnicity": person.ethnicity,
        "paper": person.citizen,
        "residence": person.residence,
    }
    truth: dict[str, object] = {
        "full_name": person.name,
        "birth": {"year": person.born.year, "month": person.born.month, "day": person.born.day},
        "sex": person.sex,
        "ethnicity": person.ethnicity,
        "own": {"kind": "cccd", "number": person.citizen},
        "residence": person.residence,
        "residence_province": person.province,
    }
    return cells, truth


def _police(person: Person, _: Random) -> Row:
    cells, truth = _personal(person)
    cells |= {
        "other": "",
        "said_on": "",
        "sex": "Nữ" if person.sex == "f" else "nam",
        "nationality": "Việt Nam",
        "kind": "CCCD",
        "province": person.province,
        "outside": "false" if person.province == OWN else "true",
        "result": "1",
        "confirmation": person.confirmation,
        "confirmed_on": f"{person.confirmed:%d/%m/%Y}",
        "phones": person.phone,
        "account": person.account,
        "secret": "",
    }
    truth |= {
        "nationality": "VN",
        "phones": [{"number": person.phone, "owner": "unknown"}],
        "confirmation": [person.confirmation, person.confirmed.isoformat()],
        "statement": person.account,
    }
    return Row("police", person, cells, truth)


def _border(person: Person, _: Random) -> Row:
    cells, truth = _personal(person)
    cells |= {"other": "", "sex": "Nữ" if person.sex == "f" else "Nam", "nationality": "Việt Nam"}
    cells |= {"province": person.province, "paper": f"CCCD {person.citizen}"}
    return Row("border", person, cells, {**truth, "nationality": "VN"})


def _labour(person: Person, _: Random) -> Row:
    cells, truth = _personal(person)
    cells |= {
        "householder": f"{person.householder}, {person.phone}",
        "confirmation": f"{person.confirmation}, {person.confirmed:%d/%m/%Y}",
        "initial_hardship": "1.000",
        "psychological": "x",
        "legal_advice": "",
        "medical": "x",
        "note": "đã về (giả định)",
    }
    truth |= {
        "householder": person.householder,
        "phones": [{"number": person.phone, "owner": "unknown"}],
        "confirmation": [person.confirmation, person.confirmed.isoformat()],
        "support.initial_hardship": {"amount": 1_000_000},
        "support.psychological": {},
        "support.medical": {},
        "note": "đã về (giả định)",
    }
    return Row("labour", person, cells, truth)


def _generic(person: Person, _: Random) -> Row:
    """A record of either template: a notice of a person and one support."""
    cells, truth = _personal(person)
    cells |= {
        "number": f"{person.number}/2024",
        "reported_on": f"{person.confirmed:%d/%m/%Y}",
        "pathway": PATHWAY["self_reported"]["vi"],
        "other": "",
        "sex": "nữ" if person.sex == "f" else "Nam",
        "nationality": "Việt Nam",
        "kind": "",
        "province": "",
        "phones": person.phone,
        "householder": person.householder,
        "account": person.account,
        "confirmation": f"{person.confirmation}, {person.confirmed:%d/%m/%Y}",
        "letter": f"{person.number}/CV-UBND, {person.confirmed:%d/%m/%Y}",
        "regime": REGIME["psychological"]["vi"],
        "amount": "",
        "note": "đã về (giả định)",
    }
    truth |= {
        "nationality": "VN",
        "phones": [{"number": person.phone, "owner": "unknown"}],
        "householder": person.householder,
        "confirmation": [person.confirmation, person.confirmed.isoformat()],
        "letter": [f"{person.number}/CV-UBND", person.confirmed.isoformat()],
        "statement": person.account,
        "support.psychological": {},
        "note": "đã về (giả định)",
    }
    return Row("list", person, cells, truth)


def _women(person: Person, random: Random) -> Row:
    regime, content = random.choice(list(CONTENTS.items()))
    cells = {
        "code": person.code,
        "name": f"Chị {person.name[0]}.",
        "village": "bản Giả",
        "content": content,
        "time": f"{person.confirmed.day}/{person.confirmed.month}/2024",
        "given": "01 chăn",
        "headcount": "",
        "note": "giả định",
    }
    truth: dict[str, object] = {
        "code": person.code,
        "regime": regime,
        "on": {"year": 2024, "month": person.confirmed.month, "day": person.confirmed.day},
        "given_value": "01 chăn",
        "note": "giả định",
    }
    return Row("women", person, cells, truth)


def messy(
    form: str, person: Person, random: Random, *, rate: float, used: Counter[str], without: Container[str] = ()
) -> Row:
    """A row with none, one or a few messes: each of three draws brings one with this probability.

    used: how often the form had each mess; the rarest of a few drawn that the row can have is taken. without: messes
    it cannot have.
    """
    row = clean(form, person, random)
    possible = [mess for mess in CATALOGUE.values() if form in mess.forms and mess.name not in without]
    for _ in range(3):
        if random.random() < rate:
            drawn = sorted(random.sample(possible, 16), key=lambda mess: used[mess.name])
            had = next((mess for mess in drawn if mess.apply(row, random)), None)
            used.update([] if had is None else [had.name])
    return row


# -- what a draft tells ----------------------------------------------------------------------------------------------


def told(draft: Draft) -> dict[str, object]:
    """What a draft tells of a person, by the names that truth has."""
    found: dict[str, object] = {} if draft.code is None else {"code": draft.code}
    for paper in draft.papers:
        if paper.kind == "confirmation":
            found["confirmation"] = [paper.number, paper.date.isoformat()]
    for act in draft.acts:
        if act.type == "activity.recorded":
            found |= act.facts
        for stated in act.papers:
            if stated.kind == "official_letter" and stated.number is not None:
                found["letter"] = [stated.number.value, stated.date.isoformat()]
        for section, facts in act.sections.items():
            values = {name: fact.value for name, fact in facts.items()}
            if act.type == "support.recorded":
                note = {"note": values.pop("note")} if "note" in values and "given" not in values else {}
                found |= _support(values) | note
            elif section is not Section.PROFILE:
                found |= _papers(values.pop("papers", [])) | values
    for name in ("criminal_case", "articles", "relation", "route"):
        found.pop(name, None)
    return found


def _support(values: dict[str, object]) -> dict[str, object]:
    regime = values.pop("regime")
    if "given" not in values:
        return {f"support.{regime}": values}
    given = values.pop("given") and values.pop("amount", values.pop("in_kind", None))
    return {"regime": regime, **({} if given is None else {"given_value": given}), **values}


def _papers(listed: object) -> dict[str, object]:
    assert isinstance(listed, list)
    own = [paper for paper in listed if paper["kind"] in OWN_PAPERS]
    assert len(own) < 2
    return {"own": own[0]} if own else {}


def _comparable(value: object) -> object:
    """Text as a person compares it; everything else as it is."""
    if isinstance(value, str):
        flat = " ".join(unicodedata.normalize("NFC", re.sub("[\u200b\ufeff]", "", value)).split())
        return flat.replace("Ð", "Đ").replace("ð", "đ").replace("’", "'")
    if isinstance(value, list):
        return [_comparable(one) for one in value]
    return {k: _comparable(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def differences(row: Row, draft: Draft) -> set[str]:
    """The names of what a draft tells otherwise than the row means, or otherwise than is true of the person."""
    found = told(draft)
    wrong = {name for name in {*row.truth, *found} if _comparable(row.truth.get(name)) != _comparable(found.get(name))}
    for act in draft.acts:
        wrong |= _against_the_person(row, act)
    return wrong


def _against_the_person(row: Row, act: Act) -> set[str]:
    """What the figures say of the person that is not so; not to say it is no lie."""
    person, on = row.person, {"police": OPENED, "border": RECORDED}.get(row.form, act.occurred)
    facts = act.sections.get(Section.PROFILE, {})
    true = {
        "birth_year": person.born.year,
        "minor": person.age(on) < 18,
        "sex": person.sex,
        "ethnic_group": "kinh" if person.ethnicity == "Kinh" else "minority",
        "residence_province": person.province,
        "residence": "inside" if person.province == OWN else "outside",
    }
    wrong = {f"profile.{name}" for name, value in true.items() if name in facts and facts[name].value != value}
    born = row.truth.get("birth")
    tells_age = isinstance(born, Mapping) and ("year" in born or "age" in born)
    if "likely_child" in act.facts and tells_age and true["minor"] and not act.facts["likely_child"]:
        wrong.add("likely_child")
    return wrong


def verdict(row: Row, item: Item | None) -> tuple[Verdict, set[str]]:
    """Judge what became of a row, with the names of what was taken wrongly or the reason it was returned for."""
    if isinstance(item, Draft):
        wrong = {"should have been returned"} if row.returned else differences(row, item)
        return (Verdict.TAKEN_WRONGLY if wrong else Verdict.TAKEN_RIGHTLY), wrong
    assert isinstance(item, Returned), "a row without an answer"
    right = Verdict.RETURNED_RIGHTLY if row.returned else Verdict.RETURNED_NEEDLESSLY
    return right, {item.reason}


def summary(judged: Iterable[tuple[Row, Verdict, set[str]]], of: Verdict) -> str:
    """Which messes, in which form, had this verdict and why: names, codes and counts, never a value."""
    found = Counter(
        f"{row.form}: {' + '.join(row.messes) or 'clean'} → {', '.join(sorted(why))}"
        for row, given, why in judged
        if given is of
    )
    return "\n".join(f"{times:5} {what}" for what, times in found.most_common(60))
