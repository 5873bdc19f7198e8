"""The output of `atmos describe component`: resolved vars, except for functions that Atmos was told to leave."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mermaid_flow.errors import Problems
from mermaid_flow.inputs.documents import YamlDocument
from mermaid_flow.inputs.late import Unread, read_output, unread_values
from mermaid_flow.inputs.paths import Keys
from mermaid_flow.inputs.variables import Layer, Variables

# Without a YAML tag to see, the names of Atmos' functions tell them from texts that begin with an exclamation mark.
_FUNCTION = re.compile(
    r"!(terraform\.output|terraform\.state|template|exec|include(?:\.raw)?|store(?:\.get)?|env|secret|literal|random"
    r"|cwd|repo-root|git-root|aws\.\w+|git\.\w+|append|unset)(?: |$)"
)


def is_described(top: Mapping[str, object]) -> bool:
    """Whether a document is the output of `atmos describe component`."""
    return "vars" in top and ("atmos_component" in top or "component" in top)


def described_layer(document: YamlDocument, values: Mapping[str, object], keys: Keys) -> Layer:
    """The vars at `keys`, with references to outputs as late-bound values.

    Raises Problems for Go templates and other functions of Atmos' that are left, with their places.
    """
    read = {name: _read(document, value, (*keys, name)) for name, value in values.items()}
    layer = Layer(str(document.path), read, document, keys)
    if problems := unread_values(Variables([layer])):
        raise Problems(problems)
    return layer


def _read(document: YamlDocument, value: object, keys: Keys) -> object:
    if isinstance(value, Mapping):
        return {name: _read(document, item, (*keys, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_read(document, item, (*keys, index)) for index, item in enumerate(value)]
    function = _FUNCTION.match(value) if isinstance(value, str) else None
    where = document.where(keys)
    if not function or not where:
        return value
    if function[1].startswith("terraform."):
        return read_output(str(value)[function.end() :], where)
    return Unread(f"the function !{function[1]} is not read here", where)
