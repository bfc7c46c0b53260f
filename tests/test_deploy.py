"""What is in deploy/ cannot be run here; as far as it can be read, it fits the engine."""

import re
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from commands import main
from settings import ROOT, Settings

DEPLOY = ROOT / "deploy"
SEVERAL_MACHINES = (ROOT / "docs" / "several-machines.md").read_text(encoding="utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_and_is_accepted(name: str) -> None:
    given = {
        key.removeprefix("RETRACE_").lower(): re.sub(r"\$\{[^}]*\}", "0123456789abcdef", value)
        for key, value in OURS[name]["environment"].items()
    }
    assert set(given) <= set(Settings.model_fields)
    settings = Settings(_env_file=None, **given)  # type: ignore[arg-type, call-arg]  # as the environment gives them
    # What a machine that serves would else keep in its own data folder.
    assert settings.database_url
    assert settings.index_url.startswith("milvus+")
    assert settings.rate_limit_url
    assert settings.secret_key.get_secret_value()


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one(name: str) -> None:
    service = OURS[name]
    command = service["command"][0] if "command" in service else service["entrypoint"][-1]
    assert command in main.commands


def test_every_server_it_asks_is_there_and_pinned() -> None:
    asked = re.findall(r"(?:@|//)(\w+)[:/]", " ".join(OURS["web"]["environment"].values()).replace("//retrace:", ""))
    assert set(asked) == set(SERVICES) - set(OURS)
    for name in asked:
        assert re.fullmatch(r"[\w/]+:v?\d+\.\d+[\w.-]*", SERVICES[name]["image"])


def test_every_volume_is_declared_and_every_service_waited_for_is_there() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert mounted == set(COMPOSE["volumes"])
    for service in SERVICES.values():
        for name, waited in service.get("depends_on", {}).items():
            assert name in SERVICES
            assert waited["condition"] != "service_healthy" or "healthcheck" in SERVICES[name]


def test_the_image_gets_all_that_python_imports_and_its_context_has_it() -> None:
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for word in line.split()
        if (ROOT / word).exists() or pytest.fail(f"{word} is not there")
    }
    kept = set(re.findall(r"^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    assert kept == copied
    # The client is for other machines than the one that serves.
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "retrace_client"}
    assert packages | {"index.py", "settings.py", "errors.py", "pyproject.toml"} <= copied


def test_the_client_of_redis_is_the_one_that_is_tested() -> None:
    [pinned] = re.findall(r"redis==\S+", DOCKERFILE)
    assert pinned in (ROOT / "requirements-test.txt").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("variable", sorted(set(re.findall(r"RETRACE_\w+", SEVERAL_MACHINES))))
def test_the_document_names_settings_that_are(variable: str) -> None:
    assert variable.removeprefix("RETRACE_").lower() in Settings.model_fields


def test_the_unit_of_systemd_starts_what_there_is() -> None:
    unit = (DEPLOY / "retrace.service").read_text(encoding="utf-8")
    lines = re.findall(r"^ExecStart(?:Pre)?=(\S+) index\.py (\w+)(.*)$", unit, re.MULTILINE)
    assert [command for _, command, _ in lines] == ["prepare", "serve"]
    for python, command, options in lines:
        assert python == "/opt/retrace/.venv/bin/python"
        assert set(re.findall(r"--[\w-]+", options)) <= {
            name for option in main.commands[command].params for name in option.opts
        }
    named = set(re.findall(r"RETRACE_(\w+)=", unit))
    assert {name.lower() for name in named} <= set(Settings.model_fields)
