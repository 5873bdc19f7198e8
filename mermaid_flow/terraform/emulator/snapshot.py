"""The emulated cloud on disk, so that it outlives its process.

A snapshot is a pickle of all of moto's backends. Loading a pickle runs what it says, so the file lives in the user's
own cache, readable by nobody else, and is refused when somebody else could have written it.
"""

from __future__ import annotations

import io
import logging
import os
import pickle
import stat
import tempfile
import threading
import zlib
from pathlib import Path
from typing import Any

import cloudpickle
import moto
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.backends import get_backend
from moto.core.base_backend import BackendDict

FORMAT = f"mflow 1, moto {moto.__version__}"
"""Another version of moto cannot read what this one wrote: its classes differ."""

log = logging.getLogger("mflow.emulator")


def save(path: Path, instance: str) -> None:
    """Write all backends to `path`, replacing it in one step. Never raises: a failure is logged."""
    try:
        buffer = io.BytesIO()
        backends = {backend.service_name: dict(backend) for backend in BackendDict._instances}
        _Pickler(buffer, protocol=5).dump({"format": FORMAT, "instance": instance, "backends": backends})
        _replace(path, zlib.compress(buffer.getvalue(), 1))
    except Exception:  # whatever a backend holds that cannot be pickled, the emulator itself goes on
        log.exception("no snapshot was written to %s", path)


def _replace(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # created with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: Path) -> str | None:
    """Fill moto's backends from `path`. Returns the instance id, or None when there is no snapshot that can be used.

    A file that cannot be used is moved aside to `<name>.unusable` and logged.
    """
    try:
        with path.open("rb") as file:
            _check_owner(os.fstat(file.fileno()))
            content = _Unpickler(io.BytesIO(zlib.decompress(file.read()))).load()
        if content["format"] != FORMAT:
            raise ValueError(f"it was written by {content['format']}, this is {FORMAT}")
        for service, accounts in content["backends"].items():
            backend = _backend(service)
            backend.update(accounts)
            BackendDict._instances.append(backend)
    except FileNotFoundError:
        return None
    except Exception as error:  # a torn or foreign file can fail in any way
        log.error("the snapshot %s cannot be used, the cloud starts empty: %s", path, error)
        path.replace(path.with_name(path.name + ".unusable"))
        return None
    return str(content["instance"])


def _check_owner(status: os.stat_result) -> None:
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError("somebody else could have written it")


def _backend(service: str) -> BackendDict[Any]:
    return get_backend(service)  # type: ignore[call-overload, no-any-return]  # moto lists its services as literals


class _Pickler(cloudpickle.Pickler):
    """Locks are made anew, private keys go as PEM, and moto's table of backends is named instead of copied."""

    def persistent_id(self, value: object) -> str | None:
        return value.service_name if isinstance(value, BackendDict) else None

    def reducer_override(self, value: Any) -> Any:
        for kind, make in _LOCKS:
            if isinstance(value, kind):
                return make, ()
        if isinstance(value, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            pem = value.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            return _private_key, (pem,)
        return super().reducer_override(value)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, name: str) -> BackendDict[Any]:
        return _backend(name)


_LOCKS = ((type(threading.Lock()), threading.Lock), (type(threading.RLock()), threading.RLock))


def _private_key(pem: bytes) -> object:
    return serialization.load_pem_private_key(pem, password=None)
