"""The texts of a file's records in an old font, judged field by field over all records of the file."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from adapters.contract import Proposal
from adapters.values.fonts import Column, Legacy, beside, judge
from domain.errors import RefusedError

Key = TypeVar("Key", int, str)
_LATIN_1 = 0xFF


class Lettering(Generic[Key]):
    """The records of one file: `see` all of them, then `judge` each.

    A record with an old text is of one hand: its other texts that may be old as well are taken for that. For the
    same reason a doubt that only its column raises is none in a record whose other texts are Unicode.
    """

    def __init__(self) -> None:
        self._columns: dict[Key, Column] = {}

    def see(self, record: Mapping[Key, str]) -> None:
        """Take note of what a record shows of its columns."""
        for key, text in record.items():
            column = self._columns.get(key)
            if column is None:
                column = self._columns[key] = Column()
            column.see(text)

    def judge(self, record: Mapping[Key, str], fonts: Mapping[Key, str] | None = None) -> dict[Key, Legacy]:
        """What is old in a record, by field; `fonts` are the names of fonts, where they are known."""
        named = fonts or {}
        judged = {key: one.judge(record[key], named.get(key)) for key, one in self._columns.items() if key in record}
        texts = {key: legacy for key, legacy in judged.items() if legacy is not None}
        if not texts:
            return texts
        proven = any(_proven(record[key], named.get(key)) for key in texts)
        if not proven and any(map(_unicode, record.values())):
            texts = {key: legacy for key, legacy in texts.items() if legacy.text is not None}
        kinds = Counter(legacy.encoding for legacy in texts.values() if legacy.encoding is not None)
        if kinds:
            others = {key: beside(text, kinds.most_common(1)[0][0]) for key, text in record.items() if key not in texts}
            texts.update((key, legacy) for key, legacy in others.items() if legacy is not None)
        return texts


def old_texts(
    records: Sequence[Mapping[Key, str]], fonts: Sequence[Mapping[Key, str]] | None = None
) -> list[dict[Key, Legacy]]:
    """For each record of a few what is old in it, by field; `fonts` are the names of fonts, where they are known."""
    lettering: Lettering[Key] = Lettering()
    for record in records:
        lettering.see(record)
    return [lettering.judge(*one) for one in zip(records, fonts or [{} for _ in records], strict=True)]


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
