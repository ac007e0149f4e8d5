"""The settings come from the environment, and from nowhere else is it read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from caunoi.errors import SettingsError
from caunoi.settings import Settings, read_settings
from tests.tree import ROOT, SHIPPED


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CAUNOI_{name.upper()}", raising=False)


def test_defaults_need_nothing() -> None:
    """Without any variable: Vietnamese, loopback, free ports, a home below the working directory."""
    settings = read_settings()
    assert (settings.lang, settings.address, settings.hub_port) == ("vi", "127.0.0.1", 0)
    assert settings.home == Path.cwd() / ".caunoi"


def test_round_trip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child process that is given `environment()` reads the same settings."""
    monkeypatch.setenv("CAUNOI_HOME", str(tmp_path))
    monkeypatch.setenv("CAUNOI_NODE_PORTS", '{"police-th": 8801}')
    monkeypatch.setenv("CAUNOI_DATABASE_URL", "postgresql://hub@db/caunoi?passfile=/run/pg")
    settings = read_settings()
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert read_settings() == settings
    assert settings.node_ports == {"police-th": 8801}


def test_mistyped_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of ours that is not known is refused by name."""
    monkeypatch.setenv("CAUNOI_DATABSE_URL", "postgresql://db/x")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert refused.value.code == "setting_unknown"
    assert "CAUNOI_DATABSE_URL" in refused.value.sentence("vi")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CAUNOI_DATABASE_URL", "postgresql://hub:hunter2secret@db/caunoi"),
        ("CAUNOI_DATABASE_URL", "host=db password=hunter2secret"),
        ("CAUNOI_DATABASE_URL", "postgresql://db/caunoi?sslkey=/run/key&sslpassword=hunter2secret"),
        ("CAUNOI_DATABASE_URL", "hunter2secret"),
        ("CAUNOI_KEK", "pass:hunter2secret"),
        ("CAUNOI_KEK", "hunter2secret"),
        ("CAUNOI_KEK", "pass:NAME_OF_A_VARIABLE"),
        ("CAUNOI_KEK", "pass-file:"),
        ("CAUNOI_HUB_PORT", "hunter2secret"),
        ("CAUNOI_HUB_PORT", "65536"),
        ("CAUNOI_NODE_PORTS", '{"a": "hunter2secret"}'),
        ("CAUNOI_LANG", "hunter2secret"),
        ("CAUNOI_DATABASE_NAME", 'x"; DROP'),
    ],
)
def test_unusable_is_not_quoted(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A secret, or a value out of range, is refused with the variable's name and without what was set."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert name in refused.value.sentence("en")
    assert "hunter2secret" not in refused.value.sentence("en") + repr(refused.value.params)


def test_malformed_json_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON that cannot be read is refused like any other value."""
    monkeypatch.setenv("CAUNOI_NODE_PORTS", "{hunter2secret")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert "hunter2secret" not in str(refused.value)


# Who else names the environment, and why that is no setting of ours.
_EXCEPT = {
    "adapters/tables/workbook.py": "passes on SYSTEMROOT, without which Windows starts no child",
    "hub/log/application.py": "refuses a switch that the eventsourcing library would read there by itself",
}


def test_nobody_else_reads_the_environment() -> None:
    """Of the whole program only settings.py names os.environ or os.getenv."""
    readers = {
        file.relative_to(ROOT).as_posix()
        for package in SHIPPED
        for file in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute | ast.Name | ast.alias)
        and getattr(node, "attr", getattr(node, "id", getattr(node, "name", ""))) in {"environ", "environb", "getenv"}
    }
    assert readers - _EXCEPT.keys() == {"caunoi/settings.py"}
