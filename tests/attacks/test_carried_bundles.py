"""A stick in the wrong hands: replayed, cut short, swapped, forged, too much, under a name that leads away.

Whatever comes, it is refused with a code that has words, before anything is kept, and a good bundle is taken after it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from caunoi.carrying import ANSWER, Carrier, name_of, write_file
from caunoi.dropping import DONE, REFUSED, Folder
from domain.errors import RefusedError
from domain.wording import say
from node import bundles
from sealing import manifests
from sealing.bundles import seal_content
from sealing.envelope import Signature
from sealing.keystore import KeyStore, MemoryKeyStore
from sealing.manifests import MAGIC, content_hash
from tests.hub.log_fixtures import hub_dsn
from tests.node.province import BORDER, INTAKE, POLICE, WOMEN, Office, Province, opened, province
from tests.node.test_bundles import carrier

__all__ = ["hub_dsn", "province"]
SIGNED = "bundle_signature_wrong"


def state(office: Office) -> tuple[object, ...]:
    """All that taking a bundle changes."""
    tables = ("outbox", "receipts", "feed", "carried", "bundles", "view_rows")
    rows = [office.node.store.connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in tables]
    return (*map(str, rows), office.node.projector.number)


def refused(act: Callable[[], object]) -> str:
    """The code with which something is refused; it has words in both languages."""
    with pytest.raises(RefusedError) as error:
        act()
    assert say(error.value.code, "vi", **error.value.params) != error.value.code
    return error.value.code


def resigned(raw: bytes, signer: KeyStore, **changes: object) -> bytes:
    """A bundle with another manifest, put together well and signed by this key store."""
    bundle = manifests.read(raw)
    manifest = msgspec.structs.replace(bundle.manifest, kid=signer.kids("sign")[-1], **changes)
    return manifests.write(*manifests.sign(manifest, signer), bundle.sealed)


@pytest.fixture
def border(province: Province) -> Office:
    """An office without a line, with a case that waits."""
    office = province[BORDER]
    office.line.cut = True
    opened(office)
    return office


def cuts(raw: bytes) -> Iterator[int]:
    """Where a copy may have stopped: in and after each part of the file."""
    ends, at = [len(MAGIC)], len(MAGIC)
    for _ in range(3):
        at = raw.index(b"\n", at) + 1
        ends.append(at)
    yield 0
    for end in (*ends, (ends[-1] + len(raw)) // 2, len(raw)):
        yield from {end - 1, end - 2, *([end] if end < len(raw) else [])}


def test_cut_short_anywhere(province: Province, border: Office) -> None:
    """A half copy is told as one, on both sides; nothing of it is kept."""
    packed = bundles.pack(border.node)
    whole = carrier(province).take(packed).bundle
    before, size = state(border), province.world.intake.head.frontier.size
    for cut in set(cuts(packed)):
        code = refused(lambda cut=cut: carrier(province).take(packed[:cut]))  # type: ignore[misc]
        assert code == ("bundle_half" if cut else "bundle_malformed"), cut
    for cut in set(cuts(whole)):
        assert refused(lambda cut=cut: bundles.take(border.node, whole[:cut])).startswith("bundle_")  # type: ignore[misc]
    assert (state(border), province.world.intake.head.frontier.size) == (before, size)
    assert bundles.take(border.node, whole).recorded == 1


def test_one_bit_anywhere(province: Province, border: Office) -> None:
    """A changed byte is found without opening; with the checksum mended, by the signature or the seal."""
    packed = bundles.pack(border.node)
    whole = carrier(province).take(packed).bundle
    before = state(border)
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        broken = bytearray(whole)
        broken[at] ^= 1
        assert refused(lambda broken=broken: bundles.take(border.node, bytes(broken))).startswith("bundle_")  # type: ignore[misc]
    bundle = manifests.read(whole)
    sealed = bytearray(bundle.sealed)
    sealed[-1] ^= 1
    mended = manifests.write(bundle.line, bundle.signature, bytes(sealed))
    assert refused(lambda: bundles.take(border.node, mended)) == "bundle_not_opened"
    assert state(border) == before


def test_swapped_manifests(province: Province, border: Office) -> None:
    """The manifest of one bundle on the content of another opens nothing."""
    one = bundles.pack(border.node)
    opened(border, key="2")
    two = bundles.pack(border.node)
    first, second = manifests.read(one), manifests.read(two)
    mixed = manifests.write(second.line, second.signature, first.sealed)
    assert refused(lambda: carrier(province).take(mixed)) == "bundle_not_opened"
    answers = [manifests.read(carrier(province).take(each).bundle) for each in (one, two)]
    mixed = manifests.write(answers[1].line, answers[1].signature, answers[0].sealed)
    assert refused(lambda: bundles.take(border.node, mixed)) == "bundle_not_opened"


def test_forged_by_another_agency(province: Province, border: Office) -> None:
    """Another member cannot speak for this one, nor can a stranger; nor can either answer for the hub."""
    packed = bundles.pack(border.node)
    stranger = MemoryKeyStore(BORDER)
    stranger.add_key(use="sign", suite="ed25519")
    women = province[WOMEN].node.keystore
    for signer in (women, stranger):
        assert refused(lambda signer=signer: carrier(province).take(resigned(packed, signer))) == SIGNED  # type: ignore[misc]
    answer = carrier(province).take(packed).bundle
    for signer in (women, stranger, border.node.keystore):
        assert refused(lambda signer=signer: bundles.take(border.node, resigned(answer, signer))) == SIGNED  # type: ignore[misc]


def test_the_agency_may_not_sign_for_another(province: Province, border: Office) -> None:
    """Submissions of another agency in an own bundle are refused one by one, as over HTTP."""
    police = province[POLICE]
    police.line.cut = True
    opened(police)
    stolen = [one.submission for one in police.node.store.queued(9, size=1 << 20)]
    content = b"".join(one + b"\n" for one in stolen)
    raw = bundles.pack(border.node)
    manifest = msgspec.structs.replace(manifests.read(raw).manifest, count=len(stolen), sha256=content_hash(content))
    public = INTAKE.public(manifest.sealed_for)
    sealed = seal_content(content, manifest=manifest, public=public, suite=bundles.INTAKE_SUITE)
    made = manifests.write(*manifests.sign(manifest, border.node.keystore), sealed)
    assert carrier(province).take(made).refused == len(stolen)


def test_for_another_agency(province: Province, border: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer to somebody else, a bundle not for the hub: refused by the manifest, never opened."""
    answer = carrier(province).take(bundles.pack(border.node)).bundle

    def opens(*_: object, **__: object) -> bytes:
        raise AssertionError("opened")

    monkeypatch.setattr("node.bundles.open_content", opens)
    monkeypatch.setattr("caunoi.carrying.open_content", opens)
    assert refused(lambda: bundles.take(province[WOMEN].node, answer)) == "bundle_not_ours"
    assert refused(lambda: carrier(province).take(answer)) == "bundle_not_ours"
    assert refused(lambda: bundles.take(border.node, bundles.pack(border.node))) == "bundle_not_ours"


def test_an_answer_to_a_bundle_never_made(province: Province, border: Office) -> None:
    """Signed by the hub itself, but not for this bundle: a number met before under another content is not enough."""
    world = province.world
    answer = carrier(province).take(bundles.pack(border.node)).bundle
    for changes in ({"number": 7}, {"answers": "0" * 64}, {"answers": None}):
        forged = resigned(answer, world.hub_keys, **changes)
        assert refused(lambda forged=forged: bundles.take(border.node, forged)) == "bundle_not_ours"  # type: ignore[misc]


def test_replayed(province: Province, border: Office) -> None:
    """Whoever copied the stick can bring it again: the hub has what it had, the answer opens for the agency alone."""
    packed = bundles.pack(border.node)
    carrier(province).take(packed)
    size = province.world.intake.head.frontier.size
    again = carrier(province).take(packed)
    assert (again.new, again.known, province.world.intake.head.frontier.size) == (0, 1, size)
    assert b"case.notified" not in again.bundle
    assert BORDER.encode() in again.bundle, "who it is for can be read"
    province[WOMEN].node.kept = border.node.kept
    assert refused(lambda: bundles.take(province[WOMEN].node, again.bundle)) == "bundle_not_ours"


def test_bombs(province: Province, border: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count that is not true, a line without end, a file too large: refused without work in proportion."""
    packed = bundles.pack(border.node)
    for changes in ({"count": 2**53}, {"count": 0}, {"sha256": "0" * 64}):
        forged = resigned(packed, border.node.keystore, **changes)
        assert refused(lambda forged=forged: carrier(province).take(forged)) in {"bundle_wrong", "bundle_not_opened"}  # type: ignore[misc]
    for raw in (MAGIC + b"x" * 100_000, MAGIC + b"[" * 3000 + b"\n" * 9, MAGIC * 9, os.urandom(300)):
        assert refused(lambda raw=raw: carrier(province).take(raw)).startswith("bundle_")  # type: ignore[misc]
    monkeypatch.setattr(manifests, "MAX_BUNDLE", len(packed) - 1)
    assert refused(lambda: carrier(province).take(packed)) == "bundle_too_large"


@pytest.mark.parametrize("name", ["../../etc", "A", "con\\x", "", "x/y", "a" * 99])
def test_a_name_that_leads_away(province: Province, border: Office, name: str) -> None:
    """Who it is from becomes a file's name: only an agency's id may stand there."""
    packed = bundles.pack(border.node)
    bundle = manifests.read(packed)
    line = bundle.line.replace(f'"by":"{BORDER}"'.encode(), msgspec.json.encode({"by": name})[1:-1])
    made = manifests.write(line, bundle.signature, bundle.sealed)
    assert refused(lambda: carrier(province).take(made)) == "bundle_malformed"
    assert name_of(bundle.manifest) == f"{BORDER}-000001.caunoi"
    answer = carrier(province).take(packed)
    assert name_of(answer.manifest) == f"{BORDER}-000001{ANSWER}"


def test_a_second_spelling_of_a_manifest(province: Province, border: Office) -> None:
    """A name given twice, or a blank: one reader might read it so, the next otherwise."""
    bundle = manifests.read(bundles.pack(border.node))
    for line in (bundle.line.replace(b",", b", ", 1), bundle.line[:-1] + b',"number":1}'):
        signature = Signature(bundle.signature.kid, border.node.keystore.sign(bundle.signature.kid, line))
        raw = manifests.write(line, signature, bundle.sealed)
        assert refused(lambda raw=raw: carrier(province).take(raw)) == "bundle_malformed"  # type: ignore[misc]


def test_the_door_needs_the_carriers_token(province: Province, border: Office) -> None:
    """An agency's own token does not open it, nor one the border signs in the hub's name."""
    border.line.cut = False
    client = Carrier(
        province.client, signer=border.node.keystore, intake=INTAKE, now=lambda: province.world.now() // 1_000_000
    )
    assert refused(lambda: client.take(bundles.pack(border.node))) == "token_wrong"


def test_the_content_is_the_signed_one(province: Province, border: Office) -> None:
    """A carrier cannot take a line out or put one in: the hub sees it by the agency's signature."""
    bundle = manifests.read(bundles.pack(border.node))
    made = carrier(province)
    for content in (b"", b"{}\n"):
        assert refused(lambda content=content: made._bring(bundle, content)) == "bundle_wrong"  # type: ignore[misc]


# -- the watched folder ------------------------------------------------------------------------------------------------


def test_a_watched_folder(province: Province, border: Office, tmp_path: Path) -> None:
    """Each file once; what is still being copied waits, a half one is set aside with why, a link is not followed."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    made, told = carrier(province), list[str]()

    def handle(file: Path) -> None:
        answer = made.take(file.read_bytes())
        write_file(out / name_of(answer.manifest), answer.bundle)

    watched = Folder(path=folder, handle=handle, here=made.here, language="vi", told=lambda name, _: told.append(name))
    packed = bundles.pack(border.node)
    (folder / "a.caunoi").write_bytes(packed[:100])
    assert watched.look() == 0
    (folder / "a.caunoi").write_bytes(packed)
    assert watched.look() == 0, "it grew: somebody is copying"
    assert watched.look() == 1
    assert watched.look() == 0
    assert [one.name for one in out.iterdir()] == [f"{BORDER}-000001{ANSWER}"]
    assert bundles.take(border.node, (out / f"{BORDER}-000001{ANSWER}").read_bytes()).recorded == 1
    (folder / "a.caunoi").write_bytes(packed[:-1])
    (folder / "b.caunoi").symlink_to(tmp_path / "elsewhere")
    (folder / "c.caunoi.part").write_bytes(b"x")
    (folder / "d.caunoi").mkdir()
    assert watched.look(settled=True) == 1
    assert told == ["a.caunoi"]
    assert "chép lại" in (folder / REFUSED / "a.caunoi.txt").read_text("utf-8")
    (folder / "a.caunoi").write_bytes(packed)
    assert watched.look(settled=True) == 1
    assert sorted(one.name for one in (folder / DONE).iterdir()) == ["a.2.caunoi", "a.caunoi"]


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stick pulled out while writing leaves nothing under the bundle's name."""

    def pulled(_: int) -> None:
        raise OSError("pulled")

    monkeypatch.setattr("caunoi.carrying.os.fsync", pulled)
    with pytest.raises(OSError, match="pulled"):
        write_file(tmp_path / "x.caunoi", b"x")
    assert not (tmp_path / "x.caunoi").exists()
