"""Fuzzing of the parsers and the formatter: whatever the text, nothing but `MflowError` may come out, and quickly.

Usage: python benchmarks/fuzz.py [--count N] [--seed N] [--longest N] [--only {hypothesis,atheris,growth}]

N texts (1,000,000 by default): a tenth from hypothesis (pieces of the language, diagrams with some edits, any unicode),
the others from atheris, which watches the coverage of the parsers (`pip install atheris`; without it hypothesis makes
all). Each text is parsed; each that parses is formatted, parsed again, and formatted again. Then texts of known bad
shapes are doubled in size: none may take more than three times as long. Ends with 1 on the first failure, with the
text that fails.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax import parse, parse_all_problems
from mermaid_flow.syntax.source import Source
from mermaid_flow.syntax.writer import format_source, same_meaning

ROOT = Path(__file__).parent.parent

GROWING = {
    "messages": "sequenceDiagram\n{A->>B: x\n}",
    "messages on a line": "sequenceDiagram\n{A->>B: x;}",
    "hyphens": "sequenceDiagram\n{A-}",
    "brackets in a name": "sequenceDiagram\n{A(}",
    "open configurations": "sequenceDiagram\n{participant A@@LBRACE x: y\n}",
    "open descriptions": "sequenceDiagram\n{accDescr @LBRACE\n}",
    "open loops": "sequenceDiagram\n{loop\n}",
    "no statements": "sequenceDiagram\n{foo\n}",
    "blanks": "sequenceDiagram\nA->>{ \n}",
    "tags": "sequenceDiagram\nA->>B: {<a}",
    "entities": "sequenceDiagram\nA->>B: {#a}",
    "chains": "flowchart TD\n{A-->B\n}",
    "one chain": "flowchart TD\nA{-->B}",
    "ampersands": "flowchart TD\nA{ & B}",
    "open brackets": "flowchart TD\n{A[}",
    "open quotes": 'flowchart TD\n{A["x\n}',
    "open data": "flowchart TD\n{A@@LBRACE\n}",
    "subgraphs": "flowchart TD\n{subgraph S\n}",
    "styles": "flowchart TD\n{style A fill:#f00;}",
    "no statements in a chart": "flowchart TD\n{end x[\n}",
    "comments": "flowchart TD\n{%% x\n}",
    "directives": "{%%@LBRACEx}",
    "front matter": "---\n{a: b\n}",
    "blank lines": "{\n}",
    "touchy statements": "flowchart TD\n{subgraph S \nend\n}",
    "ended statements": "sequenceDiagram\n{;}",
}
"""What stands in braces is repeated."""


def check(text: str) -> None:
    """Raises what must not come out."""
    try:
        diagram = parse(text)
    except MflowError as error:
        str(error)
        return
    written = format_source(Source(text))
    if not same_meaning(diagram, parse(written)):
        raise AssertionError("formatting changed the meaning")
    if format_source(Source(written)) != written:
        raise AssertionError("formatting a formatted text changed it")


def guarded(text: str) -> None:
    """`check`, with the text in the message of whatever comes out."""
    try:
        check(text)
    except Exception as error:
        raise RuntimeError(f"{type(error).__name__}: {error}\n  text: {text!r}") from error


def known_texts() -> list[str]:
    """Diagrams to start from: this repository's and those of the tests."""
    from tests.syntax.diagrams import FRAGMENTS

    texts = [path.read_text("utf-8") for path in sorted((ROOT / "diagrams").glob("*.mmd"))]
    return [*texts, "".join(f"{part}\n" for part in FRAGMENTS)]


def with_hypothesis(count: int, seed: int) -> None:
    """Texts from the strategies of the tests, and known diagrams with a few edits."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    from tests.syntax.diagrams import FRAGMENTS, flowcharts, sequence_diagrams, soups

    originals = known_texts()

    @st.composite
    def edited(draw: st.DrawFn) -> str:
        text = draw(st.sampled_from(originals))
        for _ in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, len(text)))
            end = min(len(text), start + draw(st.integers(0, 12)))
            text = (
                text[:start]
                + draw(st.one_of(st.just(""), st.sampled_from(FRAGMENTS), st.text(max_size=3)))
                + text[end:]
            )
        return text

    texts = st.one_of(soups, st.text(max_size=200), edited(), sequence_diagrams(), flowcharts())
    done = 0
    # In rounds: hypothesis remembers every example of a round.
    while done < count:
        size = min(5_000, count - done)

        @seeded(seed + done)
        @settings(
            max_examples=size,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(texts)
        def round_of_texts(text: str) -> None:
            guarded(text)

        round_of_texts()
        done += size


def with_atheris(count: int, seed: int, longest: int) -> None:
    """Texts that libFuzzer mutates towards code not yet reached. Runs in a process of its own, which it ends itself."""
    import atheris

    with atheris.instrument_imports(include=["mermaid_flow.syntax"]):
        for name in [name for name in sys.modules if name.startswith("mermaid_flow.syntax")]:
            del sys.modules[name]
        import mermaid_flow.syntax.flowchart_parser
        import mermaid_flow.syntax.sequence_parser
        import mermaid_flow.syntax.writer

    syntax, writer = mermaid_flow.syntax, mermaid_flow.syntax.writer
    source = mermaid_flow.syntax.source.Source

    def one(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        try:
            diagram = syntax.parse(text)
        except MflowError as error:
            str(error)
            return
        written = writer.format_source(source(text))
        if not writer.same_meaning(diagram, syntax.parse(written)):
            raise AssertionError(f"formatting changed the meaning of {text!r}")

    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(known_texts()):
            Path(folder, str(number)).write_text(text, "utf-8")
        dictionary = Path(folder, "words.txt")
        from tests.syntax.diagrams import FRAGMENTS

        words = (part for part in FRAGMENTS if part.isascii() and part.isprintable())
        dictionary.write_text("".join(f'"{word}"\n' for word in words if '"' not in word and "\\" not in word))
        options = [f"-runs={count}", f"-seed={seed}", f"-max_len={longest}", "-timeout=20", f"-dict={dictionary}"]
        atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", folder], one)
        atheris.Fuzz()


def growth() -> list[str]:
    """The names of the shapes whose time grows faster than their size, with the times."""
    found = []
    for name, shape in GROWING.items():
        before, rest = shape.split("{", 1)
        part, after = rest.rsplit("}", 1)
        part = part.replace("@LBRACE", "{")

        def seconds(size: int, before: str = before, part: str = part, after: str = after) -> float:
            text = before + part * (size // len(part)) + after
            times = []
            for _ in range(3):
                began = time.process_time()
                diagram, _ = parse_all_problems(text)
                if diagram is not None:
                    format_source(Source(text))
                times.append(time.process_time() - began)
            return min(times)

        small, large = seconds(100_000), seconds(200_000)
        print(f"  {name:26} {small * 1000:8.1f} ms {large * 1000:8.1f} ms  x{large / max(small, 1e-9):.1f}")
        # Below some milliseconds the clock says little.
        if large > 0.02 and large > 3 * small:
            found.append(f"{name}: {small:.3f} s, twice the size {large:.3f} s")
    return found


def run(target: Callable[..., None], count: int, seed: int, *more: int) -> bool:
    """Run a fuzzer in a process of its own. Whether it went well."""
    process = multiprocessing.get_context("fork").Process(target=target, args=(count, seed, *more))
    began = time.perf_counter()
    process.start()
    process.join()
    name = target.__name__.removeprefix("with_")
    print(f"{name}: {count} texts, seed {seed}, {time.perf_counter() - began:.0f} s, exit {process.exitcode}")
    return process.exitcode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    parser.add_argument("--longest", type=int, default=2_000, help="bytes of a text that atheris makes")
    parser.add_argument("--only", choices=["hypothesis", "atheris", "growth"])
    arguments = parser.parse_args()
    try:
        import atheris  # noqa: F401

        has_atheris = arguments.only != "hypothesis"
    except ImportError:
        has_atheris = False
    good = True
    if arguments.only == "atheris" or (arguments.only is None and has_atheris):
        share = arguments.count if arguments.only else arguments.count - arguments.count // 10
        good &= run(with_atheris, share, arguments.seed % 2**31 or 1, arguments.longest)
    if arguments.only in (None, "hypothesis"):
        share = arguments.count // 10 if has_atheris else arguments.count
        good &= run(with_hypothesis, share, arguments.seed)
    if arguments.only in (None, "growth"):
        slow = growth()
        good &= not slow
        print("\n".join(slow) or "growth: linear")
    print("nothing but MflowError came out" if good else f"failed: seed {arguments.seed}")
    return 0 if good else 1


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
