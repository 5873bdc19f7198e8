"""The emulated cloud on disk, so that it outlives its process.

A snapshot is a pickle of all of moto's backends. Loading a pickle runs what it says, so the file lives in the user's
own cache, readable by nobody else, and is refused when somebody else could have written it.
"""

from __future__ import annotations

import copyreg
import io
import logging
import os
import pickle
import stat
import tempfile
import threading
import weakref
import zlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import cloudpickle
import moto
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from moto.backends import get_backend
from moto.core.base_backend import BackendDict

FORMAT = f"mflow 1, moto {moto.__version__}"
"""Another version of moto cannot read what this one wrote: its classes differ."""

Reduced: TypeAlias = tuple[Any, ...]
"""What pickle wants of an object: see `object.__reduce__`."""

log = logging.getLogger("mflow.emulator")


def save(path: Path, instance: str) -> None:
    """Write all backends to `path`, replacing it in one step. Never raises: a failure is logged."""
    try:
        buffer = io.BytesIO()
        backends = {backend.service_name: dict(backend) for backend in tables()}
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
            tables().append(backend)
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


def tables() -> list[BackendDict[Any]]:
    """moto's tables of backends that are in use: one a service, by account and region."""
    return BackendDict._instances  # type: ignore[misc]  # one list for all of them, whatever their type


def _backend(service: str) -> BackendDict[Any]:
    return get_backend(service)  # type: ignore[call-overload, no-any-return]  # moto lists its services as literals


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """Locks are made anew, keys and certificates go as PEM, and moto's tables of backends are named, not copied."""

    def persistent_id(self, value: object) -> str | None:
        return value.service_name if isinstance(value, BackendDict) else None

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, defaultdict) and type(value) is not defaultdict:
            return _pickled_default_dictionary(value)
        for kind, reduce in _REDUCERS:
            if isinstance(value, kind):
                return reduce(value)
        return super().reducer_override(value)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, name: str) -> BackendDict[Any]:
        return _backend(name)


def _pickled_default_dictionary(value: defaultdict[Any, Any]) -> Reduced:
    """Subclasses have initialisers of their own, which defaultdict's way of pickling knows nothing of."""
    state = (vars(value), {"default_factory": value.default_factory})
    return copyreg.__newobj__, (type(value),), state, None, iter(value.items())  # type: ignore[attr-defined]


def _pickled_private_key(key: Any) -> Reduced:
    return _private_key, (key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),)


def _private_key(pem: bytes) -> object:
    return load_pem_private_key(pem, password=None)


def _pickled_public_key(key: Any) -> Reduced:
    return _public_key, (key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),)


def _public_key(pem: bytes) -> object:
    return load_pem_public_key(pem)


def _pickled_certificate(certificate: x509.Certificate) -> Reduced:
    return _certificate, (certificate.public_bytes(Encoding.PEM),)


def _certificate(pem: bytes) -> object:
    return x509.load_pem_x509_certificate(pem)


_REDUCERS: tuple[tuple[Any, Callable[[Any], Reduced]], ...] = (
    (type(threading.Lock()), lambda _: (threading.Lock, ())),
    (type(threading.RLock()), lambda _: (threading.RLock, ())),
    # The items come after the dictionary itself: they may refer back to it.
    (weakref.WeakValueDictionary, lambda table: (type(table), (), None, None, iter(list(table.items())))),
    (rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, _pickled_private_key),
    (rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey, _pickled_public_key),
    (x509.Certificate, _pickled_certificate),
)
"""What cannot be pickled by itself: the type (or types), and what makes the same thing again."""
