"""What a recipe carries beside the round cut: the plan of the site and a planar cut along a line through it."""

from __future__ import annotations

from itertools import pairwise

from waferbump.recipe.quantities import Coordinate, LayerName, Length, LengthOrZero, MaskName, Shift, refused, settings

_AHEAD = 20e-6  # m; a cut goes on by this before the pad when not said otherwise (our choice)


@settings
class CutLine:
    """The line of the planar cut, unfolded: exactly one of line, along, layer.

    line : points [x, y] in the site's coordinates [m]
    along : mask of a metal line, whose middle the cut follows from `start` to the bump's centre
    start : mask of the pad or via at which it starts
    before : how far the cut reaches back past the start [m]
    beyond : how far the cut goes on past the bump's centre [m]
    layer : layer of the layout file that holds cut lines
    """

    line: tuple[tuple[Coordinate, Coordinate], ...] = ()
    along: MaskName | None = None
    start: MaskName | None = None
    before: LengthOrZero | None = None
    beyond: Length | None = None
    layer: LayerName | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("line", "along", "layer") if getattr(self, name) not in (None, ())]
        if len(given) != 1:
            raise refused(f"needs exactly one of line, along, layer; given: {' and '.join(given) or 'none'}")
        if self.line and (len(self.line) < 2 or any(a == b for a, b in pairwise(self.line))):
            raise refused('a line needs two different points or more, e.g. [["-300 um", "0 um"], ["150 um", "0 um"]]')
        if self.along is None and (self.start is not None or self.before is not None or self.beyond is not None):
            raise refused("start, before and beyond belong to along")
        if self.along is not None:
            if self.start is None or self.beyond is None:
                raise refused("along also needs start (the mask of the pad or via) and beyond (e.g. 150 um)")
            if self.before is None:
                object.__setattr__(self, "before", _AHEAD)


@settings
class Views:
    """What is carried beside the round cut about the bump's centre: the plan of the site, and a planar cut through it.

    window : what of the plan is carried, [x0, y0, x1, y1] about the bump's centre; the square of the pitch when not given [m]
    cut : the line of the planar cut; straight along x through the bump's centre when not given
    """

    window: tuple[Shift, Shift, Shift, Shift] | None = None
    cut: CutLine | None = None

    def __post_init__(self) -> None:
        if self.window is None:
            return
        x0, y0, x1, y1 = self.window
        if not (x0 < 0.0 < x1 and y0 < 0.0 < y1):
            raise refused("a window is [x0, y0, x1, y1] with the bump's centre, [0 um, 0 um], inside")
