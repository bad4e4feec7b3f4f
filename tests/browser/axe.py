"""axe over a page: what it finds serious or critical, in words."""

from playwright.sync_api import Page
from tests.tools import CLIENTS

_RUN = """async () => {
    const found = await axe.run(document, { resultTypes: ['violations'] })
    return found.violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} (${node.failureSummary})`))
}"""


def findings(page: Page) -> list[str]:
    """Serious and critical findings of the page as it is now."""
    # The policy of the page lets no other script in, so axe is evaluated.
    page.evaluate((CLIENTS / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    found: list[str] = page.evaluate(_RUN)
    return found
