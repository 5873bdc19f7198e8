"""Variables: typed reading, places, layers, and what was read."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.inputs.layers import load_inputs
from mermaid_flow.inputs.variables import Layer, Variables, merge
from mermaid_flow.inputs.yaml_reader import load_yaml

DEV = """\
environment: dev
vpc:
  cidr: 10.0.0.0/16
  azs: [a, b]
  nat: true
domain: null
kubernetes: 1.30
"""

trees = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3) | st.lists(inner, max_size=2)
    ),
    max_leaves=8,
)
maps = st.dictionaries(st.text("abc", min_size=1, max_size=2), trees, max_size=3)


def layer(text: str, name: str) -> Layer:
    document = load_yaml(text, name)
    assert isinstance(document.value, dict)
    return Layer(name, document.value, document)


@pytest.fixture
def dev() -> Variables:
    return Variables([layer(DEV, "dev.yaml")])


def test_values_are_read_by_dotted_path(dev: Variables) -> None:
    assert dev["vpc.cidr"] == "10.0.0.0/16"
    assert dev.get("vpc.azs.1") == "b"
    assert dev.get("vpc.nothing") is None
    assert dev.get("vpc.nat", bool, False) is True
    assert dev.get("vpc.none", str, "x") == "x"
    assert dev.get("domain", str, "x") == "x"
    assert dev.require("environment") == "dev"
    assert dev.require("kubernetes", float) == 1.3
    assert dict(dev)["domain"] is None
    assert len(dev) == 4
    assert "vpc.cidr" in dev
    assert "vpc.cdir" not in dev
    with pytest.raises(KeyError):
        dev["no.such"]


def test_a_whole_number_is_a_number() -> None:
    value = Variables.of({"size": 3}).require("size", float)
    assert isinstance(value, float)


def test_a_missing_variable_is_named_with_its_type_and_the_closest_name(dev: Variables) -> None:
    with pytest.raises(MflowError) as caught:
        dev.require("vpc.cdir", str)
    assert caught.value.code == "inputs.missing"
    assert "'vpc.cdir' is missing (a string)" in caught.value.message
    assert "'vpc.cidr'" in caught.value.hint
    with pytest.raises(MflowError, match="--set zzz=") as caught:
        dev.require("zzz")


def test_null_does_not_do_where_a_value_is_required(dev: Variables) -> None:
    with pytest.raises(MflowError, match="'domain' is null") as caught:
        dev.require("domain", str)
    assert caught.value.where is not None
    assert caught.value.where.line == 6


def test_a_value_of_the_wrong_type_is_shown_where_it_was_written(dev: Variables) -> None:
    with pytest.raises(MflowError) as caught:
        dev.require("vpc.azs", list[int])
    assert caught.value.code == "inputs.type"
    assert str(caught.value.where) == "dev.yaml:4:8"
    with pytest.raises(MflowError) as caught:
        dev.get("kubernetes", str, "")
    assert "quotes" in caught.value.hint
    with pytest.raises(MflowError, match="from --set x"):
        Variables([Layer("--set x", {"x": True})]).require("x", int)


def test_the_message_about_a_secret_of_the_wrong_type_does_not_show_it() -> None:
    variables = Variables([layer("password: 123456\n", "dev.yaml")])
    with pytest.raises(MflowError) as caught:
        variables.require("password", str)
    assert "123456" not in str(caught.value)
    assert str(caught.value.where) == "dev.yaml:1:11"
    assert "dev" not in repr(Variables.of({"password": "dev"}))


def test_later_layers_win_maps_merge_and_lists_are_replaced(dev: Variables) -> None:
    both = Variables(
        [
            *dev.layers,
            layer("vpc: {azs: [c], id: 1}\ndomain: {a: 1}\n", "b.yaml"),
            Layer("--set vpc.nat", {"vpc": {"nat": False}}),
        ]
    )
    assert both.to_plain()["vpc"] == {"cidr": "10.0.0.0/16", "azs": ["c"], "nat": False, "id": 1}
    assert str(both.where("vpc.azs")) == "b.yaml:1:12"
    assert str(both.where("vpc.azs.0")) == "b.yaml:1:13"
    assert both.where("vpc.nat") is None
    assert both.origin("vpc.nat") == "--set vpc.nat"
    assert both.origin("vpc.cidr") == "dev.yaml:3:9"
    assert both.origin("nothing") == ""
    assert both.where("nothing") is None


def test_explain_lists_every_layer_that_touched_a_value(dev: Variables) -> None:
    both = Variables([*dev.layers, Layer("--set vpc.azs", {"vpc": {"azs": ["c"]}})])
    (first, place), (second, name) = both.explain("vpc.azs")
    assert (first, second, name) == (["a", "b"], ["c"], "--set vpc.azs")
    assert isinstance(place, Location)
    assert both.explain("nothing.here") == []


def test_a_map_is_shown_by_its_name_and_a_scalar_by_its_value(dev: Variables) -> None:
    assert str(dev.where("vpc")) == "dev.yaml:2:1"
    assert str(dev.where("environment")) == "dev.yaml:1:14"


def test_unused_variables_are_the_topmost_that_nobody_read(dev: Variables) -> None:
    dev.require("vpc.cidr", str)
    dev.get("vpc.azs.0")
    assert "domain" in dev
    assert dev.unused() == ["environment", "vpc.nat", "kubernetes"]
    dev.get("vpc")
    assert dev.unused() == ["environment", "kubernetes"]
    assert {"vpc", "vpc.cidr", "vpc.azs.0", "domain"} == dev.used()


def test_a_scope_lays_values_over_and_shares_what_was_read(dev: Variables) -> None:
    inner = dev.scoped({"environment": "prod", "item": {"a": 1}}, "loop item")
    assert inner.require("environment", str) == "prod"
    assert inner.origin("item.a") == "loop item"
    assert inner["vpc.cidr"] == "10.0.0.0/16"
    assert "vpc.cidr" in dev.used()
    assert dev.get("item") is None


def test_what_is_handed_out_cannot_change_the_variables(dev: Variables) -> None:
    dev.require("vpc", dict)["cidr"] = "changed"
    dev.require("vpc.azs", list).append("c")
    dev.to_plain()["vpc"] = 1
    assert dev["vpc"] == {"cidr": "10.0.0.0/16", "azs": ["a", "b"], "nat": True}


def test_reads_of_many_threads_are_all_seen() -> None:
    variables = Variables.of({f"v{index}": index for index in range(400)})
    threads = [
        threading.Thread(target=lambda part=part: [variables[f"v{index}"] for index in range(part, 400, 4)])
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert variables.unused() == []


@given(maps, maps, maps)
def test_merging_is_associative_and_leaves_its_parts_alone(
    a: dict[str, object], b: dict[str, object], c: dict[str, object]
) -> None:
    before = repr((a, b, c))
    assert merge(a, merge({}, b)) == merge(a, b)
    assert merge(a, a) == a
    assert merge(merge(a, b), c).keys() == {*a, *b, *c}  # type: ignore[attr-defined]  # maps stay maps
    assert repr((a, b, c)) == before


@given(maps, maps)
def test_each_value_that_is_there_has_the_origin_of_the_layer_that_gave_it(
    a: dict[str, object], b: dict[str, object]
) -> None:
    variables = Variables([Layer("a", a), Layer("b", b)])
    for path in variables.names():
        value, layer_name = variables.explain(path)[-1]
        assert layer_name == variables.origin(path)
        if not isinstance(value, dict):
            assert variables[path] == value


def test_a_map_laid_over_the_rest_keeps_its_places(tmp_path: Path) -> None:
    file = tmp_path / "vars.yaml"
    file.write_text("region: eu-west-1\nsize: 1\ncomponents:\n  store:\n    size: 2\n")
    variables = load_inputs([file], ["components.store.tier=big"]).variables
    inner = variables.within("components.store")
    assert (inner["size"], inner["tier"], inner["region"]) == (2, "big", "eu-west-1")
    where = inner.where("size")
    assert where is not None and where.line == 5
    assert "components.store" in variables.used()
    assert variables.within("components.nothing").to_plain() == variables.to_plain()
    with pytest.raises(MflowError, match=r"components\.store\.size"):
        variables.within("components.store.size")
