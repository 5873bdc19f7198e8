"""Container images in ECR: whether one is there, and how it comes there."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mermaid_flow import Context, MflowError, RunFailed

from . import _aws

if TYPE_CHECKING:
    from mermaid_flow.handlers.context import RunInfo

PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}

_STAND_IN = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 2,
        "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    },
    "layers": [],
}
"""The manifest of an image without anything in it."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its repository and tag."""

    repository: str
    url: str
    tag: str

    @property
    def uri(self) -> str:
        """What Docker and Lambda know it by."""
        return f"{self.url}:{self.tag}"


def exists(run: RunInfo, image: Image) -> bool:
    """Whether the repository has the image. Raises MflowError when AWS does not answer."""
    with _aws.client(run, "ecr") as ecr:
        pages = ecr.get_paginator("list_images").paginate(repositoryName=image.repository)
        return any(found.get("imageTag") == image.tag for page in pages for found in page["imageIds"])


def provide(context: Context, image: Image) -> None:
    """Put the image into its repository. Raises MflowError when that cannot be done from here."""
    if context.run.target == "local":
        context.log.info("the local target runs no images: a stand-in for %s", image.uri)
        with _aws.client(context.run, "ecr") as ecr:
            ecr.put_image(repositoryName=image.repository, imageTag=image.tag, imageManifest=json.dumps(_STAND_IN))
        return
    source, docker = context.vars.get("image_source", str), shutil.which("docker")
    if source is None or docker is None:
        raise MflowError(
            f"the image {image.uri} is not there" + (", and there is no docker to build it" if source else ""),
            code="lambda.image",
            where=context.vars.where("image_tag"),
            hint=f"docker build --tag {image.uri} {source or 'FOLDER'} && docker push {image.uri}, then `mflow resume`",
        )
    folder = (context.run.project / source).resolve()
    if not folder.is_relative_to(context.run.project.resolve()) or not folder.is_dir():
        raise MflowError(
            f"image_source {source!r} is no folder of the project",
            code="lambda.image",
            where=context.vars.where("image_source"),
        )
    _build_and_push(context, docker, image, folder)


def _build_and_push(context: Context, docker: str, image: Image, folder: Path) -> None:
    architectures = context.vars.get("architectures", list[str], [])
    platform = PLATFORMS.get(architectures[0] if architectures else "x86_64", "linux/amd64")
    user, password = _login(context.run)
    registry = image.url.partition("/")[0]
    # Attestations would make an index of the image, which Lambda does not take.
    build = [docker, "build", "--provenance=false", "--platform", platform, "--tag", image.uri, str(folder)]
    _command(context, build)
    _command(context, [docker, "login", "--username", user, "--password-stdin", registry], password)
    _command(context, [docker, "push", image.uri])


def _login(run: RunInfo) -> tuple[str, str]:
    """User and password for the registry of the account."""
    with _aws.client(run, "ecr") as ecr:
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    return user, password


def _command(context: Context, command: list[str], words: str = "") -> None:
    """One command of Docker, ended early when the run is cancelled. What it prints stays with the visit."""
    log = context.folder / "docker.log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
        if process.stdin is not None:
            process.stdin.write(words.encode())
            process.stdin.close()
        while process.poll() is None:
            if context.cancellation.wait(0.2):
                process.terminate()
                process.wait()
    context.cancellation.raise_if_requested()
    if process.returncode:
        raise RunFailed(
            f"docker {command[1]} ended with {process.returncode}",
            code="lambda.docker",
            hint=log.read_text(encoding="utf-8", errors="replace").strip()[-500:],
        )
