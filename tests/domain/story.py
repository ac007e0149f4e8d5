"""Given, when, then: a case told as a story, decided and folded as a hub would. All agencies are made up.

    Story().given(notified()).when(transferred(to=LABOUR)).then(custodian=POLICE)
    Story().given(notified()).when(closed(by=WOMEN)).refused("case_unknown")

An `Act` is what somebody wants to record; names stand for ids (`uid`). The story fills in what a node fills in: keys,
`prev` (the newest entry on the author's own feed), epochs of data keys with the author's grant to itself. After every
act it checks what must hold in any story: a refusal changes nothing, there is one custodian, replay gives the same.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any

from domain import statements as s
from domain.case import Case, Delivery, Recorded, local_day
from domain.decisions import decide
from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import Rules, current
from domain.sharing import OWN, WORDS, sort_key
from domain.statements import AgencyKind, CaseStatement, DataKey, Grant, KeyUse, SealedSection, Section

REGISTRAR, POLICE, BORDER, LABOUR, WOMEN = "so-danh-ba", "ca-thanh-hoa", "bp-thanh-hoa", "yt-thanh-hoa", "pn-thanh-hoa"
HOME_POLICE, HOME_LABOUR = "ca-nghe-an", "yt-nghe-an"
FACILITY, LEGAL, BANK, STATISTICS, AUDITOR = "nha-binh-yen", "tgpl-thanh-hoa", "nh-chinh-sach", "thong-ke", "thanh-tra"
COMMUNE, COAST, MISSION = "ub-xa-gia-dinh", "csb-vung-1", "sq-gia-dinh"
KINDS = {
    REGISTRAR: AgencyKind.REGISTRAR,
    POLICE: AgencyKind.POLICE,
    BORDER: AgencyKind.BORDER_GUARD,
    LABOUR: AgencyKind.LABOUR,
    WOMEN: AgencyKind.WOMEN_UNION,
    HOME_POLICE: AgencyKind.POLICE,
    HOME_LABOUR: AgencyKind.LABOUR,
    FACILITY: AgencyKind.SUPPORT_FACILITY,
    LEGAL: AgencyKind.LEGAL_AID,
    BANK: AgencyKind.POLICY_BANK,
    STATISTICS: AgencyKind.STATISTICS,
    AUDITOR: AgencyKind.AUDITOR,
    COMMUNE: AgencyKind.COMMUNE,
    COAST: AgencyKind.COAST_GUARD,
    MISSION: AgencyKind.MISSION,
}
PLACES: dict[str, str | None] = {HOME_POLICE: "40", HOME_LABOUR: "40", MISSION: None}
CASE, CODE = hashlib.sha256(b"case").hexdigest()[:32], "HS-23456-7892F"
TODAY = "2026-11-02"
TUPLES = {"to", "seals", "shares"}  # what acts take as lists

IDENTITY, CONTACT, ACCOUNT, HEALTH = Section.IDENTITY, Section.CONTACT, Section.ACCOUNT, Section.HEALTH
SUPPORT, PROFILE, MESSAGE = Section.SUPPORT, Section.PROFILE, Section.MESSAGE


def uid(name: str) -> str:
    """A name's id: 32 hex digits."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def digest(name: str) -> str:
    """A name's hash: 64 hex digits."""
    return hashlib.sha256(name.encode()).hexdigest()


def public_key(agency: str, use: KeyUse) -> tuple[str, str]:
    """Id and base64url of a made-up public key of the right size."""
    raw = hashlib.shake_256(f"{agency} {use.value}".encode()).digest(32 if use is KeyUse.SIGN else 1216)
    return hashlib.sha256(raw).hexdigest()[:32], base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def kid(agency: str, use: KeyUse = KeyUse.SIGN) -> str:
    """Id of an agency's key."""
    return public_key(agency, use)[0]


def micros(day: str, clock: str = "09:00") -> int:
    """µs since 1970 of a local time in Viet Nam."""
    return int(datetime.fromisoformat(f"{day}T{clock}+07:00").timestamp()) * 1_000_000


def registrations() -> list[s.Statement]:
    """The directory statements that make the made-up province."""
    base: dict[str, Any] = {"v": 1, "by": REGISTRAR, "kid": kid(REGISTRAR), "occurred": "2026-11-01T00:00Z"}
    made: list[s.Statement] = [
        s.Genesis(**base, id=uid("genesis"), log=digest("log"), public=public_key(REGISTRAR, KeyUse.SIGN)[1])
    ]
    for agency, kind in KINDS.items():
        if kind is not AgencyKind.REGISTRAR:
            place = PLACES.get(agency, "38")
            made.append(
                s.AgencyRegistered(
                    **base, id=uid(f"register {agency}"), agency=agency, kind=kind, place=place, card=digest(agency)
                )
            )
        for use in KeyUse:
            if (agency, use) == (REGISTRAR, KeyUse.SIGN):
                continue
            name, public = public_key(agency, use)
            key: dict[str, Any] = {"agency": agency, "key": name, "use": use, "public": public}
            key["suite"] = "ed25519" if use is KeyUse.SIGN else "mlkem768x25519"
            made.append(s.KeyRegistered(**base, id=uid(f"key {name}"), **key))
    return made


def province() -> Directory:
    """The directory of the made-up province."""
    directory, rules = Directory(), current()
    for index, statement in enumerate(registrations(), 1):
        directory.decide(statement, rules=rules)
        directory.apply(statement, index=index)
    return directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A grant somebody wants to make; `author` is by default the act's, `epoch` the newest there is."""

    to: str
    sections: tuple[Section, ...]
    author: str | None = None
    epoch: int | None = None
    law: str | None = None
    consent: str | None = None
    until: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)  # Grant fields set by force

    def words(self) -> str:
        """What tells this share from others."""
        return repr((self.to, [section.value for section in self.sections], self.author, self.epoch, self.law))


def share(to: str, *sections: Section, **options: Any) -> Share:
    """Short for `Share`."""
    return Share(to=to, sections=sections, **options)


def words(to: str) -> Share:
    """The words of an offer for its other side."""
    return share(to, MESSAGE, law=WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody wants to record. `name` gives its statement an id; `after` names another `prev` than the newest."""

    type: type[CaseStatement]
    by: str
    name: str
    facts: Mapping[str, Any]
    to: tuple[str, ...] = ()
    seals: tuple[Section | SealedSection, ...] = ()
    shares: tuple[Share, ...] = ()
    after: str | None = None
    keep_own: bool = True  # grant new data keys to itself, as a node does
    force: Mapping[str, Any] = field(default_factory=dict)  # header fields set by force


class Story:
    """A case as the log has it, and how it came to be."""

    def __init__(
        self, *, directory: Directory | None = None, rules: Rules | None = None, thorough: bool = True
    ) -> None:
        self.directory = directory or province()
        self.rules = rules or current()
        self.case: Case | None = None
        self.log: list[Recorded] = []
        self.feeds: dict[str, list[int]] = {}
        self.delivery: Delivery | None = None
        self.refusal: RefusedError | None = None
        self.day, self.clock = TODAY, "09:00"
        self.thorough = thorough  # replay after every act; else when asked

    # -- telling ---------------------------------------------------------------------------------------------

    def on(self, day: str, clock: str = "09:00") -> Story:
        """What follows happens on this day (local time)."""
        self.day, self.clock = day, clock
        return self

    def given(self, *acts: Act) -> Story:
        """Record these; each must be accepted."""
        for act in acts:
            self.when(act)
            assert self.refusal is None, f"{act.name} was refused: {self.refusal}"
        return self

    def when(self, act: Act) -> Story:
        """Try this."""
        statement = self.build(act)
        before = plain(self.case) if self.thorough else None
        self.delivery, self.refusal = None, None
        try:
            decide(
                self.case,
                statement,
                directory=self.directory,
                rules=self.rules,
                recorded=micros(self.day, self.clock),
            )
        except RefusedError as refusal:
            self.refusal = refusal
            assert not self.thorough or plain(self.case) == before, "a refusal changed the case"
            return self
        self._record(statement)
        return self

    def refused(self, code: str, **params: str | int) -> Story:
        """It was refused with this code (and at least these parameters)."""
        assert self.refusal is not None, f"accepted, not refused with {code}"
        assert self.refusal.code == code
        assert params.items() <= self.refusal.params.items()
        return self

    def then(self, **facts: Any) -> Story:
        """It was accepted, and these hold; see `_facts`."""
        assert self.refusal is None, f"refused with {self.refusal}"
        for name, expected in facts.items():
            assert self._fact(name) == expected, f"{name}: {self._fact(name)!r}"
        return self

    def state(self, offer: str) -> str:
        """State of an offer."""
        assert self.case is not None
        return self.case.offers[uid(offer)].state

    def holds(self, agency: str, section: Section, author: str, epoch: int = 1) -> bool:
        """Whether an agency may open a section of an author today."""
        assert self.case is not None
        return self.case.holds(agency, DataKey(section, author, epoch), self.day)

    def feed(self, agency: str) -> list[str]:
        """Types of the entries on an agency's feed, in its order."""
        types = {entry.index: entry.statement.type for entry in self.log}
        return [types[index] for index in self.feeds.get(agency, [])]

    def _fact(self, name: str) -> Any:
        assert self.case is not None and self.delivery is not None
        match name:
            case "told":
                return set(self.delivery.audience)
            case "late":
                return self.case.entries[-1].late
            case "backfill":
                types = {entry.index: entry.statement.type for entry in self.log}
                return {agency: [types[i] for i in found] for agency, found in self.delivery.backfill.items()}
            case "dropped":
                return len(self.delivery.dropped)
            case _:
                return getattr(self.case, name)

    # -- recording -------------------------------------------------------------------------------------------

    def _record(self, statement: CaseStatement) -> None:
        index = self.log[-1].index + 3 if self.log else len(registrations()) + 1
        entry = Recorded(index, statement, digest(s.write(statement).decode()), micros(self.day, self.clock))
        self.case = self.case or Case(statement.case)
        former = self.case.custodian
        self.delivery = self.case.apply(entry)
        self.log.append(entry)
        for agency in self.delivery.audience:
            self.feeds.setdefault(agency, []).append(index)
        for agency, earlier in self.delivery.backfill.items():
            self.feeds.setdefault(agency, []).extend(earlier)
        self._check_always(statement, former)

    def _check_always(self, statement: CaseStatement, former: str | None) -> None:
        assert self.case is not None and self.case.custodian is not None, "nobody has custody"
        if self.case.custodian != former:
            opened = former is None and self.case.custodian == statement.by
            accepted = isinstance(statement, s.TransferAccepted) and self.case.custodian == statement.by
            assert opened or accepted, "custody moved without an acceptance"
        if self.thorough:
            self.check_replay()

    def check_replay(self) -> None:
        """Folding the accepted entries again gives an equal case, in every field."""
        assert self.case is not None
        again = Case(self.case.id)
        for entry in self.log:
            again.apply(entry)
        assert plain(again) == plain(self.case), "replay differs"

    # -- building --------------------------------------------------------------------------------------------

    def build(self, act: Act) -> CaseStatement:
        """The statement a node would sign for this act."""
        case = self.case or Case(CASE)
        sealed = tuple(self._seal(case, act, what) for what in act.seals)
        known = case.keys | {piece.key for piece in sealed}
        shares = list(act.shares)
        own = tuple(sorted({piece.key for piece in sealed} - case.keys, key=sort_key)) if act.keep_own else ()
        grants = [self._grant(act, case, known, wanted) for wanted in shares]
        if own:
            grants.insert(0, _wrapped(act.by, own, f"{act.name} own", law=OWN))
        fields_: dict[str, Any] = {
            "v": 1,
            "id": uid(act.name),
            "by": act.by,
            "kid": kid(act.by),
            "occurred": "2026-11-01T08:00Z",
            "to": act.to,
            "case": CASE,
            "prev": self._prev(act),
            "sealed": sealed,
            "grants": tuple(grants),
            **act.facts,
            **act.force,
        }
        statement = s.read(s.write(act.type(**fields_)))
        assert isinstance(statement, CaseStatement)
        return statement

    def _prev(self, act: Act) -> str | None:
        if self.case is None:
            return None
        if act.after is not None:
            return self.case.by_id[uid(act.after)].hash
        seen = [noted for noted in self.case.entries if act.by in noted.audience]
        return (seen or self.case.entries)[-1].hash

    def _seal(self, case: Case, act: Act, what: Section | SealedSection) -> SealedSection:
        if isinstance(what, SealedSection):
            return what
        latest = newest(case.keys, what, act.by)
        stale = latest is None or case.stale(latest, local_day(micros(self.day, self.clock)))
        epoch = (latest.epoch if latest else 0) + (1 if stale else 0)
        return sealing(what, act.by, epoch, name=act.name)

    def _grant(self, act: Act, case: Case, known: set[DataKey], wanted: Share) -> Grant:
        author = wanted.author or act.by
        keys = []
        for section in wanted.sections:
            key = newest(known, section, author)
            epoch = wanted.epoch or (key.epoch if key else 1)
            keys.append(DataKey(section, author, epoch))
        grant = _wrapped(
            wanted.to,
            tuple(sorted(keys, key=sort_key)),
            f"{act.name} {wanted.words()}",
            law=wanted.law,
            consent=uid(wanted.consent) if wanted.consent else None,
            until=wanted.until,
        )
        return Grant(**{name: wanted.raw.get(name, getattr(grant, name)) for name in grant.__struct_fields__})


def sealing(section: Section, author: str, epoch: int, *, name: str = "forced") -> SealedSection:
    """A sealed section as the header names it."""
    return SealedSection(section, author, epoch, 280, digest(f"{name} {section.value}"))


def newest(keys: Iterable[DataKey], section: Section, author: str) -> DataKey | None:
    """The data key of the newest epoch."""
    found = [key for key in keys if key.section is section and key.author == author]
    return max(found, key=lambda key: key.epoch, default=None)


def _wrapped(to: str, keys: tuple[DataKey, ...], name: str, **ground: str | None) -> Grant:
    return Grant(to, kid(to, KeyUse.SEAL), keys, digest(name), **ground)


def plain(value: Any) -> Any:
    """A value with everything in it made comparable, entries too."""
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(content) for key, content in value.items()}
    if isinstance(value, set | frozenset):
        return frozenset(value)
    return [plain(content) for content in value] if isinstance(value, list | tuple) else value


def act(type_: type[CaseStatement], by: str, name: str, **options: Any) -> Act:
    """An act; what is not an option of `Act` is a field of the statement."""
    own = {entry.name for entry in fields(Act)}
    given = {key: value for key, value in options.items() if key in own}
    facts = {key: value for key, value in options.items() if key not in own}
    given.update({key: tuple(value) for key, value in given.items() if key in TUPLES})
    return Act(type=type_, by=by, name=name, facts=facts, **given)
