"""The virtual phone judged by libimobiledevice's library, for what none of its tools has an option for."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from tests.fidelity.acceptance import accept
from tests.virtual.judges.clib import Device, device
from tests.virtual.judges.standing import Standing, standing
from tests.virtual.judges.tables.acts import in_media

pytestmark = pytest.mark.judge("libimobiledevice")

IOS = "16.7"

POSTED = "dev.harness.judged"

READ_AND_WRITE = 2
"""``AFC_FOPEN_RW``."""

MODIFIED_S = 1_700_000_000


@pytest.fixture(scope="module")
def stand() -> Iterator[Standing]:
    with standing((IOS,)) as it:
        yield it


@pytest.fixture
def phone(stand: Standing, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """The phone, with a session."""
    for name, value in stand.environment(prefix="UNIX:").items():
        monkeypatch.setenv(name, value)
    with device(stand.phone(IOS).spec.udid) as it:
        yield it


@contextmanager
def asking(stand: Standing, how: str, *proven: str) -> Generator[None]:
    """Accept what is asked meanwhile, which has to be what is to be proven at least."""
    before = stand.do(stand.rack.asked)
    yield
    after = stand.do(stand.rack.asked)
    asked = {str(question) for question, count in after.items() if count > before.get(question, 0)}
    assert set(proven) <= asked
    accept("libimobiledevice", how, asked)


def test_a_pairing_is_validated(stand: Standing, phone: Device) -> None:
    with asking(stand, "lockdownd_validate_pair", "com.apple.mobile.lockdown/ValidatePair"):
        phone.validate_pair()


def test_a_proxy_for_hosts_without_trust_says_farewell(stand: Standing, phone: Device) -> None:
    heard: list[str] = []
    ear = stand.do(lambda: stand.phone(IOS).darwin.observe(POSTED, heard.append))
    service = "com.apple.mobile.insecure_notification_proxy"
    proven = (f"{service}/PostNotification", f"{service}/Shutdown")
    with asking(stand, "np_client_free", *proven), phone.untrusted_notifications() as proxy:
        proxy.post(POSTED)
    assert heard == [POSTED]
    stand.do(ear.close)


def test_a_file_is_made_longer_and_shorter(stand: Standing, phone: Device) -> None:
    path = in_media(stand.phone(IOS), "resized")
    path.write_bytes(b"text")
    with asking(stand, "afc_truncate", "AFC/Truncate"), phone.files() as files:
        files.truncate("/resized", 6)
    assert path.read_bytes() == b"text\0\0"
    with asking(stand, "afc_file_truncate", "AFC/FileSetSize"), phone.files() as files:
        files.resize(files.open("/resized", READ_AND_WRITE), 2)
    assert path.read_bytes() == b"te"


def test_a_position_is_told(stand: Standing, phone: Device) -> None:
    in_media(stand.phone(IOS), "told").write_bytes(b"text")
    with asking(stand, "afc_file_tell", "AFC/FileTell"), phone.files() as files:
        handle = files.open("/told", READ_AND_WRITE)
        files.read(handle, 3)
        assert files.tell(handle) == 3


def test_the_time_of_a_file_is_set(stand: Standing, phone: Device) -> None:
    path = in_media(stand.phone(IOS), "old")
    path.write_bytes(b"text")
    with asking(stand, "afc_set_file_time", "AFC/SetFileTime"), phone.files() as files:
        files.set_time("/old", MODIFIED_S)
        assert files.info("/old")["st_mtime"] == str(MODIFIED_S * 1_000_000_000)
    assert path.stat().st_mtime == MODIFIED_S


def test_a_directory_is_removed_with_what_is_in_it(stand: Standing, phone: Device) -> None:
    path = in_media(stand.phone(IOS), "full")
    (path / "deep").mkdir(parents=True)
    (path / "deep" / "file").write_bytes(b"text")
    with asking(stand, "afc_remove_path_and_contents", "AFC/RemovePathAndContents"), phone.files() as files:
        files.remove_all("/full")
    assert not path.exists()
