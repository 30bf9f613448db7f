"""What unknowns are held, shared or tied: every displacement as u = T q + g, q the unknowns that are left."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_matrix

from .errors import ElasticityError


class Constraints:
    """Held, shared and tied unknowns. Values of named ones may change between steps; what is tied to what may not.

    `fix(dofs, values)` holds them, `equal(dofs)` makes them one, `tie(dof, {other: coefficient}, offset)` makes
    u[dof] = sum(coefficient * u[other]) + offset.
    """

    def __init__(self) -> None:
        self._fixed: dict[int, float] = {}
        self._groups: list[np.ndarray] = []
        self._ties: dict[int, tuple[dict[int, float], float]] = {}
        self._names: dict[str, np.ndarray] = {}

    def fix(self, dofs, values=0.0, name: str | None = None) -> None:
        """Hold unknowns at values; a name lets `set` change the values later.

        dofs : numbers of the unknowns [-], a scalar or shape (n,);  values : displacements [m], a scalar or shape (n,);  name : [-]
        ElasticityError if one is held elsewhere at another value.
        """
        dofs = np.atleast_1d(np.asarray(dofs, dtype=np.int64))
        for dof, value in zip(dofs.tolist(), np.broadcast_to(values, dofs.shape).tolist(), strict=True):
            if dof in self._ties:
                raise ElasticityError(f"unknown {dof} is tied to others and cannot be held as well")
            if self._fixed.setdefault(dof, float(value)) != float(value):
                raise ElasticityError(f"unknown {dof} is held at {self._fixed[dof]:g} and at {value:g}")
        self._register(name, dofs)

    def equal(self, dofs) -> int:
        """Make unknowns share one value; the first one's number is given back.

        dofs : numbers of the unknowns [-], shape (n,)
        """
        group = np.unique(np.atleast_1d(np.asarray(dofs, dtype=np.int64)))
        self._groups.append(group)
        return int(group[0])

    def tie(self, dof: int, others: Mapping[int, float], offset: float = 0.0, name: str | None = None) -> None:
        """Make an unknown a sum of others: u[dof] = sum(coefficient * u[other]) + offset.

        dof : its number [-];  others : coefficients by number [-];  offset : [m];  name : lets `set` change the offset [-]
        """
        dof = int(dof)
        if dof in self._ties or dof in self._fixed:
            raise ElasticityError(f"unknown {dof} is held or tied already")
        if dof in others:
            raise ElasticityError(f"unknown {dof} is tied to itself")
        self._ties[dof] = ({int(k): float(v) for k, v in others.items()}, float(offset))
        self._register(name, np.array([dof]))

    def set(self, name: str, values) -> None:
        """Change the values of unknowns held under a name, or the offset of a tie; ElasticityError names those there are.

        name : given to `fix` or `tie` [-];  values : [m], a scalar or shape (n,)
        """
        dofs = self.named(name)
        for dof, value in zip(dofs.tolist(), np.broadcast_to(values, dofs.shape).tolist(), strict=True):
            if dof in self._ties:
                self._ties[dof] = (self._ties[dof][0], float(value))
            else:
                self._fixed[dof] = float(value)

    def named(self, name: str) -> np.ndarray:
        """Numbers of the unknowns held or tied under a name."""
        if name not in self._names:
            raise ElasticityError(f"no unknowns are held under {name!r}; there are {', '.join(sorted(self._names)) or 'no names'}")
        return self._names[name]

    def values(self, name: str) -> np.ndarray:
        """Present values of the unknowns held under a name, or offsets of ties [m]."""
        return np.array([self._ties[d][1] if d in self._ties else self._fixed[d] for d in self.named(name).tolist()])

    def map_of(self, ndof: int, used: np.ndarray) -> tuple[csr_matrix, np.ndarray]:
        """T (ndof, unknowns) and, for each unknown left, one of the displacements that it is; those not used are left out, at rest.

        ndof : number of displacements [-];  used : those that some block acts on [-], shape (ndof,)
        """
        self._check_range(ndof)
        lead = self._leaders(ndof)
        held = np.zeros(ndof, dtype=bool)
        held[lead[np.array(list(self._fixed), dtype=np.int64)]] = True
        for dof in self._ties:
            if (lead == lead[dof]).sum() > 1:
                raise ElasticityError(f"unknown {dof} is tied to a sum and shares its value with others as well: tie those others too")
        wanted = used.copy()
        for others, _ in self._ties.values():
            wanted[list(others)] = True
        alive = np.zeros(ndof, dtype=bool)
        alive[lead[wanted]] = True
        alive &= ~held & (lead == np.arange(ndof))
        alive[list(self._ties)] = False
        masters = np.flatnonzero(alive)
        number = np.full(ndof, -1)
        number[masters] = np.arange(len(masters))
        mapped = number[lead]
        mapped[list(self._ties)] = -1
        rows = np.flatnonzero(mapped >= 0)
        entries = [(rows, mapped[rows], np.ones(len(rows)))]
        for dof, terms in self._resolved(lead).items():
            for other, coefficient in terms.items():
                if number[other] >= 0:
                    entries.append((np.array([dof]), np.array([number[other]]), np.array([coefficient])))
        row, column, data = (np.concatenate(parts) for parts in zip(*entries, strict=True))
        return csr_matrix((data, (row, column)), shape=(ndof, len(masters))), masters

    def offsets(self, ndof: int) -> np.ndarray:
        """g (ndof,) [m]: what the displacements are when all unknowns left are zero."""
        lead = self._leaders(ndof)
        value = np.zeros(ndof)
        for dof, held in self._fixed.items():
            value[lead[dof]] = held
        self._check_shared(lead)
        value = value[lead]
        for dof, (_, offset) in self._ties.items():
            value[dof] = offset
        for dof in self._order():
            others, offset = self._ties[dof]
            value[dof] = offset + sum(c * value[k] for k, c in others.items())
        return value

    def _register(self, name: str | None, dofs: np.ndarray) -> None:
        if name is not None:
            known = self._names.get(name)
            self._names[name] = dofs if known is None else np.concatenate([known, dofs])

    def _check_range(self, ndof: int) -> None:
        tied = [k for others, _ in self._ties.values() for k in others]
        known = np.concatenate([np.array([*self._fixed, *self._ties, *tied], dtype=np.int64), *self._groups])
        if len(known) and (known.min() < 0 or known.max() >= ndof):
            raise ElasticityError(f"a constraint names unknown {known.max() if known.min() >= 0 else known.min()}; there are {ndof}")

    def _leaders(self, ndof: int) -> np.ndarray:
        """For each unknown, the lowest of those that share its value."""
        from scipy.sparse.csgraph import connected_components

        if not self._groups:
            return np.arange(ndof)
        row = np.concatenate([np.full(len(g) - 1, g[0]) for g in self._groups])
        column = np.concatenate([g[1:] for g in self._groups])
        _, label = connected_components(csr_matrix((np.ones(len(row)), (row, column)), shape=(ndof, ndof)), directed=False)
        first = np.full(label.max() + 1, ndof)
        np.minimum.at(first, label, np.arange(ndof))
        return first[label]

    def _check_shared(self, lead: np.ndarray) -> None:
        seen: dict[int, tuple[int, float]] = {}
        for dof, value in self._fixed.items():
            other, known = seen.setdefault(int(lead[dof]), (dof, value))
            if known != value:
                raise ElasticityError(f"unknowns {other} and {dof} share one value but are held at {known:g} and {value:g}")

    def _order(self) -> list[int]:
        """Ties, each after those that it refers to; a circle of ties is refused."""
        done: dict[int, bool] = {}
        order: list[int] = []
        for start in self._ties:
            stack = [start]
            while stack:
                dof = stack[-1]
                if done.get(dof):
                    stack.pop()
                    continue
                waiting = [k for k in self._ties[dof][0] if k in self._ties and not done.get(k)]
                if any(done.get(k) is False for k in waiting):
                    raise ElasticityError(f"unknown {dof} is tied, through others, to itself")
                if waiting:
                    done[dof] = False
                    stack.extend(waiting)
                else:
                    done[dof] = True
                    order.append(dof)
                    stack.pop()
        return order

    def _resolved(self, lead: np.ndarray) -> dict[int, dict[int, float]]:
        """Each tied unknown in terms of unknowns that are not tied."""
        found: dict[int, dict[int, float]] = {}
        for dof in self._order():
            terms: dict[int, float] = {}
            for other, coefficient in self._ties[dof][0].items():
                for base, factor in found.get(other, {int(lead[other]): 1.0}).items():
                    terms[base] = terms.get(base, 0.0) + coefficient * factor
            found[dof] = terms
        return found
