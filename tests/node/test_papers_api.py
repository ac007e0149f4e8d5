"""Papers over HTTP: what is taken, what is refused, and how the file of a paper comes back.

Everything in it is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import io
import itertools
import os
import tempfile
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from node.attachments import UNNAMED
from node.paper_files import NEW
from node.paper_reading import open_file
from sealing.attachments import MAX_FILE
from tests.node.province import LABOUR, POLICE, Province, opened
from tests.node.test_api import Desk, desk
from tests.node.test_api_documents import check
from tests.node.test_papers import JPEG, PDF, got_by_another, package

__all__ = ["desk"]

NAME = "Nguyễn Thị Cấy"
GIVEN = {"kind": "verification_answer", "date": "2026-10-20", "issuer": "police_province"}
ANSWER = {"outcome": "victim", "legal_date": "2026-10-20"}


def hand_in(desk: Desk, on: str, content: bytes | Iterator[bytes], **headers: str) -> httpx.Response:
    """Hand a file in."""
    more = {"Content-Type": "application/octet-stream", **headers}
    return desk.client.post(f"/v1/papers/{on}", content=content, headers=desk.token() | more)


def test_there_and_back(province: Province, desk: Desk) -> None:
    """The file comes back byte for byte, of its type, under a name that says nobody's, and is kept on no way."""
    code = opened(desk.office)
    taken = hand_in(desk, code, PDF)
    check(taken.json(), "/v1/papers/{on}", "post")
    assert (taken.json()["format"], taken.json()["size"]) == ("pdf", len(PDF))
    words = {"number": "12/GIẢ", "issued_by": "Công an tỉnh Giả", "signatory": NAME, "title": "V/v giả định"}
    paper = {**GIVEN, **words, "file": taken.json()["file"]}
    done = desk.act("answer_identification", code, **ANSWER, papers=[paper, GIVEN])
    assert done.status_code == 200, done.text
    province.sync()
    labour = Desk(province[LABOUR])
    labour.office.node.sync()
    shown = labour.get(f"/v1/cases/{code}")
    check(shown, "/v1/cases/{code}")
    first, second = shown["papers"]
    assert (first["signatory"], first["size"], second["size"]) == (NAME, len(PDF), None)
    answer = labour.client.get(f"/v1/papers/{first['statement']}/{first['number']}", headers=labour.token())
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    disposition = f'attachment; filename="{code}-verification_answer-2026-10-20.pdf"'
    assert answer.headers["content-disposition"] == disposition
    missing = labour.client.get(f"/v1/papers/{second['statement']}/{second['number']}", headers=labour.token())
    assert (missing.status_code, missing.json()["code"]) == (404, "paper_without_file")
    with_the_offer = labour.act("refuse", "0" * 32, reason="no_capacity", message="x", papers=[GIVEN])
    assert with_the_offer.json()["code"] == "referral_unknown"


def test_the_node_is_free_while_a_file_goes(desk: Desk) -> None:
    """Another officer acts while the file that an act names, or one that waits, goes to the hub; each goes once."""
    code, line, free = opened(desk.office), desk.office.line, list[bool]()
    file = hand_in(desk, code, PDF).json()["file"]
    late = hand_in(desk, code, JPEG).json()["file"]
    line.asked = []

    def passing(path: str, body: bytes) -> bytes:
        if "attachments" in path:
            free.append(got_by_another(desk.office))
        return body

    line.change = passing
    desk.act("answer_identification", code, **{**ANSWER, "outcome": "longer"}, papers=[{**GIVEN, "file": file}])
    line.cut = True
    desk.act("answer_identification", code, **ANSWER, papers=[{**GIVEN, "file": late}])
    line.cut = False
    answer = desk.client.post("/v1/sync", headers=desk.token())
    assert (answer.status_code, desk.office.queued()) == (200, 0)
    assert [one for one in line.asked if "attachments" in one] == [f"PUT /v1/attachments/{one}" for one in (file, late)]
    assert free == [True, True]


def test_on_an_offer(province: Province, desk: Desk) -> None:
    """Who answers an offer hands in its file under the offer's id."""
    code = opened(desk.office)
    offer = desk.act("refer", code, to=LABOUR, service="reintegration", message="nhờ").json()["id"]
    labour = Desk(province[LABOUR])
    labour.office.node.sync()
    file = hand_in(labour, offer, JPEG).json()
    done = labour.act("accept", offer, papers=[{**GIVEN, "file": file["file"]}])
    assert done.status_code == 200, done.text
    province.sync()
    (seen,) = desk.get(f"/v1/cases/{code}")["papers"]
    assert (seen["section"], seen["state"], seen["size"]) == ("message", "open", len(JPEG))
    assert hand_in(labour, "0" * 32, JPEG).json()["code"] == "referral_unknown"
    assert hand_in(labour, "HS-22222-22222", JPEG).json()["code"] == "case_unknown"


NOTICE = {"pathway": "rescued", "occurred": "2026-11-01T01:00Z", "values": {"full_name": "Lò Thị Giả"}}


def noticed(desk: Desk, *files: str, on: str = "", **more: str) -> httpx.Response:
    """A notice that stands for papers with these files."""
    papers = [{**GIVEN, "kind": "official_letter", "file": file} for file in files]
    body = {"act": "notify", "on": on, "arguments": {**NOTICE, "papers": papers}}
    return desk.client.post("/v1/acts", json=body, headers=desk.token() | more)


def test_with_the_notice_that_opens_a_case(province: Province, desk: Desk) -> None:
    """Files handed in before there is a case go with it, once however often it is asked; who is told reads them."""
    files = [hand_in(desk, "new", content).json()["file"] for content in (PDF, JPEG)]
    key = {"Idempotency-Key": f'"{"k" * 16}"'}
    made, again = noticed(desk, *files, **key).json(), noticed(desk, *files, **key).json()
    assert made == again
    assert made["id"].startswith("HS-")
    desk.office.start()
    province.sync()
    labour, desk.office.line.cut = province[LABOUR], True
    for office in (desk.office, labour):
        reader = Desk(office)
        papers = reader.get(f"/v1/cases/{made['id']}")["papers"]
        ways = [f"/v1/papers/{one['statement']}/{one['number']}" for one in papers]
        assert [reader.client.get(way, headers=reader.token()).content for way in ways] == [PDF, JPEG]
    desk.office.line.cut = False
    province.check()


def test_a_file_of_no_case_yet_is_for_an_opening_notice_alone(desk: Desk) -> None:
    """Not for a case that is there, nor for a second notice; and no case is opened with the file of another."""
    case = opened(desk.office)
    file, of_the_case = hand_in(desk, "new", PDF).json()["file"], hand_in(desk, case, PDF).json()["file"]
    answer: dict[str, Any] = {**ANSWER, "papers": [{**GIVEN, "file": file}]}
    refused = [
        noticed(desk, file, on=case),
        desk.act("answer_identification", case, **answer),
        noticed(desk, file, of_the_case),
        noticed(desk, of_the_case),
    ]
    assert noticed(desk, file).status_code == 200
    refused += [noticed(desk, file), desk.act("answer_identification", case, **answer)]
    assert {one.json()["code"] for one in refused} == {"paper_file_unknown"}
    assert len(desk.office.node.projector.files) == 2


def test_a_notice_that_failed_leaves_its_file_to_be_named_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused by the hub, or stopped by a database that fails: as if it had not been, with no key of a case made."""
    file = hand_in(desk, "new", PDF).json()["file"]
    views = desk.office.home / "views"
    before = views.stat().st_size
    late = {**NOTICE, "occurred": "2030-01-01T00:00Z", "papers": [{**GIVEN, "file": file}]}
    assert desk.act("notify", "", **late).json()["code"] == "occurred_in_future"
    assert views.stat().st_size == before
    fails, queue = itertools.count(), desk.office.node.store.queue

    def failing(*given: Any, **named: Any) -> None:
        queue(*given, **named)
        if next(fails) == 0:
            raise OSError

    monkeypatch.setattr("node.store.Store.queue", lambda _self, *given, **named: failing(*given, **named))
    key = {"Idempotency-Key": f'"{"k" * 16}"'}
    assert [noticed(desk, file, **key).status_code for _ in range(3)] == [500, 200, 200]
    assert file not in desk.office.node.paper_files.waiting
    assert len(desk.office.node.projector.files) == 1


def test_a_stop_before_the_file_is_settled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What opens it is found in the notice, and kept from then on; one that no notice names is handed in again."""
    file, other = (hand_in(desk, "new", PDF).json()["file"] for _ in range(2))
    monkeypatch.setattr("node.paper_files.PaperFiles.settle", lambda *_given, **_named: None)
    statement = noticed(desk, file).json()["statement"]
    node = desk.office.start()
    for cut in (False, True):
        desk.office.line.cut = cut
        assert b"".join(open_file(node, statement, 1).pieces) == PDF
    restarted = Desk(desk.office)
    assert noticed(restarted, other).json()["code"] == "paper_file_unknown"


def test_files_of_no_case_do_not_gather(desk: Desk) -> None:
    """After seven days row, pieces and key are gone, and nothing was made for a case that never was."""
    node, views = desk.office.node, desk.office.home / "views"
    before = views.stat().st_size
    file = hand_in(desk, "new", JPEG).json()["file"]
    assert node.store.connection.execute("SELECT case_id, sealed_key FROM attachments").fetchall() == [(NEW, None)]
    desk.office.world.clock += UNNAMED + 1
    hand_in(desk, "new", JPEG)
    for table in ("attachments", "attachment_pieces"):
        assert node.store.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
    assert (views.stat().st_size, noticed(desk, file).json()["code"]) == (before, "paper_file_unknown")
    assert file not in node.paper_files.waiting


def endless() -> Iterator[bytes]:
    """A file that never ends."""
    yield PDF
    while True:
        yield bytes(1024 * 1024)


def typed(types: bytes, *, before: int = 0, after: int = 0) -> bytes:
    """A text document that says this of the types of its parts, with other parts before and after."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", os.urandom(before))
        archive.writestr("[Content_Types].xml", types, zipfile.ZIP_DEFLATED)
        archive.writestr("word/media/1.png", os.urandom(after))
    return made.getvalue()


ACTIVE = (
    (b'<Override PartName="/word/x.bin" ContentType="application/vnd.ms-office.vbaProject"/>',),
    (b'<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>',),
    ('<Default Extension="x" ContentType="application/vnd.ms-office.VBAPROJECT"/>'.encode("utf-16"),),
)
"""Macros under another name, in a package that is called a text document."""


def test_what_is_not_taken(desk: Desk) -> None:
    """By its own bytes; the answer quotes nothing of it, and nothing is kept."""
    case = opened(desk.office)
    for content, code in (
        (b"", "paper_empty"),
        (b"%PD", "paper_format_unknown"),
        (f"MZ {NAME}".encode() * 100, "paper_format_unknown"),
        (package("xl/workbook.xml"), "paper_format_unknown"),
        (package("word/document.xml", "word/vbaProject.bin"), "paper_has_macros"),
        (package("word/document.xml", "customXml\\VBAPROJECT.BIN"), "paper_has_macros"),
        (package("word/document.xml")[:-30], "paper_format_unknown"),
        (package("word/document.xml"), "paper_format_unknown"),
        *((typed(*one), "paper_has_macros") for one in ACTIVE),
        (typed(b'<Default ContentType="application/&#118;nd.ms-office.x"/>'), "paper_format_unknown"),
        (typed(b"<Types>" + b" " * 2**21 + b"</Types>"), "paper_format_unknown"),
        (typed(b"<Types/>", before=2**21, after=2**21), "paper_format_unknown"),
        (PDF + bytes(MAX_FILE), "paper_too_large"),
    ):
        answer = hand_in(desk, case, content)
        assert answer.json()["code"] == code
        assert NAME.partition(" ")[0] not in answer.text
    kept = desk.office.node.store.connection.execute("SELECT count(*) FROM attachments").fetchone()
    assert kept == (0,)


def test_what_is_taken(desk: Desk) -> None:
    """A picture, a text document however its parts are ordered, and a file of the largest size."""
    case = opened(desk.office)
    document = package("[Content_Types].xml", "word/document.xml", *(f"word/media/{n}.png" for n in range(99)))
    ends = (typed(b"<Types/>", before=2**21), "docx"), (typed(b"<Types/>", after=2**21), "docx")
    for content, kind in ((JPEG, "jpeg"), (document, "docx"), *ends, (PDF + bytes(MAX_FILE - len(PDF)), "pdf")):
        answer = hand_in(desk, case, content)
        assert (answer.status_code, answer.json().get("format")) == (200, kind), answer.text


def test_only_bytes_are_a_file(desk: Desk) -> None:
    """No form with a name of the file in it, nothing compressed; and who has no token is not read."""
    case = opened(desk.office)
    for wrong in ({"Content-Type": "multipart/form-data"}, {"Content-Encoding": "gzip"}):
        assert hand_in(desk, case, PDF, **wrong).json()["code"] == "content_type_wrong"
    answer = desk.client.post(f"/v1/papers/{case}", content=endless())
    assert answer.status_code == 401


def test_no_byte_is_on_disk_in_the_clear(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is written to a temporary file while one is handed in is sealed."""
    case, written = opened(desk.office), bytearray()
    real = tempfile.TemporaryFile

    def watched(*args: Any, **more: Any) -> Any:
        file = real(*args, **more)
        put = file.write

        class Watched:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

            def write(self, piece: bytes) -> int:
                written.extend(piece)
                return int(put(piece))

        return Watched()

    monkeypatch.setattr("node.paper_files.tempfile.TemporaryFile", watched)
    assert hand_in(desk, case, PDF).status_code == 200
    assert len(written) > len(PDF)
    assert PDF[:30] not in written
    assert PDF[-30:] not in written


def test_wrong_papers_are_refused_without_echo(desk: Desk) -> None:
    """A stable code, nothing recorded, nothing waiting; a date in another form is said so."""
    code = opened(desk.office)
    for wrong in (
        {**GIVEN, "date": "20/10/2026"},
        {**GIVEN, "number": ""},
        {**GIVEN, "signatory": "x" * 501},
        {**GIVEN, "file": "x"},
        {**GIVEN, NAME: "x"},
        {"kind": NAME, "date": "2026-10-20"},
        {"kind": "nothing", "date": "2026-10-20"},
        {**GIVEN, "date": "2026-02-31"},
        {**GIVEN, "file": "0" * 64},
    ):
        answer = desk.act("answer_identification", code, **ANSWER, papers=[wrong])
        assert answer.status_code in {400, 422}, answer.text
        assert NAME.partition(" ")[0] not in answer.text
        if wrong.get("date") == "20/10/2026":
            assert (answer.json()["code"], answer.json()["params"]) == ("date_malformed", {"field": "date"})
    assert desk.office.queued() == 0
    assert desk.act("answer_identification", code, **ANSWER).status_code == 200


def test_at_most_eight(desk: Desk) -> None:
    """As many papers as a header holds."""
    code = opened(desk.office)
    assert desk.act("request_identification", code, to=POLICE, papers=[GIVEN] * 9).json()["code"] == "request_wrong"
    assert desk.act("request_identification", code, to=POLICE, papers=[GIVEN] * 8).status_code == 200
