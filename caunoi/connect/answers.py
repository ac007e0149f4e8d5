"""Known answers of what the hub says: the key of a day, receipts and refusals, feed and heads; and a token for HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from caunoi.connect import made_up as m
from caunoi.connect.made_up import AGENCY, HUB, Sealed
from domain import statements as s
from door.kafka import heads, topics
from door.kafka.day_key import DayKey
from door.kafka.day_key import signed_bytes as key_bytes
from hub import documents as d
from ledger import entry as entries
from ledger import receipt as receipts
from sealing.encoding import ctx, to_base64, to_base64url, uint64
from sealing.tokens import LIFETIME, Kind, issue

Document = dict[str, Any]


def _by_hub(signed: bytes) -> str:
    return to_base64(m.store(HUB).sign(m.kid(HUB, "sign"), signed))


def _document(answer: object) -> Document:
    made: Document = msgspec.to_builtins(answer)
    return made


def day_keys() -> Document:
    """The key of a day, as the first partition of the receipts topic has it."""
    key = DayKey(
        kid=m.kid(HUB, "seal"),
        public=to_base64url(m.public(HUB, "seal")),
        suite="mlkem768x25519",
        day="2026-11-23",
        until="2026-11-30",
        sig="",
    )
    good = replace(key, sig=_by_hub(key_bytes(key)))
    other = replace(good, until="2026-12-31")
    foreign = replace(key, sig=to_base64(m.store(AGENCY).sign(m.kid(AGENCY, "sign"), key_bytes(key))))
    return {
        "hub": to_base64url(m.public(HUB, "sign")),
        "signed": key_bytes(key).hex(),
        "day_keys": [
            {"name": "good", "holds": True, "day_key": _document(good)},
            {"name": "until_changed", "holds": False, "day_key": _document(other)},
            {"name": "signed_by_another", "holds": False, "day_key": _document(foreign)},
        ],
    }


def answers() -> Document:
    """A receipt, a refusal, a message set aside, each as the receipts topic has it; the receipt is in its one form."""
    line = s.write(m.activity())
    leaf = entries.leaf_hash(_entry(line)).hex()
    good = receipts.issue(
        statement=m.hash_of(line), index=7, leaf=leaf, recorded=m.RECORDED, kid=m.kid(HUB, "sign"),
        sign=lambda data: m.store(HUB).sign(m.kid(HUB, "sign"), data),
    )  # fmt: skip
    text = receipts.write(good).decode()
    about: Document = {"statement_id": m.ACTIVITY, "recorded": m.RECORDED, "kid": m.kid(HUB, "sign")}
    fields = (m.ACTIVITY.encode(), m.hash_of(line).encode(), b"occurred_in_future", uint64(m.RECORDED))
    refusal = d.RefusalLine(
        **about, number=1, statement=m.hash_of(line), code="occurred_in_future",
        sig=_by_hub(ctx("caunoi/1/refusal", *fields)),
    )  # fmt: skip
    told = (m.ACTIVITY.encode(), b"kafka_key_expired", uint64(m.RECORDED))
    aside = d.AsideTold(**about, code="kafka_key_expired", sig=_by_hub(ctx("caunoi/1/aside", *told)))
    signed = receipts.payload(statement=good.statement, index=7, leaf=leaf, recorded=m.RECORDED)
    return {
        "hub": to_base64url(m.public(HUB, "sign")),
        "statement": m.ACTIVITY,
        "hash": m.hash_of(line),
        "receipt_signed": signed.hex(),
        "refusal_signed": ctx("caunoi/1/refusal", *fields).hex(),
        "aside_signed": ctx("caunoi/1/aside", *told).hex(),
        "answers": [
            {"name": name, "holds": holds, "type": kind, "value": value}
            for name, holds, kind, value in (
                ("receipt", True, topics.RECEIPT, text),
                ("index_changed", False, topics.RECEIPT, text.replace('"index":7', '"index":8')),
                ("of_another_statement", False, topics.RECEIPT, text.replace(m.hash_of(line), "0" * 64)),
                ("refusal", True, topics.REFUSAL, _text(refusal)),
                ("other_code", False, topics.REFUSAL, _text(replace(refusal, code="key_unknown"))),
                ("aside", True, topics.ASIDE, _text(aside)),
                ("aside_other_code", False, topics.ASIDE, _text(replace(aside, code="kafka_tombstone"))),
            )
        ],
    }


def _text(answer: object) -> str:
    return msgspec.json.encode(answer).decode()


def _entry(line: bytes) -> bytes:
    signatures = ((m.kid(AGENCY, "sign"), m.signed(line)),)
    return entries.build(header=line, signatures=signatures, recorded=m.RECORDED, rules=m.sha256(b"no rules"))


def feed(sealed: Sealed) -> Document:
    """Two entries of a feed, verbatim, the chains of their partitions and the head that signs these."""
    counts, chains = [0] * topics.PARTITIONS, [heads.START] * topics.PARTITIONS
    told = []
    for number, line in enumerate((s.write(m.notice(sealed)), s.write(m.activity())), start=1):
        key = m.CASE if number == 1 else AGENCY
        at, entry = topics.place(topics.feed_of(AGENCY), key).number, _entry(line)
        counts[at] += 1
        chains[at] = heads.chained(chains[at], number=number, index=6 + number, entry=entry)
        told.append(
            {
                "partition": at, "number": number, "index": 6 + number, "part": counts[at], "key": key,
                "entry": entry.decode(), "leaf": entries.leaf_hash(entry).hex(), "chain": chains[at].hex(),
            }
        )  # fmt: skip
    parts = tuple(heads.Part(count, chain.hex()) for count, chain in zip(counts, chains, strict=True))
    head = heads.FeedHead(agency=AGENCY, number=2, parts=parts, kid=m.kid(HUB, "sign"), sig="")
    good = replace(head, sig=_by_hub(heads.signed_bytes(head)))
    return {
        "hub": to_base64url(m.public(HUB, "sign")),
        "start": heads.START.hex(),
        "entries": told,
        "head_signed": heads.signed_bytes(head).hex(),
        "heads": [
            {"name": "good", "holds": True, "head": _document(good)},
            {"name": "one_fewer", "holds": False, "head": _document(replace(good, number=1))},
        ],
    }


def tokens() -> Document:
    """A token for the hub's door (HTTP): a JWT, alg Ed25519, at most five minutes long."""
    now, token_id = m.RECORDED // 1_000_000, "63" * 16
    made = issue(
        kind=Kind.AGENCY, agency=AGENCY, kid=m.kid(AGENCY, "sign"), audience="caunoi-hub", now=now,
        signer=m.store(AGENCY), token_id=token_id,
    )  # fmt: skip
    header, payload, _ = made.split(".")
    return {
        "agency": AGENCY, "audience": "caunoi-hub", "kid": m.kid(AGENCY, "sign"), "now": now, "token_id": token_id,
        "lifetime": LIFETIME[Kind.AGENCY], "header_base64url": header, "payload_base64url": payload, "token": made,
    }  # fmt: skip
