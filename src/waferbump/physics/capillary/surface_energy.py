"""Area, weight and volume of a surface of six-node triangles, with their gradients and the Hessian along one direction a node.

A triangle's nodes are its corners 0, 1, 2 and the middles 3, 4, 5 of the sides 0-1, 1-2, 2-0. Lengths and forces are without
dimensions: the surface tension is 1. Volume and weight are taken over the surface by Gauss's theorem, V = int z n_z dA and
int z dV = int z^2/2 n_z dA, which leaves nothing to add for a pad in the plane z = 0 and lets a surface overhang.
"""

from __future__ import annotations

import numpy as np
from numba import njit


def _rule() -> np.ndarray:
    """Twelve-point rule on the unit triangle, exact to degree 6 (what z^2 n_z is); rows u, v, weight."""
    rows = []
    # Dunavant, Int. J. Numer. Meth. Eng. 21, 1129 (1985), degree 6
    for weight, a in ((0.116786275726379, 0.249286745170910), (0.050844906370207, 0.063089014491502)):
        b = 1 - 2 * a
        rows += [(a, a, weight), (a, b, weight), (b, a, weight)]
    weight, a, b = 0.082851075618374, 0.053145049844817, 0.310352451033784
    c = 1 - a - b
    rows += [(u, v, weight) for u, v in ((a, b), (b, a), (a, c), (c, a), (b, c), (c, b))]
    rule = np.array(rows)
    rule[:, 2] *= 0.5 / rule[:, 2].sum()
    return rule


def shape_functions(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quadratic shape functions of a triangle and their derivatives along u and v.

    N_corner = l (2 l - 1), N_middle = 4 l l' with l the barycentric coordinates 1 - u - v, u, v

    Parameters
    ----------
    u, v : position in the unit triangle [1], arrays (k,)

    Returns
    -------
    N, dN/du, dN/dv, arrays (k, 6)

    Valid in the whole triangle. Source: Zienkiewicz and Taylor, The Finite Element Method, six-node triangle.

    >>> float(shape_functions(np.array([0.2]), np.array([0.3]))[0].sum())
    1.0
    """
    w, zero = 1 - u - v, np.zeros_like(u)
    values = np.stack([w * (2 * w - 1), u * (2 * u - 1), v * (2 * v - 1), 4 * w * u, 4 * u * v, 4 * v * w], -1)
    along_u = np.stack([1 - 4 * w, 4 * u - 1, zero, 4 * (w - u), 4 * v, -4 * v], -1)
    along_v = np.stack([1 - 4 * w, zero, 4 * v - 1, -4 * u, 4 * u, 4 * (w - v)], -1)
    return values, along_u, along_v


TURNED_BACK = -0.7  # our choice: cosine of 134 degrees; liquid at a pad's corner turns by less within a triangle, a fold by 180
RULE = _rule()
WEIGHTS = RULE[:, 2].copy()
SHAPES, ALONG_U, ALONG_V = shape_functions(RULE[:, 0], RULE[:, 1])
NODES = np.array([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)])
_, NODE_U, NODE_V = shape_functions(NODES[:, 0], NODES[:, 1])


@njit(cache=True)
def measures(points, triangles, rule_weights, shapes, along_u, along_v):
    """Area, first moment and volume below a surface.

    A = int dA, M = int z^2/2 n_z dA, V = int z n_z dA

    Parameters
    ----------
    points : x [any length], array (n, 3)
    triangles : six nodes each [1], array (m, 6)
    rule_weights, shapes, along_u, along_v : `WEIGHTS`, `SHAPES`, `ALONG_U`, `ALONG_V` [1], arrays (k,) and (k, 6)

    Returns
    -------
    A, M, V

    Valid for any surface. Source: Gauss's theorem.

    >>> square = np.array([[0, 0, 1.0], [1, 0, 1], [0, 1, 1], [0.5, 0, 1], [0.5, 0.5, 1], [0, 0.5, 1]])
    >>> [round(x, 12) for x in measures(square, np.arange(6)[None], WEIGHTS, SHAPES, ALONG_U, ALONG_V)]
    [0.5, 0.25, 0.5]
    """
    area = moment = volume = 0.0
    for t in range(triangles.shape[0]):
        for q in range(rule_weights.size):
            ax = ay = az = bx = by = bz = z = 0.0
            for i in range(6):
                node = triangles[t, i]
                px, py, pz = points[node, 0], points[node, 1], points[node, 2]
                nu, nv = along_u[q, i], along_v[q, i]
                ax += nu * px
                ay += nu * py
                az += nu * pz
                bx += nv * px
                by += nv * py
                bz += nv * pz
                z += shapes[q, i] * pz
            nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            area += rule_weights[q] * np.sqrt(nx * nx + ny * ny + nz * nz)
            moment += rule_weights[q] * 0.5 * z * z * nz
            volume += rule_weights[q] * z * nz
    return area, moment, volume


@njit(cache=True)
def gradients(points, triangles, counts_area, rule_weights, shapes, along_u, along_v):
    """Gradients of area, first moment and volume with respect to every node.

    dA/dx_i, dM/dx_i, dV/dx_i of `measures`

    Parameters
    ----------
    points : x [any length], array (n, 3)
    triangles : six nodes each [1], array (m, 6)
    counts_area : whether the triangles are free surface [1], else only their moment and volume count
    rule_weights, shapes, along_u, along_v : as in `measures` [1]

    Returns
    -------
    three arrays (n, 3)

    Valid for any surface without a folded triangle. Source: derivative of `measures`.

    >>> flat = np.array([[0, 0, 1.0], [1, 0, 1], [0, 1, 1], [0.5, 0, 1], [0.5, 0.5, 1], [0, 0.5, 1]])
    >>> lifted = gradients(flat, np.arange(6)[None], True, WEIGHTS, SHAPES, ALONG_U, ALONG_V)[2]
    >>> round(float(lifted[:, 2].sum()), 12)   # lifting all of it by one adds its area to the volume
    0.5
    """
    of_area, of_moment, of_volume = np.zeros(points.shape), np.zeros(points.shape), np.zeros(points.shape)
    for t in range(triangles.shape[0]):
        for q in range(rule_weights.size):
            ax = ay = az = bx = by = bz = z = 0.0
            for i in range(6):
                node = triangles[t, i]
                px, py, pz = points[node, 0], points[node, 1], points[node, 2]
                nu, nv = along_u[q, i], along_v[q, i]
                ax += nu * px
                ay += nu * py
                az += nu * pz
                bx += nv * px
                by += nv * py
                bz += nv * pz
                z += shapes[q, i] * pz
            nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            weight = rule_weights[q]
            if counts_area:
                scale = weight / np.sqrt(nx * nx + ny * ny + nz * nz)
                ux, uy, uz = (by * nz - bz * ny) * scale, (bz * nx - bx * nz) * scale, (bx * ny - by * nx) * scale
                vx, vy, vz = (ny * az - nz * ay) * scale, (nz * ax - nx * az) * scale, (nx * ay - ny * ax) * scale
            else:
                ux = uy = uz = vx = vy = vz = 0.0
            half_square = 0.5 * z * z
            for i in range(6):
                node = triangles[t, i]
                nu, nv = along_u[q, i], along_v[q, i]
                of_area[node, 0] += nu * ux + nv * vx
                of_area[node, 1] += nu * uy + nv * vy
                of_area[node, 2] += nu * uz + nv * vz
                by_x, by_y = (nu * by - nv * ay) * weight, (nv * ax - nu * bx) * weight
                lifted = shapes[q, i] * nz * weight
                of_volume[node, 0] += z * by_x
                of_volume[node, 1] += z * by_y
                of_volume[node, 2] += lifted
                of_moment[node, 0] += half_square * by_x
                of_moment[node, 1] += half_square * by_y
                of_moment[node, 2] += z * lifted
    return of_area, of_moment, of_volume


@njit(cache=True)
def hessian(points, triangles, directions, slots, size, bond, pressure, rule_weights, shapes, along_u, along_v):
    """Second derivatives of A + Bo M - p V when each node moves along its own direction.

    K_ij = d2(A + Bo M - p V) / ds_i ds_j with x_i = X_i + s_i d_i

    Parameters
    ----------
    points : x [any length], array (n, 3)
    triangles : six nodes each [1], array (m, 6)
    directions : d_i [1], array (n, 3)
    slots : where each entry of a triangle's matrix goes in the result, negative for nodes that are held [1], array (m, 6, 6)
    size : entries of the result [1]
    bond : Bo = rho g L^2 / gamma [1]
    pressure : p in units of gamma / L [1]
    rule_weights, shapes, along_u, along_v : as in `measures` [1]

    Returns
    -------
    array (size,)

    Valid for any surface without a folded triangle. Source: derivative of `gradients`.

    >>> flat = np.array([[0, 0, 1.0], [1, 0, 1], [0, 1, 1], [0.5, 0, 1], [0.5, 0.5, 1], [0, 0.5, 1]])
    >>> up, slots = np.tile([0, 0, 1.0], (6, 1)), np.arange(36).reshape(1, 6, 6)
    >>> matrix = hessian(flat, np.arange(6)[None], up, slots, 36, 0.0, 0.0, WEIGHTS, SHAPES, ALONG_U, ALONG_V).reshape(6, 6)
    >>> bool(abs(matrix.sum(0)).max() < 1e-12)   # lifting all of it alike changes no area
    True
    """
    data = np.zeros(size)
    local = np.empty((6, 3))
    along = np.empty((6, 3))
    change = np.empty((6, 3))
    for t in range(triangles.shape[0]):
        for i in range(6):
            for k in range(3):
                local[i, k] = points[triangles[t, i], k]
                along[i, k] = directions[triangles[t, i], k]
        for q in range(rule_weights.size):
            ax = ay = az = bx = by = bz = z = 0.0
            for i in range(6):
                nu, nv = along_u[q, i], along_v[q, i]
                ax += nu * local[i, 0]
                ay += nu * local[i, 1]
                az += nu * local[i, 2]
                bx += nv * local[i, 0]
                by += nv * local[i, 1]
                bz += nv * local[i, 2]
                z += shapes[q, i] * local[i, 2]
            nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            norm = np.sqrt(nx * nx + ny * ny + nz * nz)
            inverse = 1.0 / norm
            ex, ey, ez = nx * inverse, ny * inverse, nz * inverse
            weight = rule_weights[q]
            # weight of the second derivative of n_z, and its first and second derivative along z
            lift = 0.5 * bond * z * z - pressure * z
            slope = bond * z - pressure
            for i in range(6):
                nu, nv = along_u[q, i], along_v[q, i]
                dx, dy, dz = along[i, 0], along[i, 1], along[i, 2]
                change[i, 0] = nu * (dy * bz - dz * by) + nv * (ay * dz - az * dy)
                change[i, 1] = nu * (dz * bx - dx * bz) + nv * (az * dx - ax * dz)
                change[i, 2] = nu * (dx * by - dy * bx) + nv * (ax * dy - ay * dx)
            for i in range(6):
                if slots[t, i, i] < 0:
                    continue
                dx, dy, dz = along[i, 0], along[i, 1], along[i, 2]
                cx, cy, cz = change[i, 0], change[i, 1], change[i, 2]
                outward = ex * cx + ey * cy + ez * cz
                lifted = shapes[q, i] * dz
                for j in range(i, 6):
                    slot = slots[t, i, j]
                    if slot < 0:
                        continue
                    skew = along_u[q, i] * along_v[q, j] - along_v[q, i] * along_u[q, j]
                    tx = dy * along[j, 2] - dz * along[j, 1]
                    ty = dz * along[j, 0] - dx * along[j, 2]
                    tz = dx * along[j, 1] - dy * along[j, 0]
                    other = ex * change[j, 0] + ey * change[j, 1] + ez * change[j, 2]
                    lifted_j = shapes[q, j] * along[j, 2]
                    value = skew * (ex * tx + ey * ty + ez * tz)
                    value += inverse * (cx * change[j, 0] + cy * change[j, 1] + cz * change[j, 2] - outward * other)
                    value += bond * lifted * lifted_j * nz + slope * (lifted * change[j, 2] + lifted_j * cz) + lift * skew * tz
                    value *= weight
                    data[slot] += value
                    if i != j:
                        data[slots[t, j, i]] += value
    return data


def folded(points: np.ndarray, triangles: np.ndarray) -> int:
    """How many triangles fold over on themselves: their normal turns back from the middle of a side to another node.

    cos of the angle between (x_u x x_v)(node) and (x_u x x_v)(middle of side 0-1) below `TURNED_BACK`

    Parameters
    ----------
    points : x [any length], array (n, 3)
    triangles : six nodes each [1], array (m, 6)

    Returns
    -------
    number of triangles

    Valid for any surface. Source: definition.

    >>> flat = np.array([[0, 0, 1.0], [1, 0, 1], [0, 1, 1], [0.9, 0, 1], [0.5, 0.5, 1], [0, 0.5, 1]])
    >>> folded(flat, np.arange(6)[None])   # a middle so near a corner that the side runs past it and back
    1
    """
    corners = points[triangles]
    a, b = NODE_U @ corners, NODE_V @ corners
    across = np.stack([a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in ((1, 2), (2, 0), (0, 1))], -1)
    length = np.sqrt(np.einsum("mik,mik->mi", across, across))
    cosine = np.einsum("mik,mk->mi", across, across[:, 3])
    return int(np.sum(np.any(cosine < TURNED_BACK * length * length[:, 3:4], axis=1)))


def normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals at the nodes of a surface, averaged over the triangles that meet there by their area.

    n_i = sum_t (x_u x x_v)(x_i) / |...|

    Parameters
    ----------
    points : x [any length], array (n, 3)
    triangles : six nodes each [1], array (m, 6)

    Returns
    -------
    array (n, 3); zero at a node of no triangle

    Valid for any surface without a folded triangle. Source: definition.

    >>> flat = np.array([[0, 0, 1.0], [1, 0, 1], [0, 1, 1], [0.5, 0, 1], [0.5, 0.5, 1], [0, 0.5, 1]])
    >>> normals(flat, np.arange(6)[None])[3].tolist()
    [0.0, 0.0, 1.0]
    """
    corners = points[triangles]
    a, b = NODE_U @ corners, NODE_V @ corners
    flat = triangles.ravel()
    total = np.empty(points.shape)
    for k, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        total[:, k] = np.bincount(flat, (a[..., i] * b[..., j] - a[..., j] * b[..., i]).ravel(), len(points))
    length = np.sqrt(np.einsum("ij,ij->i", total, total))
    return total / np.where(length > 0, length, 1.0)[:, None]
