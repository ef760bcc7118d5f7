from __future__ import annotations

from pymobiledevice3.services import afc as client

from harness.wire.afc_numbers import AfcLinkKind, AfcLock, AfcOp, AfcOpenMode, AfcStatus


def test_results_are_those_of_an_independent_client() -> None:
    assert {status.name: int(status) for status in AfcStatus} == {
        error.name: int(error) for error in client.AfcError
    }


def test_operations_cover_those_of_an_independent_client() -> None:
    assert {int(op) for op in client.AfcOpcode} <= {int(op) for op in AfcOp}
    for name in ("STATUS", "DATA", "READ_DIR", "TRUNCATE", "REMOVE_PATH", "MAKE_DIR", "GET_FILE_INFO"):
        assert AfcOp[name] == client.AfcOpcode[name]
    for name in ("FILE_OPEN", "FILE_SEEK", "FILE_TELL", "FILE_CLOSE", "FILE_SET_SIZE", "FILE_LOCK"):
        assert AfcOp[name] == client.AfcOpcode[name]
    for name in ("RENAME_PATH", "MAKE_LINK", "SET_FILE_TIME"):
        assert AfcOp[name] == client.AfcOpcode[name]
    assert (AfcOp.FILE_READ, AfcOp.FILE_WRITE) == (client.AfcOpcode.READ, client.AfcOpcode.WRITE)
    assert AfcOp.FILE_OPEN_RESULT == client.AfcOpcode.FILE_OPEN_RES
    assert AfcOp.GET_DEVICE_INFO == client.AfcOpcode.GET_DEVINFO


def test_modes_are_those_of_an_independent_client_in_words_of_fopen() -> None:
    words = dict(zip(("r", "r+", "w", "w+", "a", "a+"), AfcOpenMode, strict=True))
    assert words == client.AFC_FOPEN_TEXTUAL_MODES


def test_links_and_locks_are_those_of_an_independent_client() -> None:
    assert [AfcLinkKind.HARD, AfcLinkKind.SYMBOLIC] == [
        client.AfcLinkType.HARDLINK,
        client.AfcLinkType.SYMLINK,
    ]
    assert list(AfcLock) == [client.AFC_LOCK_SH, client.AFC_LOCK_EX, client.AFC_LOCK_UN]
