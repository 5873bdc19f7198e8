"""The boxes of the Lambda diagram that bring the code: from an archive or from a container image."""

from __future__ import annotations

from typing import cast

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    File,
    MflowError,
    ModuleCall,
    Output,
    Skipped,
    Value,
    action,
    configure,
    decision,
)

from . import _container, _function, _packages, _reading


@decision("Function Type?", diagram="lambda", aliases={"Image": "Container"})
def function_type(context: Context) -> str:
    """ZIP or Container, as `package_type` says (Zip, the default, or Image)."""
    return _reading.choice(context.vars, "package_type", ("Zip", "Image"), "Zip")


@configure("Configure ZIP Function", diagram="lambda")
def configure_zip_function(context: Context) -> Configure:
    """A function from an archive of code: where the code begins (`handler`) and the `layers` below it."""
    layers = cast("Value", context.vars.get("layers", list[str]))
    return Configure(
        "function", {"package_type": "Zip", "handler": context.vars.require("handler", str), "layers": layers}
    )


@configure("Configure Container Function", diagram="lambda")
def configure_container_function(context: Context) -> list[Declaration]:
    """A function from an image: the one of `image_uri`, or `image_tag` in a repository that this box makes."""
    variables = context.vars
    config: dict[str, Value] = {
        "command": cast("Value", variables.get("image_command", list[str])),
        "entry_point": cast("Value", variables.get("image_entry_point", list[str])),
        "working_directory": variables.get("image_working_directory", str),
    }
    inputs: dict[str, Value] = {
        "package_type": "Image",
        "image_config": {key: value for key, value in config.items() if value} or None,
    }
    if uri := variables.get("image_uri", str):
        return [Configure("function", {**inputs, "image_uri": uri})]
    repository = ModuleCall(
        "ecr_repository",
        "image_repository",
        {"name": _function.name(context).lower().replace("_", "-"), "lambda_access": True},
    )
    url = repository.output("repository_url")
    inputs |= {"image_repository_url": url, "image_tag": variables.require("image_tag", str)}
    return [
        repository,
        Configure("function", inputs),
        Output("image_repository_url", url, "Where images are pushed to"),
    ]


@action("Build Container Image", diagram="lambda", timeout=3600)
def build_container_image(context: Context) -> dict[str, object] | Skipped:
    """See that the image is in its repository: build `image_source` with Docker and push it when it is not.

    A tag is built once: new code takes a new `image_tag`. On the local target, whose emulator runs no images, a
    stand-in takes its place.
    """
    if context.vars.get("image_uri", str):
        return Skipped("image_uri names an image that is built already")
    outputs = context.component.call_outputs("image_repository")
    image = _container.Image(
        str(outputs["repository_name"]), str(outputs["repository_url"]), context.vars.require("image_tag", str)
    )
    if not _container.exists(context.run, image):
        _container.provide(context, image)
    return {"image_uri": image.uri}


@decision("Packaging Method?", diagram="lambda")
def packaging_method(context: Context) -> str:
    """Inline, S3 or Local Zip: `packaging_method`, or by which of `inline_code`, `s3_bucket`, `source_dir` is there."""
    return _function.packaging(context.vars)


@configure("Create Inline Code", diagram="lambda")
def create_inline_code(context: Context) -> list[Declaration]:
    """The archive of the code that stands in `inline_code`."""
    variables = context.vars
    code, handler = variables.require("inline_code", str), variables.require("handler", str)
    try:
        return _with_archive(context, _packages.inline_archive(code, handler, variables.require("runtime", str)))
    except MflowError as error:
        error.where = error.where or variables.where("inline_code")
        raise


@configure("Create Local ZIP", diagram="lambda")
def create_local_zip(context: Context) -> list[Declaration]:
    """The archive of the folder `source_dir`, the same for the same files; or the one that `filename` names."""
    content = _function.local_archive(context)
    if content is None:
        raise MflowError(
            "a local package needs source_dir or filename",
            code="lambda.source",
            where=context.vars.where("packaging_method"),
        )
    return _with_archive(context, content)


@configure("Upload to S3", diagram="lambda")
def upload_to_s3(context: Context) -> list[Declaration]:
    """The code by way of a bucket: that of `s3_bucket`, or one that this box makes.

    What `source_dir` or `filename` has is uploaded, under a key with its digest; without them the archive at `s3_key`
    is there already.
    """
    variables = context.vars
    bucket: Value = variables.get("s3_bucket", str)
    content = _function.local_archive(context)
    if content is None:
        inputs = {"s3_bucket": variables.require("s3_bucket", str), "s3_key": variables.require("s3_key", str)}
        version = variables.get("s3_object_version", str)
        return [Configure("function", {**inputs, "s3_object_version": version})]
    declared: list[Declaration] = []
    name = _function.name(context)
    if bucket is None:
        made = ModuleCall("s3_bucket", "package_bucket", {"name": f"{name}-code"})
        declared.append(made)
        bucket = made.output("bucket_name")
    digest = _packages.digest(content)
    prefix = variables.get("s3_key_prefix", str, f"{name}/")
    readable = digest.translate(str.maketrans("+/", "-_")).rstrip("=")
    file = File(f"{name}.zip", content)
    upload = ModuleCall(
        "s3_object", "package", {"bucket": bucket, "key": f"{prefix}{readable}.zip", "source_path": file.path}
    )
    code: dict[str, Value] = {
        "s3_bucket": upload.output("bucket"),
        "s3_key": upload.output("key"),
        "source_code_hash": digest,
    }
    return [*declared, file, upload, Configure("function", code)]


def _with_archive(context: Context, content: bytes) -> list[Declaration]:
    file = File(f"{_function.name(context)}.zip", content)
    code: dict[str, Value] = {"filename": file.path, "source_code_hash": _packages.digest(content)}
    return [file, Configure("function", code)]


@configure("Configure Runtime", diagram="lambda")
def configure_runtime(context: Context) -> Configure:
    """What runs the code: `runtime`, on the processor that `architectures` names."""
    return Configure("function", {"runtime": context.vars.require("runtime", str), **_architecture(context)})


@configure("Skip Runtime Config", diagram="lambda")
def skip_runtime(context: Context) -> Configure | Skipped:
    """An image brings its runtime along; only the processor is left to say."""
    processor = _architecture(context)
    return Configure("function", processor) if processor["architecture"] else Skipped("the image has its own runtime")


def _architecture(context: Context) -> dict[str, Value]:
    listed = context.vars.get("architectures", list[str], [])
    if len(listed) > 1:
        raise MflowError(
            "a function has one architecture", code="lambda.architecture", where=context.vars.where("architectures")
        )
    return {"architecture": listed[0] if listed else None}
