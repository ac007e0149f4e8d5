"""An entry has one form."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.entry import MAX_ENTRY, MAX_RECORDED, Entry, build, leaf_hash, parse
from ledger.errors import EntryMalformedError

RULES = "5f" * 32
KID = "0a" * 16
HEADER = b'{"type":"case.notified","v":1}'
SIGNATURE = bytes(range(64))
ENTRY = build(header=HEADER, signatures=((KID, SIGNATURE),), recorded=1_700_000_000_000_000, rules=RULES)
LINES = ENTRY.splitlines(keepends=True)

headers = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n"), min_size=1).map(str.encode)
kids = st.binary(min_size=16, max_size=16).map(bytes.hex)
signatures = st.lists(
    st.tuples(kids, st.binary(min_size=64, max_size=64)), min_size=1, max_size=4, unique_by=lambda pair: pair[0]
).map(tuple)


@given(headers, signatures, st.integers(0, MAX_RECORDED), st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_what_is_built_parses_to_the_same(
    header: bytes, signatures: tuple[tuple[str, bytes], ...], recorded: int, rules: str
) -> None:
    """Header, signatures, time and rules come back as they went in."""
    entry = build(header=header, signatures=signatures, recorded=recorded, rules=rules)

    assert Entry(header=header, signatures=signatures, recorded=recorded, rules=rules) == parse(entry)


def test_the_written_form() -> None:
    """The layout is that of the specification, byte for byte."""
    expected = (
        b'{"type":"case.notified","v":1}\n'
        b"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a "
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==\n"
        b'{"recorded":1700000000000000,"rules":"' + b"5f" * 32 + b'"}\n'
    )

    assert expected == ENTRY
    assert sha256(b"\x00" + expected).digest() == leaf_hash(ENTRY)


@given(st.binary(max_size=400))
def test_other_bytes_are_malformed_or_the_one_form(data: bytes) -> None:
    """The parser raises its one error, or what it read builds the same bytes again."""
    try:
        parsed = parse(data)
    except EntryMalformedError:
        return
    assert data == build(
        header=parsed.header, signatures=parsed.signatures, recorded=parsed.recorded, rules=parsed.rules
    )


def _with(old: bytes, new: bytes) -> bytes:
    assert ENTRY.count(old) == 1
    return ENTRY.replace(old, new)


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"\n",
        ENTRY[:-1],
        ENTRY + b"\n",
        b"\n" + ENTRY,
        ENTRY + ENTRY,
        ENTRY.replace(b"\n", b"\r\n"),
        _with(b'"v":1}\n', b'"v":1}\r\n'),
        _with(b"case", b"\xff"),
        _with(b'"recorded":1', b'"recorded":01'),
        _with(b'"recorded":1', b'"recorded": 1'),
        _with(b'"recorded":1', b'"recorded":-1'),
        _with(b'"recorded":1700000000000000', b'"recorded":1.7e15'),
        _with(b'"recorded":1700000000000000', b'"recorded":%d' % (MAX_RECORDED + 1)),
        _with(b'"recorded":1700000000000000', '"recorded":١'.encode()),
        _with(b"5f" * 32, b"5F" * 32),
        _with(b"5f" * 32, b"5f" * 31),
        _with(b'"}\n', b'"} \n'),
        _with(b'"}\n', b'","x":1}\n'),
        _with(b"0a" * 16 + b" ", b"0A" * 16 + b" "),
        _with(b"0a" * 16 + b" ", b"0a" * 16 + b"  "),
        _with(b"0a" * 16 + b" ", b"0a" * 16),
        _with(b"Pw==\n", b"Px==\n"),  # unused bits of the last base64 digit
        _with(b"Pw==\n", b"Pw\n"),
        _with(b"Pw==\n", b"Pw== \n"),
        _with(b"Pw==\n", b"P===\n"),
        _with(b"PD0+Pw==\n", b"PD0-Pw==\n"),
        LINES[0] + LINES[2],
        LINES[0] + LINES[1] * 2 + LINES[2],
        b"a" * MAX_ENTRY + ENTRY,
    ],
)
def test_odd_entries_are_malformed(odd: bytes) -> None:
    """No second spelling of an entry is read."""
    with pytest.raises(EntryMalformedError) as caught:
        parse(odd)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "change",
    [
        {"header": b""},
        {"header": b"a\nb"},
        {"header": b"a\rb"},
        {"header": b"\xff"},
        {"header": b"a" * MAX_ENTRY},
        {"signatures": ()},
        {"signatures": ((KID, SIGNATURE), (KID, SIGNATURE))},
        {"signatures": tuple((f"{n:032x}", SIGNATURE) for n in range(17))},
        {"signatures": ((KID.upper(), SIGNATURE),)},
        {"signatures": ((KID + "\n", SIGNATURE),)},
        {"signatures": ((KID, SIGNATURE[:-1]),)},
        {"recorded": -1},
        {"recorded": MAX_RECORDED + 1},
        {"rules": RULES + "\n"},
        {"rules": RULES.upper()},
    ],
)
def test_what_cannot_stand_in_an_entry_is_not_written(change: dict[str, object]) -> None:
    """`build` refuses what `parse` would."""
    good = {"header": HEADER, "signatures": ((KID, SIGNATURE),), "recorded": 1, "rules": RULES}
    with pytest.raises(EntryMalformedError):
        build(**{**good, **change})  # type: ignore[arg-type]


def test_the_longest_entry_fits_a_tile_bundle() -> None:
    """65,535 bytes are read, one more is not."""
    room = MAX_ENTRY - len(ENTRY) + len(HEADER)
    longest = build(header=b"h" * room, signatures=((KID, SIGNATURE),), recorded=1_700_000_000_000_000, rules=RULES)

    assert MAX_ENTRY == len(longest)
    assert room == len(parse(longest).header)
    with pytest.raises(EntryMalformedError):
        parse(b"h" + longest)
