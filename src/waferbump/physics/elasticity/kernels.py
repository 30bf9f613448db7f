"""Element integrals in compiled code: gradients, strains, stiffness with the enhanced modes eliminated.

Strains and stresses have six components (xx, yy, zz, xy, yz, zx) with engineering shears. A virtual displacement of node i along axis A
changes the Green-Lagrange strain by sym(F^T e_A g_i), g_i the gradient of its shape function and F the deformation gradient; with F = 1
that is the small strain. Enhanced strain is (j0/j) J0^-T M J0^-1 with modes M that integrate to zero against a constant stress.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .shapes import HOOP, KINDS, VOLUME

AXISYMMETRIC = KINDS.index("axisymmetric")


class Rule(NamedTuple):
    """What all elements of a block share, as compiled code takes it: arrays of `shapes.Shape`, the place of the kinematics in KINDS, and
    whether strain is Green-Lagrange's."""

    values: np.ndarray
    axes: np.ndarray
    mode_columns: np.ndarray
    mode_values: np.ndarray
    kind: int
    rotations: bool


class Elements(NamedTuple):
    """What each element of a block has of its own: gradients [1/m] (m, p, n, d), volumes [m^3] (m, p), positions [m] (m, p, d), j0/j
    (m, p), J0^-1 [1/m] (m, 3, 3), central positions [m] (m, d), means of the modes (m, a)."""

    gradients: np.ndarray
    volumes: np.ndarray
    positions: np.ndarray
    ratios: np.ndarray
    inverses: np.ndarray
    centres: np.ndarray
    means: np.ndarray


@njit(cache=True)
def geometry_of(nodes, cells, widths, rule, slopes, central_values, central_slopes, weights):
    """Give every element its own geometry, the modes' means still zero; a volume that is not positive marks one turned inside out.

    nodes : positions [m], shape (n, d)
    cells : node numbers [-], shape (m, 4) or (m, 8)
    widths : across the plane [m], shape (m,)
    rule : a Rule [-]
    slopes : of the shape functions at the points [-], shape (p, n, d)
    central_values : of the shape functions in the middle [-], shape (n,)
    central_slopes : in the middle [-], shape (n, d)
    weights : of the points [-], shape (p,)
    """
    values, axes = rule.values, rule.axes
    m, n = cells.shape
    p, d = weights.shape[0], nodes.shape[1]
    gradients = np.empty((m, p, n, d))
    volumes = np.empty((m, p))
    positions = np.zeros((m, p, d))
    ratios = np.empty((m, p))
    inverses = np.zeros((m, 3, 3))
    centres = np.zeros((m, d))
    jacobian = np.empty((d, d))
    inverse = np.empty((d, d))
    for e in range(m):
        jacobian[:] = 0.0
        for i in range(n):
            for a in range(d):
                centres[e, a] += central_values[i] * nodes[cells[e, i], a]
                for b in range(d):
                    jacobian[a, b] += nodes[cells[e, i], a] * central_slopes[i, b]
        central = invert(jacobian, inverse)
        for a in range(3):
            inverses[e, a, a] = 1.0
        for a in range(d):
            for b in range(d):
                inverses[e, axes[a], axes[b]] = inverse[a, b]
        for q in range(p):
            jacobian[:] = 0.0
            for i in range(n):
                for a in range(d):
                    positions[e, q, a] += values[q, i] * nodes[cells[e, i], a]
                    for b in range(d):
                        jacobian[a, b] += nodes[cells[e, i], a] * slopes[q, i, b]
            size = invert(jacobian, inverse)
            ratios[e, q] = central / size if size != 0.0 else 0.0
            volumes[e, q] = size * weights[q] * widths[e]
            if rule.kind == AXISYMMETRIC:
                volumes[e, q] *= 2 * np.pi * positions[e, q, 0]
            for i in range(n):
                for a in range(d):
                    total = 0.0
                    for b in range(d):
                        total += slopes[q, i, b] * inverse[b, a]
                    gradients[e, q, i, a] = total
    return Elements(gradients, volumes, positions, ratios, inverses, centres, np.zeros((m, rule.mode_columns.shape[0])))


@njit(cache=True)
def invert(matrix, inverse):
    """Invert a 2 x 2 or 3 x 3 matrix and give its determinant; the inverse of a singular one is left unfinished.

    matrix : [any], shape (d, d)
    inverse : filled [1/any], shape (d, d)
    """
    if matrix.shape[0] == 2:
        size = matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]
        if size != 0.0:
            inverse[0, 0], inverse[1, 1] = matrix[1, 1] / size, matrix[0, 0] / size
            inverse[0, 1], inverse[1, 0] = -matrix[0, 1] / size, -matrix[1, 0] / size
        return size
    for a in range(3):
        for b in range(3):
            r, s, t, v = (b + 1) % 3, (b + 2) % 3, (a + 1) % 3, (a + 2) % 3
            inverse[a, b] = matrix[r, t] * matrix[s, v] - matrix[r, v] * matrix[s, t]
    size = matrix[0, 0] * inverse[0, 0] + matrix[0, 1] * inverse[1, 0] + matrix[0, 2] * inverse[2, 0]
    if size != 0.0:
        for a in range(3):
            for b in range(3):
                inverse[a, b] /= size
    return size


@njit(cache=True)
def deformation(u, gradients, axes, f):
    """Fill in the deformation gradient F = 1 + grad u at a point.

    u : displacements of the element [m], shape (k,)
    gradients : at the point [1/m], shape (n, d)
    axes : of the coordinates [-], shape (d,)
    f : filled [-], shape (3, 3)
    """
    for a in range(3):
        for b in range(3):
            f[a, b] = 1.0 if a == b else 0.0
    n, d = gradients.shape
    for i in range(n):
        for a in range(d):
            for b in range(d):
                f[axes[a], axes[b]] += u[i * d + a] * gradients[i, b]


@njit(cache=True)
def pushed(inverse, columns):
    """Fill in the strains that a unit of each reference strain makes in space, J0^-T M J0^-1; then the volumetric and the hoop one.

    inverse : J0^-1 [1/m], shape (3, 3)
    columns : filled [1/m^2], shape (8, 6)
    """
    columns[:] = 0.0
    for c in range(6):
        a = c if c < 3 else c - 3
        b = c if c < 3 else (c - 2) % 3
        for i in range(3):
            columns[c, i] = inverse[a, i] * inverse[b, i]
        for s in range(3):
            i, j = s, (s + 1) % 3
            if c < 3:
                columns[c, 3 + s] = 2 * inverse[a, i] * inverse[a, j]
            else:
                columns[c, 3 + s] = inverse[a, i] * inverse[b, j] + inverse[b, i] * inverse[a, j]
    columns[VOLUME, 0] = columns[VOLUME, 1] = columns[VOLUME, 2] = 1.0
    columns[HOOP, 1] = 1.0


@njit(cache=True)
def mode_strain(elements, rule, e, q, a):
    """Give the factor of a mode's pushed strain at a point; over the volume it is zero on average.

    elements : Elements [-]
    rule : a Rule [-]
    e, q, a : numbers of element, point and mode [-]
    """
    ratio, value = elements.ratios[e, q], rule.mode_values[q, a]
    if rule.mode_columns[a] == HOOP:
        return value * ratio * elements.centres[e, 0] / elements.positions[e, q, 0]
    return (value - elements.means[e, a]) * ratio


@njit(cache=True)
def fill(b, f, elements, rule, e, q, extra):
    """Fill in the changes of the six strains with each unknown, sym(F^T e_A g_i) and the hoop's.

    b : filled [1/m], shape (unknowns, 6)
    f : deformation gradient [-], shape (3, 3)
    elements : Elements [-]
    rule : a Rule [-]
    e, q : numbers of element and point [-]
    extra : unknowns after the nodes' [-]
    """
    gradients, values, position, axes = elements.gradients[e, q], rule.values[q], elements.positions[e, q], rule.axes
    n, d = gradients.shape
    g = np.zeros(3)
    for i in range(n):
        for a in range(d):
            g[axes[a]] = gradients[i, a]
        for a in range(d):
            r, k = axes[a], i * d + a
            b[k, 0] = f[r, 0] * g[0]
            b[k, 1] = f[r, 1] * g[1]
            b[k, 2] = f[r, 2] * g[2]
            b[k, 3] = f[r, 0] * g[1] + f[r, 1] * g[0]
            b[k, 4] = f[r, 1] * g[2] + f[r, 2] * g[1]
            b[k, 5] = f[r, 2] * g[0] + f[r, 0] * g[2]
        if rule.kind == AXISYMMETRIC:
            b[i * d, 1] += f[1, 1] * values[i] / position[0]
    for x in range(extra):
        for c in range(6):
            b[n * d + x, c] = 0.0
        b[n * d + x, 1] = 1.0 if x == 0 else position[x - 1]


@njit(cache=True)
def strains_of(u, alpha, elements, rule, rotations):
    """Give the strains of displacements and modes.

    u : displacements of the elements [m], shape (m, k)
    alpha : amplitudes of the modes [m^2], shape (m, a)
    elements : Elements [-]
    rule : a Rule [-]
    rotations : whether they are Green-Lagrange's [-]
    """
    m, p, n, d = elements.gradients.shape
    extra, modes = u.shape[1] - n * d, alpha.shape[1]
    strain = np.zeros((m, p, 6))
    f = np.empty((3, 3))
    columns = np.empty((8, 6))
    for e in range(m):
        pushed(elements.inverses[e], columns)
        for q in range(p):
            position = elements.positions[e, q]
            deformation(u[e], elements.gradients[e, q], rule.axes, f)
            if rule.kind == AXISYMMETRIC:
                for i in range(n):
                    f[1, 1] += u[e, i * d] * rule.values[q, i] / position[0]
            for x in range(extra):
                strain[e, q, 1] += u[e, n * d + x] * (1.0 if x == 0 else position[x - 1])
            for c in range(3):
                j = (c + 1) % 3
                if rotations:
                    strain[e, q, c] += 0.5 * (f[0, c] * f[0, c] + f[1, c] * f[1, c] + f[2, c] * f[2, c] - 1.0)
                    strain[e, q, 3 + c] += f[0, c] * f[0, j] + f[1, c] * f[1, j] + f[2, c] * f[2, j]
                else:
                    strain[e, q, c] += f[c, c] - 1.0
                    strain[e, q, 3 + c] += f[c, j] + f[j, c]
            for a in range(modes):
                factor = alpha[e, a] * mode_strain(elements, rule, e, q, a)
                for c in range(6):
                    strain[e, q, c] += factor * columns[rule.mode_columns[a], c]
    return strain
