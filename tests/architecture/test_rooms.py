"""The house's rules, read off the code itself: one direction of imports, thin doors, files of a size to read."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "waferbump"

# Each room may import only rooms above it. The living copy, with reasons, is docs/architecture.md.
ROOMS = (
    "units", "sources", "physics", "materials", "geometry", "layout", "recipe", "state", "steps", "bookkeeping", "measures", "results",
    "design_charts", "lithography_charts", "line", "archive", "line_layout", "flows_list", "explore", "package", "claims", "views",
    "demonstration", "terminal", "cli_package", "cli",
)  # fmt: skip

# The one way round, kept in sight: Run.load is the door to the archive, which is made of Runs; it is imported inside the function.
DEFERRED = {"results": {"archive"}}


def room_of(path: Path) -> str:
    relative = path.relative_to(SOURCE)
    return relative.parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return [p for p in sorted(SOURCE.rglob("*.py")) if p != SOURCE / "__init__.py"]


def imported_rooms(path: Path) -> set[str]:
    """Rooms that a module imports at run time (imports for type checkers alone do not count)."""
    package = ["waferbump", *path.relative_to(SOURCE).parts[:-1]]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    rooms = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            full = [*base, *(node.module or "").split(".")] if node.module else base
            if full[:1] == ["waferbump"]:
                rooms |= (
                    {full[1]}
                    if len(full) > 1
                    else {alias.name for alias in node.names if (SOURCE / f"{alias.name}.py").exists() or (SOURCE / alias.name).is_dir()}
                )
        elif isinstance(node, ast.Import):
            rooms |= {a.name.split(".")[1] for a in node.names if a.name.startswith("waferbump.")}
    return rooms


def test_every_module_belongs_to_a_room():
    assert {room_of(p) for p in modules()} - {"flows"} <= set(ROOMS)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_one_way(path):
    room = room_of(path)
    if room == "flows":
        assert not imported_rooms(path)
        return
    allowed = set(ROOMS[: ROOMS.index(room) + 1]) | DEFERRED.get(room, set())
    assert imported_rooms(path) <= allowed, f"{room} imports rooms below it: {imported_rooms(path) - allowed}"


def test_results_defer_the_archive_that_reads_them():
    # results.Run.load imports the archive inside the function: the one way round, kept in sight here
    text = (SOURCE / "results.py").read_text(encoding="utf-8")
    assert text.count("from .archive import") == 1 and "def load" in text


@pytest.mark.parametrize("path", [p for p in SOURCE.rglob("*.py")], ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_are_of_a_size_to_read(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= (40 if path.name == "__init__.py" else 400), f"{path.name} has {lines} lines"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_nothing_mutable_at_module_level(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        for target in targets:
            if isinstance(node.value, ast.List | ast.Set | ast.ListComp | ast.SetComp) and getattr(target, "id", "") != "__all__":
                pytest.fail(f"{path.name}:{node.lineno}: {ast.unparse(target)} is mutable")


def test_physics_knows_no_material_and_no_recipe():
    for path in (SOURCE / "physics").rglob("*.py"):
        assert imported_rooms(path) <= {"physics"}
