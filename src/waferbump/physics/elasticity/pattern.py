"""The sparsity pattern of a model, made once, and the scatter of element stiffness into it in compiled code."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.sparse import csc_matrix, csr_matrix


class Pattern:
    """Where the blocks' stiffness goes in the matrix of the unknowns that are left.

    An element whose displacements are each one unknown (or none) is added entry by entry; one with tied displacements through their
    coefficients.

    blocks : whose `dofs` are numbered;  reduction : T of u = T q + g, shape (ndof, unknowns)
    """

    def __init__(self, blocks, reduction: csr_matrix) -> None:
        self.size = reduction.shape[1]
        single, plain = _singles(reduction)
        self._plain, self._tied, self._unknowns = [], [], []
        lists, starts = [], [0]
        for block in blocks:
            numbers = single[block.dofs]
            simple = plain[block.dofs].all(axis=1)
            self._plain.append(np.flatnonzero(simple))
            self._tied.append(np.flatnonzero(~simple))
            self._unknowns.append(np.ascontiguousarray(numbers[simple]))
            lists.append(numbers[simple].reshape(-1))
            starts.extend([numbers.shape[1]] * int(simple.sum()))
        self._reductions = []
        for block, tied in zip(blocks, self._tied, strict=True):
            parts = []
            for element in tied:
                part = reduction[block.dofs[element]]
                numbers = np.unique(part.indices)
                parts.append((numbers, part[:, numbers].toarray()))
                lists.append(numbers)
                starts.append(len(numbers))
            self._reductions.append(parts)
        entries = np.concatenate(lists).astype(np.int64) if lists else np.zeros(0, dtype=np.int64)
        pointers = np.cumsum(np.array(starts, dtype=np.int64))
        self.indptr, self.indices, slots = _pattern(entries, pointers, self.size)
        self._slots, at = [], 0
        for numbers in self._unknowns:
            count, width = numbers.shape
            self._slots.append(slots[at : at + count * width * width].reshape(count, width, width))
            at += count * width * width
        for parts in self._reductions:
            for position, (numbers, coefficients) in enumerate(parts):
                width = len(numbers)
                parts[position] = (slots[at : at + width * width].reshape(width, width), coefficients)
                at += width * width

    def matrix(self, stiffnesses) -> csc_matrix:
        """The sparse matrix T^T K T of the blocks' stiffness arrays (m, k, k)."""
        data = np.zeros(len(self.indices))
        for plain, tied, slots, parts, stiffness in zip(
            self._plain, self._tied, self._slots, self._reductions, stiffnesses, strict=True
        ):
            _scatter(data, slots, plain, stiffness)
            for element, (places, coefficients) in zip(tied, parts, strict=True):
                np.add.at(data, places, (coefficients.T @ stiffness[element] @ coefficients).T)
        return csc_matrix((data, self.indices, self.indptr), shape=(self.size, self.size))


def _singles(reduction: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """For each displacement the unknown that it is (-1: none), and whether it is no sum."""
    count = np.diff(reduction.indptr)
    first = np.full(reduction.shape[0], -1, dtype=np.int64)
    some = count > 0
    first[some] = reduction.indices[reduction.indptr[:-1][some]]
    unit = np.ones(reduction.shape[0], dtype=bool)
    unit[some] = reduction.data[reduction.indptr[:-1][some]] == 1.0
    return first, (count == 0) | ((count == 1) & unit)


@njit(cache=True)
def _scatter(data, slots, elements, stiffness):
    """Adds the entries of plain elements; slots are by column, so the transposed entry is read."""
    for s in range(elements.shape[0]):
        e = elements[s]
        for j in range(slots.shape[1]):
            for i in range(slots.shape[2]):
                place = slots[s, j, i]
                if place >= 0:
                    data[place] += stiffness[e, i, j]


@njit(cache=True)
def _pattern(entries, pointers, size):
    """Column pointers, sorted row numbers, and for each element's (column, row) its place; -1 where there is no unknown."""
    elements = pointers.shape[0] - 1
    touching = np.zeros(size + 1, dtype=np.int64)
    total = 0
    for e in range(elements):
        width = pointers[e + 1] - pointers[e]
        total += width * width
        for x in range(pointers[e], pointers[e + 1]):
            if entries[x] >= 0:
                touching[entries[x] + 1] += 1
    touching = np.cumsum(touching)
    owner = np.empty(touching[size], dtype=np.int64)
    local = np.empty(touching[size], dtype=np.int64)
    filled = touching[:-1].copy()
    base = np.empty(elements, dtype=np.int64)
    at = 0
    for e in range(elements):
        base[e] = at
        width = pointers[e + 1] - pointers[e]
        at += width * width
        for x in range(pointers[e], pointers[e + 1]):
            if entries[x] >= 0:
                owner[filled[entries[x]]] = e
                local[filled[entries[x]]] = x - pointers[e]
                filled[entries[x]] += 1
    slots = np.full(total, -1, dtype=np.int32)
    indptr = np.zeros(size + 1, dtype=np.int32)
    seen = np.full(size, -1, dtype=np.int64)
    for column in range(size):
        count = 0
        for t in range(touching[column], touching[column + 1]):
            for x in range(pointers[owner[t]], pointers[owner[t] + 1]):
                row = entries[x]
                if row >= 0 and seen[row] != column:
                    seen[row] = column
                    count += 1
        indptr[column + 1] = indptr[column] + count
    indices = np.empty(indptr[size], dtype=np.int32)
    place = np.zeros(size, dtype=np.int64)
    seen[:] = -1
    for column in range(size):
        count = 0
        for t in range(touching[column], touching[column + 1]):
            for x in range(pointers[owner[t]], pointers[owner[t] + 1]):
                row = entries[x]
                if row >= 0 and seen[row] != column:
                    seen[row] = column
                    indices[indptr[column] + count] = row
                    count += 1
        part = np.sort(indices[indptr[column] : indptr[column] + count])
        for x in range(count):
            indices[indptr[column] + x] = part[x]
            place[part[x]] = indptr[column] + x
        for t in range(touching[column], touching[column + 1]):
            e = owner[t]
            width = pointers[e + 1] - pointers[e]
            for x in range(width):
                row = entries[pointers[e] + x]
                if row >= 0:
                    slots[base[e] + local[t] * width + x] = place[row]
    return indptr, indices, slots
