"""Which phones there are: the entries of devices.yaml, matched with what is attached.

A real phone is matched by its UDID, a virtual one by its name. A phone that is attached and not in
devices.yaml is nobody's to use in a test: somebody may just be charging it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from harness.config.devices import DeviceEntry, DevicesFile
from harness.config.versions import VersionRange
from harness.errors import NoDeviceFree, NoSuchDevice
from harness.model.identity import Connection, Hardware, PhoneIdentity


@dataclass(frozen=True)
class Wanted:
    """What a test asks of a phone; everything that is set must hold.

    Attributes:
        name: its name in devices.yaml.
        udid: its UDID.
        ios: a range such as ``>=17,<18``.
        labels: labels of devices.yaml; ``model`` also means the product type, or its family
            (``iPhone15`` is every ``iPhone15,x``).
        hardware: real or virtual.
    """

    name: str | None = None
    udid: str | None = None
    ios: VersionRange | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    hardware: Hardware | None = None

    def __str__(self) -> str:
        asked = {
            "name": self.name,
            "udid": self.udid,
            "ios": self.ios,
            **self.labels,
            "hardware": self.hardware,
        }
        return ", ".join(f"{key}={value}" for key, value in asked.items() if value is not None) or "any phone"


@dataclass(frozen=True)
class InventoryPhone:
    """One phone that the farm knows of.

    Attributes:
        name: as devices.yaml calls it, or as it calls itself.
        entry: its entry in devices.yaml; ``None`` without a devices.yaml.
        identity: who it is; ``None`` while it is not attached.
        away: why it cannot be reached, or empty.
        connection: by which way it is to be reached; ``None`` when its ways were not told.
    """

    name: str
    entry: DeviceEntry | None
    identity: PhoneIdentity | None
    away: str = ""
    connection: Connection | None = None

    def why_not(self, wanted: Wanted) -> str | None:
        """Why the phone can never be what is wanted, or ``None`` when it can.

        What only a look at the phone would tell speaks for it while it is away.
        """
        checks = (self._name_fault(wanted), self._label_fault(wanted), self._version_fault(wanted))
        return next((fault for fault in checks if fault), None)

    def _name_fault(self, wanted: Wanted) -> str | None:
        if wanted.name is not None and wanted.name != self.name:
            return f"its name is not {wanted.name}"
        udid = self.identity.udid if self.identity else self.entry.udid if self.entry else None
        if wanted.udid is not None and udid is not None and wanted.udid.upper() != udid.upper():
            return f"its UDID is {udid}"
        hardware = self._hardware
        return f"it is {hardware}" if wanted.hardware not in (None, hardware) else None

    @property
    def _hardware(self) -> Hardware:
        if self.identity:
            return self.identity.hardware
        return self.entry.hardware if self.entry else Hardware.REAL

    def _label_fault(self, wanted: Wanted) -> str | None:
        for label, value in wanted.labels.items():
            has = self.entry.labels.get(label) if self.entry else None
            model = self._model if label == "model" else None
            if value in (has, model) or (model and model.split(",")[0] == value):
                continue
            if label == "model" and has is None and model is None:
                continue
            return f"its {label} is {has or model}" if has or model else f"it has no label {label}"
        return None

    @property
    def _model(self) -> str | None:
        if self.identity:
            return self.identity.model
        return self.entry.virtual.model if self.entry and self.entry.virtual else None

    def _version_fault(self, wanted: Wanted) -> str | None:
        ios = self.ios
        return f"it runs iOS {ios}" if wanted.ios and ios and not wanted.ios.contains(ios) else None

    @property
    def ios(self) -> str | None:
        """Its iOS version; while a real phone is not attached, what its label ``ios`` says, else ``None``."""
        if self.identity:
            return self.identity.ios
        if self.entry is None:
            return None
        return self.entry.virtual.ios if self.entry.virtual else self.entry.labels.get("ios")


@dataclass(frozen=True)
class Inventory:
    """All phones that tests may use.

    Attributes:
        phones: in the order of devices.yaml.
        strangers: attached, and not in devices.yaml.
    """

    phones: tuple[InventoryPhone, ...]
    strangers: tuple[PhoneIdentity, ...] = ()

    @classmethod
    def of(
        cls,
        file: DevicesFile | None,
        attached: Iterable[PhoneIdentity],
        connections: Mapping[str, Collection[Connection]] | None = None,
        silent: Mapping[str, str] | None = None,
    ) -> Inventory:
        """Match devices.yaml with what is attached.

        Args:
            file: ``None`` means that every attached phone may be used.
            attached: the phones that can be reached now.
            connections: how each can be reached, by UDID; one that is not in it can be reached as
                its entry allows.
            silent: UDID -> why a phone that is attached did not say who it is; or name -> why one of
                another host cannot be reached.
        """
        here = tuple(attached)
        if file is None:
            return cls(tuple(InventoryPhone(identity.name, None, identity) for identity in here))
        why = {udid.upper(): reason for udid, reason in (silent or {}).items()}
        phones = tuple(_matched(entry, here, connections or {}, why) for entry in file.devices)
        listed = {phone.identity.udid for phone in phones if phone.identity}
        refused = {(entry.udid or "").upper() for entry in file.devices}
        strangers = (each for each in here if each.udid not in listed and each.udid.upper() not in refused)
        return cls(phones, tuple(strangers))

    @property
    def here(self) -> tuple[InventoryPhone, ...]:
        """Every attached phone, also one that tests may not use: it may have to be put right all the same."""
        strangers = (InventoryPhone(identity.name, None, identity) for identity in self.strangers)
        return (*(phone for phone in self.phones if phone.identity), *strangers)

    def possible(self, wanted: Wanted) -> tuple[InventoryPhone, ...]:
        """The phones that are what is wanted, or may be: also those that are not attached."""
        return tuple(phone for phone in self.phones if phone.why_not(wanted) is None)

    def candidates(self, wanted: Wanted) -> tuple[PhoneIdentity, ...]:
        """The attached phones that are what is wanted, at least one.

        Raises:
            NoSuchDevice: no phone can ever be that; says of each phone why not.
            NoDeviceFree: those that are, or may be, are not attached.
        """
        possible = self.possible(wanted)
        if not possible:
            faults = [f"{phone.name}: {phone.why_not(wanted)}" for phone in self.phones]
            raise self._no_such_device(wanted, faults)
        if found := tuple(phone.identity for phone in possible if phone.identity):
            return found
        why = tuple(f"{phone.name}: {phone.away}" for phone in possible)
        fix = "Plug it in; `harness devices` shows what is here, and `harness doctor` what it needs"
        raise NoDeviceFree(f"no phone for {wanted} can be reached", why=why, fix=fix)

    def _no_such_device(self, wanted: Wanted, faults: list[str]) -> NoSuchDevice:
        strangers = [f"{each.name} ({each.udid}): it is not in devices.yaml" for each in self.strangers]
        lines = "\n  ".join((f"no phone can be {wanted}", *faults, *strangers))
        return NoSuchDevice(
            lines if faults or strangers else f"no phone can be {wanted}: there is none at all"
        )


def _matched(
    entry: DeviceEntry,
    attached: tuple[PhoneIdentity, ...],
    connections: Mapping[str, Collection[Connection]],
    silent: Mapping[str, str],
) -> InventoryPhone:
    identity = next((each for each in attached if _is(entry, each)), None)
    if identity is None:
        return InventoryPhone(entry.name, entry, None, _why_away(entry, attached, silent))
    ways = connections.get(identity.udid)
    way = entry.connection.best_of(ways) if ways is not None else None
    if ways is not None and way is None:
        there = " and ".join(sorted(ways))
        away = f"it is there by {there}, and devices.yaml allows {entry.connection}"
        return InventoryPhone(entry.name, entry, None, away)
    return InventoryPhone(entry.name, entry, replace(identity, name=entry.name), connection=way)


def _why_away(entry: DeviceEntry, attached: tuple[PhoneIdentity, ...], silent: Mapping[str, str]) -> str:
    if told := silent.get(entry.name.upper()):
        return told
    if entry.virtual or entry.udid is None:
        return "its rack is not running"
    udid = entry.udid.upper()
    if any(each.udid.upper() == udid for each in attached):
        return "what has its UDID is a virtual phone"
    return silent.get(udid, "it is not attached")


def _is(entry: DeviceEntry, identity: PhoneIdentity) -> bool:
    if entry.virtual is not None:
        return identity.hardware is Hardware.VIRTUAL and identity.name == entry.name
    return identity.hardware is Hardware.REAL and identity.udid.upper() == (entry.udid or "").upper()
