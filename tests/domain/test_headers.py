"""The part of a statement that is never erased: no free text fits in it, and nothing but its own form is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from domain import ids
from domain import statements as s
from domain.errors import RefusedError
from tests.domain.acts import notified, offered, to_labour
from tests.domain.story import LABOUR, Story

PATTERNS = {get_args(getattr(ids, name))[1].pattern for name in ids.__all__}
SHAPES = (*s.STATEMENTS, s.Grant, s.DataKey, s.SealedSection, s.Paper, s.Attached)
VALID = s.write(
    Story().build(notified(to=[LABOUR], shares=[to_labour(until="2027-01-01")], occurred="2026-11-01T08:00Z"))
)
VALUES = {  # a value of each kind of string
    "StatementId": "0" * 32,
    "CaseId": "0" * 32,
    "ReferralId": "0" * 32,
    "Hash": "0" * 64,
    "KeyId": "0" * 32,
    "PublicKey": "A" * 43,
    "AgencyId": "ca-thanh-hoa",
    "PlaceCode": "38",
    "Pseudonym": "0" * 16,
    "CaseCode": "HS-23456-7892F",
    "Code": "support",
    "Day": "2026-11-01",
    "Minute": "2026-11-01T08:00Z",
}


def kinds(type_: inspect.Type, path: str) -> Iterator[tuple[str, inspect.Type]]:
    """Every leaf of a schema with its path."""
    match type_:
        case inspect.UnionType(types=types):
            for member in types:
                yield from kinds(member, path)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            yield from kinds(item, f"{path}[]")
        case inspect.StructType(fields=fields):
            for entry in fields:
                yield from kinds(entry.type, f"{path}.{entry.encode_name}")
        case inspect.Metadata(type=inner):
            yield from kinds(inner, path)
        case _:
            yield path, type_


LEAVES = [leaf for cls in s.STATEMENTS for leaf in kinds(inspect.type_info(cls), str(cls.__struct_config__.tag))]


@pytest.mark.parametrize("cls", s.STATEMENTS, ids=lambda cls: cls.__name__)
def test_no_free_text(cls: type[s.Statement]) -> None:
    """Every field is an id, hash, code or date of `domain.ids`, a literal, an enum, a bounded number or a yes or no."""
    for path, leaf in kinds(inspect.type_info(cls), cls.__name__):
        check_leaf(path, leaf)


def check_leaf(path: str, leaf: inspect.Type) -> None:
    """Fail on what could hold words."""
    match leaf:
        case inspect.StrType(pattern=pattern):
            assert pattern in PATTERNS, f"{path} is a string of no agreed kind"
        case inspect.IntType(ge=low, le=high):
            assert low is not None and high is not None, f"{path} has no bounds"
        case _:
            assert isinstance(leaf, inspect.EnumType | inspect.LiteralType | inspect.BoolType | inspect.NoneType), path


class Note(msgspec.Struct):
    """Holds words, as no header may."""

    text: str


class Wrong(s.CaseStatement, kw_only=True, frozen=True, tag="wrong"):
    """A statement with words in it."""

    notes: tuple[Note, ...] = ()


def test_the_walk_would_notice() -> None:
    """A free string in a schema is found, also deep inside."""
    with pytest.raises(AssertionError, match=r"Wrong.notes\[\].text is a string of no agreed kind"):
        test_no_free_text(Wrong)


def test_all_statements_are_listed() -> None:
    """No statement class is forgotten, and each has its own type, v and docstring with a Vietnamese term or a fact."""
    classes = {cls for cls in vars(s).values() if isinstance(cls, type) and issubclass(cls, s.Statement)}
    assert classes - {s.Statement, s.CaseStatement} == set(s.STATEMENTS)
    assert len(s.BY_TYPE) == len(s.STATEMENTS)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_shapes_are_frozen_and_strict(shape: type[msgspec.Struct]) -> None:
    """What was read is not changed, and unknown fields are refused."""
    assert shape.__struct_config__.frozen
    assert shape.__struct_config__.forbid_unknown_fields


def test_days_are_all_checked() -> None:
    """`check_dates` knows every field that holds a day."""
    day = get_args(ids.Day)[1].pattern
    found = {path.split(".", 2)[-1] for path, leaf in LEAVES if getattr(leaf, "pattern", None) == day}
    assert found == {*s.DAY_FIELDS, "grants[].until", "papers[].date"}


@pytest.mark.parametrize("name", ids.__all__)
def test_patterns_end_where_the_value_ends(name: str) -> None:
    """No trailing newline, space or other line, no digits of other scripts, no capital where there is none."""
    decoder = msgspec.json.Decoder(getattr(ids, name))
    good = VALUES[name]
    assert decoder.decode(json.dumps(good)) == good
    pattern = get_args(getattr(ids, name))[1].pattern
    for tail in ("\n", "\r\n", " ", "\x00", "\n\n", "\u2028", "\x85", "\u0300"):
        for bad in (good + tail, tail + good, good + tail + good):
            with pytest.raises(msgspec.ValidationError):
                decoder.decode(json.dumps(bad))
            assert not re.search(pattern, bad)
    for bad in ("", "\u0661" * len(good), "\uff10" * len(good), "Nguyễn Thị A", good[:-1] + "ạ", "a" * 5000):
        with pytest.raises(msgspec.ValidationError):
            decoder.decode(json.dumps(bad))


def changed(**fields: Any) -> bytes:
    """The valid header with fields replaced; `...` removes one."""
    content = {**json.loads(VALID), **fields}
    return json.dumps({name: value for name, value in content.items() if value is not ...}).encode()


def refusal(line: bytes) -> str:
    """The code a line is refused with."""
    with pytest.raises(RefusedError) as error:
        s.read(line)
    assert error.value.params == {} and error.value.__cause__ is None, "the refusal quotes its input"
    return error.value.code


def test_valid_header_is_read() -> None:
    """The header the tests below damage is good, and every statement type is written and read back the same."""
    assert s.write(s.read(VALID)) == VALID
    assert s.read(b" " + VALID.replace(b",", b" ,\t") + b" ") == s.read(VALID)
    referral = Story().build(offered())
    assert s.read(s.write(referral)) == referral


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b'"case.notified"',
        b"{}",
        VALID[:-1],
        VALID + b"x",
        VALID + VALID,
        VALID + b"\n",
        VALID + b"\r",
        VALID.replace(b'{"type"', b'{\n"type"', 1),
        b"\xef\xbb\xbf" + VALID,
        VALID.decode().encode("utf-16"),
        VALID.decode().encode("utf-16-le"),
        VALID.replace(b"case.notified", b"case.notified\xff"),
        VALID.replace(b"ca-thanh-hoa", b"ca-thanh\xc0\xaf", 1),
        VALID.replace(b"ca-thanh-hoa", b"ca-thanh-hoa\\u0000", 1),
        VALID.replace(b"ca-thanh-hoa", b"ca-thanh-hoa\x00", 1),
        VALID.replace(b"ca-thanh-hoa", b"ca-thanh\\ud800", 1),
        VALID.replace(b'"v":1', b'"v":1.0'),
        VALID.replace(b'"v":1', b'"v":1e0'),
        VALID.replace(b'"v":1', b'"v":true'),
        VALID.replace(b'"v":1', b'"v":"1"'),
        VALID.replace(b'"v":1', b'"v":2'),
        VALID.replace(b'"v":1', b'"v":NaN'),
        VALID.replace(b'"v":1', b'"v":Infinity'),
        VALID.replace(b'"v":1', b'"v":-0'),
        VALID.replace(b'"v":1', b'"v":01'),
        VALID.replace(b'"v":1', b'"v":' + b"9" * 5000),
        VALID.replace(b'"epoch":1', b'"epoch":0'),
        VALID.replace(b'"epoch":1', b'"epoch":-1'),
        VALID.replace(b'"epoch":1', b'"epoch":4294967296'),
        VALID.replace(b'"epoch":1', b'"epoch":1.5'),
        VALID.replace(b'"epoch":1', b'"epoch":18446744073709551617'),
        VALID.replace(b'"length":280', b'"length":99999999999'),
        VALID.replace(b'"v":1', b'"v":1,"v":1'),
        VALID.replace(b'"epoch":1', b'"epoch":1,"epoch":2', 1),
        VALID.replace(b'"type":"case.notified"', b'"type":"section.appended","type":"case.notified"'),
        VALID.replace(b'"v":1', b'"v":1,"\\u0076":1'),
        changed(note="Nguyễn Thị A"),
        changed(by=...),
        changed(case=...),
        changed(prev=...),
        changed(by=None),
        changed(to="ca-thanh-hoa"),
        changed(to=["a-b"] * 33),
        changed(sealed=[{"section": "secret"}]),
        changed(pathway="teleported"),
        changed(status="identified"),
        changed(channel="Ông A đưa sang"),
        changed(id="0" * 31),
        changed(occurred="2026-11-01"),
        changed(occurred="2026-11-01T08:00+07:00"),
        changed(type=1),
        changed(grants=[[[[]]]]),
        changed(papers=[{"kind": "handover", "date": "2024-02-29", "section": "identity", "number": "12/CA"}]),
        changed(papers=[{"kind": "handover", "date": "2024-02-29"}]),
        changed(papers=[{"kind": "handover", "date": "2024-02-29", "section": "identity"}] * 9),
        b"[" * 16000,
        b'{"a":' * 3000,
        b'{"type":"case.notified","x":' + b"[" * 16000,
    ],
    ids=range(61),
)
def test_malformed(line: bytes) -> None:
    """Everything but one JSON object of the agreed form, on one line of UTF-8, is refused alike."""
    assert line != VALID
    assert refusal(line) == "header_malformed"


def test_unknown_type_and_length() -> None:
    """An unknown type has its own answer, and nothing longer than 16 KiB is even parsed."""
    assert refusal(changed(type="case.deleted")) == "type_unknown"
    assert refusal(VALID + b" " * s.MAX_HEADER) == "header_too_long"
    assert refusal(b"\xff" * (s.MAX_HEADER + 1)) == "header_too_long"
    assert s.read(VALID + b" " * (s.MAX_HEADER - len(VALID))) == s.read(VALID)


IMPOSSIBLE = ["2026-02-31", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01", "2025-02-29", "9999-99-99"]


@pytest.mark.parametrize("day", IMPOSSIBLE)
def test_dates_no_calendar_has(day: str) -> None:
    """31/02 and the like, in every field that is a day or a minute, grants' and papers' too."""
    paper = {"kind": "handover", "section": "identity"}
    assert isinstance(s.read(changed(papers=[{**paper, "date": "2024-02-29"}])), s.CaseNotified)
    assert refusal(changed(papers=[{**paper, "date": day}])) == "date_impossible"
    assert refusal(changed(occurred=f"{day}T08:00Z")) == "date_impossible"
    grants = json.loads(VALID)["grants"]
    assert refusal(changed(grants=[{**grants[1], "until": day}])) == "date_impossible"
    for cls in s.STATEMENTS:
        for name in set(s.DAY_FIELDS) & set(cls.__struct_fields__):
            statement = msgspec.convert({**_least(cls), name: day}, cls)
            with pytest.raises(RefusedError) as error:
                s.check_dates(statement)
            assert error.value.code == "date_impossible"


@pytest.mark.parametrize("clock", ["24:00", "08:60", "25:00", "99:99"])
def test_minutes_no_clock_has(clock: str) -> None:
    """24:00 is no minute either, whatever the Python says."""
    assert refusal(changed(occurred=f"2026-11-01T{clock}Z")) == "date_impossible"


def _least(cls: type[s.Statement]) -> dict[str, Any]:
    """The smallest content of a statement type."""
    return {
        "type": cls.__struct_config__.tag,
        **{f.name: _any(f.type) for f in msgspec.structs.fields(cls) if f.required},
    }


def _any(type_: Any) -> Any:
    """Some value of a field's type."""
    match next(kinds(inspect.type_info(type_), "")):
        case (_, inspect.StrType(pattern=pattern)):
            found: Any = next(v for n, v in VALUES.items() if get_args(getattr(ids, n))[1].pattern == pattern)
        case (_, inspect.EnumType(cls=enum)):
            found = next(iter(enum)).value
        case (_, inspect.LiteralType(values=values)):
            found = values[0]
        case (_, leaf):
            found = None if isinstance(leaf, inspect.NoneType) else 1
    return [found] if isinstance(inspect.type_info(type_), inspect.VarTupleType) else found


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(line: bytes) -> None:
    """Whatever comes, it is read or refused; nothing else is raised."""
    with pytest.raises(RefusedError):
        s.read(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*json.loads(VALID), "extra"]), JSON)
def test_any_value_in_any_field(field: str, value: Any) -> None:
    """One field replaced by anything: read as it stands, or refused."""
    line = json.dumps({**json.loads(VALID), field: value}).encode()
    try:
        statement = s.read(line)
    except RefusedError:
        return
    assert field != "extra"
    assert json.loads(s.write(statement)).get(field, value) == value


@settings(max_examples=500, deadline=None)
@given(st.integers(0, len(VALID) - 1), st.binary(min_size=0, max_size=4), st.integers(0, 4))
def test_damaged_bytes(at: int, piece: bytes, cut: int) -> None:
    """Bytes cut out and put in: read or refused, and what is read is of the agreed form."""
    line = VALID[:at] + piece + VALID[at + cut :]
    try:
        statement = s.read(line)
    except RefusedError:
        return
    assert s.read(s.write(statement)) == statement


def test_wrong_fact_is_refused() -> None:
    """What an officer's program fills in wrongly is refused by code, not by a type error."""
    assert s.read_facts(s.CaseNotified, {"pathway": "rescued"}) == {"pathway": s.Pathway.RESCUED}
    for facts in ({"corrects": "x"}, {"nothing": 1}):
        with pytest.raises(RefusedError) as error:
            s.read_facts(s.StatementCorrected, facts)
        assert error.value.code == "fact_wrong"
