"""Who is entitled to which entries, worked out anew from all entries each time: slow, plain, and not the code's way.

`domain/audience.py` keeps sets up to date as entries come. This reads the whole log again for every question, from
the page of the design, and shares no code with it but the statements themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from domain import statements as s
from domain.case_state import Recorded
from domain.statements import CaseStatement, DataKey, Grant, Section

STATUS = {
    "case.notified",
    "identification.requested",
    "identification.answered",
    "transfer.accepted",
    "case.closed",
}
CUSTODY = {"transfer.offered", "transfer.accepted", "transfer.refused", "transfer.recalled"}
OFFERS = {"referral.offered", "transfer.offered"}


def offer_of(statement: CaseStatement) -> str | None:
    """The offer a statement is about."""
    if statement.type == "support.recorded":
        return None
    return getattr(statement, "referral", None) or getattr(statement, "transfer", None)


class World:
    """What is so after the first n entries, on a day."""

    def __init__(self, entries: Sequence[Recorded], day: str) -> None:
        self.statements = [entry.statement for entry in entries]
        self.day = day

    def custodians(self) -> list[str]:
        """Everybody who was in charge, one after the other."""
        return [st.by for st in self.statements if st.prev is None or st.type == "transfer.accepted"]

    def annulled(self) -> set[str]:
        """Statements that count no more."""
        return {st.annuls for st in self.statements if isinstance(st, s.StatementAnnulled)}

    def offer(self, offer: str) -> tuple[str, str]:
        """Sender and receiver."""
        made = next(st for st in self.statements if st.type in OFFERS and offer_of(st) == offer)
        return made.by, made.to[0]

    def accepted(self, offer: str) -> bool:
        """Whether an offer was accepted, and neither it nor the acceptance annulled since."""
        about = [st for st in self.statements if offer_of(st) == offer]
        offered = [st for st in about if st.type.endswith((".offered", ".accepted", ".refused", ".recalled"))]
        in_error = any(st.id in self.annulled() for st in offered)
        return not in_error and any(st.type.endswith(".accepted") for st in about)

    def opens(self, carrier: CaseStatement, grant: Grant, key: DataKey) -> bool:
        """Whether a grant opens a key now."""
        if key not in grant.keys or (grant.until is not None and grant.until < self.day):
            return False
        lodged = (
            carrier.type in OFFERS and grant.to in carrier.to and {k.section for k in grant.keys} != {Section.MESSAGE}
        )
        if lodged and not self.accepted(offer_of(carrier) or ""):
            return False
        if carrier.type == "access.granted" and carrier.id in self.annulled() and grant.to != carrier.by:
            return False
        return grant.consent is None or self.consented(grant.consent, grant.to, key.section)

    def consented(self, consent: str, agency: str, section: Section) -> bool:
        """Whether a consent stands for this agency and section."""
        given = [st for st in self.statements if isinstance(st, s.ConsentGiven) and st.id == consent]
        taken = any(isinstance(st, s.ConsentWithdrawn) and st.consent == consent for st in self.statements)
        return not taken and any(
            agency in st.recipients and section in st.sections and st.since <= self.day <= (st.until or "9999")
            for st in given
        )

    def sealed(self) -> set[DataKey]:
        """Every data key there is."""
        return {piece.key for st in self.statements for piece in st.sealed}

    def reads(self, agency: str, key: DataKey) -> bool:
        """Whether an agency may open a key: its own, or by some grant."""
        if key.author == agency:
            return key in self.sealed()
        return any(self.opens(st, g, key) for st in self.statements for g in st.grants if g.to == agency)

    def foreign(self, agency: str) -> set[DataKey]:
        """Keys of others an agency may open, but for words."""
        keys = {key for key in self.sealed() if key.author != agency and key.section is not Section.MESSAGE}
        return {key for key in keys if self.reads(agency, key)}


def _day(recorded: int) -> str:
    return (datetime.fromtimestamp(recorded / 1e6, UTC) + timedelta(hours=7)).strftime("%Y-%m-%d")


def directly(entries: Sequence[Recorded], agency: str, feeds: dict[str, list[int]]) -> bool:
    """Whether an agency is entitled to the last entry when it comes."""
    last = entries[-1].statement
    now = World(entries, _day(entries[-1].recorded))
    before = World(entries[:-1], now.day)
    touched = {piece.key for piece in last.sealed} | {key for grant in last.grants for key in grant.keys}
    custodians = now.custodians()
    reasons = [
        agency == last.by,
        agency in last.to,
        agency in {custodians[-1], *before.custodians()[-1:]},
        any(grant.to == agency for grant in last.grants),
        any(key.author == agency for key in touched | set(getattr(last, "keys", ()))),
        any(now.reads(agency, key) for key in touched),
        last.type in STATUS and bool(now.foreign(agency)),
        last.type in STATUS | CUSTODY and agency in custodians,
        offer_of(last) is not None and agency in now.offer(offer_of(last) or ""),
        _by_consent(now, last, agency),
    ]
    mended = getattr(last, "corrects", None) or getattr(last, "annuls", None)
    target = next((entry.index for entry in entries if entry.statement.id == mended), None)
    return any(reasons) or target in feeds.get(agency, [])


def _by_consent(now: World, last: CaseStatement, agency: str) -> bool:
    consent = last.id if isinstance(last, s.ConsentGiven) else getattr(last, "consent", None)
    for st in now.statements:
        if isinstance(st, s.ConsentGiven) and st.id == consent and agency in st.recipients:
            return True
        if isinstance(last, s.ConsentWithdrawn) and any(
            grant.consent == consent and agency in {st.by, *(key.author for key in grant.keys)} for grant in st.grants
        ):
            return True
    return False


def follows(entries: Sequence[Recorded], agency: str, feed: list[int]) -> list[int]:
    """Indexes of earlier entries an agency becomes entitled to by the last one, in the log's order."""
    day = _day(entries[-1].recorded)
    now, before = World(entries, day), World(entries[:-1], day)
    gained = now.foreign(agency) - before.foreign(agency)
    took_over = now.custodians()[-1] == agency != (before.custodians() or [""])[-1]
    found: list[int] = []
    shown = set(feed)
    ids = {entry.statement.id: entry.index for entry in entries}
    for entry in entries[:-1]:
        st = entry.statement
        mended = ids.get(getattr(st, "corrects", None) or getattr(st, "annuls", None) or "")
        behind = {piece.key for piece in st.sealed} & gained
        if entry.index not in shown and (took_over or (gained and (behind or st.type in STATUS or mended in shown))):
            found.append(entry.index)
            shown.add(entry.index)
    return found
