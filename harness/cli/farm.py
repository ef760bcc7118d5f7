"""``harness farm``: set up where leases are kept and who serves this machine's phones, and mend both."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.cli.oneoff import HERE
from harness.cli.out import Out
from harness.config.devices import DevicesFile, load_devices
from harness.config.places import STATE_DIR_VARIABLE, replace_file, state_dir
from harness.config.storeurl import chosen, has_password, is_remote
from harness.errors import ConfigError, FarmError, HostTaken, NoSuchDevice
from harness.farm.agent.places import check_host, epochs_path
from harness.farm.agent.service import (
    LAUNCHD_NEEDS,
    Service,
    launchd_path,
    launchd_plist,
    launchd_steps,
    systemd_path,
    systemd_steps,
    systemd_unit,
)
from harness.farm.gate.epochs import Epochs
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.view import PhoneView

PSYCOPG = (3, 2)
"""The oldest psycopg that the store is known to work with."""

SEARCHED = ("/opt/homebrew/bin", "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")
"""Where a service finds programs, after its own environment: launchd gives jobs less than a shell has."""

PATHS = (STATE_DIR_VARIABLE, "PGPASSFILE")
"""What a service gets of the environment of who sets it up, where it is said: where things are kept."""


@dataclass(frozen=True)
class Plan:
    """What is to be set up.

    Attributes:
        store: where leases are kept; ``None`` for what devices.yaml says, or this machine's own.
        host: what devices.yaml calls this machine; ``None`` where no phones are attached to it.
        devices: the devices.yaml that was named; ``None`` for the one here, where it exists.
    """

    store: str | None = None
    host: str | None = None
    devices: Path | None = None

    def file(self) -> DevicesFile | None:
        """The devices.yaml; ``None`` where there is none."""
        path = self.devices or (HERE if HERE.is_file() else None)
        return load_devices(path) if path else None

    def kept_in(self, file: DevicesFile | None) -> str:
        """Where leases are kept.

        Raises:
            ConfigError: the store that is named has a password in it.
        """
        return chosen(self.store, file.store if file else None)


def init(plan: Plan, out: Out) -> None:
    """Make the tables where leases are kept, and the service that serves this machine's phones.

    Raises:
        ConfigError: devices.yaml is wrong, or has no phone of this host.
        FarmError: the store cannot be used, or what it needs is too old.
    """
    file = plan.file()
    if plan.host is not None:
        _check_host(plan.host, file)
    kept_in = plan.kept_in(file)
    _check_client(kept_in)
    store = LeaseStore.of(kept_in)
    try:
        out.data({"store": store.address}, f"leases are kept in {store.address}: its tables are there")
    finally:
        store.close()
    if plan.host is not None:
        _install(_service(plan.host, kept_in, file), out)
        if has_password(kept_in):
            out.talk("the password of the store stays in devices.yaml, where the agent reads it")


def _check_host(host: str, file: DevicesFile | None) -> None:
    check_host(host)
    if file is not None:
        file.on(host)


def _check_client(store: str) -> None:
    if not is_remote(store):
        return
    try:
        found = version("psycopg")
    except PackageNotFoundError:
        what = "PostgreSQL cannot be spoken to: psycopg is not installed"
        raise FarmError(what, fix="pip install 'iphone-harness[rack]'") from None
    if tuple(int(part) for part in found.split(".")[:2]) < PSYCOPG:
        wanted = ".".join(map(str, PSYCOPG))
        what = f"psycopg {found} is too old: {wanted} is the oldest that will do"
        raise FarmError(what, fix="pip install --upgrade 'iphone-harness[rack]'")


# ---- the service


def _service(host: str, store: str, file: DevicesFile | None) -> Service:
    """The agent as this environment starts it.

    A password stays in the devices.yaml that the agent reads, too: everybody sees the arguments of a service.
    """
    here = Path(sys.executable).parent
    program = (str(here / "harness"), "agent", "--host", host)
    kept_in = () if has_password(store) else ("--store", store)
    devices = ("--devices", str(file.path.absolute())) if file else ()
    environment = {"PATH": os.pathsep.join((str(here), *SEARCHED))}
    for name in PATHS:
        if named := os.environ.get(name):
            environment[name] = str(Path(named).expanduser().absolute())
    return Service(host, (*program, *kept_in, *devices), _directory(file), _logs(), environment)


def _directory(file: DevicesFile | None) -> Path:
    return file.path.absolute().parent if file else Path.home()


def _logs() -> Path:
    is_mac = sys.platform == "darwin"
    path = Path.home() / "Library" / "Logs" / "harness" if is_mac else state_dir() / "logs"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot create the directory {path}: {error.strerror}") from error
    return path


def _install(service: Service, out: Out) -> None:
    """Write the service down and say what to run next; nothing is started here."""
    home = Path.home()
    if sys.platform == "darwin":
        path, text = launchd_path(service, home), launchd_plist(service)
        steps, needs = launchd_steps(service, home), LAUNCHD_NEEDS
    else:
        path, text = systemd_path(service, home), systemd_unit(service)
        steps, needs = systemd_steps(service), ()
    _write(path, text)
    next_lines = "\n".join(("Run next:", *(f"  {step}" for step in steps), *(f"- {need}" for need in needs)))
    fields = {"service": str(path), "next": list(steps), "needs": list(needs)}
    out.data(fields, f"wrote {path}\n{next_lines}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text, private=True)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error


# ---- after a database was restored from a backup


def bump(plan: Plan, phone: str | None, out: Out) -> None:
    """Have the store count on from what this machine's agent has served.

    Args:
        plan: where leases are kept.
        phone: name or UDID of the only phone that is meant; ``None`` for every one that was served here.

    Raises:
        NoSuchDevice: none of them is.
        FarmError: the leases cannot be read.
    """
    store = LeaseStore.of(plan.kept_in(plan.file()))
    try:
        known = store.snapshot().phones
        meant = [one for one in known if phone is None or one.is_called(phone)]
        served = [(one, highest) for one in meant if (highest := _served(one)) > 0]
        if not served:
            raise _nothing_served(phone, known)
        for one, highest in served:
            store.bump(one.udid, highest)
            text = f"{one.name}: its next grant is after epoch {max(highest, one.epoch)}"
            out.data({"phone": one.name, "udid": one.udid, "was": one.epoch, "served": highest}, text)
    finally:
        store.close()


def _served(phone: PhoneView) -> int:
    """The highest epoch that this machine's agent has let through; 0 where it has served none."""
    return Epochs(epochs_path(phone.host)).highest(phone.udid) if phone.host else 0


def _nothing_served(phone: str | None, known: tuple[PhoneView, ...]) -> NoSuchDevice:
    names = ", ".join(one.name for one in known if one.host) or "none"
    who = f"{phone} was never served from this machine" if phone else "no phone was ever served from here"
    fix = f"Run it on the machine that the phone is attached to; phones with an agent: {names}"
    return NoSuchDevice(who, fix=fix)


# ---- after an agent has gone for good


def ungate(plan: Plan, host: str, out: Out) -> None:
    """Have the phones of a host used without an agent.

    Args:
        plan: where leases are kept.
        host: what devices.yaml calls the machine.

    Raises:
        HostTaken: its agent has not gone.
        NoSuchDevice: none of its phones waits for an agent.
        FarmError: the leases cannot be read.
    """
    store = LeaseStore.of(plan.kept_in(plan.file()))
    try:
        waiting = {phone.udid: phone.name for phone in store.snapshot().phones if _is_gated(phone, host)}
        if not waiting:
            raise NoSuchDevice(
                f"no phone of {host} waits for an agent", fix="`harness leases` shows those that do"
            )
        if not (ungated := store.ungate(host)):
            raise HostTaken(f"the agent of {host} is there", fix="End it first, and see that it stays so")
        for name, udid in sorted((waiting.get(udid, udid), udid) for udid in ungated):
            out.data({"phone": name, "udid": udid}, f"{name}: no agent")
    finally:
        store.close()


def _is_gated(phone: PhoneView, host: str) -> bool:
    return phone.gate is not None and phone.host == host


# ---- after a process that holds a phone has gone where nobody sees it


def revoke(plan: Plan, phone: str, out: Out) -> None:
    """Take a phone from whoever holds it.

    Args:
        plan: where leases are kept.
        phone: its name or UDID.

    Raises:
        NoSuchDevice: no phone is called that, or nobody holds it.
        FarmError: several are, or the leases cannot be read.
    """
    store = LeaseStore.of(plan.kept_in(plan.file()))
    try:
        held = _only_one(store.snapshot().phones, phone)
        if not store.revoke(held.udid):
            raise NoSuchDevice(f"nobody holds {held.name}", fix="`harness leases` shows who holds what")
    finally:
        store.close()
    who = str(held.holder or held.last_holder)
    out.data({"phone": held.name, "udid": held.udid, "holder": who}, f"{held.name}: taken from {who}")
    if held.gate is None:
        out.talk("nobody cuts what it has open: see that it has ended, before somebody else gets the phone")


# ---- after a phone has gone for good


def forget(plan: Plan, phone: str, out: Out) -> None:
    """Have a phone no longer listed.

    Args:
        plan: where leases are kept.
        phone: its name or UDID.

    Raises:
        NoSuchDevice: no phone is called that.
        FarmError: several are, or the leases cannot be read.
        NotForgotten: somebody has it or waits for it, its agent sees it, or something is to be put back.
    """
    file = plan.file()
    store = LeaseStore.of(plan.kept_in(file))
    try:
        gone = store.forget(_only_one(store.snapshot().phones, phone).udid)
    finally:
        store.close()
    out.data({"phone": gone.name, "udid": gone.udid}, f"{gone.name} ({gone.udid}): forgotten")
    if file and any((entry.udid or "").upper() == gone.udid.upper() for entry in file.real):
        out.talk(f"{file.path} still lists it: take it out there, too")


def _only_one(known: tuple[PhoneView, ...], word: str) -> PhoneView:
    """The phone that is meant; one that took another's place often has its name, too."""
    meant = [one for one in known if one.is_called(word)]
    if not meant:
        names = ", ".join(one.name for one in known) or "none"
        raise NoSuchDevice(f"no phone here is called {word}; there are {names}", fix="Name one of them")
    if len(meant) > 1:
        listed = "; ".join(f"{one.udid}: {one.state}" for one in meant)
        raise FarmError(f"{len(meant)} phones are called {word}: {listed}", fix="Say which by its UDID")
    return meant[0]
