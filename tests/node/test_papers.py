"""Papers of acts: handed in, sealed, sent before the statement that names them, read by whom the section is open to.

Everything in it is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import base64
import io
import itertools
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from domain.errors import RefusedError
from domain.statements import Section
from node.errors import HubAnswerError, HubUnavailableError
from node.paper_files import NEW, spooled
from node.paper_formats import Passing
from node.paper_reading import WORDS, OpenFile, open_file, papers_of
from node.papers import StatedPaper, place_of, placed
from sealing.errors import CannotOpenError
from tests.node.province import LABOUR, POLICE, WOMEN, Office, Province, case_of, opened

PDF = b"%PDF-1.7\n" + b"d\xe1\xbb\xaf li\xe1\xbb\x87u gi\xe1\xba\xa3 \xc4\x91\xe1\xbb\x8bnh\n" * 40_000 + b"%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 9
PLANTED = "Trần Thị Người Ký Giả"


def package(*parts: str) -> bytes:
    """A package of these parts, as a text document is one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for part in parts:
            archive.writestr(part, "giả định")
    return made.getvalue()


def handed_in(office: Office, code: str | None, content: bytes = PDF) -> str:
    """Hand a file in, for a case that is to be opened where none is named; gives its id."""
    case = NEW if code is None else office.node.case_of_code(code, waiting=True).case.id
    pieces = [content[start : start + 50_000] for start in range(0, len(content), 50_000)]
    with spooled(pieces, author=office.agency) as (file, sealed):
        office.node.paper_files.keep(file, sealed, case=case, now=office.node.now())
    return file.hash


def paper(file: str | None = None, **more: Any) -> StatedPaper:
    """A written answer of the provincial police."""
    given = {
        "kind": "verification_answer",
        "date": "2026-10-20",
        "issuer": "police_province",
        "number": "12/CV-GIẢ",
        "issued_by": "Công an tỉnh Giả",
        "signatory": PLANTED,
        "title": "V/v trả lời xác minh (giả định)",
        "file": file,
    }
    return StatedPaper(**{**given, **more})


def answered(office: Office, code: str, *papers: StatedPaper) -> Any:
    """Answer the identification with papers."""
    return office.officer.with_papers(*papers).answer_identification(
        code, outcome="victim", legal_date="2026-10-20", paper="verification_answer"
    )


def shown(office: Office, code: str) -> list[dict[str, Any]]:
    """The papers of a case as its people see them."""
    return papers_of(office.node.views, case_of(office, code))


def read(file: OpenFile) -> bytes:
    """All bytes of an open file."""
    return b"".join(file.pieces)


def test_police_answer_with_a_paper_that_labour_reads_and_the_union_does_not(province: Province) -> None:
    """The words and the file go with the section they are sealed in; the others see that there is a paper."""
    police, labour, women = province[POLICE], province[LABOUR], province[WOMEN]
    code = opened(police)
    police.officer.record_support(code, regime="medical", given="khám bệnh")
    consent = police.officer.give_consent(code, recipients=[WOMEN], sections=["support"], given_by="person")
    assert consent.index is not None
    police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ giúp", sections=["support"])
    province.sync()
    women.officer.accept(women.inbox()[0].key)
    done = answered(police, code, paper(handed_in(police, code)))
    province.sync()
    (seen,) = shown(labour, code)
    assert (seen["state"], seen["paper_number"], seen["signatory"]) == ("open", "12/CV-GIẢ", PLANTED)
    assert (seen["by"], seen["kind"], seen["issuer"], seen["date"]) == (
        POLICE, "verification_answer", "police_province", "2026-10-20",
    )  # fmt: skip
    assert (seen["format"], seen["size"]) == ("pdf", len(PDF))
    file = open_file(labour.node, done.statement, 1)
    assert (file.media_type, file.name) == ("application/pdf", f"{code}-verification_answer-2026-10-20.pdf")
    assert read(file) == PDF
    assert read(open_file(police.node, done.statement, 1)) == PDF
    seen_there = papers_of(women.node.views, case_of(police, code))
    assert [(one["state"], one["kind"]) for one in seen_there] == [("closed", "verification_answer")]
    assert {one[name] for one in seen_there for name in (*WORDS.values(), "size")} == {None}
    with pytest.raises(RefusedError, match="paper_closed"):
        open_file(women.node, done.statement, 1)
    assert not any(PLANTED in line for line in women.dumped())
    province.check()


def test_what_was_asked_and_answered_between_two_that_share_nothing_yet(province: Province) -> None:
    """The police read the request, who asked reads the answer, each by the law that lets it; the Union neither."""
    labour, police, women = province[LABOUR], province[POLICE], province[WOMEN]
    made = labour.officer.notify(
        "", pathway="self_reported", occurred="2026-10-19T02:00Z", section="contact", values={"address": "thôn Giả"}
    )
    code = made.id or ""
    consent = labour.officer.give_consent(code, recipients=[WOMEN], sections=["support"], given_by="person")
    assert consent.index is not None
    labour.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ giúp", sections=[])
    asking = paper(handed_in(labour, code, JPEG), kind="verification_request", number="7/CV-GIẢ")
    labour.officer.with_papers(asking).request_identification(code, to=POLICE)
    police.node.sync()
    (request,) = shown(police, code)
    assert read(open_file(police.node, request["statement"], 1)) == JPEG
    answered(police, code, paper(handed_in(police, code)))
    province.sync()
    _, answer = shown(labour, code)
    assert answer["paper_number"] == "12/CV-GIẢ"
    assert read(open_file(labour.node, answer["statement"], 1)) == PDF
    assert not any(PLANTED in line for line in women.dumped())
    province.check()


def opening(office: Office, code: str, kind: str) -> list[tuple[str, str | None, list[str]]]:
    """To whom the statements of a type grant something: agency, ground, sections."""
    made = [one.statement for one in office.node.case_of_code(code).seen if one.statement.type == kind]
    grants = [grant for one in made for grant in one.grants if grant.to != one.by]
    return [(grant.to, grant.law, [key.section.value for key in grant.keys]) for grant in grants]


def test_a_paper_opens_nothing_else_of_the_person(province: Province) -> None:
    """What the author keeps of the person stays closed to the other side, before and after the letter."""
    labour, police = province[LABOUR], province[POLICE]
    code = labour.officer.notify(
        "", pathway="hotline", occurred="2026-10-19T02:00Z", section="contact", values={"address": "thôn Giả"}
    ).id
    assert code is not None
    labour.officer.append(code, section="identity", values={"full_name": "Lò Thị Giả"})
    asking = paper(handed_in(labour, code, JPEG), kind="verification_request")
    for law in ("jc01_2014_art6", None):
        labour.officer.with_papers(asking if law else paper()).request_identification(code, to=POLICE, law=law)
    labour.officer.append(code, section="identity", values={"full_name": "Lò Thị Giả Hai"})
    police.node.sync()
    assert opening(police, code, "identification.requested") == [(POLICE, "referral_words", ["message"])] * 2
    assert "identity" not in police.content(case_of(labour, code))
    assert [one["state"] for one in shown(police, code)] == ["open", "open"]
    police.officer.append(code, section="identity", values={"full_name": "Tên Công An Biết"})
    answered(police, code, paper(handed_in(police, code)))
    province.sync()
    assert opening(labour, code, "identification.answered") == [(LABOUR, "referral_words", ["message"])]
    assert POLICE not in labour.content(case_of(labour, code))["identity"]
    answer = shown(labour, code)[-1]
    assert read(open_file(labour.node, answer["statement"], 1)) == PDF
    province.check()


def test_words_alone_need_no_file(province: Province) -> None:
    """A paper of which only number and date are known; its file cannot be asked for."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    done = answered(police, code, paper())
    province.sync()
    (seen,) = shown(labour, code)
    assert (seen["format"], seen["size"], seen["paper_number"]) == (None, None, "12/CV-GIẢ")
    with pytest.raises(RefusedError, match="paper_without_file"):
        open_file(labour.node, done.statement, 1)
    for statement, number in ((done.statement, 2), ("0" * 32, 1)):
        with pytest.raises(RefusedError, match="paper_unknown"):
            open_file(labour.node, statement, number)
    province.check()


def test_a_paper_is_no_record_of_the_person(province: Province) -> None:
    """It is sealed in `identity` beside what is known of the person, and takes nothing of that away."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    answered(police, code, paper())
    province.sync()
    for office in (police, labour):
        record = office.content(case_of(office, code))["identity"][POLICE]
        assert record["values"]["full_name"]["value"]
        assert "papers" not in record
    assert labour.node.projector.searched("Nguyễn Thị Giả")


def test_where_the_words_go(province: Province) -> None:
    """With what the act seals; where it seals nothing, in a section of their own choosing."""
    police = province[POLICE]
    code = opened(police)
    acts: list[tuple[str, dict[str, Any], str]] = [
        ("request_identification", {"to": POLICE}, "identity"),
        ("give_consent", {"recipients": [WOMEN], "sections": ["support"], "given_by": "person"}, "identity"),
        ("record_support", {"regime": "medical", "given": "khám bệnh"}, "support"),
        ("append", {"section": "contact", "values": {"address": "thôn Giả"}}, "contact"),
        ("transfer", {"to": LABOUR, "message": "bàn giao", "sections": []}, "message"),
    ]
    for act, arguments, section in acts:
        done = getattr(police.officer.with_papers(paper(), paper(number="13/GIẢ")), act)(code, **arguments)
        first, second = (one for one in shown(police, code) if one["statement"] == done.statement)
        assert (first["section"], second["section"]) == (section, section)
        assert (first["paper_number"], second["paper_number"]) == ("12/CV-GIẢ", "13/GIẢ")
    closed = opened(police, key="2")
    police.officer.with_papers(paper()).close(closed, reason="support_ended")
    assert [one["section"] for one in shown(police, closed)] == ["account"]
    province.check()


def test_what_counts_people_has_no_paper(province: Province) -> None:
    """An act that seals the profile alone seals one section more for its papers."""
    police = province[POLICE]
    code = opened(police)
    police.officer.with_papers(paper()).append(code, section="profile", values={"sex": "f"})
    assert [one["section"] for one in shown(police, code)] == ["account"]
    assert "papers" not in police.content(case_of(police, code))["profile"][POLICE]
    province.check()


def test_the_place_is_the_same_in_whatever_order_sections_come() -> None:
    """Of a row that seals several, none of them where its papers belong."""
    sealed: dict[Section, dict[str, Any]] = {Section.PROFILE: {}, Section.CONTACT: {}, Section.IDENTITY: {}}
    for order in itertools.permutations(sealed):
        assert place_of("support.recorded", {section: {} for section in order}) is Section.IDENTITY
    assert place_of("section.appended", {Section.PROFILE: {}}) is Section.ACCOUNT


def test_corrected_and_annulled(province: Province) -> None:
    """A paper of a statement that was corrected or annulled stays, and says so."""
    police = province[POLICE]
    code = opened(police)
    done = police.officer.with_papers(paper()).append(code, section="contact", values={"address": "một"})
    mended = police.officer.with_papers(paper(number="12b/GIẢ")).correct(
        code, statement=done.statement, section="contact", values={"address": "hai"}, reason="source_corrected"
    )
    police.officer.annul(code, statement=mended.statement, reason="entered_in_error")
    old, new = shown(police, code)
    assert [one["type"] for one in old["mended"]] == ["statement.corrected"]
    assert ([one["type"] for one in new["mended"]], new["paper_number"]) == (["statement.annulled"], "12b/GIẢ")
    province.check()


def test_a_header_names_only_codes_and_days(province: Province) -> None:
    """What is on no list, or lies ahead, is refused, and nothing waits."""
    police = province[POLICE]
    code = opened(police)
    for wrong in ({"kind": "nothing"}, {"issuer": "nobody"}, {"date": "2030-01-01"}):
        with pytest.raises(RefusedError, match=r"code_unknown|date_in_future"):
            answered(police, code, paper(**wrong))
        assert police.queued() == 0
    answered(police, code, paper())


def test_a_file_belongs_to_one_statement_of_its_case(province: Province) -> None:
    """Not to another case, not to two statements; after a refusal it can be named again."""
    police = province[POLICE]
    code, other = opened(police), opened(police, key="2")
    file = handed_in(police, code)
    for wrong in (file, "0" * 64):
        with pytest.raises(RefusedError, match="paper_file_unknown"):
            answered(police, other, paper(wrong))
    with pytest.raises(RefusedError, match="date_in_future"):
        answered(police, code, paper(file, date="2030-01-01"))
    done = answered(police, code, paper(file))
    assert done.index is not None
    with pytest.raises(RefusedError, match="paper_file_unknown"):
        police.officer.with_papers(paper(file)).append(code, section="contact", values={"address": "x"})
    province.check()


def test_the_hub_away(province: Province) -> None:
    """All waits here and goes in its order: the file before the statement that names it."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    police.line.cut = True
    assert answered(police, code, paper(handed_in(police, code))).index is None
    police.officer.with_papers(paper(handed_in(police, code, JPEG))).append(
        code, section="identity", values={"full_name": "Tên Giả"}
    )
    police.start()
    police.line.cut, police.line.asked = False, []
    police.node.sync()
    sent = [one.split("/")[2] for one in police.line.asked if one.startswith(("PUT", "POST /v1/statements"))]
    assert sent == ["attachments", "statements", "attachments", "statements"]
    province.sync()
    answer_, added = shown(labour, code)
    assert read(open_file(labour.node, answer_["statement"], 1)) == PDF
    assert read(open_file(labour.node, added["statement"], 1)) == JPEG
    province.check()


@pytest.mark.parametrize("path", ["/v1/attachments/", "/v1/statements"])
def test_cut_after_the_hub_did_its_part(province: Province, path: str) -> None:
    """Stopped between upload and statement, or before its receipt: started again, all is there once."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    file = handed_in(police, code)
    police.line.cut_after = lambda asked: asked.startswith(path)
    assert answered(police, code, paper(file)).index is None
    police.line.cut_after = lambda _asked: False
    police.start()
    police.node.sync()
    province.sync()
    (seen,) = shown(labour, code)
    assert read(open_file(labour.node, seen["statement"], 1)) == PDF
    assert police.node.quarantine.list() == []
    province.check()


def test_a_file_the_hub_does_not_take_stops_nothing(province: Province) -> None:
    """Its statement is refused, signed, as any other; what waits behind it is sent."""
    police = province[POLICE]
    code = opened(police)
    file = handed_in(police, code)
    police.node.store.connection.execute(
        "UPDATE attachment_pieces SET piece = piece || 'x' WHERE hash = %s AND number = 0", (file,)
    )
    with pytest.raises(RefusedError, match="attachment_missing"):
        answered(police, code, paper(file))
    assert answered(police, code, paper()).index is not None


def test_read_once_it_can_be_read_while_the_hub_is_away(province: Province) -> None:
    """Not before: then the hub is asked for; and another file in its place is not taken."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    done = answered(police, code, paper(handed_in(police, code)))
    province.sync()
    labour.line.cut = True
    with pytest.raises(HubUnavailableError):
        open_file(labour.node, done.statement, 1)
    labour.line.cut = False
    labour.line.change = lambda path, body: body[:-1] + b"x" if "attachments" in path else body
    with pytest.raises(HubAnswerError):
        open_file(labour.node, done.statement, 1)
    labour.line.change = lambda _path, body: body
    assert read(open_file(labour.node, done.statement, 1)) == PDF
    labour.line.cut = True
    labour.start()
    assert read(open_file(labour.node, done.statement, 1)) == PDF
    assert read(open_file(police.node, done.statement, 1)) == PDF


def got_by_another(office: Office) -> bool:
    """Whether another thread gets the node's lock at once."""
    with ThreadPoolExecutor(1) as pool:
        got = pool.submit(office.node.lock.acquire, blocking=False).result()
        if got:
            pool.submit(office.node.lock.release)
        return got


def test_the_node_is_free_while_a_file_comes(province: Province) -> None:
    """Another officer acts meanwhile, and what comes goes to disk as it comes; of a wrong one nothing is kept."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    done = answered(police, code, paper(handed_in(police, code)))
    province.sync()
    free: list[bool] = []
    labour.line.while_streaming = lambda: free.append(got_by_another(labour))
    changes: tuple[Callable[[bytes], bytes], ...] = (
        lambda body: body + b"x",
        lambda body: body[1:],
        lambda body: body[:-1] + b"x",
    )
    for change in changes:

        def spoilt(path: str, body: bytes, change: Callable[[bytes], bytes] = change) -> bytes:
            return change(body) if "attachments" in path else body

        labour.line.change = spoilt
        with pytest.raises(HubAnswerError, match="another file"):
            open_file(labour.node, done.statement, 1)
    labour.line.change = lambda _path, body: body
    assert labour.node.store.connection.execute("SELECT count(*) FROM attachments").fetchone() == (0,)
    assert read(open_file(labour.node, done.statement, 1)) == PDF
    assert free == [True] * 4


@pytest.mark.parametrize("content", [b"MZ" + PDF, b"%P", JPEG, package("word/document.xml", "word/vbaProject.bin")])
def test_an_altered_node_hands_over_another_type(province: Province, content: bytes) -> None:
    """What its author's node should have refused is not opened here: by its bytes it is no file as its header says."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    said = "docx" if content.startswith(b"PK") else "pdf"
    with pytest.MonkeyPatch.context() as altered:
        altered.setattr(Passing, "pieces", lambda self, source: (took(self, piece) for piece in source))
        altered.setattr(Passing, "known", lambda _self: said)
        done = answered(police, code, paper(handed_in(police, code, content)))
    province.sync()
    for office in (police, labour):
        with pytest.raises(RefusedError, match="paper_unreadable"):
            open_file(office.node, done.statement, 1)


def took(passing: Passing, piece: bytes) -> bytes:
    """What an altered node does: it counts, and looks at nothing."""
    passing.size += len(piece)
    return piece


def test_a_changed_piece_is_never_taken_for_the_whole(province: Province) -> None:
    """What lies here is checked as it is opened, and the last of it comes only when all was."""
    police = province[POLICE]
    code = opened(police)
    done = answered(police, code, paper(handed_in(police, code)))
    change = "UPDATE attachment_pieces SET piece = set_byte(piece, 9, 1 - get_byte(piece, 9) %% 2) WHERE number = %s"
    police.node.store.connection.execute(change, (3,))
    with pytest.raises(CannotOpenError):
        read(open_file(police.node, done.statement, 1))
    police.node.store.connection.execute(change, (0,))
    with pytest.raises(RefusedError, match="paper_unreadable"):
        open_file(police.node, done.statement, 1)


def test_withdrawn_and_closed(province: Province) -> None:
    """When the consent ends, the words go, the file does not open, and nothing here opens it any more."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    consent = police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ giúp", sections=["identity"])
    women.node.sync()
    women.officer.accept(women.inbox()[0].key)
    police.node.sync()
    done = answered(police, code, paper(handed_in(police, code)))
    province.sync()
    assert read(open_file(women.node, done.statement, 1)) == PDF
    keys = "SELECT count(sealed_key) FROM attachments"
    assert women.node.store.connection.execute(keys).fetchone() == (1,)
    police.officer.withdraw_consent(code, consent=consent.statement)
    province.sync()
    (seen,) = shown(women, code)
    assert (seen["state"], seen["signatory"]) == ("closed", None)
    assert women.node.store.connection.execute(keys).fetchone() == (0,)
    with pytest.raises(RefusedError, match="paper_closed"):
        open_file(women.node, done.statement, 1)
    assert read(open_file(police.node, done.statement, 1)) == PDF
    province.check()


def test_forgotten(province: Province) -> None:
    """With the case's view key gone and the hub's file erased nothing here opens it, which is said."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    done = answered(police, code, paper(handed_in(police, code)))
    province.sync()
    for office in (police, labour):
        assert office.node.kept is not None
        office.node.kept._keys.destroy(case_of(office, code))
        office.line.change = lambda path, body: b"{}" if path == "/v1/bodies" else body
        with pytest.raises(RefusedError, match="paper_unreadable"):
            open_file(office.node, done.statement, 1)
    with pytest.raises(RefusedError, match="paper_unreadable"):
        handed_in(police, code)


def test_nothing_of_a_paper_is_in_the_clear(province: Province) -> None:
    """No table of the node holds its words, its bytes or its key; the key is in no view and no dump either."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    file = handed_in(police, code)
    kept = police.node.store.attachments.get(file)
    assert kept is not None
    key = police.node.paper_files.opened(kept)
    assert key is not None
    done = answered(police, code, paper(file))
    province.sync()
    read(open_file(labour.node, done.statement, 1))
    for office in (police, labour):
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        for (table,) in office.node.store.connection.execute(tables).fetchall():
            stored = b"".join(
                part if isinstance(part, bytes) else str(part).encode()
                for line in office.node.store.connection.execute(f'SELECT * FROM "{table}"')
                for part in line
            )
            for secret in (key.key, PLANTED.encode(), PDF[100:160]):
                assert secret not in stored, table
        text = "\n".join(office.dumped())
        assert PLANTED in text
        assert base64.b64encode(key.key).decode() not in text
        assert '"key"' not in text.replace('"key":"', "", text.count('"view":'))


def test_what_nobody_names_is_dropped(province: Province) -> None:
    """A file that no statement named within a week goes when the next is handed in; one that waits to be sent stays."""
    police = province[POLICE]
    code = opened(police)
    first = handed_in(police, code)
    police.line.cut = True
    waiting = handed_in(police, code)
    answered(police, code, paper(waiting))
    province.world.on("2026-11-12T09:00")
    handed_in(police, code, JPEG)
    assert police.node.store.attachments.get(first) is None
    assert police.node.store.attachments.get(waiting) is not None


def test_what_another_agency_seals_of_its_papers_may_be_nonsense(province: Province) -> None:
    """More papers in the header than in the section, or none that are any: unreadable, and the views go on."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)

    def nonsense(kind: str, contents: Any, papers: Any) -> Any:
        found, named = placed(kind, contents, papers)
        ((section, held),) = found.items()
        return {section: {**held, "papers": sealed.pop()}}, named

    sealed: list[Any] = [["x"], [], [{"number": 7}], [{"file": {"size": 5, "key": "x"}}]]
    for number in range(4):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("node.composer.placed", nonsense)
            police.officer.with_papers(paper(handed_in(police, code, JPEG))).append(
                code, section="identity", values={"full_name": f"Tên {number}"}
            )
    province.sync()
    assert [one["state"] for one in shown(labour, code)] == ["unreadable"] * 4
    for one in shown(labour, code):
        with pytest.raises(RefusedError, match="paper_unreadable"):
            open_file(labour.node, one["statement"], 1)
    province.check()
