"""The bytes of a hand-over record made a plain document: a header and a list of persons, each a set of named texts.

Nothing of XML but elements, attributes and text is taken: a document type, an entity or a third level of elements
refuses the file. A field may stand as an attribute or as an element, once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import ParseError

# The library ships no types.
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import XMLParser  # type: ignore[import-untyped]

from adapters.values.writing import marked_secret
from domain.errors import RefusedError

ROOT: Final = "BienBanGiaoNhan"
PERSON: Final = "Nguoi"
MAX_PERSONS: Final = 2_000

_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^>]{0,200}\?>")
_DECLARED: Final = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARKING: Final = re.compile(r"""(?i)DoMat\s*(?:=\s*["']|>)([^"'<]{0,200})""")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SAME: Final = {"utf-8": {"utf-8", "utf8"}, "utf-16-le": {"utf-16", "utf-16le"}, "utf-16-be": {"utf-16", "utf-16be"}}


@dataclass(slots=True)
class Document:
    """A record as it stands: fields of the header, fields of each person."""

    header: dict[str, str] = field(default_factory=dict)
    persons: list[dict[str, str]] = field(default_factory=list)


def parse(content: bytes) -> Document:
    """Read one hand-over record, strictly.

    Raises:
        RefusedError: `file_secret_marked` for a marked file, even one that is not XML: what is refused for its shape
            is kept in quarantine, and a state secret may not be. `file_encoding_mismatch`, `file_not_utf8`,
            `file_xml_unsafe`, `file_not_xml`, `file_form_unknown`, `file_too_deep`, `file_repeated_field`,
            `file_too_large`.
    """
    _refuse_marked(content)
    text = _decoded(content)
    target = _Target()
    try:
        parser = XMLParser(target=target, forbid_dtd=True)
        parser.feed(_DECLARATION.sub("", text, count=1))
        parser.close()
    except DefusedXmlException:
        raise RefusedError("file_xml_unsafe") from None
    except (ParseError, ValueError):
        # The cause quotes the file, so it must not travel on.
        raise RefusedError("file_not_xml") from None
    return target.document


def _decoded(content: bytes) -> str:
    """Decode as the byte order mark says, else as UTF-8; what the declaration claims must be the same."""
    mark, encoding = _byte_order(content)
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        raise RefusedError("file_encoding_mismatch" if _declared(content) else "file_not_utf8") from None
    declaration = _DECLARATION.match(text)
    declared = _DECLARED.search(declaration[0]) if declaration else None
    if declared is not None and declared[1].lower() not in _SAME[encoding]:
        raise RefusedError("file_encoding_mismatch")
    return text


def _byte_order(content: bytes) -> tuple[bytes, str]:
    return next(((mark, name) for mark, name in _BOMS if content.startswith(mark)), (b"", "utf-8"))


def _declared(content: bytes) -> bool:
    return _DECLARED.search(content[:400].replace(b"\0", b"").decode("ascii", "replace")) is not None


def _refuse_marked(content: bytes) -> None:
    text = content.decode(_byte_order(content)[1], "replace")
    if any(marked_secret(marking) for marking in _MARKING.findall(text)):
        raise RefusedError("file_secret_marked")


class _Target:
    """Builds the document from the parser's calls; methods are named as the parser wants them."""

    def __init__(self) -> None:
        self.document = Document()
        self._path: list[str] = []
        self._text: list[str] = []
        self._fields: dict[str, str] = self.document.header

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
            self._fields = {}
            self.document.persons.append(self._fields)
        self._path.append(tag)
        self._text = []
        if tag in {ROOT, PERSON}:
            for name, value in attributes.items():
                self._put(_bare(name), value)

    def data(self, text: str) -> None:
        """Take text of a field; between elements only blanks may stand."""
        if self._path[-1] in {ROOT, PERSON} and text.strip():
            raise RefusedError("file_form_unknown")
        self._text.append(text)

    def end(self, tag: str) -> None:
        """Close an element."""
        tag = _bare(tag)
        self._path.pop()
        if tag == PERSON:
            self._fields = self.document.header
        elif tag != ROOT:
            self._put(tag, "".join(self._text))
        self._text = []

    def close(self) -> None:
        """End the document."""

    def _put(self, name: str, value: str) -> None:
        if name in self._fields:
            raise RefusedError("file_repeated_field")
        self._fields[name] = value


def _bare(name: str) -> str:
    """An element's or attribute's name without its namespace."""
    return name.rpartition("}")[2]
