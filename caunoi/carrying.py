"""Bundles as files, written whole or not at all and named as any system takes it; the carrier at the hub's side.

The hub's intake key lies in a key store of its own beside the hub's. The hub's process never opens it: the carrier's
command does, brings what it opened to the hub's door with a token of the hub's own key, and seals the answer.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import msgspec

from caunoi.bootstrap import HUB, hub_url, open_intake_keys, open_keystore
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.hub_address import hub_client
from caunoi.settings import Settings
from domain.errors import RefusedError
from sealing import manifests
from sealing.bundles import open_content, seal_content
from sealing.encoding import from_base64, from_base64url, to_base64
from sealing.envelope import Signature
from sealing.errors import BundleError, CannotOpenError, KeyMissingError
from sealing.keystore import KeyStore
from sealing.manifests import MAX_BUNDLE, Bundle, Manifest
from sealing.tokens import Kind, issue

AUDIENCE = "caunoi-hub"
SUFFIX, ANSWER, PART = ".caunoi", ".tra-loi.caunoi", ".part"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer bundle, and what became of what it answers: statements new, known before, refused."""

    bundle: bytes
    manifest: Manifest
    new: int
    known: int
    refused: int


class _First(msgspec.Struct, frozen=True):
    manifest: str
    sig: str
    public: str
    suite: str
    new: int
    known: int
    refused: int


# -- files -------------------------------------------------------------------------------------------------------------


def name_of(manifest: Manifest) -> str:
    """The name of a bundle's file, from what was checked of it: the agency and its number, nothing that came along."""
    if manifest.kind == "answers":
        return f"{manifest.to}-{manifest.number:06d}{ANSWER}"
    return f"{manifest.by}-{manifest.number:06d}{SUFFIX}"


def read_file(file: Path) -> bytes:
    """A bundle's bytes; of what is too large, no more than shows that it is."""
    with file.open("rb") as stream:
        return stream.read(MAX_BUNDLE + 1)


def write_file(file: Path, data: bytes) -> None:
    """Write a file whole or not at all: who finds it under its name has all of it."""
    part = file.with_name(file.name + PART)
    with part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


# -- the hub's side ----------------------------------------------------------------------------------------------------


class Carrier:
    """Brings bundles to the hub and takes its answers.

    `signer` has the hub's own key, `intake` opens bundles, `now` gives seconds since 1970.
    """

    def __init__(self, client: httpx.Client, *, signer: KeyStore, intake: KeyStore, now: Callable[[], int]) -> None:
        self._client = client
        self._signer = signer
        self._intake = intake
        self._now = now

    def take(self, raw: bytes) -> Answer:
        """Bring one bundle to the hub; give the answer for the agency, sealed.

        Raises:
            RefusedError: `bundle_…`; nothing of it was taken.
            UnavailableError: the hub does not answer; bring the same bundle again.
        """
        try:
            bundle = manifests.read(raw)
            if bundle.manifest.kind != "submissions" or bundle.manifest.to != HUB:
                raise RefusedError("bundle_not_ours")
            content = open_content(bundle.sealed, manifest=bundle.manifest, store=self._intake)
        except BundleError as error:
            raise RefusedError(error.code) from None
        except KeyMissingError:
            raise RefusedError("bundle_key_gone") from None
        except CannotOpenError:
            raise RefusedError("bundle_not_opened") from None
        first, _, answer = self._bring(bundle, content).partition(b"\n")
        return _sealed(msgspec.json.decode(first, type=_First), answer)

    def here(self) -> None:
        """Ask whether the hub answers at all.

        Raises:
            UnavailableError: it does not, or says that it is not ready.
        """
        try:
            answer = self._client.get("/readyz")
        except httpx.RequestError:
            raise UnavailableError("hub_not_running") from None
        if answer.status_code != 200:
            raise UnavailableError("not_ready")

    def _bring(self, bundle: Bundle, content: bytes) -> bytes:
        brought = {"manifest": bundle.line.decode(), "sig": to_base64(bundle.signature.sig)}
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/x-ndjson"}
        body = msgspec.json.encode(brought) + b"\n" + content
        try:
            answer = self._client.request("POST", "/v1/carried", content=body, headers=headers)
        except httpx.RequestError:
            raise UnavailableError("hub_not_running") from None
        if answer.status_code >= 400:
            problem = answer.json() if answer.headers.get("content-type", "").startswith(PROBLEM) else {}
            raise RefusedError(problem.get("code", "hub_unavailable"), **problem.get("params", {}))
        given: bytes = answer.content
        return given

    def _token(self) -> str:
        kid = self._signer.kids("sign")[-1]
        return issue(kind=Kind.AGENCY, agency=HUB, kid=kid, audience=AUDIENCE, now=self._now(), signer=self._signer)


@contextlib.contextmanager
def carrier(settings: Settings, home: Home) -> Iterator[Carrier]:
    """The carrier at the hub of this home.

    Raises:
        UnavailableError: this home is not the hub's, or the hub does not run.
    """
    if not home.hub.keystore.exists():
        raise UnavailableError("cli_no_keystore", agency=HUB)
    signer = open_keystore(settings, home.hub.keystore, home.hub.kek, agency=HUB, seals=False)
    intake = open_intake_keys(settings, home)
    hub_url(settings, home)  # where none runs that is said at once
    with hub_client(settings, home, timeout=600) as client:
        yield Carrier(client, signer=signer, intake=intake, now=lambda: int(time.time()))


def _sealed(first: _First, content: bytes) -> Answer:
    line = first.manifest.encode()
    manifest = manifests.read_manifest(line)
    sealed = seal_content(content, manifest=manifest, public=from_base64url(first.public), suite=first.suite)
    signature = Signature(manifest.kid, from_base64(first.sig))
    return Answer(
        bundle=manifests.write(line, signature, sealed),
        manifest=manifest,
        new=first.new,
        known=first.known,
        refused=first.refused,
    )
