"""`caunoi template`: a form to fill in, without any node; what stands in its place is kept."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.generic import ADAPTERS
from adapters.generic.templates import template
from caunoi.cli import app
from domain.errors import RefusedError


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUNOI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, stdout, stderr."""
    done = CliRunner().invoke(app, ["template", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("form", ["person", "list"])
def test_a_template_is_written(form: str, language: str, tmp_path: Path) -> None:
    """The bytes of the form in the language asked for; nothing of an installation is made for it."""
    status, out, _ = run("--form", form, "--out", "a.xlsx", "--lang", language)
    assert status == 0
    assert f"generic.{form}/1" in out
    assert (tmp_path / "a.xlsx").read_bytes() == template(form, language)  # type: ignore[arg-type]
    assert not (tmp_path / "home").exists()
    (adapter,) = [one for one in ADAPTERS if one.reads(tmp_path / "a.xlsx")]
    with pytest.raises(RefusedError, match="file_empty"):
        list(adapter.read(tmp_path / "a.xlsx", today=date(2026, 11, 22)))


def test_its_name_and_its_json(tmp_path: Path) -> None:
    """Without --out it is named after its form; --json says what was written."""
    status, out, _ = run("--form", "list", "--json")
    assert (status, json.loads(out)) == (0, {"form": "generic.list/1", "file": "mau-list.xlsx"})
    assert zipfile.is_zipfile(tmp_path / "mau-list.xlsx")


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    """A file of that name may be filled in already; no other kind of file, no missing folder."""
    (tmp_path / "a.xlsx").write_bytes(b"mine")
    assert run("--form", "person", "--out", "a.xlsx")[0] == 2
    assert (tmp_path / "a.xlsx").read_bytes() == b"mine"
    assert run("--form", "person", "--out", "a.xls")[0] == 2
    assert run("--form", "person", "--out", "nowhere/a.xlsx")[0] == 2
    assert run("--form", "poem", "--out", "b.xlsx")[0] == 2
    assert run()[0] == 2


def test_hidden_marks(tmp_path: Path) -> None:
    """Form and version stand in a document property too, where a program may look without opening a sheet."""
    run("--form", "person", "--out", "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert b"generic.person/1" in archive.read("docProps/custom.xml")
        assert b'hidden="1"' in archive.read("xl/worksheets/sheet1.xml")
        assert b"<sheetProtection" in archive.read("xl/worksheets/sheet1.xml")
