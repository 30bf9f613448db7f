"""Public physics is documented as a correlation is: what, equation, and a unit for every parameter."""

import ast
import re
from pathlib import Path

import pytest

PHYSICS = Path(__file__).parents[2] / "src" / "waferbump" / "physics"


def public_functions():
    for path in sorted(PHYSICS.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield pytest.param(path, node, id=f"{path.stem}.{node.name}")


# quantities that are words, counts, functions, pure numbers or values of a kind of their own carry no unit in brackets
WITHOUT_UNIT = {
    "cut",
    "developed_resists",
    "image",
    "light",
    "line",
    "mask",
    "resists",
    "round",
    "surface",
    "tone",
    "samples",
    "dose",
    "composition",
    "electrons",
    "parts",
    "exponent",
    "numerical_aperture",
    "efficiency",
    "metal_mass_fraction",
}


@pytest.mark.parametrize(("path", "function"), list(public_functions()))
def test_parameters_carry_units(path, function):
    text = ast.get_docstring(function) or ""
    assert re.match(r"[A-Z][^\n]+\.\n", text + "\n"), "the first line is one sentence"
    names = [a.arg for a in (*function.args.args, *function.args.kwonlyargs)]
    for name in names:
        line = next((ln for ln in text.splitlines() if re.match(rf"\s*[\w, ]*\b{name}\b[\w, ]* :", ln)), None)
        assert line is not None, f"{name} is not described"
        if name not in WITHOUT_UNIT:
            assert re.search(r"\[[^\]]+\]", line), f"{name} has no [unit]: {line.strip()}"
