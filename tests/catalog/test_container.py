"""How an image comes into its repository: by Docker, or by whoever is told how. ECR is the emulated one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from handlers import _container
from handlers._container import Image
from mermaid_flow import Cancelled, Context, MflowError, RunFailed
from mermaid_flow.handlers.context import RunInfo
from mermaid_flow.terraform.targets import LocalTarget
from mermaid_flow.testing import make_context

DOCKER = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
[ "$1" = login ] && cat >> "$(dirname "$0")/password"
[ "$1" = build ] && exec sh -c "$(cat "$(dirname "$0")/build")"
exit 0
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for Docker, which does not run here: it writes down what it is asked for. Its folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    (folder / "build").write_text("exit 0")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def image(local_target: LocalTarget) -> Image:
    ecr = client(local_target.environment())
    made = ecr.create_repository(repositoryName="orders")["repository"]
    return Image("orders", made["repositoryUri"], "1")


def client(environment: Mapping[str, str]) -> object:
    session = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    return session.client("ecr", region_name=environment["AWS_REGION"], endpoint_url=environment["AWS_ENDPOINT_URL"])


def context(target: LocalTarget, folder: Path, name: str = "aws", **variables: object) -> Context:
    """A context for a run on the emulator that takes itself for one on `name`."""
    (folder / "image").mkdir(exist_ok=True)
    run = RunInfo("run", "lambda", folder, folder, name, target.region, target.environment())
    return make_context(vars={"image_tag": "1", **variables}, run=run, folder=folder)


def test_the_local_target_gets_a_stand_in(local_target: LocalTarget, image: Image, tmp_path: Path) -> None:
    there = context(local_target, tmp_path, "local")
    assert not _container.exists(there.run, image)
    _container.provide(there, image)
    assert _container.exists(there.run, image)
    assert not _container.exists(there.run, replace(image, tag="2"))


def test_an_image_is_built_and_pushed(local_target: LocalTarget, image: Image, tmp_path: Path, docker: Path) -> None:
    _container.provide(context(local_target, tmp_path, image_source="image", architectures=["arm64"]), image)
    assert (docker / "calls").read_text().splitlines() == [
        f"build --provenance=false --platform linux/arm64 --tag {image.uri} {tmp_path.resolve() / 'image'}",
        f"login --username AWS --password-stdin {image.url.partition('/')[0]}",
        f"push {image.uri}",
    ]
    assert (docker / "password").read_text() != ""


def test_a_build_that_fails_says_why(local_target: LocalTarget, image: Image, tmp_path: Path, docker: Path) -> None:
    (docker / "build").write_text("echo no such base image; exit 3")
    with pytest.raises(RunFailed, match="docker build ended with 3") as caught:
        _container.provide(context(local_target, tmp_path, image_source="image"), image)
    assert caught.value.hint == "no such base image"
    assert (tmp_path / "docker.log").read_text() == "no such base image\n"


def test_a_cancelled_run_ends_the_build(local_target: LocalTarget, image: Image, tmp_path: Path, docker: Path) -> None:
    os.mkfifo(docker / "started")
    (docker / "build").write_text(f"echo now > {docker / 'started'}; exec tail -f /dev/null")
    there = context(local_target, tmp_path, image_source="image")
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(_container.provide, there, image)
        assert (docker / "started").read_text() == "now\n"
        there.cancellation.request()
        with pytest.raises(Cancelled):
            work.result(timeout=30)
    assert "push" not in (docker / "calls").read_text()


def test_without_a_source_the_way_to_build_it_is_told(local_target: LocalTarget, image: Image, tmp_path: Path) -> None:
    with pytest.raises(MflowError, match="is not there") as caught:
        _container.provide(context(local_target, tmp_path), image)
    assert caught.value.hint.startswith(f"docker build --tag {image.uri} FOLDER && docker push")


def test_without_docker_that_is_said(
    local_target: LocalTarget, image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(MflowError, match="there is no docker to build it"):
        _container.provide(context(local_target, tmp_path, image_source="image"), image)


@pytest.mark.parametrize("source", ["nothing", "..", "/etc"])
def test_the_source_is_a_folder_of_the_project(
    local_target: LocalTarget, image: Image, tmp_path: Path, docker: Path, source: str
) -> None:
    with pytest.raises(MflowError, match="no folder of the project"):
        _container.provide(context(local_target, tmp_path, image_source=source), image)
