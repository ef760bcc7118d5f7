"""How a fault is written down: one mapping per fault, which scripts, the control socket and the shell share.

``{"do": VERB, "phone": NAME, ARGUMENT: VALUE, …}`` does it at once. With ``"at_s"`` it is done that much
phone time later, with ``"when"`` as soon as something has crossed the cable or stands in the log.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from harness.errors import ConfigError, HarnessError

Value = str | int | float | bool


class UnknownWord(ConfigError):
    """A verb or an argument that there is not, or a value of the wrong kind; nothing was done."""


class FaultRefused(HarnessError):
    """What was asked for cannot be done to the phone as it is."""


class Kind(StrEnum):
    """What an argument can be."""

    TEXT = "text"
    COUNT = "count"
    SWITCH = "on|off"
    WORD = "word"
    BUNDLE = "bundle"
    SERVICE = "service"


@dataclass(frozen=True)
class Argument:
    """One argument of a verb.

    Attributes:
        name: as it is written.
        kind: what it can be.
        required: whether it must be there.
        words: what a ``Kind.WORD`` can be.
        least: the smallest ``Kind.COUNT``.
        most: the largest one; ``None`` for any.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = True
    words: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None

    @property
    def usage(self) -> str:
        """As a line of help shows it."""
        value = "|".join(self.words) or self.kind.value
        text = f"{self.name}={value}"
        return text if self.required else f"[{text}]"


@dataclass(frozen=True)
class Given:
    """The arguments that were given, each of the kind that its verb says."""

    values: Mapping[str, Value] = field(default_factory=dict[str, Value])

    def text(self, name: str, default: str = "") -> str:
        """A text, a word, or a name."""
        return str(self.values.get(name, default))

    def count(self, name: str, default: int = 0) -> int:
        """A number."""
        return int(self.values.get(name, default))

    def switch(self, name: str) -> bool | None:
        """On, off, or ``None`` when it was not given."""
        value = self.values.get(name)
        return None if value is None else bool(value)


class Trigger(StrEnum):
    """What ``when`` can name."""

    BYTES_TO_HOST = "bytes_to_host"
    BYTES_TO_PHONE = "bytes_to_phone"
    LOG = "log"


@dataclass(frozen=True)
class Planned:
    """One fault that was asked for.

    Attributes:
        verb: which.
        given: its arguments.
        phone: name or UDID; empty for the only one.
        at_s: phone time from now on, in seconds; ``None`` when time does not matter.
        trigger: what it waits for; ``None`` for nothing.
        until: how many bytes, or what text.
    """

    verb: str
    given: Given
    phone: str = ""
    at_s: float | None = None
    trigger: Trigger | None = None
    until: str | int = ""


Grammar = Mapping[str, Sequence[Argument]]
"""Verb -> its arguments."""

_OWN = ("do", "phone", "at_s", "when")


def planned(fields: Mapping[str, object], grammar: Grammar) -> Planned:
    """What a mapping asks for.

    Raises:
        UnknownWord: a verb or an argument is not there or not known; the nearest ones are named.
    """
    verb = fields.get("do")
    if not isinstance(verb, str):
        raise UnknownWord('expected {"do": VERB, …}', fix='{"do": "help"} lists the verbs')
    arguments = _arguments(verb, grammar)
    values = {
        name: _value(verb, arguments[name], value)
        for name, value in fields.items()
        if name not in _OWN and _known(name, (*arguments, *_OWN), f"argument of {verb}")
    }
    missing = [each.name for each in arguments.values() if each.required and each.name not in values]
    if missing:
        raise UnknownWord(f"{verb} needs {' and '.join(missing)}", fix=f"Write {usage(verb, grammar)}")
    trigger, until = _when(fields.get("when"))
    return Planned(verb, Given(values), _phone(fields), _at_s(fields), trigger, until)


def fields_of(words: Sequence[str], grammar: Grammar) -> dict[str, object]:
    """What words of a command line say, as a mapping: a verb, then values in order or ``name=value``.

    Raises:
        UnknownWord: the verb is not known, or there are more values than arguments.
    """
    # The longer verb wins: `tap trust` is a verb, and `tap` with an app is another.
    size = next((size for size in (2, 1) if " ".join(words[:size]) in grammar), 1)
    verb = " ".join(words[:size])
    names = list(_arguments(verb, grammar))
    fields: dict[str, object] = {"do": verb}
    for word in words[size:]:
        name, equals, value = word.partition("=")
        if equals and (name in names or name in _OWN):
            fields[name] = value
        elif free := [each for each in names if each not in fields]:
            if equals and name.isidentifier():
                _known(name, names, f"argument of {verb}")
            fields[free[0]] = word
        else:
            raise UnknownWord(f"{verb} takes no {word!r}", fix=f"Write {usage(verb, grammar)}")
    return fields


def usage(verb: str, grammar: Grammar) -> str:
    """A verb with its arguments, as people write it."""
    return " ".join([verb, *(each.usage for each in grammar[verb])])


def _arguments(verb: str, grammar: Grammar) -> dict[str, Argument]:
    _known(verb, grammar, "verb")
    return {each.name: each for each in grammar[verb]}


def _known(word: str, known: Iterable[str], what: str) -> bool:
    listed = list(known)
    if word in listed:
        return True
    close = difflib.get_close_matches(word, listed, n=3, cutoff=0.4)
    raise UnknownWord(f"{word!r} is no {what}; {_nearest(close or listed)}")


def _nearest(words: Sequence[str]) -> str:
    return f"near it: {', '.join(words)}" if words else "there is none"


def _phone(fields: Mapping[str, object]) -> str:
    phone = fields.get("phone", "")
    if not isinstance(phone, str):
        raise UnknownWord("expected a name or UDID as phone")
    return phone


def _at_s(fields: Mapping[str, object]) -> float | None:
    if "at_s" not in fields:
        return None
    at_s = _number(fields["at_s"])
    if at_s is None or not 0 <= at_s < float("inf"):
        raise UnknownWord("expected seconds of phone time as at_s")
    return at_s


def _when(value: object) -> tuple[Trigger | None, str | int]:
    if value is None:
        return None, ""
    items = list(cast("dict[object, object]", value).items()) if isinstance(value, dict) else []
    if len(items) != 1:
        raise UnknownWord(f"expected one of {', '.join(Trigger)} in when")
    name, until = items[0]
    _known(str(name), list(Trigger), "trigger")
    trigger = Trigger(str(name))
    if trigger is Trigger.LOG:
        return trigger, str(until)
    return trigger, _count(Argument(trigger.value, Kind.COUNT), until)


def _value(verb: str, argument: Argument, value: object) -> Value:
    try:
        return _READERS.get(argument.kind, _text)(argument, value)
    except UnknownWord as error:
        raise UnknownWord(f"{argument.name} of {verb}: {error.what}") from error


def _text(_argument: Argument, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise UnknownWord(f"expected a text, found {value!r}")
    return value


def _count(argument: Argument, value: object) -> int:
    number = _number(value)
    least, most = argument.least, argument.most
    if number is None or number != number // 1 or number < least or (most is not None and number > most):
        upper = f" to {most}" if most is not None else " or more"
        raise UnknownWord(f"expected a whole number, {least}{upper}, found {value!r}")
    return int(number)


def _switch(_argument: Argument, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("on", "off"):
        raise UnknownWord(f"expected on or off, found {value!r}")
    return value == "on"


def _word(argument: Argument, value: object) -> str:
    _known(str(value), argument.words, "word for it")
    return str(value)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


_READERS: Mapping[Kind, Callable[[Argument, object], Value]] = {
    Kind.COUNT: _count,
    Kind.SWITCH: _switch,
    Kind.WORD: _word,
}
