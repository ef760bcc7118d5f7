"""The apps that a stage has, under the name that stages know."""

from __future__ import annotations

from tests.acceptance.variants.apps import APPS, VARIANTS, bundle_id_of
from tests.acceptance.variants.hand import BUNDLE_ID as HAND

__all__ = ["APPS", "HAND", "VARIANTS", "bundle_id_of"]
