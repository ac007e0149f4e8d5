"""A node's figures for its operator's Prometheus: numbers of this office alone, no case and no person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from node.node import Node

WITHIN = 2.0  # seconds to wait for a node that is at work; then its last figures are given


class Figures:
    """What is read each time somebody asks: between two steps of the node, whose connection it is."""

    def __init__(self, node: Node) -> None:
        self._node, self._registry, self._last = node, CollectorRegistry(), b""
        told = {
            "outbox": ("submissions waiting", node.store.count_queued),
            "feed": ("feed number followed", lambda: node.projector.number),
            "behind": ("feed entries not here yet", lambda: behind(node)),
            "quarantine": ("rows, files and refused statements to be mended", node.store.aside.count),
        }
        for name, (words, read) in told.items():
            Gauge(f"caunoi_node_{name}", words, registry=self._registry).set_function(read)

    def text(self) -> bytes:
        """All of them as Prometheus reads them; none before the node was first free."""
        if self._node.lock.acquire(timeout=WITHIN):
            try:
                self._last = generate_latest(self._registry)
            finally:
                self._node.lock.release()
        return self._last


def behind(node: Node) -> int:
    """Entries of the feed that the broker has, or had, and this node has not."""
    return node.way.parts.behind if node.way else 0
