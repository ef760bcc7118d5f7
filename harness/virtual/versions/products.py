"""Which build an iOS version is, and which phone a virtual one claims to be by default. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.versions.row import Standing, parts


@dataclass(frozen=True)
class Build:
    """One released iOS.

    Attributes:
        ios: product version.
        build: build version.
        standing: how far to trust the pair.
        source: where it is from.
    """

    ios: str
    build: str
    standing: Standing = Standing.GUESSED
    source: str = "public release lists, from memory"


@dataclass(frozen=True)
class Product:
    """One phone model.

    Attributes:
        model: product type.
        name: marketing name.
        board: hardware model.
        chip: ``CPUArchitecture``.
        first: first iOS major it runs.
        last: last iOS major it runs, as far as is known.
    """

    model: str
    name: str
    board: str
    chip: str
    first: int
    last: int


BUILDS: tuple[Build, ...] = (
    Build("15.0", "19A346"),
    Build("15.8", "19H370"),
    Build("15.8.3", "19H386"),
    Build("16.0", "20A362"),
    Build("16.7", "20H19"),
    Build("16.7.8", "20H343"),
    Build("16.7.10", "20H350"),
    Build("17.0", "21A329"),
    Build("17.4", "21E219"),
    Build("17.5.1", "21F90"),
    Build("18.0", "22A3354"),
    Build("18.5", "22F76"),
    Build("26.0", "23A341", Standing.DOCUMENTED, "named so by public tools that carry its files"),
)
"""Released versions, oldest first."""

PRODUCTS: tuple[Product, ...] = (
    Product("iPhone9,3", "iPhone 7", "D101AP", "arm64", 10, 15),
    Product("iPhone10,3", "iPhone X", "D22AP", "arm64", 11, 16),
    Product("iPhone12,1", "iPhone 11", "N104AP", "arm64e", 13, 26),
    Product("iPhone14,5", "iPhone 13", "D17AP", "arm64e", 15, 26),
    Product("iPhone15,4", "iPhone 15", "D37AP", "arm64e", 17, 26),
    Product("iPhone17,3", "iPhone 16", "D47AP", "arm64e", 18, 26),
)
"""Phone models; board names are from memory."""

_DEFAULT_MODELS: tuple[tuple[int, str], ...] = (
    (26, "iPhone17,3"),
    (18, "iPhone14,5"),
    (17, "iPhone15,4"),
    (16, "iPhone10,3"),
    (0, "iPhone9,3"),
)


def build_of(ios: str) -> str:
    """The build of a version; of one not in the table, that of the nearest older one, else the oldest."""
    wanted = parts(ios)
    older = [row for row in BUILDS if parts(row.ios) <= wanted]
    return (older[-1] if older else BUILDS[0]).build


def default_model(ios: str) -> str:
    """The product type of a virtual phone for which devices.yaml names none."""
    major = parts(ios)[0]
    return next(model for first, model in _DEFAULT_MODELS if major >= first)


def product_of(model: str) -> Product | None:
    """What is known of a model, or ``None``."""
    return next((product for product in PRODUCTS if product.model == model), None)
