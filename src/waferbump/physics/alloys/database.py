"""A thermodynamic database of the small kind that solders need, read from a TDB file.

The subset of the format that is read: ELEMENT, PHASE, CONSTITUENT and PARAMETER; one sublattice for solutions, fixed ratios for
compounds; every parameter a + b T over one range of temperature. That is all that `solder.tdb` holds; fuller databases go to
pycalphad (`external.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

GAS_CONSTANT = 8.314462618  # J/(mol K), exact since 2019 (CODATA)


class DatabaseError(ValueError):
    """A database text outside the subset that is read here."""


@dataclass(frozen=True)
class Solution:
    """A phase of variable composition on one lattice.

    reference : (a, b) of each element in this structure [J/mol, J/(mol K)], above its pure liquid
    interactions : (members, order, (a, b)); two members are a Redlich-Kister term, three a ternary term of order 0
    """

    name: str
    elements: tuple[str, ...]
    reference: Mapping[str, tuple[float, float]]
    interactions: tuple[tuple[tuple[str, ...], int, tuple[float, float]], ...]


@dataclass(frozen=True)
class Compound:
    """A phase of one composition: `fractions` by mole, and its Gibbs energy a + b T [J per mole of atoms]."""

    name: str
    fractions: Mapping[str, float]
    energy: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Database:
    """Phases of a system of elements; `digest` is the SHA-256 of the text that they were read from."""

    elements: tuple[str, ...]
    molar_mass: Mapping[str, float]  # kg/mol
    solutions: tuple[Solution, ...]
    compounds: tuple[Compound, ...]
    digest: str


@cache
def own_database() -> Database:
    """The database of this project, `solder.tdb`, fitted by `fitting.py` to the points in `invariants.yaml`.

    >>> own_database().elements[:3]
    ('Ag', 'Bi', 'Cu')
    """
    return read_database(files(__package__).joinpath("solder.tdb").read_text(encoding="utf-8"))


_PARAMETER = re.compile(r"PARAMETER\s+[GL]\(([A-Z0-9_]+),([A-Z0-9,:]+)(?:;(\d))?\)\s+\S+\s+(\S+);\s+\S+\s+N\b")
_TERM = re.compile(r"([+-]?[0-9.]+(?:E[+-]?\d+)?)(\*T)?")


def read_database(text: str) -> Database:
    r"""Read the text of a TDB file that keeps to the subset named above.

    G = sum_i y_i (a_i + b_i T) + R T sum_i y_i ln y_i + sum_ij y_i y_j sum_v L_v (y_i - y_j)^v
    + sum_ijk y_i y_j y_k L_ijk

    Parameters
    ----------
    text : of the file [TDB]

    Raises
    ------
    DatabaseError : a command or an expression outside the subset.

    >>> read_database("ELEMENT SN LIQUID 118.71 0 0 ! PHASE LIQUID % 1 1.0 ! CONSTITUENT LIQUID :SN: ! "
    ...               "PARAMETER G(LIQUID,SN;0) 298.15 +0; 3000 N !").solutions[0].elements
    ('Sn',)
    """
    masses: dict[str, float] = {}
    sites: dict[str, list[float]] = {}
    constituents: dict[str, list[list[str]]] = {}
    parameters: dict[str, list[tuple[str, int, tuple[float, float]]]] = {}
    body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("$"))
    for command in (" ".join(part.split()) for part in body.split("!")):
        words = command.split()
        if not words:
            continue
        if words[0] == "ELEMENT":
            if words[1] not in ("VA", "/-"):
                masses[_symbol(words[1])] = float(words[3]) / 1000.0
        elif words[0] == "PHASE":
            sites[words[1]] = [float(w) for w in words[4:]]
        elif words[0] == "CONSTITUENT":
            constituents[words[1]] = [[_symbol(w) for w in part.split(",")] for part in "".join(words[2:]).strip(":").split(":")]
        elif words[0] == "PARAMETER":
            match = _PARAMETER.match(command)
            if match is None:
                raise DatabaseError(f"this parameter is outside the small subset of TDB that is read here: {command[:80]}")
            parameters.setdefault(match[1], []).append((match[2], int(match[3] or 0), _linear(match[4], command)))
        elif words[0] not in ("TYPE_DEFINITION", "DEFINE_SYSTEM_DEFAULT", "DEFAULT_COMMAND", "TEMP_LIM"):
            raise DatabaseError(f"{words[0]} is outside the small subset of TDB that is read here")
    solutions, compounds = [], []
    for name, ratio in sites.items():
        if len(ratio) == 1:
            solutions.append(_solution(name, constituents[name][0], parameters.get(name, [])))
        elif all(len(c) == 1 for c in constituents[name]) and len(parameters.get(name, [])) == 1:
            a, b = parameters[name][0][2]
            total = sum(ratio)
            fractions = {c[0]: r / total for c, r in zip(constituents[name], ratio, strict=True)}
            compounds.append(Compound(name, fractions, (a / total, b / total)))
        else:
            raise DatabaseError(f"{name} has mixing on more than one sublattice: outside the small subset of TDB that is read here")
    return Database(tuple(sorted(masses)), masses, tuple(solutions), tuple(compounds), hashlib.sha256(text.encode()).hexdigest())


def _symbol(word: str) -> str:
    return word.strip("%").capitalize()


def _linear(expression: str, command: str) -> tuple[float, float]:
    """Coefficients of a + b T."""
    if _TERM.sub("", expression):
        raise DatabaseError(f"only a + b*T is read here: {command[:80]}")
    a = sum(float(number) for number, t in _TERM.findall(expression) if not t)
    return a, sum(float(number) for number, t in _TERM.findall(expression) if t)


def _solution(name: str, elements: list[str], parameters: list[tuple[str, int, tuple[float, float]]]) -> Solution:
    reference: dict[str, tuple[float, float]] = {}
    interactions = []
    for members, order, value in parameters:
        symbols = tuple(_symbol(w) for w in members.split(","))
        if len(symbols) == 1:
            reference[symbols[0]] = value
        else:
            if order > 2 or len(symbols) > 3 or (len(symbols) == 3 and order):
                raise DatabaseError(f"{name} {members};{order}: two elements with order 0 to 2 or three with order 0 are read here")
            if list(symbols) != sorted(symbols):
                raise DatabaseError(f"{name} {members}: the elements of an interaction stand in alphabetical order")
            interactions.append((symbols, order, value))
    if set(reference) != set(elements):
        raise DatabaseError(f"{name}: each of its elements needs one parameter for the pure element")
    return Solution(name, tuple(sorted(elements)), reference, tuple(interactions))


@dataclass(frozen=True)
class Monomials:
    """The Gibbs energy of a solution over chosen elements, as c.m(y) with m_k = prod_i y_i^E_ki, plus the ideal entropy.

    exponents : E, shape (terms, elements); coefficients : (a, b) of c = a + b T, shape (terms, 2)
    """

    exponents: np.ndarray
    coefficients: np.ndarray


def monomials(solution: Solution, elements: tuple[str, ...]) -> Monomials:
    """Write a solution's energy over the elements that are present as a sum of monomials.

    y_i y_j (y_i - y_j)^v is multiplied out, so that first and second derivatives follow from the exponents alone.

    Parameters
    ----------
    solution : the phase [Solution]
    elements : those present, a subset of the phase's own [symbols]

    >>> phase = Solution("X", ("A", "B"), {"A": (1.0, 0.0), "B": (2.0, 0.0)}, ((("A", "B"), 1, (3.0, 0.0)),))
    >>> monomials(phase, ("A", "B")).coefficients[:, 0].tolist()
    [1.0, 2.0, 3.0, -3.0]
    """
    place = {e: k for k, e in enumerate(elements)}
    terms: list[tuple[dict[int, int], float, float]] = [({place[e]: 1}, *solution.reference[e]) for e in elements]
    for members, order, (a, b) in solution.interactions:
        if not set(members) <= set(elements):
            continue
        i, j, *rest = (place[m] for m in members)
        if rest:
            terms.append(({i: 1, j: 1, rest[0]: 1}, a, b))
            continue
        for power, binomial in enumerate(_BINOMIAL[order]):
            terms.append(({i: 1 + order - power, j: 1 + power}, binomial * a, binomial * b))
    exponents = np.zeros((len(terms), len(elements)))
    for row, (powers, _, _) in enumerate(terms):
        for column, power in powers.items():
            exponents[row, column] = power
    return Monomials(exponents, np.array([(a, b) for _, a, b in terms]))


_BINOMIAL = ((1.0,), (1.0, -1.0), (1.0, -2.0, 1.0))  # of (p - q)^v for v = 0, 1, 2
