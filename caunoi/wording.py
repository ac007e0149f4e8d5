"""What a node answers in codes, said as people read it: the value of a field, a province, a header's codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.generic.choices import SEX
from adapters.values import maps
from adapters.values.places import provinces
from caunoi.printing import Printer, day
from domain.places import List
from domain.rules import current
from node.codes import LISTS


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
        return str(maps.table("places.toml")["countries"].get(value, [value])[0])
    return code_words(name, value, printer)


def _paper(paper: Mapping[str, str], printer: Printer) -> str:
    kind = paper.get("kind", "")
    words = maps.table("papers.toml")["kinds"].get(kind) or current().lists["paper"].get(kind) or {}
    parts = (paper.get("number"), day(paper.get("date")), paper.get("issuer"))
    return " ".join((words.get(printer.language, kind), ", ".join(filter(None, parts))))


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [str(value)]
