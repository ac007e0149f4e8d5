"""Short-lived tokens: an agency's node at the hub's door, an officer at the node's.

JWT (RFC 7519) in compact form, one algorithm only (``Ed25519``, RFC 9864), made by hand so that the key never
leaves its store, and read by hand so that nothing in the token chooses how it is checked (RFC 8725 §2.1, §3.11).
The two kinds have types of their own: neither passes for the other, nor for a signed statement.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

import msgspec

from sealing.encoding import from_base64url, to_base64url
from sealing.envelope import Signer, verify_bytes
from sealing.errors import BadSignatureError, EncodingError, TokenError

MAX_TOKEN = 4096  # characters
LEEWAY = 30  # seconds a token may come from the future: clocks differ
_TEXT = re.compile(r"[!-~]{1,200}\Z")  # printable ASCII without blank
_PSEUDONYM = re.compile(r"[0-9a-f]{16}\Z")
_TOKEN_ID = re.compile(r"[0-9a-f]{32}\Z")


class Kind(Enum):
    """What a token is for; the value is its ``typ``."""

    AGENCY = "caunoi-agency+jwt"
    OFFICER = "caunoi-officer+jwt"


LIFETIME = {Kind.AGENCY: 300, Kind.OFFICER: 900}
"""The longest a token of each kind may live, in seconds."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a checked token says. `officer` is the pseudonym; times are seconds since 1970."""

    kid: str
    agency: str
    officer: str | None
    audience: str
    issued: int
    expires: int
    token_id: str
    scope: tuple[str, ...]


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: Literal["Ed25519"]
    kid: str
    typ: str


class _Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    iss: str
    aud: str
    iat: int
    exp: int
    jti: str
    scope: str
    sub: str | None = None


def issue(
    *,
    kind: Kind,
    agency: str,
    kid: str,
    audience: str,
    now: int,
    signer: Signer,
    scope: tuple[str, ...] = (),
    officer: str | None = None,
    lifetime: int | None = None,
    token_id: str | None = None,
) -> str:
    """Make a token that begins *now* (seconds since 1970) and lives *lifetime*, at most what its kind allows.

    Raises:
        TokenError: `token_claims_wrong` or `token_too_long_lived`: it would not be accepted.
    """
    expires = now + (LIFETIME[kind] if lifetime is None else lifetime)
    identity = secrets.token_hex(16) if token_id is None else token_id
    payload = _Payload(agency, audience, now, expires, identity, " ".join(scope), officer)
    _check_claims(payload, kind=kind)
    if _scope(payload) != scope:
        raise TokenError("token_claims_wrong")
    header = _Header("Ed25519", kid, kind.value)
    signed = f"{to_base64url(msgspec.json.encode(header))}.{to_base64url(msgspec.json.encode(payload))}"
    return f"{signed}.{to_base64url(signer.sign(kid, signed.encode('ascii')))}"


def verify(
    token: str, *, kind: Kind, audience: str, now: int, key_of: Callable[[str], tuple[str, bytes] | None]
) -> Claims:
    """Check a token of one kind, for one audience, at one time.

    Args:
        key_of: Gives the agency and raw public key of a key id in force now, or None.

    Raises:
        TokenError: With one of the codes below; tell the sender none of them.
    """
    # (1): the form, before anything it says.
    signed, header, payload, signature = _parse(token)
    # (2): the type, before its key is looked up.
    if header.typ != kind.value:
        raise TokenError("token_kind_wrong")
    # (3): the signature, by the key the directory has, not one the token brings.
    owner = key_of(header.kid)
    if owner is None:
        raise TokenError("token_key_unknown")
    agency, public = owner
    try:
        verify_bytes(signed, signature=signature, public=public)
    except BadSignatureError:
        raise TokenError("token_signature_bad") from None
    # (4): what it says.
    _check_claims(payload, kind=kind)
    if payload.iss != agency:
        raise TokenError("token_issuer_wrong")
    if payload.aud != audience:
        raise TokenError("token_audience_wrong")
    if payload.iat > now + LEEWAY:
        raise TokenError("token_from_future")
    if payload.exp <= now:
        raise TokenError("token_expired")
    return _claims(payload, kid=header.kid)


def _refuse_twice(raw: bytes) -> None:
    # A name given twice is read one way by one reader and another way by the next.
    def pairs(members: list[tuple[str, object]]) -> None:
        if len({name for name, _ in members}) != len(members):
            raise EncodingError("name given twice")

    json.loads(raw, object_pairs_hook=pairs)


def _parse(token: str) -> tuple[bytes, _Header, _Payload, bytes]:
    parts = token.split(".") if len(token) <= MAX_TOKEN else []
    if len(parts) != 3:  # header, payload, signature
        raise TokenError("token_malformed")
    try:
        raw_header, raw_payload, signature = map(from_base64url, parts)
        _refuse_twice(raw_header)
        _refuse_twice(raw_payload)
        header = msgspec.json.decode(raw_header, type=_Header)
        payload = msgspec.json.decode(raw_payload, type=_Payload)
    except (EncodingError, msgspec.MsgspecError, ValueError, RecursionError):
        raise TokenError("token_malformed") from None
    return f"{parts[0]}.{parts[1]}".encode("ascii"), header, payload, signature


def _check_claims(payload: _Payload, *, kind: Kind) -> None:
    if not all(map(_TEXT.match, (payload.iss, payload.aud, *_scope(payload)))) or not _TOKEN_ID.match(payload.jti):
        raise TokenError("token_claims_wrong")
    # An officer's token names the officer; an agency's never does.
    officer = payload.sub is not None and _PSEUDONYM.match(payload.sub) is not None
    if officer != (kind is Kind.OFFICER) or (payload.sub is not None and not officer):
        raise TokenError("token_claims_wrong")
    if payload.iat < 0 or not 0 < payload.exp - payload.iat <= LIFETIME[kind]:
        raise TokenError("token_too_long_lived")


def _claims(payload: _Payload, *, kid: str) -> Claims:
    return Claims(
        kid=kid,
        agency=payload.iss,
        officer=payload.sub,
        audience=payload.aud,
        issued=payload.iat,
        expires=payload.exp,
        token_id=payload.jti,
        scope=_scope(payload),
    )


def _scope(payload: _Payload) -> tuple[str, ...]:
    return tuple(payload.scope.split(" ")) if payload.scope else ()
