"""A child process for test_processes: answers /readyz, and does what its first argument says.

Not a test. `ready`: answers; `deaf`: answers and ignores SIGTERM; `dies`: ends before it is ready; `mute`: never ready.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from caunoi.ending import watch_parent
from caunoi.listening import write_port


class Ready(BaseHTTPRequestHandler):
    """Answers /readyz."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()


def main() -> None:
    """Run."""
    kind, port_file = sys.argv[1], Path(sys.argv[2])
    sys.stdout.write(f"{kind} {sorted(os.environ)}\n")
    sys.stdout.flush()
    if kind == "dies":
        sys.exit(7)
    watch_parent(stop_within=0.5)
    if kind == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if kind == "mute":
        time.sleep(60)
    server = HTTPServer(("127.0.0.1", 0), Ready)
    write_port(port_file, server.server_port)
    server.serve_forever()


if __name__ == "__main__":
    main()
