"""Members that share an agency's views: whatever is delivered, stopped or believed, the views are those of one."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain import statements as s
from door.kafka import topics
from hub.head import stream_of
from node.errors import HubAnswerError, HubUnavailableError
from node.following import feed_item
from node.hub_client import FeedLine
from node.views_member import ViewsMember, places
from projections.errors import RowsMovedError
from tests.hub.log_fixtures import hub_dsn
from tests.node.members import DAYS, NODE, PARTITIONS, Group, group
from tests.world import LABOUR, POLICE, WOMEN, open_case

__all__ = ["group", "hub_dsn"]


def test_two_members_keep_what_one_would(group: Group) -> None:
    """Each has partitions of its own, and nobody asks the hub for entries."""
    first, second = group.member(1), group.member(2, place=1)
    group.settle(first, second)
    assert group.dumped() == group.expected()
    assert len(first.taken) + len(second.taken) == PARTITIONS
    assert min(len(first.taken), len(second.taken)) > 0
    assert (first.alarm, second.alarm) == (None, None)


# -- any order ---------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


def deliver(group: Group, seed: int) -> None:
    """One order: duplicates, any interleaving of partitions, replays from 0; members come, die, and come back."""
    chance, today = random.Random(seed), DAYS[0]
    living: list[ViewsMember] = []
    for step in range(chance.randrange(4, 14)):
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
