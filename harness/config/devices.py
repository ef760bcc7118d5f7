"""devices.yaml: which phones there are, real and virtual, and how they are reached."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from harness.config.profile import SHIPPED_PROFILE, profile_file, samples
from harness.config.schema import (
    FORMAT,
    NOT_EMPTY,
    ONE_OR_MORE,
    FileSection,
    Number,
    Problem,
    Section,
    Text,
    Whole,
    YesNo,
    complaint,
    listed,
    nearest,
    one_of,
    validate,
)
from harness.config.source import Document, read_document
from harness.config.storeurl import expected, has_password, is_remote
from harness.config.versions import check_product_version
from harness.errors import ConfigError
from harness.model.identity import Connection, Hardware

DEFAULT_PATH = Path("devices.yaml")
"""Where devices.yaml is looked for when no option names it: the directory the command is run in."""

EXAMPLE = """\
version: 1
devices:
  - name: v-26
    virtual: {ios: "26.0"}
"""
"""The smallest devices.yaml that works on a machine without a phone."""

_MISSING_FIX = "Make one, for example with one virtual phone:\n" + EXAMPLE


class Reach(StrEnum):
    """How a phone may be reached."""

    USB = "usb"
    NETWORK = "network"
    ANY = "any"

    def allows(self, connection: Connection) -> bool:
        """Whether a phone that is there by ``connection`` may be used."""
        return self is Reach.ANY or self.value == connection.value

    def best_of(self, ways: Iterable[Connection]) -> Connection | None:
        """How to reach a phone that is there in these ways, by cable if it may be; ``None`` if in none."""
        allowed = [way for way in ways if self.allows(way)]
        return Connection.USB if Connection.USB in allowed else next(iter(allowed), None)


class Tls(StrEnum):
    """How the origin speaks TLS."""

    NONE = "none"
    SELF_SIGNED = "self-signed"
    FILES = "files"


def _ios(text: str) -> str:
    try:
        return check_product_version(text)
    except ConfigError as error:
        raise ValueError(error.what) from error


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise ValueError(f"expected an IP address such as 127.0.0.1, found {text!r}") from error


def _url(text: str) -> str:
    wrong = f"expected a URL such as http://mac.local:8080, found {text!r}"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(wrong) from error
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(wrong)
    return text


def _store(text: str) -> str:
    if text != "sqlite" and not is_remote(text):
        raise ValueError(expected(text))
    try:
        has_password(text)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return text


def _word(text: str) -> str:
    if not text or any(each.isspace() or each in ",/\\:" for each in text):
        raise ValueError(f"expected a word without spaces, commas, slashes or colons, found {text!r}")
    return text


def _udid(text: str) -> str:
    if not 8 <= len(text) <= 64 or not all(
        each.isascii() and (each.isalnum() or each == "-") for each in text
    ):
        raise ValueError(f"expected a UDID such as 00008120-001A2B3C4D5E6F70, found {text!r}")
    return text


def _model(text: str) -> str:
    kind = text.rstrip("0123456789,")
    numbers = text[len(kind) :].split(",")
    if kind not in ("iPhone", "iPad", "iPod") or len(numbers) != 2 or not all(numbers):
        raise ValueError(f"expected a product type such as iPhone12,1, found {text!r}")
    return text


class Language(StrEnum):
    """What the screen of a virtual phone can speak, by its ISO 639 code."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"


class VirtualSpec(Section):
    """What kind of phone a virtual phone is.

    Attributes:
        ios: product version.
        model: product type.
        cellular: whether it has a cellular radio with a working plan.
        seed: of everything that varies; the same seed gives the same timeline.
        clock_rate: phone seconds per second of this host, while nobody waits for the phone.
        language: what its screen speaks.
    """

    ios: Annotated[Text, AfterValidator(_ios)]
    # An iPhone 11: the one model that ran every release from 13 to 26.
    model: Annotated[Text, AfterValidator(_model)] = "iPhone12,1"
    cellular: YesNo = True
    seed: Whole = 1
    clock_rate: Number = Field(default=10.0, gt=0, le=1000)
    language: Annotated[Language, one_of(Language)] = Language.ENGLISH


class UiSpec(Section):
    """How the phone's screen is worked, for what has no other way.

    Attributes:
        wda_bundle_id: bundle identifier of an installed WebDriverAgent runner, which is started when it is
            needed; ``None`` for Appium's own.
        wda_url: URL of a WebDriverAgent that somebody else started on the phone and keeps, in place of one
            that is started. One that is reached by the phone's own Wi-Fi goes away with that.
        appium: URL of an Appium server, through which the runner is worked; ``None`` for directly.
    """

    wda_bundle_id: Text | None = None
    wda_url: Annotated[Text, AfterValidator(_url)] | None = None
    appium: Annotated[Text, AfterValidator(_url)] | None = None

    @model_validator(mode="after")
    def _some_way(self) -> Self:
        if self.wda_bundle_id is not None and self.wda_url is not None:
            raise ValueError("has both 'wda_bundle_id' (started here) and 'wda_url' (kept by somebody else)")
        if self.wda_bundle_id is None and self.wda_url is None and self.appium is None:
            raise ValueError("expected 'wda_bundle_id', 'wda_url' or 'appium'")
        return self


class DeviceEntry(Section):
    """One phone of devices.yaml: either ``udid`` (a real phone) or ``virtual``.

    Attributes:
        name: how people call it; unique in the file.
        udid: unique device identifier of a real phone.
        host: the machine that it is attached to, one of the file's ``hosts``; ``None`` for this one.
        connection: how it may be reached.
        labels: what tests may ask for by name.
        ui: how its screen is worked.
        virtual: what it is, when it is a virtual phone.
    """

    name: Annotated[Text, AfterValidator(_word)]
    udid: Annotated[Text, AfterValidator(_udid)] | None = None
    host: Annotated[Text, AfterValidator(_word)] | None = None
    connection: Annotated[Reach, one_of(Reach)] = Reach.ANY
    labels: Mapping[str, Text] = Field(default_factory=dict[str, str])
    ui: UiSpec | None = None
    virtual: VirtualSpec | None = None

    @model_validator(mode="after")
    def _real_or_virtual(self) -> Self:
        if self.udid is None and self.virtual is None:
            what = "needs 'udid' (a real phone; `harness devices` shows it) or 'virtual'"
            raise ValueError(f"phone {self.name!r} {what}")
        if self.udid is not None and self.virtual is not None:
            raise ValueError(
                f"phone {self.name!r} has both 'udid' and 'virtual'; a virtual phone has no udid here"
            )
        return self

    @property
    def hardware(self) -> Hardware:
        """Whether the entry stands for a phone or for a model of one."""
        return Hardware.REAL if self.virtual is None else Hardware.VIRTUAL


class Defaults(Section):
    """What holds where nothing else is said.

    Attributes:
        app: one app profile or several: a path from devices.yaml, else from the directory the command is run
            in, or the name of a sample app. A story is told with the first that can be told all of it.
    """

    app: Annotated[tuple[Text, ...], ONE_OR_MORE] = ()


def _expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return text


class ReportSpec(Section):
    """What reports must not tell, besides what they never do.

    Attributes:
        redact: regular expressions; a group ``secret`` is taken out, or all that matches.
        hide_lan: whether addresses of the LAN are taken out, too.
    """

    redact: tuple[Annotated[Text, AfterValidator(_expression)], ...] = ()
    hide_lan: YesNo = False


class OriginSpec(Section):
    """How the origin server is reached by phones.

    Attributes:
        bind: address it listens on.
        advertise: URL under which phones reach it, when that is another one; a port in it is listened on.
        tls: how it speaks TLS.
        certificate: PEM file, for ``tls: files``.
        key: PEM file, for ``tls: files``.
        access_point: command, with arguments, that keeps a phone off this network or lets it in again; in it
            ``{state}`` is ``off`` or ``on``, and ``{udid}`` the phone. It is run beside devices.yaml.
    """

    bind: Annotated[Text, AfterValidator(_address)] = "127.0.0.1"
    advertise: Annotated[Text, AfterValidator(_url)] | None = None
    tls: Annotated[Tls, one_of(Tls)] = Tls.NONE
    certificate: Text | None = None
    key: Text | None = None
    access_point: Annotated[tuple[Text, ...], NOT_EMPTY] | None = None

    @model_validator(mode="after")
    def _has_files(self) -> Self:
        both = self.certificate is not None and self.key is not None
        if self.tls is Tls.FILES and not both:
            raise ValueError("'tls: files' needs 'certificate' and 'key'")
        if self.tls is not Tls.FILES and (self.certificate or self.key):
            raise ValueError("'certificate' and 'key' are only read with 'tls: files'")
        return self


class HostSpec(Section):
    """A machine that phones are attached to, as the others reach it.

    Attributes:
        ssh: where ``ssh`` finds it, such as ``farm@mini1``; ``None`` where its sockets are on this machine.
        origin: what of the origin server is otherwise for a run on that machine, such as its address;
            ``None`` for nothing.
    """

    ssh: Text | None = None
    origin: OriginSpec | None = None


class DevicesFile(FileSection):
    """A devices.yaml.

    Attributes:
        version: of the format.
        store: where leases are kept: ``sqlite``, or the URL of a PostgreSQL database.
        defaults: what holds where nothing else is said.
        origin: how phones reach the origin server.
        report: what reports must not tell.
        hosts: name -> a machine of the rack.
        devices: the phones, in the order of the file.
    """

    version: Annotated[Literal[1], FORMAT]
    store: Annotated[Text, AfterValidator(_store), Field(repr=False)] = "sqlite"
    defaults: Defaults = Defaults()
    origin: OriginSpec = OriginSpec()
    report: ReportSpec = ReportSpec()
    hosts: Mapping[Annotated[Text, AfterValidator(_word)], HostSpec] = Field(
        default_factory=dict[str, HostSpec]
    )
    devices: Annotated[tuple[DeviceEntry, ...], NOT_EMPTY]

    @property
    def app_profile_path(self) -> Path:
        """The app profile that is meant where one is enough: the first."""
        return self.app_profile_paths[0]

    @property
    def app_profile_paths(self) -> tuple[Path, ...]:
        """The app profiles that tests run against unless an option names others; at least one."""
        beside = self.path.parent
        return tuple(profile_file(named, beside) for named in self.defaults.app) or (SHIPPED_PROFILE,)

    def on(self, host: str) -> DevicesFile:
        """The same with only the phones of one host, for a run there.

        Raises:
            ConfigError: no phone is attached to a host of that name.
        """
        there = tuple(entry for entry in self.devices if entry.host == host)
        if not there:
            known = sorted({entry.host for entry in self.devices if entry.host})
            what = f"{self.path}: no phone has 'host: {host}'{nearest(host, known)}"
            raise ConfigError(what, fix=f"Its hosts are {listed(known)}" if known else "It names no host")
        own = self.hosts[host].origin
        otherwise = {name: getattr(own, name) for name in own.model_fields_set} if own else {}
        origin = self.origin.model_copy(update=otherwise)
        return self.model_copy(update={"devices": there, "origin": origin}).located(self.path)

    @property
    def real(self) -> tuple[DeviceEntry, ...]:
        """The real phones."""
        return tuple(entry for entry in self.devices if entry.virtual is None)

    @property
    def virtual(self) -> tuple[DeviceEntry, ...]:
        """The virtual phones."""
        return tuple(entry for entry in self.devices if entry.virtual is not None)


def load_devices(path: Path | str = DEFAULT_PATH) -> DevicesFile:
    """Read a devices.yaml.

    Raises:
        ConfigError: it does not exist or something in it is wrong; carries line and column, and
            says what was expected there.
    """
    document = read_document(Path(path), missing_fix=_MISSING_FIX)
    file = validate(DevicesFile, document)
    checks = (_twice(file, document), _one_url_twice(file, document), _no_profile(file), _no_host(file))
    if problems := [problem for check in checks for problem in check]:
        raise complaint(document, problems)
    return file


def _no_host(file: DevicesFile) -> Iterator[Problem]:
    for index, entry in enumerate(file.devices):
        if entry.host is not None and entry.host not in file.hosts:
            near = nearest(entry.host, file.hosts) or "; name it beneath 'hosts'"
            yield Problem(("devices", index, "host"), f"there is no host {entry.host!r}{near}")


def _twice(file: DevicesFile, document: Document) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for index, entry in enumerate(file.devices):
        # iOS tools print the same UDID in upper and in lower case.
        for key, value in (("name", entry.name), ("udid", (entry.udid or "").upper())):
            first = seen.setdefault((key, value), index)
            if value and first != index:
                line = document.place(("devices", first, key)).line
                shown = getattr(entry, key)
                yield Problem(
                    ("devices", index, key), f"{key} {shown!r} is taken by the phone in line {line}"
                )


def _one_url_twice(file: DevicesFile, document: Document) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(file.devices):
        if entry.ui is None or entry.ui.wda_url is None:
            continue
        first = seen.setdefault(_same_place(entry.ui.wda_url), index)
        if first != index:
            line = document.place(("devices", first, "ui", "wda_url")).line
            what = f"{entry.ui.wda_url!r} works the screen of the phone in line {line}, and can work only one"
            yield Problem(("devices", index, "ui", "wda_url"), what)


def _same_place(url: str) -> str:
    """A URL with what may be written in several ways written in one."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"


def _no_profile(file: DevicesFile) -> Iterator[Problem]:
    for index, named in enumerate(file.defaults.app):
        path = profile_file(named, file.path.parent)
        if not path.is_file():
            what = f"there is no app profile {named!r}{_looked_in(file, path)}{nearest(path.stem, samples())}"
            fix = f"name your app's file as seen from there, or a sample app: {listed(samples())}"
            yield Problem(("defaults", "app", index), f"{what}; {fix}")


def _looked_in(file: DevicesFile, path: Path) -> str:
    """Where a profile was looked for that is not there; nothing to say of an absolute path."""
    places = dict.fromkeys((file.path.parent.absolute(), Path.cwd()))
    return "" if path.is_absolute() else f" in {listed(map(str, places))}"
