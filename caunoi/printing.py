"""Plain text for people, JSON for machines: answers on stdout, progress and remarks on stderr.

What comes from a view may hold control characters that a terminal would obey; they are never printed.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from domain.wording import Language, say

HANOI = timedelta(hours=7)
Mark = Literal["ok", "note", "wrong"]
_MARKS: dict[Mark, tuple[str, str]] = {"ok": ("✓", "32"), "note": ("!", "33"), "wrong": ("✗", "31")}


def width(text: str) -> int:
    """Columns a text takes on a terminal: wide characters two, combining and invisible ones none."""
    return sum(_columns(character) for character in unicodedata.normalize("NFC", text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def plain(text: str) -> str:
    """A text without anything a terminal would take for a command; a line break becomes a blank."""
    return "".join(
        " " if character in "\n\t" else "\ufffd" if unicodedata.category(character) in {"Cc", "Cf"} else character
        for character in text
    )


def padded(text: str, columns: int) -> str:
    """Fill with blanks to a width."""
    return text + " " * max(0, columns - width(text))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they must be, a rule below the header; no colours, no borders."""
    lines = [[plain(cell) for cell in row] for row in (header, *rows)]
    columns = [max(width(line[number]) for line in lines) for number in range(len(header))]
    text = ["  ".join(padded(cell, wide) for cell, wide in zip(line, columns, strict=True)).rstrip() for line in lines]
    return "\n".join([text[0], "  ".join("─" * wide for wide in columns), *text[1:]])


def day(text: str | None) -> str:
    """An ISO day as people write it: 21/03/2024."""
    return f"{text[8:10]}/{text[5:7]}/{text[:4]}" if text else ""


def moment(micros: int) -> str:
    """µs since 1970 UTC as date and time in Viet Nam."""
    return f"{datetime.fromtimestamp(micros / 1e6, UTC) + HANOI:%d/%m/%Y %H:%M}"


def coloured(text: str, number: str) -> str:
    """A text in a colour, where a person looks at a terminal and did not say NO_COLOR."""
    if not sys.stdout.isatty():
        return text
    from caunoi.settings import is_plain_terminal  # noqa: PLC0415 - loads what `--help` is not to wait for

    if is_plain_terminal():
        return text
    return f"\x1b[{number}m{text}\x1b[0m"


class Printer:
    """Says codes of `domain/words` in one language. With `machine`, stdout carries one JSON document and no words."""

    def __init__(self, language: Language, *, machine: bool = False) -> None:
        self.language: Language = language
        self.machine = machine
        self.names: Mapping[str, str] = {}  # of agencies, where they are known here

    def words(self, code: str, /, **params: str | int) -> str:
        """The sentence of a code."""
        return say(code, self.language, **params)

    def label(self, code: object, *, of: str) -> str:
        """The words for a code of the domain (`word_<of>_<code>`), or the code itself where there are none."""
        name = f"word_{of}_{code}"
        found = self.words(name)
        return str(code) if found == name else found

    def agency(self, agency: str | None) -> str:
        """What an agency is called, or its id where that is not known here."""
        return self.names.get(agency, agency) if agency else "–"

    def say(self, code: str, /, *, mark: Mark | None = None, **params: str | int) -> None:
        """Print the sentence of a code on stdout, unless a machine reads."""
        self.text(self.words(code, **params), mark=mark)

    def text(self, text: str, *, mark: Mark | None = None) -> None:
        """Print a text on stdout, unless a machine reads. It is printed as it is: `plain` is the caller's duty."""
        if not self.machine:
            print((f"{coloured(*_MARKS[mark])} " if mark else "") + text, flush=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table; `columns` are codes. Nothing in it is said in words, never left blank."""
        if rows:
            self.text(table([self.words(code) for code in columns], rows))
        else:
            self.say("cli_nothing")

    def document(self, document: object) -> None:
        """Print JSON for a machine."""
        if self.machine:
            print(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True), flush=True)

    def remark(self, code: str, /, **params: str | int) -> None:
        """Print a sentence on stderr, for whoever looks on."""
        print(plain(self.words(code, **params)), file=sys.stderr, flush=True)


class Progress:
    """One line on stderr that is written over; silent where nobody looks."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._shown = 0
        self._seen = sys.stderr.isatty()

    def show(self, code: str, /, **params: str | int) -> None:
        """Show how far it is."""
        if self._seen:
            text = plain(self._printer.words(code, **params))
            print("\r" + padded(text, self._shown), end="", file=sys.stderr, flush=True)
            self._shown = width(text)

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r" + " " * self._shown + "\r", end="", file=sys.stderr, flush=True)
            self._shown = 0
