"""The database engines of RDS: what each is called, brings and wants, and what the vars say about the chosen one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mermaid_flow import Context, MflowError, Variables
from mermaid_flow.errors import did_you_mean

from . import _naming

DATABASE = "database"
"""The module call of the database itself, an instance or a cluster."""

LONGEST_IDENTIFIER = 60
"""RDS takes 63 characters; an Aurora cluster numbers its instances behind its name."""

_IDENTIFIER = re.compile(r"[a-z](-?[a-z0-9])*")
_MYSQL_LOGS = ("error", "slowquery", "audit", "general")
_TLS_ON = {"require_secure_transport": "ON"}


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine as RDS calls it, the branch of *Engine Type?* that it belongs to, and what is usual for it."""

    name: str
    label: str
    version: str
    port: int
    logs: tuple[str, ...]
    """What can go to CloudWatch Logs."""
    usual_logs: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameters by which every client has to use TLS."""
    iam_login: bool = False
    license_model: str | None = None
    reserved_users: tuple[str, ...] = ("rdsadmin",)
    """Names that the master user cannot have."""
    standby: bool = True
    """Whether it can have a standby in another zone."""

    @property
    def is_cluster(self) -> bool:
        """Whether it is a cluster of instances on common storage of its own."""
        return self.label == "Aurora"

    @property
    def has_options(self) -> bool:
        """Whether there are option groups for it."""
        return self.label not in ("Aurora", "PostgreSQL")


ENGINES: Mapping[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine("mysql", "MySQL", "8.0", 3306, _MYSQL_LOGS, _MYSQL_LOGS[:2], _TLS_ON, iam_login=True),
        Engine("mariadb", "MariaDB", "10.11", 3306, _MYSQL_LOGS, _MYSQL_LOGS[:2], _TLS_ON),
        Engine(
            "postgres",
            "PostgreSQL",
            "16",
            5432,
            ("postgresql", "upgrade"),
            ("postgresql", "upgrade"),
            {"rds.force_ssl": "1"},
            iam_login=True,
            reserved_users=("rdsadmin", "admin"),
        ),
        Engine("aurora-mysql", "Aurora", "8.0", 3306, _MYSQL_LOGS, _MYSQL_LOGS[:2], _TLS_ON, iam_login=True),
        Engine(
            "aurora-postgresql",
            "Aurora",
            "16",
            5432,
            ("postgresql",),
            ("postgresql",),
            {"rds.force_ssl": "1"},
            iam_login=True,
            reserved_users=("rdsadmin", "admin"),
        ),
        *(
            Engine(
                f"sqlserver-{edition}",
                "SQL Server",
                "15.00",
                1433,
                ("agent", "error"),
                ("error",),
                {"rds.force_ssl": "1"},
                license_model="license-included",
                reserved_users=("rdsadmin", "sa"),
                standby=edition in ("se", "ee"),
            )
            for edition in ("se", "ee", "web", "ex")
        ),
        *(
            Engine(
                f"oracle-{edition}",
                "Oracle",
                "19",
                1521,
                ("alert", "audit", "listener", "trace"),
                ("alert", "audit"),
                license_model="license-included" if edition.startswith("se2") else "bring-your-own-license",
                reserved_users=("rdsadmin", "sys", "system"),
            )
            for edition in ("se2", "ee", "se2-cdb", "ee-cdb")
        ),
    )
}
"""All engines by name. The first one of a branch stands for it where the vars name none of its engines."""

ALIASES: Mapping[str, str] = {engine.name: engine.label for engine in ENGINES.values()}
"""What the var `engine` can be besides a label."""


def said(context: Context, key: str) -> object:
    """What an earlier box returned under this key; None when none has."""
    return next((found[key] for node in context.values if key in (found := context.values[node])), None)


def chosen(context: Context) -> Engine:
    """The engine that an earlier box has settled on; before that, and without such a box, what the vars say."""
    name = said(context, "engine") or context.vars.get("engine", str, "").casefold()
    return ENGINES.get(str(name), ENGINES["mysql"])


def engine_of(variables: Variables, label: str) -> Engine:
    """The engine of a branch: the one that the var `engine` names, or the branch's usual one."""
    named = ENGINES.get(variables.get("engine", str, "").casefold())
    if named is not None and named.label == label:
        return named
    return next(engine for engine in ENGINES.values() if engine.label == label)


def version(variables: Variables, engine: Engine) -> str:
    """The var `engine_version`, or the engine's usual one."""
    return variables.get("engine_version", str, engine.version)


def family(variables: Variables, engine: Engine) -> str:
    """The family of parameters: the var `family`, or what follows from engine and version. Raises MflowError."""
    if given := variables.get("family", str):
        if given.startswith(engine.name):
            return given
        raise MflowError(
            f"the family {given!r} is not one of {engine.name}",
            code="rds.family",
            where=variables.where("family"),
            hint="leave it out: engine and engine_version tell it",
        )
    major, minor = _version_numbers(variables, engine)
    match engine.label:
        case "SQL Server":
            return f"{engine.name}-{major}.{minor or 0}"
        case "Oracle":
            return f"{engine.name}-{major}"
    if engine.name.endswith(("postgres", "postgresql")) and major >= 10:
        return f"{engine.name}{major}"
    return f"{engine.name}{_with_minor(variables, engine)}"


def major_version(variables: Variables, engine: Engine) -> str:
    """The version that options are for: 8.0, 10.11, 15.00, 19. Raises MflowError."""
    if engine.label == "Oracle":
        return str(_version_numbers(variables, engine)[0])
    _with_minor(variables, engine)
    return ".".join(version(variables, engine).split(".")[:2])


def _with_minor(variables: Variables, engine: Engine) -> str:
    major, minor = _version_numbers(variables, engine)
    if minor is not None:
        return f"{major}.{minor}"
    raise MflowError(
        f"engine_version {version(variables, engine)!r} of {engine.name} lacks its second number",
        code="rds.version",
        where=variables.where("engine_version"),
        hint=f"such as {engine.version}",
    )


def _version_numbers(variables: Variables, engine: Engine) -> tuple[int, int | None]:
    written = version(variables, engine)
    if found := re.match(r"(\d+)(?:\.(\d+))?(?:\.|$)", written):
        return int(found[1]), int(found[2]) if found[2] else None
    raise MflowError(
        f"engine_version {written!r} does not begin with a number",
        code="rds.version",
        where=variables.where("engine_version"),
        hint=f"such as {engine.version}",
    )


def identifier(context: Context) -> str:
    """What the database is called in the account: the var `identifier` behind the names of the environment.

    Raises MflowError when RDS would not take it.
    """
    given = context.vars.get("identifier", str)
    full = (_naming.qualified(context, given) if given else _naming.name_prefix(context)).casefold()
    if _IDENTIFIER.fullmatch(full) and len(full) <= LONGEST_IDENTIFIER:
        return full
    raise MflowError(
        f"{full!r} is no name for a database: it must begin with a letter and hold up to {LONGEST_IDENTIFIER} letters,"
        " digits and single hyphens",
        code="rds.identifier",
        where=context.vars.where("identifier"),
    )


def storage_type(variables: Variables, engine: Engine) -> str:
    """The answer to *Storage Type?*. Raises MflowError for what the diagram has no branch for, or Aurora no use."""
    written = variables.get("storage_type", str, "standard" if engine.is_cluster else "gp2")
    kind = {"aurora": "standard", "magnetic": "standard"}.get(written.casefold(), written.casefold())
    if kind not in ("standard", "gp2", "io1"):
        raise MflowError(
            f"the diagram has branches for storage of the types standard, gp2 and io1, but none for {written!r}",
            code="rds.storage",
            where=variables.where("storage_type"),
            hint=did_you_mean(written, ("standard", "gp2", "io1"))
            or f"draw it, -->|{written}| a box, and bind a handler to that; or choose one of the three",
        )
    return kind


def logs(variables: Variables, engine: Engine) -> list[str]:
    """What goes to CloudWatch Logs: `enabled_cloudwatch_logs_exports`, or the usual ones. Raises MflowError."""
    wanted = variables.get("enabled_cloudwatch_logs_exports", list[str])
    for index, log in enumerate(wanted or ()):
        if log not in engine.logs:
            raise MflowError(
                f"{engine.name} has no log {log!r}",
                code="rds.logs",
                where=variables.where(f"enabled_cloudwatch_logs_exports.{index}"),
                hint=did_you_mean(log, engine.logs) or f"it has {', '.join(engine.logs)}",
            )
    return list(engine.usual_logs if wanted is None else wanted)


def parameters(variables: Variables, engine: Engine) -> list[Mapping[str, str]]:
    """TLS for every client, and the var `parameters`, which wins."""
    given = variables.get("parameters", list[dict[str, object]], [])
    named = {str(parameter.get("name")) for parameter in given}
    usual = [
        {"name": name, "value": value, "apply_method": "pending-reboot"}
        for name, value in engine.parameters.items()
        if name not in named
    ]
    return [*usual, *({key: _text(value) for key, value in parameter.items()} for parameter in given)]


def _text(value: object) -> str:
    # Parameters are strings to RDS; YAML's true and 100 are meant as they are written.
    return str(value).lower() if isinstance(value, bool) else str(value)
