"""Diagrams and near-diagrams for property tests, and the texts that a larger fuzzing run mutates."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.sampled_from(["A", "B", "C1", "api", "user_db", "Ünit", "x-ray", "node.a"])
TEXTS = st.text(st.sampled_from("abcXYZ 0:.,é!?'/"), max_size=12)
BLANKS = st.sampled_from(["", " ", "   ", "\t"])
LINE_ENDS = st.sampled_from(["\n", "\n", "\n\n", "\n\n\n", " \n", ";\n", "\r\n", "\n%% a comment\n", "\n  %% b\n\n"])

FRAGMENTS = (
    *("->>", "-->>", "->", "-x", "--)", "<<->>", "-|\\", "//-", "()", "+", "-", ":", ";", "#", "%%", "%%{wrap}%%"),
    *(
        "@{",
        "}",
        "{",
        "[",
        "]",
        "(",
        ")",
        "|",
        '"',
        "`",
        " as ",
        "\n",
        "\n\n",
        " ",
        "\t",
        "\r\n",
        "  ",
        ",",
        "&",
        "~~~",
    ),
    *("loop ", "alt ", "else", "par ", "and ", "end", "rect #f00", "box Aqua ", "note over A: x", "Note left of A"),
    *(
        "participant ",
        "actor ",
        "create ",
        "destroy ",
        "activate ",
        "autonumber 1 ",
        "links A: {}",
        "title ",
        "accDescr {",
    ),
    *(
        "-->",
        "---",
        "-.->",
        "==>",
        "o--o",
        "-- t -->",
        "|t|",
        "[x]",
        "{x}",
        "((x))",
        "[/x/]",
        ":::c",
        "e1@",
        "@{shape: x}",
    ),
    *(
        "subgraph s",
        "direction LR",
        "style A fill:#f00;",
        "classDef c a:b",
        "class A c",
        'click A "u"',
        "linkStyle 0 a:b",
    ),
    *(
        "sequenceDiagram\n",
        "flowchart TD\n",
        "graph LR;",
        "---\ntitle: x\n---\n",
        "#quot;",
        "<br>",
        "é",
        "\u2028",
        "\0",
    ),
)
"""What diagrams are made of: in any order it is mostly none."""

soups = st.builds(
    lambda header, parts: header + "".join(parts),
    st.sampled_from(["sequenceDiagram\n", "flowchart TD\n", ""]),
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), NAMES, TEXTS), max_size=25),
)
"""Texts of pieces of the language."""


@st.composite
def sequence_diagrams(draw: st.DrawFn) -> str:
    """A sequence diagram that parses, with blanks and comments in odd places."""
    lines = [*draw(st.lists(_statements(0), max_size=8))]
    return draw(_front()) + "sequenceDiagram" + draw(LINE_ENDS) + "".join(lines)


@st.composite
def _statements(draw: st.DrawFn, depth: int) -> str:
    blank, end = draw(BLANKS), draw(LINE_ENDS)
    name, other, text = draw(NAMES), draw(NAMES), draw(TEXTS)
    kind = draw(st.integers(0, 9 if depth < 2 else 6))
    if kind <= 2:
        arrow = draw(st.sampled_from(["->>", "-->>", "->", "--x", "-)", "<<-->>", "-|/", "--//"]))
        mark = draw(st.sampled_from(["", "", "+", "()"]))
        return f"{blank}{name} {arrow}{blank}{mark} {other}{blank}:{blank}{text}{end}"
    if kind == 3:
        place = draw(
            st.sampled_from([f"over {name}", f"OVER {name} ,{blank}{other}", f"left of {name}", f"Right of {name}"])
        )
        return f"{blank}Note {place}: {text}{end}"
    if kind == 4:
        alias = draw(st.sampled_from(["", f" as {blank}{text}", '@{ "type": "queue" }', "@{\n type: queue\n}"]))
        return f"{blank}{draw(st.sampled_from(['participant', 'Actor']))} {name}{alias}\n"
    if kind == 5:
        return f"{blank}activate {name}{end}"
    if kind == 6:
        return f"{blank}autonumber{draw(st.sampled_from(['', ' 10', ' 10 .5', ' off']))}\n"
    body = "".join(draw(st.lists(_statements(depth + 1), max_size=3)))
    other_body = "".join(draw(st.lists(_statements(depth + 1), max_size=2)))
    opening, branch = draw(st.sampled_from([("loop", ""), ("ALT", "else"), ("par", "and"), ("critical", "option")]))
    second = f"{blank}{branch} {text}{end}{other_body}" if branch else ""
    return f"{blank}{opening} {text}{end}{body}{second}{blank}end{end}"


@st.composite
def flowcharts(draw: st.DrawFn) -> str:
    """A flowchart that parses, with blanks and comments in odd places."""
    header = draw(st.sampled_from(["flowchart TD", "graph LR", "flowchart  RL"]))
    return draw(_front()) + header + "\n" + "".join(draw(st.lists(_chart_statements(0), max_size=8)))


@st.composite
def _chart_statements(draw: st.DrawFn, depth: int) -> str:
    blank, end = draw(BLANKS), draw(LINE_ENDS)
    kind = draw(st.integers(0, 6 if depth < 2 else 4))
    if kind <= 2:
        parts = [draw(_nodes())]
        for _ in range(draw(st.integers(0, 3))):
            label = draw(st.sampled_from(["", "", "|yes|", '|"a b"|']))
            arrow = draw(st.sampled_from(["-->", "---", "-.->", "==>", "--o", "<-->", "-- no -->", " & "]))
            joined = arrow if arrow == " & " else f"{arrow}{label if '|' in label and 'no' not in arrow else ''} "
            parts += [f"{blank} {joined}", draw(_nodes())]
        return blank + "".join(parts) + end
    if kind == 3:
        return f"{blank}style {draw(NAMES)} fill:#f9f,stroke:red\n"
    if kind == 4:
        return f"{blank}classDef c{depth} fill:#f9f\n"
    body = "".join(draw(st.lists(_chart_statements(depth + 1), max_size=3)))
    title = draw(st.sampled_from(["", "[A title]", ' ["A title"]', " "]))
    return f"{blank}subgraph s{draw(st.integers(0, 99))}{title}\n{body}{blank}end\n"


@st.composite
def _nodes(draw: st.DrawFn) -> str:
    label = "".join(draw(st.lists(st.sampled_from("abc xyz"), min_size=1, max_size=8))).strip() or "x"
    shape = draw(st.sampled_from(["", "", "[{0}]", "({0})", "{{{0}}}", '["{0}\n more"]', "@{{ shape: diam }}"]))
    return draw(st.sampled_from(["A", "B", "C1", "api", "user_db"])) + shape.format(label)


def _front() -> st.SearchStrategy[str]:
    return st.sampled_from(["", "", "---\ntitle: T\n---\n", "%%{init: {}}%%\n", "%% first\n\n"])
