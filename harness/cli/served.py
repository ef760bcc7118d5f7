"""One-offs that an agent does for others: the same commands, on phones that it has open already.

The lease is taken by the agent, in the name of the one-off, so that others are told of it and refused alike.
What the command says and how it ends is sent back, and said by who asked. What the agent cannot be sure to do
as that process would have done it by itself, it declines before anything is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from harness.cli import apps
from harness.cli.fast import ASK
from harness.cli.oneoff import Asked, Opened, Phones
from harness.cli.out import DEVICE, OK, Out, unexpected_line
from harness.drivers.pmd3.look import ways
from harness.errors import DeviceLost, HarnessError, NoDeviceFree, WireError
from harness.expect.plain import plain
from harness.farm.agent.attendance import HostPhone
from harness.farm.agent.frontdoor import Handler
from harness.farm.agent.lending import Lending
from harness.farm.leases.lease import Lease
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import Kind, LeaseStore
from harness.farm.reach import rack_phones

ONE_OFFS = 8
"""How many are done at the same time; further ones wait."""

CUT_WITHIN_S = 2.0
"""How long a one-off waits, in wall seconds, for a phone that is just being taken back from another."""

Command = Callable[[Asked, Out, str, Phones], int | None]

COMMANDS: Mapping[str, Command] = {
    "kill-app": lambda asked, out, app, phones: apps.kill(asked, out, app, apps.SYSTEM, phones),
    "launch-app": lambda asked, out, app, phones: apps.launch(asked, out, app, "service", phones),
    "background-app": lambda asked, out, app, phones: apps.background(
        asked, out, app or None, "settings", phones
    ),
    "state": lambda asked, out, app, phones: apps.state(asked, out, app or None, phones),
}
"""Command -> does it in its plain form; the app is empty where none was named."""


class Serving(Protocol):
    """The agent, as a one-off needs it."""

    @property
    def host(self) -> str:
        """The host that it serves."""
        ...

    @property
    def served(self) -> tuple[HostPhone, ...]:
        """The phones that are there, and the agent's to serve."""
        ...


class Kept(Out):
    """A command's voice, kept for who asked.

    Attributes:
        said: ``out`` or ``err``, and what was said there, in order.
    """

    def __init__(self, *, as_json: bool) -> None:
        super().__init__(as_json=as_json)
        self.said: list[tuple[str, str]] = []

    def line(self, text: str) -> None:
        """A line, or several, of data as it stands."""
        self.said.append(("out", text))

    def talk(self, text: str) -> None:
        """Something for people, which is not what they asked for."""
        self.said.append(("err", plain(text, keep_lines=True)))


class OneOffs:
    """Answers ``one-off`` at an agent's front door.

    Args:
        agent: says which phones there are, and of which host.
        lending: lends their drivers.
        store: who holds which phone; asked for each time, as it may be opened late.
    """

    def __init__(self, agent: Serving, lending: Lending, store: Callable[[], LeaseStore]) -> None:
        self._agent = agent
        self._lending = lending
        self._store = store
        self._threads = ThreadPoolExecutor(ONE_OFFS, "one-off")

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """For the front door."""
        return {ASK: self.answer}

    def close(self) -> None:
        """Begin no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def answer(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do a one-off; answers its ``exit_code`` and what it ``said``, or why it is ``declined``."""
        command = COMMANDS.get(str(fields.get("command")))
        if command is None:
            raise WireError(f"expected one of {', '.join(COMMANDS)}, found {fields.get('command')!r}")
        phone = await self._meant(fields.get("device"))
        if phone is None:
            return {"declined": "the phone that is meant is not certain, or not here"}
        asked = Asked(str(fields["command"]), phone.udid)
        out = Kept(as_json=bool(fields.get("json")))
        work = partial(self._do, command, asked, out, str(fields.get("bundle_id") or ""), phone)
        code = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        return {"exit_code": code, "said": out.said}

    async def _meant(self, device: object) -> HostPhone | None:
        """The phone that a command line means, as far as it is one of the agent's; else nobody knows here."""
        phones = self._agent.served
        if device is not None:
            return next((phone for phone in phones if phone.reach.is_called(str(device))), None)
        return phones[0] if len(phones) == 1 and await _is_alone(phones[0].udid) else None

    def _do(self, command: Command, asked: Asked, out: Out, bundle_id: str, phone: HostPhone) -> int:
        try:
            return command(asked, out, bundle_id, self._phones(phone)) or OK
        except HarnessError as error:
            return out.failed(error)
        except Exception as error:
            # As at the end of any command: whoever asked is told, and the agent goes on.
            out.talk(unexpected_line(error))
            return DEVICE

    def _phones(self, phone: HostPhone) -> Phones:
        @contextmanager
        def opened(asked: Asked, bundle_id: str | None) -> Generator[Opened]:
            note = f"{asked.command} {bundle_id or ''}".strip()
            with (
                held(self._store(), self._agent.host, phone, asked, note) as lease,
                self._lending.lent(phone, lease.grants[0].epoch) as (driver, loan),
            ):
                yield Opened(loan, driver, lease)

        return opened


@contextmanager
def held(store: LeaseStore, host: str, phone: HostPhone, asked: Asked, note: str) -> Generator[Lease]:
    """Hold a phone of the agent's for the length of the block; see ``oneoff.held``.

    A lease that has just ended, such as that of the one-off before this, is not in the way: the agent is
    about to take that phone back. It puts right whatever is left altered.

    Raises:
        NoDeviceFree: somebody else holds it; says who, since when and for what.
    """
    with store.register(f"harness {asked.command}", host=host, kind=Kind.COMMAND) as holder:

        def acquire(within_s: float) -> Lease:
            return holder.acquire([phone.udid], within_s=within_s, note=note, as_found=True)

        try:
            lease = acquire(0)
        except NoDeviceFree as error:
            if not _is_being_taken_back(store, phone.udid):
                error.fix = error.fix or "Wait for it with --wait SECONDS, or name another phone"
                raise
            lease = acquire(CUT_WITHIN_S)
        try:
            yield lease
        finally:
            lease.release()


def _is_being_taken_back(store: LeaseStore, udid: str) -> bool:
    """Whether a phone is between the end of one lease and being free; it may be free by now."""
    phone = store.snapshot().phone(udid)
    return phone is not None and (phone.revoked or phone.state in (PhoneState.DIRTY, PhoneState.FREE))


async def _is_alone(udid: str) -> bool:
    """Whether no other phone could be meant than the agent's only one: not of a rack, and none attached."""
    try:
        attached = await ways(None)
    except DeviceLost:
        attached = {}
    return {phone.identity.udid for phone in rack_phones()} | attached.keys() <= {udid}
