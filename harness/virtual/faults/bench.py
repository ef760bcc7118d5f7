"""Doing what was asked for: now, at a time of the phone's, or when something has happened."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from harness.errors import HarnessError
from harness.virtual.faults.target import Target, Told
from harness.virtual.faults.verbs import GRAMMAR, VERBS, WITHOUT_PHONE
from harness.virtual.faults.words import FaultRefused, Planned, Trigger, planned
from harness.virtual.kernel.log import LogEvent
from harness.virtual.rack import Rack
from harness.virtual.transport.cable import Toward
from harness.virtual.transport.device import DeviceEnd

log = logging.getLogger(__name__)

_TOWARD: Mapping[Trigger, Toward] = {
    Trigger.BYTES_TO_HOST: Toward.HOST,
    Trigger.BYTES_TO_PHONE: Toward.PHONE,
}


class FaultBench:
    """Where the phones of one rack are broken and mended.

    Args:
        rack: the rack.
    """

    def __init__(self, rack: Rack) -> None:
        self._rack = rack

    def ask(self, fields: Mapping[str, object]) -> Told:
        """Do what a mapping asks for, as ``words.planned`` reads it.

        Returns:
            What there is to tell; ``{"planned": True}`` when it is not done yet.

        Raises:
            UnknownWord: it cannot be read.
            HarnessError: it cannot be done.
        """
        return self.arrange(planned(fields, GRAMMAR))

    def arrange(self, plan: Planned) -> Told:
        """Do something now, or see to it that it is done.

        Raises:
            HarnessError: there is no such phone, or it cannot be done to it.
        """
        target = self._target(plan)
        act = VERBS[plan.verb].act
        if plan.at_s is not None:
            target.phone.clock.call_later(plan.at_s, lambda: self._later(target, plan, plan.trigger))
        elif plan.trigger is not None:
            self._later(target, plan, plan.trigger)
        else:
            return act(target, plan.given) or {}
        return {"planned": True}

    def _target(self, plan: Planned) -> Target:
        ends = [self._rack.end(udid) for udid in self._rack.phones]
        meant = [end for end in ends if _is_called(end, plan.phone)]
        listed = ", ".join(end.phone.spec.name for end in ends)
        if not meant:
            raise FaultRefused(f"no phone here is called {plan.phone}; there are {listed}")
        if len(meant) > 1 and plan.verb not in WITHOUT_PHONE:
            raise FaultRefused(f"{plan.verb} is for one phone, and there are {listed}", fix="Say which phone")
        return Target(self._rack, meant[0])

    def _later(self, target: Target, plan: Planned, trigger: Trigger | None) -> None:
        verb = VERBS[plan.verb]

        def do() -> None:
            try:
                verb.act(target, plan.given)
            except HarnessError as error:
                # Who planned it has gone long since, or is a file.
                log.warning("%s: %s was not done: %s", target.name, plan.verb, error)

        if trigger is None:
            do()
        elif trigger is Trigger.LOG:
            _when_logged(target, str(plan.until), do)
        else:
            # Most acts must not be done amid what is just being written; a cut must be.
            run = do if verb.exact else lambda: _soon(do)
            target.end.cable.after(_TOWARD[trigger], int(plan.until), run)


def _is_called(end: DeviceEnd, word: str) -> bool:
    return word in ("", end.phone.spec.name) or word.upper() == end.udid


def _when_logged(target: Target, text: str, do: Callable[[], None]) -> None:
    def look(event: LogEvent) -> None:
        if text in event.message:
            subscription.close()
            # The line is being told within a step of the kernel, which is to end first.
            _soon(do)

    subscription = target.phone.log.subscribe(look)


def _soon(do: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(do)
