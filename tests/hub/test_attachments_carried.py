"""Files of papers in carried bundles: brought before what names them, handed out with the line of the entry, once.

The contents are made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
import psycopg
import pytest

from domain import statements as s
from domain.errors import RefusedError
from hub import attachments
from hub.carried import Carried
from hub.log.records import Waiting
from ledger.receipt import Receipt
from sealing.encoding import from_base64, to_base64
from sealing.manifests import HUB, Manifest, content_hash, sign
from tests.hub.files import SCAN, name_of, naming, paper, sealed_file
from tests.hub.intake_fixtures import activity, hub_dsn, world
from tests.world import LABOUR, POLICE, World, key

__all__ = ["hub_dsn", "world"]


def line_of(file: bytes, **changes: str) -> bytes:
    """The line a file is carried in."""
    return msgspec.json.encode({"attachment": name_of(file), "bytes": to_base64(file), **changes})


def bring(world: World, agency: str, *lines: bytes, feed: int = 0) -> tuple[list[str], list[dict[str, Any]]]:
    """Bring a bundle; the codes of its answers, and the lines of the answer."""
    content = b"".join(line + b"\n" for line in lines)
    keys = world[agency].keystore
    manifest = Manifest(
        kind="submissions", by=agency, to=HUB, kid=keys.kids("sign")[-1], sealed_for="0" * 32, number=1,
        created=world.now(), feed=feed, count=len(lines), sha256=content_hash(content),
    )  # fmt: skip
    written, signature = sign(manifest, keys)
    first = msgspec.json.encode({"manifest": written.decode(), "sig": to_base64(signature.sig)})
    answer, answers = Carried(world.intake, world.sharing).take(first + b"\n" + content)
    said = ["recorded" if isinstance(one, Receipt) else one.code for one in answers]
    return said, [json.loads(line) for line in answer.splitlines()[1:]]


def files_in(lines: list[dict[str, Any]]) -> dict[str, bytes | None]:
    """The files of an answer."""
    found = {line["attachment"]: line.get("bytes") for line in lines if "attachment" in line}
    return {name: None if text is None else from_base64(text) for name, text in found.items()}


def test_brought_before_what_names_it(world: World) -> None:
    """A file and then its statement in one bundle, or each in its own; the answers are those of the statements."""
    one, other = (sealed_file(POLICE, SCAN * times) for times in (1, 20_000))
    police = world[POLICE]
    said, lines = bring(world, POLICE, activity(police).body, line_of(one), naming(police, paper(one)).body)
    assert said == ["recorded", "recorded"]
    assert files_in(lines) == {name_of(one): one}
    seen = max(line["feed"]["number"] for line in lines if "feed" in line)
    assert bring(world, POLICE, line_of(other), feed=seen) == ([], [])
    assert bring(world, POLICE, line_of(one), feed=seen) == ([], []), "never again for the whole case"


def test_after_what_names_it_is_too_late(world: World) -> None:
    """Lines are taken in their order."""
    file = sealed_file(POLICE)
    said, _ = bring(world, POLICE, naming(world[POLICE], paper(file)).body, line_of(file))
    assert said == ["attachment_missing"]


def test_another_agency_gets_it_with_the_entry(world: World) -> None:
    """Who comes to the case gets the file before the line of the entry; an erased one has no bytes."""
    file, police = sealed_file(POLICE), world[POLICE]
    opened = naming(police, paper(file))
    assert bring(world, POLICE, line_of(file), opened.body)[0] == ["recorded"]
    assert files_in(bring(world, LABOUR)[1]) == {}
    assert isinstance(opened.statement, s.CaseStatement)
    del police.projector.files[opened.statement.case]
    police.say(
        s.IdentificationAnswered,
        opened.statement.case,
        facts={"outcome": "victim", "legal_date": "2026-11-01"},
        to=[LABOUR],
        share=lambda _: [police.share(LABOUR, key(s.Section.IDENTITY, POLICE), law="l53_art28")],
    )
    lines = bring(world, LABOUR)[1]
    assert files_in(lines) == {name_of(file): file}
    assert [("attachment" in line) for line in lines].index(True) < [("feed" in line) for line in lines].index(True)
    with psycopg.connect(world.dsn, user="caunoi_eraser") as connection:
        connection.execute("DELETE FROM hub.attachments")
    assert files_in(bring(world, LABOUR)[1]) == {name_of(file): None}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"attachment": "0" * 64}, "body_wrong"),
        ({"bytes": to_base64(b"\x01%PDF")}, "body_wrong"),
        ({"bytes": "*"}, "bundle_malformed"),
        ({"more": "x"}, "bundle_malformed"),
    ],
)
def test_what_is_no_file(world: World, changes: dict[str, str], code: str) -> None:
    """A line that is no file of its name is refused, and nothing of it is kept."""
    with pytest.raises(RefusedError) as refused:
        bring(world, POLICE, line_of(sealed_file(POLICE), **changes))
    assert refused.value.code == code
    assert world.application.attachments.waiting(POLICE) == Waiting(0, 0)


def test_room_is_the_same_for_bundles(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is bounded; files whose statements are in the same bundle do not add up."""
    monkeypatch.setattr(attachments, "MOST", Waiting(1, 1000))
    police, files = world[POLICE], [sealed_file(POLICE) for _ in range(3)]
    made = naming(police, paper(files[0]))
    assert bring(world, POLICE, line_of(files[0]), made.body, line_of(files[1]))[0] == ["recorded"]
    with pytest.raises(RefusedError, match="attachments_too_many"):
        bring(world, POLICE, line_of(files[2]))
