"""Short-lived tokens: what is accepted, and everything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from sealing import tokens
from sealing.encoding import to_base64url
from sealing.errors import TokenError
from sealing.keystore import MemoryKeyStore
from sealing.tokens import Kind

NOW = 1_795_000_000
PRIVATE = bytes(range(32))
STORE = MemoryKeyStore("police-th")
KID = STORE.add_key(use="sign", suite="ed25519", private=PRIVATE)
HEADER = {"alg": "Ed25519", "kid": KID, "typ": "caunoi-agency+jwt"}
PAYLOAD: dict[str, Any] = {
    "iss": "police-th", "aud": "hub-th", "iat": NOW, "exp": NOW + 300, "jti": "0f" * 16, "scope": "submit feed",
}  # fmt: skip
OFFICER = {**PAYLOAD, "sub": "00112233445566ff"}


def key_of(kid: str) -> tuple[str, bytes] | None:
    return ("police-th", STORE.public(KID)) if kid == KID else None


def signed(header: object, payload: object) -> str:
    """Sign any header and payload, as someone with a valid key might."""
    text = ".".join(to_base64url(p if isinstance(p, bytes) else json.dumps(p).encode()) for p in (header, payload))
    return f"{text}.{to_base64url(STORE.sign(KID, text.encode()))}"


def check(token: str, *, kind: Kind = Kind.AGENCY, audience: str = "hub-th", now: int = NOW) -> tokens.Claims:
    return tokens.verify(token, kind=kind, audience=audience, now=now, key_of=key_of)


def refused(token: str, **changes: Any) -> str:
    with pytest.raises(TokenError) as caught:
        check(token, **changes)
    return caught.value.code


def issue(**changes: Any) -> str:
    arguments: dict[str, Any] = {
        "kind": Kind.AGENCY, "agency": "police-th", "kid": KID, "audience": "hub-th", "now": NOW, "signer": STORE,
    }  # fmt: skip
    return tokens.issue(**{**arguments, **changes})


def test_agency_token() -> None:
    """An agency's token says who comes, to whom, for how long and for what."""
    claims = check(issue(scope=("submit", "feed")))

    assert (claims.agency, claims.officer, claims.audience, claims.kid) == ("police-th", None, "hub-th", KID)
    assert (claims.issued, claims.expires, claims.scope) == (NOW, NOW + 300, ("submit", "feed"))
    assert claims.token_id != check(issue()).token_id


def test_officer_token() -> None:
    """An officer's token names the officer by pseudonym and may live a little longer."""
    claims = check(issue(kind=Kind.OFFICER, officer="00112233445566ff"), kind=Kind.OFFICER)

    assert (claims.officer, claims.scope, claims.expires) == ("00112233445566ff", (), NOW + 900)


def test_control() -> None:
    """The hand-made tokens of this file are good until something is changed."""
    assert check(signed(HEADER, PAYLOAD)).scope == ("submit", "feed")
    assert check(signed({**HEADER, "typ": "caunoi-officer+jwt"}, OFFICER), kind=Kind.OFFICER).officer == OFFICER["sub"]


def test_joserfc_makes_the_same() -> None:
    """A token made by joserfc with the agreed claims is accepted."""
    key = OKPKey.import_key(
        {"kty": "OKP", "crv": "Ed25519", "x": to_base64url(STORE.public(KID)), "d": to_base64url(PRIVATE)}
    )
    assert check(jwt.encode(HEADER, PAYLOAD, key, algorithms=["Ed25519"])).agency == "police-th"


@pytest.mark.parametrize(
    ("now", "code"),
    [(NOW - 31, "token_from_future"), (NOW + 300, "token_expired"), (NOW + 10**6, "token_expired")],
)
def test_time(now: int, code: str) -> None:
    """A token counts from its begin, less half a minute for clocks, until before its end."""
    check(issue(), now=NOW - 30)
    check(issue(), now=NOW + 299)
    assert refused(issue(), now=now) == code


def test_audience() -> None:
    """A token for one hub opens no other."""
    assert refused(issue(), audience="hub-la") == "token_audience_wrong"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"exp": NOW + 301}, "token_too_long_lived"),
        ({"exp": NOW}, "token_too_long_lived"),
        ({"exp": NOW - 1}, "token_too_long_lived"),
        ({"iat": -1, "exp": 1}, "token_too_long_lived"),
        ({"iss": "health-th"}, "token_issuer_wrong"),
        ({"iss": ""}, "token_claims_wrong"),
        ({"iss": None}, "token_malformed"),
        ({"aud": ["hub-th", "other"]}, "token_malformed"),
        ({"jti": "again"}, "token_claims_wrong"),
        ({"scope": "a  b"}, "token_claims_wrong"),
        ({"scope": "a\nb"}, "token_claims_wrong"),
        ({"sub": "00112233445566ff"}, "token_claims_wrong"),
        ({"iat": True}, "token_malformed"),
        ({"exp": str(NOW + 300)}, "token_malformed"),
        ({"exp": float("inf")}, "token_malformed"),
        ({"nbf": NOW}, "token_malformed"),
        ({"admin": True}, "token_malformed"),
    ],
)
def test_claims(change: dict[str, Any], code: str) -> None:
    """Even well signed, a claim that is wrong, missing, of another type or not agreed is refused."""
    assert refused(signed(HEADER, {**PAYLOAD, **change})) == code


@pytest.mark.parametrize("name", sorted(PAYLOAD))
def test_claim_missing(name: str) -> None:
    """Every claim has to be there."""
    assert refused(signed(HEADER, {k: v for k, v in PAYLOAD.items() if k != name})) == "token_malformed"


@pytest.mark.parametrize("sub", [None, "", "Nguyễn Văn Giả", "00112233445566F0", "00112233445566ff0"])
def test_officer_by_pseudonym_only(sub: str | None) -> None:
    """An officer's token without pseudonym, or with anything else, is refused."""
    payload = {**OFFICER, "sub": sub}
    assert refused(signed({**HEADER, "typ": "caunoi-officer+jwt"}, payload), kind=Kind.OFFICER) == "token_claims_wrong"


@pytest.mark.parametrize(
    "change",
    [
        {"lifetime": 301},
        {"lifetime": 0},
        {"scope": ("a b",)},
        {"officer": "00112233445566ff"},
        {"token_id": "x"},
        {"agency": ""},
    ],
)
def test_never_issued(change: dict[str, Any]) -> None:
    """What would be refused is not signed."""
    with pytest.raises(TokenError):
        issue(**change)


def good() -> str:
    return signed(HEADER, PAYLOAD)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: "..",
        lambda token: token + ".",
        lambda token: token + "=",
        lambda token: token.rsplit(".", 1)[0],
        lambda token: " " + token,
        lambda token: token + "\n",
        lambda token: token.replace(".", "．"),
        lambda token: token + "A" * 4096,
        lambda token: ".".join([to_base64url(b"[" * 2000), *token.split(".")[1:]]),
        lambda token: ".".join([to_base64url(b"\xff\xfe"), *token.split(".")[1:]]),
    ],
)
def test_malformed(change: Callable[[str], str]) -> None:
    """Any other text is refused with our own error."""
    assert refused(change(good())) == "token_malformed"


def test_name_given_twice() -> None:
    """A claim or header given twice is refused, whichever of the two is good."""
    payload = json.dumps(PAYLOAD)[:-1] + ',"scope":"admin"}'
    header = json.dumps(HEADER)[:-1] + f',"kid":"{KID}"}}'

    assert refused(signed(HEADER, payload.encode())) == "token_malformed"
    assert refused(signed(header.encode(), PAYLOAD)) == "token_malformed"


def test_error_says_nothing() -> None:
    """The text of a refusal is its code and nothing of the token."""
    with pytest.raises(TokenError) as caught:
        check(signed(HEADER, {**PAYLOAD, "iss": "Nguyễn Văn Giả"}))
    assert str(caught.value) == "token_claims_wrong"
    assert caught.value.__cause__ is None
