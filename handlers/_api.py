"""What the vars say about an API: its endpoints, and what each of them leads to.

The names are those of the Atmos component `apigateway`: `api_integrations` with `type` (AWS_PROXY, HTTP_PROXY, AWS,
MOCK), `connection_type`, `resource_id` and `http_method`, beside `api_methods` and `api_resources`. An entry can say
the same shorter: `path: /orders/{id}`, `method: GET`, `type: Lambda`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from mermaid_flow import Context, MflowError, Reference, Value, Variables
from mermaid_flow.errors import did_you_mean

from . import _naming

REST, HTTP = "REST", "HTTP"
LAMBDA, WEB, VPC_LINK, SERVICE, MOCK = "Lambda", "HTTP", "VPC Link", "AWS Service", "Mock"

KINDS = {
    "lambda": LAMBDA,
    "awsproxy": LAMBDA,
    "http": WEB,
    "httpproxy": WEB,
    "vpclink": VPC_LINK,
    "aws": SERVICE,
    "awsservice": SERVICE,
    "mock": MOCK,
}
"""The type of an integration, letters only, to the label of the diagram."""

METHODS = ("ANY", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
CATCH_ALL = "$default"
DEEPEST = 5
"""Parts that a path of a REST API can have here."""

PLACE = {"path", "resource_id", "method", "http_method", "type", "authorization", "api_key_required"}
SETTINGS = {
    LAMBDA: {"function", "code", "runtime", "handler", "uri", "payload_format_version"},
    WEB: {"uri"},
    VPC_LINK: {"uri", "connection_type", "connection_id", "vpc_link_id"},
    SERVICE: {"uri", "service", "subtype", "integration_subtype", "allow", "credentials_arn", "status_code"},
    MOCK: {"status_code", "response"},
}
SHARED = {"integration_http_method", "timeout_milliseconds", "request_parameters", "request_templates"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way to call the API. `place` is the path of its entry in the vars, for messages."""

    method: str
    path: str
    kind: str
    settings: Mapping[str, object]
    place: str

    @property
    def key(self) -> str:
        """What modules and HTTP APIs know it by: `GET /orders`."""
        return CATCH_ALL if self.path == CATCH_ALL else f"{self.method} {self.path}"

    @property
    def is_open(self) -> bool:
        """Whether everybody may call it, whatever the authorization of the others."""
        return str(self.settings.get("authorization", "")).upper() == "NONE"

    @property
    def needs_key(self) -> bool | None:
        """Whether callers need an API key; None leaves that to the rest of the API. An open endpoint needs none."""
        said = self.settings.get("api_key_required")
        return said if isinstance(said, bool) else (False if self.is_open else None)

    def text(self, *names: str) -> str | None:
        """The first of these settings that is there."""
        return next((str(self.settings[name]) for name in names if self.settings.get(name) is not None), None)

    def shared(self, kind: str) -> dict[str, Value]:
        """What every kind of integration can say."""
        found: dict[str, object] = {"timeout_milliseconds": self.settings.get("timeout_milliseconds")}
        found["request_parameters"] = self.settings.get("request_parameters")
        if kind == REST:
            found["request_templates"] = self.settings.get("request_templates")
        return cast("dict[str, Value]", {name: value for name, value in found.items() if value is not None})


def name(context: Context) -> str:
    """The API's name in the account."""
    return _naming.qualified(context, context.vars.require("api_name", str))


def kind(context: Context) -> str:
    """REST or HTTP: which of the two boxes made the API."""
    return next(str(values["api_type"]) for values in context.values.values() if "api_type" in values)


def endpoint_type(context: Context) -> str:
    """How callers come in: one of the list that Atmos components have, or a text."""
    given = context.vars.get("endpoint_type")
    listed = given if isinstance(given, list) else [given or "REGIONAL"]
    if len(listed) == 1 and str(listed[0]).upper() in ("REGIONAL", "EDGE", "PRIVATE"):
        return str(listed[0]).upper()
    raise MflowError(
        "endpoint_type must be one of REGIONAL, EDGE and PRIVATE",
        code="vars.choice",
        where=context.vars.where("endpoint_type"),
    )


def only(context: Context, wanted: str, what: str, where: str, hint: str) -> None:
    """Raise MflowError when the API is not of the kind that alone can have this."""
    if kind(context) != wanted:
        raise MflowError(
            f"{'an HTTP' if wanted == REST else 'a REST'} API has no {what}",
            code="api.unsupported",
            where=context.vars.where(where),
            hint=hint,
        )


def endpoints(variables: Variables, *kinds: str) -> list[Endpoint]:
    """The endpoints of the vars, those that lead to one of `kinds` where some are named. Raises MflowError."""
    variable = "integrations" if "integrations" in variables else "api_integrations"
    given = variables.get(variable, list[dict[str, object]], [])
    if not given:
        raise MflowError(
            "the API leads to nothing: it has no api_integrations",
            code="api.endpoints",
            where=variables.where(variable),
            hint="such as [{path: /orders, method: GET, type: Lambda, function: orders}]",
        )
    methods = dict(_methods(variables))
    found: dict[str, Endpoint] = {}
    for index, entry in enumerate(given):
        endpoint = _endpoint(variables, entry, f"{variable}.{index}", methods)
        if endpoint.key in found:
            raise MflowError(
                f"{endpoint.key} stands twice in {variable}",
                code="api.endpoints",
                where=variables.where(endpoint.place),
            )
        found[endpoint.key] = endpoint
    for (path, method), settings in methods.items():
        if f"{method} {path}" not in found:
            raise MflowError(
                f"the method {method} {path} leads to nothing: {variable} has no such entry",
                code="api.endpoints",
                where=variables.where(str(settings["place"])),
            )
    return [endpoint for endpoint in found.values() if not kinds or endpoint.kind in kinds]


def _methods(variables: Variables) -> Iterator[tuple[tuple[str, str], dict[str, object]]]:
    """What `api_methods` say, by path and method."""
    for index, entry in enumerate(variables.get("api_methods", list[dict[str, object]], [])):
        place = f"api_methods.{index}"
        kept = {name: entry[name] for name in ("authorization", "api_key_required") if entry.get(name) is not None}
        if entry.get("request_parameters"):
            kept["required_parameters"] = entry["request_parameters"]
        yield (_path(variables, entry, place), _method(variables, entry, place)), {**kept, "place": place}


def _endpoint(
    variables: Variables,
    entry: Mapping[str, object],
    place: str,
    methods: Mapping[tuple[str, str], Mapping[str, object]],
) -> Endpoint:
    path, method = _path(variables, entry, place), _method(variables, entry, place)
    known = KINDS.get("".join(filter(str.isalnum, str(entry.get("type", "")).casefold())))
    if known is None:
        raise MflowError(
            f"an integration is of the type {', '.join(dict.fromkeys(KINDS.values()))}, not {entry.get('type')!r}",
            code="api.integration",
            where=variables.where(f"{place}.type") or variables.where(place),
            hint=did_you_mean(str(entry.get("type")), [*KINDS.values(), *map(str.upper, KINDS)]),
        )
    if str(entry.get("connection_type", "")).upper() == "VPC_LINK":
        known = VPC_LINK
    elif entry.get("subtype") or entry.get("integration_subtype"):
        known = SERVICE
    allowed = PLACE | SHARED | SETTINGS[known]
    for setting in entry:
        if setting not in allowed:
            raise MflowError(
                f"an integration of the type {known} has no setting {setting!r}",
                code="api.integration",
                where=variables.where(f"{place}.{setting}"),
                hint=did_you_mean(setting, allowed),
            )
    settings = {**{key: value for key, value in methods.get((path, method), {}).items() if key != "place"}, **entry}
    return Endpoint(method, path, known, settings, place)


def _method(variables: Variables, entry: Mapping[str, object], place: str) -> str:
    said = str(entry.get("method") or entry.get("http_method") or "ANY").upper()
    if said in METHODS:
        return said
    raise MflowError(f"{said!r} is no method: {', '.join(METHODS)}", code="api.endpoints", where=variables.where(place))


def _path(variables: Variables, entry: Mapping[str, object], place: str) -> str:
    """The whole path of an entry: `path`, or that of the resource that `resource_id` means."""
    said = entry.get("path")
    if said is None:
        said = _resource_path(variables, str(entry.get("resource_id", "")))
    path = str(said)
    if path == CATCH_ALL:
        return path
    if len(parts := [part for part in path.split("/") if part]) > DEEPEST:
        raise MflowError(
            f"the path {path} has more than {DEEPEST} parts",
            code="api.endpoints",
            where=variables.where(f"{place}.path") or variables.where(place),
        )
    return "/" + "/".join(parts)


def _resource_path(variables: Variables, resource: str) -> str:
    """The path of a resource that `api_resources` lists by parts, each with the part above it as its `parent_id`."""
    parents = {
        str(entry.get("path_part")): str(entry.get("parent_id") or "")
        for entry in variables.get("api_resources", list[dict[str, object]], [])
    }
    parts: list[str] = []
    while resource not in ("", "/", "root") and resource not in parts:
        parts.insert(0, resource)
        resource = parents.get(resource, "")
    return "/".join(parts)


API_ID = Reference("api", "api_id")
CALLS_ARN = Reference("api", "calls_arn")
STAGE_NAME = Reference("stage", "stage_name")
"""The API and its stage, whichever kind they are: the calls have the same names and outputs."""
