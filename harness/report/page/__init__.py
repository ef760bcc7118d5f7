"""The report of a run as one HTML file that needs nothing else: no network, no server, no framework."""

from harness.report.page.file import write_page

__all__ = ["write_page"]
