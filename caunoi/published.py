"""Keys whose private halves are published, by id: no founding takes one (`caunoi.public_keys`)."""

from __future__ import annotations

from typing import Final

PUBLISHED: Final = frozenset(
    {
        "13b4e69fb6606f0be7dd760fc7a93cdf",
        "34ae94448713215154c37b6e55cfe2a3",
        "37490579c8c01b39576182a67a4443b5",
        "4284a646d42cbdf2d49e4685c351f601",
        "42b41d17fc6bbe062b50cbe8065311eb",
        "f1b238093dfe64cf1cdde611094ff575",
    }
)
"""Those of `contracts/vectors/keys.json`."""
