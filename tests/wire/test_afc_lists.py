from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.services import afc as client

from harness.errors import WireError
from harness.wire.afc_lists import (
    DeviceInfo,
    FileInfo,
    pack_pairs,
    pack_strings,
    parse_device_info,
    parse_file_info,
    unpack_pairs,
    unpack_strings,
)

STRING = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
FILE = FileInfo("S_IFREG", 5, 8, 1, 1_700_000_000_000_000_001, 1_600_000_000_000_000_000)
LINK = FileInfo("S_IFLNK", 1, 0, 1, 0, 0, "../target")
DEVICE = DeviceInfo("iPhone10,3", 64_000_000_000, 1_000_000_000)


@given(st.lists(STRING))
def test_lists_come_back_and_an_independent_client_reads_them(strings: list[str]) -> None:
    data = pack_strings(strings)
    assert unpack_strings(data) == strings
    assert client.AfcReadDirResponse.parse(data).filenames == strings


@given(st.dictionaries(STRING, STRING))
def test_pairs_come_back_and_an_independent_client_reads_them(pairs: dict[str, str]) -> None:
    data = pack_pairs(pairs)
    assert unpack_pairs(data) == pairs
    assert client.list_to_dict(data) == pairs


def test_a_list_cut_at_any_offset_inside_a_string_is_refused() -> None:
    data = pack_strings(["ab", "c"])
    for end in (1, 2, 4):
        with pytest.raises(WireError, match="without its last NUL") as caught:
            unpack_strings(data[:end])
        assert caught.value.offset == end


def test_a_name_without_a_value_is_refused() -> None:
    with pytest.raises(WireError, match="pairs with 1 strings"):
        unpack_pairs(b"Model\0")


def test_a_string_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(WireError, match="not UTF-8 at byte 4"):
        unpack_strings(b"ab\0c\xff\0")


def test_a_string_with_a_nul_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="cannot hold a NUL"):
        pack_strings(["a\0b"])


@pytest.mark.parametrize("info", [FILE, LINK])
def test_file_information_comes_back(info: FileInfo) -> None:
    assert parse_file_info(info.encode()) == info


def test_an_independent_client_reads_file_information() -> None:
    assert client.list_to_dict(LINK.encode()) == {
        "st_size": "1",
        "st_blocks": "0",
        "st_nlink": "1",
        "st_ifmt": "S_IFLNK",
        "st_mtime": "0",
        "st_birthtime": "0",
        "LinkTarget": "../target",
    }
    assert "LinkTarget" not in client.list_to_dict(FILE.encode())


def test_device_information_comes_back_and_an_independent_client_reads_it() -> None:
    assert parse_device_info(DEVICE.encode()) == DEVICE
    assert client.list_to_dict(DEVICE.encode()) == {
        "Model": "iPhone10,3",
        "FSTotalBytes": "64000000000",
        "FSFreeBytes": "1000000000",
        "FSBlockSize": "4096",
    }


def test_information_without_its_facts_is_refused() -> None:
    with pytest.raises(WireError, match="st_size"):
        parse_file_info(b"")
    with pytest.raises(WireError, match="file information"):
        parse_file_info(FILE.encode().replace(b"st_size\x005", b"st_size\x00x"))
    with pytest.raises(WireError, match="FSTotalBytes"):
        parse_device_info(b"")
