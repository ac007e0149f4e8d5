"""A broker as one principal sees it: which version it is, what this principal may do there, by the broker's own word.

A broker says of itself what each may do (KIP-430), so nothing has to be tried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from door.kafka.access import Access
from door.kafka.client import told

AUTO_CREATE = "auto.create.topics.enable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A broker as one principal sees it; operations as Kafka names them (`READ`, `ALTER`, …).

    cluster: what it may do to the broker itself; allowed: topic → what it may do there, of every topic it may know of.
    makes_topics: whether the broker makes a topic that somebody names; None where this principal may not know.
    """

    version: str
    cluster: frozenset[str]
    allowed: Mapping[str, frozenset[str]]
    makes_topics: bool | None


def look(access: Access, *, within: float) -> Seen:
    """The broker as this principal sees it; asks for nothing it may not know. `within` is in seconds.

    Raises:
        KafkaAwayError, KafkaRefusedError.
    """
    options = {name: value for name, value in access.options().items() if name != "allow_auto_create_topics"}
    limits = dict.fromkeys(("bootstrap_timeout_ms", "request_timeout_ms"), int(within * 1000))
    with told(), closing(KafkaAdminClient(**options, **limits, client_id="caunoi-doctor")) as admin:
        cluster = admin.describe_cluster()
        broker = cluster["brokers"][0]["broker_id"]
        asked = ConfigResource(ConfigResourceType.BROKER, str(broker), {AUTO_CREATE: ""})
        settings = admin.describe_configs([asked], config_filter="all")["broker"][str(broker)]
        version = admin.get_broker_version_data(broker).broker_version
        topics = admin.describe_topics()
    made = settings.get(AUTO_CREATE, {}).get("value")
    return Seen(
        version=".".join(map(str, version)),
        cluster=frozenset(cluster["authorized_operations"]),
        allowed={one["name"]: frozenset(one["authorized_operations"]) for one in topics},
        makes_topics=None if made is None else made == "true",
    )
