"""What is shipped: the locked requirements, the wheel, the image, the compose file. No engine runs; files are read."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from caunoi.bootstrap import schema_of
from caunoi.broker.running import Broker
from caunoi.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
COMPOSE_FILE = ROOT / "docker-compose.yml"
SERVERS = {"postgres", "kafka"}  # images that are not ours
ONE_SHOT = {"prepare", "registrar", "found", "topics"}
OVER_KAFKA = {"node-police", "node-labour"}
WITH_KAFKA = {"kafka", "topics", "hub-kafka"}  # those of the profile
NODES = {"node-police", "node-border", "node-labour", "node-women"}
PINNED = re.compile(r"[a-z]+(/[a-z]+)?:[0-9]+\.[0-9]+[a-z0-9.-]*")

Service = dict[str, Any]


def _compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text("utf-8"))
    return loaded


def _services() -> dict[str, Service]:
    services: dict[str, Service] = _compose()["services"]
    return services


# -- compose


def test_compose_follows_its_specification() -> None:
    """The compose file is valid, and a mistyped key would be found."""
    program = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    told = subprocess.run([*program, str(COMPOSE_FILE)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout
    mistyped = COMPOSE_FILE.read_text("utf-8").replace("healthcheck:", "healthchek:")
    told = subprocess.run([*program, "-"], input=mistyped, capture_output=True, text=True, check=False)
    assert told.returncode == 1


def test_services() -> None:
    """PostgreSQL, what is done once, the hub, four nodes, each with the command that runs it; Kafka if asked for."""
    services = _services()
    assert services.keys() == {"hub", "hub-kafka"} | SERVERS | ONE_SHOT | NODES
    assert services["hub"]["command"] == ["hub"]
    assert services["hub-kafka"]["command"] == ["kafka"]
    assert services["topics"]["command"] == ["topics", "apply"]
    assert [services[node]["command"][0] for node in sorted(NODES)] == ["node"] * 4
    assert len({services[node]["command"][1] for node in NODES}) == 4
    assert {name for name, one in services.items() if one["restart"] == "no"} == ONE_SHOT
    assert services["found"]["depends_on"].keys() == {"hub"} | NODES


def test_kafka_is_there_if_asked_for() -> None:
    """Without the profile nothing of it starts or is waited for, and all goes over HTTP; with it two nodes go over it.

    Each has a variable of its own: COMPOSE_PROFILES may list other profiles beside it, and is the name of no door.
    """
    services = _services()
    assert {name for name, one in services.items() if one.get("profiles") == ["kafka"]} == WITH_KAFKA
    assert {name for name, one in services.items() if "profiles" in one} == WITH_KAFKA
    for name in services.keys() - WITH_KAFKA:
        assert not services[name].get("depends_on", {}).keys() & WITH_KAFKA
    said = {name: one.get("environment", {}) for name, one in services.items()}
    over = {name: one["CAUNOI_NODE_OVER"] for name, one in said.items() if "CAUNOI_NODE_OVER" in one}
    assert over == dict.fromkeys(OVER_KAFKA, "${CAUNOI_NODE_OVER:-http}")
    agencies = {services[name]["command"][1] for name in OVER_KAFKA}
    nodes = {one["CAUNOI_KAFKA_NODES"] for one in said.values() if "CAUNOI_KAFKA_NODES" in one}
    assert [json.loads(one) for one in nodes] == [{agency: [agency] for agency in agencies}]


def test_the_broker_is_out_of_reach() -> None:
    """It knows no passwords, so only those who use it share a network with it, and that leads nowhere else."""
    services = _services()
    on_it = {name for name, one in services.items() if "kafka" in one.get("networks", ())}
    assert on_it == WITH_KAFKA | OVER_KAFKA
    assert _compose()["networks"] == {"kafka": {"internal": True}}
    assert services["kafka"]["networks"] == ["kafka"]
    assert "ports" not in services["kafka"]
    assert services["kafka"]["cap_drop"] == ["ALL"]


def test_the_broker_is_the_one_that_is_tested() -> None:
    """The image is of the version of our jars, and set as our own broker where both say something."""
    pom = (ROOT / "caunoi" / "broker" / "pom.xml").read_text("utf-8")
    version = re.search(r"<artifactId>kafka_2.13</artifactId>\s*<version>([0-9.]+)</version>", pom)
    assert version
    kafka = _services()["kafka"]
    assert kafka["image"] == f"apache/kafka:{version[1]}"
    told = {
        name.removeprefix("KAFKA_").replace("_", ".").lower(): str(setting)
        for name, setting in kafka["environment"].items()
        if name.startswith("KAFKA_")
    }
    ours = Broker(Path("/nowhere"))._properties()
    places = {"controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs"}
    shared = (told.keys() & ours.keys()) - places
    assert len(shared) > 8
    assert not [name for name in shared if set(told[name].split(",")) != set(ours[name].split(","))]
    assert len(base64.urlsafe_b64decode(kafka["environment"]["CLUSTER_ID"] + "==")) == 16


def test_each_service_has_a_database_role_of_its_own() -> None:
    """A node logs in as the owner of its own schema; `prepare` makes these roles and knows every pass file."""
    services = _services()
    users = {
        name: re.match(r"postgresql://(\w+)@", one["environment"]["CAUNOI_DATABASE_URL"])
        for name, one in services.items()
        if "CAUNOI_DATABASE_URL" in one["environment"]
    }
    logins = {name: found[1] for name, found in users.items() if found}
    assert logins.keys() == {"prepare", "hub", "hub-kafka"} | NODES
    assert len(set(logins.values())) == len(logins)
    for node in NODES:
        assert logins[node] == schema_of(services[node]["command"][1])
    command = services["prepare"]["command"]
    assert {f"--agency={services[node]['command'][1]}" for node in NODES} <= set(command)
    passes = {secret for name in ("hub", *NODES) for secret in services[name]["secrets"] if secret.startswith("pgpass")}
    assert {f"--passwords=/run/secrets/{secret}" for secret in passes} <= set(command)
    assert set(services["prepare"]["secrets"]) == passes | {"pgpass_owner"}


def test_public_keys_are_written_by_their_owner_alone() -> None:
    """Each party writes one volume of public keys; whoever else has it, has it read-only, under its owner's name."""
    owners: dict[str, set[str]] = {}
    for name, service in _services().items():
        for volume in service.get("volumes", ()):
            source, target, *mode = volume.split(":")
            if target == "/public/own":
                owners.setdefault(source, set()).add({"registrar": "registrar", "found": "registrar"}.get(name, name))
            elif source.startswith("public-"):
                assert mode == ["ro"]
    assert len(owners) == len(NODES) + 2
    assert all(len(writers) == 1 for writers in owners.values())
    for service in _services().values():
        for volume in service.get("volumes", ()):
            source, target = volume.split(":")[:2]
            if source.startswith("public-") and target != "/public/own":
                (writer,) = owners[source]
                known = _services()[writer]["command"][1] if writer in NODES else writer
                assert target == f"/public/{known}"


@pytest.mark.parametrize("name", _services())
def test_images_are_pinned(name: str) -> None:
    """Every image has a tag with a version, and beside it the place for its digest."""
    image = _services()[name]["image"]
    assert PINNED.fullmatch(image)
    assert f"image: {image} # digest: {image}@sha256:" in COMPOSE_FILE.read_text("utf-8")


@pytest.mark.parametrize("name", sorted(_services().keys() - ONE_SHOT))
def test_services_say_whether_they_are_well(name: str) -> None:
    """What keeps running has a health check, with time to start; who waits, waits for health or success."""
    service = _services()[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()
    for other, wait in service.get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
        assert wait == {"condition": expected}


def test_postgres_is_well_when_it_lets_somebody_in() -> None:
    """It is asked by TCP: on the socket its image answers too early, while a first start still makes the database."""
    assert "--host=127.0.0.1" in _services()["postgres"]["healthcheck"]["test"]


def test_one_service_builds_for_all() -> None:
    """One image is built once: built by each service at the same time, they would all put it under one name.

    The others name the same image, so that an engine builds it before it starts any of them.
    """
    services = _services()
    ours = {name: one for name, one in services.items() if name not in SERVERS}
    assert {name for name, one in services.items() if "build" in one} == {"prepare"}
    assert {one["image"] for one in ours.values()} == {services["prepare"]["image"]}


def test_a_home_is_one_partys_own() -> None:
    """Whoever has a home knows that the others' are elsewhere (CAUNOI_PUBLIC): `doctor` looks for nothing of theirs."""
    services = _services()
    homes = {name for name, one in services.items() if any(":/var/lib/caunoi" in at for at in one.get("volumes", ()))}
    assert homes == {"hub", "hub-kafka", "registrar", "found"} | NODES
    assert {services[name]["environment"].get("CAUNOI_PUBLIC") for name in homes} == {"/public"}


def test_what_an_operator_types_fits_the_file() -> None:
    """docs/deployment.md gives every secret its owner, and takes away what only the profile starts."""
    told = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    (uid,) = re.findall(r"--uid (\d+)", " ".join(argument for _, argument in _instructions()))
    assert f"sudo chown {uid} secrets/* && sudo chown 999 secrets/postgres_password" in told
    (removed,) = re.findall(r"docker compose rm --stop --force ([a-z -]+)`", told)
    assert set(removed.split()) == WITH_KAFKA


def test_ports_are_on_the_loopback() -> None:
    """Nothing listens to the world, and no two services share a port."""
    ports = [port for service in _services().values() for port in service.get("ports", ())]
    assert len(ports) == 6
    assert [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:[0-9]+:[0-9]+", str(port))] == []
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize("name", _services())
def test_no_secret_in_an_environment(name: str) -> None:
    """`docker inspect` shows the environment: it names the files of secrets, and each of these is given to it."""
    service = _services()[name]
    given = service.get("secrets", [])
    for variable, value in service.get("environment", {}).items():
        if re.search(r"PASS|SECRET|TOKEN|KEK|KEY", variable):
            assert re.search(r"(_FILE$|^CAUNOI_KEK$)", variable)
        assert not re.search(r"://[^/@\s]*:[^/@\s]*@|password=", str(value))
        for used in re.findall(r"/run/secrets/([a-z_]+)", str(value)):
            assert used in given
    assert set(given) <= _compose()["secrets"].keys()
    assert all(set(secret) == {"file"} for secret in _compose()["secrets"].values())
    assert "env_file" not in service


@pytest.mark.parametrize("name", sorted(_services().keys() - SERVERS))
def test_settings_are_known(name: str) -> None:
    """A service sets only what the program knows, and what it sets can be used."""
    variables = {key: value for key, value in _services()[name]["environment"].items() if key.startswith(PREFIX)}
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    assert variables.keys() <= known
    for over in ("http", "kafka"):
        said = {key: value.replace("${CAUNOI_NODE_OVER:-http}", over) for key, value in variables.items()}
        Settings.model_validate(
            {
                key.removeprefix(PREFIX).lower(): json.loads(value) if value.startswith("{") else value
                for key, value in said.items()
            }
        )


@pytest.mark.parametrize("node", sorted(NODES))
def test_a_node_is_alone_with_its_keys(node: str) -> None:
    """No other service has a node's volume or its pass phrase; the hub has no node's."""
    services = _services()
    own = {volume.split(":")[0] for volume in services[node]["volumes"]}
    own = {volume for volume in own if not volume.startswith("public-")}
    own |= {secret for secret in services[node]["secrets"] if secret.startswith("kek_")}
    assert len(own) == 2
    for other, service in services.items():
        if other != node:
            volumes = {volume.split(":")[0] for volume in service.get("volumes", ())}
            assert not own & volumes
            assert not own & set(service.get("secrets", ()))


@pytest.mark.parametrize("name", _services())
def test_volumes_are_named(name: str) -> None:
    """What is kept lies in a named volume: no directory of the host, nothing without a name."""
    for volume in _services()[name].get("volumes", ()):
        assert volume.split(":")[0] in _compose()["volumes"]


@pytest.mark.parametrize("name", sorted(_services().keys() - SERVERS))
def test_our_containers_may_little(name: str) -> None:
    """Ours run with a read-only file system, no capability, no way to gain one."""
    service = _services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


# -- the image


def _instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def test_image() -> None:
    """The image is built from a pinned Python and the hashed requirements, and runs as nobody in particular."""
    instructions = _instructions()
    bases = [argument.split()[0] for word, argument in instructions if word == "FROM"]
    assert all(PINNED.fullmatch(base) for base in bases)
    assert f"{bases[-1]}@sha256:" in (ROOT / "Dockerfile").read_text("utf-8")
    users = [argument for word, argument in instructions if word == "USER"]
    assert users == ["caunoi"]
    # A named volume takes the owner of the directory it is mounted on, so both must be there and ours.
    (made,) = (argument for word, argument in instructions if "install --directory" in argument)
    assert "--owner caunoi" in made
    assert {"/var/lib/caunoi", "/public/own"} <= set(made.split())
    installs = [argument for word, argument in instructions if "pip install" in argument]
    assert installs
    assert all("--require-hashes" in argument or "--no-index" in argument for argument in installs)
    assert not [argument for word, argument in instructions if word == "ADD" or "curl " in argument]
    settings = " ".join(argument for word, argument in instructions if word in {"ENV", "ARG"})
    assert not re.search(r"PASS|SECRET|TOKEN|KEK", settings)


def test_image_holds_our_packages_and_no_state() -> None:
    """What goes into the image is listed, not what stays out: a forgotten line cannot ship a key."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    files = {"requirements/run.txt", "pyproject.toml", "README.md", "LICENSE"}
    assert let_in == files | {*packages["wheel"]["packages"], *packages["wheel"]["force-include"]}


# -- requirements and wheel


@pytest.mark.parametrize("name", ["run", "dev"])
def test_requirements_are_locked(name: str) -> None:
    """Every requirement is one version with its hashes, and no line says where from."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    logical = [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line and not line.lstrip().startswith("#")]
    assert len(logical) > 40
    assert [
        line for line in logical if not re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []
    assert not re.search(r"://|--(extra-)?index|--find-links| @ ", text)


def _names(lines: list[Any]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", line)[0] for line in lines if isinstance(line, str)}


def test_requirements_are_those_of_the_project() -> None:
    """What the project asks for is in the lock files, and both hold the same versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locked = {
        name: dict(
            re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE)
        )
        for name in ("run", "dev")
    }
    groups = project["dependency-groups"]
    assert _names(project["project"]["dependencies"]) | _names(groups["build"]) <= locked["run"].keys()
    assert _names(groups["dev"]) <= locked["dev"].keys()
    assert {name: version for name, version in locked["run"].items() if locked["dev"].get(name) != version} == {}


def test_wheel_holds_all_that_is_read(tmp_path: Path) -> None:
    """A wheel of ours has every data file of the packages, and nothing else at the top."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    told = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        file.relative_to(ROOT).as_posix()
        for package in {name.split("/")[0] for name in packed if "dist-info" not in name}
        for file in (ROOT / package).rglob("*")
        if file.is_file() and file.suffix != ".pyc" and not any(part.startswith(".") for part in file.parts)
    }
    assert {"domain/rules/2026-11.toml", "hub/log/schema.sql", "node/schema.sql"} <= wanted
    assert wanted - packed == set()
    assert any(name.endswith("entry_points.txt") for name in packed)
