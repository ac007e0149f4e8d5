"""A node's figures for its operator's Prometheus: numbers of this office alone, no case and no person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from node.node import Node


def figures(node: Node) -> CollectorRegistry:
    """What is read each time somebody asks."""
    registry, store = CollectorRegistry(), node.store
    told = {
        "outbox": ("submissions waiting", store.count_queued),
        "feed": ("feed number followed", lambda: node.projector.number),
        "behind": ("feed entries not here yet", lambda: behind(node)),
        "quarantine": ("rows, files and refused statements to be mended", store.aside.count),
    }
    for name, (words, read) in told.items():
        Gauge(f"caunoi_node_{name}", words, registry=registry).set_function(read)
    return registry


def text_of(registry: CollectorRegistry) -> bytes:
    """All of them as Prometheus reads them."""
    return generate_latest(registry)


def behind(node: Node) -> int:
    """Entries of the feed that the broker has, or had, and this node has not."""
    return node.way.parts.behind if node.way else 0
