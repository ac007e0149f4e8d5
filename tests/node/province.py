"""A province in one process: the hub's application behind a line that can be cut, and nodes of several agencies.

Everything in it is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from adapters.contract import Act, Draft, Fact, Form, Item, PaperRef, Where
from domain.rules import current
from domain.statements import AgencyKind, Section
from hub import api as hub_api
from hub.intake import Refused
from node.carried import Kept
from node.following import feed_item
from node.hub_client import HubClient
from node.ingest import Ingest, Report
from node.node import Node
from node.officer import Officer
from node.paper_files import PaperFiles
from node.store import Store, connect
from projections.opening import Opening
from projections.postgres import PostgresRows
from projections.projector import FeedItem, Projector
from projections.rows import MemoryRows, dump
from sealing.keystore import MemoryKeyStore
from sealing.shredding import ShredKeys
from tests.world import BORDER, LABOUR, POLICE, WOMEN, World

POLICE_14, LABOUR_14, FACILITY = "ca-son-la", "yt-son-la", "nha-tam-lanh"
TODAY = date(2026, 11, 2)
INTAKE = MemoryKeyStore("hub")  # opens what is carried to the hub
INTAKE.add_key(use="seal", suite="mlkem768x25519")


class Line:
    """The line to the hub: can be cut before or after the hub has done its part, and listened to."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.cut = False
        self.cut_after: Callable[[str], bool] = lambda _path: False
        self.change: Callable[[str, bytes], bytes] = lambda _path, body: body
        self.asked: list[str] = []
        self.while_streaming: Callable[[], None] = lambda: None

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Pass a request on."""
        if self.cut:
            raise httpx.ConnectError("cut")
        self.asked.append(f"{method} {path}")
        answer = self.client.request(method, path, **more)
        if self.cut_after(path):
            raise httpx.ReadError("cut")
        return httpx.Response(answer.status_code, content=self.change(path, answer.content))

    @contextmanager
    def stream(self, method: str, path: str, **more: Any) -> Iterator[httpx.Response]:
        """Pass a request on whose answer is read as it comes."""
        self.while_streaming()
        yield self.request(method, path, **more)


@dataclass
class Office:
    """One agency: its node, which can be stopped and started, and its line."""

    world: World
    agency: str
    home: Path
    line: Line
    node: Node = field(init=False)
    _stack: ExitStack = field(default_factory=ExitStack)

    def start(self) -> Node:
        """Start the node over what it has on disk."""
        self.stop()
        keystore = self.world[self.agency].keystore
        names = self.home / "views", self.home / "views-master"
        make = ShredKeys if names[1].exists() else ShredKeys.create
        view_keys = make(*names, shared=True)
        self._stack.callback(view_keys.close)
        connection = connect(self.world.dsn, schema="node_" + self.agency.replace("-", "_"))
        self._stack.callback(connection.close)
        store = Store(connection)
        self.node = Node(
            agency=self.agency,
            keystore=keystore,
            hub=HubClient(
                cast(httpx.Client, self.line),
                agency=self.agency,
                keystore=keystore,
                now=lambda: self.world.now() // 1_000_000,
            ),
            store=store,
            rows=PostgresRows(connection, keys=view_keys),
            paper_files=PaperFiles(store.attachments, keys=view_keys),
            rules=current(),
            tag_key=b"\x01" * 32,
            quarantine_key=b"\x02" * 32,
            hub_key=self.world.hub_public,
            kept=Kept(connection, keys=view_keys),
            intake_key=INTAKE.public(INTAKE.kids("seal")[-1]),
            now=self.world.now,
        )
        self.node.start()
        return self.node

    def stop(self) -> None:
        """Stop the node, as a kill would: nothing is said to anybody."""
        self._stack.close()

    @property
    def officer(self) -> Officer:
        """An officer at work."""
        return Officer(self.node, pseudonym="a1" * 8)

    def take(self, *items: Item, form: str = "giả định/1") -> Report:
        """Hand in a file with these rows."""
        file = self.home / "file"
        file.write_bytes(os.urandom(8))
        return Ingest(self.node, Paper(items, form)).take(file, today=TODAY)

    def rebuilt(self) -> list[str]:
        """A dump of the views as they come out of the feed, from its first entry, in one page."""
        rows = MemoryRows()
        opening = Opening(agency=self.agency, keystore=self.world[self.agency].keystore, materials=self.node.hub)
        projector = Projector(rows=rows, opening=opening, tag_key=self.node.tag_key)
        if items := self.feed():
            projector.apply(items)
        projector.turn(self.node.rows.day())
        return list(dump(rows))

    def feed(self) -> list[FeedItem]:
        """All of its feed that is kept here."""
        return [feed_item(line) for line in self.node.store.feed(after=0, limit=100_000)]

    def dumped(self) -> list[str]:
        """A dump of the views as they are kept."""
        return list(dump(self.node.rows))

    def content(self, case: str) -> dict[str, Any]:
        """What is open of one case."""
        row = self.node.rows.get("caseload", case)
        return dict(row.content or {}) if row else {}

    def inbox(self) -> list[Any]:
        """Rows of the inbox."""
        return list(self.node.rows.all("inbox"))

    def queued(self) -> int:
        """How many statements wait to be sent."""
        return self.node.store.count_queued()


class Paper:
    """An adapter that reads what it was given."""

    def __init__(self, items: Sequence[Item], form: str) -> None:
        self.form = Form(id=form, kind=AgencyKind.POLICE, suffixes=(".txt",), stands_for="giả định")
        self._items = items

    def reads(self, file: Path) -> bool:
        """Any file."""
        return True

    def read(self, file: Path, *, today: date) -> Iterator[Item]:
        """Give the rows."""
        yield from self._items


class Province:
    """The hub and its agencies; `province[POLICE]` is an office whose node runs."""

    def __init__(self, world: World, home: Path) -> None:
        self.world = world
        self._home = home
        self._offices: dict[str, Office] = {}
        self._founded = False
        more = {
            POLICE_14: (AgencyKind.POLICE, "14"),
            LABOUR_14: (AgencyKind.LABOUR, "14"),
            FACILITY: (AgencyKind.SUPPORT_FACILITY, "38"),
        }
        made = [one for agency, (kind, place) in more.items() for one in world.add_agency(agency, kind, place=place)]
        assert not [one.code for one in world.send("so-danh-ba", *made) if isinstance(one, Refused)]
        public = world.registrar.public(world.registrar_kid)
        self.app = hub_api.create(
            world.intake, world.sharing, registrar_public=public, clock=lambda: world.now() // 1_000_000
        )
        self._open = ExitStack()  # one event loop for all requests, not one for each
        self._client = self._open.enter_context(TestClient(self.app))

    @property
    def client(self) -> httpx.Client:
        """A client of the hub, whoever's line is cut."""
        return cast(httpx.Client, self._client)

    def __getitem__(self, agency: str) -> Office:
        """An office, started and up to date when first asked for."""
        if agency not in self._offices:
            home = self._home / agency
            home.mkdir(parents=True)
            office = Office(self.world, agency, home, Line(self._client))
            self._offices[agency] = office
            office.start()
            office.node.sync()
        return self._offices[agency]

    def sync(self) -> None:
        """All offices send and follow until nothing moves."""
        for _ in range(3):
            for office in self._offices.values():
                office.node.sync()

    def check(self) -> None:
        """Every office's views are what its feed gives."""
        self.sync()
        for office in self._offices.values():
            assert office.dumped() == office.rebuilt(), office.agency

    def close(self) -> None:
        """Stop all."""
        for office in self._offices.values():
            office.stop()
        self._open.close()


@pytest.fixture
def province(hub_dsn: str, tmp_path: Path) -> Iterator[Province]:
    """A province whose directory is recorded."""
    with World(hub_dsn, tmp_path / "hub") as world:
        made = Province(world, tmp_path / "nodes")
        yield made
        made.close()


# -- rows ------------------------------------------------------------------------------------------------------------


def facts(**values: object) -> dict[str, Fact]:
    """Fields of a section as an adapter reads them."""
    return {name: Fact(value, str(value), "A1") for name, value in values.items()}


def person(name: str = "Nguyễn Thị Giả", **more: object) -> dict[str, Fact]:
    """An identity."""
    return facts(full_name=name, **more)


def paper(number: str = "12/GXN", kind: str = "confirmation") -> PaperRef:
    """A paper two agencies may hold."""
    return PaperRef(kind=kind, number=number, date=date(2026, 10, 1))


def holding(*papers: PaperRef) -> list[dict[str, str]]:
    """The papers of an identity."""
    return [{"kind": one.kind, "number": one.number, "date": one.date.isoformat()} for one in papers]


def notice(
    sections: dict[Section, dict[str, Fact]] | None = None, *, pathway: str = "rescued", day: date = date(2026, 10, 1)
) -> Act:
    """The notice of a person."""
    return Act(
        name="notice",
        type="case.notified",
        occurred=day,
        facts={"pathway": pathway, "status": "in_identification", "law": "l53_art28"},
        sections={Section.IDENTITY: person()} if sections is None else sections,
    )


def answer(day: str = "2026-10-02") -> Act:
    """The authority's answer: a victim."""
    return Act(
        name="answer",
        type="identification.answered",
        occurred=date(2026, 10, 2),
        facts={"outcome": "victim", "legal_date": day},
    )


def support(regime: str = "medical", given: str = "khám bệnh") -> Act:
    """One act of support."""
    return Act(
        name=f"support.{regime}",
        type="support.recorded",
        occurred=date(2026, 10, 3),
        facts={"regime": regime},
        sections={Section.SUPPORT: facts(regime=regime, given=given)},
    )


def row(*acts: Act, key: str = "1", **more: Any) -> Draft:
    """A row that may open a case, unless it says otherwise."""
    more = {"opens": True, **more}
    return Draft(where=Where(row=int(key)), record_key=("vụ 1", key), acts=acts or (notice(),), **more)


def case_of(office: Office, code: str | None) -> str:
    """The case of a mã hồ sơ."""
    return office.node.case_of_code(code or "").case.id


def opened(office: Office, *acts: Act, key: str = "1", **more: Any) -> str:
    """Open a case by a row; give its mã hồ sơ."""
    (one,) = office.take(row(*acts, key=key, **more)).rows
    assert (one.outcome, one.reason) == ("new", None)
    assert one.code is not None
    return one.code


def code_of(problem: bytes) -> str:
    """The code of a problem."""
    return str(json.loads(problem)["code"])


__all__ = [
    "BORDER",
    "FACILITY",
    "LABOUR",
    "LABOUR_14",
    "POLICE",
    "POLICE_14",
    "TODAY",
    "WOMEN",
    "Line",
    "Office",
    "Paper",
    "Province",
    "answer",
    "case_of",
    "code_of",
    "facts",
    "holding",
    "notice",
    "opened",
    "paper",
    "person",
    "province",
    "row",
    "support",
]
