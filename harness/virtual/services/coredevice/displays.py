"""The screens of the phones that a virtual one can claim to be. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.versions.row import Standing


@dataclass(frozen=True)
class Screen:
    """One built-in screen.

    Attributes:
        model: product type that has it.
        width_px: pixels across, upright.
        height_px: pixels down, upright.
        scale: pixels per point.
        standing: how far to trust it.
        source: where it is from.
    """

    model: str
    width_px: int
    height_px: int
    scale: int
    standing: Standing = Standing.DOCUMENTED
    source: str = "Apple's technical specifications of the model"


SCREENS: tuple[Screen, ...] = (
    Screen("iPhone9,3", 750, 1334, 2),
    Screen("iPhone10,3", 1125, 2436, 3),
    Screen("iPhone12,1", 828, 1792, 2),
    Screen("iPhone14,5", 1170, 2532, 3),
    Screen("iPhone15,4", 1179, 2556, 3),
    Screen("iPhone17,3", 1179, 2556, 3),
)
"""One row per model; other models are given the last one's."""


def screen_of(model: str) -> Screen:
    """The screen of a model."""
    return next((screen for screen in SCREENS if screen.model == model), SCREENS[-1])
