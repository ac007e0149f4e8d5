"""A small mechanism in one process: a registrar, agencies with their own keys, the hub's intake on a real database.

`World` is the hub with its directory; `Member` is one agency's side, composing as its node does and following its
feed. What happens is told in `story`. Everything in it is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from domain import case_code
from domain import statements as s
from domain.case import Case
from domain.rules import current
from domain.statements import AgencyKind, CaseStatement, DataKey, KeyUse, Section, Statement
from hub.head import Head
from hub.intake import Answer, Intake, Refused
from hub.log.application import HubApplication, environment
from hub.log.erasing import erase_grants, erase_unnamed
from hub.sharing import Sharing
from ledger.receipt import Receipt
from node.composer import Composer, Share, Submission
from node.following import feed_item
from node.hub_client import FeedLine
from projections.casefile import CaseFile
from projections.opening import Opening
from projections.projector import Projector
from projections.rows import MemoryRows
from sealing.encoding import to_base64url
from sealing.keystore import MemoryKeyStore
from sealing.shredding import ShredKeys

REGISTRAR, POLICE, BORDER, LABOUR, WOMEN = "so-danh-ba", "ca-thanh-hoa", "bp-thanh-hoa", "yt-thanh-hoa", "pn-thanh-hoa"
KINDS = {
    POLICE: AgencyKind.POLICE,
    BORDER: AgencyKind.BORDER_GUARD,
    LABOUR: AgencyKind.LABOUR,
    WOMEN: AgencyKind.WOMEN_UNION,
}
OCCURRED = "2026-11-02T01:00Z"
TAG_KEY = b"\x07" * 32


def micros(text: str) -> int:
    """µs since 1970 of a local time in Viet Nam, as `2026-11-02T09:00`."""
    return int(datetime.fromisoformat(text + "+07:00").timestamp()) * 1_000_000


class Materials:
    """Bodies and grants for one agency, from the hub in this process."""

    def __init__(self, sharing: Sharing, agency: str) -> None:
        self._sharing, self._agency = sharing, agency

    def bodies(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """See `projections.opening.Materials`."""
        return self._sharing.bodies(list(hashes), agency=self._agency)

    def grants(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """See `projections.opening.Materials`."""
        return self._sharing.grants(list(hashes), agency=self._agency)


class Member:
    """One agency: its keys, what it knows of its cases, its views in memory."""

    def __init__(self, world: World, agency: str) -> None:
        self.world, self.agency = world, agency
        self.keystore = MemoryKeyStore(agency)
        self.keystore.add_key(use="sign", suite="ed25519")
        self.keystore.add_key(use="seal", suite="x25519")
        self.materials = Materials(world.sharing, agency)
        self.rows = MemoryRows()
        opening = Opening(agency=agency, keystore=self.keystore, materials=self.materials)
        self.projector = Projector(rows=self.rows, opening=opening, tag_key=TAG_KEY)
        self.composer = Composer(
            agency=agency,
            keystore=self.keystore,
            opening=opening,
            directory=self.projector.directory,
            now=world.now,
        )

    def follow(self) -> None:
        """Take over what is new on the feed."""
        reader = self.world.application.reader
        lines = [FeedLine(e.number, e.index, e.entry) for e in reader.feed(self.agency, self.projector.number)]
        if lines:
            self.projector.apply([feed_item(line) for line in lines])

    def file(self, case: str) -> CaseFile:
        """What this agency knows of a case, its feed followed."""
        self.follow()
        return self.projector.files.setdefault(case, CaseFile(Case(case)))

    def compose(self, kind: type[CaseStatement], case: str, **options: Any) -> Submission:
        """Compose, and send nothing; options are those of `Composer.compose`."""
        return self.composer.compose(kind, self.file(case), **{"occurred": OCCURRED, **options})

    def say(self, kind: type[CaseStatement], case: str, **options: Any) -> Statement:
        """Compose and record; it must be accepted."""
        submission = self.compose(kind, case, **options)
        self.world.accept(self, submission)
        return submission.statement

    def share(self, to: str, *keys: DataKey, **ground: str) -> Share:
        """Short for a grant of data keys."""
        return Share(to=to, keys=keys, **ground)


@dataclass
class World:
    """The hub on one database. Use as a context manager."""

    dsn: str
    home: Path
    clock: int = micros("2026-11-02T09:00")
    receipts: list[Receipt] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Start the hub and record the directory."""
        self.hub_keys = MemoryKeyStore("hub")
        self.hub_kid = self.hub_keys.add_key(use="sign", suite="ed25519")
        self.application = self._stack.enter_context(
            HubApplication(environment(self.dsn, user="caunoi_writer"), clock=self.now)
        )
        self.home.mkdir(parents=True, exist_ok=True)
        self.shred_keys = self._stack.enter_context(ShredKeys.create(self.home / "shred", self.home / "master"))
        self.registrar = MemoryKeyStore(REGISTRAR)
        self.registrar_kid = self.registrar.add_key(use="sign", suite="ed25519")
        self.intake = self.new_intake()
        self.sharing = Sharing(self.intake)
        self._found()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop the hub."""
        self._stack.close()

    def __getitem__(self, agency: str) -> Member:
        """One agency's side."""
        return self.members[agency]

    def now(self) -> int:
        """The time: µs since 1970."""
        return self.clock

    def on(self, text: str) -> None:
        """What follows happens then (local time, `2026-11-03T08:00`)."""
        self.clock = micros(text)

    @property
    def hub_public(self) -> bytes:
        """The hub's raw public key."""
        return self.hub_keys.public(self.hub_kid)

    def new_intake(self) -> Intake:
        """The hub's intake as a restart would make it: everything read from the log."""
        return Intake(
            head=Head(self.application),
            shred_keys=self.shred_keys,
            signer=self.hub_keys,
            sign_as=self.hub_kid,
            rules=current(),
            registrar=self.registrar_kid,
            eraser=self.erase,
            sweeper=lambda before: erase_unnamed(self.dsn, before),
        )

    def erase(self, hashes: Sequence[str]) -> None:
        """Delete grants, in the eraser's role."""
        erase_grants(self.dsn, hashes)

    # -- recording -------------------------------------------------------------------------------------------

    def send(self, agency: str, *submissions: Submission) -> list[Answer]:
        """Submit; receipts are kept."""
        answers = self.intake.submit([one.body for one in submissions], agency=agency)
        self.receipts += [answer for answer in answers if isinstance(answer, Receipt)]
        return answers

    def accept(self, member: Member, *submissions: Submission) -> list[Receipt]:
        """Submit what must be accepted."""
        answers = self.send(member.agency, *submissions)
        refused = [answer.code for answer in answers if isinstance(answer, Refused)]
        assert not refused, f"refused: {refused}"
        return [answer for answer in answers if isinstance(answer, Receipt)]

    def register(
        self, type_: type[Statement], *, bodies: Mapping[str, bytes] | None = None, **facts: Any
    ) -> Submission:
        """Compose a statement of the registrar."""
        statement = type_(
            v=1, id=os.urandom(16).hex(), by=REGISTRAR, kid=self.registrar.kids("sign")[-1], occurred=OCCURRED, **facts
        )
        signer = Composer(
            agency=REGISTRAR,
            keystore=self.registrar,
            opening=None,  # type: ignore[arg-type]
            directory=None,  # type: ignore[arg-type]
            now=self.now,
        )
        return signer.sign(statement, bodies=bodies or {}, wrapped={})

    def add_agency(self, agency: str, kind: AgencyKind, *, place: str | None = "38") -> list[Submission]:
        """Compose an agency's registration and that of its keys."""
        member = self.members[agency] = Member(self, agency)
        card = json.dumps({"vi": f"Cơ quan giả định {agency}", "en": f"Made-up {agency}"}, ensure_ascii=False).encode()
        digest = sha256(card).hexdigest()
        made = [
            self.register(s.AgencyRegistered, bodies={digest: card}, agency=agency, kind=kind, place=place, card=digest)
        ]
        for use in KeyUse:
            kid = member.keystore.kids(use.value)[-1]
            made.append(
                self.register(
                    s.KeyRegistered,
                    agency=agency,
                    key=kid,
                    use=use,
                    suite=member.keystore.suite(kid),
                    public=to_base64url(member.keystore.public(kid)),
                )
            )
        return made

    def _found(self) -> None:
        public = to_base64url(self.registrar.public(self.registrar_kid))
        made = [self.register(s.Genesis, log=sha256(b"made-up log").hexdigest(), public=public)]
        for agency, kind in KINDS.items():
            made += self.add_agency(agency, kind)
        refused = [answer for answer in self.send(REGISTRAR, *made) if isinstance(answer, Refused)]
        assert not refused, refused[0].code


def values(**fields: str) -> dict[str, Any]:
    """The content of a section."""
    return {"values": {name: {"value": value, "written": value, "at": "A1"} for name, value in fields.items()}}


def open_case(world: World, *, by: str = POLICE, **options: Any) -> str:
    """Open a case with identity and contact; give its id."""
    case = uuid4().hex
    contents = {Section.IDENTITY: values(full_name="Nguyễn Giả Định"), Section.CONTACT: values(address="thôn Giả")}
    facts = {"code": case_code.new(os.urandom(16)), "pathway": "rescued", **options.pop("facts", {})}
    world[by].say(s.CaseNotified, case, facts=facts, contents=options.pop("contents", contents), **options)
    return case


def consenting(*recipients: str, sections: Sequence[str] = ("identity",), **facts: str) -> dict[str, Any]:
    """The facts of a person's consent to support by these agencies."""
    said = {"purpose": "support", "since": "2026-11-02", "given_by": "person", **facts}
    return {"recipients": list(recipients), "sections": list(sections), **said}


def key(section: Section, author: str, epoch: int = 1) -> DataKey:
    """Short for a data key's name."""
    return DataKey(section, author, epoch)


def story(world: World) -> str:
    """One case through four agencies, with everything that moves grants and feeds; give its id."""
    police, labour, women, border = world[POLICE], world[LABOUR], world[WOMEN], world[BORDER]
    identity = key(Section.IDENTITY, POLICE)
    case = open_case(world)
    police.say(s.SectionAppended, case, contents={Section.ACCOUNT: values(statement="lời khai giả định")})
    police.say(
        s.IdentificationAnswered,
        case,
        facts={"outcome": "victim", "legal_date": "2026-11-01"},
        to=[LABOUR],
        share=lambda _: [police.share(LABOUR, identity, law="l53_art28")],
    )
    world.on("2026-11-03T09:00")
    labour.say(
        s.SupportRecorded,
        case,
        facts={"regime": "initial_hardship"},
        contents={Section.SUPPORT: values(given="gạo", note="đợt 1")},
    )
    consent = police.say(
        s.ConsentGiven,
        case,
        facts=consenting(WOMEN, sections=("identity", "contact"), since="2026-11-03"),
    )
    for number in range(2):
        referral = os.urandom(16).hex()
        police.say(
            s.ReferralOffered,
            case,
            to=[WOMEN],
            facts={"referral": referral, "service": "psychological"},
            contents={Section.MESSAGE: {"text": "nhờ giúp (giả định)"}},
            share=lambda keys: [
                police.share(WOMEN, keys[Section.MESSAGE], law="referral_words"),
                police.share(WOMEN, identity, consent=consent.id),
            ],
        )
        women.say(s.ReferralDelivered, case, facts={"referral": referral})
        if number == 0:
            women.say(
                s.ReferralRefused,
                case,
                facts={"referral": referral, "reason": "no_capacity"},
                contents={Section.MESSAGE: {"text": "chưa nhận được (giả định)"}},
                share=lambda keys: [women.share(POLICE, keys[Section.MESSAGE], law="referral_words")],
            )
        else:
            women.say(s.ReferralAccepted, case, facts={"referral": referral})
    world.on("2026-11-05T09:00")
    police.say(s.ConsentWithdrawn, case, facts={"consent": consent.id})
    women.say(s.WithdrawalAcknowledged, case, facts={"consent": consent.id})
    transfer = os.urandom(16).hex()
    police.say(s.TransferOffered, case, to=[BORDER], facts={"transfer": transfer})
    border.say(s.TransferAccepted, case, facts={"transfer": transfer})
    open_case(world, by=BORDER, facts={"pathway": "handed_over"})
    world.accept(
        women,
        women.composer.compose_activity(
            occurred=OCCURRED, facts={"activity": "group_meeting", "day": "2026-11-04", "headcount": 12}
        ),
    )
    return case
