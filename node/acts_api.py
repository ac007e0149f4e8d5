"""Acts over HTTP: an officer does one; whatever waits is sent and the feed followed, now."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.concurrency import run_in_threadpool

from node import act_keys, acts
from node import documents as d
from node.act_keys import ActKey, Done
from node.contract import AN_ACT, JSON, says
from node.figures import behind
from node.node import Node
from node.officer import Officer

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=act_keys.PATTERN,
        description="the same request sent again under the same key is done once (for a day)",
    ),
]


def add_acts(to: APIRouter, node: Node, officer: Callable[..., Officer], check: Callable[..., None]) -> None:
    """Add the routes. `check` refuses a body that is compressed or of another type."""

    @to.post("/acts", openapi_extra=AN_ACT, **says(d.Done | d.Nothing))
    async def act(
        request: Request,
        idempotency_key: Key = None,
        person: Officer = Depends(officer),  # noqa: B008, FAST002 - the dependency is made here
    ) -> dict[str, Any]:
        """Do one act of an officer."""
        # Read here: the framework would read and refuse a body before it asks for the token.
        check(request, JSON)
        body = await request.body()
        wanted = acts.read(body)
        key = None
        if idempotency_key is not None:
            key = ActKey.of(person.pseudonym or "", idempotency_key, body, tag_key=node.tag_key)

        def do() -> Done | None:
            node.outbox.bring(acts.files(wanted[2]), lock=node.lock)
            with node.lock:
                before = None if key is None else act_keys.done(node.store.connection, key)
                return before or acts.do(person, *wanted, key=key)

        done = await run_in_threadpool(do)
        if done is None:
            return {}
        return {"statement": done.statement, "index": done.index, "id": done.id}

    @to.post("/sync", **says(d.Synced))
    def sync() -> dict[str, Any]:
        """Send and follow now."""
        node.outbox.bring(lock=node.lock)
        reached = node.try_sync()
        with node.lock:
            waiting, feed, day = node.store.count_queued(), node.projector.number, node.projector.day
            lag = {"feed": feed, "behind": behind(node)}
            return {"hub": reached, **lag, "day": day, "queued": waiting, "alarm": node.alarm}
