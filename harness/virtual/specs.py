"""From an entry of devices.yaml to what a virtual phone is to be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ConfigError
from harness.model.identity import Connection
from harness.virtual.kernel.spec import PhoneSpec

if TYPE_CHECKING:
    from harness.config.devices import DeviceEntry

CHIPS: dict[str, str] = {
    "iPhone10": "8015",
    "iPhone11": "8020",
    "iPhone12": "8030",
    "iPhone13": "8101",
    "iPhone14": "8110",
    "iPhone15": "8120",
    "iPhone16": "8130",
    "iPhone17": "8140",
    "iPhone18": "8150",
}
"""Product type up to the comma -> chip identifier, the first part of a UDID. A phone of an older or
unknown model gets that of an A13; real ones before 2018 have UDIDs of another form."""


def udid_of(name: str, seed: int, model: str, nonce: str = "") -> str:
    """The UDID of a virtual phone; the same arguments give the same one.

    Args:
        name: its name in devices.yaml.
        seed: its seed.
        model: product type.
        nonce: tells racks apart that run at the same time.
    """
    chip = CHIPS.get(model.partition(",")[0], "8030")
    digest = hashlib.sha256(f"{name}\0{seed}\0{nonce}".encode()).hexdigest()
    return f"0000{chip}-{digest[:16].upper()}"


def spec_of(entry: DeviceEntry, *, nonce: str = "") -> PhoneSpec:
    """What an entry asks for.

    Raises:
        ConfigError: the entry is a real phone.
    """
    # A rack that is told what its phones are to be needs no table of products to boot.
    from harness.virtual.versions.products import build_of

    wanted = entry.virtual
    if wanted is None:
        raise ConfigError(f"{entry.name} is a real phone, not a virtual one")
    return PhoneSpec(
        name=entry.name,
        udid=udid_of(entry.name, wanted.seed, wanted.model, nonce),
        ios=wanted.ios,
        model=wanted.model,
        build=build_of(wanted.ios),
        cellular=wanted.cellular,
        seed=wanted.seed,
        clock_rate=float(wanted.clock_rate),
        language=wanted.language.value,
        # Nothing said is a phone on its cable; one that is there both ways is asked for by name.
        connection=entry.connection if "connection" in entry.model_fields_set else Connection.USB,
    )


def specs_of(devices: Path, *, nonce: str = "", names: Container[str] | None = None) -> tuple[PhoneSpec, ...]:
    """What the virtual phones of a devices.yaml are to be.

    Args:
        devices: the file.
        nonce: makes the UDIDs differ from those of another rack of the same file.
        names: only the phones that it calls so; ``None`` is every one.

    Raises:
        ConfigError: the file is wrong, or has no such virtual phone.
    """
    # Reading one takes longer than booting the phones; a rack may be told what is in it instead.
    from harness.config.devices import load_devices

    virtual = load_devices(devices).virtual
    entries = [entry for entry in virtual if names is None or entry.name in names]
    if not entries:
        raise ConfigError("no virtual phone in this file", path=str(devices))
    return tuple(spec_of(entry, nonce=nonce) for entry in entries)


def specs_to_json(specs: Iterable[PhoneSpec]) -> str:
    """The specifications as one line of JSON."""
    return json.dumps([asdict(spec) for spec in specs])


def parse_specs(text: str) -> tuple[PhoneSpec, ...]:
    """Read what ``specs_to_json`` wrote.

    Raises:
        ConfigError: it is something else.
    """
    try:
        return tuple(PhoneSpec(**fields) for fields in json.loads(text))
    except (ValueError, TypeError) as error:
        raise ConfigError(f"expected what phones are to be, found {text[:80]!r}") from error
