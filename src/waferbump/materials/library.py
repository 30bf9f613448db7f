"""The library of materials: one YAML file each, read when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from ..sources import Fact, Value
from .material import Material, MaterialError, nearest
from .reactions import Reactions, reactions
from .reading import read_elements, read_material

_ELEMENTS = "elements.yaml"


class Library(Mapping[str, Material]):
    """Materials by name, each read and validated on first use; later folders take precedence over earlier ones."""

    def __init__(self, *folders: Traversable | Path) -> None:
        self._folders = folders
        self._files = {
            file.name.removesuffix(".yaml"): file
            for folder in folders
            for file in sorted(folder.iterdir(), key=lambda entry: entry.name)
            if file.name.endswith(".yaml") and file.name != _ELEMENTS
        }
        self._read: dict[str, Material] = {}

    def __getitem__(self, name: str) -> Material:
        """The material of that name; MaterialError with the nearest names if there is none."""
        if name not in self._read:
            if name not in self._files:
                raise MaterialError(f"no material {name!r}{nearest(str(name), self._files)}")
            file = self._files[name]
            self._read[name] = read_material(name, file.read_text(encoding="utf-8"), file.name)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files, key=str.casefold))

    def __len__(self) -> int:
        return len(self._files)

    def names(self, of_class: str | None = None) -> tuple[str, ...]:
        """Names of all materials, or of those of one class."""
        return tuple(name for name in self if of_class is None or of_class in self[name].classes)

    @cached_property
    def elements(self) -> Mapping[str, Material]:
        """The chemical elements by symbol, each with its own values (molar mass, solid and liquid density, surface tension ...)."""
        folder = next(folder for folder in reversed(self._folders) if folder.joinpath(_ELEMENTS).is_file())
        return MappingProxyType(read_elements(folder.joinpath(_ELEMENTS).read_text(encoding="utf-8"), _ELEMENTS))

    def element(self, symbol: str) -> Material:
        """A chemical element; MaterialError if the library has none of that symbol."""
        if symbol not in self.elements:
            raise MaterialError(f"no element {symbol!r}; there are {', '.join(self.elements)}")
        return self.elements[symbol]

    @property
    def reactions(self) -> Reactions:
        """What solder does to the metal that it stands on."""
        return reactions()

    def known(self) -> tuple[tuple[str, str, str, Value | Fact], ...]:
        """Every value and fact, also of reactions: (material or element, property or fact, variant or "", Value or Fact)."""
        rows: list[tuple[str, str, str, Value | Fact]] = []
        for material in (*self.elements.values(), *self.values()):
            for name, one in material.properties.items():
                rows += [(material.name, name, variant, value) for variant, value in one.variants.items()]
            rows += [(material.name, name, "", fact) for name, fact in material.facts.items()]
        return (*rows, *self.reactions.known())

    def assumed_values(self) -> tuple[tuple[str, str, str, Value | Fact], ...]:
        """The rows of `known` that rest on an assumption: visible, counted, and fewer with every release."""
        return tuple(row for row in self.known() if row[3].kind == "assumed")

    def with_folder(self, folder: Path) -> Library:
        """A library that also holds the materials of a folder; a file of the same name replaces the material."""
        return Library(*self._folders, folder)


@cache
def library() -> Library:
    """The materials that ship with waferbump."""
    return Library(files("waferbump").joinpath("materials", "data"))
