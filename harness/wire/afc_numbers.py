"""The numbers of AFC: operations, results, and what goes with them.

Source: the numbers that independent clients agree on (virtual-iphone.md §0).
"""

from __future__ import annotations

from enum import IntEnum


class AfcOp(IntEnum):
    """The operation of a packet."""

    STATUS = 0x01
    DATA = 0x02
    READ_DIR = 0x03
    READ_FILE = 0x04
    WRITE_FILE = 0x05
    WRITE_PART = 0x06
    TRUNCATE = 0x07
    REMOVE_PATH = 0x08
    MAKE_DIR = 0x09
    GET_FILE_INFO = 0x0A
    GET_DEVICE_INFO = 0x0B
    WRITE_FILE_ATOMIC = 0x0C
    FILE_OPEN = 0x0D
    FILE_OPEN_RESULT = 0x0E
    FILE_READ = 0x0F
    FILE_WRITE = 0x10
    FILE_SEEK = 0x11
    FILE_TELL = 0x12
    FILE_TELL_RESULT = 0x13
    FILE_CLOSE = 0x14
    FILE_SET_SIZE = 0x15
    GET_CONNECTION_INFO = 0x16
    SET_CONNECTION_OPTIONS = 0x17
    RENAME_PATH = 0x18
    SET_FS_BLOCK_SIZE = 0x19
    SET_SOCKET_BLOCK_SIZE = 0x1A
    FILE_LOCK = 0x1B
    MAKE_LINK = 0x1C
    GET_FILE_HASH = 0x1D
    SET_FILE_TIME = 0x1E
    GET_FILE_HASH_RANGE = 0x1F
    FILE_SET_IMMUTABLE_HINT = 0x20
    GET_SIZE_OF_PATH_CONTENTS = 0x21
    REMOVE_PATH_AND_CONTENTS = 0x22
    DIR_OPEN = 0x23
    DIR_OPEN_RESULT = 0x24
    DIR_READ = 0x25
    DIR_CLOSE = 0x26
    FILE_READ_OFFSET = 0x27
    FILE_WRITE_OFFSET = 0x28


class AfcStatus(IntEnum):
    """The number in a ``Status`` reply."""

    SUCCESS = 0
    UNKNOWN_ERROR = 1
    OP_HEADER_INVALID = 2
    NO_RESOURCES = 3
    READ_ERROR = 4
    WRITE_ERROR = 5
    UNKNOWN_PACKET_TYPE = 6
    INVALID_ARG = 7
    OBJECT_NOT_FOUND = 8
    OBJECT_IS_DIR = 9
    PERM_DENIED = 10
    SERVICE_NOT_CONNECTED = 11
    OP_TIMEOUT = 12
    TOO_MUCH_DATA = 13
    END_OF_DATA = 14
    OP_NOT_SUPPORTED = 15
    OBJECT_EXISTS = 16
    OBJECT_BUSY = 17
    NO_SPACE_LEFT = 18
    OP_WOULD_BLOCK = 19
    IO_ERROR = 20
    OP_INTERRUPTED = 21
    OP_IN_PROGRESS = 22
    INTERNAL_ERROR = 23
    MUX_ERROR = 30
    NO_MEM = 31
    NOT_ENOUGH_DATA = 32
    DIR_NOT_EMPTY = 33


class AfcOpenMode(IntEnum):
    """How a file is opened; the comments are the same in words of ``fopen``."""

    READ = 1  # r
    READ_WRITE = 2  # r+, and creates the file
    WRITE = 3  # w
    WRITE_READ = 4  # w+
    APPEND = 5  # a
    APPEND_READ = 6  # a+


class AfcLinkKind(IntEnum):
    """What a link is."""

    HARD = 1
    SYMBOLIC = 2


class AfcLock(IntEnum):
    """What is asked of ``flock``; the bit 4 says not to wait."""

    SHARED = 1 | 4
    EXCLUSIVE = 2 | 4
    UNLOCK = 8 | 4
