"""What the flowchart language means. What it accepts is the business of `tests/conformance`."""

from __future__ import annotations

import dataclasses

import pytest

from mermaid_flow.syntax._flowchart_draft import EdgeDraft, SubgraphDraft, VertexDraft
from mermaid_flow.syntax.flowchart import Definition, Edge, Flowchart, Subgraph, Vertex
from mermaid_flow.syntax.flowchart_parser import parse_flowchart
from mermaid_flow.syntax.source import Source


def chart(text: str, header: str = "flowchart TD") -> Flowchart:
    return parse_flowchart(Source(f"{header}\n{text}"))


def edge(text: str) -> Edge:
    (only,) = chart(text).edges
    return only


def vertex(text: str, name: str = "A") -> Vertex:
    return chart(text).vertices[name]


def pairs(text: str) -> list[tuple[str, str]]:
    return [(edge.start, edge.end) for edge in chart(text).edges]


# ------------------------------------------------------------------------------------------------------------- header


@pytest.mark.parametrize(
    ("header", "direction"),
    [
        ("graph TD", "TB"),
        ("flowchart LR;", "LR"),
        ("flowchart-elk RL", "RL"),
        ("graph BT", "BT"),
        ("graph", "TB"),
        ("graph >", "LR"),
        ("graph <", "RL"),
        ("graph ^", "BT"),
        ("graph v", "TB"),
    ],
)
def test_the_header_gives_the_direction(header: str, direction: str) -> None:
    assert chart("A", header).direction == direction


# -------------------------------------------------------------------------------------------------------------- nodes


@pytest.mark.parametrize(
    ("written", "kind", "shape"),
    [
        ("A", None, "rect"),
        ("A[x]", "square", "rect"),
        ("A(x)", "round", "rounded"),
        ("A([x])", "stadium", "stadium"),
        ("A[[x]]", "subroutine", "fr-rect"),
        ("A[(x)]", "cylinder", "cyl"),
        ("A((x))", "circle", "circle"),
        ("A(((x)))", "doublecircle", "dbl-circ"),
        ("A(-x-)", "ellipse", "ellipse"),
        ("A>x]", "odd", "odd"),
        ("A{x}", "diamond", "diam"),
        ("A{{x}}", "hexagon", "hex"),
        ("A[/x/]", "lean_right", "lean-r"),
        (r"A[\x\]", "lean_left", "lean-l"),
        (r"A[/x\]", "trapezoid", "trap-b"),
        (r"A[\x/]", "inv_trapezoid", "trap-t"),
        ("A[|k:w|x]", "rect", "rect"),
        ("A@{ shape: lean-r }", "lean-r", "lean-r"),
        ("A@{ shape: pill, label: x }", "pill", "stadium"),
        ("A{x}@{ shape: circle }", "circle", "circle"),
        ("A@{ shape: circle }\nA{x}", "diamond", "diam"),
        ("A{x}\nA", "diamond", "diam"),
    ],
)
def test_brackets_and_shape_names_give_the_shape(written: str, kind: str | None, shape: str) -> None:
    assert (vertex(written).type, vertex(written).shape) == (kind, shape)


@pytest.mark.parametrize(
    ("written", "label", "label_type"),
    [
        ("A", "A", "text"),
        ("A[ some words ]", "some words", "text"),
        ('A["[quoted] (words)"]', "[quoted] (words)", "string"),
        ('A["x" y]', "x y", "string"),
        (r'A["a \"b\""]', r"a \b\ ".strip(), "string"),
        ('A["`**bold** text`"]', "**bold** text", "markdown"),
        ('A[""x]', "x", "text"),
        ("A[-1]", "-1", "text"),
        ("A(/x)", "/x", "text"),
        ("A[a/b]", "a/b", "text"),
        ('A[/"x"/]', "x", "string"),
        ("A[|k:w| x ]", "x", "text"),
        ("A[two<br>lines]", "two\nlines", "text"),
        ("A[two\n lines]", "two\nlines", "text"),
        ('A[" "]', "", "string"),
        ("A[direct #9829;]", "direct ♥", "text"),
        ("A[end]", "end", "text"),
        ('A@{ label: "x: y" }', "x: y", "markdown"),
        ("A@{ label: 5 }", "5", "markdown"),
        ("A@{ label: 1e3 }", "1000", "markdown"),
        ("A@{ label: 2.50 }", "2.5", "markdown"),
        ("A@{ label: 1e-7 }", "1e-7", "markdown"),
        ("A@{ label: -.5 }", "-.5", "markdown"),
        ("A@{ label: .inf }", "Infinity", "markdown"),
        ("A@{ label: [a, 1.0, true] }", "a,1,true", "markdown"),
        ("A@{ : circle, label: x }", "x", "markdown"),
        ("A@{ label: :x }", ":x", "markdown"),
        ("A>x y@z]", "x y@z", "text"),
        ('A[/""x/]', "x", "text"),
        ('A(-""x""-)', "x", "text"),
        ('A -- "" x --> B', "A", "text"),
        ("A@{ label: true, labelType: string }", "true", "string"),
        ('A@{\n  shape: rect\n  label: "two\n    lines"\n}', "two\nlines", "markdown"),
        ('A[x]@{ label: "" }', "x", "text"),
        ("A[x]\nA[y]\nA", "y", "text"),
        ("A@{ icon: 'fa:bell' }", "", "text"),
        ("A@{ icon: 'fa:bell', label: x }", "x", "markdown"),
        ("A[x]@{ img: 'a.png' }", "x", "text"),
    ],
)
def test_labels_are_read_as_people_see_them(written: str, label: str, label_type: str) -> None:
    assert (vertex(written).label, vertex(written).label_type) == (label, label_type)


NAMES = r"""
    a.b a-b a_b a:b a,b a#b a*b a/b a!b a?b $a 50% 'a' a+b a\b a`b A&B é 中文 1 1a -a
    default End end1 the-end v a::b #
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_ids_may_hold_many_signs(name: str) -> None:
    assert list(chart(f"{name} --> Z").vertices) == [name, "Z"]


def test_what_a_node_is_given_adds_up() -> None:
    text = "A:::one\nA[x]:::two@{ w: 5, h: 6, unknown: 1 }\nclass A,B three\nstyle A fill:#f9f,stroke:#333"
    node = vertex(f"B\n{text}")
    assert node.classes == ("one", "two", "three")
    assert node.styles == ("fill:#f9f", "stroke:#333")
    assert node.properties == {"w": "5", "h": "6"}


def test_each_definition_is_kept() -> None:
    node = vertex('A[x]\nA{y}\nA@{ label: "z" }\nA@{ shape: circle }')
    assert [(item.label, item.shape) for item in node.definitions] == [
        ("x", "square"),
        ("y", "diamond"),
        ("z", None),
        (None, "circle"),
    ]


def test_several_pieces_of_data_are_read_as_one() -> None:
    assert vertex("A@{ shape: circle, }@{ label: x }").label == "x"


def test_icons_and_images_have_shapes_of_their_own() -> None:
    assert vertex("A@{ icon: 'fa:bell', form: circle }").shape == "icon"
    assert vertex("A@{ img: 'https://x.y/z.png', pos: b, constraint: on }").shape == "imageSquare"


def test_the_key_value_pair_of_a_bracket_is_kept() -> None:
    assert vertex("A[|borders:lt|x]").properties == {"props": "borders:lt"}


# -------------------------------------------------------------------------------------------------------------- edges


@pytest.mark.parametrize(
    ("arrow", "stroke", "kind", "length"),
    [
        ("-->", "normal", "arrow_point", 1),
        ("---", "normal", "arrow_open", 1),
        ("--x", "normal", "arrow_cross", 1),
        ("--o", "normal", "arrow_circle", 1),
        ("---->", "normal", "arrow_point", 3),
        ("==>", "thick", "arrow_point", 1),
        ("====", "thick", "arrow_open", 2),
        ("-.->", "dotted", "arrow_point", 1),
        ("-...-", "dotted", "arrow_open", 3),
        (".->", "dotted", "arrow_point", 1),
        ("~~~", "invisible", "arrow_open", 1),
        ("<-->", "normal", "double_arrow_point", 1),
        ("o==o", "thick", "double_arrow_circle", 1),
        ("x-.-x", "dotted", "double_arrow_cross", 1),
        ("-" * 30 + ">", "normal", "arrow_point", 10),
    ],
)
def test_arrows_have_a_stroke_ends_and_a_length(arrow: str, stroke: str, kind: str, length: int) -> None:
    plain = edge(f"A {arrow} B")
    assert (plain.stroke, plain.type, plain.length, plain.label) == (stroke, kind, length, "")


@pytest.mark.parametrize(
    ("link", "label", "kind", "label_type"),
    [
        ("-->|yes|", "yes", "arrow_point", "text"),
        ("-->  | yes |  ", "yes", "arrow_point", "text"),
        ('-->|"a (b)"|', "a (b)", "arrow_point", "string"),
        ("-- yes -->", "yes", "arrow_point", "text"),
        ("-- a - (b) [c] -->", "a - (b) [c]", "arrow_point", "text"),
        ("== yes ==>", "yes", "arrow_point", "text"),
        ("-. yes .->", "yes", "arrow_point", "text"),
        ("-. a-b .-", "a-b", "arrow_open", "text"),
        ('-- "a--b" -->', "a--b", "arrow_point", "string"),
        ('== "`*a=b*`" ==>', "*a=b*", "arrow_point", "markdown"),
        ("<-- yes -->", "yes", "double_arrow_point", "text"),
        ("x-- yes --x", "yes", "double_arrow_cross", "text"),
        ("o-. yes .-o", "yes", "double_arrow_circle", "text"),
        ("-- for x --x ", "for x", "arrow_cross", "text"),
    ],
)
def test_links_have_labels_in_several_forms(link: str, label: str, kind: str, label_type: str) -> None:
    labelled = edge(f"A {link} B")
    assert (labelled.label, labelled.type, labelled.label_type) == (label, kind, label_type)


def test_chains_and_groups_are_multiplied_out_in_order() -> None:
    assert pairs("A & B --> C & D --> E") == [
        ("A", "C"),
        ("A", "D"),
        ("B", "C"),
        ("B", "D"),
        ("C", "E"),
        ("D", "E"),
    ]
    assert [edge.index for edge in chart("A & B --> C & D").edges] == [0, 1, 2, 3]


def test_a_link_may_stand_on_lines_of_its_own() -> None:
    assert pairs("A\n-->\n\nB; C\n --> D") == [("A", "B"), ("C", "D")]


def test_one_edge_of_a_group_gets_the_id_and_can_be_talked_about() -> None:
    text = "A & B e1@--> C & D\ne1@{ animate: true, curve: linear }\nclass e1 c\ne1:::d\nlinkStyle 2 stroke:red"
    edges = chart(text).edges
    assert [item.id for item in edges] == [None, None, "e1", None]
    assert edges[2].properties == {"animate": "true", "curve": "linear"}
    assert edges[2].classes == ("c", "d")
    assert edges[2].style == ("stroke:red",)
    assert list(chart(text).vertices) == ["A", "B", "C", "D"]


def test_an_edge_id_may_follow_a_bracket_or_stand_before_a_text() -> None:
    assert edge("A[x]e1@-->B").id == "e1"
    assert edge("A e1@ -- t --> B").id == "e1"
    assert edge("A .e1@--> B").id == ".e1"


def test_link_styles_follow_the_edges_they_are_about() -> None:
    text = (
        "A --> B\nlinkStyle default interpolate basis stroke:red\nB --> C\n"
        "linkStyle 0,1 interpolate linear stroke:#333,fill:none\nlinkStyle 1 interpolate step"
    )
    result = chart(text)
    assert result.default_edge_style == ("stroke:red",)
    assert result.default_edge_curve == "basis"
    assert [item.style for item in result.edges] == [("stroke:#333", "fill:none")] * 2
    assert [item.properties["curve"] for item in result.edges] == ["linear", "step"]
    assert chart("A\nlinkStyle default interpolate basis\nA --> B").edges[0].properties == {"curve": "basis"}


# ---------------------------------------------------------------------------------------------------------- subgraphs


@pytest.mark.parametrize(
    ("first_line", "name", "title"),
    [
        ("subgraph S", "S", "S"),
        ("subgraph S[The title]", "S", "The title"),
        ('subgraph S ["The (title)"]', "S", "The (title)"),
        ('subgraph "Title"', "Title", "Title"),
        ('subgraph "Two words"', "subGraph0", "Two words"),
        ("subgraph two words", "subGraph0", "two words"),
        ("subgraph S ", "subGraph0", "S"),
        ('subgraph "T" U', "subGraph0", "T U"),
        ('subgraph "T"U', "TU", "TU"),
        ('subgraph "`T`" U', "subGraph0", "T U"),
        ('subgraph ""T', "T", "T"),
        ("subgraph end-to-end", "end-to-end", "end-to-end"),
        ("subgraph the end;", "subGraph0", "the end"),
        ('subgraph "`**bold**`"', "**bold**", "**bold**"),
        ("subgraph v1.2", "v1.2", "v1.2"),
    ],
)
def test_the_first_line_of_a_subgraph_gives_id_and_title(first_line: str, name: str, title: str) -> None:
    (subgraph,) = chart(f"{first_line}\nA\nend").subgraphs
    assert (subgraph.id, subgraph.title, subgraph.nodes) == (name, title, ("A",))


def test_subgraphs_are_listed_inner_before_outer_and_know_their_parents() -> None:
    result = chart("subgraph O\ndirection LR\nA\nsubgraph I\ndirection TD\nB --> C\nend\nend\nD")
    assert [(item.id, item.nodes, item.parent, item.direction) for item in result.subgraphs] == [
        ("I", ("B", "C"), "O", "TD"),
        ("O", ("A", "I"), None, "LR"),
    ]
    assert {name: node.parent for name, node in result.vertices.items()} == {"B": "I", "C": "I", "A": "O", "D": None}


def test_a_node_that_was_defined_outside_moves_into_the_subgraph_that_names_it() -> None:
    assert chart("A --> B\nsubgraph S\nB --> C\nend").vertices["B"].parent == "S"


def test_the_first_subgraph_that_closes_keeps_a_node() -> None:
    result = chart("subgraph S\nA\nend\nsubgraph T\nA --> B\nend")
    assert [item.nodes for item in result.subgraphs] == [("A",), ("B",)]


def test_a_repeated_id_joins_the_first_subgraph() -> None:
    (subgraph,) = chart("subgraph S[one]\nA\nend\nsubgraph S[two]\nB\nS\nend").subgraphs
    assert (subgraph.title, subgraph.nodes) == ("one", ("A", "B"))


def test_a_subgraph_in_an_edge_is_a_vertex_too() -> None:
    result = chart("subgraph S\nA\nend\nS --> B\nclass S c\nS@{ view: collapsed }\nstyle S fill:red")
    assert result.vertices["S"].styles == ("fill:red",)
    assert result.subgraphs[0].classes == ("c",)
    assert result.subgraphs[0].properties == {"view": "collapsed"}


def test_statements_may_follow_an_end_on_its_line() -> None:
    assert pairs("subgraph S\nA --> B\nend C --> D") == [("A", "B"), ("C", "D")]


# --------------------------------------------------------------------------------------------------- other statements


def test_classes_are_defined_for_several_names_at_once_and_add_up() -> None:
    result = chart("A:::a\nclassDef a,b fill:#f9f,stroke:#333\nclassDef b font-family:Arial\\, serif")
    assert result.class_defs == {
        "a": ("fill:#f9f", "stroke:#333"),
        "b": ("fill:#f9f", "stroke:#333", "font-family:Arial, serif"),
    }
    assert [item.name for item in result.class_definitions] == ["a", "b", "b"]


def test_uses_of_classes_are_listed_with_their_targets() -> None:
    uses = chart("A:::a\nclass A,B b").class_uses
    assert [(use.name, use.targets) for use in uses] == [("a", ("A",)), ("b", ("A", "B"))]


@pytest.mark.parametrize(
    ("click", "properties"),
    [
        ('click A "https://x.y" "tip" _blank', {"link": "https://x.y", "tooltip": "tip", "link_target": "_blank"}),
        ('click A href "https://x.y"', {"link": "https://x.y"}),
        ("click A callback", {"callback": "callback"}),
        ('click A call back(1, 2) "tip"', {"callback": "back", "tooltip": "tip"}),
        ("click A call back()", {"callback": "back"}),
    ],
)
def test_clicks_give_links_callbacks_and_tooltips(click: str, properties: dict[str, str]) -> None:
    node = vertex(f"A\n{click}")
    assert node.properties == properties
    assert node.classes == ("clickable",)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "JaVa\tScript:x", "&#106;avascript:x", "data:text/html,x"])
def test_links_that_run_code_are_not_kept(link: str) -> None:
    result = chart(f'A\nclick A "{link}"')
    assert result.vertices["A"].properties["link"] == "about:blank"
    assert "run code" in result.warnings[0][0]


def test_texts_for_those_who_cannot_see_are_read() -> None:
    result = chart("accTitle: The title\naccDescr: The description\nA")
    assert (result.acc_title, result.acc_descr) == ("The title", "The description")
    assert chart("accDescr {\n  two\n  lines\n} A").acc_descr == "two\nlines"
    assert chart("accDescr {}\nA").acc_descr == ""


@pytest.mark.parametrize(("text", "kept"), [("{}", "first"), ("{ \n}", "first"), ("{\n\n", "")])
def test_an_empty_description_need_not_be_closed_where_the_text_ends(text: str, kept: str) -> None:
    result = chart(f"accDescr: first\nA\naccDescr {text}")
    assert (result.acc_descr, [*result.vertices]) == (kept, ["A"])


def test_front_matter_and_comments_come_with_the_chart() -> None:
    result = parse_flowchart(Source("---\ntitle: T\nmflow: {a: 1}\n---\nflowchart TD\n%% note\nA"))
    assert result.title == "T"
    assert result.front_matter["mflow"] == {"a": 1}
    assert [comment.text for comment in result.comments] == [" note"]


def test_thousands_of_statements_are_read_in_runs() -> None:
    lines = [f"N{i}[Node {i}] --> N{i + 1}\nclass N{i} c" for i in range(1_200)]
    result = chart("\n".join(lines))
    assert len(result.edges) == 1_200
    assert all(node.classes == ("c",) for node in list(result.vertices.values())[:-1])


# ------------------------------------------------------------------------------------------------------------- drafts


@pytest.mark.parametrize(("draft", "finished"), [(VertexDraft, Vertex), (EdgeDraft, Edge), (SubgraphDraft, Subgraph)])
def test_a_draft_has_the_fields_of_what_becomes_of_it(draft: type, finished: type) -> None:
    assert [item.name for item in dataclasses.fields(draft)] == [item.name for item in dataclasses.fields(finished)]


def test_what_comes_out_is_frozen_and_equals_what_the_constructor_makes() -> None:
    result = chart("A[x]:::c --> B")
    node = result.vertices["A"]
    assert node == dataclasses.replace(node)
    assert isinstance(node.definitions[0], Definition)
    with pytest.raises(dataclasses.FrozenInstanceError):
        node.label = "y"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.edges[0].label = "y"  # type: ignore[misc]
