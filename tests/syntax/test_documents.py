from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.syntax.documents import find_diagrams, read_document, read_sources
from mermaid_flow.syntax.source import Span


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problem_of(path: Path) -> MflowError:
    with pytest.raises(MflowError) as caught:
        read_sources(path)
    return caught.value


class TestMermaidFiles:
    def test_a_mermaid_file_is_one_diagram_as_it_stands(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.mmd", "flowchart TD\r\n\tA --> B\r\n")
        (source,) = read_sources(path)
        assert source.text == "flowchart TD\r\n\tA --> B\r\n"
        assert (source.path, source.first_line, source.indent) == (str(path), 1, 0)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
    def test_a_byte_order_mark_chooses_the_encoding_and_is_not_text(self, tmp_path: Path, encoding: str) -> None:
        path = write(tmp_path, "a.mermaid", "flowchart TD\nÄ --> B\n".encode(encoding))
        document = read_document(path)
        assert document.text == "flowchart TD\nÄ --> B\n"
        assert document.encode(document.text) == path.read_bytes()

    def test_big_endian_utf_16_is_read_and_written_back(self, tmp_path: Path) -> None:
        content = b"\xfe\xff" + "graph TD\nA".encode("utf-16-be")
        document = read_document(write(tmp_path, "a.mmd", content))
        assert document.encode("graph TD\nA") == content

    def test_other_bytes_are_an_error_with_their_place(self, tmp_path: Path) -> None:
        error = problem_of(write(tmp_path, "a.mmd", "flowchart TD\n  Ä".encode() + "ü".encode("latin-1") + b"\n"))
        assert (error.code, error.message) == ("source.encoding", "not UTF-8 text: byte 0xFC")
        assert error.where is not None
        assert (error.where.line, error.where.column) == (2, 4)

    def test_utf_16_without_a_mark_is_named_as_such(self, tmp_path: Path) -> None:
        error = problem_of(write(tmp_path, "a.mmd", "flowchart TD".encode("utf-16-le")))
        assert "byte order mark" in error.hint

    def test_half_a_utf_16_character_is_an_error(self, tmp_path: Path) -> None:
        assert problem_of(write(tmp_path, "a.mmd", b"\xff\xfef\0l")).code == "source.encoding"

    def test_ten_megabytes_are_read(self, tmp_path: Path) -> None:
        text = "sequenceDiagram\n" + "A->>B: x\n" * 1_200_000
        assert read_sources(write(tmp_path, "a.mmd", text))[0].text == text


class TestUnreadableFiles:
    def test_a_broken_link(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mmd"
        path.symlink_to(tmp_path / "nowhere")
        assert "cannot be read: No such file" in str(problem_of(path))

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "Is a directory" in str(problem_of(tmp_path))

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mmd"
        os.mkfifo(path)
        assert "not a regular file" in str(problem_of(path))

    def test_a_file_too_large_to_be_a_diagram(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mmd"
        with path.open("wb") as file:
            file.truncate(65 * 1024 * 1024)
        assert "65 MB" in str(problem_of(path))

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.mmd", "graph TD")
        path.chmod(0)
        assert "Permission denied" in str(problem_of(path))


MARKDOWN = """\
# Title

```mermaid
flowchart TD
  A --> B
```

1. In a list:

   ~~~ Mermaid title="x"
   sequenceDiagram
     A->>B: x
   ~~~

> ```{mermaid}
> graph LR
>
> A
> ```

:::mermaid
graph TD

C
:::

```python
flowchart TD
```

    ```mermaid
    indented code, no fence
    ```

```mermaidjs
nothing
```
"""


class TestMarkdown:
    def test_each_mermaid_fence_is_a_diagram_with_the_files_lines(self, tmp_path: Path) -> None:
        sources = read_sources(write(tmp_path, "a.md", MARKDOWN))
        assert [(source.text, source.first_line, source.indent) for source in sources] == [
            ("flowchart TD\n  A --> B\n", 4, 0),
            ("sequenceDiagram\n  A->>B: x\n", 11, 3),
            ("graph LR\n\nA\n", 16, 2),
            ("graph TD\n\nC\n", 22, 0),
        ]

    def test_a_place_in_a_fence_is_the_place_in_the_file(self, tmp_path: Path) -> None:
        source = read_sources(write(tmp_path, "a.md", MARKDOWN))[1]
        start = source.text.index("A->>B")
        where = source.location(Span(start, start + 1))
        assert (where.line, where.column, where.excerpt) == (12, 6, "     A->>B: x")
        assert MARKDOWN.splitlines()[where.line - 1][where.column - 1] == "A"

    def test_a_passage_is_the_place_of_the_diagrams_lines(self, tmp_path: Path) -> None:
        document = read_document(write(tmp_path, "a.markdown", MARKDOWN))
        passage = document.passages[2]
        assert document.text[passage.start : passage.end] == "> graph LR\n>\n> A\n"
        assert passage.prefix == "> "

    def test_line_endings_and_tabs_stay(self, tmp_path: Path) -> None:
        (source,) = read_sources(write(tmp_path, "a.md", "-\t```mermaid\r\n\tgraph TD\r\n\t\tA\r\n\t```\r\n"))
        assert source.text == "graph TD\r\n\tA\r\n"
        assert source.first_line == 2

    def test_a_tab_that_is_partly_indentation_is_taken_whole(self, tmp_path: Path) -> None:
        (source,) = read_sources(write(tmp_path, "a.md", "- ```mermaid\n\tgraph TD\n  ```\n"))
        assert source.text == "graph TD\n"

    def test_an_empty_fence_is_an_empty_diagram(self, tmp_path: Path) -> None:
        (source,) = read_sources(write(tmp_path, "a.md", "```mermaid\n```\n"))
        assert source.text == ""

    @pytest.mark.parametrize(
        "text",
        [
            "x\n\n~~~mermaid\ngraph TD",
            "x\n\n~~~mermaid\ngraph TD\n\n",
            "x\n\n~~~mermaid",
            "x\n\n~~~mermaid\nA\n```\n",
            "x\n\n> ~~~mermaid\n> A\n\n~~~\n",
        ],
    )
    def test_a_fence_that_never_closes_is_reported_at_its_opening(self, tmp_path: Path, text: str) -> None:
        error = problem_of(write(tmp_path, "a.md", text))
        assert (error.code, error.message) == ("source.fence", "this Mermaid fence is never closed")
        assert error.where is not None
        assert error.where.line == 3
        assert error.where.caret().splitlines()[0] == text.splitlines()[2]

    def test_the_other_fences_of_a_broken_file_are_still_there(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.md", "```mermaid\ngraph TD\n```\n- ```mermaid\n  A\n\n- ```mermaid\n  A\n\nx\n")
        document = read_document(path)
        assert [source.text for source in document.sources] == ["graph TD\n"]
        assert isinstance(problem_of(path), Problems)

    def test_the_markdown_library_is_not_loaded_for_files_without_fences(self, tmp_path: Path) -> None:
        write(tmp_path, "a.md", "# about mermaid\n```\nx\n```\n")
        write(tmp_path, "b.mmd", "graph TD\n")
        program = (
            "import sys; from pathlib import Path; from mermaid_flow.syntax.documents import *\n"
            f"for path in find_diagrams([Path({str(tmp_path)!r})]): read_document(path)\n"
            "sys.exit('markdown_it' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


class TestFindDiagrams:
    def test_folders_are_searched_and_files_taken_as_named(self, tmp_path: Path) -> None:
        for name in ["b.mmd", "a.MERMAID", "sub/c.md", "sub/d.markdown", "e.txt", ".git/f.md", "node_modules/x/g.md"]:
            write(tmp_path, name, "")
        found = find_diagrams([tmp_path / "e.txt", tmp_path, tmp_path / "b.mmd"])
        assert [path.relative_to(tmp_path).as_posix() for path in found] == [
            "e.txt",
            "a.MERMAID",
            "b.mmd",
            "sub/c.md",
            "sub/d.markdown",
        ]

    def test_a_path_that_is_not_there_is_an_error_with_a_suggestion(self, tmp_path: Path) -> None:
        write(tmp_path, "vpc.mmd", "")
        with pytest.raises(MflowError, match="does not exist") as caught:
            find_diagrams([tmp_path / "vcp.mmd"])
        assert caught.value.hint == "did you mean 'vpc.mmd'?"
        with pytest.raises(MflowError, match="does not exist"):
            find_diagrams([tmp_path / "no" / "vpc.mmd"])

    def test_a_folder_that_cannot_be_listed_is_reported_when_it_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tmp_path, "a.mmd", "")
        (tmp_path / "closed").mkdir()
        scandir = os.scandir

        def refuse(path: str) -> object:
            if Path(path).name == "closed":
                raise PermissionError(13, "Permission denied", str(path))
            return scandir(path)

        # The test may run as root, whom no permission stops.
        monkeypatch.setattr(os, "scandir", refuse)
        assert find_diagrams([tmp_path]) == [tmp_path / "a.mmd", tmp_path / "closed"]
