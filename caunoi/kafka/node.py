"""A node's way over Kafka, from the settings: the broker's addresses, and the name of its topics."""

from __future__ import annotations

from functools import partial
from typing import Final

from caunoi.errors import SettingsError
from caunoi.settings import Settings
from door.kafka.client import KafkaReceiver, KafkaSender
from node.node import Node
from node.over_kafka import OverKafka

WITHIN: Final = 2.0  # seconds a node waits for its broker; officers wait with it


def over_kafka(settings: Settings, node: Node) -> OverKafka:
    """Make it; nobody is connected to before it is used.

    Raises:
        SettingsError: no broker is named.
    """
    access = settings.kafka_access
    if access is None:
        raise SettingsError("setting_needed", name="CAUNOI_KAFKA")
    name = settings.kafka_node(node.agency)
    return OverKafka(
        agency=node.agency,
        node=name,
        outbox=node.outbox,
        sender=partial(KafkaSender, access, name=f"caunoi-{name}", within=WITHIN),
        receiver=partial(KafkaReceiver, access, name=f"caunoi-{name}", within=WITHIN),
        now=node.now,
    )
