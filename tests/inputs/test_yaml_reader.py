"""YAML 1.2 with places, by both of PyYAML's parsers."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.inputs.yaml_reader import load_yaml, parse_scalar


@pytest.fixture(params=[True, False], ids=["libyaml", "python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param and not yaml.__with_libyaml__:
        pytest.skip("this PyYAML was built without libyaml")
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param)


def refused(text: str) -> MflowError:
    with pytest.raises(MflowError) as caught:
        load_yaml(text, "dev.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("NO", "NO"),
        ("y", "y"),
        ("0755", "0755"),
        ("012345678901", "012345678901"),
        ("0o17", 15),
        ("0x1F", 31),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("1_000", "1_000"),
        ("2020-01-01", "2020-01-01"),
        ("-12", -12),
        ("+3", 3),
        ("0", 0),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        ("~", None),
        ("null", None),
        ("", None),
        ("'null'", "null"),
        ('"None"', "None"),
        ("None", "None"),
        ("<<", "<<"),
        ("!!str 12", "12"),
        ("!!float 1", 1.0),
        ("!!null ''", None),
        ("!!bool 'true'", True),
        ("|\n  a\n  b", "a\nb\n"),
    ],
)
def test_scalars_are_read_by_the_core_schema_of_1_2(text: str, value: object) -> None:
    read = load_yaml(f"a: {text}\n").value
    assert read == {"a": value}
    assert isinstance(read, dict)
    assert type(read["a"]) is type(value)


def test_not_a_number_is_read() -> None:
    assert load_yaml("[.nan]").value != load_yaml("[.nan]").value


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_nothing_is_null(text: str) -> None:
    assert load_yaml(text).value is None


def test_names_of_entries_stay_as_they_are_written() -> None:
    assert load_yaml("80: a\n1.10: b\ntrue: c\n~: d\n").value == {"80": "a", "1.10": "b", "true": "c", "~": "d"}


def test_every_value_knows_its_place() -> None:
    document = load_yaml("vpc:\n  azs:\n    - a\n    - b\n  cidr: 10.0.0.0/16\ntext: |\n  x\n", "dev.yaml")
    assert document.where(("vpc", "cidr")) == Location("dev.yaml", 5, 9, 5, 20, "  cidr: 10.0.0.0/16")
    assert document.where(("vpc", "cidr"), "key") == Location("dev.yaml", 5, 3, 5, 7, "  cidr: 10.0.0.0/16")
    assert str(document.where(("vpc", "azs", 1))) == "dev.yaml:4:7"
    assert str(document.where(("vpc", "azs"))) == "dev.yaml:2:3"
    assert str(document.where(("vpc", "azs"), "value")) == "dev.yaml:3:5"
    assert str(document.where(("text",))) == "dev.yaml:6:1"
    assert document.where(("nothing",)) is None


def test_aliases_and_merge_keys_are_expanded() -> None:
    text = """\
base: &base {x: 1, y: 2}
more: &more {y: 5, z: 6}
one: {<<: *base, y: 3}
both: {<<: [*base, *more], w: 0}
copy: *base
plain: {"<<x": 1}
"""
    value = load_yaml(text).value
    assert isinstance(value, dict)
    assert value["one"] == {"x": 1, "y": 3}
    assert value["both"] == {"x": 1, "y": 2, "z": 6, "w": 0}
    assert value["copy"] == value["base"]
    assert value["plain"] == {"<<x": 1}
    assert str(load_yaml(text, "f").where(("one", "x"))) == "f:1:17"


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "'a' is given twice, first on line 1"),
        ("a: {b: 1, 'b': 2}", 1, 11, "'b' is given twice"),
        ("a: {x: 1\n", 1, 9, "expected ',' or '}'"),
        ("a: [1, 2\nb: 3\n", 2, 2, "expected ',' or ']'"),
        ("a: b: c\n", 1, 5, "a colon that does not belong here"),
        ("a: 1\n b: 2\n", 2, 3, "a colon that does not belong here"),
        ("a:\n\t- b\n", 2, 1, "a tab where YAML wants spaces"),
        ("- a\nb: 1\n", 2, 1, "not a valid entry here"),
        ("a:\n  - b\n - c\n", 3, 2, "not a valid entry here"),
        ("a: 'x\n\n", 1, 4, "a quote that is not closed"),
        ("a: `x`\n", 1, 4, "a value cannot start with '`'"),
        ("a: *x\n", 1, 4, "undefined alias 'x'"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document"),
        ("? [a]\n: b\n", 1, 3, "the name of an entry must be a scalar"),
        ("a: \x01\n", 1, 4, "a character that YAML does not allow"),
        ("a: !!int x\n", 1, 4, "'x' is not a whole number"),
        ("a: !!bool yes\n", 1, 4, "'yes' is not true or false"),
        ("a: !!float x\n", 1, 4, "'x' is not a number"),
        ("a: !!null x\n", 1, 4, "'x' is not null"),
        ("a: " + "9" * 5000, 1, 4, "is not a whole number"),
        ("a: !foo 1\n", 1, 4, "unknown tag '!foo'"),
        ("a: !!set {x}\n", 1, 4, "unknown tag '!!set'"),
        ("a: !!python/object/apply:os.system ['id']\n", 1, 4, "unknown tag"),
        ("a: <<\n<<: 3\n", 2, 5, "a merge key takes a map or a list of maps"),
        ("a: 1\n<<: [3]\n", 2, 6, "a merge key takes a map"),
    ],
)
def test_what_is_not_yaml_is_shown_with_its_place(text: str, line: int, column: int, message: str) -> None:
    error = refused(text)
    assert error.code == "inputs.yaml"
    assert message in error.message
    assert error.where is not None
    assert (error.where.path, error.where.line, error.where.column) == ("dev.yaml", line, column)


def test_an_excerpt_cannot_steer_the_terminal_nor_flood_it() -> None:
    assert "\x1b" not in str(refused("a: \x1b[31m\n"))
    assert len(str(refused("a: " + "9" * 5000))) < 300


BOMBS = {
    "values": "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 10)),
    "merges": "a0: &a0 {x: 1}\n"
    + "".join(f"a{level}: &a{level} {{<<: [{','.join([f'*a{level - 1}'] * 9)}]}}\n" for level in range(1, 12)),
    "chain": "a0: &a0 x\n" + "".join(f"a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 300)),
    "itself": "a: &a [*a]\n",
    "merged with itself": "a: &a {<<: *a}\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_aliases_cannot_blow_up(name: str) -> None:
    error = refused(BOMBS[name])
    assert "aliases" in error.message


@pytest.mark.parametrize("text", ["- " * 20_000 + "x", "[" * 20_000, "{a: " * 20_000])
def test_nesting_is_bounded(text: str) -> None:
    assert "deep" in refused(text).message or "depth" in refused(text).message


def test_a_tag_has_a_reader_or_is_an_error() -> None:
    seen: list[object] = []

    def read(value: object, where: Location) -> object:
        seen.append((value, str(where)))
        return "read"

    document = load_yaml("a: !env HOME\nb: !env [x, 1]\nc: !env 012\n", "f", {"!env": read})
    assert document.value == {"a": "read", "b": "read", "c": "read"}
    assert seen == [("HOME", "f:1:4"), (["x", 1], "f:2:4"), ("012", "f:3:4")]
    with pytest.raises(MflowError) as caught:
        load_yaml("a: !evn HOME", tags={"!env": read})
    assert "'!env'" in caught.value.hint
    with pytest.raises(MflowError, match="known here: !env"):
        load_yaml("a: !something HOME", tags={"!env": read})


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(plain)
def test_what_is_dumped_quoted_is_read_back(value: object) -> None:
    text = yaml.safe_dump(value, default_style='"', allow_unicode=False)
    assert load_yaml(text).value == value


@given(st.text())
def test_any_text_is_read_or_refused_but_never_breaks(text: str) -> None:
    try:
        load_yaml(text)
    except MflowError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "value"), [("8", 8), ("true", True), ("yes", "yes"), ("a: b #c", "a: b #c"), ("", None)]
)
def test_one_scalar_is_read_alone(text: str, value: object) -> None:
    assert parse_scalar(text) == value
