"""The few sizes of a structure that decide how its bump gives way: what the compliance level (`springs`) reckons with.

Coordinates: the origin is the middle of the joint's foot, on the landing metal; x leads away from the pad, z to the board. So the part that
carries the bump is anchored at x < 0, and what lies below the bump has z < 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..physics.wire import RoundWire, s_shape


class DimensionsError(ValueError):
    """Sizes of which no structure can be made, in words."""


@dataclass(frozen=True)
class Layer:
    """A rectangle in a strip's section.

    material : its name;  low, high : in z, in a wall along the wall's normal [m];  width : [m];  offset : of its middle in y [m]
    role : "line" (the conductor; its fatigue counts), "beam" or "insulating"
    """

    material: str
    low: float
    high: float
    width: float
    offset: float = 0.0
    role: str = "insulating"


@dataclass(frozen=True)
class Disc:
    """A flat layer below the bump.  material : its name;  thickness : [m]"""

    material: str
    thickness: float


@dataclass(frozen=True)
class Strip:
    """What leads from the anchor to the landing metal, and carries the bump where nothing lies below.

    path : corners from the anchor to the landing metal's edge [m], (x, z) pairs;  layers : of the section, about the path
    bed : a layer to which it is bonded from the last corner but one to the landing metal, or None where it is free. A bed that is soft
        enough lets it move over that whole length; a firmer one carries it, and it counts for nothing
    anchor : what the strip's layers are bonded to beyond the anchor, through which they still slip a little, or None: held at once
    anchor_length : of that [m]
    """

    path: tuple[tuple[float, float], ...]
    layers: tuple[Layer, ...]
    bed: Disc | None = None
    anchor: Disc | None = None
    anchor_length: float = 0.0


@dataclass(frozen=True)
class Membrane:
    """A round plate over a pocket, held all round.

    radius : of the pocket [m];  boss_radius : of what makes its middle stiff [m];  layers : of its section (width and offset unused)
    """

    radius: float
    boss_radius: float
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Wire:
    """A wire spring between the pad and the board.

    points : of its centreline from the die up [m], (x, y, z) triples;  section : see `physics.wire`
    core, shell : material names
    """

    points: tuple[tuple[float, float, float], ...]
    section: RoundWire
    core: str
    shell: str


@dataclass(frozen=True)
class Dimensions:
    """A structure by its sizes.

    name : of the structure
    joint_radius, joint_height : outline of the joint from the landing metal to the board [m], shape (points,);  solder : its material
    landing_radius : of the landing metal, taken as rigid [m]
    strips : that lead to the landing metal;  discs : below it, from the substrate up;  disc_radius : [m]
    membrane, wire : see there, or None;  post : a column of metal below the joint, or None;  post_radius : [m]
    gap : empty height below the part, 0 where none [m];  weak : whether the discs hold weakly on the substrate
    underfill : material that fills the cell between die and board, or ""
    """

    name: str
    joint_radius: np.ndarray
    joint_height: np.ndarray
    solder: str
    landing_radius: float
    strips: tuple[Strip, ...] = ()
    discs: tuple[Disc, ...] = ()
    disc_radius: float = 0.0
    membrane: Membrane | None = None
    wire: Wire | None = None
    post: Disc | None = None
    post_radius: float = 0.0
    gap: float = 0.0
    weak: bool = False
    underfill: str = ""

    def __post_init__(self) -> None:
        if self.weak and not self.discs:
            raise DimensionsError(f"{self.name}: nothing lies below the bump that could hold weakly")
        if not (self.strips or self.discs or self.membrane or self.wire):
            raise DimensionsError(f"{self.name}: nothing joins the bump to the substrate")
        if self.discs and self.disc_radius <= 0:
            raise DimensionsError(f"{self.name}: what lies below the bump has no radius")

    @property
    def stand_off(self) -> float:
        """Height of the joint [m]; 0 where a wire alone leads to the board."""
        return float(self.joint_height[-1]) if len(self.joint_height) else 0.0

    @property
    def materials(self) -> tuple[str, ...]:
        """Names of all that it is made of, in alphabetic order."""
        names = {self.solder, self.underfill} - {""}
        names |= {layer.material for strip in self.strips for layer in strip.layers} | {disc.material for disc in self.discs}
        names |= {disc.material for strip in self.strips for disc in (strip.bed, strip.anchor) if disc}
        names |= {layer.material for layer in self.membrane.layers} if self.membrane else set()
        names |= {self.wire.core, self.wire.shell} if self.wire else set()
        names |= {self.post.material} if self.post else set()
        return tuple(sorted(names))

    def released(self) -> Dimensions:
        """The same after its weak joint has let go: the strips alone carry the bump, on a gap that is closed but not joined."""
        if not self.weak:
            raise DimensionsError(f"{self.name}: it has no weak joint that could let go")
        if not self.strips:
            raise DimensionsError(f"{self.name}: once its weak joint lets go, nothing holds the bump")
        strips = tuple(replace(strip, bed=None) for strip in self.strips)
        return replace(self, name=f"{self.name}, let go", strips=strips, discs=(), disc_radius=0.0, weak=False)


WIRE_THROW = 150e-6  # m, of the S to each side: what a pitch of 500 um leaves beside a wire of 65 um (our choice)


def wire_spring(
    height: float, core_diameter: float, shell_thickness: float, core: str, shell: str, moduli: tuple[float, float], *,
    throw: float = WIRE_THROW, landing_radius: float = 0.0, poisson_ratio: float = 0.35,
) -> Dimensions:  # fmt: skip
    """A free-standing wire in the shape of an S in place of the bump, clamped at the die and at the board.

    Parameters
    ----------
    height, core_diameter, shell_thickness, throw : [m];  core, shell : material names;  moduli : their Young's [Pa]
    """
    section = RoundWire(core_diameter / 2, moduli[0], shell_thickness, moduli[1], poisson_ratio)
    points = tuple(tuple(float(value) for value in point) for point in s_shape(height, throw))
    none = np.zeros(0)
    return Dimensions("wire-spring", none, none, "", landing_radius, wire=Wire(points, section, core, shell))
