"""The ledger: every service, message and modelled rule, and what each rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.virtual.apps.foundation.rules import RULES as FOUNDATION_RULES
from harness.virtual.kernel import memory
from harness.virtual.kernel.background import figures as background
from harness.virtual.kernel.background.audio import AUDIO_RULES
from harness.virtual.kernel.front.links import PANE_RULES
from harness.virtual.kernel.front.rules import FRONT_RULES
from harness.virtual.kernel.front.siri import PHRASE_RULES
from harness.virtual.kernel.localsession.rules import FIGURES as LOCAL_FIGURES
from harness.virtual.kernel.network.rules import NETWORK_RULES
from harness.virtual.kernel.nsurlsessiond import failures
from harness.virtual.kernel.nsurlsessiond.rules import FIGURES
from harness.virtual.kernel.processes.policies import ENDINGS, Ending, Policy
from harness.virtual.kernel.processes.transitions import TRANSITIONS, Transition
from harness.virtual.kernel.settings import SETTING_RULES
from harness.virtual.services.table import REFUSALS
from harness.virtual.services.table import ROWS as SERVICES
from harness.virtual.transport.conversation import Question
from harness.virtual.transport.offers import Refusal, ServiceOffer
from harness.virtual.versions import messages
from harness.virtual.versions.presence import ROWS as PRESENCE
from harness.virtual.versions.presence import Presence
from harness.virtual.versions.products import BUILDS, Build
from harness.virtual.versions.row import Row, Standing
from harness.virtual.versions.table import ROWS as RULES
from harness.virtual.wda.pages.rules import PAGE_RULES
from harness.virtual.wda.rules import RUNNER_RULES
from tests.fidelity.acceptance import judges_of
from tests.fidelity.messages import Speech, spoken

HOWS_SHOWN = 2
"""Ways of one client that are shown of a message."""


@dataclass(frozen=True)
class Entry:
    """One line.

    Attributes:
        name: of the message, service or rule.
        versions: iOS versions it is for; empty where that does not matter.
        standing: the best that can be said of it.
        rests_on: what that rests on, in words.
    """

    name: str
    versions: str
    standing: Standing
    rests_on: str

    def line(self) -> str:
        """As a row of a Markdown table."""
        cells = (f"`{self.name}`", self.versions, self.standing.value, self.rests_on)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


@dataclass(frozen=True)
class Part:
    """One table.

    Attributes:
        title: its heading.
        entries: its lines.
    """

    title: str
    entries: tuple[Entry, ...]


class NothingKnown(Exception):
    """A message has no row, and no client was seen to ask it."""


def parts() -> Iterator[Part]:
    """The whole ledger.

    Raises:
        NothingKnown: something is modelled of which nobody says what it rests on.
    """
    yield Part("Services", tuple(_service(offer) for offer in SERVICES))
    yield Part("Services that are refused", tuple(_refusal(one) for one in REFUSALS))
    yield Part("What else came or went", tuple(_presence(one) for one in PRESENCE))
    for speech in spoken():
        yield _speech(speech)
    yield Part("Rules of the system", tuple(_rule(row) for row in RULES))
    yield Part("Where a process stands", tuple(_transition(row) for row in TRANSITIONS))
    yield Part("Ends by the system", tuple(_ending(policy, ending) for policy, ending in ENDINGS.items()))
    yield Part("Memory", tuple(_rule(row) for row in memory.FIGURES))
    behind = (*background.FIGURES, *AUDIO_RULES)
    yield Part("Background tasks, regions and audio", tuple(_rule(row) for row in behind))
    yield Part("Rules of nsurlsessiond", tuple(_rule(row) for row in FIGURES))
    yield Part("Failures of background transfers", tuple(_rule(row) for row in failures.rows()))
    yield Part("URLSession in an app", tuple(_rule(row) for row in FOUNDATION_RULES))
    yield Part("Default sessions", tuple(_rule(row) for row in LOCAL_FIGURES))
    yield Part("Network", tuple(_rule(row) for row in NETWORK_RULES))
    yield Part("Settings", tuple(_rule(row) for row in SETTING_RULES))
    yield Part("How the screens look", tuple(_rule(row) for row in PAGE_RULES))
    yield Part("How the screens are worked", tuple(_rule(row) for row in RUNNER_RULES))
    yield Part("Screen", tuple(_rule(row) for row in (*FRONT_RULES, *PANE_RULES, *PHRASE_RULES)))
    yield Part("Builds", tuple(_build(build) for build in BUILDS))


def _service(offer: ServiceOffer) -> Entry:
    return Entry(offer.name, _range(offer.from_major, offer.to_major), offer.standing, offer.source)


def _refusal(one: Refusal) -> Entry:
    return Entry(one.name, _range(one.first, one.last), one.standing, f"{one.error}: {one.source}")


def _presence(one: Presence) -> Entry:
    first = ".".join(str(number) for number in one.first)
    since = f"from {first}" if one.first > (1,) else "all"
    versions = f"up to {one.last}" if one.last is not None else since
    return Entry(one.key, versions, one.standing, one.source)


def _rule(row: Row) -> Entry:
    last = row.last if row.last < 999 else None
    return Entry(f"{row.key} = {row.value}", _range(row.first or 1, last), row.standing, row.source)


def _transition(row: Transition) -> Entry:
    name = f"{row.start} + {row.move.name.lower()} = {row.end}"
    return Entry(name, _range(0, None), row.standing, row.source)


def _ending(policy: Policy, ending: Ending) -> Entry:
    name = f"{policy} = {ending.domain.name} 0x{ending.code:08X}"
    return Entry(name, _range(0, None), ending.standing, ending.source)


def _build(build: Build) -> Entry:
    return Entry(build.ios, "", build.standing, f"build {build.build}: {build.source}")


def _range(first: int, last: int | None) -> str:
    if first <= 1:
        return f"up to {last}" if last else "all"
    return f"{first} to {last}" if last else f"from {first}"


_KNOWN: Mapping[Question, messages.MessageRow] = {
    Question(row.service, row.message): row for row in messages.ROWS
}


def _speech(speech: Speech) -> Part:
    return Part(speech.title, tuple(_message(question) for question in speech.questions))


def _message(question: Question) -> Entry:
    judges, row = judges_of(str(question)), _KNOWN.get(question)
    if row is None and not judges:
        raise NothingKnown(f"{question}: no client asks it, and versions/messages.py has no row")
    captured = row is not None and row.standing is Standing.CAPTURED
    standing = row.standing if row is not None and (captured or not judges) else Standing.ACCEPTED
    told = ["always refused"] if _is_refused(question) else []
    told += [row.source] if row is not None else []
    return Entry(question.message, "", standing, "; ".join([*told, *_shown(judges)]))


def _is_refused(question: Question) -> bool:
    refused = (question.service, question.message) in messages.REFUSED
    return refused or question.service in messages.REFUSING_SERVICES


def _shown(judges: Mapping[str, Sequence[str]]) -> Iterable[str]:
    for client, hows in judges.items():
        more = f" and {len(hows) - HOWS_SHOWN} more" if len(hows) > HOWS_SHOWN else ""
        yield f"{client}: " + ", ".join(f"`{how}`" for how in hows[:HOWS_SHOWN]) + more


INTRODUCTION = """\
# Fidelity: what the virtual iPhone rests on

Generated by `python -m tests.fidelity`; do not edit. The virtual phone was built from public documents,
captures and clients, and it has been compared with no phone. This ledger says of every service, message
and modelled rule how well it is established:

| standing | means |
|---|---|
| seen on a device capture | somebody recorded it at a phone and published that |
| accepted by independent clients | the clients named were content with it, and are asked again by CI |
| documented | Apple's documents, or public clients that ask it, say so; no client asks it here |
| guessed | nobody outside this project says so |

A client that is content proves the shape of an answer, not that a phone would have given it. Sources named
§n are sections of this project's papers: of "what real clients ask" for services and messages, of
"background execution" for rules, of "driving the UI" for how the screens look; "grammar" is its paper on the
system log.
"""


def rendered() -> str:
    """The ledger as one Markdown document."""
    told = list(parts())
    counts = Counter(entry.standing for part in told for entry in part.entries)
    summary = "\n".join(f"| {standing.value} | {counts[standing]} |" for standing in Standing)
    tables = "\n".join(_table(part) for part in told)
    return f"{INTRODUCTION}\n| standing | entries |\n|---|---|\n{summary}\n\n{tables}"


def _table(part: Part) -> str:
    lines = "\n".join(entry.line() for entry in part.entries)
    return f"## {part.title}\n\n| what | iOS | standing | rests on |\n|---|---|---|---|\n{lines}\n"
