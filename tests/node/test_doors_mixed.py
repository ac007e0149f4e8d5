"""One case over HTTP, Kafka and carried bundles: its order is one, and what came by two doors is there once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
import pytest

from door.kafka import topics
from node import bundles, over_kafka
from node.paper_reading import open_file
from tests.node.kafka_province import KafkaProvince, kafka_province
from tests.node.province import LABOUR, POLICE, WOMEN, Office, case_of, opened
from tests.node.test_bundles import carrier, carry
from tests.node.test_papers import PDF, answered, handed_in, paper, read, shown

__all__ = ["kafka_province"]
STATEMENTS = topics.statements_of(POLICE)
REFUSAL = ("ce_type", topics.REFUSAL.encode())


@pytest.fixture
def ground(kafka_province: KafkaProvince) -> KafkaProvince:
    """Police and labour go over Kafka; the network of the Women's Union lets nothing out."""
    for agency in (POLICE, LABOUR, WOMEN):
        assert kafka_province[agency].queued() == 0
    for agency in (POLICE, LABOUR):
        kafka_province.over_kafka(agency)
    kafka_province[WOMEN].line.cut = True
    for agency in (POLICE, LABOUR):
        kafka_province[agency].node.sync()
        kafka_province[agency].line.asked.clear()
    return kafka_province


def append(office: Office, code: str, text: str) -> None:
    """Write something down."""
    office.officer.append(code, section="account", values={"statement": text})


def submitted(office: Office) -> int:
    """How often statements were sent over HTTP since this was last asked."""
    found = office.line.asked.count("POST /v1/statements")
    office.line.asked.clear()
    return found


def put(ground: KafkaProvince) -> int:
    """How many submissions of the police lie at the broker."""
    return len(ground.hubside.broker.all(STATEMENTS))


def recorded(ground: KafkaProvince, code: str) -> list[tuple[str, str]]:
    """Author and type of each entry of a case, in its order."""
    case = case_of(ground[POLICE], code)
    with psycopg.connect(ground.world.dsn) as connection:
        return connection.execute(
            "SELECT author, type FROM hub.log WHERE originator_id = %s ORDER BY log_index", (UUID(case),)
        ).fetchall()


def texts(office: Office, code: str) -> list[str]:
    """What the police wrote down in a case, in the order of the log."""
    account = office.content(case_of(office, code))["account"][POLICE]
    return [item["values"]["statement"]["value"] for item in account]


def check(ground: KafkaProvince) -> None:
    """Nothing was refused, each own statement has one receipt, and all have the feed and the views they should have."""
    ground.settle()
    for agency in (POLICE, LABOUR, WOMEN):
        office = ground[agency]
        receipts = office.node.store.receipts()
        with psycopg.connect(ground.world.dsn) as connection:
            entries = connection.execute("SELECT log_index FROM hub.log WHERE author = %s", (agency,)).fetchall()
        assert sorted(one["index"] for one in receipts) == sorted(row[0] for row in entries)
        assert office.node.quarantine.list() == []
    with psycopg.connect(ground.world.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM hub.refusals").fetchone() == (0,)


def test_one_case_over_three_doors(ground: KafkaProvince) -> None:
    """Police over Kafka, over HTTP and over Kafka again; the Women's Union by bundles; labour follows over Kafka."""
    police, women, labour = ground[POLICE], ground[WOMEN], ground[LABOUR]
    code = opened(police)
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.refer(code, to=WOMEN, service="psychological", message="nhờ giúp", sections=["identity"])
    append(police, code, "qua Kafka")
    assert submitted(police) == 0
    carry(ground, women)
    women.officer.accept(women.inbox()[0].key)
    assert carry(ground, women).recorded == 2
    police.node.sync()
    police.node.way = None
    append(police, code, "qua HTTP")
    assert submitted(police) == 1
    women.officer.append(code, section="support", values={"given": "tư vấn"})
    assert carry(ground, women).recorded == 1
    ground.over_kafka(POLICE)
    police.node.sync()
    append(police, code, "lại qua Kafka")
    assert submitted(police) == 0
    carry(ground, women)
    assert recorded(ground, code) == [
        (POLICE, "case.notified"),
        (POLICE, "consent.given"),
        (POLICE, "referral.offered"),
        (POLICE, "section.appended"),
        (WOMEN, "referral.delivered"),
        (WOMEN, "referral.accepted"),
        (POLICE, "section.appended"),
        (WOMEN, "section.appended"),
        (POLICE, "section.appended"),
    ]
    assert texts(police, code) == ["qua Kafka", "qua HTTP", "lại qua Kafka"]
    labour.node.sync()
    check(ground)


@pytest.mark.parametrize("first", ["bundle", "kafka"])
def test_what_lies_at_the_broker_and_in_a_bundle(ground: KafkaProvince, first: str) -> None:
    """Whichever is read first, the other is known: one entry, one receipt, and what follows goes on over Kafka."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = police.line.cut = True
    append(police, code, "một")
    append(police, code, "hai")
    packed = bundles.pack(police.node)
    lying = put(ground)
    if first == "kafka":
        ground.hubside.away = police.line.cut = False
        police.node.sync()
        assert police.queued() == 0
    taken = carrier(ground).take(packed)
    assert (taken.new, taken.known) == ((2, 0) if first == "bundle" else (0, 2))
    assert bundles.take(police.node, taken.bundle).recorded == taken.new
    assert police.queued() == 0
    ground.hubside.away = police.line.cut = False
    append(police, code, "ba")
    assert (put(ground), submitted(police)) == (lying + 1, 0)
    assert texts(police, code) == ["một", "hai", "ba"]
    check(ground)


def test_a_bundle_carries_on_what_is_at_the_broker(ground: KafkaProvince) -> None:
    """The broker has the first for days; a bundle brings both, and the answers that come late change nothing."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = police.line.cut = True
    append(police, code, "một")
    ground.hubside.broker.away = True
    append(police, code, "hai")
    assert carry(ground, police).recorded == 2
    ground.hubside.broker.away = ground.hubside.away = police.line.cut = False
    ground.restart(POLICE)
    police.node.sync()
    append(police, code, "ba")
    assert submitted(police) == 0
    assert texts(police, code) == ["một", "hai", "ba"]
    check(ground)


@pytest.mark.parametrize("read_first", [True, False])
def test_from_kafka_to_http_with_messages_unanswered(ground: KafkaProvince, *, read_first: bool) -> None:
    """They go over HTTP as well, with what was said since; the broker's are read before that or long after it."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = police.line.cut = True
    append(police, code, "một")
    append(police, code, "hai")
    assert (police.queued(), put(ground)) == (2, 3)
    police.start()  # with CAUNOI_NODE_OVER=http
    append(police, code, "ba")
    ground.hubside.away = not read_first
    ground.hubside.turn()
    police.line.cut = False
    police.node.sync()
    assert (police.queued(), submitted(police)) == (0, 1)
    ground.hubside.away = False
    ground.hubside.turn()
    append(police, code, "bốn")
    ground.restart(POLICE)
    append(police, code, "năm")
    assert submitted(police) == 1, "the last one over Kafka"
    assert texts(police, code) == ["một", "hai", "ba", "bốn", "năm"]
    check(ground)


def test_papers_go_over_http_before_the_statement_over_kafka(ground: KafkaProvince) -> None:
    """The file first, by its hash; then the statement that names it, over Kafka; whoever may read it reads it."""
    police, labour = ground[POLICE], ground[LABOUR]
    code = opened(police)
    file = handed_in(police, code)
    done = answered(police, code, paper(file))
    assert done.index is not None
    assert [one for one in police.line.asked if "attachments" in one] == [f"PUT /v1/attachments/{file}"]
    assert (submitted(police), put(ground)) == (0, 2)
    labour.node.sync()
    assert shown(labour, code)[0]["state"] == "open"
    assert read(open_file(labour.node, done.statement, 1)) == PDF
    check(ground)


def test_a_paper_that_cannot_be_brought_holds_its_case_alone(ground: KafkaProvince) -> None:
    """Without the hub's line the statement waits here with what follows in its case; another case goes on."""
    police = ground[POLICE]
    code, other = opened(police), opened(police, key="2")
    file = handed_in(police, code)
    police.line.cut = True
    lying = put(ground)
    answered(police, code, paper(file))
    append(police, code, "sau đó")
    append(police, other, "vụ khác")
    assert (police.queued(), put(ground)) == (2, lying + 1)
    police.line.cut = False
    police.node.sync()
    assert (police.queued(), put(ground), submitted(police)) == (0, lying + 3, 0)
    assert texts(police, code) == ["sau đó"]
    check(ground)


# -- a broker that loses what it said it has -----------------------------------------------------------------------


def lying(ground: KafkaProvince) -> dict[object, int]:
    """How much lies in each partition."""
    return {at: len(messages) for at, messages in ground.hubside.broker.lying.items()}


def lose(ground: KafkaProvince, before: dict[object, int]) -> None:
    """The broker has no more of the police's statements than it had before, and has said that it has them."""
    for at, messages in ground.hubside.broker.lying.items():
        if at.topic == STATEMENTS:
            del messages[before.get(at, 0) :]


def test_what_the_broker_lost_goes_over_http(ground: KafkaProvince) -> None:
    """After a time, and once; another case does not wait for it."""
    police = ground[POLICE]
    code, other = opened(police), opened(police, key="2")
    ground.hubside.away, before = True, lying(ground)
    append(police, code, "một")
    lose(ground, before)
    ground.hubside.away = False
    append(police, other, "vụ khác")
    assert (police.queued(), submitted(police)) == (1, 0)
    ground.world.clock += over_kafka.OVERDUE + 1
    police.node.sync()
    assert (police.queued(), submitted(police)) == (0, 1)
    append(police, code, "hai")
    assert submitted(police) == 0
    assert texts(police, code) == ["một", "hai"]
    check(ground)


def change(ground: KafkaProvince, before: dict[object, int]) -> None:
    """What the broker has of the police's that it had not before is not what was sent."""
    for at, messages in ground.hubside.broker.lying.items():
        if at.topic == STATEMENTS:
            for number in range(before.get(at, 0), len(messages)):
                messages[number] = replace(messages[number], value=messages[number].value[:-1] + b"x")


@pytest.mark.parametrize("spoil", [lose, change])
@pytest.mark.parametrize("restart", [True, False])
def test_what_follows_on_what_the_broker_lost_is_not_lost(
    ground: KafkaProvince, spoil: Callable[[KafkaProvince, dict[object, int]], None], *, restart: bool
) -> None:
    """The hub refuses what builds on a statement it never saw: that shows the loss, and both go over HTTP in order."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away, before = True, lying(ground)
    append(police, code, "một")
    spoil(ground, before)
    append(police, code, "hai")
    append(police, code, "ba")
    if restart:
        ground.restart(POLICE)
    ground.hubside.away = False
    police.node.sync()
    assert (police.queued(), police.node.quarantine.list()) == (0, [])
    append(police, code, "bốn")
    assert texts(police, code) == ["một", "hai", "ba", "bốn"]
    ground.settle()
    assert [one for one in recorded(ground, code) if one[1] == "section.appended"] == [(POLICE, "section.appended")] * 4


def test_a_refusal_told_again_changes_nothing(ground: KafkaProvince) -> None:
    """It comes a second time when what was lost is recorded: what was refused for it is sent anew all the same."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away, before = True, lying(ground)
    append(police, code, "một")
    lose(ground, before)
    append(police, code, "hai")
    submit = police.node.hub.submit

    def told_again(submissions: Sequence[bytes]) -> list[dict[str, Any]]:
        answers = submit(submissions)
        for messages in ground.hubside.broker.lying.values():
            messages += [one for one in messages if (REFUSAL in one.headers)]
        return answers

    police.node.hub.submit = told_again  # type: ignore[method-assign]
    ground.hubside.away = False
    police.node.sync()
    assert (police.queued(), police.node.quarantine.list()) == (0, [])
    assert texts(police, code) == ["một", "hai"]


def test_a_refusal_of_the_first_is_one_of_all_that_build_on_it(ground: KafkaProvince) -> None:
    """Nothing was lost there: what builds on a refused statement is refused over Kafka as over HTTP."""
    police = ground[POLICE]
    code = opened(police)
    ground.hubside.away = True
    police.officer.answer_identification(code, outcome="victim", legal_date="2030-01-01")
    append(police, code, "hai")
    ground.hubside.away = False
    police.node.sync()
    assert {one["code"] for one in police.node.quarantine.list()} == {"date_in_future", "prev_unknown"}
    assert (police.queued(), submitted(police)) == (0, 0)
    ground.settle()
