"""Founding a log and letting members in: what the registrar says, once, and again for whoever comes later."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx2 as httpx

from caunoi.bootstrap import HUB, REGISTRAR, open_keystore, pinned
from caunoi.database import administering
from caunoi.errors import SettingsError
from caunoi.home import Home
from caunoi.hub_address import hub_client
from caunoi.members import Member, Registrar, read_members
from caunoi.public_keys import PublicKey, handed
from caunoi.settings import Settings
from domain.errors import RefusedError
from node.errors import HubAnswerError, HubUnavailableError
from node.hub_client import HubClient
from node.ids import Ids, random_id


def found(settings: Settings, home: Home, *, members: Path) -> tuple[list[str], list[str]]:
    """Register those of a list of members whose public keys were handed to us; give these and those who wait.

    Raises:
        SettingsError: the list, or a file of keys, is not in the agreed form.
        RefusedError: the hub is away, or refused.
    """
    listed = listed_members(members)
    home.prepare()
    keys = {member.id: given for member in listed if (given := handed(settings, member.id)) is not None}
    here = [member for member in listed if member.id in keys]
    with hub_client(settings, home) as client:
        register(settings, home, client, members=here, keys=keys, intake=handed(settings, HUB) or ())
    return list(keys), [member.id for member in listed if member.id not in keys]


def register(
    settings: Settings,
    home: Home,
    client: httpx.Client,
    *,
    members: Sequence[Member],
    keys: Mapping[str, Sequence[PublicKey]],
    intake: Sequence[PublicKey],
    ids: Ids = random_id,
) -> None:
    """Say what the hub's directory does not have yet: the genesis, agencies, keys, the hub's own for bundles.

    Raises:
        RefusedError: the hub is away, or refused.
    """
    keystore = open_keystore(settings, home.registrar_keystore, home.registrar_kek, agency=REGISTRAR, seals=False)
    registrar = Registrar(REGISTRAR, keystore, ids)
    hub = HubClient(client, agency=REGISTRAR, keystore=keystore, now=lambda: int(time.time()))
    try:
        if hub.head()["size"] == 0:
            _submit(hub, [registrar.genesis()], keep=home.registrar_receipts)
        known = hub.directory()
        missing = [*registrar.registrations(members, keys, known), *registrar.intake_keys(intake, known)]
        _submit(hub, missing, keep=home.registrar_receipts)
    except HubUnavailableError:
        raise RefusedError("hub_unavailable") from None
    except HubAnswerError:
        raise RefusedError("hub_answer_wrong") from None


def check_log(dsn: str, home: Home) -> None:
    """Let nobody go on with a log that another home has founded.

    Raises:
        SettingsError: the database holds one.
    """
    with administering(dsn) as connection:
        if connection.execute("SELECT to_regclass('hub.log')").fetchone() == (None,):
            return
        founder = connection.execute("SELECT kid FROM hub.log ORDER BY log_index LIMIT 1").fetchone()
    if founder not in (None, (pinned(home)[REGISTRAR]["kid"],)):
        raise SettingsError("log_of_another_home")


def listed_members(file: Path) -> tuple[Member, ...]:
    """The agencies of a list of members.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        return read_members(file.read_text("utf-8"))[1]
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError("members_unreadable") from None


def _submit(hub: HubClient, statements: list[bytes], *, keep: Path) -> None:
    """Submit, and keep the receipts: they show, to an auditor too, what the hub has once acknowledged."""
    answers = hub.submit(statements) if statements else []
    with keep.open("a", encoding="ascii") as kept:
        kept.writelines(json.dumps(one, separators=(",", ":")) + "\n" for one in answers if "index" in one)
        kept.flush()
        os.fsync(kept.fileno())
    for answer in answers:
        if "index" not in answer:
            raise RefusedError(str(answer.get("code", "hub_answer_wrong")))
