"""What the vars of the Route53 diagram say: zones, records, and how records are chosen from.

The names are those of the Atmos component `dns`: `zones`, `records`, `health_checks`, `traffic_policies`, with
`*_routing_policy` inside a record.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from mermaid_flow import MflowError, Value, Variables
from mermaid_flow.errors import did_you_mean

TYPES = ("A", "AAAA", "CNAME", "MX", "TXT", "SRV", "CAA")
POLICIES = ("weighted", "latency", "failover", "geolocation", "multivalue")
_NAME = re.compile(r"^(\*\.)?([A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9-]{1,63}\.?$")
_SETTINGS = ("zone_name", "name", "type", "ttl", "records", "alias", "set_identifier", "health_check")


@dataclass(frozen=True, slots=True)
class Zone:
    """One hosted zone of the vars."""

    key: str
    name: str
    private: bool
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the vars. `policy` is one of POLICIES, or simple."""

    key: str
    zone: str
    kind: str
    policy: str
    settings: Mapping[str, object]

    @property
    def is_alias(self) -> bool:
        """Whether it points at a name inside AWS instead of holding values."""
        return self.settings.get("alias") is not None

    def declared(self, name: str) -> dict[str, Value]:
        """The record as the module takes it; `name` is its full name."""
        declared: dict[str, object] = {"zone": self.zone, "name": name, "type": self.kind}
        if self.is_alias:
            declared["alias"] = self.settings["alias"]
        else:
            declared["values"] = self.settings.get("records")
            declared["ttl"] = self.settings.get("ttl", 300)
        return cast("dict[str, Value]", declared)

    def routing(self) -> dict[str, Value]:
        """How it is chosen from its name's records, as the module takes it."""
        given = self.settings.get(f"{self.policy}_routing_policy")
        policy = given if isinstance(given, Mapping) else {}
        by_policy: dict[str, dict[str, object]] = {
            "weighted": {"weight": policy.get("weight")},
            "latency": {"latency_region": policy.get("region")},
            "failover": {"failover": policy.get("type")},
            "geolocation": {"geolocation": dict(policy)},
            "multivalue": {"multivalue": True},
        }
        chosen = by_policy[self.policy]
        return cast("dict[str, Value]", {"set_identifier": self.settings.get("set_identifier", self.key), **chosen})


def zones(variables: Variables) -> list[Zone]:
    """The zones of the vars; `root_domain` alone is one public zone."""
    given = variables.get("zones", dict[str, object], {})
    if not given and (root := variables.get("root_domain", str)):
        given = {"root": {"name": root}}
    found: list[Zone] = []
    for key, value in given.items():
        settings = value if isinstance(value, Mapping) else {}
        private = bool(settings.get("vpc_associations")) or str(settings.get("type", "")).casefold() == "private"
        found.append(Zone(key, str(settings.get("name", "")).rstrip("."), private, settings))
    return found


def records(variables: Variables) -> list[Record]:
    """The records of the vars."""
    known = zones(variables)
    by_name = {zone.name: zone.key for zone in known}
    found: list[Record] = []
    for key, value in variables.get("records", dict[str, object], {}).items():
        settings = value if isinstance(value, Mapping) else {}
        wanted = str(settings.get("zone_name", known[0].key if len(known) == 1 else "")).rstrip(".")
        policies = [policy for policy in POLICIES if settings.get(f"{policy}_routing_policy")]
        policy = policies[0] if policies else "simple"
        kind = str(settings.get("type", "A")).upper()
        found.append(Record(key, by_name.get(wanted, wanted), kind, policy, settings))
    return found


def full_name(record: Record, known: Mapping[str, Zone]) -> str:
    """A record's name with its zone's: `www` and `www.example.com` are the same, and an empty one is the zone's own."""
    zone = known[record.zone].name
    name = str(record.settings.get("name", "")).rstrip(".")
    if not name or name == "@":
        return zone
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}"


def problems(variables: Variables) -> Iterator[MflowError]:
    """Everything about zones and records that cannot work, with its place."""
    known = {zone.key: zone for zone in zones(variables)}
    if not known:
        yield MflowError(
            "there is no zone", code="dns.zones", hint="set root_domain, or zones: {main: {name: example.com}}"
        )
    for zone in known.values():
        if not _NAME.match(zone.name):
            yield _problem(variables, f"zones.{zone.key}", f"{zone.name!r} is not a domain name", "dns.name")
        parent = zone.settings.get("parent_zone")
        if parent is not None and (parent not in known or not zone.name.endswith(f".{known[str(parent)].name}")):
            yield _problem(
                variables,
                f"zones.{zone.key}.parent_zone",
                f"{zone.name} is not inside the zone {parent!r}",
                "dns.parent",
            )
        inside = [other.name for other in known.values() if zone.name.endswith(f".{other.name}")]
        shared = variables.get("delegation_set", str)
        if inside and shared:
            message = f"{zone.name} is inside {inside[0]}: they cannot share name servers"
            yield _problem(variables, "delegation_set", message, "dns.delegation_set")
        if zone.private and zone.settings.get("enable_query_logging"):
            yield _problem(
                variables,
                f"zones.{zone.key}.enable_query_logging",
                "Route 53 logs queries of public zones only",
                "dns.log",
            )
    checks = variables.get("health_checks", dict[str, object], {})
    for record in records(variables):
        yield from _record_problems(variables, record, known, checks)
    yield from _policy_problems(variables, known)


def logged(variables: Variables) -> list[Zone]:
    """The public zones whose queries are logged."""
    everywhere = variables.get("enable_query_logging", bool, False)
    return [z for z in zones(variables) if not z.private and z.settings.get("enable_query_logging", everywhere)]


def _record_problems(
    variables: Variables, record: Record, known: Mapping[str, Zone], checks: Mapping[str, object]
) -> Iterator[MflowError]:
    place = f"records.{record.key}"
    if record.zone not in known:
        yield _problem(
            variables,
            place,
            f"the record {record.key} is in no zone of the vars ({record.zone or 'zone_name is missing'})",
            "dns.zone",
            did_you_mean(record.zone, [*known, *(zone.name for zone in known.values())]),
        )
    if record.kind not in TYPES:
        hint = did_you_mean(record.kind, TYPES) or f"one of {', '.join(TYPES)}"
        yield _problem(variables, f"{place}.type", f"there is no box for {record.kind} records", "dns.type", hint)
    if record.is_alias == (record.settings.get("records") is not None):
        yield _problem(variables, place, "a record has records or an alias, and not both", "dns.values")
    allowed = {*_SETTINGS, *(f"{policy}_routing_policy" for policy in POLICIES)}
    for name in record.settings:
        if name not in allowed:
            yield _problem(
                variables, f"{place}.{name}", f"a record has no {name}", "dns.setting", did_you_mean(name, allowed)
            )
    check = record.settings.get("health_check")
    if check is not None and check not in checks:
        hint = did_you_mean(str(check), checks)
        yield _problem(variables, f"{place}.health_check", f"there is no health check {check!r}", "dns.check", hint)
    values = record.settings.get("records")
    for value in values if isinstance(values, list) and record.kind in ("A", "AAAA") else []:
        if not _is_address(str(value), 4 if record.kind == "A" else 6):
            yield _problem(variables, f"{place}.records", f"{value} is no address for {record.kind}", "dns.address")


def _policy_problems(variables: Variables, known: Mapping[str, Zone]) -> Iterator[MflowError]:
    for name, value in variables.get("traffic_policies", dict[str, object], {}).items():
        policy = value if isinstance(value, Mapping) else {}
        place = f"traffic_policies.{name}"
        try:
            document(policy)
        except ValueError as error:
            yield _problem(variables, place, f"the document of {name} is not JSON: {error}", "dns.policy")
        zone = policy.get("zone_name")
        if zone is not None and zone not in known:
            yield _problem(variables, place, f"there is no zone {zone!r}", "dns.zone", did_you_mean(str(zone), known))


def document(policy: Mapping[str, object]) -> str:
    """A traffic policy's document as JSON. Raises ValueError when it is none."""
    given = policy.get("document")
    return json.dumps(json.loads(given) if isinstance(given, str) else given)


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def _problem(variables: Variables, path: str, message: str, code: str, hint: str = "") -> MflowError:
    return MflowError(message, code=code, hint=hint, where=variables.where(path))
