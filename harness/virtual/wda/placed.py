"""Elements with their places in the tree, by which they are known again when it is drawn anew.

An element is the same one as before as long as the page is the same and it stands at the same place under
the same name. A phone's own identifiers behave so, too: they end with the view. Which label changes make
another element on a phone is not known; here one without an identifier that changes its label is another.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from harness.virtual.wda.node import Kind, Node

_NAMESPACE = uuid.UUID("5d1c1f4e-1f0e-4c53-9a55-2a8f6f0f8d5b")


@dataclass(frozen=True)
class Placed:
    """One element at its place.

    Attributes:
        node: what it is.
        index: how many siblings stand before it.
        path: where it is, from the root of the page on.
        children: what lies on it.
    """

    node: Node
    index: int
    path: str
    children: tuple[Placed, ...]

    @property
    def id(self) -> str:
        """What clients call it."""
        return str(uuid.uuid5(_NAMESPACE, self.path)).upper()

    def walk(self) -> Iterator[Placed]:
        """This element and all below it, parents before children."""
        yield self
        for child in self.children:
            yield from child.walk()

    def below(self) -> Iterator[Placed]:
        """All below it, parents before children."""
        for child in self.children:
            yield from child.walk()


def place(root: Node, owner: str) -> Placed:
    """A tree with its places.

    Args:
        root: the tree.
        owner: whose screen it is; with what the navigation bars say it tells one page from another.
    """
    bars = "|".join(node.name for node in root.walk() if node.kind is Kind.NAVIGATION_BAR)
    return _placed(root, 0, f"{owner}#{bars}")


def _placed(node: Node, index: int, path: str) -> Placed:
    seen: Counter[str] = Counter()
    children: list[Placed] = []
    for at, child in enumerate(node.children):
        step = f"{child.kind.name}:{child.name}"
        children.append(_placed(child, at, f"{path}/{step}:{seen[step]}"))
        seen[step] += 1
    return Placed(node, index, path, tuple(children))
