"""Whatever agencies try, in any order: custody has no gap, replay is the same, and nobody gets what is not theirs.

Each seed is one long story of random acts by all agencies. What the case accepts is compared, entry by entry, with
the plain model in `tests/domain/model.py`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import statements as s
from domain.case import Case
from domain.case_state import OPEN_STATES, Offer
from domain.sharing import WORDS
from domain.statements import DataKey, Section
from tests.domain import acts
from tests.domain.model import directly, follows
from tests.domain.story import (
    BORDER,
    FACILITY,
    HOME_LABOUR,
    HOME_POLICE,
    KINDS,
    LABOUR,
    LEGAL,
    POLICE,
    WOMEN,
    Act,
    Share,
    Story,
    newest,
    share,
)

AUTHORS = [POLICE, LABOUR, WOMEN, BORDER, HOME_POLICE, HOME_LABOUR, FACILITY, LEGAL]
PLAIN = [section for section in Section if section is not Section.MESSAGE]


class Chance:
    """Random acts, most of them plausible."""

    def __init__(self, story: Story, seed: int) -> None:
        self.story, self.random, self.count = story, random.Random(seed), 0
        self.names: list[str] = []

    @property
    def case(self) -> Case:
        """The case as it is."""
        assert self.story.case is not None
        return self.story.case

    def next(self) -> Act:
        """Some act."""
        self.count += 1
        name = f"act {self.count}"
        makers: list[Callable[[str], Act | None]] = [
            self.append, self.append, self.mend, self.consent, self.withdraw, self.identify, self.refer, self.refer,
            self.hand_over, self.answer, self.answer, self.answer, self.share, self.share, self.support, self.notify,
            self.close, self.ask,
        ]  # fmt: skip
        made = None
        while made is None:
            made = self.random.choice(makers)(name)
        self.names.append(name)
        behind = self.random.random() < 0.15 and len(self.case.entries) > 1
        after = self.random.choice(self.case.entries) if behind else None
        return replace(made, force={**made.force, "prev": after.hash}) if after else made

    def party(self) -> str:
        """An agency that has something of the case on its feed."""
        return self.random.choice([agency for agency in AUTHORS if self.case.is_party(agency)])

    def other(self) -> str:
        """Any agency."""
        return self.random.choice(AUTHORS)

    def sections(self) -> list[Section]:
        """One or two sections."""
        return self.random.sample(PLAIN, self.random.randint(1, 2))

    def shares(self, by: str) -> list[Share]:
        """Perhaps a grant of something the agency holds, to anybody, on any ground."""
        keys = [key for key in sorted(self.case.keys, key=repr) if self.case.holds(by, key, self.story.day)]
        if not keys or self.random.random() < 0.3:
            return []
        key = self.random.choice(keys)
        consents = [c.id for c in self.case.consents.values()]
        ground = self.random.choice(["law", "law", "consent"] if consents else ["law"])
        until = self.random.choice([None, None, None, "2026-11-05"])
        wanted = share(self.other(), key.section, author=key.author, epoch=key.epoch, until=until)
        if ground == "consent":
            covering = [c for c in self.case.consents.values() if key.section in c.sections]
            chosen = self.random.choice(covering or list(self.case.consents.values()))
            to = self.random.choice(sorted(chosen.recipients))
            return [replace(wanted, to=to, raw={"consent": chosen.id, "law": None})]
        laws = [
            (law.code, to)
            for law in self.story.rules.grounds.values()
            for to in AUTHORS
            if law.covers(KINDS[by], KINDS[to], key.section) and to != by
        ]
        law, to = self.random.choice(laws or [("l53_art27", wanted.to)])
        return [replace(wanted, law=law, to=to)]

    def append(self, name: str) -> Act:
        """More of what somebody knows."""
        by = self.party()
        return acts.appended(by, *self.sections(), name=name, shares=self.shares(by))

    def notify(self, name: str) -> Act:
        """A second notice, perhaps to somebody new."""
        by = self.party()
        return acts.told_too(by, name, to=[self.other()], seals=self.sections(), shares=self.shares(by))

    def support(self, name: str) -> Act:
        """Support."""
        return acts.supported(self.party(), name=name)

    def mend(self, name: str) -> Act | None:
        """Correct or annul something."""
        target = self.random.choice(self.case.entries)
        by = self.random.choice([target.by, self.case.custodian or "", self.party()])
        if self.random.random() < 0.5:
            return acts.annulled("", by, name, force={"annuls": target.id})
        sections = sorted({key.section for key in target.keys} - {Section.MESSAGE}, key=lambda one: one.value)
        return acts.corrected("", by, name, seals=sections, force={"corrects": target.id}) if sections else None

    def consent(self, name: str) -> Act:
        """The person agrees."""
        to = self.random.sample([WOMEN, FACILITY, LEGAL, LABOUR], 2)
        sections = self.random.sample([Section.IDENTITY, Section.CONTACT, Section.SUPPORT, Section.HEALTH], 2)
        until = self.random.choice([None, "2026-11-04"])
        return acts.consented(to, sections, by=self.party(), name=name, until=until)

    def withdraw(self, name: str) -> Act | None:
        """The person takes it back; a recipient acknowledges."""
        if not self.case.consents or self.random.random() < 0.5:
            return None
        consent = self.random.choice(list(self.case.consents.values()))
        by = self.random.choice([*sorted(consent.recipients), self.party()])
        make = acts.acknowledged if consent.withdrawn else acts.withdrew
        return make(by=by, name=name, force={"consent": consent.id})

    def identify(self, name: str) -> Act:
        """Asked or answered."""
        if self.random.random() < 0.4:
            return acts.requested(self.party(), to=self.random.choice([POLICE, BORDER, HOME_POLICE]), name=name)
        outcome = self.random.choice(["victim", "victim", "longer", "not_victim"])
        return acts.answered(outcome, by=self.party(), name=name)

    def refer(self, name: str) -> Act:
        """A referral by the custodian, or onward."""
        parents = [o for o in self.case.offers.values() if o.state == "accepted" and o.kind == "referral"]
        parent = self.random.choice(parents) if parents and self.random.random() < 0.4 else None
        by, to = parent.receiver if parent else self.case.custodian or "", self.other()
        shares = [share(to, Section.MESSAGE, law=WORDS), *self.lodging(by, to)]
        answer_by = self.random.choice([None, self.story.day])
        options = {"parent": parent.id if parent else None, "answer_by": answer_by, "shares": shares}
        return acts.offered(to, by=by, name=name, referral=name, **options)

    def lodging(self, by: str, to: str) -> list[Share]:
        """A grant that waits for the receiver."""
        return [replace(wanted, to=to) for wanted in self.shares(by)]

    def hand_over(self, name: str) -> Act:
        """A transfer."""
        by, to = self.case.custodian or "", self.other()
        answer_by = self.random.choice([None, self.story.day])
        return acts.handover(to, by=by, name=name, transfer=name, answer_by=answer_by, shares=self.lodging(by, to))

    def answer(self, name: str) -> Act | None:
        """Some step of some offer."""
        offers = list(self.case.offers.values())
        waiting = [offer for offer in offers if offer.state in OPEN_STATES]
        if not offers:
            return None
        return self._step(self.random.choice(waiting or offers), name)

    def _step(self, offer: Offer, name: str) -> Act:
        by, force = offer.receiver, {offer.kind: offer.id}
        if offer.kind == "transfer":
            make = self.random.choice([acts.took_over, acts.took_over, acts.declined])
            return make(by, name=name, force=force)
        if self.random.random() < 0.15:
            return acts.recalled(offer.sender, name=name, force=force)
        if self.random.random() < 0.2:
            words = share(offer.sender, Section.MESSAGE, law=WORDS)
            return acts.refused(by, name=name, force=force, shares=[words])
        make = self.random.choice([acts.delivered, acts.opened, acts.accepted, acts.accepted])
        return make(by, name=name, force=force)

    def share(self, name: str) -> Act | None:
        """A grant."""
        by = self.party()
        shares = self.shares(by)
        return acts.shared(*shares, by=by, name=name) if shares else None

    def ask(self, name: str) -> Act | None:
        """A request for a key of somebody, or a complaint about one."""
        key = newest(self.case.keys, self.random.choice(PLAIN), self.other())
        by = self.party()
        if key is None:
            return None
        received = [held.grant for held in self.case.grants.values() if held.reached and held.grant.to != held.grantor]
        if received and self.random.random() < 0.4:
            grant = self.random.choice(received)
            return acts.failed(grant.to, *grant.keys, name=name)
        return acts.asked(by, to=key.author, keys=[key], name=name)

    def close(self, name: str) -> Act | None:
        """The end, seldom."""
        return acts.closed(self.case.custodian or "", name=name) if self.random.random() < 0.1 else None


def play(seed: int, steps: int = 40) -> tuple[Story, Counter[str]]:
    """One long story, checked after every accepted act."""
    story = Story(thorough=False)
    outcomes: Counter[str] = Counter()
    expected: dict[str, list[int]] = {}
    story.given(
        acts.notified(to=[LABOUR, BORDER], seals=[Section.IDENTITY, Section.PROFILE], shares=[acts.to_labour()])
    )
    check_feeds(story, expected)
    chance = Chance(story, seed)
    for step in range(steps):
        if step % 12 == 11:
            story.on(f"2026-11-0{2 + step // 12}")
        attempt = chance.next()
        story.when(attempt)
        outcomes[story.refusal.code if story.refusal else f"+ {attempt.type.__struct_config__.tag}"] += 1
        if story.refusal is None:
            check_feeds(story, expected)
    story.check_replay()
    check_nodes(story)
    return story, outcomes


def check_feeds(story: Story, expected: dict[str, list[int]]) -> None:
    """Every feed is exactly what the model says: no entry too many, none too few, in the right order."""
    for agency in KINDS:
        feed = expected.setdefault(agency, [])
        entitled = directly(story.log, agency, expected)
        behind = follows(story.log, agency, feed)
        assert entitled or not behind, "entries follow the one that entitled to them"
        feed += [story.log[-1].index] if entitled else []
        feed += behind
        assert story.feeds.get(agency, []) == feed, f"{agency} after {story.log[-1].statement.type}"


def check_nodes(story: Story) -> None:
    """Folding only one's own feed never fails, and agrees with the hub on what concerns the agency."""
    assert story.case is not None
    for agency, feed in story.feeds.items():
        own = Case(story.case.id)
        for entry in story.log:
            if entry.index in feed:
                own.apply(entry)
        for offer in story.case.offers.values():
            if agency in {offer.sender, offer.receiver}:
                assert lapsed(own.offers[offer.id], story.day) == lapsed(offer, story.day)
        if agency == story.case.custodian:
            assert (own.status, own.custodian) == (story.case.status, agency)
        for key in own.keys:
            assert own.holds(agency, key, story.day) == story.case.holds(agency, key, story.day), key


def lapsed(offer: Offer, day: str) -> Offer:
    """An offer as it is on a day: who has had no entry since does not know yet that it has expired."""
    return offer if offer.waits(day) or offer.state not in OPEN_STATES else replace(offer, state="expired")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_anything(seed: int) -> None:
    """See above."""
    play(seed)


def test_chance_reaches_everything() -> None:
    """The random acts are worth something: every case statement is accepted somewhere, late ones and backfill too."""
    outcomes: Counter[str] = Counter()
    late = closed = 0
    for seed in range(40):
        story, found = play(seed)
        outcomes += found
        assert story.case is not None
        late += sum(noted.late for noted in story.case.entries)
        closed += story.case.status is s.Status.CLOSED
    accepted = {code.removeprefix("+ ") for code in outcomes if code.startswith("+ ")}
    assert accepted == {cls.__struct_config__.tag for cls in s.CASE_STATEMENTS} - {"transfer.recalled"}
    assert late > 50
    assert closed
    assert {"decision_late", "prev_unknown", "grant_forbidden", "case_closed"} <= outcomes.keys()
    assert sum(count for code, count in outcomes.items() if code.startswith("+ ")) > 40 * 15


def test_model_is_not_the_code() -> None:
    """The model would notice: a data key given to nobody shows on nobody's feed."""
    story = Story().given(acts.notified())
    assert not directly(story.log, WOMEN, {})
    assert DataKey(Section.IDENTITY, POLICE, 1) in (story.case.keys if story.case else ())
