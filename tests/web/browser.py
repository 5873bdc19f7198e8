"""Debian's chromium, headless, with nothing that it does by itself; no browser is downloaded."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browser(profile: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> Iterator[BrowserContext]:
    """A browser with a new profile in the folder `profile`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
        )
        try:
            yield context
        finally:
            context.close()


@dataclass
class Window:
    """A page of the browser, and all that it complained of or asked for.

    expected: what it may complain of, where a test breaks something on purpose. The page goes on trying until it is
    closed, so the complaints cannot be counted before that.
    """

    page: Page
    home: str
    expected: re.Pattern[str] | None = None
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(20_000)
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        self.page.on("dialog", lambda dialog: self._complain(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self._complain(text)

    def _complain(self, text: str) -> None:
        if self.expected is None or not self.expected.search(text):
            self.complaints.append(text)

    def show(self, run: str) -> None:
        """Open a run; the page is the same one from then on, as `still_open` says."""
        self.page.goto(f"{self.home}/runs/{run}")
        self.wait_for("#live[data-state=live]")
        self.page.evaluate("window.opened = true")

    @property
    def still_open(self) -> bool:
        return bool(self.page.evaluate("window.opened === true"))

    def wait_for(self, selector: str) -> Locator:
        self.page.wait_for_selector(selector)
        return self.page.locator(selector)

    def box(self, node: str) -> str:
        return f'#paper g[data-node="{node}"]'

    def wait_for_look(self, node: str, look: str) -> None:
        self.wait_for(f'#paper .pele-nodes g[data-id="{node}"].mflow_{look}')
        self.wait_for(f'ul.nodes a[data-node="{node}"] .look-{look}')


CONTRAST = """() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!colour.startsWith("rgba(0, 0, 0, 0")) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("svg") || !element.checkVisibility()) continue;
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    const [one, other] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) weak.push(`${element.outerHTML.slice(0, 80)}: ${ratio.toFixed(2)}`);
  }
  return weak;
}"""
"""Texts whose contrast with their ground is below what WCAG AA asks for."""
