"""Errors of the program.

    CaunoiError
    ├── SettingsError              a setting cannot be used                       exit 2
    ├── HomeError                  CAUNOI_HOME is not private, or cannot be used  exit 2
    └── UnavailableError           something we need does not run                 exit 3
        ├── PostgresError          no binaries, wrong version, did not start
        ├── KafkaNoError           Kafka says no: no right, no such topic, too large
        ├── BrokerError            Kafka: no Java, no jars, did not start
        └── ChildError             one of our own processes did not start or ended

Each carries a stable code; its words in Vietnamese and English are in `domain/words/home.toml`. Parameters are names
of settings, paths below the home, versions, exit statuses: never a value that somebody sent, never a log line.
"""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from domain.wording import Language, say


class CaunoiError(Exception):
    """Base of all errors of the program. Never raised itself."""

    exit_status: ClassVar[int] = 2

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    @override
    def __str__(self) -> str:
        return self.sentence("en")

    def sentence(self, language: Language) -> str:
        """Say it to a person."""
        return say(self.code, language, **self.params)


class SettingsError(CaunoiError):
    """A setting cannot be used."""


class HomeError(CaunoiError):
    """The home directory is not private, or cannot be used."""


class UnavailableError(CaunoiError):
    """Something we need does not run."""

    exit_status: ClassVar[int] = 3


class PostgresError(UnavailableError):
    """PostgreSQL was not found, does not fit its data directory, or did not start."""


class KafkaNoError(UnavailableError):
    """The Kafka broker says no. Made of what the port says: the client's name for the error."""

    def __init__(self, said: object) -> None:
        super().__init__(_KAFKA_SAYS.get(str(said), "kafka_refused"))


_KAFKA_SAYS = {
    **dict.fromkeys(
        (
            "AuthorizationError",
            "TopicAuthorizationFailedError",
            "GroupAuthorizationFailedError",
            "ClusterAuthorizationFailedError",
        ),
        "kafka_refused_right",
    ),
    "SaslAuthenticationFailedError": "kafka_refused_user",
    **dict.fromkeys(("MessageSizeTooLargeError", "RecordListTooLargeError"), "kafka_too_large"),
    **dict.fromkeys(
        ("a topic is not there", "InvalidTopicError", "UnknownTopicOrPartitionError"), "kafka_refused_topic"
    ),
    "SecurityDisabledError": "kafka_keeps_no_rights",
}


class BrokerError(UnavailableError):
    """The Kafka broker for development was not found or did not start."""


class ChildError(UnavailableError):
    """One of our own processes did not start, or ended by itself."""
