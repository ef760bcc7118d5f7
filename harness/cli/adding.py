"""Writing entries into a devices.yaml that people also write: what is there stays as it is."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import cast

import yaml

from harness.config.devices import load_devices
from harness.config.places import replace_file
from harness.errors import ConfigError
from harness.model.identity import PhoneIdentity


def add_entries(path: Path, phones: Sequence[PhoneIdentity], taken: Collection[str] = ()) -> tuple[str, ...]:
    """Append entries of real phones to a devices.yaml, which is made when it is missing.

    Comments and layout stay. The file is replaced as a whole, and only by one that can be read.

    Args:
        path: the devices.yaml.
        phones: the phones that are to be added.
        taken: names that are in the file already.

    Returns:
        The names they got, in order.

    Raises:
        ConfigError: nothing can be appended to the file as it is, or it cannot be written.
    """
    names = _names(phones, taken)
    if path.exists():
        text = path.read_text(encoding="utf-8")
        line, indent = _end_of_list(path, text)
        lines = text.splitlines(keepends=True)
        before, after = "".join(lines[:line]), "".join(lines[line:])
        glue = "" if not before or before.endswith("\n") else "\n"
        _replace(path, before + glue + _entries(names, phones, " " * indent) + after)
    else:
        _replace(path, "version: 1\ndevices:\n" + _entries(names, phones, "  "))
    return names


def _names(phones: Sequence[PhoneIdentity], taken: Collection[str]) -> tuple[str, ...]:
    """A word for each phone, from what it calls itself."""
    names: list[str] = []
    for phone in phones:
        letters = (each if each.isascii() and each.isalnum() else "-" for each in phone.name.lower())
        word = "-".join(part for part in "".join(letters).split("-") if part) or "phone"
        numbered = (word if number == 1 else f"{word}-{number}" for number in itertools.count(1))
        names.append(next(name for name in numbered if name not in taken and name not in names))
    return tuple(names)


def _entries(names: Sequence[str], phones: Sequence[PhoneIdentity], indent: str) -> str:
    return "".join(
        f"{indent}- name: {name}\n"
        f"{indent}  udid: {phone.udid}\n"
        f'{indent}  labels: {{model: "{phone.model}"}}    # iOS {phone.ios} when it was added\n'
        for name, phone in zip(names, phones, strict=True)
    )


def _end_of_list(path: Path, text: str) -> tuple[int, int]:
    """Behind which line (counted from 1) entries can be put, and how far their dashes are indented."""
    root = yaml.SafeLoader(text).get_single_node()
    pairs = (
        cast("list[tuple[yaml.Node, yaml.Node]]", root.value) if isinstance(root, yaml.MappingNode) else []
    )
    listed = next((value for key, value in pairs if key.value == "devices"), None)
    if not isinstance(listed, yaml.SequenceNode) or listed.flow_style or not listed.value:
        raise ConfigError(
            "entries can only be added to a list of lines that begin with '- '",
            path=str(path),
            line=listed.start_mark.line + 1 if listed else None,
            fix="Write `devices:` that way, one phone per line",
        )
    return _last_line(listed.value[-1]) + 1, listed.start_mark.column


def _last_line(node: yaml.Node) -> int:
    """The line of the last thing written in a node; a block's own end lies behind comments that follow."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return node.end_mark.line
    last = cast("yaml.Node | tuple[yaml.Node, yaml.Node]", node.value[-1])
    return _last_line(last[1] if isinstance(last, tuple) else last)


def _replace(path: Path, text: str) -> None:
    try:
        replace_file(path, text, check=load_devices)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", path=str(path)) from error
