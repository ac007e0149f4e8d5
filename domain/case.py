"""One person's path through the mechanism (hồ sơ trường hợp): the consistency boundary of all rules.

`decide` (in `domain/decisions.py`) may refuse; `Case.apply` never does: it folds an entry that is in the log and
says who gets it on their feed (`domain/audience.py`). A case knows no name: only ids, codes, dates and which keys
were granted to whom.

The hub and the auditor fold all entries of a case; a node folds those on its own feed, in log order too, but with
gaps: what points at an entry that is not there must do no harm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from domain import statements as s
from domain.audience import CUSTODY_TYPES, STATUS_TYPES, audience, backfill, readers
from domain.case_state import (
    OPEN_STATES,
    Consent,
    Delivery,
    GrantState,
    Noted,
    Offer,
    Recorded,
    local_day,
    offer_id,
    target_id,
    topics,
)
from domain.statements import CaseStatement, DataKey, Pathway, Section, Status

__all__ = [
    "CUSTODY_TYPES",
    "OPEN_STATES",
    "STATUS_TYPES",
    "Case",
    "Consent",
    "Delivery",
    "GrantState",
    "Noted",
    "Offer",
    "Recorded",
    "local_day",
    "topics",
]


@dataclass(slots=True)
class Case:
    """Status, pathway, custody, offers, consents, keys and holders of one case."""

    id: str
    code: str | None = None
    pathway: Pathway | None = None
    accompanies: str | None = None
    custody: list[str] = field(default_factory=list)  # who was in charge, one after the other
    offers: dict[str, Offer] = field(default_factory=dict)
    consents: dict[str, Consent] = field(default_factory=dict)
    withdrawals: dict[str, set[str]] = field(default_factory=dict)  # consent → who has acknowledged its end
    keys: set[DataKey] = field(default_factory=set)
    grants: dict[str, GrantState] = field(default_factory=dict)
    entries: list[Noted] = field(default_factory=list)
    by_hash: dict[str, Noted] = field(default_factory=dict)
    by_id: dict[str, Noted] = field(default_factory=dict)
    annulled: set[str] = field(default_factory=set)
    statuses: list[tuple[str, Status]] = field(default_factory=list)  # (statement that set it, status)

    @property
    def status(self) -> Status | None:
        """Where the case stands. An annulled statement counts no more; support counts only for who is identified."""
        status: Status | None = None
        for by, step in self.statuses:
            if by not in self.annulled and (step is not Status.IN_SUPPORT or status is Status.IDENTIFIED):
                status = step
        return status

    @property
    def custodian(self) -> str | None:
        """The one agency in charge (cơ quan đang phụ trách)."""
        return self.custody[-1] if self.custody else None

    @property
    def former_custodians(self) -> frozenset[str]:
        """Agencies that were in charge and no longer are."""
        return frozenset(self.custody) - {self.custodian or ""}

    def is_party(self, agency: str) -> bool:
        """Whether the agency has anything of this case on its feed."""
        return any(agency in noted.audience for noted in self.entries)

    def seen_by(self, agency: str, statement: str | None) -> Noted | None:
        """The entry of a statement if it is on the agency's feed; unknown and unseen are the same."""
        noted = self.by_id.get(statement or "")
        return noted if noted is not None and agency in noted.audience else None

    def holds(self, agency: str, key: DataKey, day: str) -> bool:
        """Whether an agency may open what is sealed under a key on that day: as its author, or by a grant in force."""
        if key.author == agency:
            return key in self.keys
        return any(
            held.grant.to == agency and key in held.grant.keys and self.in_force(held, key, day)
            for held in self.grants.values()
        )

    def in_force(self, held: GrantState, key: DataKey, day: str) -> bool:
        """Whether a grant opens one of its keys on that day."""
        grant = held.grant
        if held.state != "in_force" or (grant.until is not None and grant.until < day):
            return False
        if grant.consent is None:
            return True
        consent = self.consents.get(grant.consent)
        return consent is not None and consent.covers(grant.to, key.section, day)

    def holders(self, key: DataKey, day: str) -> frozenset[str]:
        """All agencies that may open what is sealed under this key on that day."""
        granted = {held.grant.to for held in self.grants.values() if key in held.grant.keys}
        return frozenset(agency for agency in granted | {key.author} if self.holds(agency, key, day))

    def outlived(self, day: str) -> list[str]:
        """Hashes of grants lodged with an offer nobody answered in time: no entry is needed to delete them."""
        return [
            held.grant.hash
            for offer in self.offers.values()
            if offer.state in OPEN_STATES and not offer.waits(day)
            for held in self._lodged(offer)
        ]

    def stale(self, key: DataKey, day: str) -> bool:
        """Whether nothing more may be sealed under this key: somebody no longer entitled once opened it.

        The words of an offer are for its two sides, so a key that sealed words never seals those of another offer.
        """
        if key.section is Section.MESSAGE:
            return key in self.keys
        received = {held.grant.to for held in self.grants.values() if held.reached and key in held.grant.keys}
        return not received <= self.holders(key, day)

    def apply(self, entry: Recorded) -> Delivery:
        """Fold one entry of the log; never refuses."""
        statement, day = entry.statement, local_day(entry.recorded)
        noted = self._note(entry)
        custodian, read_before = self.custodian, readers(self, day)
        dropped = self._expire(day)
        self._fold_grants(statement)
        dropped += self._fold(statement, entry.index)
        noted.audience = audience(self, statement, day=day) | ({custodian} if custodian else set())
        moved = self.custodian if self.custodian != custodian else None
        filled = backfill(self, read_before, moved=moved, day=day)
        self.entries.append(noted)
        self.by_hash[noted.hash] = self.by_id[noted.id] = noted
        return Delivery(tuple(sorted(noted.audience)), filled, tuple(dropped))

    # -- folding ---------------------------------------------------------------------------------------------

    def _note(self, entry: Recorded) -> Noted:
        st = entry.statement
        target = self.by_id.get(target_id(st) or "")
        decided = topics(st)
        if isinstance(st, s.StatementAnnulled) and target is not None:
            # What undoes a decision stands on its topic, so that nobody decides on what was just undone.
            decided |= target.topics | ({("offer", target.offer)} if target.offer else set())
        return Noted(
            index=entry.index,
            id=st.id,
            hash=entry.hash,
            by=st.by,
            type=type(st),
            topics=decided,
            keys=frozenset(sealed.key for sealed in st.sealed),
            target=target_id(st),
            offer=offer_id(st),
            audience=set(),
            late=self._is_late(entry.index, st),
        )

    def _is_late(self, index: int, st: CaseStatement) -> bool:
        """Whether a newer entry than the one the author went by was on its feed already."""
        previous = self.by_hash.get(st.prev or "")
        return previous is not None and any(
            previous.index < noted.index < index and st.by in noted.audience for noted in self.entries
        )

    def _expire(self, day: str) -> list[str]:
        """Close the offers whose time to answer has passed; what was lodged with them is dropped."""
        dropped: list[str] = []
        for offer in self.offers.values():
            if offer.state in OPEN_STATES and not offer.waits(day):
                offer.state = "expired"
                dropped += self._drop(self._lodged(offer))
        return dropped

    def _fold_grants(self, statement: CaseStatement) -> None:
        """New keys, and grants: with an offer only the words go out at once, the rest is lodged until accepted."""
        self.keys.update(sealed.key for sealed in statement.sealed)
        offering = isinstance(statement, s.ReferralOffered | s.TransferOffered)
        for grant in statement.grants:
            words_only = all(key.section is Section.MESSAGE for key in grant.keys)
            waits = offering and grant.to in statement.to and not words_only
            state: Literal["lodged", "in_force"] = "lodged" if waits else "in_force"
            offer = offer_id(statement) if waits else None
            self.grants[grant.hash] = GrantState(grant, statement.by, statement.id, state, offer, reached=not waits)

    def _fold(self, st: CaseStatement, index: int) -> list[str]:
        match st:
            case s.CaseNotified() if st.prev is None:
                self.code, self.pathway, self.accompanies = st.code, st.pathway, st.accompanies
                self.custody.append(st.by)
                self._step(st, Status(st.status))
            case s.StatementAnnulled():
                return self._annul(st)
            case s.ConsentGiven():
                self._consent(st)
            case s.ConsentWithdrawn():
                return self._withdraw(st)
            case s.WithdrawalAcknowledged():
                self.withdrawals.setdefault(st.consent, set()).add(st.by)
            case s.IdentificationRequested():
                self._step(st, Status.IN_IDENTIFICATION)
            case s.IdentificationAnswered() if st.outcome is not s.Outcome.LONGER:
                victim = st.outcome is s.Outcome.VICTIM
                self._step(st, Status.IDENTIFIED if victim else Status.NOT_A_VICTIM)
            case s.SupportRecorded():
                self._step(st, Status.IN_SUPPORT)
            case s.CaseClosed():
                self._step(st, Status.CLOSED)
            case s.ReferralOffered():
                self.offers[st.referral] = Offer(
                    st.referral, "referral", st.by, st.to[0], st.id, index, st.service, st.parent, st.answer_by
                )
            case s.TransferOffered():
                self.offers[st.transfer] = Offer(
                    st.transfer, "transfer", st.by, st.to[0], st.id, index, answer_by=st.answer_by
                )
            case _:
                return self._follow(st)
        return []

    def _step(self, st: CaseStatement, status: Status) -> None:
        self.statuses.append((st.id, status))

    def _consent(self, st: s.ConsentGiven) -> None:
        known = self.withdrawals.get(st.id)
        consent = Consent(st.id, frozenset(st.recipients), frozenset(st.sections), st.since, st.until)
        self.consents[st.id] = consent
        if known is not None:
            consent.withdrawn, consent.acknowledged = True, known

    def _withdraw(self, st: s.ConsentWithdrawn) -> list[str]:
        acknowledged = self.withdrawals.setdefault(st.consent, set())
        consent = self.consents.get(st.consent)
        if consent is not None:
            consent.withdrawn, consent.acknowledged = True, acknowledged
        return self._drop(held for held in self.grants.values() if held.grant.consent == st.consent)

    def _annul(self, st: s.StatementAnnulled) -> list[str]:
        """An annulled sharing shares no more; an annulled offer, or its annulled answer, was entered in error."""
        self.annulled.add(st.annuls)
        target = self.by_id.get(st.annuls)
        offer = self.offers.get((target.offer if target else None) or "")
        if offer is not None:
            offer.state = "entered_in_error"
            return self._drop(held for held in self.grants.values() if held.offer == offer.id)
        if target is not None and target.type is s.AccessGranted:
            return self._drop(
                held for held in self.grants.values() if held.statement == st.annuls and held.grant.to != held.grantor
            )
        return []

    def _follow(self, st: CaseStatement) -> list[str]:
        """What happens to an offer after it was made."""
        if isinstance(st, s.TransferAccepted):
            self.custody.append(st.by)
        offer = self.offers.get(offer_id(st) or "")
        if offer is None:
            return []
        step = st.type.partition(".")[2]
        if step in {"delivered", "opened"}:
            offer.delivered, offer.opened = offer.delivered or step == "delivered", offer.opened or step == "opened"
            if offer.state in OPEN_STATES:
                offer.state = "opened" if offer.opened else "delivered"
            return []
        lodged, offer.state = self._lodged(offer), step
        if step != "accepted":
            return self._drop(lodged)
        for held in lodged:
            held.state, held.reached = "in_force", True
        return []

    def _lodged(self, offer: Offer) -> list[GrantState]:
        return [held for held in self.grants.values() if held.offer == offer.id and held.state == "lodged"]

    @staticmethod
    def _drop(grants: Iterable[GrantState]) -> list[str]:
        dropped = [held for held in grants if held.state != "dropped"]
        for held in dropped:
            held.state = "dropped"
        return [held.grant.hash for held in dropped]
