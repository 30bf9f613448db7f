"""What a package's record says, in sentences: what fails first, whether the cycles asked for are reached, which structure goes farthest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from waferbump.state import listed

from .package_rank import WORDS, searched_in, unlimited
from .wording import rounded

NOUNS = MappingProxyType({"solder": "the joint's solder", "line": "the metal line"})
_ENDLESS = 1e12  # cycles; beyond that a life is called endless (our choice)
# what each level leaves out, beyond the sentence in the record
ASSUMPTIONS = MappingProxyType(
    {
        "springs": (
            "Parts are beams, plates and discs with one stiffness each; solder and metals flow at one stress, at the mean temperature.",
            "The board keeps the joint's upper end upright; the structure may tilt under it.",
            "A weak joint that lets go is no failure: the released part carries the bump on.",
            "No bands: a limit is where the nominal life meets the cycles asked for.",
        ),
        "plane_cell": (
            "All in a strip about the line through pad and bump moves alike across it, each body with its own width.",
            "Die and board keep their backs flat and parallel, as neighbours hold them; nothing pulls them apart as a whole.",
            "Turns may be large, strains are small; a suspended part may touch the ground.",
            "The first cooling starts where the cell is free of stress; ageing between cycles is left out.",
        ),
    }
)
_COMMON = (
    "Shift of the board beside the die: U = L (alpha_board - alpha_die) (T - T_free), L from the neutral point to the bump.",
    "Copper in bending: strain range = N^-0.6 D^0.75 + 0.9 (S/E) (exp(D)/0.36)^(0.1785 log10(1e5/N)), IPC-TR-579 (1988).",
)
EQUATIONS = MappingProxyType(
    {
        "springs": (
            *_COMMON,
            "Springs in series and side by side: flexibilities of the parts, moved by rigid arms to one point, add.",
            "Shear lag of die and board: part of the mismatch that is left = tanh(k e) / (k e): Suhir, J. Appl. Mech. 53 (1986) 657.",
            "Solder: N50 = (dg / (2 e_f))^(1/c) / 2, c from mean temperature and dwell: Engelmaier, IEEE Trans. CHMT 6 (1983) 232.",
        ),
        "plane_cell": (
            *_COMMON,
            "Balance of forces by finite elements, elements turned with the body; backward Euler steps in time, Newton in each.",
            "Solder: rate = A exp(-Q/RT) sinh(xi stress / s)^(1/m), s hardening to saturation: Anand, Int. J. Plast. 1 (1985) 213.",
            "Metals: von Mises yield with kinematic hardening. Contact: no friction, no tension.",
            "Joints between layers: traction falls in a straight line with opening once the strength is met; the area below is G_c; "
            "G_c = G_Ic (1 + tan^2((1 - lambda) psi)): Hutchinson and Suo, Adv. Appl. Mech. 29 (1992) 63.",
            "Life of solder: N = K1 dW^K2 + a / (K3 dW^K4) (Darveaux), N = C / dW^p (Syed, Schubert), dW over the layer that each states.",
            "Spread of many joints: F(N) = 1 - exp(-(N / eta)^beta): Weibull.",
        ),
    }
)


def cycle_verdict(record: Mapping[str, Any]) -> list[str]:
    """Sentences on a cycled structure, the most important first."""
    lives, target = record["lives"], record["target"]
    return [*_which_first(lives, record["first_to_fail"]), *_target_reached(lives, target), *_pulled_apart(record), *_not_steady(record)]


def _which_first(lives: Mapping[str, Any], first: str) -> list[str]:
    known = {mode: lives[mode] for mode in NOUNS if lives.get(mode) and lives[mode]["model"] is not None}
    if not known:
        return ["No life model applies to this structure: how long it lasts is not known."]
    if not first:
        has = "has" if len(known) == 1 else "have"
        return [f"Nothing tires: {listed([NOUNS[mode] for mode in known])} {has} no end of life in this cycle."]
    said = f"{_capital(NOUNS[first])} fails first, after {_cycles(known[first])}"
    for mode in NOUNS:
        if mode == first:
            continue
        if mode not in known:
            said += f"; no life model applies to {NOUNS[mode]}"
        elif _endless(known[mode]["nominal"]):
            said += f"; {NOUNS[mode]} has no end of life in this cycle"
        else:
            said += f"; {NOUNS[mode]} would last {_cycles(known[mode], unit=False)}"
    sentences = [said + "."]
    other = next((known[mode] for mode in known if mode != first), None)
    if other is not None and not _endless(known[first]["high"]) and other["low"] is not None and other["low"] <= known[first]["high"]:
        sentences.append("The bands of the two overlap: which of them fails first is not certain.")
    return sentences


def _cycles(life: Mapping[str, Any], *, unit: bool = True) -> str:
    band = f"{_count(life['low'])} to {_count(life['high'])}"
    return f"{_count(life['nominal'])} cycles ({band} over all models and their factors)" if unit else f"{_count(life['nominal'])} ({band})"


def _count(cycles: float | None) -> str:
    return "no end" if _endless(cycles) else rounded(cycles, 3 if cycles >= 1.0 else 2)


def _endless(cycles: float | None) -> bool:
    return cycles is None or cycles >= _ENDLESS


def _target_reached(lives: Mapping[str, Any], target: float) -> list[str]:
    known = [lives[mode] for mode in NOUNS if lives.get(mode) and lives[mode]["model"] is not None]
    if not known:
        return []
    low, nominal, high = (min(math.inf if one[name] is None else one[name] for one in known) for name in ("low", "nominal", "high"))
    asked = f"{rounded(target)} cycles are asked for: "
    if low >= target:
        return [asked + "it reaches them by every model, at the unfavourable end of its factor."]
    if high < target:
        return [asked + "it misses them by every model, at the favourable end of its factor."]
    return [asked + f"nominally it {'reaches' if nominal >= target else 'misses'} them, but the bands of the models hold both answers."]


def _pulled_apart(record: Mapping[str, Any]) -> list[str]:
    pull = record.get("overstress")
    if not pull:
        return []
    reach = f"Pulled sideways by {_um(pull['displacement'][-1])}"
    if not pull["events"]:
        sentences = [f"{reach} at room temperature, nothing lets go{'' if record['path'] else ', yet the path is open'}."]
    else:
        one = pull["events"][0]
        at = f"at {_um(one['displacement'])} and {rounded(1e3 * one['force'], 3)} mN"
        what = f"{one['what']} lets go" if one["kind"] == "joint" else f"{NOUNS[one['kind']]} tears"
        kept = "the path from pad to bump stays closed" if record["path"] else "the path from pad to bump is cut"
        sentences = [f"{reach} at room temperature, first {what}, {at}; {kept}."]
    if pull["stopped"]:
        sentences.append(f"The pull ended early: {pull['stopped'].rstrip('.')}.")
    if record.get("interval"):
        sentences.append(_capital(record["interval"]["sentence"]) + ".")
    return sentences


def _not_steady(record: Mapping[str, Any]) -> list[str]:
    if record["cycled"]["steady"]:
        return []
    return ["The loop is not steady yet: the last two cycles differ, so more of them would move the lives."]


def rank_verdict(record: Mapping[str, Any]) -> list[str]:
    """Sentences on a ranking, the most important first."""
    rows = record["rows"]
    whole = [row for row in rows if row.get("path", True)]
    limited = sorted((row for row in whole if row["distance"] is not None), key=lambda row: -row["distance"])
    free = [row["label"] for row in whole if row["distance"] is None]
    sentences = []
    if limited:
        sentences.append(_best(limited[0], bool(free)))
        sentences += _reference(rows, limited)
        sentences += _close(limited)
    if free:
        left_out = next((row["notes"][0] for row in whole if row["distance"] is None and row["notes"]), "")
        said = f"{_capital(listed(free))} {'is' if len(free) == 1 else 'are'} {unlimited(searched_in(record))}"
        sentences.append(f"{said}; but {left_out}." if left_out else f"{said}.")
    sentences += _counts(limited)
    sentences += _turned(rows)
    cut = [row["label"] for row in rows if not row.get("path", True)]
    if cut:
        sentences.append(f"In {listed(cut)} no conducting path is left: electrically open.")
    return sentences


def _best(row: Mapping[str, Any], others_free: bool) -> str:
    who = f"{'Of those that fail, ' if others_free else ''}{row['label']} ({row['title']}) goes farthest"
    array = f", a full array of {row['bumps']} bumps on a die of {1e3 * row['edge']:.3g} mm" if row["bumps"] else ""
    return f"{who}: {_mm(row['distance'])} from the neutral point{_band(row)}{array}; {_fails(row)}."


def _reference(rows: Sequence[Mapping[str, Any]], limited: Sequence[Mapping[str, Any]]) -> list[str]:
    """How the first structure, against which softness is reckoned, stands, and whether softness pays."""
    first = rows[0]
    sentences = []
    if first["distance"] is not None and first is not limited[0]:
        sentences.append(f"{first['label']} allows {_mm(first['distance'])}{_band(first)} and {first['bumps']} bumps; {_fails(first)}.")
    softer = [row for row in rows[1:] if (row["softer"] or 0.0) > 1.0 and row.get("path", True)]
    if softer and first["distance"] is not None:
        farther = [row["label"] for row in softer if row["distance"] is None or row["distance"] > first["distance"]]
        which = listed(farther) if 0 < len(farther) <= 6 else f"{len(farther)} of them"
        sentences.append(
            f"{len(softer)} {'is' if len(softer) == 1 else 'are'} softer than {first['label']}; "
            + (f"farther than it {'goes' if len(farther) == 1 else 'go'} {which}." if farther else "none of them goes farther.")
        )
    return sentences


def _close(limited: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which structures' bands reach into the best one's."""
    best = limited[0]
    if best.get("low") is None:
        return []
    near = [row["label"] for row in limited[1:] if row.get("low") is not None and (row["high"] is None or row["high"] >= best["low"])]
    return [f"The bands of {listed(near)} reach into that of {best['label']}: they cannot be told apart from it."] if near else []


def _turned(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What it is worth to set the arm of a structure square to the way from the neutral point."""
    gain = [row for row in rows if row.get("across") is not None and row["distance"] is not None and row["across"] > 2.0 * row["distance"]]
    if not gain:
        return []
    reach = [f(row["across"] for row in gain) for f in (min, max)]
    drawn = [f(row["distance"] for row in gain) for f in (min, max)]
    which = listed([row["label"] for row in gain]) if len(gain) <= 4 else f"{gain[0]['label']} to {gain[-1]['label']}"
    return [
        f"The board holds the joint upright, so an arm that lies along the shift is pushed or stretched: {which} allow "
        f"{1e3 * drawn[0]:.3g} to {_mm(drawn[1])}. Set square to the way from the neutral point, springs give them "
        f"{1e3 * reach[0]:.3g} to {_mm(reach[1])}.",
    ]


def _counts(limited: Sequence[Mapping[str, Any]]) -> list[str]:
    found: dict[str, int] = {}
    for row in limited:
        found[row["first"]] = found.get(row["first"], 0) + 1
    parts = [f"{WORDS.get(mode, mode)} in {count}" for mode, count in sorted(found.items(), key=lambda one: -one[1])]
    return [f"What fails first: {listed(parts)} of {len(limited)} that fail."] if parts else []


def _fails(row: Mapping[str, Any]) -> str:
    return f"its {WORDS.get(row['first'], row['first'])} fails first"


def _band(row: Mapping[str, Any]) -> str:
    if row.get("low") is None:
        return ""
    return f" ({1e3 * row['low']:.3g} to {'more' if row['high'] is None else _mm(row['high'])})"


def _mm(length: float) -> str:
    return f"{1e3 * length:.3g} mm"


def _um(length: float) -> str:
    return f"{1e6 * length:.3g} um"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
