"""The settings come from the environment, and from nowhere else is it read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from caunoi.connect.sandbox import AGENCY, at_home
from caunoi.demo.running import of_cast
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


REAL = {
    "ADDRESS": "10.1.2.3",
    "DATABASE_NAME": "real",
    "DATABASE_URL": "postgresql://hub@db/caunoi?passfile=/run/pg",
    "HUB_CA": "/run/ca.pem",
    "HUB_PORT": "8080",
    "HUB_URL": "https://hub.example.vn",
    "KAFKA": "kafka.example.vn:9093",
    "KAFKA_CA": "/run/ca.pem",
    "KAFKA_CERTIFICATE": "/run/own.pem",
    "KAFKA_NODES": '{"police-th": ["police-th"]}',
    "KAFKA_OPEN": "True",
    "KAFKA_PASSFILE": "/run/word",
    "KAFKA_PORT": "8085",
    "KAFKA_USER": "police-th",
    "KEK": "file:/run/kek",
    "NODE_OVER": "bundles",
    "NODE_PORTS": '{"police-th": 8801}',
    "PUBLIC": "/run/public",
}
HERE = {
    "LANG": "en",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "debug",
    "POSTGRES_BINARIES": "/usr/lib/postgresql/15/bin",
    "START_WITHIN": "7.0",
}


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Everything is set, as where something real runs."""
    assert {*REAL, *HERE, "HOME"} == {name.upper() for name in Settings.model_fields}
    for name, value in {**REAL, **HERE, "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(f"CAUNOI_{name}", value)
    return read_settings()


def written(settings: Settings) -> dict[str, str]:
    """What is set in other words than by default."""
    unset = Settings.model_construct().environment()
    return {
        name.removeprefix("CAUNOI_"): value
        for name, value in settings.environment().items()
        if unset.get(name) != value
    }


def test_a_sandbox_is_at_no_real_place(real: Settings, tmp_path: Path) -> None:
    """Of all that is set it has what this machine is like; no database, hub, broker or key of anybody's."""
    nodes = {"KAFKA_NODES": f'{{"{AGENCY}": ["{AGENCY}"]}}'}
    assert written(at_home(real)) == {**HERE, **nodes, "HOME": str(tmp_path / "sandbox")}


def test_another_cast_is_at_no_real_place(real: Settings, tmp_path: Path) -> None:
    """It has a home of its own, and of what is set only the servers that README and ADR 0004 say are taken instead."""
    servers = {name: value for name, value in REAL.items() if name.startswith(("DATABASE_", "KAFKA"))}
    for other in ("KAFKA_NODES", "KAFKA_PORT"):
        servers.pop(other)
    home = tmp_path / "demo" / "seed-7-5-3-0"
    assert written(of_cast(real, seed=7, outside=5, inside=3)) == {**HERE, **servers, "HOME": str(home)}
    assert of_cast(real, seed=1, outside=17, inside=2) == real


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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CAUNOI_KAFKA_NODES", "police-38", "JSON"),
        ("CAUNOI_KAFKA_NODES", '{"Police": ["police-38"]}', '{"police-38": ["police-38"]}'),
        ("CAUNOI_NODE_PORTS", "[8801]", '{"police-38": 8801}'),
        ("CAUNOI_KAFKA", "broker", "máy:cổng"),
        ("CAUNOI_KEK", "pass:abc", "pass-file:TỆP"),
        ("CAUNOI_DATABASE_URL", "host=db password=abc", "passfile="),
        ("CAUNOI_NODE_OVER", "pigeon", "một trong các giá trị: http, kafka, bundles."),
        ("CAUNOI_KAFKA_OPEN", "perhaps", "1 (có) hoặc 0 (không)"),
        ("CAUNOI_HUB_PORT", "http", "phải là một số"),
        ("CAUNOI_HUB_PORT", "65536", "quá nhỏ hoặc quá lớn"),
        ("CAUNOI_DATABASE_NAME", "a b", "ký tự"),
    ],
)
def test_what_is_wrong_is_said_in_vietnamese(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    """The sentence names the setting and what it takes, and nothing of the library's English."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    sentence = refused.value.sentence("vi")
    assert name in sentence
    assert said in sentence
    assert not any(word in sentence for word in ("should", "Input", "not ", "valid", "match"))
    assert sentence != refused.value.sentence("en")


def test_all_that_is_missing_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that needs three settings names the two that are missing."""
    monkeypatch.setenv("CAUNOI_KAFKA", "127.0.0.1:9")
    with pytest.raises(SettingsError) as refused:
        read_settings().need("database_url", "kafka", "kafka_nodes")
    assert refused.value.params == {"name": "CAUNOI_DATABASE_URL, CAUNOI_KAFKA_NODES"}


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
