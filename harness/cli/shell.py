"""``harness virtual shell``: breaking and mending the phones of a rack that runs."""

from __future__ import annotations

import cmd
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any, cast

from harness.cli.out import OK, Out
from harness.errors import FarmError, HarnessError, NoSuchDevice
from harness.farm.reach import running_racks
from harness.virtual.address import PhoneAddress, RackAddress
from harness.virtual.control_client import ControlClient, open_control
from harness.virtual.faults.verbs import GRAMMAR, WITHOUT_PHONE
from harness.virtual.faults.words import Kind, UnknownWord, fields_of

_START = "Start one: harness virtual serve devices.yaml"
_LEAVE = frozenset({"exit", "quit"})


def shell(out: Out, phone: str | None, words: Sequence[str]) -> int | None:
    """Do one thing, or ask for things at a prompt.

    Args:
        out: the command's voice.
        phone: name or UDID of the phone; ``None`` for the only one.
        words: what to do; none for a prompt.

    Returns:
        The exit code, or ``None`` for success.

    Raises:
        NoSuchDevice: no rack with that phone runs.
        FarmError: several do.
        ConfigError: there is no such thing to do.
        CommandRefused: it cannot be done.
    """
    if words:
        # Read before a rack is looked for: a mistake is a mistake also when none runs.
        fields_of(words, GRAMMAR)
    rack = chosen_rack(running_racks(), phone)
    with open_control(rack.control) as client:
        if words:
            _say(out, _ask(client, phone, words))
            return OK
        return _prompt(out, client, rack, phone)


def chosen_rack(racks: Sequence[RackAddress], phone: str | None) -> RackAddress:
    """The one rack that is meant.

    Args:
        racks: those that run.
        phone: name or UDID of a phone of it, or ``None``.

    Raises:
        NoSuchDevice: none is it, or it has no control socket.
        FarmError: several are; the message lists them.
    """
    meant = [rack for rack in racks if phone is None or any(_is(one, phone) for one in rack.phones)]
    open_ones = [rack for rack in meant if rack.control]
    if not racks:
        raise NoSuchDevice("no rack of virtual phones runs", fix=_START)
    if not meant:
        raise NoSuchDevice(f"no virtual phone here is called {phone}; there are {_listed(racks)}")
    if not open_ones:
        raise NoSuchDevice("the rack that runs has no control socket", fix="Start it without --no-control")
    if len(open_ones) > 1:
        what = f"{len(open_ones)} racks of virtual phones run: {_listed(open_ones)}"
        raise FarmError(what, fix="Say which phone with --phone UDID")
    return open_ones[0]


def _is(phone: PhoneAddress, word: str) -> bool:
    return word == phone.name or word.upper() == phone.udid.upper()


def _listed(racks: Sequence[RackAddress]) -> str:
    return ", ".join(f"{phone.name} {phone.udid}" for rack in racks for phone in rack.phones)


def _ask(client: ControlClient, phone: str | None, words: Sequence[str]) -> dict[str, Any]:
    fields = fields_of(words, GRAMMAR)
    return client.ask({**({"phone": phone} if phone else {}), **fields})


def _say(out: Out, told: Mapping[str, Any]) -> None:
    if out.as_json:
        out.data(told, "")
    elif "verbs" in told:
        out.rows(["usage", "help"], told["verbs"])
    elif lines := [line for name, value in told.items() for line in _lines(name, value)]:
        out.line("\n".join(lines))


def _lines(name: str, value: object) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in cast("list[object]", value)] or [f"{name}: none"]
    return [f"{name}: {value if isinstance(value, str) else json.dumps(value)}"]


def _prompt(out: Out, client: ControlClient, rack: RackAddress, phone: str | None) -> int | None:
    if phone is None and len(rack.phones) == 1:
        phone = rack.phones[0].name
    Prompt(out, client, phone, [one.name for one in rack.phones]).cmdloop()
    return OK


class Prompt(cmd.Cmd):
    """The prompt.

    Args:
        out: the command's voice.
        client: whom to ask.
        phone: the phone that is meant unless a line says ``phone=NAME``; ``None`` for none.
        phones: names of those there are.
        stdin: where lines come from, when not from the terminal.
    """

    def __init__(
        self,
        out: Out,
        client: ControlClient,
        phone: str | None,
        phones: Sequence[str] = (),
        stdin: IO[str] | None = None,
    ) -> None:
        # What is asked is talk; only answers are data.
        super().__init__(stdin=stdin, stdout=sys.stderr)
        self.use_rawinput = stdin is None and sys.stdin.isatty()
        self.prompt = f"{phone or ', '.join(phones)}> " if self.use_rawinput else ""
        self._out = out
        self._client = client
        self._phone = phone
        self._phones = phones
        self._known: dict[Kind, list[str]] = {}

    def onecmd(self, line: str) -> bool:
        """Do what a line says; whether the prompt is over."""
        if line == "EOF":
            return True
        try:
            words = shlex.split(line, comments=True)
            if not words:
                return False
            if words[0] in _LEAVE:
                return True
            _say(self._out, _ask(self._client, self._phone, words))
        except ValueError as error:
            self._out.talk(f"harness: {error}")
        except HarnessError as error:
            self._out.failed(error)
        return False

    def emptyline(self) -> bool:
        """Do nothing, where the base class would do the last line again."""
        return False

    def completenames(self, text: str, *ignored: object) -> list[str]:
        """The verbs that a first word may become."""
        verbs = {verb.partition(" ")[0] for verb in GRAMMAR} | _LEAVE
        return sorted(verb for verb in verbs if verb.startswith(text))

    def completedefault(self, *ignored: Any) -> list[str]:
        """What a later word may become: the second half of a verb, an app, a service, a word."""
        text, line, begidx, _ = ignored
        before = line[:begidx].split()
        halves = [verb.split()[1] for verb in GRAMMAR if verb.split()[:1] == before and " " in verb]
        return sorted({word for word in (*halves, *self._values(before)) if word.startswith(text)})

    def _values(self, before: Sequence[str]) -> list[str]:
        try:
            fields = fields_of(before, GRAMMAR)
        except UnknownWord:
            return []
        free = [each for each in GRAMMAR[str(fields["do"])] if each.name not in fields]
        values = [value for each in free[:1] for value in (each.words or self._of_kind(each.kind))]
        return [*values, *(f"{each.name}=" for each in free)]

    def _of_kind(self, kind: Kind) -> Sequence[str]:
        question = {Kind.BUNDLE: "apps", Kind.SERVICE: "services"}.get(kind)
        if kind is Kind.SWITCH:
            return ("on", "off")
        if question is None or (question not in WITHOUT_PHONE and not self._has_one_phone()):
            return ()
        if kind not in self._known:
            try:
                self._known[kind] = _ask(self._client, self._phone, [question])[question]
            except HarnessError:
                # Nothing to offer; what is wrong is said when the line is done.
                return ()
        return self._known[kind]

    def _has_one_phone(self) -> bool:
        return self._phone is not None or len(self._phones) == 1
