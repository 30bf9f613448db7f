"""YAML text to a tree of nodes, without building objects: tags, bombs and broken files end here.

The text is taken event by event (ruamel.yaml) rather than through a loader, so that every node knows its line
and nothing but text, numbers, lists and mappings can come out.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from waferbump.recipe.problems import Problem, RecipeError, quoted
from waferbump.recipe.tree import DEEPEST, MOST_NODES, Node, depth_of, joined, resolved, size_of

LARGEST = 1_000_000  # bytes


def text_of(path: Path, shown: str) -> str:
    """Text of a recipe file; RecipeError when it is missing, a folder, too large, or no UTF-8 text."""

    def refused(message: str, line: int | None = None) -> RecipeError:
        return RecipeError(Problem(shown, line, "", message))

    try:
        if path.is_dir():
            raise refused("is a folder; expected a recipe file (YAML)")
        if path.exists() and not path.is_file():
            raise refused("is not an ordinary file; expected a recipe file (YAML)")
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise refused("no such file") from None
    except (OSError, ValueError) as problem:
        raise refused(f"cannot be read: {getattr(problem, 'strerror', None) or problem}") from None
    if len(data) > LARGEST:
        raise refused(_too_large(path))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise refused(f"is not UTF-8 text (byte {data[problem.start]:#04x}); save it as UTF-8", line) from None
    if (line := _line_of_plain_text(text)) is not None:
        # said here, where the file is known not to be a recipe, so that nothing of what it holds is shown
        raise refused("expected a recipe (fields such as waferbump, name, cell, steps), not text without fields", line)
    return text


def _line_of_plain_text(text: str) -> int | None:
    """Line at which a document begins that is one text and no mapping; None for mappings, lists, nothing, and broken YAML."""
    from ruamel.yaml import YAML

    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            kind = type(event).__name__
            if kind == "ScalarEvent":
                return None if resolved(event.value.strip()) is None else event.start_mark.line + 1
            if kind.endswith(("MappingStartEvent", "SequenceStartEvent", "AliasEvent")):
                return None
    except Exception:  # whatever the parser raises on broken text: it is said when the text is read in full
        return None
    return None


def _shortened(text: object) -> str:
    """A message of the parser, or a name in one, without long words: those are raw text of a file that may be no recipe."""
    return re.sub(r"(\S{20})\S+", r"\1…", str(text))


def _shown(name: str) -> str:
    """A field's name as messages show it: no recipe has long ones of other than letters, digits and a few signs."""
    return name if len(name) <= 20 or re.fullmatch(r"[\w. -]*", name) else name[:20] + "…"


def _too_large(path: Path) -> str:
    try:
        size = f"{path.stat().st_size / 1e6:.1f} MB"
    except OSError:
        size = "more than 1 MB"
    return f"is {size}; a recipe may have at most {LARGEST / 1e6:.0f} MB"


def tree_of(text: str, file: str) -> Node:
    """Tree of one YAML document; RecipeError for anything that is not one plain, finite document."""
    if len(text) > LARGEST:
        raise RecipeError(Problem(file, None, "", f"is {len(text) / 1e6:.1f} MB; a recipe may have at most {LARGEST / 1e6:.0f} MB"))
    if "\0" in text:
        raise RecipeError(Problem(file, text.count("\n", 0, text.index("\0")) + 1, "", "holds a NUL byte; expected text"))
    return _Composer(file).composed(text)


class _Frame:
    """A mapping or sequence that is still open."""

    __slots__ = ("anchor", "field", "is_mapping", "items", "key", "key_line", "line")

    def __init__(self, is_mapping: bool, line: int, field: str, anchor: str | None) -> None:
        self.is_mapping, self.line, self.field, self.anchor = is_mapping, line, field, anchor
        self.items: dict | list = {} if is_mapping else []
        self.key: str | None = None
        self.key_line = line


class _Composer:
    """Builds the tree from the events, and stops at the first thing that is not allowed."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.stack: list[_Frame] = []
        self.anchors: dict[str, Node | None] = {}
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self.documents = 0
        self.size = 0
        self.line = 1

    def refused(self, message: str, field: str | None = None) -> RecipeError:
        where = self._field() if field is None else field
        return RecipeError((*self.problems, Problem(self.file, self.line, where, message)))

    def composed(self, text: str) -> Node:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            for event in YAML(typ="safe", pure=True).parse(text):
                self.line = event.start_mark.line + 1
                self._take(event)
        except RecipeError:
            raise
        except MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            self.line = mark.line + 1 if mark else self.line
            why = _shortened(" ".join(part for part in (problem.context, problem.problem) if part))
            raise self.refused(f"is no YAML: {why or 'cannot be read'}", "") from None
        except YAMLError as problem:
            raise self.refused(f"is no YAML: {_shortened(str(problem).strip().splitlines()[0])}", "") from None
        except Exception as problem:  # the parser raises many kinds on broken text (bad escapes, directives): all mean this
            raise self.refused(f"is no YAML: {_shortened(problem)}", "") from None
        if self.problems:
            raise RecipeError(self.problems)
        if self.root is None or self.root.is_null:
            self.line = 1
            raise self.refused("is empty; expected a recipe that starts with `waferbump: 1`")
        return self.root

    def _take(self, event) -> None:
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                raise self.refused("holds a second document (`---`); a recipe is one document", "")
        elif kind == "AliasEvent":
            self._place(self._alias(event.anchor))
        elif kind in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent"):
            if event.tag is not None:
                raise self.refused(f"the YAML tag {quoted(_shortened(event.tag))} is not allowed; write plain values")
            if kind == "ScalarEvent":
                self._scalar(event)
            else:
                self._open(kind == "MappingStartEvent", event.anchor)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._close()

    def _field(self) -> str:
        if not self.stack:
            return ""
        frame = self.stack[-1]
        if frame.is_mapping:
            return joined(frame.field, _shown(frame.key or ""))
        return f"{frame.field}[{len(frame.items)}]"

    def _scalar(self, event) -> None:
        text = event.value
        for character in () if text.isprintable() else text:
            if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") and character not in "\n\t":
                raise self.refused(f"holds a character that is no text (U+{ord(character):04X})")
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.is_mapping and frame.key is None:
            if text in frame.items:
                field = joined(frame.field, _shown(text))
                self.problems.append(Problem(self.file, self.line, field, f"is given twice, first in line {frame.items[text].line}"))
            frame.key, frame.key_line = text, self.line
            self._count(1)
            return
        value = resolved(text) if event.implicit[0] and event.style in (None, "") else text
        node = Node(value, self.file, self._line(), self._field())
        if event.anchor:
            self.anchors[event.anchor] = node
        self._place(node)

    def _line(self) -> int:
        # a field is where its name stands, also when its value begins on the next line
        frame = self.stack[-1] if self.stack else None
        return frame.key_line if frame is not None and frame.is_mapping else self.line

    def _alias(self, anchor: str) -> Node:
        if anchor not in self.anchors:
            raise self.refused(f"the alias *{_shortened(anchor)} has no anchor before it")
        node = self.anchors[anchor]
        if node is None:
            raise self.refused(f"the alias *{_shortened(anchor)} stands inside its own anchor")
        return node

    def _open(self, is_mapping: bool, anchor: str | None) -> None:
        if len(self.stack) >= DEEPEST:
            raise self.refused(f"is nested more than {DEEPEST} levels deep", "")
        field, line = self._field(), self._line()
        if self.stack and self.stack[-1].is_mapping and self.stack[-1].key is None:
            raise self.refused("a field's name must be text")
        if anchor:
            self.anchors[anchor] = None
        self.stack.append(_Frame(is_mapping, line, field, anchor))

    def _close(self) -> None:
        frame = self.stack.pop()
        value = frame.items if frame.is_mapping else tuple(frame.items)
        node = Node(value, self.file, frame.line, frame.field, size_of(value), depth_of(value))
        if frame.anchor:
            self.anchors[frame.anchor] = node
        self._place(node, counted=True)

    def _count(self, more: int) -> None:
        self.size += more
        if self.size > MOST_NODES:
            raise self.refused(f"has more than {MOST_NODES} entries (aliases counted at each use)", "")

    def _place(self, node: Node, *, counted: bool = False) -> None:
        self._count(1 if counted else node.size)
        if len(self.stack) + node.depth > DEEPEST + 1:
            raise self.refused(f"is nested more than {DEEPEST} levels deep", "")
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if not frame.is_mapping:
            frame.items.append(node)
        elif frame.key is None:
            raise self.refused("a field's name must be text")
        else:
            frame.items[frame.key] = node
            frame.key = None
