"""Rules of law as dated data: the disclosure table, legal grounds, notices, deadlines, code lists.

One TOML file is one rule set; entries of the log name it by the SHA-256 of its bytes. All rule sets an entry ever named
stay here, so that an auditor decides each entry under the rules of its time. A rule set that only adds to another names
that one by its file and SHA-256 (`extends`), so that its own hash stands for both.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from domain.errors import RefusedError
from domain.rules.extending import whole
from domain.statements import AgencyKind, Section

Mode = Literal["law", "consent", "named_consent", "never"]
Unit = Literal["calendar_days", "working_days", "hours", "at_once", "stated"]
"""`at_once` (ngay) has no number in law; `stated` is the `answer_by` of the starting statement."""
CONDITIONS = {"pathway", "outcome", "regime", "by", "to", "reaches", "states"}


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """One row of the disclosure table: what one kind of agency may receive of some sections, and why."""

    n: int
    mode: Mode
    source: str
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal ground on which one kind of agency may share some sections with another; `*` is any kind."""

    code: str
    givers: frozenset[str]
    receivers: frozenset[str]
    sections: frozenset[Section]
    source: str

    def covers(self, giver: AgencyKind, receiver: AgencyKind, section: Section) -> bool:
        """Whether this ground lets `giver` share `section` with `receiver`."""
        return (
            not {"*", giver.value}.isdisjoint(self.givers)
            and not {"*", receiver.value}.isdisjoint(self.receivers)
            and section in self.sections
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """Who must be told by law when a statement is made, and with which sections.

    `place`: of the author's seat, by province or by commune, or of the province of residence; national is the agency
    without one.
    `unless`: nobody is told by this where an agency of that kind is told of the same statement.
    """

    type: str
    by: AgencyKind
    to: AgencyKind
    place: Literal["own", "own_commune", "residence", "national"]
    law: str
    sections: tuple[Section, ...]
    pathways: frozenset[str]
    unless: AgencyKind | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A statement that starts or stops a time limit: of one type (`*`: any), and of these codes where it matters.

    Conditions besides the header's codes: `by`, `to`, `reaches` are kinds of agencies (author, told, either); `states`
    names optional fields it must have. `own`: by the agency whose clock it is.
    """

    type: str
    conditions: dict[str, frozenset[str]]
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A legal time limit. `amount` is None where the law's figure is not known to us: shown as not known.

    `holder` says whose it is: the starting statement's author, those it tells, the author or else those told
    (`reached`), or the recipients of the consent it names; each of the kinds in `duty`. It is in force from `since` to
    `until` by the day it starts (`dated` start) or by the legal date of the identification, if there is one. Each value
    of the field `per` has a clock of its own; else `again` lets it start anew once stopped. `on` and `ends` name fields
    with the day that counts for start and stop instead of the day of recording.
    """

    code: str
    start: Trigger
    stop: tuple[Trigger, ...]
    duty: frozenset[AgencyKind]
    holder: Literal["author", "told", "reached", "recipients"]
    amount: int | None
    unit: Unit
    since: str
    until: str | None
    dated: Literal["start", "identification"]
    per: str | None
    again: bool
    on: str | None
    ends: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Answering:
    """What agencies of a kind that keeps no cases may say: the types, and within them services, regimes, sections."""

    statements: frozenset[str]
    services: frozenset[str]
    regimes: frozenset[str]
    sections: frozenset[Section]
    source: str


@dataclass(frozen=True, slots=True)
class Rules:
    """One rule set. `hash` is SHA-256 (hex) of the file's bytes; to `kinds` it does not know it gives nothing."""

    name: str
    hash: str
    kinds: frozenset[AgencyKind]
    competent: frozenset[AgencyKind]
    authors: frozenset[AgencyKind]
    answering: dict[AgencyKind, Answering]
    disclosure: dict[tuple[AgencyKind, Section], DisclosureRow]
    grounds: dict[str, Ground]
    notices: tuple[Notice, ...]
    deadlines: tuple[Deadline, ...]
    lists: dict[str, dict[str, dict[str, str]]]

    def check_kind(self, kind: AgencyKind) -> None:
        """Refuse a kind of agency that came after this rule set: it may receive nothing and say nothing under it.

        Raises:
            RefusedError: `kind_unknown`.
        """
        if kind not in self.kinds:
            raise RefusedError("kind_unknown")

    def cell(self, kind: AgencyKind, section: Section) -> DisclosureRow:
        """The disclosure table's row for one kind and section.

        Raises:
            RefusedError: `kind_unknown`.
        """
        self.check_kind(kind)
        return self.disclosure[kind, section]

    def check_code(self, code: str | None, *, of: str) -> None:
        """Refuse a code that the named list does not have.

        Raises:
            RefusedError: `code_unknown`.
        """
        if code is not None and code not in self.lists.get(of, {}):
            raise RefusedError("code_unknown", list=of)

    def offered(self, of: str) -> dict[str, dict[str, str]]:
        """The codes of a list that are offered anew: of the channels none that says how a notice came (`received`)."""
        other = self.lists.get("received", {}) if of == "channel" else {}
        return {code: words for code, words in self.lists[of].items() if code not in other}

    def label(self, code: str, *, of: str, language: Literal["vi", "en"] = "vi") -> str:
        """The words of a code; an unknown code is shown as itself."""
        return self.lists.get(of, {}).get(code, {}).get(language, code)


def load(content: bytes) -> Rules:
    """Read one rule set.

    Raises:
        ValueError: a kind × section has no row, or two, a row is of a kind that the rule set does not name, or what it
            extends is not the file it names.
    """
    data = whole(content)
    # The oldest rule set names no kinds: it knows those of its table.
    kinds = data.get("kinds") or [row["kind"] for row in data["disclosure"] if row["kind"] != "*"]
    known = frozenset(AgencyKind(kind) for kind in kinds)
    return Rules(
        name=data["name"],
        hash=hashlib.sha256(content).hexdigest(),
        kinds=known,
        competent=frozenset(AgencyKind(kind) for kind in data["competent"]),
        authors=frozenset(AgencyKind(kind) for kind in data["authors"]),
        answering={AgencyKind(row["kind"]): _answering(row) for row in data.get("answering", ())},
        disclosure=_disclosure(data["disclosure"], known),
        grounds={row["code"]: _ground(row) for row in data["ground"]},
        notices=tuple(_notice(row) for row in data["notice"]),
        deadlines=tuple(_deadline(row) for row in data["deadline"]),
        lists=data["lists"],
    )


def _disclosure(
    rows: list[dict[str, Any]], known: frozenset[AgencyKind]
) -> dict[tuple[AgencyKind, Section], DisclosureRow]:
    table: dict[tuple[AgencyKind, Section], DisclosureRow] = {}
    for row in rows:
        kinds = known if row["kind"] == "*" else {AgencyKind(row["kind"])}
        if not kinds <= known:
            raise ValueError(f"disclosure table: a row for {row['kind']}, a kind that is not named")
        for cell in ((kind, Section(section)) for kind in kinds for section in row["sections"]):
            if cell in table:
                raise ValueError(f"disclosure table: two rows for {cell[0].value}, {cell[1].value}")
            table[cell] = DisclosureRow(row["n"], row["mode"], row["source"], row.get("emergency", False))
    missing = {(kind, section) for kind in known for section in Section} - table.keys()
    if missing:
        raise ValueError(f"disclosure table: no row for {sorted((k.value, s.value) for k, s in missing)}")
    return table


def _answering(row: dict[str, Any]) -> Answering:
    return Answering(
        frozenset(row["statements"]),
        frozenset(row["services"]),
        frozenset(row["regimes"]),
        frozenset(Section(section) for section in row["sections"]),
        row["source"],
    )


def _ground(row: dict[str, Any]) -> Ground:
    return Ground(
        row["code"],
        frozenset(row["from"]),
        frozenset(row["to"]),
        frozenset(Section(section) for section in row["sections"]),
        row["source"],
    )


def _notice(row: dict[str, Any]) -> Notice:
    return Notice(
        row["type"],
        AgencyKind(row["by"]),
        AgencyKind(row["to"]),
        row["place"],
        row["law"],
        tuple(Section(section) for section in row["sections"]),
        frozenset(row.get("pathway", ())),
        AgencyKind(row["unless"]) if "unless" in row else None,
    )


def _deadline(row: dict[str, Any]) -> Deadline:
    """One time limit; the oldest rule set writes `days` and `counted`."""
    kinds = [row["duty"]] if isinstance(row["duty"], str) else row["duty"]
    unit: Any = row["unit"] if "unit" in row else f"{row['counted']}_days"
    if unit not in get_args(Unit):
        raise ValueError(f"deadline {row['code']}: no unit {unit}")
    return Deadline(
        code=row["code"],
        start=_trigger(row["start"]),
        stop=tuple(_trigger(one) for one in row["stop"]),
        duty=frozenset(AgencyKind) if kinds == ["*"] else frozenset(AgencyKind(kind) for kind in kinds),
        holder=row.get("holder", "reached"),
        amount=row.get("amount", row.get("days")) or None,
        unit=unit,
        since=row["since"],
        until=row.get("until"),
        dated=row.get("dated", "start"),
        per=row.get("per"),
        again=row.get("again", False),
        on=row.get("on"),
        ends=row.get("ends"),
        source=row["source"],
    )


def _trigger(given: str | dict[str, Any]) -> Trigger:
    row: dict[str, Any] = {"type": given} if isinstance(given, str) else given
    conditions = {name: frozenset(row[name]) for name in row.keys() - {"type", "own"}}
    if unknown := conditions.keys() - CONDITIONS:
        raise ValueError(f"deadline: no condition {sorted(unknown)}")
    return Trigger(row["type"], conditions, row.get("own", False))


@cache
def every() -> dict[str, Rules]:
    """All rule sets in the repository, by hash."""
    found = [load(f.read_bytes()) for f in files("domain.rules").iterdir() if f.name.endswith(".toml")]
    return {rules.hash: rules for rules in found}


@cache
def current() -> Rules:
    """The newest rule set, by its name, which is its file's. Who asks for no other reads no other."""
    newest = max(f.name.removesuffix(".toml") for f in files("domain.rules").iterdir() if f.name.endswith(".toml"))
    return load(files("domain.rules").joinpath(f"{newest}.toml").read_bytes())
