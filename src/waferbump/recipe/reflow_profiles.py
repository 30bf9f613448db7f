"""Reflow profiles by name: ramp, soak, ramp, peak, cooling. Starting points, to be replaced by what the oven's thermocouples say.

Soak and the limits of the ramps are those of J-STD-020's classification profiles as vendors quote them (tin-lead: 100 to 150 degC in 60
to 120 s, lead-free: 150 to 200 degC in 60 to 120 s; up 3 K/s and down 6 K/s at most): limits of a test, not recipes. Peaks are those usual
for bumps of each alloy; the points between them are our choice (assumed).
"""

from __future__ import annotations

from types import MappingProxyType

# (seconds, degC) from point to point, straight lines between them
NAMED_PROFILES: MappingProxyType[str, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        "lead-free": ((0, 25), (65, 150), (155, 200), (190, 245), (215, 245), (290, 25)),
        "tin-lead": ((0, 25), (40, 100), (130, 150), (170, 218), (195, 218), (260, 25)),
        "tin-bismuth": ((0, 25), (45, 95), (120, 120), (160, 175), (200, 175), (255, 25)),
        "high-lead": ((0, 25), (65, 150), (155, 250), (205, 350), (265, 350), (355, 25)),
        "gold-tin": ((0, 25), (65, 150), (155, 220), (200, 320), (230, 320), (315, 25)),
    }
)
