"""CloudEvents of programs: strict, of one version, each answered by itself, never quoted."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import Draft, Item, Note, Returned
from adapters.generic import ADAPTERS
from adapters.generic.events import MAX_EVENTS, schema
from adapters.generic.fields import FIELDS
from adapters.generic.templates import template
from caunoi.contracts import text_of
from domain.errors import RefusedError
from tests.adapters import generic_records as made
from tests.adapters.generic_templates import one, said
from tests.tree import ROOT

TODAY = date(2026, 11, 22)
PERSON, _, EVENTS = ADAPTERS
NOBODY = "Lò Thị Giả Định Không Ai"
VALIDATOR = jsonschema.Draft202012Validator(schema())


def read(to: Path, document: object) -> list[Item]:
    """The items of a file with this document."""
    file = to / "a.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document, ensure_ascii=False), "utf-8")
    return list(EVENTS.read(file, today=TODAY))


def reason(to: Path, event: dict[str, Any]) -> tuple[str, str | None]:
    """Why one event is returned, and its field."""
    (item,) = [item for item in read(to, event) if not isinstance(item, Note)]
    assert isinstance(item, Returned), item
    assert NOBODY not in repr(item)
    return item.reason, item.where.column


def test_the_schema_is_the_one_committed() -> None:
    """`python -m caunoi.contracts` writes it; it names every field and nothing else of the data."""
    assert (ROOT / "contracts" / "generic.schema.json").read_text("utf-8") == text_of(schema())
    VALIDATOR.check_schema(schema())
    record = schema()["$defs"]["Record"]
    assert list(record["properties"]) == [field.key for field in FIELDS]
    assert (record["additionalProperties"], record["required"]) == (False, ["number", "reported_on"])


def test_the_example_fits_the_schema_and_is_taken() -> None:
    """A batch, and each of its events alone; a second file of a program opens nothing anew."""
    document = json.loads((ROOT / "examples" / "generic" / "su-kien.json").read_text("utf-8"))
    VALIDATOR.validate(document)
    VALIDATOR.validate(document[0])
    items = list(EVENTS.read(ROOT / "examples" / "generic" / "su-kien.json", today=TODAY))
    assert [item.record_key[1] for item in items if isinstance(item, Draft)] == ["ca-2026-0007", "ca-2026-0008"]
    assert [act.type for item in items if isinstance(item, Draft) for act in item.acts] == [
        "case.notified", "case.notified", "support.recorded",
    ]  # fmt: skip


def test_an_event_says_what_the_template_says(tmp_path: Path) -> None:
    """The same fields, by codes and ISO days: the same acts."""
    file = tmp_path / "a.xlsx"
    file.write_bytes(template("person", filled=[{**made.ONE, "number": "5/2026"}]))
    upright = one([item for item in PERSON.read(file, today=TODAY) if not isinstance(item, Note)])
    codes: dict[str, Any] = {
        "pathway": "self_reported", "status": "in_identification", "channel": "labour_export", "sex": "f",
        "received": "in_person", "purpose": "forced_labour", "issuer": "committee_commune",
        "paper_kind": "cccd", "regime": "essential_needs", "amount": 500_000,
        "reported_on": "2026-11-05", "support_on": "2026-11-05",
    }  # fmt: skip
    event = made.event(**{**made.ONE, "number": "5/2026", **codes})
    VALIDATOR.validate(event)
    assert said(one(read(tmp_path, event))) == said(upright)


def test_ids_are_the_programs_own(tmp_path: Path) -> None:
    """A record is its source and its id, letter for letter; the event's id says nothing."""
    first, second = made.notice("a01"), made.notice("a1")
    keys = [item.record_key for item in read(tmp_path, [first, second]) if isinstance(item, Draft)]
    assert keys == [(first["source"], "a01"), (first["source"], "a1")]
    again = one(read(tmp_path, {**first, "id": "another"}))
    assert again.record_key == keys[0]
    other = made.notice("a01", birth="2001")
    twice = [item for item in read(tmp_path, [first, {**other, "id": "another"}]) if isinstance(item, Returned)]
    assert [item.reason for item in twice] == ["row_repeated"] * 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"specversion": "0.3"}, ("row_field_wrong", "specversion")),
        ({"id": ""}, ("row_field_wrong", "id")),
        ({"source": 7}, ("row_field_wrong", "source")),
        ({"type": "vn.caunoi.record.v2"}, ("row_event_version", "type")),
        ({"type": NOBODY}, ("row_field_wrong", "type")),
        ({"dataschema": "urn:caunoi:schema:generic:2"}, ("row_field_wrong", "dataschema")),
        ({"datacontenttype": "text/xml"}, ("row_field_wrong", "datacontenttype")),
        ({"time": "2026-11-12 08:30"}, ("row_field_wrong", "time")),
        ({"data": NOBODY}, ("row_field_wrong", "data")),
        ({"data": None}, ("row_field_wrong", "data")),
    ],
)
def test_an_envelope_that_is_none_is_named(change: dict[str, Any], expected: tuple[str, str], tmp_path: Path) -> None:
    """An attribute that is not as CloudEvents or this form has it; the schema refuses it as well."""
    event = {**made.notice(), **change}
    assert reason(tmp_path, event) == expected
    assert not VALIDATOR.is_valid(event) or "time" in change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sex": "nữ giới"}, ("row_field_wrong", "sex")),
        ({"pathway": NOBODY}, ("row_field_wrong", "pathway")),
        ({"reported_on": "12/11/2026"}, ("row_field_wrong", "reported_on")),
        ({"amount": "500000", "regime": "medical"}, ("row_field_wrong", "amount")),
        ({"amount": -1, "regime": "medical"}, ("row_field_wrong", "amount")),
        ({"full_name": {"ho": NOBODY}}, ("row_field_wrong", "full_name")),
        ({"full_name": True}, ("row_field_wrong", "full_name")),
        ({"number": None}, ("value_missing", "number")),
        ({"full_name": None}, ("value_missing", "full_name")),
        ({"full_name": "A\ud800B"}, ("value_control_character", "full_name")),
        ({"birth": "31/02/2003"}, ("value_date_impossible", "birth")),
        ({"consent": "yes"}, ("row_field_unknown", None)),
    ],
)
def test_a_field_that_is_wrong_is_named(
    change: dict[str, Any], expected: tuple[str, str | None], tmp_path: Path
) -> None:
    """The others of the batch are taken."""
    file = tmp_path / "a.json"
    batch = [made.notice("1"), {**made.notice("2"), "data": {**made.notice("2")["data"], **change}}]
    file.write_text(json.dumps(batch), "utf-8")
    items = list(EVENTS.read(file, today=TODAY))
    assert isinstance(items[0], Draft)
    assert isinstance(items[1], Returned)
    assert (items[1].reason, items[1].where.column) == expected
    assert all(text.encode() is not None for pair in items[1].content.items() for text in pair)


def test_an_unknown_field_is_named_only_where_its_name_is_ours(tmp_path: Path) -> None:
    """A field may be called after somebody."""
    for name, told in (("consent", "consent"), ("place", "place"), ("lo_thi_gia", "#5"), ("Lò Thị Giả", "#5")):
        (item,) = read(tmp_path, made.notice(**{name: "x"}))
        assert isinstance(item, Returned)
        assert item.params == {"field": told}


def test_extension_attributes_are_counted(tmp_path: Path) -> None:
    """CloudEvents allows them; they are passed over."""
    items = read(tmp_path, {**made.notice(), "traceparent": "00-…", "partitionkey": "1"})
    assert [(item.reason, item.params) for item in items if isinstance(item, Note)] == [
        ("note_fields_not_read", {"count": 2})
    ]
    assert any(isinstance(item, Draft) for item in items)


@pytest.mark.parametrize(
    "data", [{"DoMat": "Mật"}, {"note": "TỐI MẬT"}, {"note": "Tuyệt mật"}, {"secrecy": "A"}, {"note": ["(Mật)"]}]
)
def test_a_secret_event_leaves_nothing(data: dict[str, Any], tmp_path: Path) -> None:
    """Only that it came; the others are taken. A marked file that cannot be read is refused as marked."""
    items = read(tmp_path, [made.notice("1"), made.notice("2", **data, full_name=NOBODY)])
    assert isinstance(items[0], Draft)
    marked = items[1]
    assert isinstance(marked, Returned)
    assert (marked.reason, marked.content, marked.record_key) == ("row_secret_marked", {}, None)
    for ascii_ in (True, False):
        with pytest.raises(RefusedError, match="file_secret_marked"):
            read(tmp_path, json.dumps(made.notice("2", **data), ensure_ascii=ascii_)[:-3])


def test_no_level_of_secrecy_is_no_mark(tmp_path: Path) -> None:
    """A field for it that says there is none is an unknown field like others."""
    assert reason(tmp_path, made.notice(DoMat="không")) == ("row_field_unknown", None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "file_form_unknown"),
        ('"x"', "file_form_unknown"),
        ('{"a": 1}', "file_form_unknown"),
        ("[[{}]]", "file_form_unknown"),
        ('{"specversion": "1.0", "specversion": "1.0"}', "file_repeated_field"),
        ('{"specversion": NaN}', "file_not_json"),
        ("[" * 100_000, "file_not_json"),
        ('{"specversion": "1.0", "id": ' + "9" * 5000 + "}", "file_not_json"),
    ],
)
def test_what_is_no_event_is_refused(text: str, code: str, tmp_path: Path) -> None:
    """As a whole, by its code."""
    with pytest.raises(RefusedError, match=code):
        read(tmp_path, text)


def test_a_batch_has_an_end(tmp_path: Path) -> None:
    """More events than a file may have."""
    with pytest.raises(RefusedError, match="file_too_large"):
        read(tmp_path, [{"specversion": "1.0"}] * (MAX_EVENTS + 1))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.dictionaries(
        st.sampled_from([*(field.key for field in FIELDS), "x"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3),
    )
)
def test_any_data_is_taken_or_returned(data: dict[str, Any], tmp_path: Path) -> None:
    """Nothing else comes out, whatever a program sends; what the schema refuses is never taken."""
    event = {**made.notice(), "data": data}
    try:
        items = [item for item in read(tmp_path, json.dumps(event)) if not isinstance(item, Note)]
    except RefusedError as error:
        assert error.code.startswith("file_")
        return
    (item,) = items
    assert isinstance(item, Draft | Returned)
    assert isinstance(item, Returned) or VALIDATOR.is_valid(
        {**event, "data": {k: v for k, v in data.items() if v is not None}}
    )
