"""Stiffness and forces of elements in compiled code, their enhanced modes eliminated, and the modes got back afterwards."""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernels import AXISYMMETRIC, deformation, fill, mode_strain, pushed


@njit(cache=True)
def matrices_of(u, stress, turning, tangent, elements, rule):
    """Give forces (m, k), stiffness (m, k, k), the modes' eliminated rows (m, a, k + a) and heads (m, a), and unsettled energy.

    u : displacements of the elements [m], shape (m, k)
    stress : [Pa], shape (m, p, 6)
    turning : stress that goes into the stiffness against turning [Pa], shape (m, p, 6)
    tangent : of the material [Pa], shape (m, p, 6, 6), or (1, 1, 6, 6) that holds everywhere
    elements : Elements [-]
    rule : a Rule [-]
    """
    gradients, axes, mode_columns = elements.gradients, rule.axes, rule.mode_columns
    m, p, n, d = gradients.shape
    k, modes = u.shape[1], mode_columns.shape[0]
    extra, total = k - n * d, k + modes
    everywhere = tangent.shape[0] == 1
    forces = np.empty((m, k))
    stiffness = np.empty((m, k, k))
    rows = np.empty((m, modes, total))
    heads = np.empty((m, modes))
    f = np.eye(3)
    columns = np.empty((8, 6))
    b = np.zeros((total, 6))
    image = np.empty((6, total))
    full = np.empty((total, total))
    head = np.empty(total)
    unsettled = 0.0
    for e in range(m):
        full[:] = 0.0
        head[:] = 0.0
        pushed(elements.inverses[e], columns)
        for q in range(p):
            if rule.rotations:
                deformation(u[e], gradients[e, q], axes, f)
                if rule.kind == AXISYMMETRIC:
                    for i in range(n):
                        f[1, 1] += u[e, i * d] * rule.values[q, i] / elements.positions[e, q, 0]
            fill(b, f, elements, rule, e, q, extra)
            for a in range(modes):
                factor = mode_strain(elements, rule, e, q, a)
                for c in range(6):
                    b[k + a, c] = factor * columns[mode_columns[a], c]
            material = tangent[0, 0] if everywhere else tangent[e, q]
            w = elements.volumes[e, q]
            for c in range(6):
                for i in range(total):
                    image[c, i] = 0.0
                for s in range(6):
                    t = material[c, s] * w
                    if t != 0.0:
                        for i in range(total):
                            image[c, i] += t * b[i, s]
            for i in range(total):
                for c in range(6):
                    t = b[i, c]
                    if t != 0.0:
                        head[i] += t * stress[e, q, c] * w
                        for j in range(total):
                            full[i, j] += t * image[c, j]
            if rule.rotations:
                _add_geometric(full, turning[e, q], elements, rule, e, q)
        for a in range(modes - 1, -1, -1):
            row = k + a
            pivot = full[row, row]
            if pivot == 0.0:  # a material without stiffness in this mode (a fully soft point): leave the mode at rest
                pivot = 1.0
                full[row, row] = 1.0
                head[row] = 0.0
            unsettled += head[row] * head[row] / abs(pivot)
            for i in range(row):
                t = full[i, row] / pivot
                if t != 0.0:
                    head[i] -= t * head[row]
                    for j in range(row):
                        full[i, j] -= t * full[row, j]
            heads[e, a] = head[row]
            for j in range(total):
                rows[e, a, j] = full[row, j]
        for i in range(k):
            forces[e, i] = head[i]
            for j in range(k):
                stiffness[e, i, j] = full[i, j]
    return forces, stiffness, rows, heads, unsettled


@njit(cache=True)
def _add_geometric(full, stress, elements, rule, e, q):
    """Adds what stress resists to turning: g_i . S . g_j for each axis, and the hoop's part along the radius."""
    gradients, values, axes, w = elements.gradients[e, q], rule.values[q], rule.axes, elements.volumes[e, q]
    n, d = gradients.shape
    s = np.empty((3, 3))
    for c in range(3):
        j = (c + 1) % 3
        s[c, c] = stress[c]
        s[c, j] = s[j, c] = stress[3 + c]
    for i in range(n):
        for j in range(n):
            t = 0.0
            for a in range(d):
                for b in range(d):
                    t += gradients[i, a] * s[axes[a], axes[b]] * gradients[j, b]
            for a in range(d):
                full[i * d + a, j * d + a] += t * w
            if rule.kind == AXISYMMETRIC:
                full[i * d, j * d] += stress[1] * values[i] * values[j] / elements.positions[e, q, 0] ** 2 * w


@njit(cache=True)
def moved_modes(alpha, rows, heads, change):
    """Give the modes (m, a) [m^2] after a change of displacements, by the rows that were eliminated.

    alpha : the modes before [m^2], shape (m, a)
    rows : of the eliminated modes [N/m], shape (m, a, k + a)
    heads : their forces [N], shape (m, a)
    change : of the displacements [m], shape (m, k)
    """
    m, modes, total = rows.shape
    k = total - modes
    moved = alpha.copy()
    step = np.empty(modes)
    for e in range(m):
        for a in range(modes):
            value = -heads[e, a]
            for j in range(k):
                value -= rows[e, a, j] * change[e, j]
            for j in range(a):
                value -= rows[e, a, k + j] * step[j]
            step[a] = value / rows[e, a, k + a]
            moved[e, a] += step[a]
    return moved


@njit(cache=True)
def strain_loads(tangent, elements, rule, extra):
    """Give the forces (m, k, 6) [N] that hold back a uniform unit of each of the six strains: int B^T C dV.

    The enhanced modes do no work on a uniform stress, so they have no part in it.

    tangent : one for all points [Pa], shape (6, 6)
    elements : Elements [-]
    rule : a Rule [-]
    extra : unknowns after the nodes' [-]
    """
    m, p, n, d = elements.gradients.shape
    k = n * d + extra
    loads = np.zeros((m, k, 6))
    f = np.eye(3)
    b = np.zeros((k, 6))
    for e in range(m):
        for q in range(p):
            fill(b, f, elements, rule, e, q, extra)
            for i in range(k):
                for c in range(6):
                    t = b[i, c] * elements.volumes[e, q]
                    if t != 0.0:
                        for s in range(6):
                            loads[e, i, s] += t * tangent[c, s]
    return loads
