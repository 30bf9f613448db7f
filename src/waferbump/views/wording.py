"""Numbers, settings and records in the words and units that people use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from waferbump.recipe.writing import texts_of
from waferbump.state import Quantity, listed
from waferbump.units import show

# SI unit -> dimension of units.py, for values that carry their unit only
_DIMENSION = {
    "m": "length",
    "m^3": "volume",
    "m^2": "area",
    "K": "temperature",
    "rad": "angle",
    "J/m^2": "dose",
    "A/m^2": "current_density",
    "rad/s": "rotation",
    "kg/m^3": "density",
    "N/m": "surface_tension",
    "s": "time",
    "m/s": "speed",
    "1/m": "absorption",
    "m^2/J": "bleaching",
}
_SCALED = {"Pa": ("Pa", "kPa", "MPa", "GPa")}
_PLAIN_DIGITS = (1e-3, 1e7)


def shown(value: float, dimension: str, digits: int = 4) -> str:
    """An SI number in the unit that people use, with so many digits, without an exponent where that reads well.

    >>> shown(1.23456e-4, "length"), shown(5.23e-13, "volume")
    ('123.5 um', '523000 um^3')
    """
    text, _, unit = show(value, dimension, 15).partition(" ")
    return f"{rounded(float(text), digits)} {unit}".rstrip()


def rounded(number: float, digits: int = 4) -> str:
    """A number to so many digits.

    >>> rounded(523598.7), rounded(0.00123456), rounded(1.5e-9)
    ('523600', '0.001235', '1.5e-09')
    """
    if number == 0 or not math.isfinite(number):
        return f"{number:g}"
    if _PLAIN_DIGITS[0] <= abs(number) < _PLAIN_DIGITS[1]:
        decimals = digits - 1 - math.floor(math.log10(abs(number)))
        text = f"{round(number, decimals):.{max(decimals, 0)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{number:.{digits}g}"


def shown_quantity(quantity: Quantity, digits: int = 4) -> str:
    """A measure as people read it."""
    return shown(quantity.value, quantity.dimension, digits)


def exact_quantity(quantity: Quantity) -> str:
    """A measure in SI, to the last bit."""
    return f"{quantity.value!r} {quantity.unit}".rstrip()


def shown_si(number: float | str, unit: str, digits: int = 5) -> str:
    """A value that carries an SI unit only, in the unit that people use.

    >>> shown_si(494.15, "K"), shown_si(5.2e10, "Pa"), shown_si(0.895, "1")
    ('221 degC', '52 GPa', '0.895')
    """
    if isinstance(number, str):  # a fact's answer in a word
        return number
    if unit in _DIMENSION:
        return shown(number, _DIMENSION[unit], digits)
    if unit in _SCALED and number:
        step = min(max(int(math.log10(abs(number)) // 3), 0), len(_SCALED[unit]) - 1)
        return f"{rounded(number / 1000.0**step, digits)} {_SCALED[unit][step]}"
    return f"{rounded(number, digits)} {'' if unit == '1' else unit}".rstrip()


def said(name: str) -> str:
    """A name of a measure, fact or model as words.

    >>> said("ubm_undercut.adhesion")
    'ubm undercut: adhesion'
    """
    return name.replace("_", " ").replace(".", ": ", 1)


def said_property(name: str, owner: str) -> str:
    """A property's name as words, without its owner, which stands beside it.

    >>> said_property("current_efficiency of Sn3.5Ag", "Sn3.5Ag")
    'current efficiency'
    """
    return name.removesuffix(f" of {owner}").replace("_", " ")


def settings_rows(settings: Any) -> list[tuple[str, str]]:
    """Settings of a step, as a recipe writes them: (name, text with unit)."""
    return [(name.replace("_", " "), as_text(value)) for name, value in texts_of(settings).items()]


def as_text(value: Any) -> str:
    """A setting's text; nested groups in one line.

    >>> as_text({"kind": "aligner", "gap": "20 um"})
    'kind: aligner, gap: 20 um'
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')}: {as_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(f"({as_text(item)})" if isinstance(item, Mapping | list | tuple) else as_text(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def done(record: Mapping[str, Any]) -> list[str]:
    """What a step did, from its record, as sentences without a full stop; what has no sentence of its own is listed as it stands."""
    sentences = []
    for key, value in record.items():
        if value is None or value is False or (isinstance(value, list | tuple | dict | str) and not value):
            continue
        if key in _SENTENCES and isinstance(value, Mapping):
            sentence = _SENTENCES[key](value)
        elif key in _OF_NAMES:
            sentence = _OF_NAMES[key].format(listed(value) if isinstance(value, list | tuple) else value)
        else:
            sentence = said(key) if value is True else f"{said(key)}: {as_text(value)}"
        sentences += [sentence] if sentence else []
    return sentences


def _opened(found: Mapping[str, Any]) -> str:
    return "; ".join(_one_opening(name, one) for name, one in found.items())


def _one_opening(name: str, one: Any) -> str:
    if not isinstance(one, Mapping) or "radius" not in one:
        return f"opened {name}"
    text = f"opened {name} to {shown(2 * one['radius'], 'length')}" if one["radius"] > 0 else f"{name} has no opening"
    if "threshold" in one:
        text += f" at its {one.get('tone') or ''} threshold of {shown(one['threshold'], 'dose')}".replace("  ", " ")
    elif one.get("sensitivity"):
        what = "half of it stays" if one.get("tone") == "negative" else "it clears"
        text += f" (alone, {what} at {shown(one['sensitivity'], 'dose')})"
    return text


def _freed(part: Mapping[str, Any]) -> str:
    held = "held on one side" if part["held"] == "cantilever" else "held on sides that face one another"
    sizes = f"{shown(part['area'], 'area')}, {shown(part['reach'], 'length')} long, {held}"
    return f"frees a part of {listed(part['regions'])} ({sizes}) over a gap of {shown(part['gap'], 'length')}"


def _composition(parts: Mapping[str, float]) -> str:
    return "composition by mass: " + ", ".join(
        f"{rounded(100 * share, 3)} % {element}" for element, share in sorted(parts.items(), key=lambda p: -p[1])
    )


def _by_name(found: Mapping[str, float], what: str, dimension: str) -> str:
    return f"{what} ".lstrip() + ", ".join(f"{name} {shown(value, dimension)}" for name, value in found.items())


# record key -> sentence about the names it lists; "" for what measures or other sentences say already
_OF_NAMES = {
    "created": "made {}",
    "on": "on {}",
    "exposes": "leaves {} exposed",
    "exposed": "light went into {}",
    "attacked": "took from {}",
    "etched": "etched {}",
    "removed": "{} gone",
    "left": "{} partly left",
    "patterned": "{} now ends inside the cell",
    "seed": "current enters through {}",
    "melted": "melted {}",
    "solid": "{} stayed solid",
    "fused": "fused {}",
    "wetted": "wetted {}",
    "residues": "left {} behind",
    "masks_in_place": "with {} in place",
    "method": "by {}",
    "width": "image width {}",
    "image": "{}",
    "skin": "with a skin of {}",
    "into_flux": "into {}",
    "cured": "cured {}",
    "regime": "the drop is {}",
    "mushroomed": "grew over the mask's rim",
    "mask": "through mask {}",
    "form": "as {}",
    "kind": "{}",
    "joins": "joins the landing pad to {}",
    "released": "{} eaten from its windows inwards",
    "touched": "",
    "taken_as_untouched": "taken as untouched by the etchant: {}",
    "dried": "dried: {}",
    "removes": "",
    "time": "",
    "one_developer": "",
    "peak": "",
    "began": "the solder began {}",
    "could_also_stand": "it could also stand {}",
    "liquid_at_peak": "",
    "liquid": "",
    "stand_off": "",
    "corner_gap": "",
    "largest_gap": "",
    "pad_defined_by": "the board's pad ends at its {}",
    "joined": "joins {}",
    "molten_volume": "",
    "molten_height": "",
    "body": "",
}
_SENTENCES = {
    "opened": _opened,
    "composition": _composition,
    "freed": _freed,
    "islands": lambda found: "; ".join(f"{name}: {len(sizes)} pieces left" for name, sizes in found.items() if sizes),
    "unreached": lambda found: "; ".join(f"{len(sizes)} pieces of {name} no window reaches" for name, sizes in found.items() if sizes),
    "undercut": lambda found: _by_name(found, "undercut", "length"),
    "flows_above": lambda found: "flows above: " + _by_name(found, "", "temperature"),
    "melting_by": lambda found: "how it melts: " + ", ".join(dict.fromkeys(str(source) for source in found.values())),
    "dissolved": lambda found: "dissolved " + ", ".join(f"{100 * part:.3g} % of {name}" for name, part in found.items()),
}
