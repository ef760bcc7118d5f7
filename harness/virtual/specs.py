"""From an entry of devices.yaml to what a virtual phone is to be."""

from __future__ import annotations

import hashlib

from harness.config.devices import DeviceEntry
from harness.errors import ConfigError
from harness.virtual.kernel.phone import PhoneSpec
from harness.virtual.versions.products import build_of

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
    )
