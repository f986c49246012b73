"""deploy/kubernetes/: what the schemas can't say. .ci/run checks the schemas."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import BASE_DIR

FOLDER = BASE_DIR / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
MANIFESTS = [each for name in KUSTOMIZATION["resources"] for each in yaml.safe_load_all((FOLDER / name).read_text())]
TEMPLATES = {
    m["metadata"]["name"]: spec["template"]
    for m in MANIFESTS
    if "template" in (spec := m.get("spec", {}).get("jobTemplate", m).get("spec", {}))
}
CONFIG = next(m["data"] for m in MANIFESTS if m["kind"] == "ConfigMap")


def containers(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    spec = template["spec"]
    yield from [*spec.get("initContainers", ()), *spec["containers"]]


def test_the_manifests_have_the_form_of_their_kinds() -> None:
    checker = Path(sys.executable).with_name("kubernetes-validate")
    files = [str(FOLDER / name) for name in KUSTOMIZATION["resources"]]
    done = subprocess.run([checker, "--strict", "--quiet", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_forgotten() -> None:
    assert {file.name for file in FOLDER.glob("*.yaml")} == {*KUSTOMIZATION["resources"], "kustomization.yaml"}


def test_secrets_are_named_and_not_held() -> None:
    assert not [m for m in MANIFESTS if m["kind"] == "Secret"]
    assert not [name for name in CONFIG if "SECRET" in name or "PASSWORD" in name or "KEY" in name or "_URL" in name]


@pytest.mark.parametrize("name", TEMPLATES)
def test_pods_meet_the_restricted_profile(name: str) -> None:
    spec = TEMPLATES[name]["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in containers(TEMPLATES[name]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]) == {"requests", "limits"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_only_owners_get_the_owners_secret(name: str) -> None:
    owning = "anthon-owner" in str(TEMPLATES[name]["spec"]["volumes"])
    assert owning == (name in {"migrate", "keeper", "backup"})


@pytest.mark.parametrize("name", TEMPLATES)
def test_commands_are_those_of_the_image(name: str) -> None:
    usage = subprocess.run([sys.executable, "deploy/entry.py", "--help"], cwd=BASE_DIR, check=True, capture_output=True)
    for container in containers(TEMPLATES[name]):
        assert f"\n  {container['args'][0]} ".encode() in usage.stdout


def test_probes_ask_for_a_host_that_the_server_knows() -> None:
    (server,) = containers(TEMPLATES["server"])
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        (header,) = server[probe]["httpGet"]["httpHeaders"]
        assert header["value"] in CONFIG["ANTHON_ALLOWED_HOSTS"].split(",")


def test_what_operators_look_at_has_no_way_in() -> None:
    (ingress,) = (m for m in MANIFESTS if m["kind"] == "Ingress")
    paths = {path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]}
    assert paths == {"/", "/v1", "/docs", "/problems", "/.well-known"}


def test_all_kinds_of_pods_were_looked_at() -> None:
    assert set(TEMPLATES) == {"server", "worker", "keeper", "migrate", "backup"}


def test_of_the_root_only_the_page_itself_is_let_in() -> None:
    (ingress,) = (m for m in MANIFESTS if m["kind"] == "Ingress")
    kinds = {path["path"]: path["pathType"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]}
    assert kinds.pop("/") == "Exact"
    assert set(kinds.values()) == {"Prefix"}
