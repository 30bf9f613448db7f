"""What must fit together in a recipe: masks that steps name, materials that the library holds, ids, openings and the cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from waferbump import units
from waferbump.geometry.cut_line import followed, within_window
from waferbump.geometry.partition import GeometryError
from waferbump.geometry.plan import MaskShape, Plan, PlanError
from waferbump.recipe.attaching import Attach
from waferbump.recipe.expansion import Sheet
from waferbump.recipe.masks import Carrier, Cell, Layout, Mask, mask_shapes
from waferbump.recipe.problems import Problem, nearest, quoted
from waferbump.recipe.quantities import IDENTIFIER, ListOfWords, Words
from waferbump.recipe.tree import Node
from waferbump.recipe.verbs import FieldKind, fields_of
from waferbump.recipe.views import CutLine, Views

if TYPE_CHECKING:
    from waferbump.recipe.document import Recipe


@dataclass(frozen=True)
class Draft:
    """What could be read of a recipe that has problems, so that what does not fit together is reported with them."""

    sheet: Sheet
    cell: Cell | None
    carrier: Carrier | None
    layout: Layout | None
    views: Views | None
    masks: Mapping[str, Mask | None]
    steps: tuple[Any, ...]


@dataclass(frozen=True)
class _Mention:
    """A name that some setting mentions, and where."""

    rule: Words
    name: str
    node: Node


def problems_of(recipe: Recipe | Draft) -> list[Problem]:
    """All that does not fit together."""
    found: list[Problem] = []
    found += _id_problems(recipe)
    ids = [step.id for step in recipe.steps]
    for mention in _mentions(recipe):
        if mention.rule.role == "mask" and mention.name not in recipe.masks:
            hint = nearest(mention.name, recipe.masks, what="masks")
            found.append(mention.node.problem(f"there is no mask {quoted(mention.name)}; {hint}"))
        elif mention.rule.role == "material":
            found += _material_problems(mention)
        elif mention.rule.role == "body":
            found += _body_problems(mention, ids)
    return [*found, *_opening_problems(recipe), *_board_problems(recipe)]


def _board_problems(recipe: Recipe | Draft) -> list[Problem]:
    """Pads of a board that reach their neighbours."""
    found = []
    for step in recipe.steps:
        if recipe.cell is None or not isinstance(step.settings, Attach):
            continue
        for name in ("diameter", "mask_opening"):
            size = getattr(step.settings.pad, name)
            if size >= recipe.cell.pitch:
                sizes = f"{units.show(size, 'length')} is not smaller than the pitch of {units.show(recipe.cell.pitch, 'length')}"
                found.append(Problem(step.file, step.line, f"{step.place}.pad.{name}", f"{sizes}: pads of the board would touch"))
    return found


def _id_problems(recipe: Recipe | Draft) -> list[Problem]:
    found: list[Problem] = []
    seen: set[str] = set()
    for step in recipe.steps:
        if step.id in seen or not IDENTIFIER.fullmatch(step.id):
            why = "is given twice; ids are unique" if step.id in seen else "is no id: letters, digits, - and _ (64 at most)"
            found.append(Problem(step.file, step.line, step.place, f"the id {quoted(step.id)} {why}"))
        seen.add(step.id)
    return found


def _mentions(recipe: Recipe | Draft) -> Iterator[_Mention]:
    sheet = recipe.sheet
    if recipe.carrier is not None:
        yield from _in_group(Carrier, recipe.carrier, sheet.field("carrier"))
    for name, mask in recipe.masks.items():
        if mask is not None:
            yield from _in_group(Mask, mask, sheet.field("masks").value[name])
    if recipe.views is not None and recipe.views.cut is not None:
        yield from _in_group(CutLine, recipe.views.cut, _at(sheet.field("views"), "cut"))
    yield from _in_steps(recipe)


def _in_steps(recipe: Recipe | Draft) -> Iterator[_Mention]:
    for step, written in zip(recipe.steps, recipe.sheet.steps, strict=True):
        if step.settings is not None:
            yield from _in_group(type(step.settings), step.settings, written.node)


def _in_group(kind: type, group: Any, node: Node) -> Iterator[_Mention]:
    for name, field in fields_of(kind).items():
        value = getattr(group, name)
        if value is not None and value != ():
            yield from _in_field(field, value, _at(node, name))


def _in_field(field: FieldKind, value: Any, node: Node) -> Iterator[_Mention]:
    if field.group is not None:
        if field.many:
            for index, item in enumerate(value):
                yield from _in_group(field.group, item, _at(node, index))
        else:
            yield from _in_group(field.group, value, node)
    elif field.by_name and field.keys is not None:
        for name in value:
            yield _Mention(field.keys, name, _at(node, name))
    elif isinstance(field.rule, ListOfWords):
        for index, name in enumerate(value):
            yield _Mention(field.rule, name, _at(node, index))
    elif isinstance(field.rule, Words):
        yield _Mention(field.rule, value, node)


def _at(node: Node, part: str | int) -> Node:
    """The child node, or the node itself where the child is a default that was not written."""
    if node.is_mapping:
        return node.value.get(part, node)
    if node.is_sequence and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    return node


def _material_problems(mention: _Mention) -> list[Problem]:
    # imported late: only a recipe that names materials needs the library, and it reads a file when first asked for it
    from waferbump.materials import MaterialDataError, MaterialError, library

    wanted = mention.rule.classes
    try:
        if not wanted and mention.name in library():
            return []
        material = library()[mention.name]
    except (MaterialError, MaterialDataError) as error:
        return [mention.node.problem(str(error.args[0] if error.args else error))]
    if wanted and not material.classes & set(wanted):
        classes = ", ".join(sorted(material.classes)) or "nothing"
        return [mention.node.problem(f"{quoted(mention.name)} is {classes}; expected one of the class {' or '.join(wanted)}")]
    return []


def _body_problems(mention: _Mention, ids: list[str]) -> list[Problem]:
    from waferbump.materials import library

    if mention.name in ids or mention.name in library():
        return []
    hint = nearest(mention.name, (*ids, *library()), what="names")
    return [mention.node.problem(f"{quoted(mention.name)} is neither a material nor the id of a step; {hint}")]


def _opening_problems(recipe: Recipe | Draft) -> list[Problem]:
    """Masks that cannot be built, do not fit the cell, or are not concentric; those from a layout wait for it."""
    whole = {name: mask for name, mask in recipe.masks.items() if mask is not None}
    shapes, failed = mask_shapes(whole)
    found = [mask_problem(recipe, error) for name, error in failed.items() if not _follows_another(recipe, name)]
    if recipe.cell is None:
        return found
    tolerance = recipe.layout.tolerance if recipe.layout is not None else Layout().tolerance
    used = used_masks(recipe)
    if recipe.views is not None:
        return found + _plan_problems(recipe, {name: shape for name, shape in shapes.items() if name in used})
    for name, shape in shapes.items():
        try:
            plan = Plan(recipe.cell.pitch, {name: shape}, tolerance)
            if name in used:
                plan.radius_in_round_cell(name)
        except PlanError as error:
            found.append(mask_problem(recipe, error))
    return found


def _plan_problems(recipe: Recipe | Draft, shapes: Mapping[str, MaskShape]) -> list[Problem]:
    """Masks outside the plan's window, and a cut line that misses; what waits for a layout is judged with it."""
    found: list[Problem] = []
    waits = any(mask is not None and mask.layer is not None for mask in recipe.masks.values())
    if waits and recipe.views.window is None:
        return found
    window = window_of(recipe.views, recipe.cell)
    for name, shape in shapes.items():
        try:
            Plan(recipe.cell.pitch, {name: shape}, window=window)
        except PlanError as error:
            found.append(mask_problem(recipe, error))
    cut = recipe.views.cut
    if cut is None or (cut.layer is None and {cut.along, cut.start} - {None} <= shapes.keys()):
        try:
            line_of(recipe.views, shapes, window)
        except GeometryError as error:
            found.append(cut_problem(recipe, str(error)))
    return found


def window_of(views: Views, cell: Cell, seen: tuple[float, float, float, float] | None = None) -> tuple[float, float, float, float]:
    """The plan's window [m]: the recipe's, the layout's, or the square of the pitch."""
    half = cell.pitch / 2
    return tuple(views.window or seen or (-half, -half, half, half))


def line_of(
    views: Views, shapes: Mapping[str, MaskShape], window: tuple[float, float, float, float], seen: Any = None
) -> tuple[tuple[float, float], ...]:
    """The polyline of the planar cut inside the window [m]; GeometryError where it misses the window or the bump."""
    cut = views.cut
    if cut is None:
        points = ((window[0], 0.0), (window[2], 0.0))
    elif cut.layer is not None:
        if seen is None:
            raise GeometryError(f"the cut line comes from layer {cut.layer} of a layout; give one with --layout FILE")
        points = seen
    elif cut.line:
        points = cut.line
    else:
        points = followed(shapes[cut.along], shapes[cut.start], cut.before, cut.beyond)
    return within_window(points, window)


def cut_problem(recipe: Recipe | Draft, message: str) -> Problem:
    """What is wrong with the cut line as a problem at its place."""
    node = recipe.sheet.field("views")
    return Problem(_file(recipe), None, "views.cut", message) if node is None else _at(node, "cut").problem(message)


def _follows_another(recipe: Recipe | Draft, name: str) -> bool:
    """Whether a mask waits for a layout, or is `of` a mask with a problem of its own or of no name at all (reported there)."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        mask = recipe.masks.get(name)
        if mask is None or mask.layer is not None:
            return True
        if mask.of is None:
            return len(seen) > 1
        name = mask.of
    return False


def mask_problem(recipe: Recipe | Draft, error: PlanError) -> Problem:
    """A mask's refusal as a problem at the mask's line."""
    masks = recipe.sheet.field("masks")
    node = masks.value.get(error.mask) if masks is not None and masks.is_mapping else None
    if node is None:
        return Problem(_file(recipe), None, f"masks.{error.mask}", str(error))
    return node.problem(str(error))


def used_masks(recipe: Recipe | Draft) -> tuple[str, ...]:
    """Masks that a step names, in order of first use."""
    names = [mention.name for mention in _in_steps(recipe) if mention.rule.role == "mask"]
    return tuple(dict.fromkeys(names))


def warnings_of(recipe: Recipe) -> tuple[str, ...]:
    """What is allowed but worth a look."""
    used = {*used_masks(recipe), *(name for mask in recipe.masks.values() for name in (mask.of, *mask.union, *mask.minus) if name)}
    unused = [f"mask '{name}' is used by no step" for name in recipe.masks if name not in used]
    shapes, _ = mask_shapes(recipe.masks)
    if recipe.views is not None:
        return (*unused, *_cut_off(recipe, {name: shapes[name] for name in used_masks(recipe) if name in shapes}))
    plan = Plan(recipe.cell.pitch, {name: shape for name, shape in shapes.items() if name in used})
    return (*unused, *plan.approximations())


def _cut_off(recipe: Recipe, shapes: Mapping[str, MaskShape]) -> list[str]:
    """Sentences about masks that the plan's window cuts off; what a layout's window takes in of its neighbours is meant to be."""
    window = shapely.box(*window_of(recipe.views, recipe.cell))
    beyond = [name for name, s in shapes.items() if recipe.masks[name].layer is None and s.polygon.difference(window).area > 1e-15]
    whole = [name for name in beyond if not shapes[name].polygon.covers(window)]
    return [f"mask '{name}' is cut off at the edge of the plan's window: widen views.window to carry all of it" for name in whole]


def _file(recipe: Recipe | Draft) -> str:
    return next((node.file for node in recipe.sheet.fields.values()), "")
