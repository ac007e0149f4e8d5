"""What a node answers in codes, said as people read it: an agency's name, a field and its value, a header's codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.generic.choices import SEX
from adapters.values import maps
from adapters.values.places import countries, provinces
from caunoi.members import example_members
from caunoi.printing import HANOI, Printer, day
from caunoi.settings import Settings
from domain.places import List
from domain.rules import current
from domain.wording import Language
from node.codes import LISTS


def agency_names(settings: Settings, language: Language) -> dict[str, str]:
    """The names of the example's agencies as they are called today; a party's own home has other agencies."""
    if settings.is_alone:
        return {}
    today = (datetime.now(UTC) + HANOI).date().isoformat()
    named = {one.id: [name for name in one.names if name["from"] <= today] for one in example_members()}
    return {agency: max(names, key=lambda name: name["from"])[language] for agency, names in named.items() if names}


def province_name(code: str) -> str:
    """What a province of today is called, or the code where there is none."""
    return provinces().names.get((List.TODAY, code), code)


def code_words(name: str, code: object, printer: Printer) -> str:
    """A code of a header, by the name of its fact, in words where there are any."""
    lists = current().lists
    for listed in LISTS.get(name, ()):
        if code in lists[listed]:
            return current().label(str(code), of=listed, language=printer.language)
    return day(str(code)) if name == "legal_date" else printer.label(code, of=name)


def value_words(name: str, fact: Mapping[str, Any], printer: Printer) -> str:
    """The value of one field of a section. What is no single text is said as it was written."""
    value = fact["value"]
    if isinstance(value, bool):
        return printer.words("word_yes" if value else "word_no")
    if name == "papers" and isinstance(value, list):
        return "; ".join(_paper(paper, printer) for paper in value)
    if isinstance(value, (dict, list)):
        return str(fact.get("written") or ", ".join(_leaves(value)))
    if name == "sex" and value in SEX:
        return SEX[value][printer.language]
    if name == "residence_province":
        return province_name(str(value))
    if name in {"nationality", "destination"}:
        return countries().get(str(value), str(value))
    return code_words(name, value, printer)


def _paper(paper: Mapping[str, str], printer: Printer) -> str:
    kind = paper.get("kind", "")
    words = maps.words("papers.toml", "kinds").get(kind) or current().lists["paper"].get(kind) or {}
    parts = (paper.get("number"), day(paper.get("date")), paper.get("issuer"))
    return " ".join((words.get(printer.language, kind), ", ".join(filter(None, parts))))


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [str(value)]
