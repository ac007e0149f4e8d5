"""Bringing the jars: by Maven, into one directory, each checked against the list of this repository.

``python -m caunoi.broker.jars`` puts them beside the environment it runs in, where `running` looks for them.
``python -m caunoi.broker.jars FOLDER DIRECTORY`` does the same for another folder with a pom.xml and a jars.sha256.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from caunoi.errors import BrokerError

DIRECTORY = Path(sys.prefix) / "kafka"
LISTED: Traversable = files("caunoi.broker")
"""The folder that says which: `pom.xml` and `jars.sha256`."""


def bring(directory: Path = DIRECTORY, listed: Traversable = LISTED) -> None:
    """Bring the jars that are not there yet, by Maven.

    Raises:
        BrokerError: there is no Java or no Maven, it did not bring them, or one is not the jar it should be.
    """
    if not missing(directory, listed):
        return
    if shutil.which("java") is None:
        raise BrokerError("broker_no_java")
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerError("broker_no_maven")
    # A repository of its own: nothing is written to anybody's home, and nothing of it is trusted.
    with tempfile.TemporaryDirectory(prefix="caunoi-") as beside, as_file(listed / "pom.xml") as pom:
        asked = [maven, "-q", "-B", "-C", "-f", str(pom), f"-Dmaven.repo.local={beside}/m2"]
        asked += ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={beside}/jars"]
        done = subprocess.run(asked, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            raise BrokerError("broker_not_brought", status=done.returncode)
        if wrong := missing(Path(beside) / "jars", listed):
            raise BrokerError("broker_jar_wrong", name=wrong[0])
        shutil.rmtree(directory, ignore_errors=True)
        shutil.move(f"{beside}/jars", directory)


def missing(directory: Path = DIRECTORY, listed: Traversable = LISTED) -> list[str]:
    """Names of the jars that are not there, are others than the list says, or are not on the list."""
    lines = (listed / "jars.sha256").read_text("ascii").splitlines()
    wanted = {name: digest for digest, name in (line.split("  ") for line in lines)}
    there = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in sorted(directory.glob("*.jar"))}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


if __name__ == "__main__":
    asked = [Path(argument) for argument in sys.argv[1:]]
    try:
        bring(*reversed(asked))
    except BrokerError as error:
        sys.exit(error.sentence("vi") + "\n" + str(error))
