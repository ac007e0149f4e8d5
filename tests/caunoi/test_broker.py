"""Our own broker: Apache Kafka in one directory, started, stopped, killed, started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from caunoi.broker.jars import DIRECTORY, missing
from caunoi.broker.running import Broker, arguments_of
from caunoi.errors import BrokerError
from door.kafka.access import Access
from door.kafka.client import KafkaReceiver, KafkaSender
from door.kafka.port import KafkaAwayError, Outgoing, Partition
from tests.brokers import need_jars


def with_a_topic(broker: Broker) -> Access:
    """Make the topic `made-up` on a broker; gives how it is reached."""
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.create_topics([NewTopic("made-up", 1, 1)])
    admin.close()
    return Access(addresses=(broker.address,))


@pytest.mark.torture
def test_what_it_took_is_there_after_a_kill(tmp_path: Path) -> None:
    """A message it acknowledged survives kill -9; it answers on the same port, and on loopback alone."""
    need_jars()
    with Broker(tmp_path / "broker") as broker:
        access = with_a_topic(broker)
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


@pytest.mark.torture
def test_a_sender_gives_up_on_a_silent_broker(tmp_path: Path) -> None:
    """It says so in time, lets go of what it could not send, and whoever comes after it sends the same."""
    need_jars()
    with Broker(tmp_path / "broker") as broker:
        access = with_a_topic(broker)
        message = Outgoing(to=Partition("made-up", 0), key=b"k", value=b"DU LIEU GIA DINH")
        sender = KafkaSender(access, name="test", within=1)
        sender.send([message])
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            with pytest.raises(KafkaAwayError):
                sender.send([message])
            sender.close()
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        assert time.monotonic() - began < 10
        assert [one.name for one in threading.enumerate() if one.name.startswith("test-network")] == []
        after = KafkaSender(access, name="test")
        after.send([message])
        after.close()


def test_an_id_that_looks_like_an_option_is_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One new directory in 64 is given an id that begins with a hyphen; it is formatted like any other."""
    need_jars()
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" + bytes(15)))
    with Broker(tmp_path / "broker"):
        written = (tmp_path / "broker" / "data" / "meta.properties").read_text("utf-8")
    assert "cluster.id=-AAAAAAAAAAAAAAAAAAAAA\n" in written


def test_only_the_jars_of_the_list_are_run(tmp_path: Path) -> None:
    """One jar changed, or one too many: nothing is started."""
    need_jars()
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


@pytest.mark.torture
def test_what_somebody_killed_left_running_is_ended(tmp_path: Path, kafka: str) -> None:
    """Kill -9 of whoever ran it leaves a broker on the directory; the next ends it, and has what it had."""
    del kafka
    command = [sys.executable, "-m", "caunoi.broker", str(tmp_path / "broker")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as runs:
        assert runs.stdout is not None
        assert runs.stdout.readline().startswith(b"CAUNOI_KAFKA=127.0.0.1:")
        with pytest.raises(BrokerError, match="already"):
            Broker(tmp_path / "broker").start()
        runs.kill()
    left = int((tmp_path / "broker" / "broker.pid").read_text("ascii"))
    assert arguments_of(left)
    with Broker(tmp_path / "broker") as broker:
        assert broker.pid not in {None, left}
        assert not arguments_of(left)
        KafkaAdminClient(bootstrap_servers=broker.address).close()
