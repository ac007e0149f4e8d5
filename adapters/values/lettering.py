"""The texts of a file's records in an old font, judged field by field over all records of the file."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

from adapters.contract import Proposal
from adapters.values.fonts import Legacy, beside, judge
from domain.errors import RefusedError

Key = TypeVar("Key", int, str)
_LATIN_1 = 0xFF


def old_texts(
    records: Sequence[Mapping[Key, str]], fonts: Sequence[Mapping[Key, str]] | None = None
) -> list[dict[Key, Legacy]]:
    """For each record what is old in it, by field; `fonts` are the names of fonts, where they are known.

    A record with an old text is of one hand: its other texts that may be old as well are taken for that. For the
    same reason a doubt that only its column raises is none in a record whose other texts are Unicode.
    """
    named: Sequence[Mapping[Key, str]] = fonts if fonts is not None else [{} for _ in records]
    found: list[dict[Key, Legacy]] = [{} for _ in records]
    for key in dict.fromkeys(key for record in records for key in record):
        judged = judge([record.get(key, "") for record in records], [font.get(key) for font in named])
        for texts, legacy in zip(found, judged, strict=True):
            if legacy is not None:
                texts[key] = legacy
    for record, texts, font in zip(records, found, named, strict=True):
        proven = any(_proven(record[key], font.get(key)) for key in texts)
        if not proven and any(map(_unicode, record.values())):
            for key in [key for key, legacy in texts.items() if legacy.text is None]:
                del texts[key]
        kinds = Counter(legacy.encoding for legacy in texts.values() if legacy.encoding is not None)
        if kinds:
            others = {key: beside(text, kinds.most_common(1)[0][0]) for key, text in record.items() if key not in texts}
            texts.update((key, legacy) for key, legacy in others.items() if legacy is not None)
    return found


def refuse_old(texts: Mapping[str, Legacy]) -> None:
    """Refuse a record that has a text in an old font.

    Raises:
        RefusedError: `row_legacy_font`, with the field as `column`.
    """
    if texts:
        raise RefusedError("row_legacy_font", column=next(iter(texts)))


def proposals(texts: Mapping[str, Legacy]) -> tuple[Proposal, ...]:
    """The texts meant, where that is certain enough."""
    meant = [(field, legacy.text) for field, legacy in texts.items()]
    return tuple(Proposal(column=field, text=text) for field, text in meant if text is not None)


def _proven(text: str, font: str | None) -> bool:
    """Tell whether a text is old by itself or by its font, whatever else its column holds."""
    return judge([text], [font])[0] is not None


def _unicode(text: str) -> bool:
    """Tell whether a text has a letter that no old font has."""
    return any(letter.isalpha() and ord(letter) > _LATIN_1 for letter in unicodedata.normalize("NFC", text))
