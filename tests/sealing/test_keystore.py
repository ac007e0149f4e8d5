"""One contract for every key store, and what the file adds to it."""

from __future__ import annotations

import json
import os
import pickle
import unicodedata
from pathlib import Path

import pytest

from sealing import envelope, files, grants
from sealing.encoding import KeyName, key_id
from sealing.errors import KeyMissingError, KeyStoreError, WrongMasterKeyError
from sealing.keystore import FileKeyStore, KeyStore, MemoryKeyStore
from sealing.master_keys import FileMasterKey, PassphraseMasterKey

Adding = FileKeyStore | MemoryKeyStore


@pytest.fixture
def source(tmp_path: Path) -> FileMasterKey:
    made = FileMasterKey(tmp_path / "master")
    made.create()
    return made


@pytest.fixture(params=["memory", "file", "file opened again"])
def store(request: pytest.FixtureRequest, tmp_path: Path, source: FileMasterKey) -> Adding:
    if request.param == "memory":
        made: Adding = MemoryKeyStore("police-th")
    else:
        made = FileKeyStore.create(tmp_path / "keys.json", agency="police-th", source=source)
    for suite in ("ed25519", "x25519", "mlkem768x25519", "ed25519"):
        made.add_key(use="sign" if suite == "ed25519" else "seal", suite=suite)
    return FileKeyStore(tmp_path / "keys.json", source) if request.param == "file opened again" else made


class TestContract:
    """Holds for every implementation of the port."""

    def test_kids(self, store: KeyStore) -> None:
        """Keys are listed by use, newest last, and named by their public halves."""
        sign, seal = store.kids("sign"), store.kids("seal")

        assert [store.suite(kid) for kid in sign + seal] == ["ed25519", "ed25519", "x25519", "mlkem768x25519"]
        assert all(key_id(store.public(kid)) == kid for kid in sign + seal)
        for kid in sign + seal:
            envelope.check_public(store.public(kid), suite=store.suite(kid))

    def test_newest_last(self, store: Adding) -> None:
        """A key added is the last."""
        kid = store.add_key(use="sign", suite="ed25519")
        assert store.kids("sign")[-1] == kid
        assert len(store.kids("sign")) == 3

    def test_sign(self, store: KeyStore) -> None:
        """What is signed verifies."""
        for kid in store.kids("sign"):
            envelope.verify_bytes(b"data", signature=store.sign(kid, b"data"), public=store.public(kid))

    def test_open_grant(self, store: KeyStore) -> None:
        """What is wrapped for a key is opened by it, in both suites."""
        keys = {KeyName("identity", "police-th", 1): bytes(32)}
        place = {"case": "a1" * 16, "grantor": "a", "grantee": "b", "ground": "law:own"}
        for kid in store.kids("seal"):
            wrapped = grants.wrap(keys, kid=kid, public=store.public(kid), suite=store.suite(kid), **place)
            assert grants.unwrap(wrapped, store=store, names=keys, kid=kid, **place) == keys

    def test_each_key_for_its_use(self, store: KeyStore) -> None:
        """A signing key opens nothing, an opening key signs nothing."""
        with pytest.raises(KeyMissingError):
            store.sign(store.kids("seal")[0], b"data")
        with pytest.raises(KeyMissingError):
            store.open_grant(store.kids("sign")[0], b"\1" + bytes(80), b"")

    def test_unknown_key(self, store: KeyStore) -> None:
        """A key that is not here is missing, whatever is asked of it."""
        for call in (
            store.public,
            store.suite,
            lambda kid: store.sign(kid, b""),
            lambda kid: store.open_grant(kid, b"", b""),
        ):
            with pytest.raises(KeyMissingError):
                call("00" * 16)

    @pytest.mark.parametrize(
        ("use", "suite"), [("sign", "x25519"), ("seal", "ed25519"), ("seal", "rsa"), ("sign", "rsa")]
    )
    def test_suite_must_fit_use(self, store: Adding, use: str, suite: str) -> None:
        """No suite is used for what it is not made for."""
        with pytest.raises(KeyStoreError):
            store.add_key(use=use, suite=suite)  # type: ignore[arg-type]  # what a caller without types may do

    def test_taken_in(self, store: Adding) -> None:
        """A private key can be taken in, once, if it has the length of its suite."""
        kid = store.add_key(use="sign", suite="ed25519", private=bytes(32))
        assert kid == store.kids("sign")[-1]
        with pytest.raises(KeyStoreError):
            store.add_key(use="sign", suite="ed25519", private=bytes(32))
        with pytest.raises(KeyStoreError):
            store.add_key(use="sign", suite="ed25519", private=bytes(31))

    def test_no_private_key_comes_out(self, store: Adding) -> None:
        """Neither an answer, nor the text of the store, nor a pickle of it shows a private key."""
        private = bytes(range(100, 132))
        kid = store.add_key(use="sign", suite="ed25519", private=private)
        shown = repr(store) + str(store) + repr(vars(store))

        assert private not in (store.public(kid), store.sign(kid, b""))
        assert private.hex() not in shown
        assert repr(private)[2:-1] not in shown
        with pytest.raises(TypeError):
            pickle.dumps(store)


@pytest.fixture
def path(tmp_path: Path, source: FileMasterKey) -> Path:
    store = FileKeyStore.create(tmp_path / "keys.json", agency="police-th", source=source)
    store.add_key(use="sign", suite="ed25519", not_before=1_795_000_000)
    store.add_key(use="sign", suite="ed25519")
    store.add_key(use="seal", suite="x25519")
    return tmp_path / "keys.json"


def test_file_holds_no_private_key(tmp_path: Path, source: FileMasterKey) -> None:
    """A private key is in the file under the master key only."""
    store = FileKeyStore.create(tmp_path / "keys.json", agency="police-th", source=source)
    private = bytes(range(32))
    store.add_key(use="sign", suite="ed25519", private=private)
    text = (tmp_path / "keys.json").read_text()

    assert private.hex() not in text
    assert "AAECAwQFBgcICQoL" not in text


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_mode_must_be_0600(path: Path, source: FileMasterKey, mode: int) -> None:
    """A key store that others may read or write is refused; ours is made 0600."""
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(mode)
    with pytest.raises(KeyStoreError, match="0600"):
        FileKeyStore(path, source)


def test_no_link(path: Path, source: FileMasterKey) -> None:
    """A link in the place of the file is not followed."""
    link = path.with_name("link.json")
    link.symlink_to(path)
    with pytest.raises(KeyStoreError):
        FileKeyStore(link, source)


def test_never_overwritten(path: Path, source: FileMasterKey) -> None:
    """Creating where there is a store is refused, and leaves it as it was."""
    before = path.read_bytes()
    with pytest.raises(KeyStoreError, match="already"):
        FileKeyStore.create(path, agency="police-th", source=source)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "change", ["kid", "use", "suite", "not_before", "sealed", "agency", "check", "scheme", "order"]
)
def test_nothing_can_be_relabelled(path: Path, source: FileMasterKey, change: str) -> None:
    """No entry opens under another label, agency or number."""
    stored = json.loads(path.read_bytes())
    first, second, third = stored["keys"]
    changes = {
        "kid": lambda: first.update(kid=second["kid"]),
        "use": lambda: first.update(use="seal"),
        "suite": lambda: third.update(suite="mlkem768x25519"),
        "not_before": lambda: first.update(not_before=0),
        "sealed": lambda: first.update(sealed=second["sealed"]),
        "agency": lambda: stored.update(agency="health-th"),
        "check": lambda: stored.update(check=first["sealed"]),
        "scheme": lambda: stored.update(scheme="$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA"),
        "order": lambda: stored.update(keys=[second, first, third]),
    }
    changes[change]()
    path.write_text(json.dumps(stored))
    with pytest.raises(KeyStoreError):
        FileKeyStore(path, source)


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"[]", b'{"version":2}'])
def test_not_of_our_form(path: Path, source: FileMasterKey, data: bytes) -> None:
    """Anything else in the file is refused with our own error."""
    path.write_bytes(data)
    with pytest.raises(KeyStoreError):
        FileKeyStore(path, source)


def test_other_master(path: Path, tmp_path: Path) -> None:
    """Another master key is named as such."""
    other = FileMasterKey(tmp_path / "other")
    other.create()
    with pytest.raises(WrongMasterKeyError):
        FileKeyStore(path, other)


def test_passphrase(tmp_path: Path) -> None:
    """A store under a passphrase opens with it, however its marks are typed, and with no other."""
    path = tmp_path / "keys.json"
    composed = "mật khẩu giả định"

    decomposed = unicodedata.normalize("NFD", composed)
    FileKeyStore.create(path, agency="police-th", source=PassphraseMasterKey(lambda: composed))

    assert composed != decomposed
    FileKeyStore(path, PassphraseMasterKey(lambda: decomposed))
    with pytest.raises(WrongMasterKeyError):
        FileKeyStore(path, PassphraseMasterKey(lambda: "mật khẩu khác hẳn"))
    with pytest.raises(KeyStoreError):
        FileKeyStore(path, FileMasterKey(tmp_path / "master"))


def test_two_writers(path: Path, source: FileMasterKey) -> None:
    """Two that have the file open cannot overwrite each other's new key."""
    one, two = FileKeyStore(path, source), FileKeyStore(path, source)
    kid = one.add_key(use="sign", suite="ed25519")
    with pytest.raises(KeyStoreError, match="changed"):
        two.add_key(use="sign", suite="ed25519")

    assert FileKeyStore(path, source).kids("sign")[-1] == kid
    assert len(two.kids("sign")) == 2


def test_key_not_on_disk_signs_nothing(path: Path, source: FileMasterKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the new key cannot be written, it is not in the store."""

    def fail(path: Path, data: bytes) -> None:
        raise KeyStoreError("cannot write")

    store = FileKeyStore(path, source)
    before = store.kids("sign")
    monkeypatch.setattr(files, "replace_private", fail)
    with pytest.raises(KeyStoreError):
        store.add_key(use="sign", suite="ed25519")
    assert store.kids("sign") == before


def test_a_destroyed_key_is_gone(tmp_path: Path, source: FileMasterKey) -> None:
    """It signs no more, here or after opening again; the others keep their order and days; the old file is noise."""
    path = tmp_path / "keys.json"
    store = FileKeyStore.create(path, agency="police-th", source=source)
    kids = [store.add_key(use="sign", suite="ed25519", not_before=day) for day in (10, 20, 30)]
    before, second = path.read_bytes(), tmp_path / "second name"
    os.link(path, second)
    store.destroy(kids[1])
    again = FileKeyStore(path, source)
    for one in (store, again):
        assert one.kids("sign") == (kids[0], kids[2])
        assert [one.not_before(kid) for kid in one.kids("sign")] == [10, 30]
        with pytest.raises(KeyMissingError):
            one.sign(kids[1], b"data")
    envelope.verify_bytes(b"x", signature=again.sign(kids[2], b"x"), public=again.public(kids[2]))
    noise = second.read_bytes()
    assert (len(noise), noise == before, b'"kid"' in noise) == (len(before), False, False)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["keys.json", "keys.json.lock", "master", second.name]


def test_what_a_crash_left_of_a_destroyed_key_is_written_over(tmp_path: Path, source: FileMasterKey) -> None:
    """The file's second name from a change that stopped half way goes with the next."""
    path = tmp_path / "keys.json"
    store = FileKeyStore.create(path, agency="police-th", source=source)
    kids = [store.add_key(use="seal", suite="x25519") for _ in range(2)]
    left, seen = tmp_path / "keys.json.old", tmp_path / "seen"
    os.link(path, left)
    os.link(left, seen)
    store.add_key(use="seal", suite="x25519")
    store.destroy(kids[0])
    assert not left.exists()
    assert b'"kid"' not in seen.read_bytes()
    with pytest.raises(KeyMissingError):
        store.destroy(kids[0])
