"""The intake keys of the Kafka door: one for each day, told to nodes under the hub's signature, destroyed in time.

A topic keeps what was put there for seven days, so a day's key is kept for as long and one day more. After that a copy
of the topic opens nothing. The days are those of Viet Nam.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from door.kafka.day_key import DayKey, signed_bytes
from sealing.encoding import to_base64, to_base64url
from sealing.envelope import KnownSigner
from sealing.keystore import FileKeyStore

SUITE: Final = "mlkem768x25519"
KEPT = 7  # days a topic keeps a message
HANOI = timedelta(hours=7)


class DayKeys:
    """The key of each day, in a store of its own. `now` gives seconds since 1970."""

    def __init__(self, store: FileKeyStore, *, signer: KnownSigner, sign_as: str, now: Callable[[], int]) -> None:
        self.store = store
        self._signer = signer
        self._sign_as = sign_as
        self._now = now

    def today(self) -> date:
        """The day in Viet Nam."""
        return (datetime.fromtimestamp(self._now(), UTC) + HANOI).date()

    def turn(self) -> DayKey:
        """The key of today, made if there is none yet; those whose time is over are destroyed.

        Raises:
            KeyStoreError: the store cannot be written.
        """
        today = self.today()
        by_day = {self._day(kid): kid for kid in self.store.kids("seal")}
        for day, kid in sorted(by_day.items()):
            if day < today - timedelta(days=KEPT + 1):
                self.store.destroy(kid)
        kid = by_day.get(today) or self.store.add_key(use="seal", suite=SUITE, not_before=_midnight(today))
        return self._told(kid, today)

    def _day(self, kid: str) -> date:
        return (datetime.fromtimestamp(self.store.not_before(kid), UTC) + HANOI).date()

    def _told(self, kid: str, day: date) -> DayKey:
        key = DayKey(
            kid=kid,
            public=to_base64url(self.store.public(kid)),
            suite=SUITE,
            day=day.isoformat(),
            until=(day + timedelta(days=KEPT)).isoformat(),
            sig="",
        )
        signature = self._signer.sign(self._sign_as, signed_bytes(key))
        return msgspec.structs.replace(key, sig=to_base64(signature))


def _midnight(day: date) -> int:
    return int((datetime.combine(day, datetime.min.time(), UTC) - HANOI).timestamp())
