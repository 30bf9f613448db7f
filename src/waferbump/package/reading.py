"""A package as a file: YAML with a version, fields with units; errors name file, line and field as a recipe's do."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ..materials import library
from ..materials.properties import QUANTITIES
from ..physics.temperature_cycles import Cycle, TemperatureCycleError, cycle
from ..physics.temperature_cycles import names as cycle_names
from ..recipe import Problem, RecipeError, flow_names
from ..recipe.problems import nearest, quoted
from ..recipe.quantities import IDENTIFIER
from ..recipe.reading import text_of, tree_of
from ..recipe.tree import Node
from ..units import UnitError, expected, parse
from .vehicle import SOLIDUS, WIRE, BoardSide, Die, Joints, Vehicle

FIELDS = ("package", "name", "title", "structure", "set", "structures", "die", "pitch", "board", "paste", "cycle", "stress_free",
          "target_cycles", "materials", "underfill", "interfaces")  # fmt: skip
REFERENCE = "reference-vehicle"
_COLDEST, _HOTTEST = 173.15, 623.15  # K; between which a package of solder and polymer may be free of stress (our choice)
# how a property is written: its SI unit in the library -> the dimension of the text, or example and factors of units that only occur here
_DIMENSIONS = {"Pa": "pressure", "1": "fraction", "K": "temperature"}
_OWN_UNITS = {"1/K": ("an expansion", "28 ppm/K", {"ppm/K": 1e-6, "1/K": 1.0}), "1/s": ("a rate", "3501 1/s", {"1/s": 1.0})}
_UNDERFILL = ("young_modulus", "poisson_ratio", "thermal_expansion")
# what the laws of a package read (`constitution`): any other property would be stated in vain
_STATED = tuple(n for n in QUANTITIES if n.startswith("anand_")) + _UNDERFILL + (
    "young_modulus_through", "poisson_ratio_through", "shear_modulus_in_plane", "shear_modulus_through", "thermal_expansion_through",
    "plastic_yield_stress", "kinematic_hardening", "fracture_strain",
)  # fmt: skip
_LONGEST = 60  # characters of a quantity; a longer text is a slip of the pen and is not shown in full


def vehicle_names() -> tuple[str, ...]:
    """Names of the built-in packages, in order."""
    place = files("waferbump").joinpath("package/vehicles")
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in place.iterdir() if entry.name.endswith(".yaml")))


def is_package(where: str) -> bool:
    """Whether a name or a file is a package and no recipe: a built-in one's name, or a file that begins with `package: 1`."""
    if where in vehicle_names():
        return True
    path = Path(where)
    if where in flow_names() or not path.is_file():
        return False
    tree = tree_of(text_of(path, where), where)
    return tree.is_mapping and "package" in tree.value


def read_vehicle(where: str = REFERENCE) -> Vehicle:
    """A package from a file or a built-in one; what it leaves out is the reference vehicle's. RecipeError, one line a thing to mend."""
    base = _tree(files("waferbump").joinpath(f"package/vehicles/{REFERENCE}.yaml").read_text(encoding="utf-8"), f"{REFERENCE}.yaml")
    folder = ""
    if where in vehicle_names():
        tree = _tree(files("waferbump").joinpath(f"package/vehicles/{where}.yaml").read_text(encoding="utf-8"), f"{where}.yaml")
    else:
        path = Path(where)
        if not path.exists():
            raise RecipeError(Problem("", None, "", f"there is no package or file {quoted(where)}; {nearest(where, vehicle_names())}"))
        tree, folder = _tree(text_of(path, where), where), str(path.parent)
    return _Reader(tree, base).vehicle(folder)


def _tree(text: str, file: str) -> Node:
    tree = tree_of(text, file)
    if not tree.is_mapping:
        raise RecipeError(tree.problem(f"expected a package (fields such as package, name, die, board), not {quoted(tree.value)}"))
    version = tree.value.get("package")
    if version is None:
        hint = (
            "this is a recipe: `waferbump cycle` takes it as it is" if "waferbump" in tree.value else "a package starts with `package: 1`"
        )
        raise RecipeError(Problem(tree.file, tree.line or None, "package", f"is missing; {hint}"))
    if version.value != 1 or isinstance(version.value, bool):
        raise RecipeError(version.problem(f"expected 1 (the version of the package language), not {quoted(version.value)}"))
    return tree


class _Reader:
    """Reads the fields of one package over those of the reference vehicle and notes what is wrong."""

    def __init__(self, tree: Node, base: Node) -> None:
        self.tree, self.base, self.problems = tree, base, []
        for name, node in tree.value.items():
            if name not in FIELDS:
                self.problems.append(node.problem(f"unknown field; {nearest(name, FIELDS)}"))

    def vehicle(self, folder: str) -> Vehicle:
        die = self.group("die", ("thickness", "edge", "edges"))
        board = self.group("board", tuple(BoardSide.__dataclass_fields__))
        paste = self.group("paste", ("volume", "metal_fraction"))
        joints = self.group("interfaces", ("fracture_energy", "strength", "weak"))
        lengths = {
            name: self.number(board[name], "length", least=0.0 if name == "mask_thickness" else None)
            for name in board if name != "material"
        }  # fmt: skip
        metal = self.number(paste["volume"], "volume", least=0.0) * self.number(paste["metal_fraction"], "fraction", least=0.0, most=1.0)
        pitch = self.number(self.field("pitch"), "length")
        if not self.problems and metal > pitch**3:
            given = quoted(paste["volume"].value)
            self.problems.append(paste["volume"].problem(f"expected less than a cell holds, the pitch cubed, not {given}"))
        sound = len(self.problems)
        weak = self.several(joints["weak"], "fracture_energy")
        if len(self.problems) == sound and (len(weak) != 2 or weak[0] >= weak[1]):
            self.problems.append(joints["weak"].problem('expected two energies, lowest first, e.g. ["0.5 J/m^2", "50 J/m^2"]'))
        made = dict(
            name=self.text("name"), title=self.title(), structure=self.structure(), changes=self.changes(),
            structures=self.structures(), pitch=pitch, paste_metal=metal,
            die=Die(self.number(die["thickness"], "length"), self.number(die["edge"], "length"), self.several(die["edges"], "length")),
            cycle=self.cycle(self.field("cycle")), stress_free=self.stress_free(self.field("stress_free")),
            target=self.count(self.field("target_cycles")), materials=self.materials(), underfill=self.underfill(), folder=folder,
        )  # fmt: skip
        made["joints"] = Joints(
            self.number(joints["fracture_energy"], "fracture_energy"), self.number(joints["strength"], "pressure"), weak
        )
        made["board"] = BoardSide(material=self.material(board["material"], board["material"].value), **lengths)
        if self.problems:
            raise RecipeError(self.problems)
        return Vehicle(**made)

    def field(self, name: str) -> Node:
        node = self.tree.value.get(name)
        return self.base.value[name] if node is None or node.is_null else node

    def group(self, name: str, known: tuple[str, ...]) -> dict[str, Node]:
        given, under = self.field(name), self.base.value[name].value
        if not given.is_mapping:
            self.problems.append(given.problem(f"expected fields such as {', '.join(known[:3])}, not {quoted(given.value)}"))
            return dict(under)
        for key, node in given.value.items():
            if key not in known:
                self.problems.append(node.problem(f"unknown field; {nearest(key, known)}"))
        return {**under, **{key: node for key, node in given.value.items() if key in known and not node.is_null}}

    def number(self, node: Node, dimension: str, *, least: float | None = None, most: float | None = None) -> float:
        """A quantity; above zero where no least is named."""
        if not isinstance(node.value, str | int | float) or isinstance(node.value, bool) or len(str(node.value)) > _LONGEST:
            self.problems.append(node.problem(f"expected {expected(dimension)}, not {quoted(node.value)}"))
            return 1.0
        try:
            found = parse(str(node.value), dimension)
        except UnitError as problem:
            self.problems.append(node.problem(str(problem)))
            return 1.0
        if found < least if least is not None else found <= 0.0:
            self.problems.append(node.problem(f"expected {'at least 0' if least == 0.0 else 'more than 0'}, not {quoted(node.value)}"))
            return 1.0
        if most is not None and found > most:
            self.problems.append(node.problem(f"expected {most:g} at most, not {quoted(node.value)}"))
        return found

    def several(self, node: Node, dimension: str) -> tuple[float, ...]:
        if not node.is_sequence or not node.value:
            self.problems.append(node.problem(f"expected a list such as [{expected(dimension)}]"))
            return (1.0,)
        return tuple(self.number(one, dimension) for one in node.value)

    def text(self, name: str) -> str:
        node = self.field(name)
        if not isinstance(node.value, str) or not node.value.strip() or len(node.value) > 2000:
            self.problems.append(node.problem(f"expected text, not {quoted(node.value)}"))
            return ""
        if name == "name" and not IDENTIFIER.fullmatch(node.value):
            self.problems.append(node.problem(f"a name is letters, digits, - and _ (64 at most), not {quoted(node.value)}"))
        return node.value.strip()

    def title(self) -> str:
        """Its own; a package that gives none is called by its name, for the reference vehicle's would say what is not so."""
        return self.text("title") if self.tree.value.get("title") is not None else self.text("name")

    def count(self, node: Node) -> float:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float) or not 1 <= node.value <= 1e9:
            self.problems.append(node.problem(f"expected a number of cycles from 1, e.g. 1000, not {quoted(node.value)}"))
            return 1.0
        return float(node.value)

    def changes(self) -> tuple[tuple[str, Node], ...]:
        node = self.tree.value.get("set")
        if node is None or node.is_null:
            return ()
        if not node.is_mapping:
            self.problems.append(node.problem("expected changes by path, e.g. {steps.release.rate: 1 um/min}"))
            return ()
        return tuple(node.value.items())

    def structures(self) -> dict[str, str]:
        node, found = self.field("structures"), {}
        if not node.is_mapping or not node.value:
            self.problems.append(node.problem("expected flows by label, e.g. {P0: plain-bump}"))
            return {}
        for label, flow in node.value.items():
            found[label] = self.flow(flow, (WIRE,))
        return found

    def structure(self) -> str:
        return self.flow(self.field("structure")) if self.text("structure") else ""

    def flow(self, node: Node, more: tuple[str, ...] = ()) -> str:
        """A built-in flow, a recipe's file, or one of a few more names."""
        if not isinstance(node.value, str):
            self.problems.append(node.problem(f"expected a flow or a recipe's file, not {quoted(node.value)}"))
        elif node.value not in (*flow_names(), *more) and not node.value.endswith((".yaml", ".yml")):
            hint = nearest(node.value, (*flow_names(), *more), what="flows")
            self.problems.append(node.problem(f"there is no flow {quoted(node.value)}; {hint}"))
        return str(node.value).strip()

    def cycle(self, node: Node) -> Cycle:
        if node.is_mapping:
            return self.own_cycle(node)
        if isinstance(node.value, str):
            try:
                return cycle(node.value)
            except TemperatureCycleError:
                hint = nearest(node.value, cycle_names(), what="cycles")
                self.problems.append(node.problem(f"no temperature cycle is called {quoted(node.value)}; {hint}"))
        else:
            self.problems.append(node.problem(f"expected the name of a temperature cycle or its numbers, not {quoted(node.value)}"))
        return cycle(str(self.base.value["cycle"].value))

    def own_cycle(self, node: Node) -> Cycle:
        known: dict[str, str] = {"low": "temperature", "high": "temperature", "ramp": "time", "dwell": "time"}
        for key, one in node.value.items():
            if key not in known:
                self.problems.append(one.problem(f"unknown field; {nearest(key, known)}"))
        if missing := [key for key in known if key not in node.value]:
            self.problems.append(
                node.problem(f"{missing[0]} is missing; e.g. {{low: -40 degC, high: 125 degC, ramp: 15 min, dwell: 15 min}}")
            )
            return cycle(str(self.base.value["cycle"].value))
        sound = len(self.problems)
        low, high, ramp, dwell = (self.number(node.value[key], dimension) for key, dimension in known.items())
        if low >= high:
            if len(self.problems) == sound:
                self.problems.append(node.problem("the low temperature is not below the high one"))
            high = low + 1.0
        return Cycle(low, high, ramp, ramp, dwell, dwell, "as the package states it")

    def stress_free(self, node: Node) -> float | None:
        if node.value == SOLIDUS:
            return None
        sound = len(self.problems)
        found = self.number(node, "temperature")
        if len(self.problems) == sound and not _COLDEST <= found <= _HOTTEST:
            low, high = _COLDEST - 273.15, _HOTTEST - 273.15
            self.problems.append(node.problem(f"expected {low:.0f} to {high:.0f} degC, not {quoted(node.value)}"))
        return found

    def materials(self) -> dict[str, dict[str, float]]:
        node = self.field("materials")
        if not node.is_mapping:
            self.problems.append(node.problem("expected properties by material, e.g. {silicone: {young_modulus: 10 MPa}}"))
            return {}
        found = {name: self.properties(one, _STATED) for name, one in self.base.value["materials"].value.items()}
        for name, one in node.value.items():
            found[self.material(one, name)] = {**found.get(name, {}), **self.properties(one, _STATED)}
        return found

    def material(self, node: Node, name: object) -> str:
        """The name of a material of the library, written at a node."""
        if not isinstance(name, str):
            self.problems.append(node.problem(f"expected the name of a material, not {quoted(name)}"))
        elif name not in library():
            self.problems.append(node.problem(f"there is no material {quoted(name)}; {nearest(name, library(), what='materials')}"))
        return str(name)

    def underfill(self) -> dict[str, float]:
        found = self.properties(self.field("underfill"), _UNDERFILL)
        return {**self.properties(self.base.value["underfill"], _UNDERFILL), **found}

    def properties(self, node: Node, known: tuple[str, ...]) -> dict[str, float]:
        if not node.is_mapping:
            self.problems.append(node.problem(f"expected properties such as {known[0]}, not {quoted(node.value)}"))
            return {}
        found = {}
        for name, one in node.value.items():
            if name not in known:
                self.problems.append(one.problem(f"unknown property; {nearest(name, known)}"))
                continue
            quantity, sound = QUANTITIES[name], len(self.problems)
            found[name] = self.property(one, quantity.unit)
            if len(self.problems) == sound and not quantity.low <= found[name] <= quantity.high:
                between = f"{quantity.low:g} and {quantity.high:g} {'' if quantity.unit == '1' else quantity.unit}".rstrip()
                self.problems.append(one.problem(f"{name} lies between {between}, not {found[name]:g}"))
        return found

    def property(self, node: Node, unit: str) -> float:
        if unit in _DIMENSIONS:
            return self.number(node, _DIMENSIONS[unit], least=0.0)
        what, example, factors = _OWN_UNITS[unit]
        text = str(node.value).split()
        if len(text) == 2 and text[1] in factors and _is_number(text[0]):
            return float(text[0]) * factors[text[1]]
        self.problems.append(node.problem(f'expected {what} such as "{example}", not {quoted(node.value)}'))
        return 0.0


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
