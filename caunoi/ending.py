"""How a process of ours ends itself: when whoever started it is gone, or when it must not go on. On any system."""

from __future__ import annotations

import os
import signal
import threading
import time

# How long a process may take to finish what it is doing.
STOP_WITHIN = 10.0


def watch_parent(*, stop_within: float = STOP_WITHIN) -> None:
    """End this process when its standard input ends; called by a child at its start."""

    def watch() -> None:
        # Not sys.stdin, whose lock would be held while the interpreter shuts down.
        while os.read(0, 4096):
            pass
        end_process(within=stop_within)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


def end_process(*, within: float = STOP_WITHIN) -> None:
    """End this process from any thread of it, and return before it has ended.

    First as if SIGTERM had come, so that a web server finishes its answers; after `within` seconds at once.
    """

    def end() -> None:
        # Not `os.kill`, which on Windows ends a process without asking it.
        signal.raise_signal(signal.SIGTERM)
        time.sleep(within)
        os._exit(1)

    threading.Thread(target=end, name="end", daemon=True).start()
