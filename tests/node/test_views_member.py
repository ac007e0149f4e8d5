"""Members that share an agency's views: whatever is delivered, stopped or believed, the views are those of one."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from domain import statements as s
from door.kafka import topics
from door.kafka.port import Incoming, Partition
from hub import head as hub_head
from node import views_member
from node.errors import HubAnswerError, HubUnavailableError
from node.following import feed_item
from node.generations import Generations
from node.hub_client import FeedLine
from node.member_tables import MemberTables
from node.views_member import AGENCY_STREAMS, ViewsMember, places
from projections.errors import RowsMovedError
from projections.postgres import MEMBERS
from tests.hub.log_fixtures import hub_dsn
from tests.node.members import DAYS, NODE, PARTITIONS, Group, group
from tests.world import WOMEN, open_case

__all__ = ["group", "hub_dsn"]


def test_two_members_keep_what_one_would(group: Group) -> None:
    """Each has partitions of its own, and nobody asks the hub for entries."""
    first, second = group.member(1), group.member(2, place=1)
    group.settle(first, second)
    assert group.dumped() == group.expected()
    assert len(first.taken) + len(second.taken) == PARTITIONS
    assert min(len(first.taken), len(second.taken)) > 0
    assert (first.alarm, second.alarm) == (None, None)


def told_to(group: Group, *, kind: str = topics.ENTRY) -> list[tuple[Partition, int]]:
    """Where entries or heads for the agency lie, in order."""
    found = group.broker.all(topics.feed_of(NODE))
    mine = [one for one in found if one.header("ce_subject") == group.agency.encode()]
    return [(one.at, one.position) for one in mine if one.header("ce_type") == kind.encode()]


@pytest.mark.parametrize("what", ["left out", "changed", "another number", "heads left out", "nothing left", "garbage"])
def test_what_the_broker_does_not_give_comes_from_the_hub(group: Group, what: str) -> None:
    """Nothing that is not as it was signed is folded; it is fetched, and all goes on over Kafka."""
    entries, heads = told_to(group), told_to(group, kind=topics.HEAD)
    at, position = entries[len(entries) // 2]
    lying = group.broker.lying[at]
    match what:
        case "left out":
            del lying[position]
        case "changed":
            lying[position] = replace(lying[position], value=lying[position].value + b" ")
        case "another number":
            headers = [(name, b"99" if name == "caunoi_index" else text) for name, text in lying[position].headers]
            lying[position] = replace(lying[position], headers=tuple(headers))
        case "heads left out":
            for where, place in reversed(heads):
                del group.broker.lying[where][place]
        case "nothing left":
            for messages in group.broker.lying.values():
                messages.clear()
        case "garbage":
            for where, place in heads:
                group.broker.lying[where][place] = replace(group.broker.lying[where][place], value=b"[" * 5000)
    member = group.member()
    group.settle(member)
    assert group.dumped() == group.expected()
    assert group.hub.asked > 0
    assert (member.alarm is not None) == (what in {"changed", "another number", "garbage"})
    group.hub.asked = 0
    open_case(group.world)
    group.relay()
    group.settle(member)
    assert (group.dumped(), group.hub.asked) == (group.expected(), 0)


def test_nobody_is_asked_while_kafka_has_all(group: Group) -> None:
    """And a member that comes back reads on where the effects end."""
    member = group.member()
    member.member.in_order = True  # type: ignore[attr-defined]
    assert member.turn(wait=0) > 0
    assert group.hub.asked == 0
    assert group.dumped() == group.expected()
    member.member.close()
    again = group.member(place=1)
    again.member.in_order = True  # type: ignore[attr-defined]
    assert again.turn(wait=0) < 10
    assert group.dumped() == group.expected()


def test_a_hub_that_is_not_what_it_signed_is_not_believed(group: Group) -> None:
    """Something got lost over Kafka, and what the hub gives instead is not what its head says: it is said."""
    at, position = told_to(group)[3]
    lost = int(dict(group.broker.lying[at].pop(position).headers)["caunoi_number"])
    feed, honest = group.hub, group.hub.feed
    for change in (
        lambda line: FeedLine(line.number, line.index + 1_000, line.entry),
        lambda line: FeedLine(line.number, line.index, b""),
    ):
        group.forget()
        feed.feed = lambda after, *, limit, change=change: [  # type: ignore[method-assign,misc]
            change(line) if line.number == lost else line for line in honest(after, limit=limit)
        ]
        member = group.member()
        with pytest.raises(HubAnswerError):
            group.settle(member)
    for shorter in (lambda after, *, limit: [], lambda after, *, limit: honest(after + 1, limit=limit)):
        group.forget()
        feed.feed = shorter  # type: ignore[method-assign]
        member = group.member()
        with pytest.raises(HubAnswerError):
            group.settle(member)
    feed.feed = honest  # type: ignore[method-assign]
    group.settle(member)
    assert group.dumped() == group.expected()


def test_what_no_head_covers_yet_holds_up_nothing_before_it(group: Group) -> None:
    """An entry came whose head did not: those before it are kept and folded, and it waits."""
    member, tables = group.member(), MemberTables(group.connections[0])
    at, position = told_to(group)[0]
    head = max(place for where, place in told_to(group, kind=topics.HEAD) if where == at)
    lying, covered = group.broker.lying[at], len([one for one in told_to(group) if one[0] == at])
    headers = [
        (name, b"%d" % (covered + 1) if name == "caunoi_part" else text) for name, text in lying[position].headers
    ]
    del lying[head + 1 :]
    lying.append(replace(lying[position], headers=tuple(headers)))
    member.member.in_order = True  # type: ignore[attr-defined]
    member.turn(wait=0)
    assert tables.parts()[at.number].count == covered
    assert [place for place, _ in member.taken[at.number].entries] == [covered + 1]


def test_entries_of_no_bytes_take_no_end_of_memory(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has the broker puts empty ones without end: they are dropped, and the hub is asked."""
    monkeypatch.setattr(views_member, "LARGEST", 64 * 1024)
    member = group.member()
    at, position = told_to(group)[0]
    member.member.join(topics.feed_of(NODE), given=member._given)
    member._given([at])
    empty = [(name, b"7" if name == "caunoi_part" else text) for name, text in group.broker.lying[at][position].headers]
    one = Incoming(at=at, position=position, key=None, value=None, headers=tuple(empty))
    for _ in range(1_000):
        member._take(one, member.taken[at.number])
    taken = member.taken[at.number]
    assert (len(taken.entries) < 300, taken.lost) == (True, True)
    taken.drop(6)
    assert taken.size > 100 * len(taken.entries) > 0


def test_one_back_from_the_dead_writes_nothing_over(group: Group) -> None:
    """It had made its rows of an earlier day when another had folded on: its transaction finds the count moved."""
    dead = group.member(1)
    group.settle(dead)
    dead.member.close()
    rows = {number: one.rows for number, one in dead._projectors.items()}
    living = group.member(2, place=1)
    living.today = lambda: "2026-11-30"
    open_case(group.world)
    group.relay()
    group.settle(living)
    expected = group.dumped()
    for number, one in rows.items():
        with pytest.raises(RowsMovedError):
            one.write([], position=dead._projectors[number].number, day="2026-11-07")
    for projector in dead._projectors.values():
        with pytest.raises(RowsMovedError):
            projector.turn("2026-11-29")
    dead._to_fold = set(dead.taken)
    for _ in range(3):
        dead.turn(wait=0)
    assert group.dumped() == expected
    assert {
        day
        for _, day in Generations(group.connections[0], keeper=MEMBERS)
        .reached(Generations(group.connections[0], keeper=MEMBERS).current())
        .values()
    } == {"2026-11-30"}


def test_where_an_entry_lies_is_where_the_relay_puts_it(group: Group) -> None:
    """Members and relay must agree, or what is fetched is counted in the wrong partition."""
    lying: dict[int, set[int]] = {}
    for at, position in told_to(group):
        number = int(group.broker.lying[at][position].headers[-3][1])
        lying.setdefault(number, set()).add(at.number)
    lines = group.hub.feed(0, limit=1000)
    assert len(lines) == len(lying) > 20
    for line in lines:
        assert set(places(feed_item(line).statement, node=NODE, partitions=PARTITIONS)) == lying[line.number]
    assert {1, PARTITIONS} == {len(one) for one in lying.values()}
    activity = s.ActivityRecorded
    assert AGENCY_STREAMS == hub_head.AGENCY_STREAMS
    assert any(isinstance(feed_item(line).statement, activity) for line in women_feed(group))


def women_feed(group: Group) -> list[FeedLine]:
    """The feed that has an entry of an agency's own."""
    return [FeedLine(one.number, one.index, one.entry) for one in group.world.application.reader.feed(WOMEN, 0)]


# -- any order ---------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


def deliver(group: Group, seed: int) -> None:
    """One order: duplicates, any interleaving of partitions, replays from 0; members come, die, and come back."""
    chance, today = random.Random(seed), DAYS[0]
    living: list[ViewsMember] = []
    for step in range(chance.randrange(3, 10)):
        if not living or (len(living) < 3 and chance.random() < 0.3):
            name = chance.choice(("views", "views", "views", "by mistake"))
            living.append(group.member(seed * 100 + step, group=name, place=len(living)))
        one = chance.choice(living)
        today = max(today, chance.choice(DAYS))
        one.today = lambda day=today: day  # type: ignore[misc]
        group.hub.away = chance.random() < 0.2
        with suppress(Killed, HubUnavailableError):
            one.turn(wait=0)
        match chance.randrange(12):
            case 0 | 1:  # the group goes on without it, and knows nothing of it
                one.member.close()
                living.remove(one)
            case 2:  # the group goes on without it; it does not know so and goes on as well
                one.member.close()
            case 3:  # killed in the middle of something
                kill(group, one, chance)
                living = [other for other in living if other is not one]
    group.hub.away = False
    for one in living:
        one.today = lambda: DAYS[-1]
    last = group.member(seed * 100 + 99, place=2)
    group.settle(last, *living)


def kill(group: Group, one: ViewsMember, chance: random.Random) -> None:
    """End it before one of its next writings, or after."""
    calls, when = 0, chance.randrange(1, 5)
    write = group.connections[0].cursor_factory.executemany

    def counted(cursor: Any, query: Any, params: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == when:
            raise Killed
        write(cursor, query, params)

    with pytest.MonkeyPatch.context() as patch, suppress(Killed, HubUnavailableError):
        patch.setattr(group.connections[0].cursor_factory, "executemany", counted)
        for _ in range(6):
            one.turn(wait=0)
    one.member.close()


def test_any_order_of_delivery(group: Group) -> None:
    """A hundred of them: the views are those of the order of the log."""
    check_orders(group, range(100))


@pytest.mark.torture
@pytest.mark.timeout(7200)
def test_ten_thousand_orders_of_delivery(group: Group) -> None:
    """The whole number."""
    check_orders(group, range(1_000, 11_000))


def check_orders(group: Group, seeds: range) -> None:
    expected = group.expected()
    assert len(expected) > 30
    for seed in seeds:
        group.forget()
        deliver(group, seed)
        assert group.dumped() == expected, seed
