"""A client of a running node for its own officers: the command line and the worked example speak through it."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx2 as httpx

from caunoi.bootstrap import node_secrets, open_keystore
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.listening import plain, read_port
from caunoi.settings import Settings
from domain.errors import RefusedError
from sealing import files
from sealing.tokens import Kind, issue

AUDIENCE = "caunoi-node"
PATIENT = httpx.Timeout(600, read=None)
"""For a file of many rows: the node answers after the last, and tells meanwhile how far it is."""
TRIES = 3  # of one act, where no answer came
PAUSE = 0.5  # seconds between them


def pseudonym(home: Home, agency: str, officer: str) -> str:
    """An officer's pseudonym: keyed, so that only the agency can say who it is. 16 hex digits."""
    return hmac.digest(node_secrets(home, agency)[0], f"officer|{officer}".encode(), "sha256").hex()[:16]


class NodeClient:
    """Speaks to one node as one officer. Problems come back as `RefusedError` with their code.

    Finds the node anew for each request, so that one started again is found. A context manager, or `close`.
    """

    def __init__(self, settings: Settings, home: Home, *, agency: str, officer: str = "officer") -> None:
        self.agency = agency
        self._home = home
        place = home.node(agency)
        self._address()
        self._keystore = open_keystore(settings, place.keystore, place.kek, agency=agency)
        self._pseudonym = pseudonym(home, agency, officer)
        self._client = httpx.Client(timeout=600, verify=plain())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def ingest(self, file: Path) -> dict[str, Any]:
        """Hand in one file; the answer row by row. Its name may say a person's, so only the ending is told."""
        with file.open("rb") as stream:
            params = {"name": "file" + file.suffix}
            return dict(self._call("POST", "/v1/ingest", params=params, content=stream, timeout=PATIENT))

    def hand_in(self, on: str, file: Path) -> dict[str, Any]:
        """Hand in the file of a paper for a mã hồ sơ, an offer's case or a `new` case; its name is not told."""
        headers = {"Content-Type": "application/octet-stream"}
        with file.open("rb") as stream:
            return dict(self._call("POST", f"/v1/papers/{on}", content=stream, headers=headers))

    def act(self, act: str, on: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON, as the node's interface has it
        """Do one act of an officer on a mã hồ sơ or an offer's id, once, however often it must be asked for."""
        asked = {"act": act, "on": on, "arguments": arguments}
        key = {"Idempotency-Key": f'"{uuid4()}"'}
        for _ in range(TRIES - 1):
            with suppress(UnavailableError):
                return dict(self._call("POST", "/v1/acts", json=asked, headers=key))
            time.sleep(PAUSE)
        return dict(self._call("POST", "/v1/acts", json=asked, headers=key))

    def get(self, path: str, **params: Any) -> Any:  # noqa: ANN401 - JSON, as the node's interface has it
        """Read one of the node's views."""
        return self._call("GET", path, params=params)

    def post(self, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON, as the node's interface has it
        """Do what needs no words, or ask for what no address may say."""
        return self._call("POST", path) if body is None else self._call("POST", path, json=body)

    def download(self, path: str, to: Path) -> None:
        """Write an answer to a new file of its owner alone, piece by piece; one that breaks off leaves no file."""
        try:
            with self._client.stream("GET", self._address() + path, headers=self._headers()) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise _problem(answer, self.agency)
                _write(answer.iter_bytes(), to)
        except httpx.TransportError:
            raise UnavailableError("node_not_running", agency=self.agency) from None

    def pack(self, *, follows: int | None = None) -> bytes:
        """A bundle of what waits; with `follows`, of what waits behind that one."""
        params = {} if follows is None else {"follows": follows}
        packed: bytes = self._request("POST", "/v1/bundles", params=params).content
        return packed

    def unpack(self, bundle: bytes) -> dict[str, Any]:
        """Take the hub's answer to a bundle."""
        return dict(self._call("POST", "/v1/bundles/take", content=bundle))

    def here(self) -> None:
        """Ask whether the node answers at all.

        Raises:
            UnavailableError: it does not, or says that it is not ready.
        """
        try:
            self._request("GET", "/readyz")
        except RefusedError as error:
            raise UnavailableError(error.code, **error.params) from None

    def sync(self) -> dict[str, Any]:
        """Let the node send and follow now."""
        return dict(self._call("POST", "/v1/sync"))

    def dump(self) -> list[str]:
        """Every row of every view, as lines. Holds personal data."""
        return self._request("GET", "/v1/dump").text.splitlines()

    def _call(self, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401 - JSON, as the node's interface has it
        return json.loads(self._request(method, path, **more).content)

    def _request(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - JSON, as the node's interface has it
        headers = self._headers() | more.pop("headers", {})
        try:
            answer = self._client.request(method, self._address() + path, headers=headers, **more)
        except httpx.TransportError:
            raise UnavailableError("node_not_running", agency=self.agency) from None
        if answer.status_code >= 400:
            raise _problem(answer, self.agency)
        return answer

    def _headers(self) -> dict[str, str]:
        token = issue(
            kind=Kind.OFFICER,
            agency=self.agency,
            kid=self._keystore.kids("sign")[-1],
            audience=AUDIENCE,
            now=int(time.time()),
            signer=self._keystore,
            officer=self._pseudonym,
        )
        return {"Authorization": f"Bearer {token}"}

    def _address(self) -> str:
        port = read_port(self._home.port_file(f"node-{self.agency}"))
        if port is None:
            raise UnavailableError("node_not_running", agency=self.agency)
        return f"http://127.0.0.1:{port}"


def _write(pieces: Iterator[bytes], to: Path) -> None:
    opened = files.open_new(to)
    try:
        with opened:
            opened.writelines(pieces)
    except BaseException:
        to.unlink()  # after it was closed: Windows takes away no open file
        raise


def _problem(answer: httpx.Response, agency: str) -> RefusedError | UnavailableError:
    """What a problem document says; an answer that is none is a fault of the node's, and is not shown."""
    if answer.headers.get("content-type", "").partition(";")[0] != "application/problem+json":
        return UnavailableError("node_failed", agency=agency)
    problem = answer.json()
    return RefusedError(problem.get("code", "request_wrong"), **problem.get("params", {}))
