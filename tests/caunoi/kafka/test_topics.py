"""Topics as `contracts/asyncapi.yaml` says, on a real broker; the file and the code say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from secrets import token_hex
from typing import Any

import jsonschema
import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from typer.testing import CliRunner

from caunoi.cli import app
from caunoi.errors import KafkaNoError
from caunoi.kafka import topics
from caunoi.printing import Printer
from domain.wording import catalogue, say
from door.kafka import client
from door.kafka import topics as named
from door.kafka.access import Access
from door.kafka.client import MAX_MESSAGE
from tests.brokers import ADMINISTRATION, need


@pytest.fixture
def administration(kafka: str) -> Iterator[topics.Administration]:
    made = topics.Administration(Access(addresses=(kafka,)))
    yield made
    made.close()


def test_the_file_and_the_code_say_the_same() -> None:
    """Names, partitions, sizes, types of messages."""
    document = topics.document()
    addresses = {name: channel["address"] for name, channel in document["channels"].items()}
    bindings = {name: channel["bindings"]["kafka"] for name, channel in document["channels"].items()}
    made = {"statements": named.statements_of, "receipts": named.receipts_of, "feed": named.feed_of}

    assert {name: address.replace("{node}", "x") for name, address in addresses.items() if name in made} == {
        name: topic("x") for name, topic in made.items()
    }
    assert {bindings[name]["partitions"] for name in made} == {named.PARTITIONS}
    assert bindings["statements"]["topicConfiguration"]["max.message.bytes"] == MAX_MESSAGE
    assert {bindings[name]["topicConfiguration"]["retention.ms"] for name in made} == {7 * 24 * 3600 * 1000}
    assert {tuple(bindings[name]["topicConfiguration"]["cleanup.policy"]) for name in made} == {("delete",)}
    schemas = document["components"]["schemas"]
    types = {schemas[name]["properties"]["ce_type"].get("const") for name in ("submissionHeaders", "entryHeaders")}
    types |= {schemas["headHeaders"]["properties"]["ce_type"]["const"]}
    types |= set(schemas["answerHeaders"]["properties"]["ce_type"]["enum"])
    assert types == {
        named.SUBMISSION,
        named.ENTRY,
        named.HEAD,
        named.RECEIPT,
        named.REFUSAL,
        named.ASIDE,
        named.DAY_KEY,
    }
    assert schemas["submissionHeaders"]["properties"]["content-type"]["const"] == named.SUBMISSION_CONTENT


def test_every_reference_leads_somewhere() -> None:
    """No `$ref` of the file points at nothing, and every schema in it is one."""
    document = topics.document()
    for reference in _references(document):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            yield from [value] if name == "$ref" else _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def test_missing_topics_are_made_once(administration: topics.Administration) -> None:
    """Plan names them, apply makes them, and then nothing differs."""
    wanted = topics.wanted([f"node-{token_hex(4)}"])[:3]
    assert {(one.topic, one.what) for one in administration.differences(wanted)} == {
        (t.name, "missing") for t in wanted
    }
    assert administration.apply(wanted) == []
    assert administration.differences(wanted) == []
    assert administration.apply(wanted) == []


def test_what_somebody_changed_is_put_right(administration: topics.Administration, kafka: str) -> None:
    """A retention cut to a second is named and set again."""
    wanted = topics.wanted([f"node-{token_hex(4)}"])[:1]
    administration.apply(wanted)
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, wanted[0].name, {"retention.ms": "1000"})])
    admin.close()
    for _ in range(100):
        found = [(one.what, one.wanted, one.found) for one in administration.differences(wanted)]
        if found:
            break
    assert found == [("retention.ms", "604800000", "1000")]
    assert administration.apply(wanted) == []


def test_partitions_are_left_to_a_person(administration: topics.Administration) -> None:
    """Other partitions would move cases: named, not made."""
    wanted = topics.wanted([f"node-{token_hex(4)}"])[:1]
    administration.apply(wanted)
    more = [replace(wanted[0], partitions=24)]
    assert [(one.what, one.wanted, one.found) for one in administration.apply(more)] == [("partitions", "24", "12")]


def test_what_a_broker_refuses_is_said_in_words() -> None:
    """Each error that the client calls a refusal has a sentence of its own, and no sentence has the error's name."""
    for error in client._NO:
        code = KafkaNoError(error.__name__).code
        assert code in catalogue()
        assert code != "kafka_refused"
        assert error.__name__ not in say(code, "vi") + say(code, "en")
    assert KafkaNoError("SomethingNewError").code == "kafka_refused"


def test_rights_are_said_in_words() -> None:
    """What a right allows, and of what, is no bare word of Kafka's in Vietnamese."""
    printer = Printer("vi")
    for one in topics.rights(["police-38"]):
        assert {printer.label(one.may, of="right"), printer.label(one.of, of="right")} <= {
            "đọc", "ghi", "chủ đề", "nhóm đọc",
        }  # fmt: skip


def test_the_command_says_so(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`caunoi topics check` ends with 1 until `apply` was run; without a broker with 3; without settings with 2."""
    node = f"node-{token_hex(4)}"
    run = CliRunner()
    nothing = run.invoke(app, ["topics", "check"])
    assert (nothing.exit_code, "CAUNOI_KAFKA, CAUNOI_KAFKA_NODES" in nothing.stderr) == (2, True)
    monkeypatch.setenv("CAUNOI_KAFKA", kafka)
    assert run.invoke(app, ["topics", "check"]).exit_code == 2
    monkeypatch.setenv("CAUNOI_KAFKA_NODES", json.dumps({node: [node]}))
    first = run.invoke(app, ["topics", "check", "--json"])
    assert first.exit_code == 1
    assert f"caunoi.feed.{node}.v1" in {row[0] for row in json.loads(first.stdout)["differences"]}
    assert run.invoke(app, ["topics", "plan"]).exit_code == 0
    assert run.invoke(app, ["topics", "apply"]).exit_code == 0
    second = run.invoke(app, ["topics", "check", "--lang", "en"])
    assert (second.exit_code, second.stdout) == (0, "✓ the topics are as they should be\n")
    need(ADMINISTRATION)
    assert run.invoke(app, ["topics", "acl"]).exit_code == 3  # this broker keeps no rights
