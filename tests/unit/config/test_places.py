from __future__ import annotations

import stat
from pathlib import Path

import pytest

from harness.config import places
from harness.errors import ConfigError


def test_the_state_directory_is_where_the_variable_says_and_private(tmp_path: Path) -> None:
    environment = {places.STATE_DIR_VARIABLE: str(tmp_path / "a" / "b")}
    path = places.state_dir(environment)
    assert path == tmp_path / "a" / "b"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert places.racks_dir(environment) == path / "racks"
    assert places.leases_path(environment).parent == path


@pytest.mark.parametrize(
    ("platform", "more", "expected"),
    [
        ("darwin", {}, "Library/Application Support/harness"),
        ("linux", {}, ".local/state/harness"),
        ("linux", {"XDG_STATE_HOME": "relative/is/ignored"}, ".local/state/harness"),
    ],
)
def test_the_state_directory_follows_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, more: dict[str, str], expected: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert places.state_dir({"HOME": str(tmp_path), **more}) == tmp_path / expected


def test_xdg_moves_the_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert places.state_dir({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "harness"


def test_a_state_directory_that_cannot_be_made_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=places.STATE_DIR_VARIABLE):
        places.state_dir({places.STATE_DIR_VARIABLE: str(tmp_path / "file" / "x")})


def test_a_socket_directory_is_private_and_short(tmp_path: Path) -> None:
    directory = places.make_socket_dir("usbmux", bases=("/tmp/" + "x" * 90, "/a:b", "/tmp"))
    path = directory.path
    try:
        assert path.parent == Path("/tmp")
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert places.check_socket_path(path / "usbmux") == str(path / "usbmux")
    finally:
        directory.remove()


def test_no_directory_for_sockets_names_what_was_tried(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"/a:b \(too long, or has a colon\), /none/here \(No such file"
    ) as caught:
        places.make_socket_dir(bases=("/a:b", "/none/here"))
    assert "TMPDIR" in str(caught.value)


def test_the_longest_socket_path_has_100_bytes_not_characters() -> None:
    assert places.check_socket_path("/" + "x" * 99)
    with pytest.raises(ConfigError, match="101 bytes"):
        places.check_socket_path("/" + "é" * 50)


def test_a_socket_path_has_no_colon() -> None:
    with pytest.raises(ConfigError, match="colon"):
        places.check_socket_path("/tmp/a:b")


def test_a_file_is_replaced_as_a_whole_and_keeps_who_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    path.write_text("old")
    path.chmod(0o640)
    places.replace_file(path, "new ✓")
    assert path.read_text(encoding="utf-8") == "new ✓"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    places.replace_file(path, "mine", private=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_does_not_pass_the_check_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    path.write_text("old")

    def refuse(aside: Path) -> None:
        raise ValueError(aside.read_text())

    with pytest.raises(ValueError, match="new"):
        places.replace_file(path, "new", check=refuse)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
