"""Predicate strings: the part of NSPredicate's language that people look for elements with.

Grammar, with keywords in either case::

    any      = all { ("OR" | "||") all }
    all      = one { ("AND" | "&&") one }
    one      = ("NOT" | "!") one | "(" any ")" | "TRUEPREDICATE" | "FALSEPREDICATE" | compared
    compared = operand operator ["[" "c" | "d" | "cd" "]"] operand
    operand  = attribute | "rect.x" | 'text' | "text" | number | TRUE | YES | FALSE | NO | NIL | "{" … "}"

Source: Apple's Predicate Programming Guide. Aggregates (ANY, ALL), functions and variables are not there.
A text is never equal to a number, as a string object is not: a switch that is on has the value ``"1"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from harness.virtual.wda.attributes import ATTRIBUTES, plain_name
from harness.virtual.wda.placed import Placed
from harness.virtual.wda.query.comparison import OPERATORS, folding, never
from harness.virtual.wda.replies import Refusal, Trouble

Test = Callable[[Placed], bool]
"""Whether an element fits."""

Operand = Callable[[Placed], object]
"""One side of a comparison."""

MOST_NESTED = 50
"""How deep parentheses and negations may go."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<number>-?\d{1,15}(?:\.\d{1,15})?)
    | (?P<word>[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_]+)*)
    | (?P<sign>==|=>|=<|>=|<=|!=|<>|&&|\|\||[=<>!(){},\[\]])
    )""",
    re.VERBOSE | re.DOTALL,
)

_LITERALS: Mapping[str, object] = {
    "TRUE": True,
    "YES": True,
    "FALSE": False,
    "NO": False,
    "NIL": None,
    "NULL": None,
}

_ESCAPES: Mapping[str, str] = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    @property
    def keyword(self) -> str:
        return self.text.upper() if self.kind in ("word", "sign") else ""


def parse_predicate(text: str) -> Test:
    """What a predicate string says.

    Raises:
        Refusal: ``invalid selector``; it cannot be read, or names an attribute that there is not.
    """
    reader = _Reader(text, _tokens(text))
    test = reader.any()
    reader.end()
    return test


def _invalid(text: str, why: str) -> Refusal:
    return Refusal(Trouble.INVALID_SELECTOR, f'Unable to parse the format string "{text}": {why}')


def _tokens(text: str) -> Sequence[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise _invalid(text, f"unexpected {text[at:].strip()[:1]!r}")
        kind = cast("str", found.lastgroup)
        tokens.append(_Token(kind, found.group(kind)))
        at = found.end()
    return tokens


class _Reader:
    """Goes through the tokens of one predicate."""

    def __init__(self, text: str, tokens: Sequence[_Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def any(self) -> Test:
        tests = [self._all()]
        while self._takes("OR", "||"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda placed: any(test(placed) for test in tests)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise self._wrong()

    def _all(self) -> Test:
        tests = [self._one()]
        while self._takes("AND", "&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda placed: all(test(placed) for test in tests)

    def _one(self) -> Test:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise _invalid(self._text, "it is nested too deeply")
        try:
            return self._one_nested()
        finally:
            self._depth -= 1

    def _one_nested(self) -> Test:
        if self._takes("NOT", "!"):
            inner = self._one()
            return lambda placed: not inner(placed)
        if self._takes("("):
            inner = self.any()
            self._needs(")")
            return inner
        if self._takes("TRUEPREDICATE"):
            return lambda _: True
        if self._takes("FALSEPREDICATE"):
            return lambda _: False
        return self._compared()

    def _compared(self) -> Test:
        left = self._operand()
        sign = self._next().keyword
        compare = OPERATORS.get(sign, never)
        if compare is never and sign != "MATCHES":
            raise self._wrong(1)
        option = self._option()
        if sign == "MATCHES":
            return self._matching(left, option)
        fold, right = folding(option), self._operand()
        return lambda placed: compare(fold(left(placed)), fold(right(placed)))

    def _matching(self, left: Operand, option: str) -> Test:
        token = self._next()
        if token.kind != "text":
            raise self._wrong(1)
        try:
            pattern = re.compile(_unquoted(token.text), re.DOTALL | (re.IGNORECASE if "c" in option else 0))
        except (re.error, OverflowError, RecursionError) as error:
            raise _invalid(self._text, f"{token.text} is no regular expression: {error}") from error
        fold = folding(option.replace("c", ""))

        def test(placed: Placed) -> bool:
            value = fold(left(placed))
            return isinstance(value, str) and pattern.fullmatch(value) is not None

        return test

    def _option(self) -> str:
        if not self._takes("["):
            return ""
        option = self._next().text.lower()
        self._needs("]")
        if option not in ("c", "d", "cd", "dc"):
            raise _invalid(self._text, f"[{option}] is no option")
        return option

    def _operand(self) -> Operand:
        token = self._next()
        if token.text == "{":
            return self._listed()
        if token.kind == "sign":
            raise self._wrong(1)
        if token.kind == "word" and token.keyword not in _LITERALS:
            return self._attribute(token.text)
        value = _literal(token)
        return lambda _: value

    def _listed(self) -> Operand:
        items: list[Operand] = []
        while not self._takes("}"):
            if items:
                self._needs(",")
            items.append(self._operand_in_list())
        return lambda placed: tuple(item(placed) for item in items)

    def _operand_in_list(self) -> Operand:
        if self._at < len(self._tokens) and self._tokens[self._at].text == "{":
            raise _invalid(self._text, "a list in a list")
        return self._operand()

    def _attribute(self, path: str) -> Operand:
        first, _, rest = path.partition(".")
        name = plain_name(first)
        parts = ("x", "y", "width", "height")
        if name is None or (rest and (name != "rect" or rest not in parts)):
            raise _invalid(self._text, f"there is no attribute {path}")
        get = ATTRIBUTES[name]
        if not rest:
            return lambda placed: get(placed.node, placed.index)
        return lambda placed: cast("dict[str, int]", get(placed.node, placed.index))[rest]

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise _invalid(self._text, "it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, *keywords: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].keyword in keywords:
            self._at += 1
            return True
        return False

    def _needs(self, keyword: str) -> None:
        if not self._takes(keyword):
            raise self._wrong() if self._at < len(self._tokens) else _invalid(self._text, f"no {keyword}")

    def _wrong(self, back: int = 0) -> Refusal:
        return _invalid(self._text, f"unexpected {self._tokens[self._at - back].text!r}")


def _literal(token: _Token) -> object:
    if token.kind == "text":
        return _unquoted(token.text)
    if token.kind == "number":
        return float(token.text) if "." in token.text else int(token.text)
    return _LITERALS[token.keyword]


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1], flags=re.DOTALL)
