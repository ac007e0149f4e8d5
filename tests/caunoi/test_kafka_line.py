"""How the line to Kafka is secured, as far as the settings say so: half of it is refused, never left out quietly."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from caunoi.errors import SettingsError
from caunoi.settings import Settings
from tests.certificates import certificate

FAR = "kafka.example.vn:9093"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a PEM file of an authority."""
    place = tmp_path_factory.mktemp("line")
    certificate(place)
    return place / "ca.pem"


def refused(**given: object) -> tuple[str, object]:
    """The code of what is refused, and the setting it names."""
    with pytest.raises(SettingsError) as error:
        _ = Settings.model_validate({"kafka": FAR, **given}).kafka_access
    return error.value.code, error.value.params.get("name")


def test_half_of_what_secures_a_line(tmp_path: Path, ca: Path) -> None:
    """A name without a password, either without authorities, a broker elsewhere in the clear: each is refused."""
    word = tmp_path / "word"
    word.write_text("x\n", "utf-8")
    assert refused(kafka_ca=ca, kafka_user="a") == ("setting_needed", "CAUNOI_KAFKA_PASSFILE")
    assert refused(kafka_ca=ca, kafka_passfile=word) == ("setting_needed", "CAUNOI_KAFKA_USER")
    assert refused(kafka_user="a", kafka_passfile=word) == ("setting_needed", "CAUNOI_KAFKA_CA")
    assert refused(kafka_certificate=ca) == ("setting_needed", "CAUNOI_KAFKA_CA")
    assert refused() == ("kafka_open_line", None)
    assert refused(kafka=f"127.0.0.1:9092, {FAR}") == ("kafka_open_line", None)


def test_a_file_that_is_none(tmp_path: Path, ca: Path) -> None:
    """A file that is not there, or holds something else, is named by its setting: waiting would not help."""
    other = tmp_path / "other"
    other.write_bytes(b"\xff\x00")
    for none in (other, tmp_path / "nothing"):
        assert refused(kafka_ca=none) == ("setting_file_unusable", "CAUNOI_KAFKA_CA")
        given = {"kafka_ca": ca, "kafka_user": "a", "kafka_passfile": none}
        assert refused(**given) == ("setting_file_unusable", "CAUNOI_KAFKA_PASSFILE")
        assert refused(kafka_ca=ca, kafka_certificate=none) == ("setting_file_unusable", "CAUNOI_KAFKA_CERTIFICATE")


def test_what_is_whole(tmp_path: Path, ca: Path) -> None:
    """On this machine in the clear; elsewhere so only where that is said; else over TLS, and as somebody."""
    word = tmp_path / "word"
    word.write_text("x\n", "utf-8")
    for here in ("127.0.0.1:9092", "localhost:1, [::1]:2"):
        access = Settings(kafka=here).kafka_access
        assert access is not None and "security_protocol" not in access.options()
    access = Settings(kafka=FAR, kafka_open=True).kafka_access
    assert access is not None and "security_protocol" not in access.options()
    access = Settings(kafka=FAR, kafka_ca=ca, kafka_user="a", kafka_passfile=word).kafka_access
    assert access is not None and access.options()["security_protocol"] == "SASL_SSL"


@pytest.mark.parametrize("address", ["foo", "kafka://x:1", "x:", "x:1,", ":1", ""])
def test_what_is_no_address(address: str) -> None:
    """Told at once, not as a broker that is away."""
    with pytest.raises(ValidationError):
        Settings(kafka=address)
