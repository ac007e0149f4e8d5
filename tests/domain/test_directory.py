"""Who joins, who leaves, which key is whose and since when."""

from __future__ import annotations

import base64
import copy
import hashlib
from typing import Any

import pytest

from domain import statements as s
from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import current
from domain.statements import AgencyKind, KeyUse
from tests.domain.acts import closed, notified
from tests.domain.story import (
    HOME_LABOUR,
    LABOUR,
    POLICE,
    REGISTRAR,
    Story,
    digest,
    kid,
    province,
    public_key,
    registrations,
    uid,
)

NEW = "yt-moi"


def made(type_: type[s.Statement], **facts: Any) -> s.Statement:
    """A directory statement of the registrar, changed as said."""
    base = {"v": 1, "id": uid(repr(facts)), "by": REGISTRAR, "kid": kid(REGISTRAR), "occurred": "2026-11-01T00:00Z"}
    return s.read(s.write(type_(**{**base, **facts})))


def registered(**facts: Any) -> s.Statement:
    """A new agency."""
    return made(
        s.AgencyRegistered, **{"agency": NEW, "kind": AgencyKind.LABOUR, "place": "38", "card": digest("c"), **facts}
    )


def keyed(agency: str = LABOUR, use: KeyUse = KeyUse.SIGN, seed: str = "second", **facts: Any) -> s.Statement:
    """A new key."""
    name, public = public_key(f"{agency} {seed}", use)
    suite = "ed25519" if use is KeyUse.SIGN else "mlkem768x25519"
    return made(
        s.KeyRegistered, **{"agency": agency, "key": name, "use": use, "suite": suite, "public": public, **facts}
    )


def left(agency: str = LABOUR, reason: str = "dissolved", **facts: Any) -> s.Statement:
    """An agency leaves."""
    return made(s.AgencyRevoked, agency=agency, reason=reason, **facts)


def ended(key: str, agency: str = LABOUR, reason: str = "replaced") -> s.Statement:
    """A key ends."""
    return made(s.KeyRevoked, agency=agency, key=key, reason=reason)


def after(*statements: s.Statement) -> Directory:
    """The province after these, each accepted."""
    directory = province()
    for index, statement in enumerate(statements, 100):
        directory.decide(statement, rules=current())
        directory.apply(statement, index=index)
    return directory


def check_refused(directory: Directory, statement: s.Statement, code: str) -> None:
    """Refused with this code, and nothing changed."""
    before = copy.deepcopy(directory)
    with pytest.raises(RefusedError) as refusal:
        directory.decide(statement, rules=current())
    assert refusal.value.code == code
    assert directory == before


def test_genesis_is_first_and_once() -> None:
    """Before the genesis nothing is recorded, after it no other."""
    genesis = registrations()[0]
    check_refused(Directory(), registered(), "not_registrar")
    check_refused(province(), genesis, "genesis_misplaced")
    directory = Directory()
    directory.decide(genesis, rules=current())
    directory.apply(genesis, index=1)
    assert directory.registrar == REGISTRAR
    assert directory.agency(REGISTRAR).kind is AgencyKind.REGISTRAR
    assert directory.key(kid(REGISTRAR), agency=REGISTRAR, use=KeyUse.SIGN).since == 1


def test_agency_joins() -> None:
    """With kind, place, parent and those it succeeds, in force from its entry on."""
    directory = after(registered(parent=LABOUR, succeeds=(HOME_LABOUR,)))
    agency = directory.agency(NEW)
    assert (agency.kind, agency.place, agency.parent, agency.succeeds) == (
        AgencyKind.LABOUR,
        "38",
        LABOUR,
        (HOME_LABOUR,),
    )
    assert (agency.since, agency.until, directory.index) == (100, None, 100)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (registered(by=POLICE, kid=kid(POLICE)), "not_registrar"),
        (registered(agency=LABOUR), "agency_taken"),
        (registered(parent="nobody-here"), "agency_unknown"),
        (registered(succeeds=(LABOUR, "nobody-here")), "agency_unknown"),
        (left("nobody-here"), "agency_unknown"),
        (left(REGISTRAR), "registrar_needed"),
        (left(reason="boredom"), "code_unknown"),
        (left(by=LABOUR, kid=kid(LABOUR)), "not_registrar"),
        (keyed("nobody-here"), "agency_unknown"),
        (keyed(key=kid(POLICE)), "key_taken"),
        (keyed(suite="x25519"), "key_suite_wrong"),
        (keyed(use=KeyUse.SEAL, suite="ed25519"), "key_suite_wrong"),
        (keyed(by=LABOUR, kid=kid(LABOUR)), "not_registrar"),
        (ended(kid("nobody-here")), "key_unknown"),
        (ended(kid(POLICE)), "key_unknown"),
        (ended(kid(LABOUR), agency="nobody-here"), "agency_unknown"),
        (ended(kid(LABOUR), reason="boredom"), "code_unknown"),
        (ended(kid(REGISTRAR), agency=REGISTRAR), "registrar_needed"),
    ],
)
def test_what_the_directory_refuses(statement: s.Statement, code: str) -> None:
    """Each with its own answer."""
    check_refused(province(), statement, code)


@pytest.mark.parametrize("type_", [s.ActivityRecorded, s.CaseClosed])
def test_other_statements_are_not_for_the_directory(type_: type[s.Statement]) -> None:
    """What is no directory statement is of no known type here."""
    facts: dict[str, Any] = {"activity": "training", "day": "2026-11-01"}
    if type_ is s.CaseClosed:
        facts = {"case": "0" * 32, "prev": None, "reason": "died"}
    check_refused(province(), made(type_, **facts), "type_unknown")
    directory, before = province(), province()
    directory.apply(made(type_, **facts), index=before.index)
    assert directory == before


def damaged_keys() -> list[tuple[str, dict[str, Any]]]:
    """Public keys that are not what they say."""
    name, public = public_key("x", KeyUse.SIGN)
    _, seal = public_key("x", KeyUse.SEAL)
    raw = base64.urlsafe_b64decode(public + "=")
    wide = raw + b"\0"
    spelled = public[:-1] + chr(ord(public[-1]) + 1)  # other spare bits, the same 32 bytes
    return [
        ("another key's id", {"key": "0" * 32, "public": public}),
        (
            "too long",
            {
                "key": hashlib.sha256(wide).hexdigest()[:32],
                "public": base64.urlsafe_b64encode(wide).decode().rstrip("="),
            },
        ),
        ("of another suite", {"key": kid("x", KeyUse.SEAL), "public": seal}),
        ("spelled otherwise", {"key": name, "public": spelled}),
        ("of impossible length", {"key": name, "public": public + "AA"}),
    ]


@pytest.mark.parametrize(("what", "facts"), damaged_keys())
def test_malformed_keys(what: str, facts: dict[str, Any]) -> None:
    """A key has its suite's size, one spelling, and the id that is its hash; the genesis key too."""
    assert what
    check_refused(province(), keyed(**facts), "key_malformed")
    genesis = registrations()[0]
    assert isinstance(genesis, s.Genesis)
    check_refused(
        Directory(), made(s.Genesis, log=genesis.log, public=facts["public"], kid=facts["key"]), "key_malformed"
    )


def test_revoked_agency() -> None:
    """It is unknown no more, but in force no more; its keys neither; its id is never given again."""
    directory = after(left())
    check_refused(directory, registered(agency=LABOUR), "agency_taken")
    check_refused(directory, left(), "agency_revoked")
    check_refused(directory, keyed(), "agency_revoked")
    check_refused(directory, ended(kid(LABOUR)), "agency_revoked")
    for ask in (
        lambda: directory.agency(LABOUR),
        lambda: directory.sealing_key(LABOUR),
        lambda: directory.key(kid(LABOUR), agency=LABOUR, use=KeyUse.SIGN),
    ):
        with pytest.raises(RefusedError) as refusal:
            ask()
        assert refusal.value.code == "agency_revoked"
    assert directory.agencies[LABOUR].until == 100
    assert directory.keys[kid(LABOUR)].public == public_key(LABOUR, KeyUse.SIGN)[1]


def test_revoked_key() -> None:
    """A key ends at its position and is never registered again; what it signed before stays in the record."""
    directory = after(ended(kid(LABOUR)))
    check_refused(directory, ended(kid(LABOUR)), "key_revoked")
    check_refused(directory, keyed(seed="x", key=kid(LABOUR)), "key_taken")
    with pytest.raises(RefusedError) as refusal:
        directory.key(kid(LABOUR), agency=LABOUR, use=KeyUse.SIGN)
    assert refusal.value.code == "key_revoked"
    assert (directory.keys[kid(LABOUR)].since > 0, directory.keys[kid(LABOUR)].until) == (True, 100)


def test_registrar_changes_its_key() -> None:
    """With a second signing key the first may end; then the second may not."""
    second = keyed(REGISTRAR)
    assert isinstance(second, s.KeyRegistered)
    directory = after(second, ended(kid(REGISTRAR), agency=REGISTRAR))
    check_refused(directory, ended(second.key, agency=REGISTRAR), "registrar_needed")


def test_key_is_for_one_agency_and_use() -> None:
    """Somebody else's key, a key for something else and no key get one answer."""
    directory = province()
    for name, agency, use in (
        (kid(POLICE), LABOUR, KeyUse.SIGN),
        (kid(LABOUR), LABOUR, KeyUse.SEAL),
        ("0" * 32, LABOUR, KeyUse.SIGN),
    ):
        with pytest.raises(RefusedError) as refusal:
            directory.key(name, agency=agency, use=use)
        assert refusal.value.code == "key_unknown"


def test_newest_sealing_key() -> None:
    """Grants are wrapped for the newest key in force; an agency without one gets none."""
    second = keyed(use=KeyUse.SEAL)
    assert isinstance(second, s.KeyRegistered)
    directory = after(second)
    assert directory.sealing_key(LABOUR).kid == second.key
    directory = after(second, ended(second.key))
    assert directory.sealing_key(LABOUR).kid == kid(LABOUR, KeyUse.SEAL)
    directory = after(registered())
    with pytest.raises(RefusedError) as refusal:
        directory.sealing_key(NEW)
    assert refusal.value.code == "key_unknown"
    with pytest.raises(RefusedError):
        directory.sealing_key("nobody-here")


def test_find_by_kind_and_place() -> None:
    """The agency of a kind for a province; not one that has left."""
    found = province().find(AgencyKind.LABOUR, "40")
    assert found is not None and found.id == HOME_LABOUR
    assert after(left(HOME_LABOUR)).find(AgencyKind.LABOUR, "40") is None


def test_replay_equals_state() -> None:
    """Folding the same statements again gives the same directory."""
    statements = [registered(), keyed(), ended(kid(LABOUR)), left()]
    assert after(*statements) == after(*statements)


def test_old_signatures_stay_history() -> None:
    """A case opened by an agency that has left goes on: its entries count, others may act."""
    directory = province()
    story = Story(directory=directory).given(notified(to=[LABOUR]))
    directory.apply(left(POLICE), index=999)
    story.when(closed()).refused("agency_revoked")
    assert story.case is not None and story.case.custodian == POLICE


def test_keys_of_the_hub() -> None:
    """The hub is no agency: keys to seal for it are registered and end; it signs and joins nothing, gets no grant."""
    directory, rules = province(), current()
    assert directory.intake_key() is None
    first, second = (keyed("hub", KeyUse.SEAL, seed) for seed in ("first", "second"))
    for index, one in enumerate((first, second), start=1000):
        directory.decide(one, rules=rules)
        directory.apply(one, index=index)
    found = directory.intake_key()
    assert found is not None
    assert (found.kid, found.since) == (second.key, 1001)  # type: ignore[attr-defined]
    ended = made(s.KeyRevoked, agency="hub", key=found.kid, reason="replaced")
    directory.decide(ended, rules=rules)
    directory.apply(ended, index=1002)
    assert directory.intake_key() == directory.keys[first.key]  # type: ignore[attr-defined]
    for wrong, code in (
        (keyed("hub", KeyUse.SIGN), "agency_unknown"),
        (registered(agency="hub"), "agency_taken"),
        (ended, "key_revoked"),
        (first, "key_taken"),
    ):
        with pytest.raises(RefusedError) as refused:
            directory.decide(wrong, rules=rules)
        assert refused.value.code == code
    for ask in (directory.agency, directory.sealing_key):
        with pytest.raises(RefusedError, match="agency_unknown"):
            ask("hub")
    with pytest.raises(RefusedError, match="agency_unknown"):
        directory.key(first.key, agency="hub", use=KeyUse.SEAL)  # type: ignore[attr-defined]
