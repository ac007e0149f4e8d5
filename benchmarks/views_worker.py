"""One process that keeps views in a benchmark: joins its group, waits to be let go, then folds until it is ended."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kafka import TopicPartition
from typing_extensions import override

from caunoi.home import Home
from caunoi.keeping_views import member_of, open_keeping
from caunoi.settings import read_settings
from door.kafka.client import KafkaMember
from door.kafka.port import Partition
from node.views_member import group_of


class Waiting(KafkaMember):
    """A member that reads nothing until it is let go."""

    had: Sequence[Partition] = ()

    @override
    def join(self, topic: str, *, given: Callable[[Sequence[Partition]], Mapping[Partition, int]]) -> None:
        def waiting(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
            self.had, found = partitions, given(partitions)
            self._consumer.pause(*(TopicPartition(*at) for at in partitions))
            return found

        super().join(topic, given=waiting)

    def go(self) -> None:
        """Read from now on."""
        self._consumer.resume(*(TopicPartition(*at) for at in self.had))


def main(agency: str, partitions: int) -> None:
    """Join until so many partitions are this member's; the rest is told by standard input."""
    settings = read_settings()
    home, dsn, access = Home(settings.home), settings.database_url, settings.kafka_access
    if dsn is None or access is None:
        raise SystemExit(2)
    with open_keeping(settings, home, dsn, agency) as keeping:
        waiting = Waiting(access, name="bench", group=group_of(settings.kafka_node(agency), agency))
        made = member_of(settings, home, keeping)
        made.member.close()
        member = replace(made, member=waiting)
        member.begin()
        while len(waiting.had) != partitions:
            waiting.receive(wait=0.1, limit=1)
        print("joined", flush=True)
        sys.stdin.readline()
        waiting.go()
        while True:
            member.turn(wait=0.05)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
