"""What is in packaging/: settings, commands, paths and files that it names are real, and each part is whole."""

import configparser
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from graphql_api.cli.commands import rollcall
from models.settings import SETTINGS
from tests.packaging.chart import ChartError, render

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
FILES = sorted(path for path in PACKAGING.rglob("*") if path.is_file())
CONTAINERFILE = (PACKAGING / "Containerfile").read_text()
DECLARED = {setting.name for setting in SETTINGS}
COMMANDS = set(get_command(rollcall).commands)  # type: ignore[attr-defined]
UNITS = {path.stem.removeprefix("rollcall-"): path for path in (PACKAGING / "systemd").glob("*.service")}
HARDENED = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "DynamicUser": "yes", "StateDirectory": "rollcall", "CapabilityBoundingSet": "",
    "EnvironmentFile": "/etc/rollcall/environment", "User": "rollcall", "KillSignal": "SIGTERM",
    "Restart": "on-failure", "WorkingDirectory": "/var/lib/rollcall", "Environment": "ROLLCALL_DATA=/var/lib/rollcall",
}  # fmt: skip
FURTHER_KEYS = {
    "Type", "ExecStart", "StateDirectoryMode", "RestartSec", "TimeoutStopSec", "UMask", "ProtectProc", "ProtectClock",
    "ProtectHostname", "ProtectControlGroups", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables",
    "PrivateUsers", "RemoveIPC", "LockPersonality", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID",
    "RestrictAddressFamilies", "SystemCallArchitectures", "SystemCallFilter",
}  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(PACKAGING)))
def test_every_setting_that_is_named_is_declared(file: Path) -> None:
    named = set(re.findall(r"\b(?:ROLLCALL_[A-Z0-9_]+|DATABASE_URL|REDIS_URL)\b", file.read_text()))
    assert named <= DECLARED


def instructions() -> list[tuple[str, str]]:
    """Those of the Containerfile, with their continued lines."""
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", CONTAINERFILE, flags=re.MULTILINE))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines.splitlines() if line)]


def of(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


def test_the_image_is_lean_and_nobodys_root() -> None:
    assert of("FROM") == ["node:22-slim AS pages", "python:3.12-slim AS wheel", "python:3.12-slim"]
    assert of("USER") == ["10001:10001"]
    assert of("VOLUME") == ["/var/lib/rollcall"]
    assert of("STOPSIGNAL") == ["SIGTERM"]
    assert (of("ENTRYPOINT"), of("CMD")) == (['["rollcall"]'], ['["serve"]'])
    [check] = of("HEALTHCHECK")
    assert check.endswith('CMD ["rollcall", "ready"]')
    assert {"serve", "ready"} <= COMMANDS
    assert not any("embedded" in rest for word, rest in instructions())
    variables = set(re.findall(r"(\w+)=", " ".join(of("ENV"))))
    assert variables == {"PATH", "ROLLCALL_DATA", "ROLLCALL_HOST"}


def test_what_the_image_copies_is_in_git_and_not_ignored() -> None:
    copied = [path for rest in of("COPY") if not rest.startswith("--from") for path in rest.split()[:-1]]
    tracked = subprocess.run(["git", "ls-files", "--", *copied], cwd=ROOT, capture_output=True, text=True, check=True)
    found = tracked.stdout.splitlines()
    assert [path for path in copied if not any(name == path or name.startswith(f"{path}/") for name in found)] == []
    ignoring = (PACKAGING / "Containerfile.dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in ignoring if line.startswith("!")}
    assert {path.split("/")[0] for path in copied} == let_in
    layers = {"graphql_api", "resolvers", "models", "jobs", "exporters"}
    assert layers <= set(copied)


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((PACKAGING / "compose.yaml").read_text())


def test_compose_has_every_part_and_starts_them_in_order(compose: Any) -> None:
    services = compose["services"]
    assert {name: service.get("command") for name, service in services.items() if "build" in service} == {
        "migrate": ["migrate"], "api": ["serve"], "worker": ["worker"],
    }  # fmt: skip
    assert {services[name]["image"] for name in ("postgres", "valkey")} == {"postgres:18", "valkey/valkey:9.1"}
    after = {"postgres": {"condition": "service_healthy"}, "valkey": {"condition": "service_healthy"}}
    migrated = {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["depends_on"] == after
    assert services["api"]["depends_on"] == services["worker"]["depends_on"] == after | migrated
    assert services["api"]["healthcheck"]["test"] == ["CMD", "rollcall", "ready"]
    assert [name for name, service in services.items() if not service["healthcheck"]] == []
    for name in ("migrate", "api", "worker"):
        assert (services[name]["read_only"], services[name]["cap_drop"]) == (True, ["ALL"])
    used = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])


def test_compose_holds_no_secret(compose: Any) -> None:
    settings = compose["services"]["api"]["environment"]
    assert settings["ROLLCALL_SECRET"].startswith("${ROLLCALL_SECRET:?")
    assert "rollcall:${POSTGRES_PASSWORD:?" in settings["DATABASE_URL"]
    assert compose["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert compose["services"]["worker"]["environment"] == settings


@pytest.mark.parametrize(("name", "command", "seconds"), [("api", "serve", "15"), ("worker", "worker", "40")])
def test_units_are_hardened_and_run_our_commands(name: str, command: str, seconds: str) -> None:
    assert set(UNITS) == {"api", "worker"}
    unit = configparser.RawConfigParser(strict=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNITS[name])
    service = dict(unit["Service"])
    assert {key: service.get(key) for key in HARDENED} == HARDENED
    assert set(service) == set(HARDENED) | FURTHER_KEYS
    assert service["ExecStart"] == f"/opt/rollcall/bin/rollcall {command}"
    assert command in COMMANDS
    assert service["TimeoutStopSec"] == seconds
    assert dict(unit["Install"]) == {"WantedBy": "multi-user.target"}


def rendered(**changed: Any) -> dict[tuple[str, str], Any]:
    """What the chart makes of its own values and those changed, by kind and name."""
    values = yaml.safe_load((PACKAGING / "chart" / "values.yaml").read_text()) | {"filesClaim": "files"} | changed
    scope = {"Values": values, "Release": {"Name": "school"}}
    documents = [
        document
        for path in sorted((PACKAGING / "chart" / "templates").iterdir())
        for document in yaml.safe_load_all(render(path.read_text(), scope))
        if document
    ]
    return {(each["kind"], each["metadata"]["name"]): each for each in documents}


def test_the_chart_has_every_part() -> None:
    assert set(rendered()) == {
        ("Deployment", "school-api"), ("Deployment", "school-worker"), ("Service", "school-api"),
        ("Ingress", "school-api"), ("Job", "school-migrate"), ("ConfigMap", "school-settings"),
        ("PodDisruptionBudget", "school-api"), ("PodDisruptionBudget", "school-worker"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "command"),
    [("Deployment", "api", "serve"), ("Deployment", "worker", "worker"), ("Job", "migrate", "migrate")],
)
def test_pods_are_shut_in_and_get_secrets_by_reference(kind: str, name: str, command: str) -> None:
    pod = rendered()[kind, f"school-{name}"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert (container["args"], command in COMMANDS) == ([command], True)
    assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, 10001)
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert container["envFrom"][0] == {"secretRef": {"name": "rollcall"}}
    assert set(container["resources"]) == {"requests", "limits"}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {"data": "/var/lib/rollcall", "tmp": "/tmp"}
    assert {volume["name"] for volume in pod["volumes"]} == set(mounts)


def test_the_chart_s_parts_belong_together() -> None:
    parts = rendered()
    for name in ("api", "worker"):
        deployment, budget = parts["Deployment", f"school-{name}"], parts["PodDisruptionBudget", f"school-{name}"]
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"] == labels == budget["spec"]["selector"]["matchLabels"]
        files = deployment["spec"]["template"]["spec"]["volumes"][1]
        assert files == {"name": "data", "persistentVolumeClaim": {"claimName": "files"}}
    api = parts["Deployment", "school-api"]["spec"]["template"]
    assert parts["Service", "school-api"]["spec"]["selector"] == api["metadata"]["labels"]
    [container] = api["spec"]["containers"]
    probes = {probe: container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "liveness", "readiness")}
    assert probes == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    hook = parts["Job", "school-migrate"]["metadata"]["annotations"]["helm.sh/hook"]
    assert hook == "pre-install,pre-upgrade"
    assert set(parts["ConfigMap", "school-settings"]["data"]) <= DECLARED


def test_the_ingress_may_be_below_a_path_or_not_there() -> None:
    given = {"enabled": True, "className": "nginx", "host": "school.example", "path": "/rollcall", "tlsSecret": ""}
    ingress = rendered(ingress=given | {"annotations": {"a/b": "c"}})["Ingress", "school-api"]
    [rule] = ingress["spec"]["rules"]
    [path] = rule["http"]["paths"]
    assert (rule["host"], path["path"], path["pathType"]) == ("school.example", "/rollcall", "Prefix")
    assert path["backend"]["service"] == {"name": "school-api", "port": {"name": "http"}}
    assert (ingress["spec"]["ingressClassName"], "tls" in ingress["spec"]) == ("nginx", False)
    assert ingress["metadata"]["annotations"] == {"a/b": "c"}
    assert ("Ingress", "school-api") not in rendered(ingress=given | {"enabled": False})


def test_the_chart_refuses_files_that_no_other_pod_finds() -> None:
    with pytest.raises(ChartError, match=r"set filesClaim, or settings\.ROLLCALL_FILES"):
        rendered(filesClaim="")
    inside = rendered(filesClaim="", settings={"ROLLCALL_FILES": "s3://files"})
    assert inside["ConfigMap", "school-settings"]["data"]["ROLLCALL_FILES"] == "s3://files"
    volume = inside["Deployment", "school-worker"]["spec"]["template"]["spec"]["volumes"][1]
    assert volume == {"name": "data", "emptyDir": {}}
