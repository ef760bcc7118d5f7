"""Every app the stories are told with beside the sample apps, each of which gets one thing wrong.

A rack is served this file (``--apps``). A variant's bundle identifier is that of its sample app, a dot,
and its name here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.virtual.apps.sample import DOWNLOADER
from harness.virtual.kernel.installed import AppBundle
from tests.acceptance.variants.downloads import DOWNLOADERS
from tests.acceptance.variants.hand import HAND
from tests.acceptance.variants.variant import Variant

CORRECT: Mapping[str, AppBundle] = {"correct": DOWNLOADER}
"""Name -> a sample app, which does everything right."""

VARIANTS: Mapping[str, Variant] = {**DOWNLOADERS}
"""Name -> an app that does one thing wrong."""


def bundle_id_of(name: str) -> str:
    """The bundle identifier of a variant, or of a sample app.

    Raises:
        KeyError: there is none of that name.
    """
    return CORRECT[name].bundle_id if name in CORRECT else bundle_of(name, VARIANTS[name]).bundle_id


def bundle_of(name: str, variant: Variant) -> AppBundle:
    """What is installed of a variant: all that its sample app may do, and the mistake."""
    return replace(
        variant.base,
        bundle_id=f"{variant.base.bundle_id}.{name}",
        name=name.title(),
        executable=f"{variant.base.executable}-{name}",
        delegate=variant.app,
        file_sharing=False,
    )


APPS = (*(bundle_of(name, variant) for name, variant in VARIANTS.items()), HAND)
"""What is installed."""
