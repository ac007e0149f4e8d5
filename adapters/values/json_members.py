"""The members of one large JSON object, and the elements of one list in it, without the whole in memory.

Only where a value begins and ends is found here; each value is read by the standard library's own reader, with the
settings of its form. The streaming readers there are (ijson over YAJL) give numbers as numbers: 00123.10 typed without
quotes would no longer be what the office wrote, and a name given twice would have to be told from their events.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from domain.errors import RefusedError

MAX_VALUE: Final = 4 * 1024 * 1024
"""Characters of one element, and of all members together that are not the list."""
_TORN: Final = 16
"""A literal or an escape that goes on in the next piece begins so few characters before the end, at most."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member, or one element of the list: then `text` is that element's, and it has been read without fault."""

    name: str
    text: str
    element: bool


def members(pieces: Iterable[str], *, listed: str, decoder: json.JSONDecoder) -> Iterator[Member]:
    """Give the members of an object as their texts; of the member `listed` each element, if it is a list.

    An empty list gives one member with the text ``[]``.

    Raises:
        RefusedError: `file_not_json`; `file_form_unknown`: it is JSON and no object; `file_repeated_field`;
            `file_too_large`; and what the decoder's hooks refuse.
    """
    text = _Text(pieces, decoder)
    if text.next() != "{":
        text.value()
        raise RefusedError("file_form_unknown" if not text.next() else "file_not_json")
    names: set[str] = set()
    size = 0
    for _ in text.parted("{", "}"):
        if text.next() != '"':
            raise RefusedError("file_not_json")
        name = str(json.loads(text.value()))
        text.take(":")
        if name in names:
            raise RefusedError("file_repeated_field")
        names.add(name)
        if name == listed and text.next() == "[":
            empty = True
            for _ in text.parted("[", "]"):
                empty = False
                yield Member(name, text.value(), element=True)
            if empty:
                yield Member(name, "[]", element=False)
            continue
        member = Member(name, text.value(), element=False)
        size += len(member.name) + len(member.text)
        if size > MAX_VALUE:
            raise RefusedError("file_too_large")
        yield member
    if text.next():
        raise RefusedError("file_not_json")


class _Text:
    """A window over a long JSON text."""

    def __init__(self, pieces: Iterable[str], decoder: json.JSONDecoder) -> None:
        self._pieces, self._decoder = iter(pieces), decoder
        self._text, self._at = "", 0

    def next(self) -> str:
        """The next character that is no blank, which stays; '' at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\n\r":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, character: str) -> None:
        """Go over a character.

        Raises:
            RefusedError: `file_not_json`: another stands there.
        """
        if self.next() != character:
            raise RefusedError("file_not_json")
        self._at += 1

    def parted(self, opening: str, closing: str) -> Iterator[None]:
        """Stop at each part of a list or an object, for the caller to read it."""
        self.take(opening)
        if self.next() == closing:
            self.take(closing)
            return
        while True:
            yield
            if self.next() == closing:
                self.take(closing)
                return
            self.take(",")

    def value(self) -> str:
        """Go over one value, which is sound; give its text."""
        self.next()
        while True:
            try:
                _, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise RefusedError("file_not_json") from None
            except json.JSONDecodeError as error:
                # The cause quotes the file, so it must not travel on.
                torn = error.pos >= len(self._text) - _TORN or error.msg.startswith("Unterminated string")
                end = -1 if torn else -2
            if 0 <= end < len(self._text):
                break
            if end == -2:
                raise RefusedError("file_not_json")
            if len(self._text) - self._at > MAX_VALUE:
                raise RefusedError("file_too_large")
            if not self._more():
                if end < 0:
                    raise RefusedError("file_not_json")
                break
        begin, self._at = self._at, end
        return self._text[begin:end]

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._text, self._at = self._text[self._at :] + piece, 0
        return True
