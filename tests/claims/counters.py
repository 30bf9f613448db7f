"""For every claim that is judged, runs that break it: (claim, flow, changes), most of them breaking nothing that stands above it."""

from dataclasses import dataclass

from waferbump.claims import Lot, lot


@dataclass(frozen=True)
class Counter:
    """A run that breaks a claim.

    parent : whether the claim's parent (or, for one without, the claim named in `keeps`) still holds
    refused : part of the sentence with which the line itself stops the run
    """

    claim: str
    why: str
    lot: Lot
    parent: bool = True
    keeps: str = ""
    refused: str = ""


_REDUCING = {"steps.reflow.atmosphere": "formic-acid"}
_NEGATIVE = {"masks.bump.tone": "dark"}
_SPUN_LAMINATE = {"laminate": {"resist": "generic-positive-slow", "thickness": "30 um", "bridges": "20 um"}}
_SPUN_LAMINATE_FAST = {"laminate": {"resist": "generic-positive-fast", "thickness": "30 um", "bridges": "20 um"}}
_SINGLE_FILM = {"steps.adhesion": None, "steps.metallic": None, "steps.ubm-etch.removes": ["wetting"]}
_GOLD = {"steps.metallic.material": "Au", "steps.wetting.material": "Au"}
_NICKEL_FIRST = {"steps.adhesion.material": "NiV"}
_TWO_EXPOSURES = [
    {
        "expose": {
            "id": "exposure-1",
            "mask": "bump",
            "dose": "200 mJ/cm^2",
            "tool": {"kind": "aligner", "gap": "50 um", "divergence": "3 deg"},
        }
    },
    {
        "expose": {
            "id": "exposure-2",
            "mask": "bump",
            "dose": "200 mJ/cm^2",
            "tool": {"kind": "aligner", "gap": "50 um", "divergence": "3 deg"},
        }
    },
]
_TWO_DEVELOPMENTS = [{"develop": {"id": "upper", "resists": ["resist-2"]}}, {"develop": {"id": "lower", "resists": ["resist-1"]}}]
_MOLTEN_DISC = {
    "steps.solder": [
        {"place": {"id": "solder", "solder": "Sn3.5Ag", "shape": "disc", "diameter": "66 um", "height": "140 um"}},
        {"reflow": {"id": "melt", "peak": "245 degC", "above_liquidus": "60 s", "atmosphere": "formic-acid"}},
    ]
}
_UPSIDE_DOWN = {"steps.resist-1.resist": "generic-positive-fast", "steps.resist-2.resist": "generic-positive-slow"}
_EQUAL_RESISTS = {"steps.resist-2.resist": "generic-positive-slow"}
_DISC_FIRST = {
    "steps.first-solder": {"place": {"solder": "SAC305", "shape": "disc", "diameter": "55 um", "height": "30 um"}},
    "steps.first-reflow.atmosphere": "formic-acid",
    "steps.first-clean": None,
}
_BALL_SECOND = {
    "steps.second-solder": [
        {"flux": {"id": "wet", "flux": "tacky-flux", "method": "fill", "thickness": "12 um"}},
        {"place": {"id": "second-solder", "solder": "SAC305", "shape": "ball", "diameter": "80 um"}},
    ],
}
_NO_PAD = {"steps.pad": None, "steps.passivation": None}
_POLYIMIDE_FIRST = {
    "masks.first.tone": "dark",
    "steps.first-mask": {"coat": {"resist": "polyimide", "thickness": "40 um"}},
    "steps.first-exposure.dose": "600 mJ/cm^2",
}
_SKIN = {"flux": "solid-flux", "thickness": "3 um"}
_STRIP_EARLY = {
    "steps.ball": [
        {"strip": {"id": "early"}},
        {"place": {"id": "ball", "solder": "63Sn37Pb", "shape": "ball", "diameter": "100 um", "skin": _SKIN}},
    ],
    "steps.strip": None,
}
_NO_POLYMER = {"steps.polymer": None, "steps.exposure": None, "steps.development": None, "steps.descum": None}
_HARD_THIRD = {"steps.third-solder.solder": "95Pb5Sn"}
_SMALL_THIRD = {"masks.third.circle": "112 um"}


def _a():
    base, lead_free = "flux-coated-ball", "flux-coated-ball-lead-free"
    ball = "steps.ball"
    yield Counter("A1", "a bare ball finds no flux", lot(base, {"steps.ball.skin": None}), keeps="", refused="oxide")
    yield Counter(
        "A1",
        "a bare ball in flux that was dispensed",
        lot(
            base,
            {
                ball: [
                    {"flux": {"id": "wet", "flux": "tacky-flux", "method": "fill", "thickness": "20 um"}},
                    {"place": {"id": "ball", "solder": "63Sn37Pb", "shape": "ball", "diameter": "100 um"}},
                ],
                "steps.strip": None,
                "steps.clean": [{"clean": {"id": "clean"}}, {"strip": {"id": "strip"}}],
            },
        ),
        keeps="B1",
    )
    yield Counter("A1", "the polymer stays", lot(base, {"steps.strip": None}))
    yield Counter("A1", "the polymer is gone before the ball comes", lot(base, _STRIP_EARLY))
    yield Counter(
        "A1",
        "a disc with a skin",
        lot(
            base,
            {
                ball: {
                    "place": {
                        "solder": "63Sn37Pb",
                        "shape": "disc",
                        "diameter": "90 um",
                        "height": "60 um",
                        "skin": {"flux": "solid-flux", "thickness": "3 um"},
                    }
                }
            },
        ),
    )
    yield Counter("A1", "no reflow", lot(base, {"steps.reflow": None, "steps.clean": None}))
    yield Counter("A1", "a board", lot(base, {"carrier": {"kind": "board", "material": "FR-4", "thickness": "1 mm"}}))
    yield Counter("A1", "no passivation", lot(base, {"steps.passivation": None}))
    yield Counter(
        "A1",
        "a foil, no polymer",
        lot(
            base,
            {
                "steps.polymer": {"laminate": {"resist": "stainless-steel", "thickness": "60 um", "mask": "ball"}},
                "steps.exposure": None,
                "steps.development": None,
                "steps.descum": None,
            },
        ),
    )
    yield Counter(
        "A1",
        "films never patterned",
        lot(
            base,
            {
                "steps.ubm-resist": None,
                "steps.ubm-soft-bake": None,
                "steps.ubm-exposure": None,
                "steps.ubm-development": None,
                "steps.ubm-etch": None,
                "steps.ubm-strip": None,
            },
        ),
    )
    yield Counter("A1", "no polymer at all", lot(base, {**_NO_POLYMER, "steps.strip": None}))
    yield Counter(
        "A1",
        "the polymer is stripped before the reflow",
        lot(base, {"steps.reflow": [{"strip": {"id": "early"}}, {"reflow": {"id": "reflow", "peak": "215 degC"}}], "steps.strip": None}),
    )
    yield Counter("A1", "the ball does not go into the opening", lot(base, {"masks.ball.circle": "90 um"}), refused="does not fit")
    yield Counter("A2", "one film", lot(base, _SINGLE_FILM))
    yield Counter("A2", "no adhesion film below", lot(base, {"steps.adhesion.material": "Pd", "steps.metallic.material": "Al"}))
    yield Counter("A2", "the adhesion film lies on a metallic one", lot(base, {**_NICKEL_FIRST, "steps.metallic.material": "Ti"}))
    yield Counter("A3", "adhesion film of aluminium", lot(base, {"steps.adhesion.material": "Al"}))
    yield Counter("A4", "films of gold", lot(base, _GOLD))
    yield Counter("A5", "lead-free ball", lot(lead_free))
    yield Counter("A6", "tin-lead ball", lot(base))
    yield Counter("A7", "an alloy of the list, but no lead: its parent fails", lot(lead_free), parent=False)
    yield Counter("A8", "pad of nickel", lot(base, {"steps.pad.material": "Ni"}))
    yield Counter("A9", "polyimide", lot("flux-coated-ball-polymer"))
    yield Counter("A10", "spun resist", lot(base))
    yield Counter("A11", "dry film", lot("flux-coated-ball-dry-film"))
    yield Counter("A12", "a solid skin", lot(base))
    yield Counter("A13", "a solid-like skin", lot(lead_free))


def _b():
    base, pad, film = "flux-filled", "flux-on-pad", "flux-on-film"
    tin, nickel = {"steps.block.solder": "Sn", "steps.reflow.peak": "255 degC"}, {"steps.adhesion.material": "Ni"}
    disc = {"steps.block": {"place": {"solder": "63Sn37Pb", "shape": "disc", "diameter": "70 um", "height": "40 um"}}}
    dry = {**disc, "steps.flux": None, "steps.clean": None, **_REDUCING}
    yield Counter("B1", "a board", lot("flux-filled-board-films"), keeps="B9")
    yield Counter("B1", "a polymer that is no photoresist", lot("flux-filled-polymer"), keeps="B9")
    yield Counter("B1", "no passivation", lot(base, {"steps.passivation": None}), keeps="B9")
    yield Counter("B1", "no flux", lot(base, dry))
    yield Counter("B1", "flux is left", lot(base, {"steps.clean": None}))
    yield Counter("B1", "the resist stays", lot(base, {"steps.strip": None}), keeps="B22")
    yield Counter(
        "B1",
        "the resist is stripped before the reflow",
        lot(base, {"steps.reflow": [{"strip": {"id": "early"}}, {"reflow": {"id": "reflow", "peak": "215 degC"}}], "steps.strip": None}),
        keeps="B22",
    )
    yield Counter("B1", "adhesion film of gold", lot(base, {"steps.adhesion.material": "Au"}), keeps="B22")
    yield Counter("B2", "adhesion film of nickel: its parent fails", lot(base, nickel), parent=False)
    yield Counter("B3", "films of gold", lot(base, _GOLD))
    yield Counter("B4", "lead-free block", lot("flux-filled-lead-free"))
    yield Counter("B5", "tin-lead block", lot(base))
    yield Counter("B6", "pure tin", lot(base, tin))
    yield Counter("B7", "pad of nickel", lot(base, {"steps.pad.material": "Ni"}))
    yield Counter("B8", "a disc", lot("flux-filled-disc"))
    yield Counter("B9", "no films", lot("flux-filled-board"), keeps="B22")
    yield Counter("B9", "one film", lot(base, _SINGLE_FILM), keeps="B22")
    yield Counter("B9", "adhesion film of nickel", lot(base, nickel), keeps="B22")
    yield Counter("B9", "no patterned structure", lot(film), keeps="B23")
    yield Counter("B9", "no flux", lot(base, dry))
    yield Counter(
        "B9",
        "flux does not cover the floor",
        lot(base, {"steps.flux": {"flux": {"flux": "tacky-flux", "method": "dispense", "thickness": "3 um"}}}),
        keeps="B22",
    )
    yield Counter("B10", "a board", lot("flux-filled-board-films"))
    yield Counter("B12", "a wafer", lot(base))
    yield Counter("B13", "adhesion film of nickel: its parent fails", lot("flux-filled-board-films", nickel), parent=False)
    yield Counter("B14", "films of gold", lot("flux-filled-board-films", _GOLD))
    yield Counter("B15", "lead-free block", lot("flux-filled-board-films"))
    yield Counter("B16", "tin-lead block", lot(base))
    yield Counter("B17", "pure tin", lot(base, tin))
    yield Counter("B18", "a polymer that is no photoresist", lot("flux-filled-polymer"))
    yield Counter("B19", "a foil", lot("flux-filled-foil"))
    yield Counter("B20", "pad of nickel", lot(base, {"steps.pad.material": "Ni"}))
    yield Counter("B21", "a cube", lot("flux-filled-cube"))
    yield Counter("B22", "no flux", lot(pad, dry))
    yield Counter("B22", "flux is left", lot(pad, {"steps.clean": None}))
    yield Counter("B22", "no reflow", lot(pad, {"steps.reflow": None}))
    yield Counter("B22", "bare aluminium", lot(pad, {"steps.pad.material": "Al"}), refused="which solder does not wet")
    yield Counter("B23", "bare copper pad", lot(pad))
    yield Counter("B23", "one film", lot(film, _SINGLE_FILM))
    yield Counter("B23", "adhesion film of nickel", lot(film, nickel))
    yield Counter("B24", "adhesion film of nickel: its parent fails", lot(film, nickel), parent=False)
    yield Counter("B25", "films of gold", lot(film, _GOLD))
    yield Counter("B26", "lead-free block", lot(pad, {"steps.block.solder": "SAC305", "steps.reflow.peak": "245 degC"}))
    yield Counter("B27", "tin-lead block", lot(pad))
    yield Counter("B28", "pure tin", lot(pad, tin))
    yield Counter("B29", "pad of nickel", lot(pad, {"steps.pad.material": "Ni"}))
    yield Counter("B30", "a disc", lot(pad, disc))


def _c():
    base, three = "stair-plated", "stair-plated-three-resists"
    yield Counter("C1", "two exposures", lot(base, {"steps.exposure": _TWO_EXPOSURES}), keeps="C8")
    yield Counter("C1", "two developments", lot(base, {"steps.development": _TWO_DEVELOPMENTS}), keeps="C8")
    yield Counter("C1", "no passivation", lot(base, {"steps.passivation": None}), keeps="C8")
    yield Counter("C1", "a board", lot(base, {"carrier": {"kind": "board", "material": "FR-4", "thickness": "1 mm"}}), keeps="C8")
    yield Counter("C1", "equally sensitive resists: leaning walls make no stair", lot(base, _EQUAL_RESISTS))
    yield Counter("C1", "the resists stay", lot(base, {"steps.strip": None, "steps.seed-etch": None, "steps.reflow": None}))
    yield Counter("C1", "plated below the ledge only", lot(base, {"steps.solder.until.height": "20 um"}))
    yield Counter(
        "C1",
        "stripped before plating",
        lot(base, {"steps.descum": {"strip": {"id": "early"}}, "steps.strip": None}),
        refused="bare all over",
    )
    yield Counter("C1", "a sharp image: two sensitivities, equal openings, leaning walls", lot(base, {"steps.exposure.blur": "0 um"}))
    yield Counter("C1", "two of three resists equally sensitive", lot(three, _EQUAL_RESISTS), keeps="C8")
    yield Counter("C2", "no reflow", lot(base, {"steps.reflow": None}))
    yield Counter("C2", "reflow in the resists only", lot("stair-printed", {"steps.reflow": None}))
    yield Counter("C3", "the lower resist the more sensitive: an undercut", lot(base, _UPSIDE_DOWN))
    yield Counter("C4", "the lower resist the more sensitive", lot(base, _UPSIDE_DOWN))
    yield Counter("C4", "a negative stair", lot("stair-plated-negative"))
    yield Counter("C5", "the first resist laminated, yet no dry film", lot(base, {"steps.resist-1": _SPUN_LAMINATE}))
    yield Counter("C6", "the second resist laminated, yet no dry film", lot(base, {"steps.resist-2": _SPUN_LAMINATE_FAST}))
    yield Counter("C7", "a disc melted into the stair", lot(base, _MOLTEN_DISC))
    yield Counter("C8", "equally sensitive resists", lot(base, _EQUAL_RESISTS))
    yield Counter("C8", "a sharp image: two sensitivities, equal openings, leaning walls", lot(base, {"steps.exposure.blur": "0 um"}))
    yield Counter("C8", "no solder", lot(base, {"steps.solder": None, "steps.seed-etch": None, "steps.reflow": None}))
    yield Counter("C8", "paste that was never melted", lot("stair-printed", {"steps.melt": None, "steps.clean": None}))
    yield Counter("C8", "one resist", lot(base, {"steps.resist-2": None, "steps.soft-bake-2": None, "steps.solder.until.height": "25 um"}))
    yield Counter("C8", "the resists stay", lot(base, {"steps.strip": None, "steps.seed-etch": None, "steps.reflow": None}))
    yield Counter("C9", "no reflow", lot(three, {"steps.reflow": None}))
    yield Counter("C10", "the lower resist the more sensitive", lot(base, _UPSIDE_DOWN))
    yield Counter(
        "C10",
        "the middle resist the least sensitive",
        lot(three, {"steps.resist-1.resist": "generic-positive-medium", "steps.resist-2.resist": "generic-positive-slow"}),
    )
    yield Counter("C11", "the lower resist the more sensitive", lot(base, _UPSIDE_DOWN))
    yield Counter("C11", "a negative stair", lot("stair-plated-negative"))
    yield Counter(
        "C11",
        "the middle resist the least sensitive",
        lot(three, {"steps.resist-1.resist": "generic-positive-medium", "steps.resist-2.resist": "generic-positive-slow"}),
    )
    yield Counter("C12", "dry films only", lot("stair-plated-dry-films"))
    yield Counter("C13", "spun resists only", lot(base))
    yield Counter("C14", "a disc melted into the stair", lot(base, _MOLTEN_DISC))


def _d():
    base, one = "two-mask-fused", "two-mask-one-reflow"
    yield Counter("D1", "equal openings", lot(base, {"masks.second.circle": "80 um"}))
    yield Counter("D1", "too cold to fuse", lot("two-mask-not-fused"))
    yield Counter("D1", "no first reflow", lot(one), keeps="D15")
    yield Counter("D1", "the masks stay", lot(base, {"steps.strip": None}))
    yield Counter("D1", "the first mask stays", lot(base, {"steps.strip.removes": ["second-mask"]}))
    yield Counter("D1", "no second solder", lot(base, {"steps.second-solder": None}), refused="oxide")
    yield Counter(
        "D1",
        "a bare copper pad, no under-bump metal",
        lot(
            base,
            {
                "steps.pad.material": "Cu",
                "steps.passivation": {"passivation": {"material": "SiN", "thickness": "0.8 um", "mask": "passivation"}},
                "steps.adhesion": None,
                "steps.metallic": None,
                "steps.wetting": None,
                "steps.ubm-resist": None,
                "steps.ubm-soft-bake": None,
                "steps.ubm-exposure": None,
                "steps.ubm-development": None,
                "steps.ubm-etch": None,
                "steps.ubm-strip": None,
            },
        ),
        keeps="D15",
    )
    yield Counter("D2", "different solders", lot("two-mask-fused-different"))
    yield Counter("D3", "equal solders", lot(base))
    yield Counter("D4", "equal solders", lot(base))
    yield Counter(
        "D4", "the first melts lower", lot(base, {"steps.first-solder.solder": "63Sn37Pb", "steps.first-reflow.peak": "215 degC"})
    )
    yield Counter("D5", "lead-free", lot(base))
    yield Counter("D6", "tin-lead on top", lot("two-mask-fused-different"))
    yield Counter("D7", "polyimide", lot(base, _POLYIMIDE_FIRST))
    yield Counter("D8", "spun", lot(base))
    yield Counter("D9", "spun", lot(base))
    yield Counter("D10", "laminated", lot("two-mask-fused-laminated"))
    yield Counter("D11", "a disc first", lot(base, _DISC_FIRST))
    yield Counter("D12", "a ball second", lot(base, _BALL_SECOND))
    yield Counter("D14", "under-bump metal on bare silicon", lot(base, _NO_PAD))
    yield Counter("D15", "equal openings", lot(one, {"masks.second.circle": "80 um"}))
    yield Counter("D15", "too cold to fuse", lot("two-mask-not-fused"))
    yield Counter("D15", "the masks stay", lot(one, {"steps.strip": None}))
    yield Counter(
        "D15",
        "one mask",
        lot(
            base,
            {
                "steps.second-mask": None,
                "steps.second-exposure": None,
                "steps.second-development": None,
                "steps.strip.removes": ["first-mask"],
            },
        ),
    )
    yield Counter("D15", "the second solder stays below the second mask", lot(base, {"steps.second-solder.scoop": "52 um"}))
    yield Counter("D15", "one of three solders does not melt", lot("three-mask-fused", _HARD_THIRD), refused="in between its grains")
    yield Counter(
        "D15",
        "the first solder comes before its mask",
        lot(
            base,
            {
                "steps.first-solder": None,
                "steps.first-mask": [
                    {"place": {"id": "first-solder", "solder": "SAC305", "shape": "disc", "diameter": "50 um", "height": "20 um"}},
                    {"coat": {"id": "first-mask", "resist": "generic-positive-medium", "thickness": "40 um"}},
                ],
                "steps.first-reflow.atmosphere": "formic-acid",
                "steps.first-clean": None,
            },
        ),
    )
    yield Counter("D16", "one reflow", lot(one))
    yield Counter("D18", "under-bump metal on bare silicon", lot(one, _NO_PAD))
    yield Counter("D19", "equal solders", lot(one))
    yield Counter("D20", "two masks", lot(base))
    yield Counter("D20", "the third opening no larger", lot("three-mask-fused", _SMALL_THIRD))
    yield Counter("D20", "the third mask empty", lot("three-mask-fused", {"steps.third-solder": None}))


COUNTERS = (*_a(), *_b(), *_c(), *_d())
