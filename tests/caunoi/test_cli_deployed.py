"""The command line against a small deployment that runs: files in, views, acts, quarantine, audit. Made-up people."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from typer.testing import CliRunner

from caunoi.cli import app
from caunoi.commands import connecting
from caunoi.connecting import connected
from caunoi.deployment import Deployment, deployed
from caunoi.home import Home
from caunoi.listening import running as is_running
from caunoi.settings import Settings
from domain.wording import say
from tests.adapters import workbooks
from tests.caunoi.connecting_page import command
from tests.forking import forking

ROOT = Path(__file__).parents[2]
POLICE, BORDER, LABOUR, WOMEN = "police-38", "border-na-meo", "labour-38", "women-38"
# Of the persons in examples/police and in tests/adapters/workbooks.py.
VALUES = ("Lò Thị Mai", "LÒ THỊ MAI", "Giàng A Páo", "014199001234", "0912 345 678", "0912345678", "Máy")


@dataclass
class Running:
    """What runs, the files of the offices, and the mã hồ sơ of the first victim."""

    deployment: Deployment
    files: Path
    code: str = ""


def run(*arguments: str, given: str | bytes | None = None) -> tuple[int, str, str]:
    """Exit status, stdout, stderr."""
    done = CliRunner().invoke(app, list(arguments), input=given)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def read(*arguments: str, status: int = 0, given: str | None = None) -> Any:
    """The JSON a command prints."""
    ended, out, err = run(*arguments, "--json", given=given)
    assert ended == status, err
    return json.loads(out)


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("cli") / "home"
    files = tmp_path_factory.mktemp("offices")
    (files / "police").mkdir()
    shutil.copy(ROOT / "examples" / "police" / "vu-an-07.json", files / "police")
    with forking(), deployed(Settings(home=home), nodes=(POLICE, BORDER, LABOUR, WOMEN)) as deployment:
        report = deployment.node(POLICE).ingest(files / "police" / "vu-an-07.json")
        yield Running(deployment, files, report["rows"][0]["code"])


@pytest.fixture
def running(_running: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The deployment, found by the commands through CAUNOI_HOME."""
    monkeypatch.setenv("CAUNOI_HOME", str(_running.deployment.home.root))
    return _running


def labour_file(to: Path) -> Path:
    """Four persons of whom the first is in the police's file; the total says four."""
    return Path(shutil.copy(ROOT / "examples" / "labour_department" / "danh-sach-ho-tro-2024.xlsx", to))


# -- files


@pytest.mark.parametrize("language", ["vi", "en"])
def test_police_file_row_by_row(running: Running, language: str) -> None:
    """The row to mend with its field and reason, the others counted, no value of anybody; exit status 1."""
    status, out, err = run("ingest", "--agency", POLICE, str(running.files / "police"), "--lang", language)
    assert status == 1
    expected = {
        "vi": "Người thứ 3, trường NgaySinh: ngày không có trong lịch. Người này chưa được ghi nhận;"
        " 2 người khác đã ghi nhận.",
        "en": "Person 3, field NgaySinh: there is no such date. This person was not recorded; 2 others were.",
    }
    assert expected[language] in out
    assert {"vi": "Người thứ 1–2: như cũ (2 dòng).", "en": "Persons 1–2: as before (2 rows)."}[language] in out
    assert [value for value in VALUES if value in out + err] == []


def test_labour_workbook_and_its_answered_sheet(running: Running, tmp_path: Path) -> None:
    """Rows, totals beside what was counted, and the same sheet with a column of answers."""
    file = labour_file(tmp_path / "sổ.xlsx")
    status, out, err = run("ingest", "--agency", LABOUR, str(file))
    assert status == 1
    assert "Trang “Nạn nhân qua vụ án”: Tổng cộng ghi 4, đếm được 4." in out
    assert "Trang “Nạn nhân qua vụ án”, dòng 9: chưa ghép được hồ sơ" in out
    assert f"Mã hồ sơ {running.code}." in out
    assert "Đọc 5 dòng: " in out
    assert [value for value in VALUES if value in out + err] == []
    page = openpyxl.load_workbook(tmp_path / "sổ.tra-loi.xlsx").worksheets[0]
    column = [page.cell(row=row, column=page.max_column - 1).value for row in (8, 9)]  # before the proposals
    assert running.code in column[0]
    assert column[1].startswith("Chưa ghép được hồ sơ")


def test_a_column_is_named_by_its_letter(running: Running, tmp_path: Path) -> None:
    """'Dòng 4, cột G: …' as the office sees its sheet; the total the file states beside what was counted."""
    rows = [["1", running.code, "Chị M.", "bản X", "thăm hỏi, tặng quà", "tháng 3/2024", "nhiều tiền 1.000", "", ""]]
    rows[0][5] = "31/02/2024"
    file = tmp_path / "so.csv"
    file.write_text(workbooks.women_csv(rows), "utf-8", newline="")
    status, out, _ = run("ingest", "--agency", WOMEN, str(file))
    assert status == 1
    assert "Dòng 4, cột F: ngày không có trong lịch. Dòng này chưa được ghi nhận; 0 dòng khác đã ghi nhận." in out
    assert "31/02/2024" not in out
    assert (tmp_path / "so.tra-loi.csv").exists()


def test_a_folder_without_answered_sheets(running: Running, tmp_path: Path) -> None:
    """A folder is taken in order, without hidden files and without the sheets we wrote ourselves."""
    labour_file(tmp_path / "a.xlsx")
    (tmp_path / ".b.xlsx").write_bytes(b"x")
    for _ in range(2):
        found = read("ingest", "--agency", LABOUR, str(tmp_path), status=1)["files"]
        assert [one["name"] for one in found] == ["a.xlsx"]
    assert found[0]["sums"]["same"] == 2
    assert found[0]["answers"] == "a.tra-loi.xlsx"


def test_a_watched_folder_of_records(running: Running, tmp_path: Path) -> None:
    """The sidecar's way (docs/connecting.md): each file once, answers in JSON, what is no form set apart with why."""
    places = {name: tmp_path / name.strip("~/") for name in ("~/vao", "~/tra-loi")}
    for place in places.values():
        place.mkdir()
    shutil.copy(running.files / "police" / "vu-an-07.json", places["~/vao"])
    (places["~/vao"] / "khac.json").write_text("{}", "utf-8")
    _, *asked = command("connect drop", places)
    assert run(*asked)[0] == 0
    (answer,) = places["~/tra-loi"].iterdir()
    assert answer.name == "vu-an-07.json.answer.json"
    told = answer.read_text("utf-8")
    assert len(json.loads(told)["rows"]) == 3
    assert [value for value in VALUES if value in told] == []
    assert {file.relative_to(tmp_path).as_posix() for file in places["~/vao"].rglob("*.*")} == {
        "vao/done/vu-an-07.json",
        "vao/refused/khac.json",
        "vao/refused/khac.json.txt",
    }


def test_a_name_that_comes_again(running: Running, tmp_path: Path) -> None:
    """Its answer stands beside the first, under the number of its file, and is for its owner alone."""
    watched, answers = tmp_path / "vào", tmp_path / "trả lời"
    watched.mkdir()
    answers.mkdir()
    for _ in range(2):
        shutil.copy(running.files / "police" / "vu-an-07.json", watched)
        assert run("connect", "drop", "--agency", POLICE, "--in", str(watched), "--out", str(answers), "--once")[0] == 0
    assert {one.name for one in answers.iterdir()} == {
        f"{one.name}.answer.json" for one in (watched / "done").iterdir()
    }
    assert {one.name for one in (watched / "done").iterdir()} == {"vu-an-07.json", "vu-an-07.2.json"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in answers.iterdir()} == {0o600}


def test_a_node_that_is_away_is_waited_for(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watched folder keeps its file meanwhile, says so once, and goes on when the node is back."""
    monkeypatch.setattr(connecting, "LOOK_EVERY", 0.01)
    port, file = running.deployment.home.port_file(f"node-{POLICE}"), running.files / "police" / "vu-an-07.json"
    away, in_, out = port.with_suffix(".away"), tmp_path / "vào", tmp_path / "trả lời"
    answers = [out / f"{number}.json.answer.json" for number in (1, 2)]
    in_.mkdir()
    out.mkdir()

    def wait_for(one: Path) -> None:
        deadline = time.monotonic() + 30
        while not one.exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    def outside() -> None:
        try:
            wait_for(answers[0])
            port.rename(away)
            shutil.copy(file, in_ / "2.json")
            time.sleep(0.2)  # many looks
            assert (in_ / "2.json").exists()
            away.rename(port)
            wait_for(answers[1])
        finally:
            signal.raise_signal(signal.SIGINT)

    shutil.copy(file, in_ / "1.json")
    beside = threading.Thread(target=outside)
    beside.start()
    _, _, err = run("connect", "drop", "--agency", POLICE, "--in", str(in_), "--out", str(out))
    beside.join()
    assert [one.exists() for one in answers] == [True, True]
    assert err.count(say("cli_drop_waiting", "vi", reason=say("node_not_running", "vi", agency=POLICE))) == 1


def test_stdin(running: Running) -> None:
    """A file on stdin, its kind told by --name; nothing is written beside it."""
    content = (running.files / "police" / "vu-an-07.json").read_text("utf-8")
    found = read("ingest", "--agency", POLICE, "-", "--name", "x.json", given=content, status=1)["files"]
    assert found[0]["sums"] == {"read": 3, "new": 0, "changed": 0, "same": 2, "to_mend": 1, "waiting": 0}


def test_a_file_refused_whole_is_one_sentence(running: Running, tmp_path: Path) -> None:
    """A file that cannot be read at all is said and the next one is taken; it is kept sealed for its office."""
    (tmp_path / "a.json").write_text('{"HoTen": "Lò Thị Mai"', "utf-8")
    shutil.copy(running.files / "police" / "vu-an-07.json", tmp_path / "b.json")
    found = read("ingest", "--agency", POLICE, str(tmp_path), status=1)["files"]
    assert ("refused" in found[0], found[1]["sums"]["same"]) == (True, 2)
    status, out, err = run("ingest", "--agency", POLICE, str(tmp_path / "a.json"), "--lang", "en")
    assert status == 1
    assert say("cli_file_refused", "en", reason=say(found[0]["refused"], "en")) in out
    assert "Mai" not in out + err
    last = read("quarantine", "list", "--agency", POLICE)[-1]
    assert last["code"] == found[0]["refused"]
    listed = run("quarantine", "list", "--agency", POLICE, "--lang", "en")[1]
    assert f"a whole file, hash {last['reference'][:8]}…" in listed
    assert "case file: Person 3, field NgaySinh" in listed
    assert last["reference"] not in listed


# -- quarantine


def test_quarantine_opens_for_its_office(running: Running, tmp_path: Path) -> None:
    """A row that waits can be looked at again with its content; in the database it is sealed."""
    run("ingest", "--agency", LABOUR, str(labour_file(tmp_path / "a.xlsx")))
    rows = [row for row in read("quarantine", "list", "--agency", LABOUR) if row["code"] == "row_not_joined"]
    shown = read("quarantine", "show", str(rows[-1]["id"]), "--agency", LABOUR)
    told = [act["sections"]["identity"] for act in shown["content"]["acts"] if "identity" in act["sections"]]
    names = [identity["full_name"]["value"] for identity in told]
    assert len(names) == 1
    status, out, _ = run("quarantine", "show", str(rows[-1]["id"]), "--agency", LABOUR)
    assert status == 0
    assert names[0] in out
    with psycopg.connect(running.deployment.dsn) as connection:
        kept = connection.execute("SELECT sealed FROM node_labour_38.quarantine WHERE sealed IS NOT NULL").fetchall()
    assert kept
    assert not any(names[0].encode() in bytes(sealed) for (sealed,) in kept)
    assert run("quarantine", "show", "999999", "--agency", LABOUR)[0] == 1


def test_a_row_to_mend_is_read_as_it_was_written(running: Running) -> None:
    """Its fields are shown to its office; it comes again and is kept once; an officer settles it."""
    run("ingest", "--agency", POLICE, str(running.files / "police"))
    run("ingest", "--agency", POLICE, str(running.files / "police"))
    (kept,) = [row for row in read("quarantine", "list", "--agency", POLICE) if row["code"] == "value_date_impossible"]
    assert kept["seen"] > 1
    number = str(kept["id"])
    document = json.loads((running.files / "police" / "vu-an-07.json").read_text("utf-8"))
    status, out, _ = run("quarantine", "show", number, "--agency", POLICE)
    assert status == 0
    assert f"NgaySinh: {document['BiHai'][2]['NgaySinh']}" in out
    assert run("quarantine", "settle", number, "--agency", POLICE)[0] == 0
    assert kept["id"] not in [row["id"] for row in read("quarantine", "list", "--agency", POLICE)]
    settled = [row for row in read("quarantine", "list", "--all", "--agency", POLICE) if row["id"] == kept["id"]]
    assert settled[0]["settled"]
    assert number in run("quarantine", "list", "--all", "--agency", POLICE)[1]


def test_a_refused_file_is_written_back(running: Running, tmp_path: Path) -> None:
    """Byte for byte, for its owner alone, never over a file; of a row there is no file."""
    file, back = tmp_path / "hỏng.json", tmp_path / "trả lại.json"
    file.write_bytes(b'{"SoVuAn": "99/VA", \xc3' + bytes(200) * 30_000)
    run("ingest", "--agency", POLICE, str(file))
    kept = read("quarantine", "list", "--agency", POLICE)[-1]
    number = str(kept["id"])
    assert run("quarantine", "show", number, "--agency", POLICE, "--out", str(back))[0] == 0
    assert back.read_bytes() == file.read_bytes()
    assert back.stat().st_mode & 0o777 == 0o600
    assert run("quarantine", "show", number, "--agency", POLICE, "--out", str(back))[0] == 2
    assert "--out" in run("quarantine", "show", number, "--agency", POLICE)[1]
    rows = [
        row for row in read("quarantine", "list", "--all", "--agency", POLICE) if row["code"] == "value_date_impossible"
    ]
    other = tmp_path / "other"
    assert run("quarantine", "show", str(rows[0]["id"]), "--agency", POLICE, "--out", str(other))[0] == 1
    assert not other.exists()


def test_of_a_secret_only_number_and_time(running: Running, tmp_path: Path) -> None:
    """A file with a level of state secrecy leaves neither content nor place, nor an answered sheet."""
    book = openpyxl.load_workbook(labour_file(tmp_path / "a.xlsx"))
    book.worksheets[0]["A1"] = "TUYỆT MẬT"
    book.save(tmp_path / "a.xlsx")
    found = read("ingest", "--agency", LABOUR, str(tmp_path / "a.xlsx"), status=1)["files"]
    assert found[0]["refused"] == "file_secret_marked"
    last = read("quarantine", "list", "--agency", LABOUR)[-1]
    assert (last["code"], last["reference"]) == ("file_secret_marked", "")
    assert read("quarantine", "show", str(last["id"]), "--agency", LABOUR)["content"] is None
    assert [file.name for file in tmp_path.iterdir()] == ["a.xlsx"]


# -- the office's own sheet


def test_the_worklist_is_taken_again(running: Running, tmp_path: Path) -> None:
    """The sheet has the mã hồ sơ filled in; ticked and sent back, its rows find their cases."""
    run("ingest", "--agency", LABOUR, str(labour_file(tmp_path / "a.xlsx")), "--no-answers")
    sheet = tmp_path / "so.xlsx"
    status, out, _ = run("worklist", "--agency", LABOUR, "--out", str(sheet))
    assert status == 0, out
    assert sheet.stat().st_mode & 0o077 == 0
    page = openpyxl.load_workbook(sheet)["Nạn nhân qua vụ án"]
    codes = {page.cell(row=row, column=2).value: row for row in range(1, page.max_row + 1)}
    assert running.code in codes
    headers = [page.cell(row=4, column=column).value for column in range(1, page.max_column + 1)]
    book = page.parent
    page.cell(row=codes[running.code], column=headers.index("Học nghề") + 1).value = "x"
    book.save(sheet)
    rows = read("ingest", "--agency", LABOUR, str(sheet), status=1)["files"][0]["rows"]
    mine = next(row for row in rows if row["code"] == running.code)
    assert mine["outcome"] == "changed", mine
    supported = next(case for case in read("caseload", "--agency", LABOUR) if case["code"] == running.code)["support"]
    assert "vocational" in {support["regime"] for support in supported}
    assert run("worklist", "--agency", LABOUR, "--out", str(sheet))[0] == 2  # not written over
    assert run("worklist", "--agency", POLICE, "--out", str(tmp_path / "x.xlsx"))[0] == 1


# -- views and acts


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("command", ["caseload", "inbox", "clocks", "requests", "timeline", "stats"])
def test_views_as_tables_and_as_json(running: Running, command: str, language: str) -> None:
    """Each view is a table in both languages, and JSON for a machine."""
    status, out, _ = run(command, "--agency", LABOUR, "--lang", language)
    assert status == 0
    assert out.strip()
    read(command, "--agency", LABOUR)


def test_one_case_with_its_closed_cells(running: Running) -> None:
    """A case shows who wrote what; a closed cell says which row of the table closes it."""
    status, out, _ = run("case", "show", running.code.lower(), "--agency", LABOUR)
    assert status == 0
    assert "Họ và tên: Lò Thị Mai" in out
    assert "Tỉnh cư trú: Sơn La" in out
    assert "Giới tính: nữ" in out
    assert "Công an tỉnh Thanh Hóa" in out
    assert "Luật 53/2024, Điều 28" in out
    assert [raw for raw in ("police-38", "full_name", "birth", "l53_art", '": "') if raw in out] == []
    assert "không được chia sẻ (bảng phân quyền, dòng" in out
    assert run("case", "show", "HS-23456-789AR", "--agency", LABOUR)[0] == 1


def test_consent_referral_answer(running: Running, tmp_path: Path) -> None:
    """Consent, a referral with sealed words, who may not answer, opening, accepting; a second answer is refused."""
    code, words = running.code, tmp_path / "loi"
    words.write_text("nhờ giúp đỡ (giả định)\n", "utf-8")
    assert run("case", "refer", code, "--agency", POLICE, "--to", WOMEN, "--service", "psychological", "--section",
               "identity", "--message-file", str(words))[0] == 1  # no consent yet  # fmt: skip
    given = read("case", "consent", code, "--agency", POLICE, "--to", WOMEN, "--section", "identity", "--given-by",
                 "person", "--officer", "Cán bộ A")  # fmt: skip
    made = read("case", "refer", code, "--agency", POLICE, "--to", WOMEN, "--service", "psychological", "--section",
                "identity", "--message-file", "-", given=words.read_text("utf-8"))  # fmt: skip
    offer = next(one for one in read("inbox", "--agency", WOMEN) if one["id"] == made["id"])
    assert (offer["turn"], offer["words"][0]["values"]["text"]["value"]) == ("ours", "nhờ giúp đỡ (giả định)")
    assert run("case", "accept", made["id"], "--agency", POLICE)[0] == 1
    assert run("case", "open", made["id"], "--agency", WOMEN)[0] == 0
    status, out, _ = run("case", "accept", made["id"], "--agency", WOMEN, "--lang", "en")
    assert (status, "Recorded: entry" in out) == (0, True)
    assert run("case", "refuse", made["id"], "--agency", WOMEN, "--reason", "no_capacity", "--message", "m")[0] == 1
    assert "Họ và tên" in run("case", "show", code, "--agency", WOMEN)[1]
    assert run("case", "withdraw", code, "--agency", POLICE, "--consent", given["statement"])[0] == 0
    assert "Họ và tên" not in run("case", "show", code, "--agency", WOMEN)[1]


def test_offers_recalled_and_refused(running: Running) -> None:
    """A transfer is recalled by who offered it; another is refused with reason and words."""
    offer = ["case", "transfer", running.code, "--agency", POLICE, "--to", LABOUR, "--section", "identity"]
    first = read(*offer, "--message", "a")["id"]
    assert run("case", "recall", first, "--agency", POLICE, "--reason", "no_longer_needed")[0] == 0
    second = read(*offer, "--message", "b")["id"]
    assert run("case", "refuse", second, "--agency", LABOUR, "--reason", "no_capacity", "--message", "c")[0] == 0
    states = {one["id"]: one["state"] for one in read("inbox", "--agency", LABOUR)}
    assert (states[first], states[second]) == ("recalled", "refused")


def test_papers(running: Running, tmp_path: Path) -> None:
    """An act with a paper and its file; it is listed in words; the file comes back as it was, to a new file only."""
    code, file, back = running.code, tmp_path / "Lò Thị Mai.pdf", tmp_path / "lai.pdf"
    file.write_bytes(b"%PDF-1.7 gi\xe1\xba\xa3 \xc4\x91\xe1\xbb\x8bnh" * 5000)
    act = ["case", "append", code, "--agency", POLICE, "--section", "identity", "--values-file", "-"]
    stated = ["--paper", str(file), "--paper-kind", "official_letter", "--paper-date", "02/05/2024"]
    said = tmp_path / "chữ.json"
    said.write_text('{"number": "12/CV", "signatory": "Trần Giả"}', "utf-8")
    words, wrong_words = ["--paper-issuer", "police_province", "--paper-words-file", str(said)], tmp_path / "sai.json"
    values = '{"other_names": ["Máy"]}'
    for wrong in (stated[:4], stated[:2], [*stated, "--paper-issuer", "x"], words[2:],
                  [*stated, "--paper-words-file", "-"], ["--paper", str(tmp_path), *stated[2:]]):  # fmt: skip
        assert run(*act, *wrong, given=values)[0] == 2, wrong
    for content in ("", "[]", "{}", '{"name": "Trần Giả"}', '{"title": 5}', '{"title": ""}', "[" * 100_000):
        wrong_words.write_text(content, "utf-8")
        status, _, told = run(*act, *stated, "--paper-words-file", str(wrong_words), given=values)
        assert (status, "Trần" in told, "--paper-words-file" in told) == (2, False, True), content[:20]
    assert run(*act, *stated, *words, given=values)[0] == 0
    status, out, _ = run("case", "show", code, "--agency", LABOUR)
    assert status == 0
    assert all(part in out for part in ("công văn", "02/05/2024", "12/CV", "công an cấp tỉnh", "Trần Giả", "PDF"))
    papers = read("case", "show", code, "--agency", LABOUR)["papers"]
    number = next(place for place, one in enumerate(papers, start=1) if one["paper_number"] == "12/CV")
    assert run("case", "paper", code, str(number), "--agency", LABOUR, "--out", str(back))[0] == 0
    assert back.read_bytes() == file.read_bytes()
    given = ["case", "support", code, "--agency", POLICE, "--regime", "medical", "--message", "khám", *stated[2:]]
    assert run(*given, "--paper-words-file", "-", given='{"title": "V/v giả định"}')[0] == 0
    assert "V/v giả định" in run("case", "show", code, "--agency", POLICE)[1]
    assert run("case", "paper", code, str(number), "--agency", LABOUR, "--out", str(back))[0] == 2
    assert run("case", "paper", code, "99", "--agency", LABOUR, "--out", str(tmp_path / "khac"))[0] == 2
    file.write_bytes(b"MZ")
    assert "PDF" in run(*act, *stated, given=values)[2]


def test_the_notice_that_opens_a_case_with_its_paper(running: Running, tmp_path: Path) -> None:
    """The letter a notice came by goes with it; the agency that is told of it gets the file byte for byte too."""
    file = tmp_path / "thông báo.pdf"
    file.write_bytes(b"%PDF-1.7 gi\xe1\xba\xa3 \xc4\x91\xe1\xbb\x8bnh" * 5000)
    opening = ["case", "notify", "--agency", POLICE, "--pathway", "rescued", "--occurred", "2024-05-02",
               "--paper", str(file), "--paper-kind", "official_letter", "--paper-date", "02/05/2024"]  # fmt: skip
    code = read(*opening, "--values-file", "-", given='{"full_name": "Lò Thị Giả"}')["id"]
    for agency in (POLICE, LABOUR):
        back = tmp_path / agency
        assert run("case", "paper", code, "1", "--agency", agency, "--out", str(back))[0] == 0
        assert back.read_bytes() == file.read_bytes()


def test_support_append_correct_annul(running: Running) -> None:
    """Support and a section from stdin, a correction of it, and an annulment."""
    code = running.code
    done = read("case", "support", code, "--agency", LABOUR, "--regime", "travel", "--message", "tiền xe (giả định)")
    added = read("case", "append", code, "--agency", POLICE, "--section", "account", "--values-file", "-",
                 given='{"statement": "lời khai giả định"}')  # fmt: skip
    correct = ["case", "correct", code, "--agency", POLICE, "--statement", added["statement"], "--reason", "typing"]
    mended = read(*correct, "--section", "account", "--values-file", "-", given='{"statement": "giả định, đã sửa"}')
    out = run("case", "show", code, "--agency", POLICE)[1]
    assert "giả định, đã sửa" in out
    assert f"đã đính chính (mục {mended['index']})" in out
    assert run("case", "annul", code, "--agency", LABOUR, "--statement", done["statement"], "--reason",
               "entered_in_error")[0] == 0  # fmt: skip


def test_identification_and_access(running: Running) -> None:
    """Asking for identification and answering it, access asked for and granted, closing only by the custodian."""
    code = next(one["code"] for one in read("caseload", "--agency", POLICE) if one["status"] == "in_identification")
    assert run("case", "identify-answer", code, "--agency", POLICE, "--outcome", "victim", "--legal-date",
               "2026-02-30")[0] == 2  # fmt: skip
    asked = run("case", "identify-request", code, "--agency", LABOUR, "--to", POLICE)
    assert asked[0] == 0, asked
    assert run("case", "identify-answer", code, "--agency", POLICE, "--outcome", "victim", "--legal-date",
               "2024-05-02", "--paper-kind", "confirmation")[0] == 0  # fmt: skip
    ask = ["case", "access-request", code, "--agency", LABOUR, "--to", POLICE, "--section"]
    assert run(*ask, "health")[0] == 1  # there is none
    assert run(*ask, "account")[0] == 0  # asked, and by the table never given
    assert "account" not in next(one for one in read("caseload", "--agency", LABOUR) if one["code"] == code)["open"]
    granted = run("case", "access-grant", code, "--agency", POLICE, "--to", WOMEN, "--section", "identity")
    assert granted[0] == 1  # no consent
    assert run("case", "close", code, "--agency", LABOUR, "--reason", "support_ended")[0] == 1
    assert run("case", "close", code, "--agency", POLICE, "--reason", "support_ended")[0] == 0


# -- audit, keys, doctor


def test_audit_of_a_running_deployment(running: Running) -> None:
    """The log verifies with the nodes' receipts, and the views are as the log rebuilds them."""
    found = read("audit", "verify")
    assert found["intact"]
    assert found["receipts"] > 0
    for language in ("vi", "en"):
        status, out, _ = run("audit", "verify", "--lang", language)
        assert status == 0
        assert say("cli_log_intact", language, size=found["size"], root=found["root"]) in out
        status, _, err = run("audit", "replay", "--agency", LABOUR, "--as-of", str(10**6), "--lang", language)
        assert (status, err.strip()) == (2, say("cli_beyond_head", language, head=found["size"]))
    assert read("audit", "replay", "--agency", LABOUR)["differences"] == []
    early = read("audit", "replay", "--agency", LABOUR, "--as-of", "30")
    assert early["position"] <= 30
    assert run("audit", "replay", "--agency", "labour-40")[0] == 2


def test_keys_are_the_registered_ones(running: Running) -> None:
    """The public keys of an agency, by kid, as the registrar registered them."""
    keys = read("keys", "list", "--agency", LABOUR)
    assert [key["use"] for key in keys] == ["sign", "seal"]
    assert run("keys", "list", "--agency", "registrar", "--lang", "en")[0] == 0


def test_doctor_of_a_running_deployment(running: Running) -> None:
    """Everything runs: size of the log, each node's queue and lag, and the log is to be verified next."""
    found = read("doctor")
    codes = [check["code"] for check in found["checks"]]
    assert codes.count("doctor_node") == 4
    assert {"doctor_hub", "doctor_log", "doctor_server_safe"} <= set(codes)
    assert found["next"] == "caunoi audit verify"


def test_only_one_deployment(running: Running) -> None:
    """A second `serve` on the same home is refused, exit status 3."""
    status, _, err = run("serve", "--lang", "en")
    assert status == 3
    assert say("deployment_running", "en") in err


# -- without a deployment


def test_commands_start_what_they_need_and_share_it(tmp_path: Path) -> None:
    """Two commands at once on a home where nothing runs both answer, and leave nothing running."""
    home = tmp_path / "home"
    environment = {**os.environ, "CAUNOI_HOME": str(home)}
    command = [sys.executable, "-m", "caunoi", "caseload", "--json", "--agency"]
    both = [
        subprocess.Popen([*command, agency], env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for agency in (POLICE, POLICE)
    ]
    for one in both:
        out, err = one.communicate(timeout=100)
        assert (one.returncode, json.load(io.BytesIO(out))) == (0, []), err
    assert list((home / "run").glob("*.port")) == []
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


JOINING = """
import sys
from pathlib import Path
from caunoi.connecting import connected
from caunoi.settings import Settings
with connected(Settings(home=Path(sys.argv[1])), "police-38") as client:
    print("in", flush=True)
    sys.stdin.readline()
    print(client.get("/v1/caseload"), flush=True)
"""


def test_who_started_it_waits_for_the_others(tmp_path: Path) -> None:
    """A command that started hub and node does not stop them while another one uses them."""
    program = [sys.executable, "-c", JOINING, str(tmp_path / "home")]
    with forking(), connected(Settings(home=tmp_path / "home"), POLICE):
        other = subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        # It goes on only while we are leaving.
        threading.Timer(1.5, lambda: print(file=other.stdin, flush=True)).start()
    out, _ = other.communicate(timeout=60)
    assert (other.returncode, out) == (0, "[]\n")


def test_a_changed_row_is_named(running: Running) -> None:
    """One row of a view changed by SQL beside the log: replay names it, exit status 1, and no value of it."""
    assert read("caseload", "--agency", LABOUR)
    with psycopg.connect(running.deployment.dsn, autocommit=True) as connection:
        connection.execute("SET search_path TO node_labour_38")
        row = connection.execute("SELECT key, facts FROM view_rows WHERE view = 'caseload' LIMIT 1").fetchone()
        assert row is not None
        try:
            connection.execute(
                "UPDATE view_rows SET facts = jsonb_set(facts, '{pathway}', '\"hotline\"') "
                " WHERE view = 'caseload' AND key = %s",
                (row[0],),
            )
            found = read("audit", "replay", "--agency", LABOUR, status=1)
        finally:
            connection.execute(
                "UPDATE view_rows SET facts = %s WHERE view = 'caseload' AND key = %s", (json.dumps(row[1]), row[0])
            )
    assert found["differences"] == [{"view": "caseload", "key": row[0], "kind": "changed"}]
    assert read("audit", "replay", "--agency", LABOUR)["differences"] == []


def test_tampering_at_rest_is_found(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing running: the log verifies; after the drill verify names the entry, in both languages."""
    monkeypatch.setenv("CAUNOI_HOME", str(tmp_path / "home"))
    assert run("ingest", "--agency", POLICE, str(running.files / "police"))[0] == 1
    assert read("audit", "verify")["intact"]
    assert read("audit", "replay", "--agency", POLICE)["differences"] == []
    changed = read("demo", "tamper", "--seed", "0")
    found = read("audit", "verify", status=1)
    assert not found["intact"]
    assert found["findings"][0]["index"] == changed["index"]
    for language in ("vi", "en"):
        status, out, _ = run("audit", "verify", "--lang", language)
        assert status == 1
        assert say("cli_log_altered", language, index=changed["index"]) in out
        assert out.count("✗") == 2  # the first finding, and that the log is not intact
        every = run("audit", "verify", "--all", "--lang", language)[1]
        assert every.count("✗") == len(found["findings"]) + 1
    assert read("demo", "tamper", "--undo")["rows"] > 0
    assert read("audit", "verify")["intact"]
    assert run("demo", "tamper", "--undo")[1].strip().endswith(say("cli_nothing_tampered", "vi"))
    assert list((tmp_path / "home" / "run").glob("*.port")) == []


def test_serve_until_interrupted(tmp_path: Path) -> None:
    """`serve` says where everything listens; commands find it; Ctrl-C ends it with status 0 and leaves nothing.

    Before that the hub is killed: it is started again, and this is said on stderr.
    """
    environment, home = {**os.environ, "CAUNOI_HOME": str(tmp_path / "home")}, Home(tmp_path / "home")
    program = [sys.executable, "-m", "caunoi"]
    serving = subprocess.Popen(
        [*program, "serve", "--json"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert serving.stdout is not None
    text = ""
    while not text.endswith("\n}\n"):
        text += serving.stdout.readline().decode()
    assert {"hub", "node-police-38", "node-labour-14"} <= json.loads(text).keys()
    asked = subprocess.run(
        [*program, "inbox", "--agency", LABOUR], env=environment, cwd=ROOT, capture_output=True, check=False
    )
    assert (asked.returncode, asked.stderr) == (0, b"")
    before = int(home.pid_file("hub").read_text("ascii"))
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while is_running(home, "hub") is None and time.monotonic() < deadline:
        time.sleep(0.05)
    after = int(home.pid_file("hub").read_text("ascii"))
    serving.send_signal(signal.SIGINT)
    _, err = serving.communicate(timeout=60)
    assert after != before
    assert say("child_restarted", name="hub", status=-9) in err.decode().splitlines()
    assert (serving.returncode, err.decode().splitlines()[-1]) == (0, say("cli_stopped")), err
    assert list((tmp_path / "home" / "run").glob("*.p[io][dr]*")) == []
    assert not (tmp_path / "home" / "postgres" / "data" / "postmaster.pid").exists()
