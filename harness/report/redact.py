"""Redaction by rule: a run's secrets and people become pseudonyms before anything is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from harness.errors import ConfigError
from harness.model.identity import Hardware, PhoneIdentity
from harness.report.rules import RULES, SECRET_KEYS, Rule

T = TypeVar("T")

_PSEUDONYM = re.compile(r"\[[a-z]+-…?\w{1,8}(?:-\d+)?\]")

_REMEMBERED_CHARS = 500
"""Texts up to this length are remembered with what became of them; a timeline repeats itself."""


class Redactor:
    """Replaces what must not be told; one per run, so that a value keeps its pseudonym.

    Args:
        own: regular expressions of the user's own; a group ``secret`` is replaced, or all that matches.
        unasked: leave out the rules that have to be asked for, such as addresses of the LAN.

    Raises:
        ConfigError: one of ``own`` is not a regular expression.
    """

    def __init__(self, own: Iterable[str] = (), *, unasked: bool = True) -> None:
        rules = [(rule, re.compile(rule.pattern)) for rule in RULES if rule.unasked or not unasked]
        self._rules = [*(_own_rule(pattern) for pattern in own), *rules]
        self._pseudonyms: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()
        self._told: dict[str, str] = {}
        self._spared: set[str] = set()
        self._literal: dict[str, str] = {}

    def text(self, text: str) -> str:
        """A text without what must not be told; redacting it again changes nothing."""
        known = self._told.get(text)
        if known is not None:
            return known
        said = text
        for secret, pseudonym in self._literal.items():
            said = said.replace(secret, pseudonym)
        for rule, pattern in self._rules:
            said = pattern.sub(self._replacing(rule), said)
        if len(text) <= _REMEMBERED_CHARS:
            self._told[text] = said
        return said

    def _replacing(self, rule: Rule) -> Callable[[re.Match[str]], str]:
        def replaced(match: re.Match[str]) -> str:
            group = "secret" if "secret" in match.re.groupindex else 0
            start, end = match.start(group) - match.start(), match.end(group) - match.start()
            return match[0][:start] + self._pseudonym(rule, match[group]) + match[0][end:]

        return replaced

    def _pseudonym(self, rule: Rule, secret: str) -> str:
        if secret in self._spared or _PSEUDONYM.fullmatch(secret):
            return secret
        known = self._pseudonyms.get((rule.what, secret))
        if known is None:
            known = self._pseudonyms[rule.what, secret] = self._new(rule, secret)
        return known

    def _new(self, rule: Rule, secret: str) -> str:
        if not rule.keeps:
            self._counts[rule.what] += 1
            return f"[{rule.what}-{self._counts[rule.what]}]"
        stem = f"{rule.what}-…{secret[-rule.keeps :]}"
        self._counts[stem] += 1
        # Two phones may end alike, and must not become one.
        return f"[{stem}]" if self._counts[stem] == 1 else f"[{stem}-{self._counts[stem]}]"

    def identity(self, phone: PhoneIdentity) -> PhoneIdentity:
        """Who a phone is: of a real one the last of its UDID, of a virtual one everything."""
        if phone.hardware is Hardware.VIRTUAL:
            if phone.udid not in self._spared:
                self._spared.add(phone.udid)
                self._told.clear()
            return replace(phone, name=self.text(phone.name))
        if phone.udid not in self._literal and not _PSEUDONYM.fullmatch(phone.udid):
            self._literal[phone.udid] = self._pseudonym(RULES[0], phone.udid)
            self._told.clear()
        return replace(phone, name=self.text(phone.name), udid=self._literal.get(phone.udid, phone.udid))

    def whole(self, value: T) -> T:
        """A record, an entry of a timeline or plain data, with every text in it redacted."""
        return self._walk(value)

    def _walk(self, value: Any) -> Any:
        match value:
            case Enum() | bool() | int() | float() | None:
                return value
            case str():
                return self.text(value)
            case PhoneIdentity():
                return self.identity(value)
            case dict():
                return {key: self._of_key(str(key), item) for key, item in _items(value)}
            case list():
                return [self._walk(item) for item in _list(value)]
            case tuple():
                return tuple(self._walk(item) for item in _list(value))
            case _ if is_dataclass(value) and not isinstance(value, type):
                told = {item.name: getattr(value, item.name) for item in fields(value)}
                changed = {name: new for name, old in told.items() if (new := self._walk(old)) != old}
                return replace(value, **changed) if changed else value
            case _:
                return value

    def _of_key(self, key: str, value: Any) -> Any:
        if key.lower() in SECRET_KEYS and isinstance(value, str) and value:
            return self._pseudonym(_KEYED, value)
        return self._walk(value)


_KEYED = Rule("secret", "", "", "")


def _own_rule(pattern: str) -> tuple[Rule, re.Pattern[str]]:
    try:
        return Rule("own", pattern, "", ""), re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"{pattern!r} is not a regular expression: {error}") from error


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items())


def _list(value: Any) -> list[Any]:
    return list(value)
