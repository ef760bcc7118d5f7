"""Developer disk images: what was received, which one is mounted, what it was signed with.

Whether one is mounted is told by ``Conditions``; here is which one. A boot unmounts it.

A virtual phone cannot tell Apple's signature from another. It takes the classic image with any signature
that came with it both times, and a personalized one with a manifest that is an IM4M for its own ECID.
A phone refuses what Apple has not signed; that this one cannot is the one thing it is laxer in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from harness.errors import HarnessError
from harness.virtual.kernel.conditions import Conditions
from harness.virtual.kernel.spec import PhoneSpec
from harness.virtual.versions.presence import PERSONALIZED_IMAGE

NONCE_BYTES = 32
"""Size of a personalization nonce; guessed from the size of a SHA-384 half that TSS takes."""

_IM4M = b"\x16\x04IM4M"
_ECID = b"\x16\x04ECID\x02"


class ImageRefused(HarnessError):
    """The image cannot be mounted; the text is what a client is told in detail."""


@dataclass(frozen=True)
class ReceivedImage:
    """An image that lies ready on the phone.

    Attributes:
        size_bytes: its size.
        digest: SHA-384 of its bytes, which is what clients call its signature before they have another.
        signature: the signature or manifest that was announced with it.
    """

    size_bytes: int
    digest: bytes
    signature: bytes


class DiskImages:
    """The images of one phone.

    Args:
        spec: who the phone is.
        conditions: whether an image is mounted.

    Attributes:
        kind: the kind of developer image of this iOS, ``Developer`` or ``Personalized``.
        mount_path: where that kind is mounted.
    """

    def __init__(self, spec: PhoneSpec, conditions: Conditions) -> None:
        personalized = PERSONALIZED_IMAGE.holds_for(spec.ios)
        self.kind = "Personalized" if personalized else "Developer"
        self.mount_path = "/System/Developer" if personalized else "/Developer"
        self._ecid = int(spec.udid.partition("-")[2] or "0", 16)
        self._conditions = conditions
        self._received: dict[str, ReceivedImage] = {}
        self._manifests: dict[bytes, bytes] = {}
        self._signature = hashlib.sha384(f"virtual developer disk image {spec.build}".encode()).digest()
        self._rolled = 0
        self._udid = spec.udid

    @property
    def signature(self) -> bytes | None:
        """The signature of the mounted image; ``None`` when none is mounted."""
        return self._signature if self._conditions.image_mounted else None

    @property
    def nonce(self) -> bytes:
        """The personalization nonce, which stays until it is rolled."""
        text = f"nonce {self._udid} {self._rolled}"
        return hashlib.sha384(text.encode()).digest()[:NONCE_BYTES]

    def roll_nonce(self) -> None:
        """Take another nonce; manifests made for the old one no longer hold."""
        self._rolled += 1
        self._manifests.clear()

    def receive(self, kind: str, image: ReceivedImage) -> None:
        """Keep the image of a kind that a client has sent, in place of one sent before."""
        self._received[kind] = image

    def manifest(self, digest: bytes) -> bytes | None:
        """The manifest that the phone has for an image, by its SHA-384: of those mounted before."""
        return self._manifests.get(digest)

    def mount(self, kind: str, signature: bytes) -> None:
        """Mount the image that was received.

        Raises:
            ImageRefused: one is mounted; none of that kind was received, or with another signature; the
                manifest is not for this phone.
        """
        if kind == self.kind and self._conditions.image_mounted:
            raise ImageRefused(f"A disk image of type {kind} is already mounted at {self.mount_path}.")
        image = self._received.get(kind)
        if image is None or kind != self.kind or image.signature != signature:
            raise ImageRefused(f"Failed to verify the disk image of type {kind}.")
        if kind == "Personalized":
            self._check_manifest(signature)
            self._manifests[image.digest] = signature
        self._signature = signature
        self._conditions.mount_image()

    def unmount(self, mount_path: str) -> None:
        """Unmount what is mounted at a path.

        Raises:
            ImageRefused: nothing is.
        """
        if mount_path != self.mount_path or not self._conditions.image_mounted:
            raise ImageRefused(f"There is no matching entry in the device map for {mount_path}.")
        self._conditions.unmount_image()

    def _check_manifest(self, manifest: bytes) -> None:
        at = manifest.find(_ECID)
        size = manifest[at + len(_ECID)] if 0 <= at < len(manifest) - len(_ECID) else 0
        value = manifest[at + len(_ECID) + 1 :][:size]
        if _IM4M not in manifest[:16] or not value or int.from_bytes(value, "big") != self._ecid:
            raise ImageRefused("The personalization manifest is not for this device.")
