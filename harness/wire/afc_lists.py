"""What AFC replies carry: lists of names, and facts as pairs of names and values."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import WireError


def read_string(string: bytes, offset: int) -> str:
    """A string of AFC from its bytes, without the NUL.

    Raises:
        WireError: it is not UTF-8; ``offset`` says where the string stands.
    """
    try:
        return string.decode()
    except UnicodeDecodeError as error:
        raise WireError("a string that is not UTF-8", offset=offset + error.start, data=string) from error


def pack_strings(strings: list[str]) -> bytes:
    """Strings one after another, each with its NUL.

    Raises:
        ValueError: a string holds a NUL.
    """
    if any("\0" in string for string in strings):
        raise ValueError("a string of AFC cannot hold a NUL")
    return b"".join(string.encode() + b"\0" for string in strings)


def unpack_strings(data: bytes) -> list[str]:
    """The strings of a list.

    Raises:
        WireError: the last has no NUL, or one is not UTF-8.
    """
    *strings, tail = data.split(b"\0")
    if tail:
        raise WireError("a list of strings without its last NUL", offset=len(data), data=tail)
    at, read = 0, list[str]()
    for string in strings:
        read.append(read_string(string, at))
        at += len(string) + 1
    return read


def pack_pairs(pairs: dict[str, str]) -> bytes:
    """Names and values, as information replies carry them; raises as ``pack_strings``."""
    return pack_strings([string for pair in pairs.items() for string in pair])


def unpack_pairs(data: bytes) -> dict[str, str]:
    """Names and values of an information reply.

    Raises:
        WireError: as ``unpack_strings``, or a name has no value.
    """
    strings = unpack_strings(data)
    if len(strings) % 2:
        raise WireError(f"a list of pairs with {len(strings)} strings", offset=len(data), data=data)
    return dict(zip(strings[::2], strings[1::2], strict=True))


@dataclass(frozen=True)
class FileInfo:
    """Facts of a file or directory.

    Attributes:
        kind: ``S_IFREG``, ``S_IFDIR``, ``S_IFLNK`` and so on.
        size_bytes: its size.
        blocks: its size in blocks of 512 bytes.
        links: number of hard links.
        modified_ns: nanoseconds since 1970.
        born_ns: nanoseconds since 1970.
        target: where a symbolic link leads; else ``None``.
    """

    kind: str
    size_bytes: int
    blocks: int
    links: int
    modified_ns: int
    born_ns: int
    target: str | None = None

    def encode(self) -> bytes:
        """The bytes of the ``Data`` reply."""
        pairs = {
            "st_size": str(self.size_bytes),
            "st_blocks": str(self.blocks),
            "st_nlink": str(self.links),
            "st_ifmt": self.kind,
            "st_mtime": str(self.modified_ns),
            "st_birthtime": str(self.born_ns),
        }
        return pack_pairs(pairs if self.target is None else pairs | {"LinkTarget": self.target})


def parse_file_info(data: bytes) -> FileInfo:
    """Read the ``Data`` reply to ``GetFileInfo``.

    Raises:
        WireError: a fact is missing, or is no number where there must be one.
    """
    pairs = unpack_pairs(data)
    names = ("st_size", "st_blocks", "st_nlink", "st_mtime", "st_birthtime")
    try:
        numbers = [int(pairs[name]) for name in names]
        return FileInfo(pairs["st_ifmt"], *numbers, target=pairs.get("LinkTarget"))
    except (KeyError, ValueError) as error:
        raise WireError(f"file information without its facts ({error})", data=data) from error


@dataclass(frozen=True)
class DeviceInfo:
    """Facts of the phone's file system.

    Attributes:
        model: product type, such as ``iPhone10,3``.
        total_bytes: its size.
        free_bytes: what is free.
        block_bytes: the size of a block.
    """

    model: str
    total_bytes: int
    free_bytes: int
    block_bytes: int = 4096

    def encode(self) -> bytes:
        """The bytes of the ``Data`` reply."""
        numbers = {
            "FSTotalBytes": self.total_bytes,
            "FSFreeBytes": self.free_bytes,
            "FSBlockSize": self.block_bytes,
        }
        return pack_pairs({"Model": self.model} | {name: str(number) for name, number in numbers.items()})


def parse_device_info(data: bytes) -> DeviceInfo:
    """Read the ``Data`` reply to ``GetDeviceInfo``.

    Raises:
        WireError: a fact is missing, or is no number where there must be one.
    """
    pairs = unpack_pairs(data)
    try:
        numbers = [int(pairs[name]) for name in ("FSTotalBytes", "FSFreeBytes", "FSBlockSize")]
        return DeviceInfo(pairs["Model"], *numbers)
    except (KeyError, ValueError) as error:
        raise WireError(f"device information without its facts ({error})", data=data) from error
