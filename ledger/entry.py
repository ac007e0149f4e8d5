"""The bytes of one log entry, and their only reader.

Layout, every line ended by one newline::

    <header line: the statement's bytes as they were signed>
    <kid: 32 hex> <Ed25519 signature: standard base64, padded>      once for each signature
    {"recorded":<microseconds>,"rules":"<64 hex>"}                  the hub's own line

What parses is built again and compared, so one entry has one form and any other byte string is malformed. The
header's JSON is not looked into here: the ledger knows no statement.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from ledger.errors import EntryMalformedError
from ledger.tree import leaf_hash

__all__ = ["MAX_ENTRY", "MAX_SIGNATURES", "Entry", "build", "leaf_hash", "parse"]

MAX_ENTRY = 65_535  # bytes; the length of an entry in a C2SP tile bundle is a uint16
MAX_SIGNATURES = 16
MAX_RECORDED = 2**63 - 1  # a bigint of PostgreSQL

_KID = re.compile(r"[0-9a-f]{32}")
_RULES = re.compile(r"[0-9a-f]{64}")
_HUB_LINE = re.compile(rb'\{"recorded":([0-9]{1,19}),"rules":"([0-9a-f]{64})"\}')
_SIGNATURE = 64  # bytes of an Ed25519 signature, RFC 8032 §5.1.6


@dataclass(frozen=True, slots=True)
class Entry:
    """One parsed entry.

    `signatures` are pairs of key id (32 hex) and signature (64 bytes) in their written order; `recorded` is in
    microseconds since 1970 UTC; `rules` is the SHA-256 of the rule set in hex.
    """

    header: bytes
    signatures: tuple[tuple[str, bytes], ...]
    recorded: int
    rules: str


def build(*, header: bytes, signatures: tuple[tuple[str, bytes], ...], recorded: int, rules: str) -> bytes:
    """Write one entry.

    Raises:
        EntryMalformedError: A part cannot stand in an entry.
    """
    _check_header(header)
    _check_signatures(signatures)
    if not 0 <= recorded <= MAX_RECORDED:
        raise EntryMalformedError("recorded time is out of range")
    if not _RULES.fullmatch(rules):
        raise EntryMalformedError("rules are not a SHA-256 in hex")
    lines = [header, *(kid.encode() + b" " + b64encode(signature) for kid, signature in signatures)]
    lines.append(b'{"recorded":%d,"rules":"%s"}' % (recorded, rules.encode()))
    entry = b"\n".join(lines) + b"\n"
    if len(entry) > MAX_ENTRY:
        raise EntryMalformedError("entry is too long")
    return entry


def parse(entry: bytes) -> Entry:
    """Read one entry, strictly: only what `build` writes.

    Raises:
        EntryMalformedError: The bytes are anything else. The message never quotes them.
    """
    if len(entry) > MAX_ENTRY:
        raise EntryMalformedError("entry is too long")
    lines = entry.split(b"\n")
    if len(lines) < 4 or lines[-1]:
        raise EntryMalformedError("entry is not header, signatures and hub line, each ended by one newline")
    header, *signature_lines, hub_line, _ = lines
    hub = _HUB_LINE.fullmatch(hub_line)
    if hub is None:
        raise EntryMalformedError("hub line is malformed")
    parsed = Entry(
        header=header,
        signatures=tuple(map(_signature, signature_lines)),
        recorded=int(hub[1]),
        rules=hub[2].decode(),
    )
    # Padding bits of base64 and leading zeros parse, but are not what `build` writes.
    built = build(header=parsed.header, signatures=parsed.signatures, recorded=parsed.recorded, rules=parsed.rules)
    if built != entry:
        raise EntryMalformedError("entry is not in its one form")
    return parsed


def _signature(line: bytes) -> tuple[str, bytes]:
    kid, space, text = line.partition(b" ")
    if not space:
        raise EntryMalformedError("signature line is malformed")
    try:
        return kid.decode("ascii"), b64decode(text, validate=True)
    except (UnicodeDecodeError, binascii.Error):
        # The cause may quote the line, so it must not travel on.
        raise EntryMalformedError("signature line is malformed") from None


def _check_header(header: bytes) -> None:
    if not header or b"\n" in header or b"\r" in header:
        raise EntryMalformedError("header is not one line")
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        raise EntryMalformedError("header is not UTF-8") from None


def _check_signatures(signatures: tuple[tuple[str, bytes], ...]) -> None:
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise EntryMalformedError("entry has no signature or too many")
    for kid, signature in signatures:
        if not _KID.fullmatch(kid) or len(signature) != _SIGNATURE:
            raise EntryMalformedError("signature line is malformed")
    if len({kid for kid, _ in signatures}) != len(signatures):
        raise EntryMalformedError("one key signs twice")
