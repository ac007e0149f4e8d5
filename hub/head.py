"""The head of the log in memory: the mechanism's state, the tree's frontier. Rebuilt from the log at every start.

Cases are loaded when first needed, through the library's repository; under the append lock the only writer is this
process, so what is in memory is the head. What an append changed and did not commit is never seen by another thread:
it is dropped, and all is read again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from threading import RLock
from uuid import UUID, uuid5

from eventsourcing.domain import DomainEventProtocol
from typing_extensions import override

from domain import statements as s
from domain.case import Case, Recorded
from domain.mechanism import Mechanism
from domain.statements import DIRECTORY_STATEMENTS, CaseStatement, Statement
from hub.errors import EntryMismatchError
from hub.log.application import HubApplication
from hub.log.records import LoggedEntry
from hub.log.records import Recorded as Stored
from ledger import entry as entries
from ledger.tree import Frontier, leaf_hash
from sealing.envelope import statement_hash

DIRECTORY_STREAM = UUID(int=1)
AGENCY_STREAMS = UUID(int=2)  # namespace of the streams of agencies' own statements
CASES_IN_MEMORY = 20_000


def stream_of(statement: Statement) -> UUID:
    """The stream an entry belongs to: its case, the directory, or the agency's own."""
    if isinstance(statement, CaseStatement):
        return UUID(statement.case)
    if isinstance(statement, DIRECTORY_STATEMENTS):
        return DIRECTORY_STREAM
    return uuid5(AGENCY_STREAMS, statement.by)


class Cases(MutableMapping[str, Case]):
    """Cases at the head, loaded from the log on first use; the least recently used are let go."""

    def __init__(self, application: HubApplication) -> None:
        self._application = application
        self._loaded: OrderedDict[str, Case] = OrderedDict()

    @override
    def __getitem__(self, case: str) -> Case:
        """The case as the log has it. KeyError where it has none."""
        if case not in self._loaded:
            found = self._load(case)
            if found is None:
                raise KeyError(case)
            self._loaded[case] = found
        self._loaded.move_to_end(case)
        return self._loaded[case]

    @override
    def __setitem__(self, case: str, value: Case) -> None:
        """Keep a case that is being opened."""
        self._loaded[case] = value

    @override
    def __delitem__(self, case: str) -> None:
        """Let a case go; it is read again when needed."""
        self._loaded.pop(case, None)

    @override
    def __iter__(self) -> Iterator[str]:
        """The cases in memory."""
        return iter(self._loaded)

    @override
    def __len__(self) -> int:
        """How many cases are in memory."""
        return len(self._loaded)

    def shrink(self) -> None:
        """Let the least recently used go."""
        while len(self._loaded) > CASES_IN_MEMORY:
            self._loaded.popitem(last=False)

    def _load(self, case: str) -> Case | None:
        indexes = self._application.reader.stream_indexes(UUID(case))
        if not indexes:
            return None

        def project(initial: Case | None, events: Iterable[DomainEventProtocol[UUID]]) -> Case | None:
            found = initial or Case(case)
            for index, event in zip(indexes, events, strict=False):
                found.apply(_recorded(index, event))
            return found

        # The library asks for aggregates with a version; ours is a plain class that it never saves.
        return self._application.repository.get(UUID(case), projector_func=project)  # type: ignore[type-var]


def _recorded(index: int, event: DomainEventProtocol[UUID]) -> Recorded:
    if not isinstance(event, Stored):
        raise EntryMismatchError("only entries are recorded")
    entry = entries.parse(event.entry)
    statement = s.read(entry.header)
    if not isinstance(statement, CaseStatement):
        raise EntryMismatchError("an entry of a case is not about a case")
    return Recorded(index, statement, statement_hash(entry.header), entry.recorded)


class Head:
    """State at the head of the log, and the frontier of its Merkle tree. Threads share it under `held`."""

    cases: Cases
    mechanism: Mechanism
    frontier: Frontier
    versions: dict[UUID, int]

    def __init__(self, application: HubApplication) -> None:
        self.application = application
        self._lock = RLock()
        self.reload()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the head to this thread; it is what the log says when the block begins."""
        with self._lock:
            if self._spoiled:
                self.reload()
            yield

    def spoil(self) -> None:
        """Say that the head is no longer what the log says. Called while it is held; the next who holds it reloads."""
        self._spoiled = True

    def reload(self) -> None:
        """Read directory, codes and leaves from the log; cases wait until they are needed."""
        # A crash or a lost connection on the way leaves the head spoiled, and it is read again.
        self._spoiled = True
        self.cases = Cases(self.application)
        self.frontier = Frontier()
        self.versions = {}
        mechanism = Mechanism(cases=self.cases)
        for logged in self.application.reader.stream():
            self._fold(logged, mechanism)
        # Only now: who looks into the directory without holding the head sees the old one or the whole new one.
        self.mechanism = mechanism
        self._spoiled = False

    def _fold(self, logged: LoggedEntry, mechanism: Mechanism) -> None:
        entry = entries.parse(logged.entry)
        statement = s.read(entry.header)
        stream = stream_of(statement)
        self.versions[stream] = self.versions.get(stream, 0) + 1
        self.frontier.append(leaf_hash(logged.entry))
        if isinstance(statement, DIRECTORY_STATEMENTS):
            mechanism.apply(statement, index=logged.index, hash=statement_hash(entry.header), recorded=entry.recorded)
        elif isinstance(statement, s.CaseNotified) and statement.code is not None:
            mechanism.codes.setdefault(statement.code, statement.case)

    def root(self) -> str:
        """The Merkle root over all entries (RFC 6962), hex."""
        return self.frontier.root().hex()

    def size_and_root(self) -> tuple[int, str]:
        """How many entries there are, and the root over them, of one moment."""
        with self.held():
            return self.frontier.size, self.root()
