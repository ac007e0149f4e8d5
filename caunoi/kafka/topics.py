"""The topics of `contracts/asyncapi.yaml` on a broker: what is missing or differs, made so, and who may do what.

Nothing is ever deleted, and the number of partitions of a topic is never changed: a case would move to another
partition, and its order would be lost. That needs topics of a new version.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from caunoi.errors import KafkaNoError, SettingsError, UnavailableError
from caunoi.settings import Settings
from door.kafka.access import Access
from door.kafka.client import told
from door.kafka.port import KafkaAwayError, KafkaRefusedError

HUB_USER = "caunoi"  # the principal of `caunoi kafka`; every node's principal has the node's name
REPLICAS = -1  # as many copies as the broker's own setting says
SETTLED_WITHIN = 10.0  # seconds
OPERATIONS = {"read": ACLOperation.READ, "write": ACLOperation.WRITE}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it should be; `settings` are Kafka's own names and values."""

    name: str
    partitions: int
    settings: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it should be. `what`: missing, partitions, or the name of a setting."""

    topic: str
    what: str
    wanted: str
    found: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """What one principal may do with topics of this name, or beginning so, or with groups beginning so."""

    user: str
    may: str
    name: str
    prefix: bool = False
    of: str = field(default="topic")


def document() -> dict[str, Any]:
    """The AsyncAPI document, from the installed program or from the tree it lies in."""
    shipped = files("caunoi") / "asyncapi.yaml"
    text = shipped if shipped.is_file() else Path(__file__).parents[2] / "contracts" / "asyncapi.yaml"
    read: dict[str, Any] = yaml.safe_load(text.read_text("utf-8"))
    return read


def wanted(nodes: Iterable[str]) -> list[Topic]:
    """The topics these nodes need, and those of all."""
    topics = []
    for channel in document()["channels"].values():
        binding = channel["bindings"]["kafka"]
        settings = {name: _setting(value) for name, value in binding["topicConfiguration"].items()}
        address: str = channel["address"]
        names = [address.replace("{node}", node) for node in nodes] if "{node}" in address else [address]
        topics += [Topic(name, binding["partitions"], settings) for name in names]
    return topics


def rights(nodes: Iterable[str]) -> list[Right]:
    """Who may do what: a node writes its own statements and reads its own answers and feed; the hub the reverse."""
    found = [
        Right(HUB_USER, "read", "caunoi.statements.", prefix=True),
        Right(HUB_USER, "write", "caunoi.receipts.", prefix=True),
        Right(HUB_USER, "write", "caunoi.feed.", prefix=True),
        Right(HUB_USER, "write", "caunoi.checkpoints.v1"),
    ]
    for node in nodes:
        found += [
            Right(node, "write", f"caunoi.statements.{node}.v1"),
            Right(node, "read", f"caunoi.receipts.{node}.v1"),
            Right(node, "read", f"caunoi.feed.{node}.v1"),
            Right(node, "read", "caunoi.checkpoints.v1"),
            # No node's name is the beginning of another's here: the point ends it.
            Right(node, "read", f"caunoi.{node}.", prefix=True, of="group"),
        ]
    return found


class Administration:
    """Looks at a broker's topics and rights, and makes them so; the principal must be an administrator's."""

    def __init__(self, access: Access, *, within: float = 30.0) -> None:
        """Connect; `within` is in seconds."""
        limits = dict.fromkeys(("bootstrap_timeout_ms", "request_timeout_ms"), int(within * 1000))
        with told():
            self._admin = KafkaAdminClient(**_without_topics(access.options()), **limits, client_id="caunoi-topics")

    def close(self) -> None:
        """Give back the connection."""
        self._admin.close()

    def differences(self, topics: Sequence[Topic]) -> list[Difference]:
        """What is missing or differs on the broker.

        Raises:
            KafkaAwayError, KafkaRefusedError.
        """
        with told():
            names = set(self._admin.list_topics())
            there = [topic for topic in topics if topic.name in names]
            partitions = {
                one["name"]: len(one["partitions"])
                for one in (self._admin.describe_topics([topic.name for topic in there]) if there else ())
            }
            settings = self._settings(there)
        found = [Difference(topic=t.name, what="missing", wanted=str(t.partitions)) for t in topics if t not in there]
        for topic in there:
            if partitions[topic.name] != topic.partitions:
                found.append(
                    Difference(
                        topic=topic.name,
                        what="partitions",
                        wanted=str(topic.partitions),
                        found=str(partitions[topic.name]),
                    )
                )
            found += [
                Difference(topic=topic.name, what=name, wanted=value, found=settings[topic.name].get(name, ""))
                for name, value in topic.settings.items()
                if settings[topic.name].get(name) != value
            ]
        return found

    def apply(self, topics: Sequence[Topic]) -> list[Difference]:
        """Make what is missing, set what differs; give what is left, which is for a person to mend (partitions).

        Raises:
            KafkaAwayError, KafkaRefusedError.
        """
        by_name = {topic.name: topic for topic in topics}
        differences = self.differences(topics)
        missing = {one.topic for one in differences if one.what == "missing"}
        changed = {one.topic for one in differences if one.what not in {"missing", "partitions"}}
        with told():
            if missing:
                self._admin.create_topics(
                    {
                        name: {
                            "num_partitions": by_name[name].partitions,
                            "replication_factor": REPLICAS,
                            "configs": by_name[name].settings,
                        }
                        for name in sorted(missing)
                    }
                )
                self._admin.wait_for_topics(sorted(missing))
            if changed:
                self._admin.alter_configs(
                    [ConfigResource(ConfigResourceType.TOPIC, name, by_name[name].settings) for name in sorted(changed)]
                )
        self._wait(lambda: all(one.what == "partitions" for one in self.differences(topics)))
        return self.differences(topics)

    def missing_rights(self, wanted_rights: Sequence[Right]) -> list[Right]:
        """Which of these rights nobody has been given yet.

        Raises:
            KafkaAwayError, KafkaRefusedError: as when the broker knows no rights at all.
        """
        everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
        asked = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, everything)
        with told():
            listed, error = self._admin.describe_acls(asked)
            if error.errno != 0:
                raise error
        there = {(one.principal, one.operation, one.resource_pattern.resource_name) for one in listed}
        return [one for one in wanted_rights if (f"User:{one.user}", OPERATIONS[one.may], one.name) not in there]

    def give(self, given: Sequence[Right]) -> None:
        """Give rights; those that are there stay.

        Raises:
            KafkaAwayError, KafkaRefusedError.
        """
        with told():
            if given:
                self._admin.create_acls([_acl(one) for one in given])
        self._wait(lambda: not self.missing_rights(given))

    def _wait(self, settled: Callable[[], bool]) -> None:
        """A broker says yes before it does as it said."""
        deadline = time.monotonic() + SETTLED_WITHIN
        while not settled() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _settings(self, topics: Sequence[Topic]) -> dict[str, dict[str, str]]:
        if not topics:
            return {}
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
        found = self._admin.describe_configs(asked, config_filter="all")
        return {
            name: {key: str(one["value"]) for key, one in settings.items()}
            for name, settings in next(iter(found.values())).items()
        }


@contextmanager
def administered(settings: Settings) -> Iterator[Administration]:
    """The administration of the broker that is set, for as long as the block.

    Raises:
        SettingsError: no broker is named.
        UnavailableError: it does not answer, or refuses.
    """
    access = settings.kafka_access
    if access is None:
        raise SettingsError("setting_needed", name="CAUNOI_KAFKA")
    try:
        with closing(Administration(access)) as administration:
            yield administration
    except (KafkaAwayError, OSError):
        raise UnavailableError("kafka_away") from None
    except KafkaRefusedError as error:
        raise KafkaNoError(error) from None


def _setting(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _without_topics(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "allow_auto_create_topics"}


def _acl(right: Right) -> ACL:
    kind = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}[right.of]
    pattern = ACLResourcePatternType.PREFIXED if right.prefix else ACLResourcePatternType.LITERAL
    return ACL(
        principal=f"User:{right.user}",
        host="*",
        operation=OPERATIONS[right.may],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(kind, right.name, pattern),
    )
