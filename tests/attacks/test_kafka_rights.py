"""A node's principal on a guarded broker tries everything it may not: TLS, SCRAM or certificates, access lists."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from kafka import KafkaProducer
from kafka import errors as kafka_errors

from caunoi.broker.running import Broker, Guarded
from caunoi.kafka import topics
from caunoi.kafka.doctor import rights_as_they_should_be
from caunoi.kafka.seen import look
from caunoi.settings import Settings
from door.kafka.access import Access
from door.kafka.client import KafkaMember, KafkaReceiver, KafkaSender
from door.kafka.port import KafkaAwayError, KafkaRefusedError, Outgoing, Partition
from door.kafka.topics import feed_of, receipts_of, statements_of
from tests.brokers import need_jars
from tests.certificates import certificate, client

MINE, OTHER = "police-38", "labour-38"
WITHIN = 2.0  # seconds; on loopback, where who is not let in is told at once or never
PASSWORDS = {"admin": "mat-khau-gia-1", topics.HUB_USER: "mat-khau-gia-2", MINE: "mat-khau-gia-3", OTHER: "khac-4"}


@dataclass(frozen=True)
class Field:
    """A guarded broker with the topics and rights of two nodes; where its authority's certificate lies."""

    address: str
    certified_address: str
    directory: Path

    def certified(self, certificate: Path, *, host: str = "127.0.0.1") -> Access:
        """The way of who has this certificate, as the settings say it."""
        address = f"{host}:{self.certified_address.rpartition(':')[2]}"
        ca = self.directory / "ca.pem"
        access = Settings(kafka=address, kafka_ca=ca, kafka_certificate=certificate).kafka_access
        assert access is not None
        return access

    def access(self, user: str, password: str | None = None) -> Access:
        """The way of one user, with its own password unless another is given."""
        file = self.directory / f"{user}.pass"
        file.write_text((password or PASSWORDS[user]) + "\n", "utf-8")
        return Access(addresses=(self.address,), ca=self.directory / "ca.pem", user=user, password_file=file)


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    need_jars()
    directory = tmp_path_factory.mktemp("guarded")
    guarded = Guarded(certificate=certificate(directory), passwords=PASSWORDS, clients=directory / "ca.pem")
    with Broker(directory / "broker", guarded=guarded) as broker:
        made = Field(broker.address, broker.certified_address, directory)
        with closing(topics.Administration(made.access("admin"))) as administration:
            administration.apply(topics.wanted([MINE, OTHER]))
            wanted = topics.rights([MINE, OTHER])
            assert set(administration.missing_rights(wanted)) == set(wanted)
            administration.give(wanted)
            assert administration.missing_rights(wanted) == []
        yield made


def send(access: Access, topic: str) -> None:
    """Send one message."""
    with closing(KafkaSender(access, name="test", within=WITHIN)) as sender:
        sender.send([Outgoing(to=Partition(topic, 0), key=b"k", value=b"v")])


def receive(access: Access, topic: str) -> list[bytes | None]:
    """Read what a topic's first partition holds."""
    with closing(KafkaReceiver(access, name="test", within=WITHIN)) as receiver:
        receiver.seek({Partition(topic, 0): 0})
        for _ in range(10):
            if found := receiver.receive(wait=0.2, limit=10):
                return [one.value for one in found]
    return []


def test_what_it_may(field: Field) -> None:
    """A node writes its statements; the hub reads them, and answers; the node reads that."""
    send(field.access(MINE), statements_of(MINE))
    assert receive(field.access(topics.HUB_USER), statements_of(MINE)) == [b"v"]
    for topic in (receipts_of(MINE), feed_of(MINE)):
        send(field.access(topics.HUB_USER), topic)
        assert receive(field.access(MINE), topic) == [b"v"]


@pytest.mark.parametrize(
    "topic", [statements_of(OTHER), receipts_of(MINE), receipts_of(OTHER), feed_of(MINE), feed_of(OTHER), "caunoi.x.v1"]
)
def test_it_writes_nothing_else(field: Field, topic: str) -> None:
    """Neither in another's name, nor the hub's, nor a topic of its own making."""
    with pytest.raises((KafkaRefusedError, KafkaAwayError), match=r"Authorization|UnknownTopic"):
        send(field.access(MINE), topic)


@pytest.mark.parametrize("topic", [statements_of(MINE), statements_of(OTHER), receipts_of(OTHER), feed_of(OTHER)])
def test_it_reads_nothing_else(field: Field, topic: str) -> None:
    """Not another's feed; not even what it wrote itself. Of what it may not know of it learns nothing."""
    send(field.access("admin"), topic)
    assert receive(field.access("admin"), topic)
    try:
        assert receive(field.access(MINE), topic) == []
    except KafkaRefusedError as error:
        assert "Authorization" in str(error)


def test_it_joins_no_other_s_group(field: Field) -> None:
    """Whoever joined another's group would take partitions from it."""
    with closing(KafkaMember(field.access(MINE), name="test", group=f"caunoi.{OTHER}.views")) as member:
        member.join(feed_of(MINE), given=lambda given: dict.fromkeys(given, 0))
        with pytest.raises(KafkaRefusedError, match="Authorization"):
            for _ in range(20):
                member.receive(wait=0.5, limit=10)


def test_it_administers_nothing(field: Field) -> None:
    """It changes no topic and gives itself no right."""
    with closing(topics.Administration(field.access(MINE))) as administration:
        with pytest.raises(KafkaRefusedError, match="Authorization"):
            administration.give(topics.rights(["everything"]))
        with pytest.raises(KafkaRefusedError, match="Authorization"):
            administration.apply(topics.wanted(["more"]))


def test_a_wrong_password_is_refused(field: Field) -> None:
    """And said to be refused, not to be tried again for ever."""
    with pytest.raises((KafkaRefusedError, KafkaAwayError)):
        send(field.access(MINE, "sai"), statements_of(MINE))


def test_a_broker_nobody_vouches_for_is_not_spoken_to(field: Field, tmp_path: Path) -> None:
    """Another authority's certificate: no password goes out."""
    certificate(tmp_path)
    access = field.access(MINE)
    other = Access(
        addresses=access.addresses, ca=tmp_path / "ca.pem", user=access.user, password_file=access.password_file
    )
    with pytest.raises((KafkaAwayError, KafkaRefusedError, ssl.SSLError)):
        send(other, statements_of(MINE))


def test_nothing_goes_in_the_clear(field: Field) -> None:
    """Without TLS it does not answer."""
    with pytest.raises((KafkaAwayError, KafkaRefusedError)):
        send(Access(addresses=(field.address,)), statements_of(MINE))


def test_the_doctor_sees_what_each_may(field: Field) -> None:
    """By the broker's own word: what it should; of the administrator that it may do anything."""
    should = topics.rights([MINE, OTHER])
    for user in (MINE, topics.HUB_USER):
        seen = look(field.access(user), within=5)
        mine = [one for one in should if one.user == user and one.of == "topic"]
        assert [one.code for one in rights_as_they_should_be(seen, mine)] == ["doctor_kafka_rights"]
    assert [one.code for one in rights_as_they_should_be(look(field.access("admin"), within=5), should)] == [
        "doctor_kafka_rights_all"
    ]
    beyond = [one for one in should if one.user == OTHER and one.of == "topic"]
    assert {one.mark for one in rights_as_they_should_be(look(field.access(MINE), within=5), beyond)} == {"wrong"}


def test_a_certificate_is_a_principal_with_the_same_rights(field: Field) -> None:
    """By the common name: it writes its statements and reads its answers and feed, and nothing else at all."""
    mine = field.certified(client(field.directory, name=MINE))
    with closing(KafkaSender(mine, name="test", within=WITHIN)) as sender:
        sender.send([Outgoing(to=Partition(statements_of(MINE), 1), key=b"k", value=b"certified")])
        for topic in (statements_of(OTHER), receipts_of(MINE), receipts_of(OTHER), feed_of(MINE), feed_of(OTHER)):
            with pytest.raises(KafkaRefusedError, match="Authorization"):
                sender.send([Outgoing(to=Partition(topic, 1), key=b"k", value=b"certified")])
    send(field.access("admin"), receipts_of(MINE))
    assert receive(mine, receipts_of(MINE))
    others = [statements_of(MINE), statements_of(OTHER), receipts_of(OTHER), feed_of(OTHER)]
    with closing(KafkaSender(field.access("admin"), name="test")) as sender:
        sender.send(Outgoing(to=Partition(topic, 1), key=b"k", value=b"v") for topic in others)
    with closing(KafkaReceiver(mine, name="test", within=WITHIN)) as receiver:
        receiver.seek({Partition(topic, 1): 0 for topic in others})
        for _ in range(5):
            with suppress(KafkaRefusedError):
                assert receiver.receive(wait=0.2, limit=1) == []
    with closing(topics.Administration(mine)) as administration:
        for act in (
            lambda: administration.give(topics.rights(["x"])),
            lambda: administration.apply(topics.wanted("x")),
        ):
            with pytest.raises(KafkaRefusedError, match="Authorization"):
                act()


def test_no_transaction_is_begun(field: Field) -> None:
    """One that is never ended would hold up whoever reads after it."""
    options = field.access(MINE).options() | {"transactional_id": "gia-dinh", "max_block_ms": 5_000}
    producer = KafkaProducer(**options)
    try:
        with pytest.raises(kafka_errors.TransactionalIdAuthorizationFailedError):
            producer.init_transactions()
    finally:
        producer.close(timeout=0)


@pytest.mark.parametrize("name", ["nobody", f"{MINE}.x", f"x-{MINE}", MINE.upper()])
def test_a_certificate_of_another_name_may_nothing(field: Field, name: str) -> None:
    """Also one that holds a node's name within its own."""
    with pytest.raises(KafkaRefusedError, match="Authorization"):
        send(field.certified(client(field.directory, name=name)), statements_of(MINE))


def test_who_has_no_certificate_of_ours_is_not_let_in(field: Field, tmp_path: Path) -> None:
    """None at all, one of another authority's, a password instead, and no TLS."""
    certificate(tmp_path)
    password = field.access(MINE)
    mine = field.certified(client(field.directory, name=MINE))
    others = field.certified(client(tmp_path, name=MINE))
    for access in (
        replace(mine, certificate=None), others, replace(password, addresses=mine.addresses),
        Access(addresses=mine.addresses),
    ):  # fmt: skip
        with pytest.raises((KafkaAwayError, KafkaRefusedError)) as refused:
            KafkaSender(access, name="test", within=1).close()
        assert "Authorization" not in str(refused.value), "not even asked who it is"


def test_a_broker_under_another_name_is_not_spoken_to(field: Field) -> None:
    """Its certificate is of our authority, and says that it is somebody else."""
    file = client(field.directory, name=MINE)
    KafkaSender(field.certified(file), name="test", within=WITHIN).close()
    with pytest.raises((KafkaAwayError, KafkaRefusedError)):
        KafkaSender(field.certified(file, host="localhost"), name="test", within=1).close()
