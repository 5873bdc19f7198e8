"""Load balancers."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

from mermaid_flow.terraform.emulator.corrections import Original, corrects


@corrects(
    ELBv2Backend,
    "create_load_balancer",
    "moto makes a load balancer active when it is described a second time, which costs the provider another wait",
)
def create_active_load_balancer(
    original: Original, backend: ELBv2Backend, *arguments: Any, **named: Any
) -> FakeLoadBalancer:
    balancer: FakeLoadBalancer = original(backend, *arguments, **named)
    balancer.activate()
    return balancer
