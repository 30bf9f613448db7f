"""From what is written to a flat sheet: `extends` followed, parts put in place of their `use`, ids made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from waferbump.recipe import flows
from waferbump.recipe.problems import Problem, RecipeError, nearest, quoted
from waferbump.recipe.quantities import IDENTIFIER
from waferbump.recipe.tree import DEEPEST, MOST_NODES, Node
from waferbump.recipe.verbs import COMMON, VERBS, aliases_of

MOST_STEPS = 2000  # uses counted too, so that parts that only use each other end as well
DEEPEST_USE = 8
_PARAMETER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
REQUIRED = "required"


@dataclass(frozen=True)
class WrittenStep:
    """One step as written: its verb, and its settings still as nodes.

    node : the settings (a mapping), at the verb's line; `common` holds id, note and model
    prefix : id of the `use` it came through; part : name of the part
    """

    verb: str
    node: Node
    common: Mapping[str, Node] = field(default_factory=dict)
    id: str | None = None
    prefix: str = ""
    part: str = ""


@dataclass(frozen=True)
class Sheet:
    """A recipe as nodes after `extends` and `use`: top-level fields, steps, and the parts it may use."""

    fields: Mapping[str, Node]
    steps: tuple[WrittenStep, ...] = ()
    parts: Mapping[str, Node] = field(default_factory=dict)

    def field(self, name: str) -> Node | None:
        """A top-level field that is given and not nothing."""
        node = self.fields.get(name)
        return None if node is None or node.is_null else node


class Expansion:
    """Puts parts in the place of their `use`, and notes what is wrong on the way."""

    def __init__(self, parts: Mapping[str, Node], problems: list[Problem]) -> None:
        self.parts = parts
        self.problems = problems
        self.count = 0

    def steps(self, nodes: Node) -> tuple[WrittenStep, ...]:
        """The flat steps of a list of steps."""
        if not nodes.is_sequence:
            self.problems.append(nodes.problem(f"expected a list of steps, each such as `- deposit: {{…}}`, not {quoted(nodes.value)}"))
            return ()
        return tuple(step for node in nodes.value for step in self._expanded(node, (), ""))

    def _expanded(self, node: Node, above: tuple[str, ...], prefix: str) -> list[WrittenStep]:
        self.count += 1
        if self.count > MOST_STEPS:
            raise RecipeError((*self.problems, node.problem(f"the recipe has more than {MOST_STEPS} steps")))
        if isinstance(node.value, str):
            node = node.with_value({node.value: replace(node, value=None)})
        if not node.is_mapping or not node.value:
            self._note(node, f"expected a step such as `- deposit: {{material: Ti, thickness: 100 nm}}`, not {quoted(node.value)}")
            return []
        if "use" in node.value:
            return self._used(node, above, prefix)
        verbs = [name for name in node.value if name in VERBS]
        if len(node.value) > 1:
            extra = next((name for name in node.value if name not in verbs), None)
            if len(verbs) == 1:
                self._note(node.value[extra], f"a step is one verb; put its settings below it: `- {verbs[0]}: {{{extra}: …}}`")
            elif verbs:
                self._note(node.value[verbs[1]], f"a step is one verb; {verbs[0]} and {verbs[1]} are two: start a new `- {verbs[1]}: …`")
            else:
                self._note(node, f"has no verb that is known; {nearest(next(iter(node.value)), VERBS)}")
            return []
        (verb, settings), *_ = node.value.items()
        return self._verb(verb, settings, prefix, above)

    def _verb(self, verb: str, node: Node, prefix: str, above: tuple[str, ...]) -> list[WrittenStep]:
        if verb not in VERBS:
            self._note(node, f"unknown verb; {nearest(verb, (*VERBS, 'use'))}")
            return []
        if node.is_null:
            node = node.with_value({})
        if not node.is_mapping:
            self._note(node, f"expected settings in braces, e.g. `{verb}: {{…}}`, not {quoted(node.value)}")
            return []
        common = {name: child for name, child in node.value.items() if name in COMMON and not child.is_null}
        for child in common.values():
            if not isinstance(child.value, str) or not child.value.strip():
                self._note(child, f"expected text, not {quoted(child.value)}")
        settings = {name: child for name, child in node.value.items() if name not in COMMON}
        own = self.without_aliases(verb, node.with_value(settings))
        return [WrittenStep(verb, own, common, self._id(common), prefix, above[-1] if above else "")]

    def without_aliases(self, verb: str, node: Node) -> Node:
        """Settings with every field under its own name."""
        found: dict[str, Node] = {}
        aliases = aliases_of(VERBS[verb])
        for name, child in node.value.items():
            own = aliases.get(name, name)
            if own in found:
                self._note(child, f"{name} is another name of {own}; give one of them")
            found[own] = child
        return node.with_value(found)

    def _id(self, common: Mapping[str, Node]) -> str | None:
        node = common.get("id")
        if node is None or not isinstance(node.value, str):
            return None
        if not IDENTIFIER.fullmatch(node.value):
            self._note(node, f"an id is letters, digits, - and _ (64 at most), not {quoted(node.value)}")
            return None
        return node.value

    def _used(self, node: Node, above: tuple[str, ...], prefix: str) -> list[WrittenStep]:
        entries = dict(node.value)
        use = entries.pop("use")
        given, identity = entries.pop("with", None), entries.pop("id", None)
        entries.pop("note", None)
        for name, child in entries.items():
            self._note(child, f"unknown field of a `use`; {nearest(name, ('use', 'with', 'id', 'note'))}")
        if not isinstance(use.value, str):
            self._note(use, f"expected the name of a part, not {quoted(use.value)}")
            return []
        if use.value in above:
            self._note(use, f"a part uses itself: {' -> '.join((*above, use.value))}")
            return []
        if len(above) >= DEEPEST_USE:
            self._note(use, f"parts use each other more than {DEEPEST_USE} levels deep")
            return []
        part = self._part(use)
        if part is None:
            return []
        own = self._id({"id": identity}) if identity is not None and not identity.is_null else None
        deeper = "-".join(piece for piece in (prefix, own) if piece)
        values = self._values(part, given, use)
        steps = part.value.get("steps")
        if values is None or steps is None or not steps.is_sequence:
            if steps is None or not steps.is_sequence:
                self._note(steps or part, f'the part "{use.value}" needs a list of steps')
            return []
        found: list[WrittenStep] = []
        for step in steps.value:
            filled = self._substituted(step, values, use.value)
            if filled.size > MOST_NODES or filled.depth > DEEPEST:
                raise RecipeError((*self.problems, use.problem("grows without end when its parameters are put in")))
            found += self._expanded(filled, (*above, use.value), deeper)
        return found

    def _part(self, use: Node) -> Node | None:
        name = use.value
        part = self.parts.get(name)
        if part is None and name in flows.part_names():
            part = flows.part_tree(name)
        if part is None:
            self._note(use, f"there is no part {quoted(name)}; {nearest(name, (*self.parts, *flows.part_names()), what='parts')}")
        elif not part.is_mapping:
            self._note(part, f"expected a part such as {{parameters: {{…}}, steps: […]}}, not {quoted(part.value)}")
            return None
        else:
            allowed = ("parameters", "steps", "waferbump", "name", "title", "description")
            for field_name, child in part.value.items():
                if field_name not in allowed:
                    self._note(child, f"unknown field of a part; {nearest(field_name, allowed)}")
        return part

    def _values(self, part: Node, given: Node | None, use: Node) -> dict[str, Node] | None:
        parameters = part.value.get("parameters")
        if parameters is not None and not parameters.is_mapping and not parameters.is_null:
            self._note(parameters, "expected a mapping of parameter names to defaults (or `required`)")
            return None
        if given is not None and not given.is_mapping and not given.is_null:
            self._note(given, f"expected a mapping of parameters to values, not {quoted(given.value)}")
            return None
        known = parameters.value if parameters is not None and parameters.value else {}
        values = dict(known)
        for name, child in (given.value or {} if given is not None else {}).items():
            if name not in known:
                self._note(child, f"the part {quoted(use.value)} has no such parameter; {nearest(name, known, what='parameters')}")
            values[name] = child
        absent = [name for name, child in values.items() if child is known.get(name) and child.value == REQUIRED]
        if absent:
            self._note(use, f"the part {quoted(use.value)} needs {', '.join(absent)}: `with: {{{absent[0]}: …}}`")
            return None
        return values

    def _substituted(self, node: Node, values: Mapping[str, Node], part: str) -> Node:
        if node.is_mapping:
            return node.with_value({name: self._substituted(child, values, part) for name, child in node.value.items()})
        if node.is_sequence:
            return node.with_value(tuple(self._substituted(child, values, part) for child in node.value))
        if not isinstance(node.value, str) or "$" not in node.value:
            return node
        for name in _PARAMETER.findall(node.value):
            if name not in values:
                self._note(node, f'the part "{part}" has no parameter ${name}; {nearest(name, values, what="parameters")}')
                return node
        whole = _PARAMETER.fullmatch(node.value)
        if whole:
            return values[whole[1]]
        return node.with_value(_PARAMETER.sub(lambda match: _as_text(values[match[1]].value), node.value))

    def _note(self, node: Node, message: str) -> None:
        self.problems.append(node.problem(message))


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)[:200]


def identified(steps: tuple[WrittenStep, ...], problems: list[Problem]) -> tuple[WrittenStep, ...]:
    """Steps that all have an id: given ones (prefixed where they came through a `use` with an id, or clash), else verb and number."""
    taken: set[str] = set()
    wished: list[str | None] = []
    for step in steps:
        wish = "-".join(piece for piece in (step.prefix, step.id) if piece) if step.id else None
        if wish in taken and step.part:
            wish = _free(f"{step.part}-{step.id}", taken)
        if wish in taken:
            node = step.common.get("id", step.node)
            problems.append(node.problem(f'the id "{wish}" is given twice; ids are unique'))
            wish = _free(wish, taken)
        if wish is not None:
            taken.add(wish)
        wished.append(wish)
    numbers: dict[str, int] = {}
    found = []
    for step, wish in zip(steps, wished, strict=True):
        kind = "-".join(piece for piece in (step.prefix, step.verb) if piece)
        numbers[kind] = numbers.get(kind, 0) + 1
        made = wish or _numbered(kind, numbers[kind], taken)
        taken.add(made)
        found.append(replace(step, id=made, prefix="", part=""))
    return tuple(found)


def _numbered(kind: str, number: int, taken: set[str]) -> str:
    while f"{kind}-{number}" in taken:
        number += 1
    return f"{kind}-{number}"


def _free(wish: str, taken: set[str]) -> str:
    return wish if wish not in taken else _numbered(wish, 2, taken)
