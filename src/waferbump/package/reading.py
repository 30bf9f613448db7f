"""A package as a file: YAML with a version, fields with units; errors name file, line and field as a recipe's do."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ..materials.properties import QUANTITIES
from ..physics.temperature_cycles import Cycle, TemperatureCycleError, cycle
from ..recipe import Problem, RecipeError, flow_names
from ..recipe.problems import nearest, quoted
from ..recipe.reading import text_of, tree_of
from ..recipe.tree import Node
from ..units import UnitError, expected, parse
from .vehicle import SOLIDUS, WIRE, BoardSide, Die, Joints, Vehicle

FIELDS = ("package", "name", "title", "structure", "set", "structures", "die", "pitch", "board", "paste", "cycle", "stress_free",
          "target_cycles", "materials", "underfill", "interfaces")  # fmt: skip
REFERENCE = "reference-vehicle"
# how a property is written: its SI unit in the library -> the dimension of the text, or a factor for units that only occur here
_DIMENSIONS = {"Pa": "pressure", "1": "fraction", "m": "length", "K": "temperature", "J/m^2": "fracture_energy"}
_EXPANSION = {"ppm/K": 1e-6, "1/K": 1.0}
_UNDERFILL = ("young_modulus", "poisson_ratio", "thermal_expansion")


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
        lengths = {name: self.number(board[name], "length") for name in board if name != "material"}
        metal = self.number(paste["volume"], "volume", least=0.0) * self.number(paste["metal_fraction"], "fraction", least=0.0, most=1.0)
        weak = self.several(joints["weak"], "fracture_energy")
        if len(weak) != 2 or weak[0] >= weak[1]:
            self.problems.append(joints["weak"].problem('expected two energies, lowest first, e.g. ["0.5 J/m^2", "50 J/m^2"]'))
        made = dict(
            name=self.text("name"), title=self.text("title"), structure=self.text("structure"), changes=self.changes(),
            structures=self.structures(), pitch=self.number(self.field("pitch"), "length"), paste_metal=metal,
            die=Die(self.number(die["thickness"], "length"), self.number(die["edge"], "length"), self.several(die["edges"], "length")),
            cycle=self.cycle(self.field("cycle")), stress_free=self.stress_free(self.field("stress_free")),
            target=self.count(self.field("target_cycles")), materials=self.materials(), underfill=self.underfill(), folder=folder,
        )  # fmt: skip
        made["joints"] = Joints(
            self.number(joints["fracture_energy"], "fracture_energy"), self.number(joints["strength"], "pressure"), weak
        )
        made["board"] = BoardSide(material=str(board["material"].value), **lengths)
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
        return node.value.strip()

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
            known = isinstance(flow.value, str) and (
                flow.value in flow_names() or flow.value == WIRE or flow.value.endswith((".yaml", ".yml"))
            )
            if not known:
                hint = nearest(str(flow.value), (*flow_names(), WIRE), what="flows")
                self.problems.append(flow.problem(f"there is no flow {quoted(flow.value)}; {hint}"))
            found[label] = str(flow.value)
        return found

    def cycle(self, node: Node) -> Cycle:
        if node.is_mapping:
            return self.own_cycle(node)
        try:
            return cycle(str(node.value))
        except TemperatureCycleError as problem:
            self.problems.append(node.problem(str(problem)))
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
        low, high, ramp, dwell = (self.number(node.value[key], dimension) for key, dimension in known.items())
        if low >= high:
            self.problems.append(node.problem("the low temperature is not below the high one"))
            high = low + 1.0
        return Cycle(low, high, ramp, ramp, dwell, dwell, "as the package states it")

    def stress_free(self, node: Node) -> float | None:
        return None if node.value == SOLIDUS else self.number(node, "temperature")

    def materials(self) -> dict[str, dict[str, float]]:
        node = self.field("materials")
        if not node.is_mapping:
            self.problems.append(node.problem("expected properties by material, e.g. {silicone: {young_modulus: 10 MPa}}"))
            return {}
        return {name: self.properties(one, tuple(QUANTITIES)) for name, one in node.value.items()}

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
            quantity = QUANTITIES[name]
            found[name] = self.property(one, quantity.unit)
            if not quantity.low <= found[name] <= quantity.high:
                self.problems.append(
                    one.problem(f"{name} lies between {quantity.low:g} and {quantity.high:g} {quantity.unit}, not {found[name]:g}")
                )
        return found

    def property(self, node: Node, unit: str) -> float:
        if unit == "1/K":
            text = str(node.value).split()
            if len(text) == 2 and text[1] in _EXPANSION and _is_number(text[0]):
                return float(text[0]) * _EXPANSION[text[1]]
            self.problems.append(node.problem(f'expected an expansion such as "28 ppm/K", not {quoted(node.value)}'))
            return 0.0
        if unit not in _DIMENSIONS:
            self.problems.append(node.problem(f"a property in {unit} cannot be stated here"))
            return 0.0
        return self.number(node, _DIMENSIONS[unit], least=0.0)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
