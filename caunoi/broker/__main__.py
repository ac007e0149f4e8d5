"""A broker to play with: ``python -m caunoi.broker [DIRECTORY]``, until Ctrl-C. `make kafka` runs this."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from caunoi.broker.running import Broker
from caunoi.errors import BrokerError


def main(directory: Path) -> None:
    """Run a broker in a directory until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Broker(directory) as broker:
        sys.stdout.write(f"CAUNOI_KAFKA={broker.address}\n")
        sys.stdout.flush()
        try:
            signal.pause()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else ".caunoi/kafka").resolve())
    except BrokerError as error:
        sys.exit(str(error))
