"""axe-core, told to bring back what it has against a page and nothing else: all that it found right takes as long to
carry as to find."""

from collections.abc import Mapping
from typing import Any

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe as AxeEntier
from playwright.sync_api import Page

VIOLATIONS: Mapping[str, Any] = {"resultTypes": ["violations"]}
SEULES = "options => axe.run(options).then(({ violations, url, timestamp }) => ({ violations, url, timestamp }))"


class Axe(AxeEntier):  # type: ignore[misc]
    """In place of the library's own."""

    def run(self, page: Page, options: Mapping[str, Any] | None = None) -> AxeResults:
        """What is wrong with this page as it is now."""
        page.evaluate(self.axe_script)
        return AxeResults(page.evaluate(SEULES, dict(options or VIOLATIONS)))
