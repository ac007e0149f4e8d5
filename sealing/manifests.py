"""A carried bundle from outside: what its manifest says, who signed that, and whether the file is whole.

A bundle is one file, `.caunoi`: the line ``caunoi-bundle 1``, the manifest (one line of JSON), ``kid signature``, the
SHA-256 of all the rest, then the sealed content up to the end. The manifest is signed as DSSE v1 with a payload type of
its own and names the content by hash, so hub and node check who speaks without opening anything. The checksum proves
nothing; it tells a file that was copied by half from one that was forged. What opens the content is `sealing.bundles`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sealing.encoding import from_base64, to_base64
from sealing.envelope import Signature, Signer, pae, verify_bytes
from sealing.errors import BundleError, EncodingError

PAYLOAD_TYPE = b"application/vnd.caunoi.bundle.v1+json"
MAGIC = b"caunoi-bundle 1\n"
MAX_LINE = 4096  # bytes of a manifest
MAX_BUNDLE = 512 * 1024 * 1024  # bytes of a file
HUB = "hub"
_SIGNED = re.compile(rb"([0-9a-f]{32}) ([A-Za-z0-9+/]{86}==)\Z")
_LINES = 3  # after the magic line, before the sealed content

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,39}\Z")]
Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Number = Annotated[int, Meta(ge=1, le=2**53)]


class Follows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bundle that has to be taken before: its number, and the last statement in it."""

    number: Number
    statement: Id


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is signed of a bundle. Everybody who holds the stick can read it; it names nobody but the two sides.

    `number` counts the bundles of the agency; the answer has the number of what it answers, and the SHA-256 of that
    manifest. `feed` is the feed number followed so far; in an answer, the last one that came along. `count` is how
    many lines the content has, `sha256` its hash, `created` µs since 1970 UTC.
    """

    v: Literal[1] = 1
    kind: Literal["submissions", "answers"]
    by: Name
    to: Name
    kid: Id
    sealed_for: Id
    number: Number
    created: Count
    feed: Count
    count: Count
    sha256: Hash
    more: bool = False
    follows: Follows | None = None
    answers: Hash | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle as it was read: the manifest's exact bytes, its signature, the content still sealed."""

    manifest: Manifest
    line: bytes
    signature: Signature
    sealed: bytes


def content_hash(content: bytes) -> str:
    """Name a content."""
    return hashlib.sha256(content).hexdigest()


def manifest_hash(line: bytes) -> str:
    """Name a signed manifest: SHA-256 of its pre-authentication encoding, hex."""
    return hashlib.sha256(pae(line, kind=PAYLOAD_TYPE)).hexdigest()


def sign(manifest: Manifest, signer: Signer) -> tuple[bytes, Signature]:
    """Write a manifest and sign its exact bytes with the key it names."""
    line = msgspec.json.encode(manifest)
    return line, Signature(manifest.kid, signer.sign(manifest.kid, pae(line, kind=PAYLOAD_TYPE)))


def verify(line: bytes, signature: Signature, public: bytes) -> None:
    """Check the signature over a manifest.

    Raises:
        BadSignatureError: it does not hold.
    """
    verify_bytes(pae(line, kind=PAYLOAD_TYPE), signature=signature.sig, public=public)


def read_manifest(line: bytes) -> Manifest:
    """Read a manifest strictly: it is the one way to write what it says.

    Raises:
        BundleError: `bundle_malformed`.
    """
    try:
        manifest = msgspec.json.decode(line, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BundleError("bundle_malformed") from None
    if msgspec.json.encode(manifest) != line:  # a name given twice, blanks
        raise BundleError("bundle_malformed")
    return manifest


def check_content(manifest: Manifest, content: bytes) -> list[bytes]:
    """The lines of an opened content, if it is the one that was signed.

    Raises:
        BundleError: `bundle_wrong`.
    """
    lines = content.split(b"\n")
    if content_hash(content) != manifest.sha256 or lines.pop() != b"" or len(lines) != manifest.count:
        raise BundleError("bundle_wrong")
    return lines


def write(line: bytes, signature: Signature, sealed: bytes) -> bytes:
    """Put a bundle together."""
    signed = MAGIC + line + b"\n" + f"{signature.kid} {to_base64(signature.sig)}\n".encode("ascii")
    return signed + _checksum(signed, sealed) + b"\n" + sealed


def read(raw: bytes) -> Bundle:
    """Read a bundle without opening it.

    Raises:
        BundleError: `bundle_too_large`, `bundle_malformed`, `bundle_half`.
    """
    if len(raw) > MAX_BUNDLE:
        raise BundleError("bundle_too_large")
    if not raw or raw[: len(MAGIC)] != MAGIC[: len(raw)]:
        raise BundleError("bundle_malformed")
    # (1): is the file whole? What was cut off anywhere is told as that, not as a forgery.
    parts = raw[len(MAGIC) :].split(b"\n", _LINES)
    if len(parts) <= _LINES:
        raise BundleError("bundle_malformed" if len(raw) > MAX_LINE else "bundle_half")
    line, signed, checksum, sealed = parts
    if checksum != _checksum(raw[: len(MAGIC) + len(line) + 1 + len(signed) + 1], sealed):
        raise BundleError("bundle_half")
    # (2): is it what we write?
    match = _SIGNED.match(signed)
    if len(line) > MAX_LINE or match is None:
        raise BundleError("bundle_malformed")
    manifest = read_manifest(line)
    try:
        signature = Signature(match[1].decode("ascii"), from_base64(match[2].decode("ascii")))
    except EncodingError:
        raise BundleError("bundle_malformed") from None
    if signature.kid != manifest.kid:
        raise BundleError("bundle_malformed")
    return Bundle(manifest=manifest, line=line, signature=signature, sealed=sealed)


def _checksum(signed: bytes, sealed: bytes) -> bytes:
    digest = hashlib.sha256(signed)
    digest.update(sealed)
    return digest.hexdigest().encode("ascii")
