"""The ladders of docs/settings.md: ``python -m tests.unit.docs.ladders`` writes them."""

from __future__ import annotations

from harness.model.ladder import LADDERS, Step, Toggle
from tests.unit.docs.pages import WrittenPart

PAGE = "docs/settings.md"

TITLES = {
    Toggle.WIFI: "Wi-Fi",
    Toggle.AIRPLANE_MODE: "Airplane mode",
    Toggle.BACKGROUND_REFRESH: "Background App Refresh, for the whole phone",
    Toggle.APP_REFRESH: "Background App Refresh, for one app",
    Toggle.LOW_POWER: "Low Power Mode",
}

HEAD = "| by | that is | what it does | what it may break | how it is verified |\n|---|---|---|---|---|\n"

PART = WrittenPart(PAGE, "ladders")


def tables() -> str:
    """A table for each ladder; those that are alike share one."""
    titles: dict[tuple[Step, ...], list[str]] = {}
    for toggle, steps in LADDERS.items():
        titles.setdefault(steps, []).append(TITLES[toggle])

    parts = [f"### {'; '.join(named)}\n\n{_table(steps)}" for steps, named in titles.items()]
    return "\n" + "\n".join(parts) + "\n"


def _table(steps: tuple[Step, ...]) -> str:
    return HEAD + "".join(
        f"| {step.by} | {step.fidelity} | {step.does} | {step.breaks} | {step.verified} |\n" for step in steps
    )


if __name__ == "__main__":
    PART.write(tables())
