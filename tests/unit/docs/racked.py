"""The picture of docs/rack.md: ``python -m tests.unit.docs.racked`` draws it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from tests.unit.docs.pages import ROOT

PICTURE = "docs/images/rack.svg"

WIDTH, HEIGHT = 1180, 500
SCALE = 0.78

STYLE = """\
text { font-family: -apple-system, Helvetica, Arial, sans-serif; fill: #1f2328; text-anchor: middle }
.title { font-size: 21px; font-weight: 600 } .below { font-size: 15px; fill: #59636e }
.label { font-size: 16px; font-weight: 600 } .line { font-size: 14px; fill: #1f2328 }
.says { font-size: 13px; fill: #59636e } .way { stroke: #1a7f37; stroke-width: 3; fill: none }
.asks { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 6 4; fill: none }
.machine { fill: #f6f8fa; stroke: #59636e; stroke-width: 1.5 } .program { fill: #ffffff; stroke: #0550ae }
.phone { fill: #ffffff; stroke: #1f2328; stroke-width: 1.5 } .store { fill: #fff8c5; stroke: #9a6700 }
"""


@dataclass(frozen=True)
class Box:
    """Something with words in it.

    Attributes:
        kind: how it is drawn.
        x: its left edge.
        y: its upper edge.
        width: in points.
        height: in points.
        words: from its upper edge down; the first is what it is.
    """

    kind: str
    x: int
    y: int
    width: int
    height: int
    words: tuple[str, ...] = ()

    @property
    def middle(self) -> int:
        """Where its words are centred."""
        return self.x + self.width // 2

    @property
    def foot(self) -> int:
        """Its lower edge."""
        return self.y + self.height

    def drawn(self) -> Iterator[str]:
        """Itself and its words."""
        where = f'x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}"'
        yield f'<rect class="{self.kind}" {where} rx="8"/>'
        for number, word in enumerate(self.words):
            kind = "label" if number == 0 else "line"
            yield _text(kind, self.middle, self.y + 22 + 19 * number, word)


def picture() -> str:
    """Both ways side by side, as SVG."""
    body = "\n".join([*_jobs(20), *_agents(600)])
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH * SCALE:g}" height="{HEIGHT * SCALE:g}"'
    back = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{STYLE}</style>\n{back}\n{body}\n</svg>\n'
    )


def _jobs(left: int) -> Iterator[str]:
    """A job on each mini, over the phones there."""
    yield _text("title", left + 265, 30, "A job on each mini")
    yield _text("below", left + 265, 52, "pytest -n 4 --host mini1")
    store = Box("store", left + 165, 76, 200, 66, ("PostgreSQL", "who has which phone"))
    yield from store.drawn()
    for number, x in enumerate((left, left + 275), start=1):
        mini = Box("machine", x, 226, 255, 124, (f"mini{number}",))
        job = Box("program", x + 20, 268, 215, 62, ("pytest", "four workers, one report"))
        yield from (*mini.drawn(), *job.drawn())
        yield _line("asks", job.middle, job.y, store.middle, store.foot)
        yield from _phones(x, job)
    yield _text("says", left + 265, 212, "asks, and waits in line")


def _agents(left: int) -> Iterator[str]:
    """One job over the phones of all minis, through their agents."""
    yield _text("title", left + 280, 30, "One job, and an agent on each mini")
    yield _text("below", left + 280, 52, "pytest -n 8")
    store = Box("store", left, 76, 200, 66, ("PostgreSQL", "who has which phone"))
    host = Box("machine", left + 270, 70, 290, 116, ("the machine of the job",))
    job = Box("program", left + 290, 106, 250, 62, ("pytest", "eight workers, one report"))
    yield from (*store.drawn(), *host.drawn(), *job.drawn())
    yield _line("asks", job.x, job.y + 20, store.x + store.width, store.y + 30)
    for number, x in enumerate((left, left + 305), start=1):
        mini = Box("machine", x, 226, 255, 124, (f"mini{number}",))
        agent = Box("program", x + 20, 268, 215, 62, ("harness agent", "one socket for each lease"))
        yield from (*mini.drawn(), *agent.drawn())
        yield _line("asks", agent.x + 20, agent.y, store.middle - 30 + 60 * number - 60, store.foot)
        yield _line("way", agent.middle + 30, agent.y, job.middle - 80 + 110 * number - 60, job.foot)
        yield from _phones(x, agent)
    yield _text("says", left + 395, 206, "ssh -L, one for each lease")


def _phones(x: int, above: Box) -> Iterator[str]:
    """The phones of a mini, beneath what reaches them."""
    for number in range(4):
        phone = Box("phone", x + 26 + 55 * number, 384, 40, 76)
        yield _line("way", phone.middle, phone.y, phone.middle, above.foot)
        yield from phone.drawn()
    yield _text("says", above.middle, 484, "USB")


def _line(kind: str, x: int, y: int, to_x: int, to_y: int) -> str:
    return f'<path class="{kind}" d="M {x} {y} L {to_x} {to_y}"/>'


def _text(kind: str, x: int, y: int, words: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(words)}</text>'


if __name__ == "__main__":
    (ROOT / PICTURE).write_text(picture(), encoding="utf-8")
