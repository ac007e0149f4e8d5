"""The command line by itself: help at once, exit statuses, words in the language asked for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from caunoi.cli import app
from caunoi.commands.acting import day_of, minute_of
from domain.contents import FIELDS
from domain.rules import current
from domain.statements import CASE_STATEMENTS, Outcome, Pathway, Section, Status
from domain.wording import catalogue, say
from node.forms import ADAPTERS

HEAVY = {"fastapi", "pydantic", "psycopg", "rich", "cryptography", "httpx2", "eventsourcing", "uvicorn", "msgspec"}
ROOT = Path(__file__).parents[2]
CODE = "HS-23456-789AR"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUNOI_HOME", str(tmp_path / "home"))


def run(*arguments: str, given: str | None = None) -> tuple[int, str, str]:
    """Exit status, stdout, stderr."""
    done = CliRunner().invoke(app, list(arguments), input=given)
    return done.exit_code, done.stdout, done.stderr


def _commands(group: typer.core.TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        here = (*path, name)
        if isinstance(command, typer.core.TyperGroup):
            yield from _commands(command, here)
        yield here


ALL = sorted(_commands(typer.main.get_group(app)))


def test_help_loads_nothing_heavy() -> None:
    """The program's help is there at once: no library that takes long to load is loaded for it."""
    code = "import sys, caunoi.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert HEAVY.isdisjoint(told.stdout.split())


def test_every_command_is_there() -> None:
    """All commands that are promised."""
    acts = (
        "show notify consent withdraw refer open accept refuse recall transfer support append correct annul"
        " identify-request identify-answer access-request access-grant close paper"
    )
    words = (
        "run demo serve hub node found doctor ingest template worklist caseload inbox requests timeline stats search"
        " quarantine case audit db keys pack unpack drop clocks connect topics kafka views feed"
    )
    assert {path[0] for path in ALL} == set(words.split())
    assert {path[1] for path in ALL if path[0] == "case" and len(path) > 1} == set(acts.split())
    assert {("audit", "verify"), ("audit", "replay"), ("demo", "tamper"), ("db", "prepare")} <= set(ALL)
    assert {("quarantine", "list"), ("quarantine", "show"), ("keys", "list")} <= set(ALL)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_in_both_languages(path: tuple[str, ...]) -> None:
    """Every command says in Vietnamese and then in English what it does."""
    status, out, _ = run(*path, "--help")
    assert status == 0
    text = " ".join(out.split("\n\n", 2)[1].split())
    assert re.search(r"[À-ỹ]", text), text
    assert re.search(r"[A-Z][a-z' ]+[^À-ỹ]*\.$", text), text


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["caseload"],
        ["case", "accept", "x"],
        ["case", "refuse", "x", "--agency", "police-38", "--reason", "no_capacity"],
        ["case", "refuse", "x", "--agency", "police-38", "--reason", "bored", "--message", "m"],
        ["case", "support", CODE, "--agency", "police-38", "--regime", "gold", "--message", "m"],
        ["case", "append", CODE, "--agency", "police-38", "--section", "secrets", "--values-file", "-"],
        ["ingest", "-", "--agency", "police-38"],
        ["ingest", "/nowhere/at/all", "--agency", "police-38"],
        ["hub"],
        ["db", "prepare"],
        ["audit", "replay", "--agency", "police-38", "--as-of", "0"],
        ["keys", "list", "--agency", "../hub"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    """What is typed wrong is exit status 2, one short message, no traceback, and nothing is started."""
    status, out, err = run(*arguments)
    assert status == 2, err
    assert "Traceback" not in out + err
    assert err.strip()


def test_values_are_not_quoted_when_they_are_wrong() -> None:
    """JSON that is none, or has a field the section has not, is refused without a word of it."""
    base = ["case", "append", CODE, "--agency", "police-38", "--section", "identity", "--values-file", "-"]
    for given in ('{"full_name": "Nguyễn Giả Định', '{"ten": "Nguyễn Giả Định"}', '["Nguyễn Giả Định"]', "{}"):
        status, out, err = run(*base, given=given)
        assert status == 2
        assert "Nguyễn" not in out + err
        assert "full_name" in err


def _dated(option: str) -> list[str]:
    """An act that has this option, all but its value."""
    named = ["--agency", "police-38", "--message", "m"]
    acts = {
        "--since": ["support", CODE, *named, "--regime", "medical"],
        "--answer-by": ["transfer", CODE, *named, "--to", "labour-38", "--section", "identity"],
        "--legal-date": ["identify-answer", CODE, *named[:2], "--outcome", "victim"],
        "--until": ["consent", CODE, *named[:2], "--to", "women-38", "--section", "identity", "--given-by", "person"],
        "--occurred": ["notify", *named[:2], "--pathway", "hotline", "--values-file", "-"],
    }
    return ["case", *acts[option], option]


@pytest.mark.parametrize("option", ["--since", "--answer-by", "--legal-date", "--until", "--occurred"])
@pytest.mark.parametrize("wrong", ["22012-01-01", "31/02/2024", "2024-02-31", "20261122", "mai", "0001-13-01", ""])
def test_a_date_that_is_none_is_2(tmp_path: Path, option: str, wrong: str) -> None:
    """One sentence with the option and the form of a date, in both languages; nothing is sent or made."""
    status, _, err = run(*_dated(option), wrong, given='{"full_name": "x"}')
    assert status == 2, err
    assert option in err
    assert "năm-tháng-ngày, ví dụ 2026-11-22" in " ".join(err.split())
    assert "year-month-day" in err
    assert wrong == "" or wrong not in err
    assert not (tmp_path / "home").exists()


def test_a_date_as_people_write_it() -> None:
    """22/11/2026 is 2026-11-22, and a time in Viet Nam is the minute in UTC."""
    assert day_of("22/11/2026") == day_of(" 2026-11-22 ") == day_of("2026-11-22") == "2026-11-22"
    assert minute_of("22/11/2026 06:30") == minute_of("2026-11-22T06:30") == "2026-11-21T23:30Z"
    assert minute_of("22/11/2026") == "2026-11-21T17:00Z"


@pytest.mark.parametrize(
    ("act", "option", "known"),
    [
        (["close", CODE], "--reason", "support_ended = kết thúc hỗ trợ"),
        (["annul", CODE, "--statement", "0" * 32], "--reason", "entered_in_error = ghi nhầm"),
        (["recall", "0" * 32], "--reason", "no_longer_needed = không còn cần"),
        (["identify-answer", CODE, "--legal-date", "2026-11-01"], "--outcome", "not_victim = "),
        (["notify", "--occurred", "2026-11-01", "--values-file", "-"], "--pathway", "hotline = "),
        (["consent", CODE, "--to", "x", "--section", "identity"], "--given-by", "person = người được hỗ trợ"),
    ],
)
def test_an_unknown_code_says_which_there_are(act: list[str], option: str, known: str) -> None:
    """A sentence with the option, then the codes with their words."""
    status, _, err = run("case", *act, "--agency", "police-38", option, "bored", given='{"full_name": "x"}')
    text = " ".join(err.split())
    assert status == 2
    assert option in text
    assert "không có mã này" in text
    assert "there is no such code" in text
    assert known in text
    assert "bored" not in text


def test_a_code_that_is_none_is_refused() -> None:
    """A mã hồ sơ with a wrong check symbol is noticed before anything is started."""
    status, _, err = run("case", "close", "HS-23456-789AB", "--agency", "police-38", "--reason", "support_ended")
    assert (status, err.strip()) == (1, say("case_code_wrong"))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_not_there_is_3(language: str) -> None:
    """Something we need is not there: exit status 3, in the language asked for."""
    for arguments, code in (
        (["audit", "verify"], "cli_no_keys"),
        (["keys", "list", "--agency", "hub"], "cli_no_keystore"),
    ):
        status, _, err = run(*arguments, "--lang", language)
        assert (status, err.strip()) == (3, say(code, language, agency="hub"))  # type: ignore[arg-type]


def test_an_agency_that_is_none() -> None:
    """An agency nobody knows is typed wrong: refused at once, exit status 2."""
    for command in (["inbox"], ["audit", "replay"], ["quarantine", "list"]):
        status, _, err = run(*command, "--agency", "police-99", "--lang", "en")
        assert (status, err.strip()) == (2, say("agency_unknown", "en"))


@pytest.mark.parametrize("arguments", [["unpack", "x.caunoi"], ["drop", "--in", ".", "--out", "."]])
@pytest.mark.parametrize("sides", [[], ["--agency", "police-38", "--hub"]])
def test_a_side_that_is_none_or_both(arguments: list[str], sides: list[str]) -> None:
    """Bundles are taken at an agency or at the hub: exit status 2, and why in the language asked for."""
    for language in ("vi", "en"):
        status, _, err = run(*arguments, *sides, "--lang", language)
        assert (status, say("cli_one_side", language) in " ".join(err.split())) == (2, True), err


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_of_the_password_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """`CAUNOI_KEK=pass-file:` with a file that is missing or no text: exit status 2, one sentence, no path of it."""
    file = tmp_path / "mat-khau"
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o600)
    monkeypatch.setenv("CAUNOI_KEK", f"pass-file:{file}")
    monkeypatch.setenv("CAUNOI_PUBLIC", str(tmp_path / "public"))
    for language in ("vi", "en"):
        status, out, err = run("keys", "make", "police-38", "--lang", language)
        assert (status, err.strip()) == (2, say("cli_password_unreadable", language)), out + err


def test_language_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """CAUNOI_LANG is the language where none is asked for; a setting that cannot be read is said in Vietnamese."""
    monkeypatch.setenv("CAUNOI_LANG", "en")
    assert run("audit", "verify")[2].strip() == say("cli_no_keys", "en")
    monkeypatch.setenv("CAUNOI_LANG", "fr")
    status, _, err = run("audit", "verify")
    assert status == 2
    assert err.startswith("Thiết lập CAUNOI_LANG chỉ nhận")


def test_doctor_before_the_first_start(tmp_path: Path) -> None:
    """Before anything was made, doctor makes nothing, finds nothing wrong, and suggests to run the example."""
    status, out, _ = run("doctor")
    assert status == 0
    assert out.strip().splitlines()[-1] == say("cli_next_command", command="caunoi run")
    assert json.loads(run("doctor", "--json")[1])["next"] == "caunoi run"
    assert not (tmp_path / "home").exists()


def test_doctor_finds_an_open_directory(tmp_path: Path) -> None:
    """A directory others may read is wrong: exit status 1, and the command that mends it."""
    hub = tmp_path / "home" / "hub"
    hub.mkdir(parents=True)
    hub.chmod(0o755)
    status, out, _ = run("doctor", "--lang", "en")
    assert status == 1
    assert out.strip().splitlines()[-1] == say("cli_next_command", "en", command=f"chmod 700 {hub}")


def test_every_word_the_commands_say_is_there() -> None:
    """Each code in quotes that begins with cli_ or doctor_ stands in the words."""
    files = [*(ROOT / "caunoi").glob("*.py"), *(ROOT / "caunoi" / "commands").glob("*.py")]
    said = {code for file in files for code in re.findall(r'"((?:cli|doctor)_[a-z_]+)"', file.read_text("utf-8"))}
    assert len(said) > 40
    assert said - catalogue().keys() == set()


def test_every_status_pathway_and_statement_has_words() -> None:
    """Codes of the domain that tables and `case show` tell are words in both languages."""
    codes = [f"word_status_{one.value}" for one in Status] + [f"word_pathway_{one.value}" for one in Pathway]
    codes += [f"word_outcome_{one.value}" for one in Outcome]
    codes += [f"section_{one.value}" for one in Section]
    codes += [f"word_type_{cls.__struct_config__.tag}" for cls in CASE_STATEMENTS]
    codes += [f"word_field_{name}" for fields in FIELDS.values() for name in fields]
    codes += [f"word_form_{adapter.form.id}" for adapter in ADAPTERS]
    codes += [f"word_law_{ground}" for ground in current().grounds]
    assert [code for code in codes if code not in catalogue()] == []
