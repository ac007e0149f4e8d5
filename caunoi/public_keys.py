"""Public keys between homes: read from a key store, handed out as a file, taken from others and pinned.

`CAUNOI_PUBLIC` is a directory: a process writes its own public keys to `own/keys.json` and finds those of another one
in `<name>/keys.json`, however they came there (a shared volume, a stick). Whose keys a file holds is said by the
directory it lies in, and must be said by the file too; a key's id must be the hash of the key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from caunoi.bootstrap import HUB, INTAKE, INTAKE_SUITE, REGISTRAR, key_source, open_intake_keys, open_keystore
from caunoi.errors import SettingsError, UnavailableError
from caunoi.home import Home
from caunoi.published import PUBLISHED
from caunoi.settings import Settings
from domain.directory import PUBLIC_SIZES
from domain.errors import RefusedError
from sealing import files
from sealing.encoding import from_base64url, key_id, to_base64url
from sealing.errors import EncodingError
from sealing.keystore import FileKeyStore, KeyStore

FILE = "keys.json"
DAY = 24 * 3600  # seconds


class PublicKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One public key, base64url."""

    kid: str
    use: Literal["sign", "seal"]
    suite: str
    public: str


class PublicKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public keys of an agency, of `hub` or of `registrar`: what travels from one home to another."""

    agency: str
    keys: tuple[PublicKey, ...]


def of_store(store: KeyStore) -> tuple[PublicKey, ...]:
    """The public halves of what a key store holds."""
    uses: tuple[Literal["sign", "seal"], ...] = ("sign", "seal")
    return tuple(
        PublicKey(kid, use, store.suite(kid), to_base64url(store.public(kid)))
        for use in uses
        for kid in store.kids(use)
    )


def public_keys(settings: Settings, agency: str) -> tuple[PublicKey, ...]:
    """The keys of an agency, of `hub` or of `registrar` in this home; where there is no key store, none is made.

    Raises:
        UnavailableError: there is no key store of it in this home.
    """
    path, kek = _store(Home(settings.home), agency)
    if not path.exists():
        raise UnavailableError("cli_no_keystore", agency=agency)
    return of_store(FileKeyStore(path, key_source(settings, kek)))


def make_keys(settings: Settings, home: Home, agency: str) -> PublicKeys:
    """Make the keys of an agency, of `hub` or of `registrar` unless they are there, and hand the public ones out."""
    home.prepare()
    if agency not in {HUB, REGISTRAR}:
        home.prepare_node(agency)
    store = open_keystore(settings, *_store(home, agency), agency=agency, seals=agency not in {HUB, REGISTRAR})
    more = of_store(open_intake_keys(settings, home)) if agency == HUB else ()
    made = PublicKeys(agency, of_store(store) + more)
    if settings.public is not None:
        place = settings.public / "own"
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise SettingsError("setting_directory_unusable", name="CAUNOI_PUBLIC") from None
        files.replace_private(place / FILE, msgspec.json.format(msgspec.json.encode(made)))
    return made


def rotate_intake(settings: Settings, home: Home, *, now: int) -> PublicKeys:
    """Make the hub a new key for carried bundles and hand it out; what was sealed for those before opens as well.

    `now` is in seconds since 1970.

    Raises:
        UnavailableError: this home is not the hub's.
    """
    store = _intake(settings, home)
    kid = store.add_key(use="seal", suite=INTAKE_SUITE, not_before=now)
    if home.auditor_keys.exists():
        pinned = json.loads(home.auditor_keys.read_bytes())
        pinned[INTAKE] = {"kid": kid, "public": to_base64url(store.public(kid))}
        files.replace_private(home.auditor_keys, json.dumps(pinned, indent=1).encode())
    return make_keys(settings, home, HUB)


def destroy_intake(settings: Settings, home: Home, *, now: int, days: int) -> tuple[str, ...]:
    """Destroy the hub's keys for bundles that were replaced so many days ago; give their ids.

    Raises:
        RefusedError: `intake_key_needed`: there is none yet; with the day from which there is.
        UnavailableError: this home is not the hub's.
    """
    store = _intake(settings, home)
    replaced = [(kid, store.not_before(by) + days * DAY) for kid, by in pairwise(store.kids("seal"))]
    due = tuple(kid for kid, day in replaced if day <= now)
    if not due:
        day = datetime.fromtimestamp(replaced[0][1], UTC).date().isoformat() if replaced else "—"
        raise RefusedError("intake_key_needed", day=day)
    for kid in due:
        store.destroy(kid)
    make_keys(settings, home, HUB)
    return due


def _intake(settings: Settings, home: Home) -> FileKeyStore:
    if not home.hub.intake_keystore.exists():
        raise UnavailableError("cli_no_keystore", agency=HUB)
    return open_intake_keys(settings, home)


def handed(settings: Settings, agency: str) -> tuple[PublicKey, ...] | None:
    """The keys that an agency, `hub` or `registrar` has handed out to us; None where there are none yet.

    Raises:
        SettingsError: the file holds something else.
    """
    if settings.public is None:
        raise SettingsError("setting_needed", name="CAUNOI_PUBLIC")
    try:
        found = msgspec.json.decode((settings.public / agency / FILE).read_bytes(), type=PublicKeys)
        _check(found, agency)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, msgspec.MsgspecError, EncodingError):
        raise SettingsError("public_keys_wrong", agency=agency) from None
    return found.keys


def take_part(settings: Settings, home: Home, agency: str) -> None:
    """Before a hub or a node serves in a home of its own: make and hand out its keys, pin those it trusts.

    Raises:
        SettingsError: what was handed to us is no file of public keys, or names another key than the one pinned.
        UnavailableError: none was handed to us yet.
    """
    made = make_keys(settings, home, agency)
    if settings.public is not None:
        own = made.keys if agency == HUB else handed(settings, HUB)
        _pin(home, {REGISTRAR: handed(settings, REGISTRAR), HUB: own})


def _pin(home: Home, given: Mapping[str, Sequence[PublicKey] | None]) -> None:
    """Keep these signing keys as they are first seen; another one later is refused."""
    before = json.loads(home.auditor_keys.read_bytes()) if home.auditor_keys.exists() else {}
    pinned = dict(before)
    for name, keys in given.items():
        if keys is None and name not in pinned:
            raise UnavailableError("public_keys_missing", agency=name)
        for key in (keys or ())[:1]:  # signing keys come first
            if pinned.setdefault(name, {"kid": key.kid, "public": key.public})["public"] != key.public:
                raise SettingsError("pinned_key_other", agency=name)
    for key in given[HUB] or ():
        if key.use == "seal":  # may be renewed: it is no root of trust, only whom to seal bundles for
            pinned[INTAKE] = {"kid": key.kid, "public": key.public}
    if pinned != before:
        files.replace_private(home.auditor_keys, json.dumps(pinned, indent=1).encode())


def _store(home: Home, agency: str) -> tuple[Path, Path]:
    """The key store and the key of that store."""
    place = home.node(agency)
    return {
        HUB: (home.hub.keystore, home.hub.kek),
        REGISTRAR: (home.registrar_keystore, home.registrar_kek),
    }.get(agency, (place.keystore, place.kek))


def _check(found: PublicKeys, agency: str) -> None:
    """Raise ValueError or EncodingError unless this is what *agency* hands out."""
    uses = {REGISTRAR: ({"sign"},), HUB: ({"sign"}, {"sign", "seal"})}.get(agency, ({"sign", "seal"},))
    if found.agency != agency or {key.use for key in found.keys} not in uses or found.keys[0].use != "sign":
        raise ValueError("keys of another, or for another use")
    for key in found.keys:
        raw = from_base64url(key.public)
        fits = len(raw) == PUBLIC_SIZES.get(key.suite) and (key.use == "sign") == (key.suite == "ed25519")
        if key_id(raw) != key.kid or not fits:
            raise ValueError("not a key of this id and use")
        if key.kid in PUBLISHED:
            raise ValueError("a key whose private half everybody has")
