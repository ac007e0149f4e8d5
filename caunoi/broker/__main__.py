"""A broker to play with: ``python -m caunoi.broker [DIRECTORY]``, until Ctrl-C. `make kafka` runs this.

With ``--supervised`` it is a child of a program of ours: it ends with its standard input, and when the broker ends.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from caunoi.broker.running import STOP_WITHIN, Broker
from caunoi.ending import watch_parent
from caunoi.errors import BrokerError
from caunoi.listening import write_port
from caunoi.processes import interrupted_once

LOOK_EVERY = 0.1  # seconds between two looks whether it still runs


def main(asked: argparse.Namespace) -> int:
    """Run a broker in a directory until Ctrl-C or SIGTERM; 1 when it ends by itself."""
    if asked.supervised:
        watch_parent(stop_within=2 * STOP_WITHIN)
    try:
        with interrupted_once(), Broker(asked.directory.resolve(), port=asked.port) as broker:
            if asked.port_file is not None:
                write_port(asked.port_file, broker.port)
            sys.stdout.write(f"CAUNOI_KAFKA={broker.address}\n")
            sys.stdout.flush()
            while broker.pid is not None:
                time.sleep(LOOK_EVERY)
            return 1
    except KeyboardInterrupt:
        sys.stdout.write("\n")
        return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m caunoi.broker")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(".caunoi/kafka"))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path)
    parser.add_argument("--supervised", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main(_arguments()))
    except BrokerError as error:
        sys.exit(error.sentence("vi") + "\n" + str(error))
