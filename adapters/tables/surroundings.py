"""The words of a workbook that stand in no cell: page headers and footers, text boxes, comments, its properties.

A stamp of secrecy stands there as often as in a cell, and calamine drops all of them. Read in the child process of
`opening`, under its ceilings; standard library alone, because the child is isolated (-I). Tags are cut away without a
parser: what is looked for is words, and a part that is no XML has them all the same.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

_PARTS: Final = re.compile(
    r"xl/(?:drawings|comments|threadedComments)[^/]*/?[^/]*\.(?:xml|vml)|xl/comments[^/]*\.xml|docProps/[^/]*\.xml"
    r"|meta\.xml|styles\.xml"  # of an OpenDocument: its properties, its page headers
)
_SHEETS: Final = re.compile(r"xl/worksheets/[^/]*\.xml")
_LARGEST: Final = 8 * 1024 * 1024  # bytes of a part; its beginning is looked at
_TAIL: Final = 64 * 1024  # bytes at the end of a sheet, where its headers and footers are
_PIECE: Final = 1 << 20
_LONGEST: Final = 400  # characters of a text, and a text is never told in two
_MOST: Final = 20_000  # texts
_TAG: Final = re.compile(r"<[^<>]*>")
_PARAGRAPH: Final = re.compile(
    r"</(?:\w+:)?(?:p|comment|text|div|si|lpstr|title|subject|description|keywords|category|contentStatus|property"
    r"|user-defined|keyword)>|<(?:\w+:)?(?:p|text|div|br|line-break)\b[^<>]*>"
)
"""Where a text begins or ends. Runs within are no texts: programs cut "bí mật" in two for its spelling alone."""
_WHO: Final = re.compile(
    r"<((?:\w+:)?(?:author|creator|initial-creator|lastModifiedBy|Manager|Company|Application|Template))\b[^<>]*>"
    r"([^<>]*)</\1>"
)
"""Persons and programs: Mật is a name, and Excel begins a comment with its writer's, "Mật:"."""
_BETWEEN: Final = re.compile(r">(\s+)<")
_HEADER: Final = re.compile(r"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)\b[^<>]*>([^<>]*)<")
_SECTION: Final = re.compile(r"&[LCRDTPNAFGZ]")
_FORMAT: Final = re.compile(r'&(?:"[^"]*"|[0-9]+|K(?:[0-9A-Fa-f]{6}|[0-9]{2}[+-][0-9]{3})|[BIUESXYOH])')
# A damaged or locked part has no words to look at; `styles` and the opening say of the file what is wrong with it.
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, NotImplementedError, RuntimeError)


def texts_of(file: str) -> list[str]:
    """Give the texts, each once; [] when it is no zipped workbook. A part that cannot be read has none."""
    found: dict[str, None] = {}
    try:
        with zipfile.ZipFile(file) as package:
            for text in _texts(package):
                found[text] = None
                if len(found) == _MOST:
                    break
    except _BROKEN:
        return []
    return list(found)


def _texts(package: zipfile.ZipFile) -> Iterator[str]:
    for name in package.namelist():
        try:
            if _PARTS.fullmatch(name):
                with package.open(name) as part:
                    yield from _words(part.read(_LARGEST).decode("utf-8", "replace"))
            elif _SHEETS.fullmatch(name):
                for found in _HEADER.findall(_end(package, name)):
                    yield from _cut(_FORMAT.sub("", _SECTION.sub("\n", html.unescape(found))))
        except _BROKEN:
            continue


def _end(package: zipfile.ZipFile, name: str) -> str:
    """The last bytes of a part, read from its beginning: a zip gives them no other way."""
    held = b""
    with package.open(name) as part:
        while piece := part.read(_PIECE):
            held = (held + piece)[-_TAIL:]
    return held.decode("utf-8", "replace")


def _words(part: str) -> Iterator[str]:
    """The texts between the tags, one a paragraph; without the names of those who wrote them."""
    part = _BETWEEN.sub(lambda blanks: "><" if "\n" in blanks[1] else blanks[0], part)
    writers = {f"{html.unescape(who).strip()}:" for _, who in _WHO.findall(part)}
    for paragraph in _PARAGRAPH.split(_WHO.sub("", part)):
        yield from (line for line in _cut(html.unescape(_TAG.sub("", paragraph))) if line not in writers)


def _cut(text: str) -> Iterator[str]:
    """The lines of a text, each as long as a stamp and more."""
    for line in text.splitlines():
        if line.strip():
            yield line.strip()[:_LONGEST]
