"""An agency's views beside its node: a member that keeps them with others, and a rebuild while everything goes on.

Both work in the node's own home and schema: they need its keys, and hold none of its locks.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo

from caunoi.bootstrap import HUB, node_secrets, open_keystore, open_shred_keys, pinned, schema_of
from caunoi.database import open_database
from caunoi.ending import watch_parent
from caunoi.errors import PostgresError, SettingsError
from caunoi.home import Home
from caunoi.hub_address import node_client
from caunoi.listening import running
from caunoi.operating_log import LOG
from caunoi.settings import Settings
from domain.case import local_day
from domain.errors import RefusedError
from door.kafka.client import KafkaMember
from door.kafka.port import KafkaAwayError, KafkaRefusedError
from node.carried import Beside, Kept
from node.errors import HubAnswerError, HubUnavailableError, NodeError
from node.following import feed_item
from node.generations import Generations, Rebuild
from node.hub_client import FeedLine, HubClient
from node.member_tables import MemberTables
from node.store import Connection, Store, connect
from node.views_member import ViewsMember, group_of
from projections.errors import RowsMovedError
from projections.opening import Opening
from projections.postgres import MEMBERS, NODE, PostgresRows
from projections.projector import FeedItem, Projector
from sealing.encoding import from_base64url
from sealing.shredding import ShredKeys

WAIT = 0.2  # seconds for the next message
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)  # seconds after one failure, two, three …


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What views are kept with: the node's schema, its keys, its way to the hub."""

    agency: str
    connection: Connection
    keys: ShredKeys
    hub: HubClient
    opening: Opening
    tag_key: bytes

    def projector(self, rows: PostgresRows) -> Projector:
        """One that writes these rows."""
        return Projector(rows=rows, opening=self.opening, tag_key=self.tag_key)


@contextlib.contextmanager
def open_keeping(settings: Settings, home: Home, dsn: str, agency: str) -> Iterator[Keeping]:
    """Open all that, beside the node.

    Raises:
        RefusedError: `agency_unknown`: no node of this agency was ever started in this home.
    """
    place, schema = home.node(agency), schema_of(agency)
    if not place.keystore.exists() or not place.view_keys.exists():
        raise RefusedError("agency_unknown")
    with contextlib.ExitStack() as stack:
        keystore = open_keystore(settings, place.keystore, place.kek, agency=agency)
        keys = stack.enter_context(open_shred_keys(place.view_keys, shared=True))
        connection = stack.enter_context(connect(make_conninfo(dsn, user=schema), schema=schema, beside=True))
        client = stack.enter_context(node_client(settings, home))
        hub = HubClient(client, agency=agency, keystore=keystore, now=lambda: int(time.time()))
        materials = Beside(Kept(connection, keys=keys), hub)
        yield Keeping(
            agency=agency,
            connection=connection,
            keys=keys,
            hub=hub,
            opening=Opening(agency=agency, keystore=keystore, materials=materials),
            tag_key=node_secrets(home, agency)[0],
        )


# -- a member --------------------------------------------------------------------------------------------------------


def follow_views(settings: Settings, *, dsn: str, agency: str, supervised: bool) -> None:
    """Keep the agency's views together with the other members of its group, until told to stop.

    Raises:
        SettingsError: no broker is named.
        RefusedError: `agency_unknown`.
        PostgresError: its database does not answer.
    """
    if settings.kafka_access is None:
        raise SettingsError("setting_needed", name="CAUNOI_KAFKA")
    stop, home = threading.Event(), Home(settings.home)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if supervised:
        watch_parent()
    try:
        with open_keeping(settings, home, dsn, agency) as keeping:
            LOG.info("started")
            _go_on(lambda: member_of(settings, home, keeping), stop)
            LOG.info("stopped")
    except psycopg.OperationalError:
        LOG.error("database_lost")
        # The cause may quote the URL.
        raise PostgresError("postgres_not_reached") from None


def member_of(settings: Settings, home: Home, keeping: Keeping) -> ViewsMember:
    """A member of the agency's group; it joins with `begin`."""
    access, node = settings.kafka_access, settings.kafka_node(keeping.agency)
    assert access is not None  # noqa: S101 - asked for before
    return ViewsMember(
        agency=keeping.agency,
        node=node,
        member=KafkaMember(access, name=f"caunoi-views-{node}", group=group_of(node, keeping.agency)),
        hub=keeping.hub,
        hub_key=from_base64url(pinned(home)[HUB]["public"]),
        tables=MemberTables(keeping.connection),
        keys=keeping.keys,
        opening=keeping.opening,
        tag_key=keeping.tag_key,
        today=lambda: local_day(time.time_ns() // 1000),
    )


def _go_on(made: Callable[[], ViewsMember], stop: threading.Event) -> None:
    """Take turns; who is away is waited for, and after the broker was, the group is joined anew."""
    member, failures, alarm = None, 0, None
    while not stop.is_set():
        try:
            if member is None:
                member = made()
                member.begin()
            member.turn(wait=WAIT)
        except (KafkaAwayError, KafkaRefusedError, HubUnavailableError, HubAnswerError) as error:
            if failures == 0:
                LOG.warning("hub_away" if isinstance(error, NodeError) else "kafka_waits", reason=str(error))
            if member is not None and not isinstance(error, NodeError):
                member.member.close()
                member = None
            stop.wait(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1
            continue
        if failures:
            LOG.info("kafka_goes_on")
        failures = 0
        if member.alarm != alarm:
            alarm = member.alarm
            LOG.warning("feed_wrong", reason=alarm)
    if member is not None:
        member.member.close()


# -- a rebuild -------------------------------------------------------------------------------------------------------


def rebuild_views(settings: Settings, *, agency: str, members: bool, remark: Callable[[str], None]) -> dict[str, int]:
    """Make the views anew from the kept feed while they are read, and put them in their place; rows of each view.

    Args:
        members: those that members keep, not the node's own.

    Raises:
        RefusedError: `agency_unknown`; `views_not_kept`, no member ever kept any; `views_rebuilt_elsewhere`;
            `views_outpaced`; `hub_unavailable`, what is sealed could not be fetched.
    """
    home = Home(settings.home)
    with contextlib.ExitStack() as stack:
        dsn = stack.enter_context(open_database(settings, home))
        if running(home, HUB) is None and not settings.is_alone:
            from caunoi.deployment import deployed  # noqa: PLC0415 - needs POSIX; an agency's own machine may have none

            stack.enter_context(deployed(settings, nodes=(), starting=lambda: remark("cli_starting_for_now")))
        keeping = stack.enter_context(open_keeping(settings, home, dsn, agency))
        keeper = MEMBERS if members else NODE
        generations = Generations(keeping.connection, keeper=keeper)
        if not generations.is_kept():
            raise RefusedError("views_not_kept")
        try:
            _rebuild(keeping, generations).run()
        except RowsMovedError:
            raise RefusedError("views_rebuilt_elsewhere") from None
        except NodeError:
            raise RefusedError("hub_unavailable") from None
        rows = PostgresRows(keeping.connection, keys=keeping.keys, keeper=keeper)
        return {view: sum(1 for _ in rows.all(view)) for view in rows.views()}


def _rebuild(keeping: Keeping, generations: Generations) -> Rebuild:
    def rows(generation: int, part: int) -> PostgresRows:
        return PostgresRows(keeping.connection, keys=keeping.keys, part=part, generation=generation)

    return Rebuild(
        generations=generations,
        rows=rows,
        projector=keeping.projector,
        source=_of_members(keeping) if generations.keeper == MEMBERS else _of_node(keeping),
    )


def _of_node(keeping: Keeping) -> Callable[[int, int, int], list[FeedItem]]:
    store = Store(keeping.connection)
    return lambda _part, after, limit: _items(store.feed(after=after, limit=limit))


def _of_members(keeping: Keeping) -> Callable[[int, int, int], list[FeedItem]]:
    tables = MemberTables(keeping.connection)
    return lambda part, after, limit: _items(tables.feed(part, after, limit))


def _items(lines: list[FeedLine]) -> list[FeedItem]:
    return [feed_item(line) for line in lines]
