"""The page of law sources speaks of the rules as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.rules.extending import whole

ROOT = Path(__file__).parents[1]
RULES = ROOT / "domain" / "rules"
PAGE = ROOT / "docs" / "law-sources.md"


def _rows(rules: dict[str, Any]) -> Iterator[str]:
    """Give the page's lines for the rules; copy from here what the test misses."""
    for row in rules["disclosure"]:
        mode = row["mode"] + (", or law in an emergency" if row.get("emergency") else "")
        yield f"| {row['n']} | `{row['kind']}` | {', '.join(row['sections'])} | {mode} | {row['source']} |"
    for row in rules["ground"]:
        way = f"{', '.join(row['from'])} → {', '.join(row['to'])}"
        yield f"| `{row['code']}` | {way} | {', '.join(row['sections'])} | {row['source']} |"
    for row in rules.get("answering", ()):
        only = ", ".join([*row["services"], *row["regimes"]]) or "none"
        types = ", ".join(f"`{type_}`" for type_ in row["statements"])
        yield f"| `{row['kind']}` | {types} | {only} | {', '.join(row['sections']) or 'none'} | {row['source']} |"
    for row in rules["notice"]:
        if "source" in row:  # since 2026-11-23
            when = f"`{row['type']}`" + (f" ({', '.join(row['pathway'])})" if "pathway" in row else "")
            place = row["place"] + (f", unless a {row['unless']} is told" if "unless" in row else "")
            sections = ", ".join(row["sections"]) or "none"
            yield f"| {when} by {row['by']} | {row['to']}, {place} | {sections} | {row['law']} | {row['source']} |"
    for row in rules["deadline"]:
        way = f"{_trigger(row['start'])} → {', '.join(map(_trigger, row['stop']))}"
        whose = row["duty"] if isinstance(row["duty"], str) else ", ".join(row["duty"])
        day = f"{row['since']} to {row.get('until', '…')}" + (", by identification" if "dated" in row else "")
        yield f"| {row['code']} | {whose} | {way} | {_allowed(row)} | {day} | {row['source']} |"


def _trigger(given: str | dict[str, Any]) -> str:
    """A statement's type with its conditions in brackets."""
    row = {"type": given} if isinstance(given, str) else given
    more = [f"{name} {' or '.join(value)}" for name, value in row.items() if isinstance(value, list)]
    own = ["by itself"] if row.get("own") else []
    return f"`{row['type']}`" + (f" ({'; '.join(more + own)})" if more + own else "")


def _allowed(row: dict[str, Any]) -> str:
    unit: str = row["unit"] if "unit" in row else row["counted"]
    amount = row.get("amount", row.get("days"))
    named = {"at_once": "at once", "stated": "as the offer asks"}
    return named.get(unit) or (f"{amount} {unit.replace('_', ' ')}" if amount else "not known")


@pytest.mark.parametrize("name", sorted(file.name for file in RULES.glob("*.toml")))
def test_every_rule_stands_on_the_page(name: str) -> None:
    """Each row of the disclosure table, each legal ground and each time allowed is on the page, with its source."""
    page = set(PAGE.read_text("utf-8").splitlines())
    rows = list(_rows(whole((RULES / name).read_bytes())))
    assert len(rows) > 20
    assert [row for row in rows if row not in page] == []
