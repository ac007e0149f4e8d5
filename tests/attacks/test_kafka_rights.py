"""A node's principal on a guarded broker tries everything it may not: TLS, SCRAM, access lists, on Apache Kafka."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from caunoi import topics
from caunoi.broker.running import Broker, Guarded
from door.kafka.access import Access
from door.kafka.client import KafkaMember, KafkaReceiver, KafkaSender
from door.kafka.port import KafkaAwayError, KafkaRefusedError, Outgoing, Partition
from door.kafka.topics import feed_of, receipts_of, statements_of

MINE, OTHER = "police-38", "labour-38"
WITHIN = 2.0  # seconds; on loopback, where who is not let in is told at once or never
PASSWORDS = {"admin": "mat-khau-gia-1", topics.HUB_USER: "mat-khau-gia-2", MINE: "mat-khau-gia-3", OTHER: "khac-4"}


@dataclass(frozen=True)
class Field:
    """A guarded broker with the topics and rights of two nodes; where its authority's certificate lies."""

    address: str
    directory: Path

    def access(self, user: str, password: str | None = None) -> Access:
        """The way of one user, with its own password unless another is given."""
        file = self.directory / f"{user}.pass"
        file.write_text((password or PASSWORDS[user]) + "\n", "utf-8")
        return Access(addresses=(self.address,), ca=self.directory / "ca.pem", user=user, password_file=file)


def certificate(directory: Path) -> Path:
    """Make an authority for one broker, on loopback, for a day; the broker's PEM has its key first."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (directory / "ca.pem").write_bytes(pem)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "broker.pem").write_bytes(private + pem)
    return directory / "broker.pem"


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory, kafka: str) -> Iterator[Field]:
    del kafka  # says whether there are jars at all
    directory = tmp_path_factory.mktemp("guarded")
    guarded = Guarded(certificate=certificate(directory), passwords=PASSWORDS)
    with Broker(directory / "broker", guarded=guarded) as broker:
        made = Field(broker.address, directory)
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
