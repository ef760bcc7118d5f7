from __future__ import annotations

import stat
from pathlib import Path

import pytest

from harness.virtual.transport.identity import load_identity, server_context
from tests.virtual.rig import identity


def test_an_identity_is_kept_for_the_next_rack_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "identity.json"
    first = load_identity(path)
    assert load_identity(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["identity.json"]


def test_a_file_that_holds_no_identity_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "identity.json"
    path.write_text('{"host_id": 3}')
    assert load_identity(path) == load_identity(path)


def test_a_pair_record_has_what_clients_look_for() -> None:
    record = identity().pair_record("00008030-0000000000000001", "02:00:00:00:00:01")
    assert record["HostID"] == identity().host_id
    assert record["HostPrivateKey"].startswith(b"-----BEGIN")
    assert record["WiFiMACAddress"] == "02:00:00:00:00:01"


def test_certificates_that_are_none_are_named() -> None:
    with pytest.raises(ValueError, match="unusable"):
        server_context(identity().device_key, "nonsense", *_anchors())


def test_contexts_are_made_once_per_pairing() -> None:
    mine = identity()
    arguments = (mine.device_key, mine.device_certificate, *_anchors())
    assert server_context(*arguments) is server_context(*arguments)


def _anchors() -> tuple[str, str]:
    return identity().host_certificate, identity().root_certificate
