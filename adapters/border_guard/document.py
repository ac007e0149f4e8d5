"""The bytes of a hand-over record made a plain document: a header and a list of persons, each a set of named texts.

Nothing of XML but elements, attributes and text is taken: a document type, an entity or a third level of elements
refuses the file. A field may stand as an attribute or as an element, once.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final
from xml.etree.ElementTree import ParseError

# The library ships no types.
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import XMLParser  # type: ignore[import-untyped]

from adapters.border_guard.layout import NAMES
from adapters.values.files import SNIFFED, check_size, found_in, opened, pieces, text_pieces
from adapters.values.kept import Pile
from adapters.values.secrecy import levelled, refuse_level
from domain.errors import RefusedError

ROOT: Final = "BienBanGiaoNhan"
PERSON: Final = "Nguoi"
MAX_FILE: Final = 200 * 1024 * 1024
"""Bytes."""
MAX_PERSONS: Final = 200_000
MAX_PERSON: Final = 4 * 1024 * 1024
"""Characters of one person, and of the header."""

_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^>]{0,200}\?>")
_DECLARED: Final = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARKING: Final = re.compile(r"""(?i)DoMat\s*(?:=\s*["']|>)([^"'<]{0,200})""")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SAME: Final = {"utf-8": {"utf-8", "utf8"}, "utf-16-le": {"utf-16", "utf-16le"}, "utf-16-be": {"utf-16", "utf-16be"}}


@dataclass(frozen=True, slots=True)
class Document:
    """A record as it stands: fields of the header, and outside memory the fields of each person."""

    header: dict[str, str] = field(default_factory=dict)
    persons: Pile[dict[str, str]] = field(default_factory=Pile)


def parse(file: Path) -> Document:
    """Read one hand-over record, strictly, to its end.

    Raises:
        RefusedError: `file_secret_marked` for a marked file, even one that is not XML: what is refused for its shape
            is kept in quarantine, and a state secret may not be. `file_unreadable`, `file_empty`, `file_too_large`,
            `file_encoding_mismatch`, `file_not_utf8`, `file_xml_unsafe`, `file_not_xml`, `file_form_unknown`,
            `file_too_deep`, `file_repeated_field`.
    """
    check_size(file, limit=MAX_FILE)
    with opened(file) as stream:
        start = stream.read(SNIFFED)
        _refuse_marked(stream, start)
        target = _Target()
        try:
            parser = XMLParser(target=target, forbid_dtd=True)
            for piece in _decoded(stream, start):
                parser.feed(piece)
                target.check(len(piece))
            parser.close()
        except DefusedXmlException:
            raise RefusedError("file_xml_unsafe") from None
        except UnicodeDecodeError:
            raise RefusedError("file_encoding_mismatch" if _declared(start) else "file_not_utf8") from None
        except (ParseError, ValueError):
            # The cause quotes the file, so it must not travel on.
            raise RefusedError("file_not_xml") from None
        return target.document


def _decoded(stream: BinaryIO, start: bytes) -> Iterator[str]:
    """Decode as the byte order mark says, else as UTF-8; the declaration must claim the same, and is cut off."""
    mark, encoding = _byte_order(start)
    texts = text_pieces(stream, encoding)
    head = next(texts).removeprefix("\ufeff" if mark else "")
    declaration = _DECLARATION.match(head)
    declared = _DECLARED.search(declaration[0]) if declaration else None
    if declared is not None and declared[1].lower() not in _SAME[encoding]:
        raise RefusedError("file_encoding_mismatch")
    yield _DECLARATION.sub("", head, count=1)
    yield from texts


def _byte_order(start: bytes) -> tuple[bytes, str]:
    return next(((mark, name) for mark, name in _BOMS if start.startswith(mark)), (b"", "utf-8"))


def _declared(start: bytes) -> bool:
    return _DECLARED.search(start[:400].replace(b"\0", b"").decode("ascii", "replace")) is not None


def _refuse_marked(stream: BinaryIO, start: bytes) -> None:
    decoder = codecs.getincrementaldecoder(_byte_order(start)[1])("replace")
    texts = map(decoder.decode, pieces(stream))
    if any(map(levelled, found_in(texts, _MARKING))):
        raise RefusedError("file_secret_marked")


class _Target:
    """Builds the document from the parser's calls; methods are named as the parser wants them."""

    def __init__(self) -> None:
        self.document = Document()
        self._path: list[str] = []
        self._text: list[str] = []
        self._fields: dict[str, str] = self.document.header
        self._sizes = {ROOT: 0, PERSON: 0}  # characters of the header, and of this person
        self._unheard = 0

    def check(self, fed: int) -> None:
        """Take note of so many characters that were given to the parser; it holds what it has not told yet.

        Raises:
            RefusedError: `file_too_large`: one tag or comment is longer than `MAX_PERSON`.
        """
        self._unheard += fed
        if self._unheard > MAX_PERSON:
            raise RefusedError("file_too_large")

    def _hear(self, size: int) -> None:
        self._unheard = 0
        part = PERSON if PERSON in self._path else ROOT
        self._sizes[part] += size
        if self._sizes[part] > MAX_PERSON:
            raise RefusedError("file_too_large")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element: the root, a person, or a field of the one it stands in."""
        tag = _bare(tag)
        if (tag == ROOT) is bool(self._path):
            raise RefusedError("file_form_unknown")
        in_field = len(self._path) == 3 or (len(self._path) == 2 and self._path[1] != PERSON)
        if in_field or (len(self._path) == 2 and tag == PERSON):
            raise RefusedError("file_too_deep")
        if len(self._path) == 1 and tag == PERSON:
            if len(self.document.persons) == MAX_PERSONS:
                raise RefusedError("file_too_large")
            self._fields, self._sizes[PERSON] = {}, 0
        self._path.append(tag)
        self._text = []
        self._hear(sum(len(name) + len(value) for name, value in attributes.items()))
        if tag in {ROOT, PERSON}:
            for name, value in attributes.items():
                self._put(_bare(name), value)

    def data(self, text: str) -> None:
        """Take text of a field; between elements only blanks may stand."""
        if self._path[-1] not in {ROOT, PERSON}:
            self._text.append(text)
            self._hear(len(text))
        elif text.strip():
            raise RefusedError("file_form_unknown")
        self._unheard = 0

    def end(self, tag: str) -> None:
        """Close an element."""
        tag = _bare(tag)
        self._path.pop()
        if tag == PERSON:
            self.document.persons.put(self._fields)
            self._fields = self.document.header
        elif tag != ROOT:
            self._put(tag, "".join(self._text))
        self._text = []

    def close(self) -> None:
        """End the document."""

    def _put(self, name: str, value: str) -> None:
        if name in self._fields:
            raise RefusedError("file_repeated_field")
        refuse_level({name: value}, "file_secret_marked", names=NAMES)
        self._fields[name] = value


def _bare(name: str) -> str:
    """An element's or attribute's name without its namespace."""
    return name.rpartition("}")[2]
