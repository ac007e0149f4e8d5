"""Ids derived from a seed, so that the worked example is the same however it is played. Made-up members only.

Whoever can tell an id beforehand could take it first. So this is for a home that holds everything, the registrar's own
key too, and for agencies of the worked example; who takes part in anything else draws by lot. No key and no nonce is
derived from a seed anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from caunoi.bootstrap import REGISTRAR
from caunoi.errors import SettingsError
from caunoi.home import Home
from caunoi.members import example_members
from caunoi.settings import Settings
from node.ids import LENGTH
from projections.rows import canonical


@dataclass(frozen=True, slots=True)
class SeededIds:
    """Ids of one author. An id says what it is for and the how manieth of that, and nothing of when.

    `used`: whether a statement of this id was ever kept here; a refused one is not made again.
    """

    seed: int
    author: str
    used: Callable[[str], bool]
    _given: set[str] = field(default_factory=set)

    def __call__(self, *about: object, known: Callable[[str], bool] | None = None) -> str:
        """See `node.ids.Ids`; without `known`, what was given before is known."""
        known = known or self._given.__contains__
        names = (self._name(about, number) for number in count())
        made = next(name for name in names if not known(name) and not self.used(name))
        self._given.add(made)
        return made

    def _name(self, about: tuple[object, ...], number: int) -> str:
        words = canonical(["caunoi/made-up", self.seed, self.author, list(about), number])
        return hashlib.sha256(words.encode()).hexdigest()[: 2 * LENGTH]


def check_made_up(settings: Settings, home: Home, *, author: str) -> None:
    """Let nobody have a seed who is not made up.

    Raises:
        SettingsError: this home takes part in something else, or has no registrar of its own; the agency is none of
            the worked example's.
    """
    everybody = {REGISTRAR, *(member.id for member in example_members())}
    if settings.is_alone or not home.registrar_keystore.exists() or author not in everybody:
        raise SettingsError("seed_not_made_up")


def seeded_registrar(settings: Settings, home: Home, seed: int) -> SeededIds:
    """The ids of what the registrar of a made-up home says.

    Raises:
        SettingsError: not everybody is made up here.
    """
    check_made_up(settings, home, author=REGISTRAR)
    return SeededIds(seed, REGISTRAR, used=lambda _id: False)
