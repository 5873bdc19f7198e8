"""Conditions in CEL, the Common Expression Language: no loops, no side effects, nothing of Python within reach.

This is all that the project knows of the CEL library, which is loaded with the first expression and not before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mermaid_flow.errors import Location, MflowError, did_you_mean
from mermaid_flow.inputs.late import LateBound
from mermaid_flow.inputs.variables import Variables

if TYPE_CHECKING:
    from cel import Program

_SYNTAX_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (?:Syntax error: )?(.*)")
_UNDEFINED = re.compile(r"Undefined variable or function: '(.*?)'")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')


class Scope(Mapping[str, object]):
    """The names an expression sees: `vars`, `values` (what earlier nodes returned), loop items, and every variable.

    Loop items hide variables; `vars` and `values` are always these two.
    """

    def __init__(
        self,
        variables: Variables,
        values: Mapping[str, object] | None = None,
        items: Mapping[str, object] | None = None,
    ) -> None:
        self._own: dict[str, object] = {**(items or {}), "vars": variables, "values": values or {}}
        self._variables = variables

    def __getitem__(self, name: str) -> object:
        return self._own[name] if name in self._own else self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._own, *self._variables]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Expression:
    """One CEL expression. `where` is where its text was written.

    Raises MflowError (`expression.syntax`) with the place in the text when it cannot be compiled.
    """

    def __init__(self, text: str, where: Location | None = None) -> None:
        self.text = text
        self.where = where
        self._program = _compile(text, where)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def names(self) -> tuple[str, ...]:
        """The names that the expression mentions, with those that its own macros bind."""
        return tuple(self._program.variables())

    def evaluate(self, names: Mapping[str, object]) -> object:
        """The plain value (None, bool, int, float, str, list, dict) of the expression, seeing `names` (see `Scope`).

        Raises MflowError: `expression.unknown_name` for a name or entry that is not there, `expression.late` for a
        value that is known only after apply, `expression.value` for everything else that CEL refuses.
        """
        context = {name: self._visible(name, names[name]) for name in self.names() if name in names}
        try:
            return self._plain(self._program.execute(context))
        except MflowError:
            raise
        except KeyError as error:
            raise self._unknown_entry(str(error.args[0]).strip("'"), names) from None
        except Exception as error:  # the library raises whatever type seemed closest
            raise self._failed(str(error), names) from None

    def _visible(self, name: str, value: object) -> object:
        """What the library gets for a name: plain data. Marks the vars that are read.

        A value that is known only after apply is an error where the text may touch it, and else just not there: left to
        CEL, `has(vars.vpc_id)` would quietly be false.
        """
        tree = value.to_plain() if isinstance(value, Variables) else value
        for path in self._paths(name) or [""]:
            reached, rest, found = _walk(tree, path.split(".") if path else [])
            if isinstance(value, Variables) and reached:
                value.get(reached)
            if (not rest or not isinstance(found, Mapping)) and _holds_late(found):
                shown = f"{name}.{reached}" if reached else name
                verb = "is" if isinstance(found, LateBound) else "holds values that are"
                raise self._error(f"{shown!r} {verb} known only after apply", "expression.late")
        return _without_late(tree)

    def _paths(self, name: str) -> list[str]:
        """The dotted paths below `name` that the text mentions; the tail may be a method, as in `vars.azs.size()`."""
        code = _STRING.sub('""', self.text)
        return [match[1] for match in re.finditer(rf"(?<![\w.]){name}\.(\w+(?:\.\w+)*)", code)]

    def _plain(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        if isinstance(value, dict):
            return {str(key): self._plain(item) for key, item in value.items()}
        raise self._error(f"the result is a {type(value).__name__}, which is no plain value", "expression.value")

    def _failed(self, said: str, names: Mapping[str, object]) -> MflowError:
        undefined = _UNDEFINED.match(said)
        if undefined is None:
            hint = "compare with null first, or convert with int(), double() or string()" if "overload" in said else ""
            return self._error(said.partition(". ")[0].rstrip("."), "expression.value", hint)
        hint = did_you_mean(undefined[1], names)
        return self._error(f"{undefined[1]!r} is not known here", "expression.unknown_name", hint)

    def _unknown_entry(self, key: str, names: Mapping[str, object]) -> MflowError:
        """The error for an entry that is not there. CEL tells its name only, the text tells whose it was to be."""
        message, hint = f"there is no entry {key!r}", ""
        for name in self.names():
            tree = names.get(name)
            for path in self._paths(name):
                reached, rest, found = _walk(tree.to_plain() if isinstance(tree, Variables) else tree, path.split("."))
                if rest[:1] == [key] and isinstance(found, Mapping):
                    owner = f"{name}.{reached}" if reached else name
                    message, hint = f"{owner!r} has no entry {key!r}", did_you_mean(key, found)
        return self._error(message, "expression.unknown_name", hint)

    def _error(self, message: str, code: str, hint: str = "") -> MflowError:
        text = self.text if self.where is None else "expression"
        return MflowError(f"{text}: {message}", code=code, hint=hint, where=self.where)


def _walk(value: object, steps: list[str]) -> tuple[str, list[str], object]:
    """Follow `steps` as far as they lead: the path to there, the steps that are left, and the value there."""
    for index, step in enumerate(steps):
        if not isinstance(value, Mapping) or step not in value:
            return ".".join(steps[:index]), steps[index:], value
        value = value[step]
    return ".".join(steps), [], value


def _holds_late(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_late(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_late(item) for item in value)
    return isinstance(value, LateBound)


def _without_late(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_late(item) for key, item in value.items() if not isinstance(item, LateBound)}
    if isinstance(value, list):
        return [_without_late(item) for item in value if not isinstance(item, LateBound)]
    return value


def _compile(text: str, where: Location | None) -> Program:
    import cel  # noqa: PLC0415  # a seventh of a second, which runs without expressions should not pay

    try:
        return cel.compile(text)
    except ValueError as error:
        found = _SYNTAX_ERROR.search(str(error))
        line, column, message = (int(found[1]), int(found[2]), found[3]) if found else (1, 1, "not an expression")
        message = (
            message.partition(" expecting ")[0].replace("'<EOF>'", "end").replace("mismatched input", "unexpected")
        )
        raise MflowError(
            f"expression {text.strip()!r}: {message.replace('extraneous input', 'unexpected')}",
            code="expression.syntax",
            hint='it is CEL, for example: vars.vpc.enabled && environment != "dev"',
            where=_place(text, where, line, column),
        ) from None


def _place(text: str, where: Location | None, line: int, column: int) -> Location:
    """A place in the expression as one in the file it stands in, where the expression is written on one line there."""
    if where is None:
        lines = text.split("\n")
        return Location("<expression>", line, column, line, column + 1, lines[line - 1] if line <= len(lines) else "")
    start = where.column - 1
    start += where.excerpt[start : start + 1] in ("'", '"')
    if "\n" in text or not where.excerpt.startswith(text, start):
        return where
    start += column
    return Location(where.path, where.line, start, where.line, start + 1, where.excerpt)
