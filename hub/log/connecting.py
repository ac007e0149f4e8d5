"""The library's connections, with everything libpq can be told: it passes on no more than host, port and names.

Passwords lie in libpq's own file (`passfile=`); how TLS is checked is said in the connection string (`sslmode=`).
"""

from __future__ import annotations

from eventsourcing.postgres import PostgresFactory
from eventsourcing.utils import Environment, EnvType
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hub.errors import UnsafeSettingError

LIBPQ = "POSTGRES_LIBPQ"  # a setting of ours: the other parts of a connection string

_OF_THE_LIBRARY = {
    "host": "POSTGRES_HOST",
    "port": "POSTGRES_PORT",
    "dbname": "POSTGRES_DBNAME",
    "user": "POSTGRES_USER",
    "password": "POSTGRES_PASSWORD",
}
# A service file may change anything, also who we are; options change the session; the last is a secret.
_REFUSED = frozenset({"service", "servicefile", "options", "replication", "sslpassword"})


def environment(dsn: str, *, user: str | None = None) -> dict[str, str]:
    """Turn a connection string into the library's settings, as another `user` if one is given.

    Raises:
        UnsafeSettingError: The string has a part that could change what the session is, or holds a secret of TLS.
    """
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    if refused := sorted(parts.keys() & _REFUSED):
        raise UnsafeSettingError(f"not in the connection string: {refused}")
    if user is not None:
        parts["user"] = user
    rest = {name: value for name, value in parts.items() if name not in _OF_THE_LIBRARY}
    given = {name: parts[part] for part, name in _OF_THE_LIBRARY.items() if part in parts}
    return {"POSTGRES_PASSWORD": "", **given, **({LIBPQ: make_conninfo(**rest)} if rest else {})}


class Factory(PostgresFactory):
    """The library's factory; its datastore connects with the parts of `LIBPQ` too."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore.pool.conninfo = self.env.get(LIBPQ) or ""
