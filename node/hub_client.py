"""The hub as a node sees it: HTTP with a short-lived token signed by the agency's registered key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeVar

import httpx2 as httpx
import msgspec

from door.tracing import onward
from node.errors import HubAnswerError, HubUnavailableError
from sealing.encoding import from_base64
from sealing.errors import EncodingError
from sealing.keystore import KeyStore
from sealing.tokens import Kind, issue

AUDIENCE = "caunoi-hub"
RENEW = 60  # seconds before its end that a token is made anew
HASHES = 500  # hashes asked for in one request
NDJSON, FILE = "application/x-ndjson", "application/octet-stream"
# What the hub answers with; a page in its place, of a proxy that asks for a password or is at its limits, is none.
GIVEN, TAKEN = frozenset({200, 201}), frozenset({204})
NOT_TAKEN, NOT_THERE = frozenset({409, 413, 422}), frozenset({404})
AGAIN = frozenset({408, 429, 502, 503, 504})
AWAY = "the hub does not answer"
OUT_OF_CONTRACT = "the hub answered what no hub answers"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One line of the feed: dense number, log index, entry verbatim."""

    number: int
    index: int
    entry: bytes


class _EntryRow(msgspec.Struct, frozen=True):
    index: int
    entry: str


class _FeedRow(_EntryRow, frozen=True):
    number: int


class HubClient:
    """Speaks to one hub for one agency. `now` gives seconds since 1970."""

    def __init__(self, client: httpx.Client, *, agency: str, keystore: KeyStore, now: Callable[[], int]) -> None:
        self._client = client
        self._agency = agency
        self._keystore = keystore
        self._now = now
        self._token = ""
        self._kid = ""
        self._expires = 0

    def submit(self, submissions: Sequence[bytes]) -> list[dict[str, Any]]:
        """Send submissions in order; one receipt or refusal each.

        Raises:
            HubUnavailableError: nothing is known of any of them; send the same again.
        """
        body = b"\n".join(submissions) + b"\n"
        text = self._call("POST", "/v1/statements", content=body, headers={"Content-Type": NDJSON})
        answers = _lines(text, dict[str, Any])
        if len(answers) != len(submissions):
            raise HubAnswerError("the hub answered another number of submissions")
        return answers

    def feed(self, after: int, *, limit: int = 500) -> list[FeedLine]:
        """The next entries of this agency's feed."""
        text = self._call("GET", f"/v1/feed?after={after}&limit={limit}")
        return [FeedLine(row.number, row.index, row.entry.encode()) for row in _lines(text, _FeedRow)]

    def entries(self, after: int, *, limit: int = 500) -> list[tuple[int, bytes]]:
        """The next entries of the whole log; auditors and registrar only."""
        text = self._call("GET", f"/v1/entries?after={after}&limit={limit}")
        return [(row.index, row.entry.encode()) for row in _lines(text, _EntryRow)]

    def bodies(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """Sealed bodies by hash; what is not shared with this agency is absent."""
        return self._by_hash("/v1/bodies", hashes)

    def grants(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """Wrapped grants by hash; what is not released to this agency is absent."""
        return self._by_hash("/v1/grants", hashes)

    def upload(self, hash_: str, pieces: Iterable[bytes], *, length: int) -> bool:
        """Bring a sealed file before the statement that names it; false where the hub does not take it."""
        headers = {"Content-Type": FILE, "Content-Length": str(length)}
        path, expected = f"/v1/attachments/{hash_}", TAKEN | NOT_TAKEN
        answer = self._ask("PUT", path, content=pieces, headers=headers, expected=expected)
        return answer.status_code in TAKEN

    def attachment(self, hash_: str, into: IO[bytes], *, length: int) -> bool:
        """Write a sealed file of this length, known by its hash, as it comes; false where it is not there.

        It was erased, or is not shared with this agency.

        Raises:
            HubAnswerError: it is another file.
        """
        left, digest = length, hashlib.sha256()
        try:
            with self._client.stream("GET", f"/v1/attachments/{hash_}", headers=self._headers()) as answer:
                _check(answer.status_code, GIVEN | NOT_THERE)
                if answer.status_code in NOT_THERE:
                    return False
                for piece in answer.iter_bytes():
                    left -= len(piece)
                    if left < 0:
                        break
                    digest.update(piece)
                    into.write(piece)
        except httpx.RequestError:
            raise HubUnavailableError(AWAY) from None
        if left or digest.hexdigest() != hash_:
            raise HubAnswerError("the hub answered another file")
        return True

    def receipt(self, statement_id: str) -> dict[str, Any] | None:
        """The receipt of an own statement again; None where it was not recorded."""
        answer = self._ask("GET", f"/v1/receipts/{statement_id}", expected=GIVEN | NOT_THERE)
        return None if answer.status_code in NOT_THERE else _read(answer.content, dict[str, Any])

    def directory(self) -> dict[str, Any]:
        """Agencies with their names, and keys."""
        return _read(self._call("GET", "/v1/directory"), dict[str, Any])

    def head(self) -> dict[str, Any]:
        """Size and root of the log as the hub says."""
        return _read(self._call("GET", "/v1/head"), dict[str, Any])

    def _by_hash(self, path: str, hashes: Iterable[str]) -> dict[str, bytes]:
        wanted = list(hashes)
        found: dict[str, bytes] = {}
        for start in range(0, len(wanted), HASHES):
            body = json.dumps({"hashes": wanted[start : start + HASHES]}).encode()
            text = self._call("POST", path, content=body, headers={"Content-Type": "application/json"})
            try:
                found.update({name: from_base64(value) for name, value in _read(text, dict[str, str]).items()})
            except EncodingError:
                raise HubAnswerError(OUT_OF_CONTRACT) from None
        return found

    def _call(
        self, method: str, path: str, *, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        content_: bytes = self._ask(method, path, content=content, headers=headers).content
        return content_

    def _ask(
        self,
        method: str,
        path: str,
        *,
        content: bytes | Iterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
        expected: Container[int] = GIVEN,
    ) -> httpx.Response:
        """One request; only the expected statuses are answers."""
        try:
            answer = self._client.request(method, path, content=content, headers=self._headers() | (headers or {}))
        except httpx.RequestError:
            raise HubUnavailableError(AWAY) from None
        _check(answer.status_code, expected)
        return answer

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._bearer()}", **onward()}

    def _bearer(self) -> str:
        now, kid = self._now(), self._keystore.kids("sign")[-1]
        if now >= self._expires - RENEW or kid != self._kid:
            self._kid = kid
            self._token = issue(
                kind=Kind.AGENCY, agency=self._agency, kid=kid, audience=AUDIENCE, now=now, signer=self._keystore
            )
            self._expires = now + 300
        return self._token


def _check(status: int, expected: Container[int]) -> None:
    """Let an answer through by its status.

    Raises:
        HubUnavailableError: it asks to try again.
        HubAnswerError: it is none of the expected.
    """
    if status in AGAIN:
        raise HubUnavailableError("the hub asks to try again")
    if status not in expected:
        raise HubAnswerError(f"the hub answered {status}")


def _read(text: bytes, kind: type[T]) -> T:
    """One JSON value of the hub's. What it quotes when it is wrong must not travel on."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise HubAnswerError(OUT_OF_CONTRACT) from None


def _lines(text: bytes, kind: type[T]) -> list[T]:
    return [_read(line, kind) for line in text.splitlines() if line.strip()]
