"""Known answers of what an agency makes: header, signature, sealed section, grants, the submission of it all."""

from __future__ import annotations

from typing import Any

from caunoi.connect import made_up as m
from caunoi.connect.made_up import AGENCY, READER, Sealed
from domain import case_code
from domain import statements as s
from domain.statements import Grant
from sealing.encoding import KeyName, ctx, grant_info, list_bytes, raw_id, to_base64, to_base64url, uint32
from sealing.envelope import SEALED_VERSION, pae
from sealing.padding import pad, padded_length
from sealing.suites import PRIVATE_LENGTH

Document = dict[str, Any]


def keys() -> Document:
    """The published keys. A key's id is the first 16 bytes of SHA-256 of its raw public half, hex."""
    made = {
        agency: {
            use: {
                "suite": suite,
                "kid": m.kid(agency, use),
                "private": m.private_key(agency, use).hex(),
                "public": to_base64url(m.public(agency, use)),
            }
            for use, suite in m.SUITES[agency]
        }
        for agency in m.SUITES
    }
    return {"private_bytes": PRIVATE_LENGTH, "agencies": made}


def case_codes() -> Document:
    """Mã hồ sơ: nine random symbols and one check symbol."""
    codes = [case_code.new(bytes([number] * 16)) for number in (0, 1, 77, 255)] + [m.CODE]
    wrong = [m.CODE[:-1] + ("2" if m.CODE[-1] != "2" else "3"), m.CODE.lower(), m.CODE.replace("-", "")]
    return {
        "alphabet": case_code.ALPHABET,
        "codes": codes,
        "refused": [{"code": "case_code_wrong", "written": one} for one in wrong],
    }


def headers(sealed: Sealed) -> Document:
    """Headers as they are written here, one line of UTF-8 JSON; what counts are the bytes that were signed."""
    good = {"notice": s.write(m.notice(sealed)), "activity": s.write(m.activity())}
    small = good["activity"].decode()
    wrong = {
        "field_unknown": (small[:-1] + ',"name":"x"}', "header_malformed"),
        "field_twice": (small[:-1] + ',"headcount":12}', "header_malformed"),
        "two_lines": (small[:-1] + "\n}", "header_malformed"),
        "version_2": (small.replace('"v":1', '"v":2'), "header_malformed"),
        "capital_hex": (small.replace(m.ACTIVITY, "AB" * 16), "header_malformed"),
        "seconds": (small.replace("T01:00Z", "T01:00:00Z"), "header_malformed"),
        "type_unknown": (small.replace("activity.recorded", "activity.planned"), "type_unknown"),
        "no_such_day": (small.replace("2026-11-20", "2026-02-30"), "date_impossible"),
        "from_the_future": (small.replace(m.OCCURRED, "2036-11-23T01:00Z"), "occurred_in_future"),
        "code_unknown": (small.replace("training", "no_such_activity"), "code_unknown"),
    }
    return {
        "headers": [
            {"name": name, "line": line.decode(), "pae": pae(line).hex(), "hash": m.hash_of(line)}
            for name, line in good.items()
        ],
        "refused": [
            {"name": name, "code": code, "submission": m.submission(line.encode()).decode()}
            for name, (line, code) in wrong.items()
        ],
    }


def signatures(sealed: Sealed) -> Document:
    """Ed25519 over the pre-authentication encoding (DSSE v1) of the header line."""
    line = s.write(m.activity())
    own, other = m.kid(AGENCY, "sign"), m.kid(READER, "sign")
    wrong = {
        "over_the_line_itself": (own, m.store(AGENCY).sign(own, line), "signature_wrong"),
        "by_another_key": (own, m.store(READER).sign(other, pae(line)), "signature_wrong"),
        "over_another_line": (own, m.signed(s.write(m.notice(sealed))), "signature_wrong"),
        "under_another_id": (other, m.signed(line), "signature_missing"),
        "too_short": (own, m.signed(line)[:63], "submission_malformed"),
    }
    made = [
        {"name": name, "code": code, "submission": m.submission(line, signatures=[signature(kid, sig)]).decode()}
        for name, (kid, sig, code) in wrong.items()
    ]
    strange = s.write(m.activity()).replace(own.encode(), b"0" * 32)
    unknown = m.submission(strange, signatures=[signature("0" * 32, m.signed(strange))]).decode()
    return {
        "kid": own,
        "line": line.decode(),
        "signature": m.signed(line).hex(),
        "refused": [*made, {"name": "key_of_nobody", "code": "key_unknown", "submission": unknown}],
    }


def signature(kid: str, sig: bytes) -> dict[str, str]:
    """One signature as a submission carries it."""
    return {"kid": kid, "sig": to_base64(sig)}


def sections(sealed: Sealed) -> Document:
    """A sealed section: padded, then Cobblestone-256 under the data key, bound to its place."""
    place = m.place_of_section()
    context = ctx(
        "caunoi/1/section",
        raw_id(place["case"]),
        raw_id(place["statement"]),
        place["section"].encode(),
        place["author"].encode(),
        uint32(1),
    )
    lengths = [0, 1, 252, 253, 300, 1000, 5000, 100_000, 1_000_000]
    return {
        "place": {**place, "epoch": 1},
        "context": context.hex(),
        "content": m.CONTENT.decode(),
        "padded": pad(m.CONTENT).hex(),
        "data_key": m.DATA_KEY.hex(),
        "salt": sealed.section[1:25].hex(),
        "sealed": sealed.section.hex(),
        "length": len(sealed.section),
        "hash": m.sha256(sealed.section),
        "padded_lengths": [[length, padded_length(4 + length)] for length in lengths],
        "refused": [
            {"name": name, "code": "body_wrong", "submission": _with_section(sealed, body)}
            for name, body in _spoilt_sections(sealed).items()
        ],
    }


def _spoilt_sections(sealed: Sealed) -> dict[str, bytes]:
    return {
        "not_padded": sealed.section[:-1],
        "version_unknown": bytes([SEALED_VERSION + 1]) + sealed.section[1:],
    }


def _with_section(sealed: Sealed, body: bytes) -> str:
    """The notice with another sealed section, its hash and length as they are."""
    return m.submitted(Sealed(section=body, own=sealed.own, reader=sealed.reader)).decode()


def grants(sealed: Sealed) -> Document:
    """The data key wrapped for the author and for the reader: HPKE, whose opening side is given."""
    names = (KeyName("identity", AGENCY, 1),)
    made = []
    for grantee, wrapped in ((AGENCY, sealed.own), (READER, sealed.reader)):
        info = grant_info(**m.place_of_grant(grantee), names=names)
        made.append(
            {
                "place": m.place_of_grant(grantee),
                "keys": [{"section": "identity", "author": AGENCY, "epoch": 1}],
                "list": list_bytes(names).hex(),
                "info": info.hex(),
                "suite": dict(m.SUITES[grantee])["seal"],
                "private": m.private_key(grantee, "seal").hex(),
                "wrapped": wrapped.hex(),
                "hash": m.sha256(wrapped),
                "plaintext": (list_bytes(names) + m.DATA_KEY).hex(),
            }
        )
    cut = Sealed(section=sealed.section, own=sealed.own[:-1], reader=sealed.reader)
    own, reader = m.notice(sealed).grants
    return {
        "grants": made,
        "refused": [
            {"name": "cut", "code": "grant_body_wrong", "submission": m.submitted(cut).decode()},
            _granted("no_grant_to_itself", "own_grant_missing", sealed, reader),
            _granted("ground_of_another", "grant_ground_wrong", sealed, own, _on(reader, "statistics")),
            _granted("key_of_another", "key_unknown", sealed, own, _for(reader, "0" * 32)),
        ],
    }


def _on(grant: Grant, law: str) -> Grant:
    return Grant(grant.to, grant.kid, grant.keys, grant.hash, law=law)


def _for(grant: Grant, kid: str) -> Grant:
    return Grant(grant.to, kid, grant.keys, grant.hash, law=grant.law)


def _granted(name: str, code: str, sealed: Sealed, *grants: Grant) -> Document:
    """The notice with these grants."""
    line = s.write(m.notice(sealed, grants=grants))
    wrapped = {m.sha256(one): one for one in (sealed.own, sealed.reader)}
    beside = [wrapped[grant.hash] for grant in grants]
    return {
        "name": name,
        "code": code,
        "submission": m.submission(line, bodies=[sealed.section], grants=beside).decode(),
    }


def submissions(sealed: Sealed) -> Document:
    """The whole submission, and what is wrong with others. Over HTTP one a line; over Kafka sealed (message.json)."""
    good = m.submitted(sealed).decode()
    line = s.write(m.activity())
    small = m.submission(line).decode()
    unpadded = small.replace(to_base64(m.signed(line)), to_base64(m.signed(line)).rstrip("="))
    notice = s.write(m.notice(sealed))
    opening = {"prev": "0" * 64, "code": None}
    return {
        "submissions": [{"name": "notice", "submission": good}, {"name": "activity", "submission": small}],
        "refused": [
            {"name": "no_json", "code": "submission_malformed", "submission": small[:-1]},
            {"name": "member_unknown", "code": "submission_malformed", "submission": small[:-1] + ',"note":1}'},
            {"name": "member_twice", "code": "submission_malformed", "submission": small[:-1] + ',"bodies":{}}'},
            {"name": "base64_unpadded", "code": "submission_malformed", "submission": unpadded},
            {
                "name": "body_missing",
                "code": "body_missing",
                "submission": m.submission(notice, grants=[sealed.own, sealed.reader]).decode(),
            },
            {
                "name": "body_of_nothing",
                "code": "body_unexpected",
                "submission": m.submission(line, bodies=[b"more"]).decode(),
            },
            {
                "name": "no_case_code",
                "code": "case_code_missing",
                "submission": m.submitted(sealed, code=None).decode(),
            },
            {
                "name": "case_code_mistyped",
                "code": "case_code_wrong",
                "submission": m.submitted(sealed, code=case_codes()["refused"][0]["written"]).decode(),
            },
            {"name": "case_of_nobody", "code": "case_unknown", "submission": m.submitted(sealed, **opening).decode()},
        ],
    }
