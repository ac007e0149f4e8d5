"""Our formats read by a second hand: Cobblestone and HPKE written again from their specifications.

These few lines are also the way out if the library ever drops what we use. Known answers in
tests/vectors/sealing.json; all people and agencies there are made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.jwk import OKPKey

from sealing import attachments, encoding, envelope, grants, locks, sections, tokens
from sealing.encoding import KeyName
from sealing.keystore import MemoryKeyStore

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "sealing.json").read_text(encoding="utf-8"))


def expand(hash_name: str, prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand (RFC 5869 §2.3)."""
    blocks = [b""]
    while sum(map(len, blocks)) < length:
        blocks.append(hmac.digest(prk, blocks[-1] + info + bytes([len(blocks)]), hash_name))
    return b"".join(blocks)[:length]


def cobblestone(key: bytes, context: bytes, salt: bytes) -> tuple[AESGCM, int, bytes]:
    """c2sp.org/chunked-encryption, SHA-512 and AES-256-GCM: cipher, base nonce, commitment."""
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    derived = expand("sha512", key, info, 32 + 12 + 32)
    return AESGCM(derived[:32]), int.from_bytes(derived[32:44], "big"), derived[44:]


def cobblestone_seal(key: bytes, context: bytes, salt: bytes, message: bytes) -> bytes:
    cipher, nonce, commitment = cobblestone(key, context, salt)
    chunks = [message[i : i + 16384] for i in range(0, len(message) + 1, 16384)]
    sealed = [cipher.encrypt((nonce ^ i).to_bytes(12, "big"), chunk, None) for i, chunk in enumerate(chunks)]
    return salt + commitment + b"".join(sealed)


def cobblestone_open(key: bytes, context: bytes, sealed: bytes) -> bytes:
    cipher, nonce, commitment = cobblestone(key, context, sealed[:24])
    assert commitment == sealed[24:56]
    chunks = [sealed[i : i + 16400] for i in range(56, len(sealed), 16400)]
    return b"".join(cipher.decrypt((nonce ^ i).to_bytes(12, "big"), c, None) for i, c in enumerate(chunks))


def hpke_open(kem_id: int, shared: bytes, ciphertext: bytes, info: bytes) -> bytes:
    """RFC 9180 §5.1 in base mode, HKDF-SHA256, AES-256-GCM, sequence number 0."""
    suite = b"HPKE" + kem_id.to_bytes(2, "big") + b"\x00\x01\x00\x02"
    context = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    secret = extract(suite, shared, b"secret", b"")
    key = labelled(suite, secret, b"key", context, 32)
    return AESGCM(key).decrypt(labelled(suite, secret, b"base_nonce", context, 12), ciphertext, None)


def extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + material, "sha256")


def labelled(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return expand("sha256", prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def shared_x25519(private: bytes, enc: bytes) -> bytes:
    """DHKEM(X25519, HKDF-SHA256), RFC 9180 §4.1."""
    key, suite = X25519PrivateKey.from_private_bytes(private), b"KEM\x00\x20"
    secret = extract(suite, b"", b"eae_prk", key.exchange(X25519PublicKey.from_public_bytes(enc)))
    return labelled(suite, secret, b"shared_secret", enc + key.public_key().public_bytes_raw(), 32)


def shared_xwing(private: bytes, enc: bytes) -> bytes:
    """X-Wing, draft-connolly-cfrg-xwing-kem §5.3."""
    key = X25519PrivateKey.from_private_bytes(private[64:])
    mlkem = MLKEM768PrivateKey.from_seed_bytes(private[:64]).decapsulate(enc[:1088])
    x25519 = key.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    public = key.public_key().public_bytes_raw()
    return hashlib.sha3_256(mlkem + x25519 + enc[1088:] + public + rb"\.//^" + b"\\").digest()


KEMS = {"x25519": (0x0020, 32, shared_x25519), "mlkem768x25519": (0x647A, 1120, shared_xwing)}


@pytest.mark.parametrize("length", [0, 1, 256, 16383, 16384, 16385, 32768, 40000])
def test_cobblestone_agrees_both_ways(length: int) -> None:
    """The library opens what we seal, and we open what it seals."""
    key, message = bytes(range(32)), bytes(i % 251 for i in range(length))
    encryptor = Cobblestone256Encryptor(key, b"place")
    theirs = encryptor.update(message) + encryptor.finalize()
    decryptor = Cobblestone256Decryptor(key, b"place")
    ours = cobblestone_seal(key, b"place", b"s" * 24, message)

    assert cobblestone_open(key, b"place", theirs) == message
    assert decryptor.update(ours) + decryptor.finalize() == message


def test_section_vector() -> None:
    """The known section has the bytes its specification gives, and opens."""
    v = VECTORS["section"]
    place = {name: v[name] for name in ("case", "statement", "section", "author", "epoch")}
    fields = [
        bytes.fromhex(v["case"]),
        bytes.fromhex(v["statement"]),
        v["section"].encode(),
        v["author"].encode(),
        v["epoch"].to_bytes(4, "big"),
    ]
    context = b"caunoi/1/section\0" + b"".join(len(f).to_bytes(2, "big") + f for f in fields)
    plaintext = v["plaintext"].encode()
    padded = (len(plaintext).to_bytes(4, "big") + plaintext).ljust(256, b"\0")
    key = bytes.fromhex(v["data_key"])

    assert bytes.fromhex(v["sealed"]) == b"\1" + cobblestone_seal(key, context, bytes.fromhex(v["salt"]), padded)
    assert sections.open_sealed(bytes.fromhex(v["sealed"]), data_key=key, **place) == plaintext


def test_attachment_vector() -> None:
    """The known file has the bytes its specification gives, zeros behind it, and opens."""
    v = VECTORS["attachment"]
    context = b"caunoi/1/attachment\0" + len(v["author"]).to_bytes(2, "big") + v["author"].encode()
    content, key = v["content"].encode(), bytes.fromhex(v["file_key"])
    sealed = b"\1" + cobblestone_seal(key, context, bytes.fromhex(v["salt"]), content.ljust(256, b"\0"))

    assert bytes.fromhex(v["sealed"]) == sealed
    opened = attachments.open_pieces([sealed], file_key=key, author=v["author"], size=v["size"])
    assert b"".join(opened) == content


@pytest.mark.parametrize("v", VECTORS["grants"], ids=lambda v: str(v["suite"]))
def test_grant_vector(v: dict[str, Any]) -> None:
    """The known grants open by our store and by HPKE written again, to the list in the agreed form."""
    keys = {KeyName(k["section"], k["author"], k["epoch"]): bytes.fromhex(k["key"]) for k in v["keys"]}
    wrapped, private = bytes.fromhex(v["wrapped"]), bytes.fromhex(v["private"])
    place = {name: v[name] for name in ("case", "grantor", "grantee", "kid", "ground")}
    store = MemoryKeyStore(v["grantee"])
    kid = store.add_key(use="seal", suite=v["suite"], private=private)
    kem_id, length, shared = KEMS[v["suite"]]
    enc, ciphertext = wrapped[1 : 1 + length], wrapped[1 + length :]

    assert (kid, encoding.to_base64url(store.public(kid))) == (v["kid"], v["public"])
    assert encoding.grant_info(names=keys, **place).hex() == v["info"]
    assert grants.unwrap(wrapped, store=store, names=keys, **place) == keys
    opened = hpke_open(kem_id, shared(private, enc), ciphertext, bytes.fromhex(v["info"]))
    assert opened.hex() == v["plaintext"]


def test_grant_info_vector_by_hand() -> None:
    """The info of a grant is built as written, field by field."""
    v = VECTORS["grants"][0]
    names = b"".join(
        bytes([len(k["section"])]) + k["section"].encode() + bytes([len(k["author"])]) + k["author"].encode()
        + k["epoch"].to_bytes(4, "big")
        for k in v["keys"]
    )  # fmt: skip
    digest = hashlib.sha256(len(v["keys"]).to_bytes(2, "big") + names).digest()
    fields = [bytes.fromhex(v["case"]), v["grantor"].encode(), v["grantee"].encode(), bytes.fromhex(v["kid"])]
    fields += [v["ground"].encode(), digest]
    info = b"caunoi/1/grant\0" + b"".join(len(f).to_bytes(2, "big") + f for f in fields)

    assert info.hex() == v["info"]


def test_lock_vector() -> None:
    """The known lock is AES-256-GCM of the wrapped grant with the same info."""
    v = {name: bytes.fromhex(value) for name, value in VECTORS["lock"].items()}

    assert locks.unlock(v["locked"], shred_key=v["shred_key"], info=v["info"]) == v["wrapped"]
    assert v["locked"] == b"\1" + v["nonce"] + AESGCM(v["shred_key"]).encrypt(v["nonce"], v["wrapped"], v["info"])


def test_pae_vector() -> None:
    """The known header line has the encoding of DSSE, and its hash and signature."""
    v = VECTORS["pae"]
    line = v["line"].encode()
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(v["private"]))
    kind = "application/vnd.caunoi.statement.v1+json"

    assert v["pae"] == f"DSSEv1 {len(kind)} {kind} {len(line)} {v['line']}"
    assert envelope.pae(line) == v["pae"].encode()
    assert envelope.statement_hash(line) == v["hash"] == hashlib.sha256(v["pae"].encode()).hexdigest()
    assert private.sign(v["pae"].encode()).hex() == v["signature"]
    envelope.verify(
        line, envelope.Signature(v["kid"], bytes.fromhex(v["signature"])), private.public_key().public_bytes_raw()
    )


def test_token_vector() -> None:
    """The known token comes out again to the byte, and joserfc accepts it."""
    v = VECTORS["token"]
    store = MemoryKeyStore(v["agency"])
    kid = store.add_key(use="sign", suite="ed25519", private=bytes.fromhex(v["private"]))
    made = tokens.issue(
        kind=tokens.Kind.AGENCY, agency=v["agency"], kid=kid, audience=v["audience"], now=v["now"],
        scope=tuple(v["scope"]), token_id=v["token_id"], signer=store,
    )  # fmt: skip
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": encoding.to_base64url(store.public(kid))})
    theirs = jwt.decode(made, key, algorithms=["Ed25519"])

    assert made == v["token"]
    assert theirs.claims["iss"] == v["agency"]
    assert theirs.header == {"alg": "Ed25519", "kid": kid, "typ": "caunoi-agency+jwt"}
