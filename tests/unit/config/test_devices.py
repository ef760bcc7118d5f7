from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.devices import EXAMPLE, DeviceEntry, DevicesFile, Reach, load_devices
from harness.config.profile import SHIPPED, SHIPPED_PROFILE
from harness.errors import ConfigError
from harness.model.identity import Connection, Hardware

ROOT = Path(__file__).parents[3]
HEAD = "version: 1\ndevices:\n"


def load(tmp_path: Path, text: str) -> DevicesFile:
    path = tmp_path / "devices.yaml"
    path.write_text(text)
    return load_devices(path)


def test_a_sample_app_is_named_wherever_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "uploader").mkdir()
    file = load(tmp_path, HEAD + PHONE + "defaults: {app: [downloader, uploader]}")
    assert file.app_profile_paths == (SHIPPED_PROFILE, SHIPPED / "uploader.yaml")
    copied = load(tmp_path, (ROOT / "devices.yaml").read_text())
    assert [path.parent for path in copied.app_profile_paths] == [SHIPPED] * 3


def test_of_a_profile_that_is_not_there_it_is_told_where_it_was_looked_for_and_what_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    error = complaint_about(tmp_path, HEAD + PHONE + "defaults: {app: apps/downloader.yaml}")
    assert error.what == (
        f"there is no app profile 'apps/downloader.yaml' in {tmp_path} or {tmp_path}/here"
        " (did you mean 'downloader'?); name your app's file as seen from there, or a sample app:"
        " courier, downloader, uploader or worker"
    )


def complaint_about(tmp_path: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert caught.value.path == str(tmp_path / "devices.yaml")
    return caught.value


def test_the_shipped_file_holds_four_virtual_phones_and_no_real_one() -> None:
    file = load_devices(ROOT / "devices.yaml")
    assert [entry.name for entry in file.devices] == ["v-15", "v-16", "v-18", "v-26"]
    assert [entry.virtual.ios for entry in file.virtual if entry.virtual] == ["15.8", "16.7", "18.5", "26.0"]
    assert file.real == ()
    assert file.store == "sqlite"
    assert file.app_profile_path.samefile(SHIPPED_PROFILE)


def test_the_real_phone_in_the_shipped_comments_is_valid(tmp_path: Path) -> None:
    lines = (ROOT / "devices.yaml").read_text().splitlines()
    start = next(index for index, line in enumerate(lines) if "# - name: desk-15" in line)
    file = load(tmp_path, HEAD + "\n".join(line.replace("# ", "", 1) for line in lines[start:]))
    assert file.devices[0].udid == "00008120-001A2B3C4D5E6F70"
    assert file.devices[0].ui is not None


def test_the_example_in_the_message_about_a_missing_file_works(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file") as caught:
        load_devices(tmp_path / "devices.yaml")
    assert EXAMPLE in str(caught.value)
    assert load(tmp_path, EXAMPLE).devices[0].name == "v-26"


def test_a_comma_without_a_space_belongs_to_the_model(tmp_path: Path) -> None:
    text = HEAD + "  - {name: a, virtual: {model: iPhone10,3, ios: 16.7}, labels: {model: iPhone10,3}}"
    entry = load(tmp_path, text).devices[0]
    assert entry.virtual is not None
    assert (entry.virtual.model, entry.labels["model"]) == ("iPhone10,3", "iPhone10,3")


def test_unquoted_values_mean_what_is_written(tmp_path: Path) -> None:
    text = HEAD + (
        "  - {name: 15, labels: {rack: 1, wifi: true, day: 2024-01-01}, virtual: {ios: 16.10, clock_rate: 2}}"
        "\n  - {name: b, udid: 0123456701234567012345670123456701234567}"
    )
    first, second = load(tmp_path, text).devices
    assert first.name == "15"
    assert first.labels == {"rack": "1", "wifi": "true", "day": "2024-01-01"}
    assert first.virtual is not None
    assert (first.virtual.ios, first.virtual.clock_rate) == ("16.10", 2.0)
    assert second.udid == "0123456701234567012345670123456701234567"


def test_an_entry_says_whether_it_is_hardware() -> None:
    real = DeviceEntry(name="a", udid="00008120-001A2B3C4D5E6F70")
    assert (real.hardware, real.connection) == (Hardware.REAL, Reach.ANY)


@pytest.mark.parametrize(
    ("reach", "usb", "network"),
    [(Reach.USB, True, False), (Reach.NETWORK, False, True), (Reach.ANY, True, True)],
)
def test_reach_allows_the_connections_it_names(reach: Reach, usb: bool, network: bool) -> None:
    assert (reach.allows(Connection.USB), reach.allows(Connection.NETWORK)) == (usb, network)


@pytest.mark.parametrize(
    ("reach", "best"),
    [
        (Reach.USB, Connection.USB),
        (Reach.NETWORK, Connection.NETWORK),
        (Reach.ANY, Connection.USB),
    ],
)
def test_a_phone_that_is_there_twice_is_reached_by_cable_unless_its_entry_says_network(
    reach: Reach, best: Connection
) -> None:
    assert reach.best_of([Connection.NETWORK, Connection.USB]) is best


def test_a_phone_is_not_reached_by_what_its_entry_rules_out() -> None:
    assert Reach.USB.best_of([Connection.NETWORK]) is None
    assert Reach.ANY.best_of([Connection.NETWORK]) is Connection.NETWORK


PHONE = "  - {name: a, virtual: {ios: 16.7}}\n"
MISTAKES = [
    ("empty file", "", 1, 1, "the file is empty"),
    ("only a comment", "# nothing\n", 1, 1, "the file is empty"),
    ("syntax", "version: 1\ndevices: [a", 2, 12, "not YAML"),
    ("tab", "version: 1\ndevices:\n\t- a", 3, 1, "Indent with spaces"),
    ("control character", "version: \x01", 1, 10, "control character"),
    ("two documents", "version: 1\n---\nversion: 1", 2, 1, "another document"),
    ("not a mapping", "- a", 1, 1, "expected a mapping (lines of 'key: value'), found a list"),
    ("newer format", "version: 2\ndevices:\n" + PHONE, 1, 10, "expected 1, found '2'"),
    ("no version", "devices:\n" + PHONE, 1, 1, "key 'version' is missing"),
    ("port", HEAD + PHONE + "origin: {advertise: 'http://mac:99999'}", 4, 21, "expected a URL"),
    ("no host", HEAD + PHONE + "origin: {advertise: 'http://:80'}", 4, 21, "expected a URL"),
    ("no phones", "version: 1\ndevices: []", 2, 10, "the list is empty"),
    ("phones not a list", "version: 1\ndevices: a", 2, 10, "expected a list"),
    ("unknown key", HEAD + PHONE + "divices: []", 4, 1, "unknown key 'divices' (did you mean 'devices'?)"),
    ("unknown inner key", HEAD + "  - {name: a, virtual: {iso: 16, ios: 16}}", 3, 25, "did you mean 'ios'?"),
    ("key with nothing like it", HEAD + PHONE + "zzz: 1", 4, 1, "unknown key 'zzz', expected version, store"),
    ("key twice", HEAD + "  - {name: a, name: b}", 3, 15, "key 'name' is given twice, first in line 3"),
    ("no name", HEAD + "  - {virtual: {ios: 16}}", 3, 5, "key 'name' is missing"),
    ("neither udid nor virtual", HEAD + "  - name: a\n", 3, 5, "phone 'a' needs 'udid'"),
    ("both", HEAD + "  - {name: a, udid: 0000-1111, virtual: {ios: 16}}", 3, 5, "both 'udid' and 'virtual'"),
    ("name twice", HEAD + PHONE + PHONE, 4, 12, "name 'a' is taken by the phone in line 3"),
    (
        "udid twice",
        HEAD + "  - {name: a, udid: 00008120-AB}\n  - {name: b, udid: 00008120-ab}",
        4,
        21,
        "udid '00008120-ab' is taken by the phone in line 3",
    ),
    ("no version number", HEAD + "  - {name: a, virtual: {ios: latest}}", 3, 30, "expected an iOS version"),
    ("iOS that never was", HEAD + "  - {name: a, virtual: {ios: 20.1}}", 3, 30, "after iOS 18 came iOS 26"),
    (
        "not a number",
        HEAD + "  - {name: a, virtual: {ios: 16, seed: x}}",
        3,
        40,
        "expected a whole number, found 'x'",
    ),
    (
        "not yes or no",
        HEAD + "  - {name: a, virtual: {ios: 16, cellular: 4}}",
        3,
        44,
        "expected true or false",
    ),
    ("clock that stands", HEAD + "  - {name: a, virtual: {ios: 16, clock_rate: 0}}", 3, 46, "greater than 0"),
    ("no product type", HEAD + "  - {name: a, virtual: {ios: 16, model: X}}", 3, 41, "such as iPhone12,1"),
    (
        "unknown word",
        HEAD + "  - {name: a, udid: 00008120-AB, connection: ubs}",
        3,
        46,
        "(did you mean 'usb'?)",
    ),
    ("name that is no word", HEAD + "  - {name: a b, virtual: {ios: 16}}", 3, 12, "expected a word"),
    ("labels as list", HEAD + "  - {name: a, labels: [x], virtual: {ios: 16}}", 3, 23, "found a list"),
    (
        "ui without a way",
        HEAD + "  - {name: a, udid: 00008120-AB, ui: {}}",
        3,
        38,
        "expected 'wda_bundle_id', 'wda_url' or 'appium'",
    ),
    (
        "a runner that is started here and kept by somebody else",
        HEAD + "  - {name: a, udid: 00008120-AB, ui: {wda_bundle_id: a.b, wda_url: 'http://127.0.0.1:8100'}}",
        3,
        38,
        "both 'wda_bundle_id' (started here) and 'wda_url' (kept by somebody else)",
    ),
    (
        "one WebDriverAgent for two phones",
        HEAD
        + "  - {name: a, udid: 00008120-AB, ui: {wda_url: 'http://localhost:8100/'}}\n"
        + "  - {name: b, udid: 00008120-CD, ui: {wda_url: 'http://127.0.0.1:8101'}}\n"
        + "  - {name: c, virtual: {ios: 16}, ui: {wda_url: 'HTTP://127.0.0.1:8100'}}",
        5,
        49,
        "'HTTP://127.0.0.1:8100' works the screen of the phone in line 3, and can work only one",
    ),
    ("store", HEAD + PHONE + "store: redis", 4, 8, "expected sqlite or postgresql://"),
    ("address", HEAD + PHONE + "origin: {bind: localhost}", 4, 16, "expected an IP address"),
    ("tls without files", HEAD + PHONE + "origin: {tls: files}", 4, 9, "needs 'certificate' and 'key'"),
    ("no command", HEAD + PHONE + "origin: {access_point: []}", 4, 24, "the list is empty"),
    ("no such profile", HEAD + PHONE + "defaults: {app: nix.yaml}", 4, 17, "no app profile 'nix.yaml'"),
    ("one missing profile", HEAD + PHONE + "defaults: {app: [nix.yaml]}", 4, 18, "no app profile 'nix.yaml'"),
    ("alias of itself", HEAD + "  - &a {name: a, virtual: *a}", 3, 5, "contains itself"),
    ("tag", HEAD + "  - {name: !secret a}", 3, 12, "tag '!secret' means nothing"),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_a_mistake_is_named_at_its_place(
    tmp_path: Path, text: str, line: int, column: int, expected: str
) -> None:
    error = complaint_about(tmp_path, text)
    assert (error.line, error.column) == (line, column)
    assert expected in str(error)
    assert str(error).startswith(f"{tmp_path}/devices.yaml:{line}:{column}: ")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = HEAD + "  - {name: a b, virtual: {ios: x}}\nstore: redis"
    places = [
        line.split(": ")[0].removeprefix(str(tmp_path))
        for line in str(complaint_about(tmp_path, text)).splitlines()
    ]
    assert places == ["/devices.yaml:3:12", "/devices.yaml:3:32", "/devices.yaml:4:8"]


def test_bytes_that_are_no_text_are_named_at_their_place(tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    path.write_bytes(b"version: 1\nname: \xff")
    with pytest.raises(ConfigError, match="expected UTF-8 text, found byte 0xff") as caught:
        load_devices(path)
    assert (caught.value.line, caught.value.column) == (2, 7)


def test_a_directory_is_no_devices_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the file"):
        load_devices(tmp_path)


def test_the_profile_is_looked_for_beside_the_file_first(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("")
    file = load(tmp_path, HEAD + PHONE + "defaults: {app: mine.yaml}")
    assert file.app_profile_path == tmp_path / "mine.yaml"


def test_several_app_profiles_are_kept_in_their_order(tmp_path: Path) -> None:
    for name in ("mine.yaml", "yours.yaml"):
        (tmp_path / name).write_text("")
    file = load(tmp_path, HEAD + PHONE + "defaults:\n  app: [yours.yaml, mine.yaml]\n")
    assert file.app_profile_paths == (tmp_path / "yours.yaml", tmp_path / "mine.yaml")
