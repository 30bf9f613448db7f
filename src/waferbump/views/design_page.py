"""The two charts of a design review, drawn."""

from __future__ import annotations

from markupsafe import Markup

from waferbump.design_charts import DesignCharts
from waferbump.units import show

from .chart import Curve, chart_svg

_NL, _UM = 1e-12, 1e-6  # m^3, m


def design_figures(found: DesignCharts) -> list[dict[str, object]]:
    """The charts as {"svg", "says", "rules"}: height against volume for some pads, height against pitch for some ways to bring solder."""
    volume = chart_svg(
        "Height of the molten bump against its volume, for five pads",
        "molten volume [nl]",
        "height above the metal [um]",
        [Curve(f"pad {show(pad, 'length', 3)}", found.volumes / _NL, heights / _UM) for pad, heights in found.heights.items()],
        (found.volume / _NL, found.height / _UM, "this bump"),
    )
    curves = [Curve(name, found.pitches / _UM, height / _UM) for name, height in found.reached.items()]
    pitch = chart_svg(
        "Height of the molten bump against the pitch, for five ways to bring solder, and the height at which neighbours touch",
        "pitch [um]",
        "height above the metal [um]",
        [*curves, Curve("neighbours touch", found.pitches / _UM, found.bridging / _UM, limit=True)],
        (found.pitch / _UM, found.height / _UM, "this bump"),
    )
    says = f"The pad is {100 * found.pad_over_pitch:.0f} % of the pitch, as in this run; a curve ends where neighbours would touch."
    return [
        {"svg": Markup(volume), "says": "Molten, pinned on a round pad, with its weight.", "rules": []},
        {"svg": Markup(pitch), "says": says, "rules": [f"{name}: {rule}" for name, rule in found.rules.items()]},
    ]
