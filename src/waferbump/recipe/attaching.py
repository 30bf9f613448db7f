"""Settings of `attach`: the die with its bumps is soldered to a board."""

from __future__ import annotations

from typing import Annotated

from waferbump.recipe.quantities import (
    Count,
    Fraction,
    Length,
    LengthOrZero,
    Quantity,
    Size,
    Volume,
    material_name,
    refused,
    settings,
)
from waferbump.recipe.soldering import Reflow

Mass = Annotated[float, Quantity("mass", "0 ug", "100 g", True, "4 mg")]
Side = Annotated[float, Quantity("length", "100 um", "200 mm", example="5 mm")]
Warpage = Annotated[float, Quantity("length", "-1 mm", "1 mm", example="10 um")]


@settings
class BoardPad:
    """A pad of the board and the solder mask round it.

    diameter : of the copper [m]
    mask_opening : diameter of the solder mask's opening [m]: wider than the copper (NSMD) or narrower (SMD)
    copper_thickness : of the pad above the laminate [m]
    mask_thickness : of the solder mask above the laminate [m]
    """

    diameter: Size
    mask_opening: Size
    copper_thickness: Length = 25e-6
    mask_thickness: LengthOrZero = 20e-6

    @property
    def defined_by(self) -> str:
        """What ends the metal that solder wets: "mask" (SMD) or "copper" (NSMD)."""
        return "mask" if self.mask_opening < self.diameter else "copper"


@settings
class BoardPaste:
    """Solder paste printed on the board's pads.

    solder : the alloy
    volume : of paste on a pad [m^3]
    aperture : diameter of the stencil's round opening [m]
    stencil : thickness of the stencil [m]
    transfer : part of the aperture's volume that stays on the pad [1]
    metal_fraction : metal by volume [1]; the product's own when not given
    """

    solder: material_name("solder", example="SAC305")
    volume: Volume | None = None
    aperture: Size | None = None
    stencil: Length | None = None
    transfer: Fraction = 0.8
    metal_fraction: Fraction | None = None

    def __post_init__(self) -> None:
        printed = self.aperture is not None and self.stencil is not None
        if (self.volume is None) == (self.aperture is None and self.stencil is None) or (self.volume is None and not printed):
            raise refused("give either volume (e.g. 0.01 mm^3) or aperture and stencil (e.g. 300 um and 100 um)")


@settings
class Die:
    """What the bumps carry: by its mass, or by its sides, with the carrier's thickness and material.

    mass : of the die and what is fixed to it [kg]
    width : [m]
    depth : [m]
    """

    mass: Mass | None = None
    width: Side | None = None
    depth: Side | None = None

    def __post_init__(self) -> None:
        sides = self.width is not None and self.depth is not None
        if (self.mass is None) == (self.width is None and self.depth is None) or (self.mass is None and not sides):
            raise refused("give either mass (e.g. 4 mg) or width and depth (e.g. 5 mm and 5 mm)")


@settings
class Attach:
    """The die is turned over, set with its bumps on a board's pads and soldered there.

    pad : of the board
    die : what the bumps carry
    bumps : how many bumps share the die's weight
    paste : solder paste on the board, if there is any
    warpage : gap between die and board at the corner less that at the centre, at the temperature of reflow [m]
    board : material of the laminate
    board_thickness : [m]
    reflow : how it is heated
    """

    pad: BoardPad
    die: Die
    bumps: Annotated[int, Count(1, 1000000)]
    reflow: Reflow
    paste: BoardPaste | None = None
    warpage: Warpage = 0.0
    board: material_name("carrier", example="FR-4") = "FR-4"
    board_thickness: Length = 1e-3

