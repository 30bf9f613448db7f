"""A structure's bump as a chain of springs from the die to the board, and what each part of it sees when the board shifts.

What carries the bump (strips from an anchor, discs below, a membrane: side by side), then a post, then the joint. The board keeps the
joint's end from tilting and lets it rise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..physics.elastic_pads import bond_energy_release, disc_flexibility, foundation_flexibility, membrane_flexibility
from ..physics.laminate import Layers, layer_strain, section_stiffness
from ..physics.package_bow import effective_modulus, interface_compliance
from ..physics.springs import column_flexibility, moved, peel_energy_release, rigid_arm, segment_flexibility, tip_response
from ..physics.wire import wire_flexibility, wire_response
from .dimensions import Dimensions, DimensionsError, Layer, Strip

HELD = (0, 1, 3, 4, 5)  # the board shifts the joint's end and keeps it from tilting; it may rise
_ARRAYS = ("distance", "shift", "force", "solder_shear", "tilt", "closing", "opening_energy", "shear_energy", "peel_energy")
_HARDENING = 0.02  # of Young's modulus beyond the flow stress: our choice; it only keeps the sharing of two flowing parts definite


@dataclass(frozen=True)
class Solid:
    """What a material does.

    young_modulus : [Pa];  poisson_ratio : [1];  flow_stress : amplitude of stress beyond which it flows [Pa], infinite where elastic
    """

    young_modulus: float
    poisson_ratio: float
    flow_stress: float = np.inf


@dataclass(frozen=True)
class Array:
    """The die, the board and the array of bumps between them.

    die_modulus, board_modulus : Young's in the plane [Pa];  die_poisson, board_poisson : [1]
    die_thickness, board_thickness, pitch : [m];  die_expansion, board_expansion : in the plane [1/K]
    board_shear : through the board's thickness, in which it is soft [Pa], or None for that of its plane
    """

    die_modulus: float
    die_poisson: float
    die_expansion: float
    die_thickness: float
    board_modulus: float
    board_poisson: float
    board_expansion: float
    board_thickness: float
    pitch: float
    board_shear: float | None = None

    @property
    def mismatch(self) -> float:
        """Of the expansions, board less die [1/K]."""
        return self.board_expansion - self.die_expansion

    def compliance(self, stand_off: float) -> float:
        """Of the faces of die and board for a shear force between them [m/N], see `physics.package_bow`."""
        moduli = effective_modulus(self.die_modulus, self.die_poisson), effective_modulus(self.board_modulus, self.board_poisson)
        return interface_compliance(moduli, (self.die_thickness, self.board_thickness), stand_off)


@dataclass(frozen=True)
class Response:
    """What a bump sees at each distance from the neutral point.

    distance : [m], shape (n,);  shift : of the board's pad over the die [m];  force : lateral [N];  secant : force / shift [N/m]
    solder_shear : mean shear strain of the joint;  strain : {role: largest strain along it} of line, beam, insulating, wire
    tilt : of the landing metal [rad];  closing : how far its edge comes down [m]
    opening_energy, shear_energy : at the weak bond below the bump [J/m^2];  peel_energy : at the strip's anchor [J/m^2]
    All (n,), all amounts for the stated change of temperature.
    """

    name: str
    distance: np.ndarray
    shift: np.ndarray
    force: np.ndarray
    solder_shear: np.ndarray
    strain: Mapping[str, np.ndarray]
    tilt: np.ndarray
    closing: np.ndarray
    opening_energy: np.ndarray
    shear_energy: np.ndarray
    peel_energy: np.ndarray

    def part(self, chosen: slice) -> Response:
        """The same for some of the distances."""
        values = {key: getattr(self, key)[chosen] for key in _ARRAYS}
        return replace(self, strain={role: found[chosen] for role, found in self.strain.items()}, **values)

    @property
    def secant(self) -> np.ndarray:
        """Force over shift [N/m]."""
        return self.force / self.shift


@dataclass(frozen=True)
class Assembled:
    """A chain's springs for given moduli.

    whole : flexibility at the board's end;  base : of what carries the bump, at the origin;  joint : of the solder alone, at its end
    strips : stiffness of each at the origin;  sections : compliances of each strip's segments, in global axes
    """

    whole: np.ndarray
    base: np.ndarray
    joint: np.ndarray
    strips: tuple[np.ndarray, ...]
    sections: tuple[list[np.ndarray], ...]


@dataclass(frozen=True)
class Found:
    """Forces and strains of a chain for a shift of its end.

    end, foot : force at the board, displacement of the landing metal;  shear : of the joint;  layers : largest strains of each strip
    anchor : energy that peeling each strip's anchor sets free [J/m^2];  disc : force on the discs, or None;  wire : strain, or None
    """

    end: np.ndarray
    foot: np.ndarray
    shear: np.ndarray
    layers: tuple[np.ndarray, ...]
    anchor: tuple[np.ndarray, ...]
    disc: np.ndarray | None
    wire: np.ndarray | None


class Chain:
    """A structure's parts as springs; moduli that change with the strain are handed in as arrays by part."""

    def __init__(self, dimensions: Dimensions, solids: Mapping[str, Solid], array: Array) -> None:
        if missing := [name for name in dimensions.materials if name not in solids]:
            raise DimensionsError(f"{dimensions.name}: no moduli are stated for {', '.join(missing)}")
        self.size, self.solids, self.array = dimensions, solids, array
        self.has_joint = len(dimensions.joint_height) > 1
        self.strips = tuple(strip for strip in dimensions.strips if strip.bed is None or self._reach(strip) > _length(strip))
        self.sections = tuple(_layers(strip.layers, solids) for strip in self.strips)
        self.slips = tuple(self._slip(strip) for strip in self.strips)
        self.paths = tuple(_path(strip) for strip in self.strips)
        self.turns = tuple([_turn(end - start) for start, end in pairwise(path)] for path in self.paths)
        self.solder = solids[dimensions.solder] if self.has_joint else None
        self.unit_joint = (
            column_flexibility(dimensions.joint_radius, dimensions.joint_height, np.array(1.0), self.solder.poisson_ratio)
            if self.has_joint
            else np.zeros((6, 6))
        )
        post = dimensions.post
        self.post_height = post.thickness if post else 0.0
        self.height = dimensions.stand_off + self.post_height
        self.post = np.zeros((6, 6))
        if post:
            solid, ends = solids[post.material], np.array([0.0, post.thickness])
            column = column_flexibility(np.full(2, dimensions.post_radius), ends, np.array(solid.young_modulus), solid.poisson_ratio)
            self.post = moved(column, np.array([0.0, 0.0, dimensions.stand_off]))
        self.board = np.zeros((6, 6))
        if self.has_joint:
            modulus = array.board_modulus if array.board_shear is None else 2 * (1 + array.board_poisson) * array.board_shear
            self.board = foundation_flexibility(np.array(dimensions.joint_radius[-1]), modulus, array.board_poisson)
        self.below = self._discs(np.array(dimensions.disc_radius)) if dimensions.discs else None
        self.fixed = self._membrane() + self._wire()
        if dimensions.discs:
            self.fixed = self.fixed + self._ground(np.array(dimensions.disc_radius))
        self.fill = self._underfill()

    def moduli(self, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Young's moduli of the parts that may flow, of shape (*shape, layers)."""
        found = {f"strip {k}": self._moduli_of(strip.layers, shape) for k, strip in enumerate(self.strips)}
        if self.solder:
            found["solder"] = np.full(shape, self.solder.young_modulus)
        return found

    def _moduli_of(self, layers: tuple[Layer, ...], shape: tuple[int, ...]) -> np.ndarray:
        return np.broadcast_to([self.solids[layer.material].young_modulus for layer in layers], (*shape, len(layers))).copy()

    def _reach(self, strip: Strip) -> float:
        """How far a strip's bed lets a pull at its end be felt [m]: shear lag, sqrt(E h t / G)."""
        bed, width = self.solids[strip.bed.material], max(layer.width for layer in strip.layers)
        stretch = sum(self.solids[layer.material].young_modulus * (layer.high - layer.low) * layer.width for layer in strip.layers)
        return float(np.sqrt(stretch / width * strip.bed.thickness * 2 * (1 + bed.poisson_ratio) / bed.young_modulus))

    def _slip(self, strip: Strip) -> np.ndarray:
        """Each layer's share of the strip's stretch, L / (L + r tanh(l / r)): the rest is taken by what slips beyond the anchor.

        r = sqrt(E h t / G): metal slips on the whole of the anchor, the insulating layer over half its own height.
        """
        if strip.anchor is None:
            return np.ones(len(strip.layers))
        bed, length = self.solids[strip.anchor.material], _length(strip)
        shear = bed.young_modulus / (2 * (1 + bed.poisson_ratio))
        stretch = {
            role: sum(self.solids[x.material].young_modulus * (x.high - x.low) * x.width for x in strip.layers if x.role == role)
            / max((x.width for x in strip.layers if x.role == role), default=1.0)
            for role in ("line", "beam", "insulating")
        }
        # beams lie side by side: the sum over all of them is shared
        beams = len({x.offset for x in strip.layers if x.role == "beam"})
        stretch["beam"] /= max(beams, 1)
        depth = {"line": strip.anchor.thickness, "beam": strip.anchor.thickness, "insulating": strip.anchor.thickness / 2}
        shares = {}
        for role, stiffness in stretch.items():
            reach = np.sqrt(stiffness * depth[role] / shear)
            slipping = reach * np.tanh(strip.anchor_length / reach) if reach > 0 else 0.0
            shares[role] = length / (length + slipping)
        return np.array([shares[layer.role] for layer in strip.layers])

    def _ground(self, radius: np.ndarray) -> np.ndarray:
        """The substrate under what lies below the bump, at the middle of its top; the strips' anchors beside it move with it."""
        height = sum(disc.thickness for disc in self.size.discs)
        return moved(foundation_flexibility(radius, self.array.die_modulus, self.array.die_poisson), np.array([0.0, 0.0, height]))

    def _discs(self, radius: np.ndarray) -> np.ndarray:
        """The discs on a rigid substrate, at the middle of their top."""
        total = np.zeros((6, 6))
        for disc in self.size.discs:
            solid = self.solids[disc.material]
            total = moved(total, np.array([0.0, 0.0, disc.thickness])) + disc_flexibility(
                radius, disc.thickness, np.array(solid.young_modulus), solid.poisson_ratio
            )
        return total

    def _membrane(self) -> np.ndarray:
        membrane = self.size.membrane
        if membrane is None:
            return np.zeros((6, 6))
        thick = np.array([layer.high - layer.low for layer in membrane.layers])
        middle = np.array([(layer.high + layer.low) / 2 for layer in membrane.layers])
        plain = np.array([self.solids[layer.material].young_modulus for layer in membrane.layers])
        poisson = float(np.average([self.solids[layer.material].poisson_ratio for layer in membrane.layers], weights=plain * thick))
        stretch = np.sum(plain * thick)
        neutral = np.sum(plain * thick * middle) / stretch
        rigidity = np.sum(plain * (thick * (middle - neutral) ** 2 + thick**3 / 12)) / (1 - poisson**2)
        return moved(membrane_flexibility(membrane.radius, membrane.boss_radius, rigidity, stretch, poisson), np.array([0, 0, -neutral]))

    def _wire(self) -> np.ndarray:
        return wire_flexibility(np.array(self.size.wire.points), self.size.wire.section) if self.size.wire else np.zeros((6, 6))

    def _underfill(self) -> float:
        """The lateral stiffness of the fill of a cell, beside the bump [N/m]."""
        if not self.size.underfill:
            return 0.0
        solid, z, r = self.solids[self.size.underfill], self.size.joint_height, self.size.joint_radius
        area = self.array.pitch**2 - np.pi * r**2
        if np.any(area <= 0):
            raise DimensionsError(f"{self.size.name}: the joint is wider than its cell")
        return solid.young_modulus / (2 * (1 + solid.poisson_ratio)) / float(np.trapezoid(1 / area, z))

    def _strip(self, k: int, modulus: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """The flexibility of a strip at the origin, and the section compliances of its segments, in global axes."""
        compliance = np.linalg.inv(section_stiffness(self.sections[k], modulus * self.slips[k]))
        total, sections = 0.0, []
        path = self.paths[k]
        for turn, (start, end) in zip(self.turns[k], pairwise(path), strict=True):
            section = turn @ compliance @ turn.T
            sections.append(section)
            total = total + moved(segment_flexibility(section, end - start), -end)
        return total, sections

    def assemble(self, moduli: dict[str, np.ndarray]) -> Assembled:
        """The springs for these moduli."""
        strips = tuple(self._strip(k, moduli[f"strip {k}"]) for k in range(len(self.sections)))
        stiff = tuple(np.linalg.inv(whole) for whole, _ in strips)
        below = [self.below] if self.below is not None else []
        base = self.fixed
        if len(strips) + len(below) == 1:
            base = base + (strips[0][0] if strips else self.below)
        elif strips or below:
            base = base + np.linalg.inv(sum(stiff) + sum(np.linalg.inv(one) for one in below))
        joint = self.unit_joint / moduli["solder"][..., None, None] if self.solder else self.unit_joint
        whole = moved(base, np.array([0.0, 0.0, self.height])) + self.post + joint + self.board
        return Assembled(whole, base, joint, stiff, tuple(sections for _, sections in strips))

    def strains(self, springs: Assembled, shift: np.ndarray) -> Found:
        """What each part sees for a shift of the end (the held degrees of freedom)."""
        end = tip_response(springs.whole, shift, HELD)
        # what the substrate gives way by is left out: the anchors beside the bump share it
        base = springs.base - self.fixed if self.size.discs else springs.base
        foot = _times(base, _times(rigid_arm(np.array([0.0, 0.0, self.height])).T, end))
        layers, anchor = [], []
        for k, strip in enumerate(self.strips):
            tip = _times(springs.strips[k], foot)
            path, worst = self.paths[k], np.zeros(1)
            for section, turn, ends in zip(springs.sections[k], self.turns[k], pairwise(path), strict=True):
                for point in ends:
                    inside = _times(rigid_arm(-point).T, tip)
                    worst = np.maximum(worst, layer_strain(self.sections[k], _times(turn.T, _times(section, inside))))
            layers.append(worst * self.slips[k])
            at_anchor = _times(rigid_arm(-path[0]).T, tip)
            anchor.append(peel_energy_release(springs.sections[k][0], at_anchor, max(layer.width for layer in strip.layers)))
        disc = _times(np.linalg.inv(self.below), foot) if self.below is not None else None
        shear = np.zeros(len(end))
        if self.has_joint:
            shear = np.linalg.norm(_times(springs.joint, end)[..., :2], axis=-1) / self.size.stand_off
        wire = None
        if self.size.wire:
            wire = wire_response(np.array(self.size.wire.points), self.size.wire.section, foot).strain.max(-1)
        return Found(end, foot, shear, tuple(layers), tuple(anchor), disc, wire)

    def secants(self, found: Found, yields: np.ndarray) -> dict[str, np.ndarray]:
        """The secant moduli for the strains; the joint's shear counts as a strain of gamma / sqrt 3 (von Mises)."""
        aim = {}
        for k, strip in enumerate(self.strips):
            parts = [_secant(self.solids[layer.material], found.layers[k][..., i], yields) for i, layer in enumerate(strip.layers)]
            aim[f"strip {k}"] = np.stack(parts, -1)
        if self.solder:
            aim["solder"] = _secant(self.solder, found.shear / np.sqrt(3), yields)
        return aim

    def response(self, distance: np.ndarray, shift: np.ndarray, stiffness: np.ndarray, found: Found) -> Response:
        strain: dict[str, np.ndarray] = {}
        for k, strip in enumerate(self.strips):
            for i, layer in enumerate(strip.layers):
                strain[layer.role] = np.maximum(strain.get(layer.role, 0.0), found.layers[k][..., i])
        if found.wire is not None:
            strain["wire"] = found.wire
        tilt = np.hypot(found.foot[..., 3], found.foot[..., 4])
        opening = shear = np.zeros(len(distance))
        if self.size.weak and found.disc is not None:
            middle = np.array([0.0, 0.0, -sum(disc.thickness for disc in self.size.discs) / 2])
            pulled = _times(rigid_arm(-middle).T, found.disc)
            opening, shear = bond_energy_release(lambda a: moved(self._discs(a) + self._ground(a), middle), self.size.disc_radius, pulled)
        peel = np.max(found.anchor, axis=0) if found.anchor else np.zeros(len(distance))
        down = np.abs(found.foot[..., 2]) + self.size.landing_radius * tilt
        return Response(
            self.size.name, distance, shift, stiffness * shift, found.shear, strain, tilt, down, opening, shear, peel,
        )  # fmt: skip


def _times(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return np.einsum("...ij,...j->...i", matrix, vector)


def _path(strip: Strip) -> np.ndarray:
    """The corners of a strip as (x, 0, z)."""
    corners = np.array(strip.path, float)
    return np.stack([corners[:, 0], np.zeros(len(corners)), corners[:, 1]], -1)


def _length(strip: Strip) -> float:
    """Of the last stretch of a strip, that which lies on a bed [m]."""
    return float(np.linalg.norm(np.subtract(strip.path[-1], strip.path[-2])))


def _turn(vector: np.ndarray) -> np.ndarray:
    """From a segment's axes (along it, y, normal) to the global ones, for forces and moments; shape (6, 6)."""
    along = vector / np.linalg.norm(vector)
    across = np.array([0.0, 1.0, 0.0])
    turn = np.stack([along, across, np.cross(along, across)], -1)
    return np.kron(np.eye(2), turn)


def _layers(layers: tuple[Layer, ...], solids: Mapping[str, Solid]) -> Layers:
    low, high, width, offset = (np.array([getattr(layer, name) for layer in layers]) for name in ("low", "high", "width", "offset"))
    return Layers(low, high, width, offset, np.array([solids[layer.material].poisson_ratio for layer in layers]))


def _secant(solid: Solid, strain: np.ndarray, yields: np.ndarray) -> np.ndarray:
    """Stress over strain of a solid that hardens a little once it flows."""
    if not np.isfinite(solid.flow_stress):
        return np.full(strain.shape, solid.young_modulus)
    limit = yields * solid.flow_stress / solid.young_modulus
    beyond = np.maximum(strain, limit)
    return solid.young_modulus * (limit + _HARDENING * (beyond - limit)) / beyond
