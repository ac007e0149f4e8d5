"""The made-up agencies of the known answers: their published keys, one notice of a person, one activity of a group.

DỮ LIỆU GIẢ ĐỊNH. The private halves lie in `contracts/vectors/keys.json` for everybody to read: a founding refuses
every key that is listed here (`caunoi.public_keys`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from caunoi.published import PUBLISHED
from domain import case_code
from domain import statements as s
from domain.mechanism import Mechanism
from domain.statements import AgencyKind, DataKey, Grant, KeyUse, Pathway, SealedSection, Section, Statement
from sealing.encoding import KeyName, to_base64, to_base64url
from sealing.envelope import pae, statement_hash
from sealing.grants import wrap
from sealing.keystore import MemoryKeyStore, Use
from sealing.sections import seal
from sealing.suites import PRIVATE_LENGTH

AGENCY, READER, HUB, REGISTRAR = "cong-an-thu", "y-te-thu", "hub", "so-danh-ba-thu"
KINDS = {AGENCY: AgencyKind.POLICE, READER: AgencyKind.LABOUR}
PLACE = "38"
SUITES: dict[str, tuple[tuple[Use, str], ...]] = {
    AGENCY: (("sign", "ed25519"), ("seal", "mlkem768x25519")),
    READER: (("sign", "ed25519"), ("seal", "x25519")),
    HUB: (("sign", "ed25519"), ("seal", "mlkem768x25519")),
}
CASE, NOTICE, ACTIVITY = "9d3b7f2ac4184e0f8a6b1c5d20e94711", "41" * 16, "52" * 16
OCCURRED = "2026-11-23T01:00Z"
RECORDED = 1_795_396_500_000_000  # µs since 1970: some minutes later
CODE = case_code.new(bytes(range(16)))
DATA_KEY = hashlib.sha256(b"caunoi, a published data key").digest()
CONTENT = json.dumps({"values": {"full_name": {"value": "Nguyễn Thị Giả Định"}}}, ensure_ascii=False).encode()
GROUND = "l53_art28"


def private_key(agency: str, use: Use) -> bytes:
    """The published private key of a made-up agency, raw as `sealing.suites` writes it."""
    suite = dict(SUITES[agency])[use]
    return hashlib.shake_256(f"caunoi, a published test key: {agency} {use}".encode()).digest(PRIVATE_LENGTH[suite])


@cache
def store(agency: str) -> MemoryKeyStore:
    """The keys of a made-up agency; those of the hub are its signing key and the intake key of a day.

    Raises:
        ValueError: a key is not on the list of those that a founding refuses.
    """
    made = MemoryKeyStore(agency)
    for use, suite in SUITES[agency]:
        kid = made.add_key(use=use, suite=suite, private=private_key(agency, use))
        if kid not in PUBLISHED:
            raise ValueError(f"{kid} must be on the list of published keys")
    return made


def kid(agency: str, use: Use) -> str:
    """The id of an agency's key."""
    return store(agency).kids(use)[-1]


def public(agency: str, use: Use) -> bytes:
    """The raw public half of an agency's key."""
    return store(agency).public(kid(agency, use))


def directory_statements() -> list[Statement]:
    """What a registrar said of the made-up agencies."""
    made: list[Statement] = []
    common = {"v": 1, "by": REGISTRAR, "kid": "0" * 32, "occurred": OCCURRED}
    for agency, kind in KINDS.items():
        identity = hashlib.sha256(agency.encode()).hexdigest()[:32]
        card = hashlib.sha256(card_of(agency)).hexdigest()
        made.append(s.AgencyRegistered(**common, id=identity, agency=agency, kind=kind, place=PLACE, card=card))  # type: ignore[arg-type]
        for use, suite in SUITES[agency]:
            made.append(
                s.KeyRegistered(
                    **common,  # type: ignore[arg-type]
                    id=kid(agency, use),
                    agency=agency,
                    key=kid(agency, use),
                    use=KeyUse(use),
                    suite=suite,  # type: ignore[arg-type]
                    public=to_base64url(public(agency, use)),
                )
            )
    return made


def card_of(agency: str) -> bytes:
    """An agency's public card."""
    return json.dumps(
        {"names": [{"vi": f"{agency} – giả định", "en": f"{agency}, made up"}]}, ensure_ascii=False
    ).encode()


def mechanism() -> Mechanism:
    """The mechanism in which the made-up agencies are members, and nothing else has happened."""
    made = Mechanism()
    for index, statement in enumerate(directory_statements(), start=1):
        made.apply(statement, index=index, hash=f"{index:064x}", recorded=RECORDED)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What is sealed with fresh randomness: a section, its data key wrapped for the author and for the reader."""

    section: bytes
    own: bytes
    reader: bytes


def place_of_section() -> dict[str, str]:
    """What binds the section of the notice to its place, but for the epoch, which is 1."""
    return {"case": CASE, "statement": NOTICE, "section": Section.IDENTITY.value, "author": AGENCY}


def place_of_grant(grantee: str) -> dict[str, str]:
    """What binds a grant of the notice to its place, but for the list of keys."""
    ground = "law:own" if grantee == AGENCY else f"law:{GROUND}"
    return {"case": CASE, "grantor": AGENCY, "grantee": grantee, "kid": kid(grantee, "seal"), "ground": ground}


def fresh() -> Sealed:
    """Seal and wrap anew: other bytes each time."""
    wrapped = {
        grantee: wrap(
            {KeyName(Section.IDENTITY.value, AGENCY, 1): DATA_KEY},
            **place_of_grant(grantee),
            public=public(grantee, "seal"),
            suite=dict(SUITES[grantee])["seal"],
        )
        for grantee in (AGENCY, READER)
    }
    section = seal(CONTENT, data_key=DATA_KEY, **place_of_section(), epoch=1)
    return Sealed(section=section, own=wrapped[AGENCY], reader=wrapped[READER])


def notice(sealed: Sealed, **changed: object) -> s.CaseNotified:
    """The notice: a person rescued in the country; the health agency of the province is told by law."""
    key = DataKey(Section.IDENTITY, AGENCY, 1)
    fields: dict[str, object] = {
        "v": 1,
        "id": NOTICE,
        "by": AGENCY,
        "kid": kid(AGENCY, "sign"),
        "occurred": OCCURRED,
        "to": (READER,),
        "case": CASE,
        "prev": None,
        "sealed": (SealedSection(Section.IDENTITY, AGENCY, 1, len(sealed.section), sha256(sealed.section)),),
        "grants": (
            Grant(AGENCY, kid(AGENCY, "seal"), (key,), sha256(sealed.own), law="own"),
            Grant(READER, kid(READER, "seal"), (key,), sha256(sealed.reader), law=GROUND),
        ),
        "code": CODE,
        "pathway": Pathway.RESCUED,
        **changed,
    }
    return s.CaseNotified(**fields)  # type: ignore[arg-type]


def activity() -> s.ActivityRecorded:
    """The smallest statement an agency sends alone: nobody's case, nothing sealed."""
    return s.ActivityRecorded(
        v=1, id=ACTIVITY, by=AGENCY, kid=kid(AGENCY, "sign"), occurred=OCCURRED, activity="training",
        day="2026-11-20", headcount=12,
    )  # fmt: skip


def signed(line: bytes) -> bytes:
    """The agency's signature over a header line."""
    return store(AGENCY).sign(kid(AGENCY, "sign"), pae(line))


def submission(line: bytes, *, bodies: Sequence[bytes] = (), grants: Sequence[bytes] = (), **changed: object) -> bytes:
    """The JSON the hub takes: compact, UTF-8, names in this order, as its own node writes it."""
    parts: Mapping[str, object] = {
        "header": line.decode(),
        "signatures": [{"kid": kid(AGENCY, "sign"), "sig": to_base64(signed(line))}],
        "bodies": {sha256(one): to_base64(one) for one in bodies},
        "grants": {sha256(one): to_base64(one) for one in grants},
        **changed,
    }
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def submitted(sealed: Sealed, **changed: object) -> bytes:
    """The submission of the notice with what travels beside it."""
    line = s.write(notice(sealed, **changed))
    return submission(line, bodies=[sealed.section], grants=[sealed.own, sealed.reader])


def sha256(content: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(content).hexdigest()


def hash_of(line: bytes) -> str:
    """The statement's hash, by which receipts and `prev` name it."""
    return statement_hash(line)
