"""The constants of the life models, from their data file, with their sources; those of copper lines from the properties of the metal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from ..materials import Material
from ..materials.material import nearest
from ..physics.fatigue import Basis, Darveaux, FatigueError, LifeModel, PowerLaw
from ..physics.fatigue_statistics import NorrisLandzberg
from ..physics.fatigue_strain import CopperFoil, Engelmaier, StrainLife
from ..sources import SourceError, Value, bibliography, read_plain_yaml

_FILE = "life_models.yaml"
# constants of each form and their units
FORMS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "darveaux": {
            "initiation_coefficient": "1", "initiation_exponent": "1", "growth_coefficient": "m", "growth_exponent": "1",
            "reference_energy": "J/m^3",
        },
        "power_law": {"coefficient": "1", "exponent": "1", "reference": "J/m^3"},
        "engelmaier": {
            "fatigue_ductility": "1", "exponent": "1", "temperature_coefficient": "1/K", "dwell_coefficient": "1", "dwell_reference": "s",
        },
        "norris_landzberg": {"range_exponent": "1", "frequency_exponent": "1", "activation_temperature": "K"},
        "weibull_shape": {"shape": "1"},
    }
)  # fmt: skip
_MODELS = MappingProxyType({"darveaux": Darveaux, "power_law": PowerLaw, "engelmaier": Engelmaier})
_FIELDS = frozenset(
    {"title", "form", "materials", "basis", "statistic", "accuracy", "source", "kind", "where", "note", "caution", "driven_by", "constants",
     "valid"}
)  # fmt: skip
# The copper relation states no accuracy of its own; films of other platings differ from its barrel copper by about this much (our choice).
COPPER_ACCURACY = 3.0


@dataclass(frozen=True)
class LifeData:
    """One set of constants: the model made of them, the solders that it is for, and each constant with its source."""

    name: str
    title: str
    form: str
    materials: tuple[str, ...]
    model: LifeModel | NorrisLandzberg | None
    values: Mapping[str, Value]
    note: str = ""


def life_data(name: str) -> LifeData:
    """A set of constants by name; FatigueError with the nearest names if there is none."""
    known = all_life_data()
    if name not in known:
        raise FatigueError(f"no life model {name!r}{nearest(name, known)}")
    return known[name]


def life_models(material: str, form: str | None = None) -> tuple[LifeData, ...]:
    """All sets of constants for a solder by its name in the library, of every form or of one."""
    return tuple(data for data in all_life_data().values() if material in data.materials and form in (None, data.form))


def weibull_shape() -> Value:
    """The Weibull shape beta [1] of joints that is taken where none is given."""
    return life_data("weibull-joints").values["shape"]


@cache
def all_life_data() -> Mapping[str, LifeData]:
    """All sets of constants by name, from the data file.

    Raises
    ------
    SourceError : file, line and field of what is wrong in the file.
    """
    text = files("waferbump").joinpath("package", "data", _FILE).read_text(encoding="utf-8")
    entries, lines = read_plain_yaml(text, _FILE)
    return MappingProxyType({name: _read(name, entry, lines[(name,)]) for name, entry in entries.items()})


def _read(name: str, entry: dict, line: int) -> LifeData:
    place = f"{_FILE}:{line}: {name}"
    unknown = set(entry) - _FIELDS
    if unknown:
        raise SourceError(f"{place}: {sorted(unknown)[0]} is no field here")
    units = FORMS.get(entry.get("form", ""))
    if units is None:
        raise SourceError(f"{place}: the form is one of {', '.join(FORMS)}")
    constants = entry.get("constants", {})
    if set(constants) != set(units):
        raise SourceError(f"{place}: the constants of {entry['form']} are {', '.join(units)}")
    if entry.get("source") not in bibliography():
        raise SourceError(f"{place}: {entry.get('source')!r} is not in the bibliography")
    if entry.get("kind") == "assumed" and not entry.get("note"):
        raise SourceError(f"{place}: an assumed set gives its reasoning in a note")
    driven_by = entry.get("driven_by", "")
    values = {
        constant: Value(
            name=f"{constant.replace('_', ' ')} of {name}",
            number=float(number),
            unit="1" if constant == "reference" and driven_by != "energy" else units[constant],
            source=entry["source"],
            kind=entry.get("kind", ""),
            where=entry.get("where", ""),
            note=entry.get("note", ""),
        )
        for constant, number in constants.items()
    }
    try:
        model = _model(name, entry, {constant: value.number for constant, value in values.items()})
    except (FatigueError, TypeError, KeyError) as problem:
        raise SourceError(f"{place}: {problem}") from None
    return LifeData(
        name, entry["title"], entry["form"], tuple(entry.get("materials", ())), model, MappingProxyType(values), entry.get("note", "")
    )


def _model(name: str, entry: dict, numbers: dict[str, float]) -> LifeModel | NorrisLandzberg | None:
    form = entry["form"]
    if form == "weibull_shape":
        return None
    if form == "norris_landzberg":
        return NorrisLandzberg(name=name, source=entry["source"], **numbers)
    basis = Basis(**{"layer_thickness": None, **entry["basis"]})
    more = {"driven_by": entry["driven_by"]} if form == "power_law" else {}
    return _MODELS[form](
        name=name,
        basis=basis,
        source=entry["source"],
        accuracy=float(entry["accuracy"]),
        statistic=entry["statistic"],
        caution=entry.get("caution", ""),
        valid=tuple(float(end) for end in entry["valid"]) if "valid" in entry else None,
        **numbers,
        **more,
    )


def copper_foil(material: Material, variant: str | None = None) -> CopperFoil:
    """The fatigue relation of plated copper with the fracture strain, tensile strength and Young's modulus of one variant of a metal.

    Parameters
    ----------
    material : the metal, such as the library's Cu
    variant : of its properties; without it, that of its fracture strain, so that the three numbers are one set

    Raises
    ------
    MaterialError : one of the three is not known of that variant.
    """
    variant = variant or material.properties["fracture_strain"].default if material.has("fracture_strain") else variant
    ductility = material.value("fracture_strain", variant=variant)
    return CopperFoil(
        name=f"{material.name}, {variant}",
        basis=Basis(None),
        source=ductility.source,
        accuracy=COPPER_ACCURACY,
        statistic="mean",
        fracture_strain=ductility.number,
        tensile_strength=material.number("tensile_strength", variant=variant),
        young_modulus=material.number("young_modulus", variant=variant),
    )


def coffin_manson(material: Material, variant: str | None = None) -> StrainLife:
    """Coffin-Manson of a metal from its fatigue ductility and exponent, driven by the plastic strain range.

    Parameters
    ----------
    material : the metal, such as the library's Cu
    variant : of its fatigue exponent; the coefficient is of that variant where there is one, else the default's

    Raises
    ------
    MaterialError : the metal has no fatigue ductility or no such exponent.
    """
    exponent = material.value("fatigue_ductility_exponent", variant=variant)
    own = variant if material.has("fatigue_ductility", variant) else None
    caution = "" if own == variant else f"exponent of {variant} with the coefficient of {material.properties['fatigue_ductility'].default}"
    return StrainLife(
        name=f"Coffin-Manson of {material.name}",
        basis=Basis(None),
        source=exponent.source,
        accuracy=COPPER_ACCURACY,
        statistic="mean",
        caution=caution,
        fatigue_ductility=material.number("fatigue_ductility", variant=own),
        ductility_exponent=exponent.number,
    )
