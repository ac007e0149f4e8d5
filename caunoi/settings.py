"""The settings: the one place that reads the environment.

Every setting is an environment variable `CAUNOI_<NAME>`. No setting *is* a secret: where one is needed, the setting
names the file that holds it, so that a process listing or a crash report shows nothing. A variable that begins with
`CAUNOI_` and is not known is refused: a mistyped `CAUNOI_DATABSE_URL` must not quietly start another database.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableError

from caunoi.errors import SettingsError
from door.kafka.access import Access

PREFIX = "CAUNOI_"
# Read by the test suite alone, so not unknown to us.
_OF_THE_TESTS = "CAUNOI_TEST_"

# The parts of a PostgreSQL URL that are secrets themselves.
_SECRETS = {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}

Port = Annotated[int, Field(ge=0, le=65535)]
NodeId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
ADDRESSES = r"^\s*([^\s,:/]+|\[[0-9a-fA-F:]+\]):\d{1,5}\s*(,\s*([^\s,:/]+|\[[0-9a-fA-F:]+\]):\d{1,5}\s*)*$"
KAFKA_CA, KAFKA_USER, KAFKA_PASSFILE, KAFKA_CERTIFICATE = (
    f"{PREFIX}KAFKA_{name}" for name in ("CA", "USER", "PASSFILE", "CERTIFICATE")
)
# What this machine is like, and what a person here wants to read; all else may name a real place.
_OF_THIS_MACHINE = {"lang", "postgres_binaries", "log_level", "log_format", "start_within"}
# The servers that the worked example takes instead of its own (README.md, docs/adr/0004-embedded-postgresql.md).
SERVERS = frozenset(
    {
        "database_url",
        "database_name",
        "kafka",
        "kafka_ca",
        "kafka_user",
        "kafka_passfile",
        "kafka_certificate",
        "kafka_open",
    }
)
# Written as JSON in the environment.
_TABLES = {"node_ports", "kafka_nodes"}
# What is said of a setting that cannot be used: some have a sentence of their own, others one for the kind of fault.
_SENTENCES = {
    name: f"setting_{name}_unusable" for name in ("database_url", "kafka", "kafka_nodes", "kek", "node_ports")
}
_FAULTS = {
    "literal_error": "setting_not_choice",
    "bool_parsing": "setting_not_yes_or_no",
    "string_pattern_mismatch": "setting_not_name",
    **dict.fromkeys(("int_parsing", "int_from_float", "float_parsing"), "setting_not_number"),
    **dict.fromkeys(("greater_than", "greater_than_equal", "less_than_equal"), "setting_out_of_range"),
}


class Settings(BaseSettings):
    """What may be set. Ports: 0 takes a free one."""

    # Validation errors otherwise quote what was set.
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True, extra="forbid")

    home: Path = Path(".caunoi")
    lang: Literal["vi", "en"] = "vi"
    database_url: str | None = None
    """A PostgreSQL server of your own. Its password belongs in a file: `…?passfile=/run/secrets/pgpass`."""
    database_name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")] = "caunoi"
    postgres_binaries: Path | None = None
    """The `bin` directory to start the embedded server from, instead of looking for one."""
    public: Path | None = None
    """A directory of public keys: ours go to `own/`, those of others lie in directories named after them."""
    address: str = "127.0.0.1"
    hub_port: Port = 0
    hub_url: str | None = None
    """Where a node finds a hub that this program did not start."""
    hub_ca: Path | None = None
    """PEM file of the authorities that vouch for that address (https); without it the system's own."""
    node_ports: dict[str, Port] = {}
    """Agency id → port, as JSON; agencies not named take a free one."""
    kafka_port: Port = 0
    """Where `caunoi kafka` tells how it is."""
    kafka: Annotated[str, Field(pattern=ADDRESSES)] | None = None
    """A Kafka broker's addresses, `host:port,host:port`. Without it nothing goes over Kafka."""
    kafka_ca: Path | None = None
    """PEM file of the authorities that vouch for the broker; without it nothing is encrypted (see `kafka_open`)."""
    kafka_user: str | None = None
    kafka_passfile: Path | None = None
    """The file with the password of that user (SCRAM-SHA-512)."""
    kafka_certificate: Path | None = None
    """PEM file of our own certificate and its key."""
    kafka_open: bool = False
    """Speak to a broker elsewhere without TLS: in a closed network of its own alone."""
    kafka_nodes: dict[NodeId, tuple[NodeId, ...]] = {}
    """Node → the agencies it speaks for over Kafka, as JSON. Topics are made for these nodes, and read by the hub."""
    node_over: Literal["http", "kafka", "bundles"] = "http"
    """How a node's statements go out and its feed comes in. Bodies, grants and files go over HTTP with Kafka too.

    `bundles`: it has no line to the hub; all that it says and is told is carried.
    """
    kek: str = "file:"
    """The key of the key stores: `file:` (made beside them), `file:PATH`, `pass:` (asked for), `pass-file:PATH`."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    start_within: Annotated[float, Field(gt=0, le=600)] = 60.0
    """Seconds to wait for PostgreSQL or one of our processes."""

    @property
    def is_alone(self) -> bool:
        """Whether this home is one party's own: hub, nodes and registrar are elsewhere and not ours to start."""
        return self.public is not None or self.hub_url is not None

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return Path(os.path.abspath(home.expanduser()))

    @field_validator("database_url")
    @classmethod
    def _without_password(cls, url: str | None) -> str | None:
        if url is None:
            return None
        import psycopg  # noqa: PLC0415 - who only looks at a node that runs has no database
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

        try:
            parts = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # The cause quotes the URL.
            raise ValueError("not a PostgreSQL URL") from None
        if parts.keys() & _SECRETS:
            raise ValueError("a password belongs in a file: use passfile=")
        return url

    @property
    def kafka_access(self) -> Access | None:
        """How the broker is reached; None where nothing goes over Kafka.

        Raises:
            SettingsError: half of what secures the line is set, or a file cannot be used; nothing is left out quietly.
        """
        if self.kafka is None:
            return None
        access = Access(
            addresses=tuple(one.strip() for one in self.kafka.split(",")),
            ca=self.kafka_ca,
            user=self.kafka_user,
            password_file=self.kafka_passfile,
            certificate=self.kafka_certificate,
        )
        if (self.kafka_user is None) != (self.kafka_passfile is None):
            raise SettingsError("setting_needed", name=KAFKA_PASSFILE if self.kafka_user else KAFKA_USER)
        if self.kafka_ca is None and (self.kafka_user or self.kafka_certificate):
            raise SettingsError("setting_needed", name=KAFKA_CA)
        if self.kafka_ca is None and not (access.is_here or self.kafka_open):
            raise SettingsError("kafka_open_line")
        for name in (KAFKA_CA, KAFKA_PASSFILE, KAFKA_CERTIFICATE):
            if not access.takes(name.removeprefix(f"{PREFIX}KAFKA_").lower()):
                raise SettingsError("setting_file_unusable", name=name)
        return access

    def need(self, *fields: str) -> None:
        """See that these are set.

        Raises:
            SettingsError: some are not; it names all of them.
        """
        missing = [PREFIX + name.upper() for name in fields if not getattr(self, name)]
        if missing:
            raise SettingsError("setting_needed", name=", ".join(missing))

    def kafka_node(self, agency: str) -> str:
        """The name of the node that speaks for an agency over Kafka: as listed, else the agency's own."""
        return next((node for node, agencies in self.kafka_nodes.items() if agency in agencies), agency)

    def made_up(self, home: Path, *, on: frozenset[str] = frozenset()) -> Settings:
        """The settings of a home in which nobody is real: no place that is set here, but what `on` names."""
        kept = _OF_THIS_MACHINE | on
        # By a copy: a new one would read the environment again.
        unset = {name: field.get_default() for name, field in type(self).model_fields.items() if name not in kept}
        return self.model_copy(update={**unset, "home": home})

    @field_validator("kek")
    @classmethod
    def _source_of_keys(cls, kek: str) -> str:
        scheme, colon, rest = kek.partition(":")
        # `pass:something` would be the secret itself.
        if not colon or scheme not in {"file", "pass", "pass-file"} or (scheme == "pass" and rest):
            raise ValueError("file:, file:PATH, pass: or pass-file:PATH")
        if scheme == "pass-file" and not rest:
            raise ValueError("pass-file: needs a path")
        return kek

    def environment(self) -> dict[str, str]:
        """Give these settings as variables, for a process of ours that inherits nothing else."""
        written = self.model_dump(mode="json", exclude_none=True)
        return {
            PREFIX + name.upper(): json.dumps(setting) if name in _TABLES else str(setting)
            for name, setting in written.items()
        }


def read_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: one is not known or cannot be used; it names the variable, never what was set.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and not name.startswith(_OF_THE_TESTS) and name not in known:
            raise SettingsError("setting_unknown", name=name)
    try:
        return Settings()
    except UnreadableError as error:
        # Only what is written as JSON can be unreadable; the sentence names the field.
        field = next((name for name in sorted(_TABLES) if f'"{name}"' in str(error)), "node_ports")
        raise _unusable(field) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        choices = str(first.get("ctx", {}).get("expected", "")).replace(" or ", ", ").replace("'", "")
        raise _unusable(str(first["loc"][0]), fault=first["type"], choices=choices) from None


def _unusable(field: str, *, fault: str = "", choices: str = "") -> SettingsError:
    """What is said of a setting that cannot be used; `fault` is pydantic's name for a kind of error."""
    code = _SENTENCES.get(field) or _FAULTS.get(fault, "setting_unusable")
    return SettingsError(code, name=PREFIX + field.upper(), choices=choices)


def is_plain_terminal() -> bool:
    """Whether this person wants no colours (`NO_COLOR`, https://no-color.org) or has a terminal without them."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
