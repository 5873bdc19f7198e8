"""docs/catalog.md says what the handlers do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import catalog_page


def test_the_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert catalog_page.main(["--check"]) == 0, capsys.readouterr().out


def test_a_page_that_is_out_of_date_is_noticed_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalog_page, "ROOT", tmp_path)
    monkeypatch.setattr(catalog_page, "PAGE", tmp_path / "catalog.md")
    for name, text in {
        "mflow.yaml": "name: garden\n",
        "diagrams/tea-time.mmd": (
            'flowchart TD\n  A["Brew | Pour"] --> B{Milk?}\n  B -->|Yes| C[Serve]\n'
            "  B -->|No| C --> D[Refill] --> E[Again]\n"
        ),
        "handlers/tea_time.py": (
            '"""Tea is made\nin a pot."""\nfrom mermaid_flow import action, configure, decision, ModuleCall\n'
            "from . import kitchen\n\n"
            '@configure("A")\ndef brew(context):\n    """Leaves into\n    water."""\n'
            '    return ModuleCall("pot", "pot", {})\n\n'
            '@decision("B")\ndef milk(context):\n    return True\n\n'
            '@configure("C")\ndef serve(context):\n    """To the table.\n\n    Mind the cups."""\n\n'
            '@action("D")\ndef refill(context):\n    """More."""\n'
            '    context.component.declare("D", [ModuleCall(\n        "pot", "more", {})])\n\n'
            '@action("E")\ndef again(context):\n    """All over."""\n    kitchen.boil(context)\n'
        ),
        "handlers/kitchen.py": (
            "from mermaid_flow import action, ModuleCall\n\n"
            '@action("boil")\ndef boil(context):\n    _kettle(context)\n\n'
            'def _kettle(context):\n    context.component.declare("E", [ModuleCall("kettle", "kettle", {})])\n'
        ),
        "terraform/modules/kettle/main.tf": 'resource "terraform_data" "this" {}\n',
        "terraform/modules/pot/main.tf": 'resource "terraform_data" "this" {}\n',
        "vars/tea-time/green.yaml": "{}\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert catalog_page.main(["--check"]) == 1
    assert capsys.readouterr().out == "catalog.md is out of date\n"
    assert catalog_page.main([]) == 0
    assert catalog_page.main(["--check"]) == 0
    page = (tmp_path / "catalog.md").read_text()
    assert "## tea-time\n\nTea is made\nin a pot.\n\nExample vars: `vars/tea-time/green.yaml`." in page
    assert "| Brew \\| Pour (`A`) | Leaves into water. | `terraform_data` (`module.pot`) |" in page
    assert "| Milk? (`B`) |  (Yes / No) |  |" in page
    assert "| Serve (`C`) | To the table. |  |" in page
    assert "| Refill (`D`) | More. | `terraform_data` (module `pot`) |" in page
    assert "| Again (`E`) | All over. | `terraform_data` (module `kettle`) |" in page
