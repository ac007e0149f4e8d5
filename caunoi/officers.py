"""A client of a running node for its own officers: the command line and the worked example speak through it."""

from __future__ import annotations

import hmac
import json
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx

from caunoi.bootstrap import node_secrets, open_keystore
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.settings import Settings
from domain.errors import RefusedError
from node.api import AUDIENCE
from sealing.tokens import Kind, issue


def pseudonym(home: Home, agency: str, officer: str) -> str:
    """An officer's pseudonym: keyed, so that only the agency can say who it is. 16 hex digits."""
    return hmac.digest(node_secrets(home, agency)[0], f"officer|{officer}".encode(), "sha256").hex()[:16]


class NodeClient:
    """Speaks to one node as one officer. Problems come back as `RefusedError` with their code."""

    def __init__(self, settings: Settings, home: Home, *, agency: str, officer: str = "officer") -> None:
        self.agency = agency
        self._home = home
        place = home.node(agency)
        try:
            port = int(home.port_file(f"node-{agency}").read_text("ascii"))
        except (FileNotFoundError, ValueError):
            raise UnavailableError("node_not_running", agency=agency) from None
        self._keystore = open_keystore(settings, place.keystore, place.kek, agency=agency)
        self._pseudonym = pseudonym(home, agency, officer)
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=600)

    def ingest(self, file: Path) -> dict[str, Any]:
        """Hand in one file; the answer row by row."""
        with file.open("rb") as stream:
            return dict(self._call("POST", "/v1/ingest", params={"name": file.name}, content=stream))

    def act(self, act: str, on: str, **arguments: Any) -> dict[str, Any]:
        """Do one act of an officer on a mã hồ sơ or an offer's id."""
        return dict(self._call("POST", "/v1/acts", json={"act": act, "on": on, "arguments": arguments}))

    def get(self, path: str, **params: Any) -> Any:
        """Read one of the node's views."""
        return self._call("GET", path, params=params)

    def sync(self) -> dict[str, Any]:
        """Let the node send and follow now."""
        return dict(self._call("POST", "/v1/sync"))

    def dump(self) -> list[str]:
        """Every row of every view, as lines. Holds personal data."""
        return self._request("GET", "/v1/dump").text.splitlines()

    def _call(self, method: str, path: str, **more: Any) -> Any:
        return json.loads(self._request(method, path, **more).content)

    def _request(self, method: str, path: str, **more: Any) -> httpx.Response:
        token = issue(
            kind=Kind.OFFICER,
            agency=self.agency,
            kid=self._keystore.kids("sign")[-1],
            audience=AUDIENCE,
            now=int(time.time()),
            signer=self._keystore,
            officer=self._pseudonym,
        )
        try:
            answer = self._client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **more)
        except httpx.TransportError:
            raise UnavailableError("node_not_running", agency=self.agency) from None
        if answer.status_code >= 400:  # noqa: PLR2004 - HTTP
            problem = answer.json()
            raise RefusedError(problem.get("code", "request_wrong"), **problem.get("params", {}))
        return answer
