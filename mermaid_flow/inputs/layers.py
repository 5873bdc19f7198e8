"""What the command line names (`--vars`, `--set`) to the vars and the answers of one run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mermaid_flow.errors import Location, MflowError, Problems, did_you_mean
from mermaid_flow.inputs._described import described_layer, is_described
from mermaid_flow.inputs.documents import YamlDocument, read_text
from mermaid_flow.inputs.json_reader import load_json
from mermaid_flow.inputs.kinds import describe_value
from mermaid_flow.inputs.paths import MISSING, Keys, format_path, lookup, parse_path, resolve
from mermaid_flow.inputs.variables import Layer, Variables
from mermaid_flow.inputs.yaml_reader import load_yaml, parse_scalar

_RESERVED = ("decisions", "mflow")
_COMPONENT_KINDS = frozenset({"terraform", "helmfile", "packer"})
# Beside `vars:`, the sections of `atmos describe component` and of a component in a stack may stand.
_COMPONENT_SECTIONS = frozenset(
    {
        *(
            "backend",
            "backend_type",
            "remote_state_backend",
            "remote_state_backend_type",
            "env",
            "settings",
            "metadata",
        ),
        *("providers", "required_providers", "required_version", "hooks", "auth", "locals", "overrides", "inheritance"),
        *(
            "command",
            "component",
            "component_info",
            "workspace",
            "imports",
            "deps",
            "deps_all",
            "dependencies",
            "sources",
        ),
        *("stack", "name", "source", "provision", "generate", "cli_args", "spacelift_stack", "tags"),
    }
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One value given for a decision, or one `--set`: what it is and where it was given."""

    name: str
    value: object
    origin: str
    """In words: `--set APIType` or `vars/dev.yaml:3:5`. Without the value, which may be a secret."""
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a run is given beside its diagram."""

    variables: Variables
    decisions: Mapping[str, Setting] = field(default_factory=dict)
    """The `decisions:` sections of the vars files, by node id or label, later files winning."""
    answers: Mapping[str, Setting] = field(default_factory=dict)
    """`--set` of decisions, by node id or label."""
    options: Variables = field(default_factory=Variables)
    """The `mflow:` sections of the vars files: settings of the run such as `max_laps`."""
    settings: tuple[Setting, ...] = ()
    """`--set` of variables, in order; `name` is the dotted path."""


def load_document(path: Path, shown: str | None = None) -> YamlDocument:
    """A vars file: JSON by its suffix, else YAML. Raises MflowError when it cannot be read."""
    shown = shown or str(path)
    text = read_text(path, shown)
    return load_json(text, shown) if path.suffix == ".json" else load_yaml(text, shown)


def load_inputs(
    files: Sequence[Path] = (),
    sets: Sequence[str] = (),
    *,
    decision_names: Iterable[str] = (),
    base: Sequence[Layer] = (),
) -> Inputs:
    """Merge the vars `files` in order (maps merged, lists replaced) and lay `sets` over them.

    A file is a map of vars, a map with `vars:`, or the JSON of `atmos describe component`; its `decisions:` and
    `mflow:` are split off. `sets` are `path=value`; one whose name is in `decision_names` (node ids and labels) answers
    that decision. `base` are layers below the files, such as a stack's. Raises MflowError, or Problems for several.
    """
    problems: list[MflowError] = []
    layers = [*base]
    options: list[Layer] = []
    decisions: dict[str, Setting] = {}
    for file in files:
        try:
            part = _read_file(file)
        except MflowError as problem:
            problems.append(problem)
            continue
        layers.append(part.variables)
        options.append(part.options)
        decisions.update(part.decisions)
    answers: dict[str, Setting] = {}
    settings: list[Setting] = []
    names = frozenset(decision_names)
    for text in sets:
        try:
            setting = _parse_setting(text, names)
            if setting.name in names:
                answers[setting.name] = setting
            else:
                layers.append(_setting_layer(setting, Variables(layers)))
                settings.append(setting)
        except MflowError as problem:
            problems.append(problem)
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return Inputs(Variables(layers), decisions, answers, Variables(options), tuple(settings))


def unknown_settings(
    inputs: Inputs, decision_names: Iterable[str] = (), variable_names: Iterable[str] | None = None
) -> list[MflowError]:
    """Answers and `--set` that name nothing: one error each, with the closest name.

    `decision_names` are the node ids and labels of the diagram's decisions; `variable_names` the top-level variables
    that something reads (modules, expressions, handlers), or None when that is not known: then a new one is no mistake.
    """
    decisions = list(decision_names)
    known = frozenset(decisions)
    problems = [
        MflowError(
            f"there is no decision {setting.name!r} in the diagram",
            code="inputs.unknown_decision",
            hint=did_you_mean(setting.name, decisions) or _listed("decisions", decisions),
            where=setting.where,
        )
        for setting in (*inputs.decisions.values(), *inputs.answers.values())
        if setting.name not in known
    ]
    if variable_names is not None:
        problems.extend(_unread_settings(inputs, decisions, variable_names))
    return problems


def _unread_settings(inputs: Inputs, decisions: Sequence[str], variable_names: Iterable[str]) -> list[MflowError]:
    set_by_hand = {setting.origin for setting in inputs.settings}
    known = set(variable_names)
    known.update(*(layer.values for layer in inputs.variables.layers if layer.name not in set_by_hand))
    return [
        MflowError(
            f"--set {setting.name}: there is no such decision, and nothing reads a variable of that name",
            code="inputs.unknown_setting",
            hint=did_you_mean(setting.name, [*decisions, *known]) or _listed("decisions", decisions),
        )
        for setting in inputs.settings
        if parse_path(setting.name)[0] not in known
    ]


def _listed(what: str, names: Sequence[str]) -> str:
    return f"{what}: {', '.join(names)}" if names else ""


@dataclass(frozen=True, slots=True)
class _File:
    variables: Layer
    options: Layer
    decisions: Mapping[str, Setting]


def _is_stack(top: Mapping[str, object]) -> bool:
    """Whether a file's `components` are those of Atmos, by kind, and no variable of that name."""
    components = top.get("components", "")
    return "import" in top or (isinstance(components, Mapping) and components.keys() <= _COMPONENT_KINDS)


def _read_file(path: Path) -> _File:
    document = load_document(path)
    shown = document.path or str(path)
    top = _mapping(document, (), f"{shown} must be a map of variables")
    if "vars" not in top and _is_stack(top):
        raise MflowError(
            f"{shown} is an Atmos stack, not a file of vars",
            code="inputs.form",
            hint="name the stack with --stack and the component with --component",
            where=document.where(("import",) if "import" in top else ("components",), "key"),
        )
    keys: Keys = ()
    if isinstance(top.get("vars"), Mapping):
        keys = ("vars",)
        _check_sections(document, top)
    values = _mapping(document, keys, f"`vars` in {shown} must be a map")
    values = {name: value for name, value in values.items() if keys or name not in _RESERVED}
    options = _mapping(document, ("mflow",), f"`mflow` in {shown} must be a map")
    answers = _mapping(document, ("decisions",), f"`decisions` in {shown} must be a map of node ids or labels")
    return _File(
        described_layer(document, values, keys) if is_described(top) else Layer(shown, values, document, keys),
        Layer(shown, options, document, ("mflow",)),
        {name: _answer(document, name, value) for name, value in answers.items()},
    )


def _mapping(document: YamlDocument, keys: Keys, complaint: str) -> Mapping[str, object]:
    """The map at `keys`; nothing written there counts as an empty one."""
    value = lookup(document.value, keys, None)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise MflowError(
            f"{complaint}, but is {describe_value(value)}",
            code="inputs.form",
            hint="write entries as `name: value`",
            where=document.where(keys, "value"),
        )
    return value


def _check_sections(document: YamlDocument, top: Mapping[str, object]) -> None:
    known = {"vars", *_RESERVED, *_COMPONENT_SECTIONS}
    for name in top:
        if name not in known and not name.startswith("atmos_"):
            raise MflowError(
                f"{name!r} stands beside `vars`, where it is not read",
                code="inputs.form",
                hint=did_you_mean(name, ("decisions", "mflow")) or "move it into `vars`",
                where=document.where((name,), "key"),
            )


def _answer(document: YamlDocument, name: str, value: object) -> Setting:
    where = document.where(("decisions", name))
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, list | Mapping) for item in items):
        raise MflowError(
            f"the answer to {name!r} must be one value or a list of them, but is {describe_value(value)}",
            code="inputs.form",
            where=where,
        )
    return Setting(name, value, str(where or document.path), where)


def _parse_setting(text: str, decision_names: frozenset[str]) -> Setting:
    # A label may hold "=" itself: the longest decision name that fits goes first.
    fitting = [name for name in decision_names if text.startswith(f"{name}=")]
    name = max(fitting, key=len) if fitting else text.partition("=")[0]
    if len(name) == len(text) or not name.strip():
        raise MflowError(
            f"--set {name}: not of the form name=value",
            code="inputs.set",
            hint="write --set vpc.cidr=10.0.0.0/16, or --set NODE=label for a decision",
        )
    start = len(name) + 1
    if not fitting:
        parse_path(name)
    return Setting(name, _command_line_value(text, start), f"--set {name}")


def _command_line_value(text: str, start: int) -> object:
    """Plain text is a scalar by YAML's rules; a leading quote or bracket makes it YAML's quoted or flow form.

    Nothing else of YAML is read here, so that `#`, `: `, `*` and `!` in a value are just characters.
    """
    value = text[start:].strip()
    if not value:
        return ""
    try:
        if value[0] not in "{['\"":
            return parse_scalar(value)
        return load_yaml(value, "the value").value
    except MflowError as problem:
        raise MflowError(
            f"--set {text[: start - 1]}: {problem.message}", code="inputs.set", hint=problem.hint, where=problem.where
        ) from None
    except ValueError:
        raise MflowError(f"--set {text[: start - 1]}: the number is too long", code="inputs.set") from None


def _setting_layer(setting: Setting, below: Variables) -> Layer:
    """`a.b=1` as the tree `{a: {b: 1}}`. An index into a list that is there already changes a copy of that list."""
    segments = parse_path(setting.name)
    tree = below.to_plain()
    keys = resolve(tree, segments) or segments
    value = setting.value
    for length in range(len(keys) - 1, -1, -1):
        parent, key = lookup(tree, keys[:length]), keys[length]
        if isinstance(parent, list) and isinstance(key, int):
            value = [*parent[:key], value, *parent[key + 1 :]]
        elif isinstance(parent, Mapping) and any(isinstance(step, int) for step in keys[:length]):
            value = {**parent, key: value}  # lists are replaced whole, and so is what is in them
        elif parent is MISSING or parent is None or isinstance(parent, Mapping):
            value = {str(key): value}
        else:
            path = format_path(keys[:length])
            raise MflowError(
                f"--set {setting.name}: {path!r} is {describe_value(parent)}, which has no entry {key!r}",
                code="inputs.set",
                where=below.where(path),
            )
    return Layer(setting.origin, value if isinstance(value, Mapping) else {})
