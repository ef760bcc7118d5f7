"""From an entry of devices.yaml to what a virtual phone is to be."""

from __future__ import annotations

import hashlib

from harness.config.devices import DeviceEntry
from harness.errors import ConfigError
from harness.virtual.kernel.phone import PhoneSpec

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

BUILDS: dict[str, str] = {
    "15.0": "19A346",
    "15.8.3": "19H386",
    "16.7": "20H19",
    "16.7.8": "20H343",
    "17.5.1": "21F90",
    "18.0": "22A3354",
    "18.5": "22F76",
    "26.0": "23A341",
}
"""Product version -> build version, of releases as published."""


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


def build_of(ios: str) -> str:
    """The build version of a release; made up, in Apple's form, for one that is not in the table."""
    known = BUILDS.get(ios)
    if known is not None:
        return known
    major, minor = (int(part) for part in f"{ios}.0".split(".")[:2])
    # Builds count on from 19 for iOS 15 without the jump that versions made from 18 to 26.
    train = major + 4 if major <= 18 else major - 3
    return f"{train}{chr(ord('A') + min(minor, 25))}100"


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
