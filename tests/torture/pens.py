"""Agencies of a deployment that state things by the thousand, without a node: signed and sealed as a node would.

Not a test. Everybody is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from typing import Self
from uuid import uuid4

import psycopg

from caunoi.bootstrap import open_keystore
from caunoi.deployment import Deployment
from domain import case_code
from domain import statements as s
from domain.case import Case
from domain.directory import Directory
from domain.statements import Section
from door.kafka.day_key import DayKey
from door.kafka.port import Outgoing
from door.kafka.topics import PARTITIONS
from ledger import entry as entries
from node.composer import Composer, Submission
from node.kafka_messages import submission
from node.store import Queued
from projections.casefile import CaseFile
from projections.opening import Opening
from tests.world import OCCURRED, values

_DIRECTORY = """
    SELECT log_index, state FROM hub.log JOIN hub.stored_events USING (notification_id)
    WHERE type = ANY(%s) ORDER BY log_index
"""


class Nothing:
    """Materials of an agency that opens only what it made."""

    def bodies(self, hashes: Iterable[str]) -> dict[str, bytes]:
        return {}

    def grants(self, hashes: Iterable[str]) -> dict[str, bytes]:
        return {}


class Pen:
    """One agency's. `told` is another agency, which is told of every second case."""

    def __init__(self, composer: Composer, agency: str, *, node: str, told: str | None = None) -> None:
        self.agency, self.node, self.told = agency, node, told
        self._composer = composer
        self._cases = 0

    @classmethod
    def of(cls, deployment: Deployment, agency: str, *, node: str, told: str | None = None) -> Self:
        """The pen of an agency whose keys lie in a deployment's home."""
        place = deployment.home.prepare_node(agency)
        keystore = open_keystore(deployment.settings, place.keystore, place.kek, agency=agency)
        composer = Composer(
            agency=agency,
            keystore=keystore,
            opening=Opening(agency=agency, keystore=keystore, materials=Nothing()),
            directory=directory_of(deployment.dsn),
            now=lambda: time.time_ns() // 1000,
        )
        return cls(composer, agency, node=node, told=told)

    def case(self, length: int) -> list[Submission]:
        """A new case of so many statements, each of which builds on the one before."""
        file = CaseFile(Case(uuid4().hex))
        facts = {"code": case_code.new(os.urandom(16)), "pathway": "rescued"}
        made = [self._composer.compose(s.CaseNotified, file, occurred=OCCURRED, facts=facts)]
        self._cases += 1
        if self.told is not None and self._cases % 2 and length > 1:
            answer = {"outcome": "victim", "legal_date": OCCURRED[:10]}
            made.append(
                self._composer.compose(s.IdentificationAnswered, file, occurred=OCCURRED, facts=answer, to=[self.told])
            )
        while len(made) < length:
            contents = {Section.ACCOUNT: values(statement="lời khai giả định")}
            made.append(self._composer.compose(s.SectionAppended, file, occurred=OCCURRED, contents=contents))
        return made

    def cases(self, count: int, *, length: int) -> list[Submission]:
        """So many statements in cases of this length."""
        return [one for start in range(0, count, length) for one in self.case(min(length, count - start))]

    def message(self, one: Submission, key: DayKey) -> Outgoing:
        """One of them as a node puts it."""
        case = one.statement.case if isinstance(one.statement, s.CaseStatement) else None
        queued = Queued(
            seq=0, statement_id=one.statement.id, hash=one.hash, case=case, origin=None, submission=one.body
        )
        return submission(queued, key, node=self.node, agency=self.agency, partitions=PARTITIONS)


def directory_of(dsn: str) -> Directory:
    """The directory as the log has it."""
    directory, kinds = Directory(), [str(kind.__struct_config__.tag) for kind in s.DIRECTORY_STATEMENTS]
    with psycopg.connect(dsn) as connection:
        for index, state in connection.execute(_DIRECTORY, (kinds,)):
            directory.apply(s.read(entries.parse(bytes(state)).header), index=index)
    return directory


def by_case(lists: Sequence[list[Submission]]) -> list[Submission]:
    """Cases interleaved as many officers would write them; each keeps its order."""
    return [one for row in zip(*lists, strict=True) for one in row]
