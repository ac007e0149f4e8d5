"""kafka-python behind the port: idempotent sending, manual positions, no automatic anything.

Its defaults are good for sending; for reading they commit by themselves and begin at the end: each is set here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, TopicPartition
from kafka import errors as kafka_errors
from kafka.record import memory_records
from typing_extensions import override

from door.kafka.access import Access
from door.kafka.batches import UNREADABLE, LenientBatch
from door.kafka.port import Incoming, KafkaAwayError, KafkaRefusedError, Outgoing, Partition

MAX_MESSAGE = 16 * 1024 * 1024  # bytes of one message with its headers
WITHIN = 10.0  # seconds a broker may take to be found, and to answer one request; three times that for a sending
AGAIN = 1000  # ms at most until a broker that was away is connected to again; the library would take half a minute
_NO = (
    kafka_errors.AuthorizationError,
    kafka_errors.TopicAuthorizationFailedError,
    kafka_errors.GroupAuthorizationFailedError,
    kafka_errors.ClusterAuthorizationFailedError,
    kafka_errors.SaslAuthenticationFailedError,
    kafka_errors.MessageSizeTooLargeError,
    kafka_errors.RecordListTooLargeError,
    kafka_errors.InvalidTopicError,
    kafka_errors.UnknownTopicOrPartitionError,
    kafka_errors.SecurityDisabledError,
)

memory_records.DefaultRecordBatch = LenientBatch  # where the client makes its batches; a test sees that it does


@contextmanager
def told() -> Iterator[None]:
    """What the client says, in the port's two words. Its own text may name hosts, so it does not travel on.

    Raises:
        KafkaAwayError, KafkaRefusedError.
    """
    try:
        yield
    except _NO as error:
        raise KafkaRefusedError(type(error).__name__) from None
    except kafka_errors.KafkaError as error:
        raise KafkaAwayError(type(error).__name__) from None


class KafkaSender:
    """Sends over one connection pool; one thread at a time."""

    def __init__(self, access: Access, *, name: str, within: float = WITHIN) -> None:
        self._deliver_within = 3 * within
        with told():
            self._producer = KafkaProducer(
                **access.options(),
                client_id=name,
                max_request_size=MAX_MESSAGE,
                linger_ms=5,  # messages of one call go out together
                request_timeout_ms=_ms(within),
                reconnect_backoff_max_ms=AGAIN,
                delivery_timeout_ms=_ms(self._deliver_within),
                max_block_ms=_ms(within),
                bootstrap_timeout_ms=_ms(within),
                metrics_enabled=False,
            )

    def send(self, messages: Iterable[Outgoing]) -> None:
        """See `port.Sender`."""
        with told():
            futures = [
                self._producer.send(
                    one.to.topic, partition=one.to.number, key=one.key, value=one.value, headers=list(one.headers)
                )
                for one in messages
            ]
            # The library's own limit does not hold while it waits for what a broker that was killed never answered.
            self._producer.flush(timeout=self._deliver_within)
            for future in futures:
                if not future.succeeded():
                    future.get(timeout=self._deliver_within)

    def close(self) -> None:
        """See `port.Sender`."""
        # What was not sent will be sent by whoever comes after us. The library would go on trying to, from a thread
        # that nobody has any more, and complain.
        self._producer._sender.force_close()  # noqa: SLF001 - there is no other way
        with suppress(kafka_errors.KafkaError):
            self._producer.close(timeout=1)


class KafkaReceiver:
    """Reads partitions from positions; one thread at a time."""

    def __init__(self, access: Access, *, name: str, group: str | None = None, within: float = WITHIN) -> None:
        self._within_ms = _ms(within)
        self._options = {
            **access.options(),
            "client_id": name,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "isolation_level": "read_committed",
            "max_partition_fetch_bytes": MAX_MESSAGE,
            "fetch_max_wait_ms": 100,
            "request_timeout_ms": _ms(within),
            "reconnect_backoff_max_ms": AGAIN,
            "bootstrap_timeout_ms": _ms(within),
            "metrics_enabled": False,
        }
        with told():
            self._consumer = KafkaConsumer(
                **self._options, group_id=group, session_timeout_ms=6_000, heartbeat_interval_ms=2_000
            )

    def partitions(self, topic: str) -> Sequence[Partition]:
        """See `port.Receiver`."""
        with told():
            return [Partition(topic, number) for number in sorted(self._consumer.partitions_for_topic(topic) or ())]

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """See `port.Receiver`."""
        with told():
            self._consumer.assign([TopicPartition(*one) for one in positions])
            for one, position in positions.items():
                self._consumer.seek(TopicPartition(*one), position)

    def receive(self, *, wait: float, limit: int) -> list[Incoming]:
        """See `port.Receiver`."""
        with told():
            found = self._consumer.poll(timeout_ms=_ms(wait), max_records=limit)
        return [
            Incoming(
                at=Partition(at.topic, at.partition),
                position=one.offset,
                key=one.key,
                value=one.value,
                headers=tuple(one.headers),
                unreadable=one.timestamp_type == UNREADABLE,
            )
            for at, records in found.items()
            for one in records
        ]

    def starts(self) -> Mapping[Partition, int]:
        """See `port.Receiver`."""
        return self._offsets(self._consumer.beginning_offsets)

    def ends(self) -> Mapping[Partition, int]:
        """See `port.Receiver`."""
        return self._offsets(self._consumer.end_offsets)

    def _offsets(self, ask: Callable[..., Mapping[TopicPartition, int]]) -> Mapping[Partition, int]:
        with told():
            found = ask(list(self._consumer.assignment()), timeout_ms=self._within_ms)
        return {Partition(at.topic, at.partition): offset for at, offset in found.items()}

    def close(self) -> None:
        """See `port.Receiver`."""
        self._consumer.close()


class KafkaMember(KafkaReceiver):
    """A receiver whose partitions its group gives and takes."""

    def __init__(self, access: Access, *, name: str, group: str) -> None:
        super().__init__(access, name=name, group=group)

    def join(self, topic: str, *, given: Callable[[Sequence[Partition]], Mapping[Partition, int]]) -> None:
        """See `port.Member`."""
        with told():
            self._consumer.subscribe([topic], listener=_Given(self._consumer, given))

    @override
    def receive(self, *, wait: float, limit: int) -> list[Incoming]:
        coordinator = self._consumer._coordinator  # noqa: SLF001 - there is no other way
        if coordinator.rejoining:
            # Where only the topic's partitions have changed, the library (3.0.12) forgets that it joins anew when a
            # call ends before that is done, and is of no group from then on.
            coordinator.request_rejoin()
        return super().receive(wait=wait, limit=limit)


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


class _Given(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Takes up the positions of partitions that this member was given."""

    def __init__(
        self, consumer: KafkaConsumer, given: Callable[[Sequence[Partition]], Mapping[Partition, int]]
    ) -> None:
        self._consumer = consumer
        self._given = given

    @override
    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """What was taken is done with: its positions went along with its effects."""

    @override
    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Start where the effects end."""
        positions = self._given([Partition(one.topic, one.partition) for one in assigned])
        for one, position in positions.items():
            self._consumer.seek(TopicPartition(*one), position)
