"""Attack: something signed or made for one purpose is shown as a token, or a token as something else."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest

from sealing import envelope, tokens
from sealing.encoding import from_base64url, to_base64url
from sealing.envelope import Signature
from sealing.errors import BadSignatureError, TokenError
from sealing.keystore import MemoryKeyStore
from sealing.tokens import Kind

NOW = 1_795_000_000
STORE = MemoryKeyStore("police-th")
KID = STORE.add_key(use="sign", suite="ed25519")
PUBLIC = STORE.public(KID)
HEADER = {"alg": "Ed25519", "kid": KID, "typ": "caunoi-agency+jwt"}
PAYLOAD = {"iss": "police-th", "aud": "hub-th", "iat": NOW, "exp": NOW + 300, "jti": "0f" * 16, "scope": ""}


def part(value: Any) -> str:
    return to_base64url(json.dumps(value).encode())


def refused(token: str, *, kind: Kind = Kind.AGENCY, agency: str = "police-th") -> str:
    with pytest.raises(TokenError) as caught:
        tokens.verify(
            token, kind=kind, audience="hub-th", now=NOW,
            key_of=lambda kid: (agency, PUBLIC) if kid == KID else None,
        )  # fmt: skip
    return caught.value.code


def signed(header: dict[str, Any]) -> str:
    text = f"{part(header)}.{part(PAYLOAD)}"
    return f"{text}.{to_base64url(STORE.sign(KID, text.encode()))}"


def test_control() -> None:
    """The token all these attacks start from is good."""
    tokens.verify(signed(HEADER), kind=Kind.AGENCY, audience="hub-th", now=NOW, key_of=lambda _: ("police-th", PUBLIC))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_no_algorithm(alg: str) -> None:
    """A token that says it needs no signature is refused, with an empty signature and with a good one."""
    assert refused(f"{part({**HEADER, 'alg': alg})}.{part(PAYLOAD)}.") == "token_malformed"
    assert refused(signed({**HEADER, "alg": alg})) == "token_malformed"


def test_public_key_as_hmac_secret() -> None:
    """A token signed by HMAC with the public key as its secret is refused (HS256 confusion)."""
    for secret in (PUBLIC, to_base64url(PUBLIC).encode(), PUBLIC.hex().encode()):
        for alg in ("HS256", "Ed25519"):
            text = f"{part({**HEADER, 'alg': alg})}.{part(PAYLOAD)}"
            mac = hmac.digest(secret, text.encode(), "sha256")
            assert refused(f"{text}.{to_base64url(mac)}") in ("token_malformed", "token_signature_bad")


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256", "Ed448", "ed25519"])
def test_other_algorithms(alg: str) -> None:
    """One algorithm, one spelling."""
    assert refused(signed({**HEADER, "alg": alg})) == "token_malformed"


@pytest.mark.parametrize(
    "extra", [{"jwk": {"kty": "OKP"}}, {"jku": "x"}, {"x5c": []}, {"crit": ["b64"]}, {"b64": False}]
)
def test_token_brings_its_own_key(extra: dict[str, Any]) -> None:
    """A header that brings a key, an address of one, or asks for special treatment is refused."""
    assert refused(signed({**HEADER, **extra})) == "token_malformed"


def test_own_key_under_anothers_name() -> None:
    """A stranger's signature under a registered key id, or under his own, opens nothing."""
    stranger = MemoryKeyStore("stranger")
    own = stranger.add_key(use="sign", suite="ed25519")
    for kid, code in ((KID, "token_signature_bad"), (own, "token_key_unknown")):
        text = f"{part({**HEADER, 'kid': kid})}.{part(PAYLOAD)}"
        assert refused(f"{text}.{to_base64url(stranger.sign(own, text.encode()))}") == code


def test_agency_speaks_for_another() -> None:
    """A token that names an agency other than the one its key is registered for is refused."""
    assert refused(signed(HEADER), agency="health-th") == "token_issuer_wrong"


def test_one_kind_for_the_other() -> None:
    """An officer's token is no agency's, and the other way round."""
    officer = tokens.issue(
        kind=Kind.OFFICER, agency="police-th", kid=KID, audience="hub-th", now=NOW, officer="0" * 16, signer=STORE
    )
    assert refused(officer) == "token_kind_wrong"
    assert refused(signed(HEADER), kind=Kind.OFFICER) == "token_kind_wrong"


def test_signed_statement_is_no_token() -> None:
    """A signature over a statement does not make a token, whatever the statement says; nor over the bare text."""
    text = f"{part(HEADER)}.{part(PAYLOAD)}"
    statement = envelope.sign(text.encode(), kid=KID, signer=STORE)
    assert refused(f"{text}.{to_base64url(statement.sig)}") == "token_signature_bad"


def test_token_is_no_statement() -> None:
    """The signature of a token signs no header line."""
    text, _, sig = signed(HEADER).rpartition(".")
    for line in (text.encode(), from_base64url(text.split(".")[1])):
        with pytest.raises(BadSignatureError):
            envelope.verify(line, Signature(KID, from_base64url(sig)), PUBLIC)


def test_statement_of_another_type() -> None:
    """A DSSE signature over the same bytes under another payload type is none of ours."""
    line, kind = b"{}", b"application/vnd.in-toto+json"
    foreign = STORE.sign(KID, b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(line), line))
    with pytest.raises(BadSignatureError):
        envelope.verify(line, Signature(KID, foreign), PUBLIC)
