"""The data container of one app, over house_arrest and AFC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.drivers.pmd3.errors import Guard
from harness.errors import AppNotInstalled, CapabilityMissing

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
    from pymobiledevice3.services.house_arrest import HouseArrestService

FILE_S = 60.0


class Pmd3Container:
    """Files of an app, without launching it; implements ``model.capabilities.Container``.

    Args:
        phone: the phone's name.
        service: an AFC session whose root is the container.
    """

    def __init__(self, phone: str, service: HouseArrestService) -> None:
        self._phone = phone
        self._service = service

    async def size_bytes(self, path: str) -> int | None:
        """The size of a file, or ``None`` when there is none."""
        async with Guard(self._phone, f"looking for {path}", FILE_S):
            return await self._size(path)

    async def read(self, path: str, offset: int = 0) -> bytes:
        """The bytes from ``offset`` to the end the file had when this was called."""
        async with Guard(self._phone, f"reading {path}", FILE_S):
            missing = (await self._size(path) or 0) - offset
            return await self._read(path, offset, missing) if missing > 0 else b""

    async def write(self, path: str, data: bytes) -> None:
        """Write a whole file, replacing it; the directory must exist."""
        async with Guard(self._phone, f"writing {path}", FILE_S):
            await self._service.set_file_contents(_absolute(path), data)

    async def remove(self, path: str) -> None:
        """Remove a file; not being there is no error."""
        async with Guard(self._phone, f"removing {path}", FILE_S):
            if await self._size(path) is not None:
                await self._service.rm_single(_absolute(path))

    async def close(self) -> None:
        """Give the connection back."""
        async with Guard(self._phone, "closing the container", FILE_S):
            await self._service.aclose()

    async def _size(self, path: str) -> int | None:
        from pymobiledevice3.exceptions import AfcFileNotFoundError

        try:
            return int((await self._service.stat(_absolute(path)))["st_size"])
        except AfcFileNotFoundError:
            return None

    async def _read(self, path: str, offset: int, size_bytes: int) -> bytes:
        handle = await self._service.fopen(_absolute(path), "r")
        try:
            if offset:
                await self._service.fseek(handle, offset)
            return await self._service.fread(handle, size_bytes)
        finally:
            await self._service.fclose(handle)


async def open_container(provider: LockdownServiceProvider, phone: str, bundle_id: str) -> Pmd3Container:
    """Open an app's container: all of it, or its Documents where the app only shares those.

    Raises:
        AppNotInstalled: no such app.
        CapabilityMissing: the app shows neither.
    """
    from pymobiledevice3.exceptions import AppNotInstalledError, PyMobileDevice3Exception
    from pymobiledevice3.services.house_arrest import HouseArrestService

    try:
        return Pmd3Container(phone, await HouseArrestService.create(provider, bundle_id))
    except PyMobileDevice3Exception:
        # The refusal closed the connection, so the narrower request needs a new one.
        try:
            service = await HouseArrestService.create(provider, bundle_id, documents_only=True)
        except AppNotInstalledError as error:
            raise AppNotInstalled(
                f"{bundle_id} is not on the phone", phone=phone, fix="Install the app on the phone."
            ) from error
        except PyMobileDevice3Exception as error:
            if "refused to open the container" not in str(error):
                raise
            raise CapabilityMissing(
                f"the container of {bundle_id} is closed to this host",
                phone=phone,
                fix="Sign the app for development, or set UIFileSharingEnabled in its Info.plist.",
            ) from error
        return Pmd3Container(phone, service)


def _absolute(path: str) -> str:
    return "/" + path.lstrip("/")
