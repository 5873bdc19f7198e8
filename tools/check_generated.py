"""Says whether every generated document is fresh: `python -m tools.check_generated`."""

from __future__ import annotations

import subprocess
import sys

GENERATORS = ("tools.rules_page", "tools.module_readme", "tools.catalog_page")


def main() -> int:
    """Run every generator with --check."""
    stale = [name for name in GENERATORS if subprocess.call([sys.executable, "-m", name, "--check"])]
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
