"""Our own broker: Apache Kafka in one directory, started, stopped, killed, started again."""

from __future__ import annotations

import shutil
import socket
import uuid
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from caunoi.broker.jars import DIRECTORY, missing
from caunoi.broker.running import Broker
from caunoi.errors import BrokerError
from door.kafka.access import Access
from door.kafka.client import KafkaReceiver, KafkaSender
from door.kafka.port import Outgoing, Partition


@pytest.mark.torture
def test_what_it_took_is_there_after_a_kill(tmp_path: Path, kafka: str) -> None:
    """A message it acknowledged survives kill -9; it answers on the same port, and on loopback alone."""
    del kafka  # says whether there are jars at all
    with Broker(tmp_path / "broker") as broker:
        access = Access(addresses=(broker.address,))
        admin = KafkaAdminClient(bootstrap_servers=broker.address)
        admin.create_topics([NewTopic("made-up", 1, 1)])
        admin.close()
        sender = KafkaSender(access, name="test")
        sender.send([Outgoing(to=Partition("made-up", 0), key=b"k", value=b"DU LIEU GIA DINH")])
        sender.close()
        before = broker.pid
        broker.kill()
        broker.start()
        assert broker.pid not in {None, before}
        receiver = KafkaReceiver(access, name="test")
        receiver.seek({Partition("made-up", 0): 0})
        found = [one for _ in range(50) for one in receiver.receive(wait=0.2, limit=10)][:1]
        receiver.close()
        assert [(one.key, one.value, one.position) for one in found] == [(b"k", b"DU LIEU GIA DINH", 0)]
        others = {address for _, _, _, _, (address, *_) in socket.getaddrinfo(socket.gethostname(), None)}
        for address in {str(one) for one in others} - {"127.0.0.1", "::1"}:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((address, broker.port), timeout=1).close()
    assert broker.pid is None


def test_an_id_that_looks_like_an_option_is_an_id(tmp_path: Path, kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One new directory in 64 is given an id that begins with a hyphen; it is formatted like any other."""
    del kafka
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" + bytes(15)))
    with Broker(tmp_path / "broker"):
        written = (tmp_path / "broker" / "data" / "meta.properties").read_text("utf-8")
    assert "cluster.id=-AAAAAAAAAAAAAAAAAAAAA\n" in written


def test_only_the_jars_of_the_list_are_run(tmp_path: Path, kafka: str) -> None:
    """One jar changed, or one too many: nothing is started."""
    del kafka
    jars = tmp_path / "jars"
    shutil.copytree(DIRECTORY, jars, copy_function=lambda source, target: Path(target).symlink_to(source))
    assert missing(jars) == []
    (jars / "more.jar").write_bytes(b"")
    with pytest.raises(BrokerError, match="make kafka"):
        Broker(tmp_path / "broker", jars=jars).start()
    (jars / "more.jar").unlink()
    first = min(jars.glob("*.jar"))
    first.unlink()
    first.write_bytes(b"another")
    assert missing(jars) == [first.name]
