"""Values that know where they come from, the bibliography that their keys point to, and the plain YAML files that hold both."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

KINDS = ("measured", "fitted", "handbook", "vendor", "assumed")


class SourceError(ValueError):
    """A value without a proper source, or a key that the bibliography does not hold."""


@dataclass(frozen=True)
class Source:
    """One entry of the bibliography."""

    key: str
    citation: str
    address: str = ""
    read: str = ""  # how it was read: "full text", "abstract/excerpt", "repository quoting it", "not read"


@dataclass(frozen=True)
class Value:
    """A number that knows its unit, source, place in the source, kind, valid range and spread.

    number : in `unit`, which is SI
    kind : one of KINDS; `assumed` is legal, visible in every report and counted
    valid : {"temperature": (low, high)} in SI, outside which a look-up refuses
    slope : change per kelvin, with `reference_temperature` [K], for values linear in temperature
    activation_temperature : T_a [K], for values that follow number * exp(T_a / T)
    along, points : a table ((condition in SI, number), ...) along a condition such as "thickness", read by linear interpolation
    """

    name: str
    number: float
    unit: str
    source: str
    kind: str
    where: str = ""
    spread: str = ""
    valid: tuple[tuple[str, float, float], ...] = ()
    slope: float = 0.0
    reference_temperature: float | None = None
    note: str = ""
    activation_temperature: float | None = None
    along: str = ""
    points: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        _require_source(self.name, self.kind, self.source)

    def at(self, **conditions: float) -> float:
        """The number [SI] under conditions such as temperature [K] or thickness [m]; conditions it does not depend on change nothing.

        number + slope (T - T_ref), or number exp(T_a / T), or the table's straight line between two points. Checks no range.

        >>> Value("density", 6979.0, "kg/m^3", "key", "fitted", slope=-0.652, reference_temperature=505.08).at(temperature=605.08)
        6913.8
        """
        temperature = conditions.get("temperature")
        if self.points and self.along in conditions:
            return _interpolated(conditions[self.along], self.points)
        if temperature is None:
            return self.number
        if self.activation_temperature is not None:
            return self.number * math.exp(self.activation_temperature / temperature)
        if self.reference_temperature is not None:
            return self.number + self.slope * (temperature - self.reference_temperature)
        return self.number


@dataclass(frozen=True)
class Fact:
    """An answer in a word, such as whether solder wets a metal, that knows where it comes from."""

    name: str
    answer: str
    source: str
    kind: str
    where: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        _require_source(self.name, self.kind, self.source)


def _require_source(name: str, kind: str, key: str) -> None:
    if kind not in KINDS:
        raise SourceError(f"{name}: kind {kind!r} is none of {', '.join(KINDS)}")
    if not key:
        raise SourceError(f"{name}: a value needs a source key")


def _interpolated(x: float, points: tuple[tuple[float, float], ...]) -> float:
    (x0, y0), (x1, y1) = points[0], points[-1]
    for left, right in pairwise(points):
        if left[0] <= x <= right[0]:
            (x0, y0), (x1, y1) = left, right
            break
    else:
        return y0 if x < x0 else y1
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


@cache
def bibliography() -> Mapping[str, Source]:
    """All sources by key, from bibliography.yaml."""
    text = files("waferbump").joinpath("bibliography.yaml").read_text(encoding="utf-8")
    entries, lines = read_plain_yaml(text, "bibliography.yaml")
    fields = set(Source.__dataclass_fields__) - {"key"}
    for key, entry in entries.items():
        if not isinstance(entry, dict) or "citation" not in entry or set(entry) - fields:
            raise SourceError(f"bibliography.yaml:{lines[(key,)]}: {key}: needs a citation, and may have {', '.join(sorted(fields))}")
    return {key: Source(key=key, **entry) for key, entry in entries.items()}


def source(key: str) -> Source:
    """The bibliography's entry of that key; SourceError if there is none."""
    try:
        return bibliography()[key]
    except KeyError:
        raise SourceError(f"no source with key {key!r} in bibliography.yaml") from None


_LINE = re.compile(r"""( *)("[^"]+"|[^\s"'\[\]{}#&*!|>%@`,:?-][^:#"']*): *(.*?) *$""")
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
_COMMENT = re.compile(r"\s#.*$")
_MEANS_MORE = frozenset({"null", "Null", "NULL", "~", "True", "TRUE", "False", "FALSE"})  # plain words that YAML does not read as text


def read_plain_yaml(text: str, file: str) -> tuple[dict, dict[tuple[str, ...], int]]:
    r"""Read the plain subset of YAML that the data files keep to: nested mappings, scalars, and lists or mappings in brackets.

    The general reader takes seconds for the whole library; this one takes milliseconds and knows the line of every field.
    Whatever it accepts reads the same in YAML 1.2 (a test compares every data file).

    Parameters
    ----------
    text : of the file
    file : its name, for messages

    Returns
    -------
    the mapping, and the line number of each path of keys in it.

    Raises
    ------
    SourceError : file and line of anything outside the subset, of an empty field, of a key that is there twice.

    >>> read_plain_yaml("density:\n  number: 8960  # solid\n  valid: {temperature: [273, 400]}", "Cu.yaml")[0]
    {'density': {'number': 8960, 'valid': {'temperature': [273, 400]}}}
    """
    root: dict = {}
    lines: dict[tuple[str, ...], int] = {}
    open_mappings: list[tuple[int, dict, tuple[str, ...]]] = [(0, root, ())]  # indentation of the keys inside, mapping, path
    waiting: tuple[str, ...] | None = None  # a key whose mapping has yet to begin
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise SourceError(f"{file}:{number}: cannot be read: {line.strip()[:60]}")
        indent, key, rest = len(match[1]), match[2].strip('"'), match[3]
        if waiting is not None:
            if indent <= open_mappings[-1][0]:
                raise SourceError(f"{file}:{lines[waiting]}: {'.'.join(waiting)} is empty")
            parent = open_mappings[-1][1]
            parent[waiting[-1]] = {}
            open_mappings.append((indent, parent[waiting[-1]], waiting))
            waiting = None
        while indent < open_mappings[-1][0]:
            open_mappings.pop()
        level, mapping, path = open_mappings[-1]
        if indent != level:
            raise SourceError(f"{file}:{number}: {key} is not indented like its neighbours")
        here = (*path, key)
        if here in lines:
            raise SourceError(f"{file}:{number}: {'.'.join(here)} is there twice")
        lines[here] = number
        if rest and not rest.startswith("#"):
            mapping[key] = _parsed(rest, f"{file}:{number}: {'.'.join(here)}")
        else:
            waiting = here
    if waiting is not None:
        raise SourceError(f"{file}:{lines[waiting]}: {'.'.join(waiting)} is empty")
    return root, lines


def _parsed(text: str, place: str) -> object:
    if text[0] == '"':
        end = re.match(r'"(?:[^"\\]|\\.)*"', text)
        if end is None or (text[end.end() :].strip() and not _COMMENT.match(text[end.end() :])):
            raise SourceError(f"{place}: a quoted text that does not end")
        return json.loads(end[0])
    text = _COMMENT.sub("", text)
    if text[0] in "[{":
        tokens = re.findall(r"[\[\]{},]|[^\[\]{},\s][^\[\]{},]*", text)
        value = _bracketed(tokens, place)
        if tokens:
            raise SourceError(f"{place}: something follows the closing bracket")
        return value
    return _scalar(text, place)


def _bracketed(tokens: list[str], place: str) -> object:
    token = tokens.pop(0) if tokens else ""
    if token not in ("[", "{"):
        return _scalar(token, place)
    closing, items = {"[": "]", "{": "}"}[token], []
    while tokens and tokens[0] != closing:
        if token == "{":
            key, colon, rest = tokens.pop(0).partition(":")
            if not colon:
                raise SourceError(f"{place}: {key} has no value")
            items.append((key.strip(), _scalar(rest.strip(), place) if rest.strip() else _bracketed(tokens, place)))
        else:
            items.append(_bracketed(tokens, place))
        if tokens and tokens[0] == ",":
            tokens.pop(0)
    if not tokens:
        raise SourceError(f"{place}: a bracket is not closed")
    tokens.pop(0)
    return items if token == "[" else dict(items)


def _scalar(text: str, place: str) -> object:
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text) if set(text) & set(".eE") else int(text)
    if text in ("true", "false"):
        return text == "true"
    if not text or text[0] in "&*!|>%@`'\"#,]}?-." or ": " in text or text[-1] == ":" or text in _MEANS_MORE:
        raise SourceError(f"{place}: {text[:60]!r} is outside the plain subset of YAML: put it in double quotes")
    return text
