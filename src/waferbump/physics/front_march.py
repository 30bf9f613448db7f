"""The march itself: nodes settle in the order of their times; a time comes from a cell whose other corners are settled, or along an edge.

One flat array of nodes and one of cells, with the same strides and a ring of solid cells outside, so that nothing asks where the grid ends:
the cell with the flat index p lies between the node p and the nodes after it on every axis. Two and three axes share the code.

In a cell of slowness s the derivative along an axis is the mean difference over the cell's parallel edges; with all corners but one known,
|grad T| = s is a quadratic in the last (for squares Vidale's formula, Bull. Seismol. Soc. Am. 78 (1988) 2062). It is centred in the cell:
second order where the rate is smooth, and a cell needs no rate but its own, so that a jump between two cells is no matter. It counts only
where the front comes from inside the cell (no derivative negative, no known corner later than the three next to the node); else faces
and edges carry the front. Sums are ordered so that mirrored, turned and planar fields give the same bits.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FAR, SETTLED = -1, -2  # places of nodes that are not in the heap
_ALIKE = 4.0  # cells about an edge or face with a slowness within this of the least are one smooth field; our choice (2 to 100 do as well)


@njit(cache=True, error_model="numpy")
def _raised(heap, place, time, length, node):
    """Length of the heap after a node whose time fell was put in or moved up."""
    i = place[node]
    if i < 0:
        i = length
        length += 1
    value = time[node]
    while i > 0:
        parent = (i - 1) >> 1
        if time[heap[parent]] <= value:
            break
        heap[i] = heap[parent]
        place[heap[i]] = i
        i = parent
    heap[i] = node
    place[node] = i
    return length


@njit(cache=True, error_model="numpy")
def _first(heap, place, time, length):
    """The earliest node, taken out of the heap (whose length the caller lowers by one)."""
    first, last = heap[0], heap[length - 1]
    length -= 1
    place[first] = SETTLED
    value, i = time[last], 0
    while True:
        child = 2 * i + 1
        if child >= length:
            break
        if child + 1 < length and time[heap[child + 1]] < time[heap[child]]:
            child += 1
        if time[heap[child]] >= value:
            break
        heap[i] = heap[child]
        place[heap[i]] = i
        i = child
    if length > 0:
        heap[i] = last
        place[last] = i
    return first


@njit(cache=True, error_model="numpy")
def _shared(a, b):
    """Slowness of what two cells share: their mean in a smooth field, the lesser at a jump (a head wave runs in the faster layer)."""
    low, high = min(a, b), max(a, b)
    return 0.5 * (low + high) if high <= _ALIKE * low else low


@njit(cache=True, error_model="numpy")
def _around(slowness, cell, first, second):
    """Slowness of the edge that four cells share: mean of those alike the fastest."""
    a, b, c, d = slowness[cell], slowness[cell - first], slowness[cell - second], slowness[cell - first - second]
    low = min(min(a, b), min(c, d))
    most = _ALIKE * low
    count = int(a <= most) + int(b <= most) + int(c <= most) + int(d <= most)
    # summed across the edge first, so that a mirrored or turned field gives the same bits
    total = ((a if a <= most else 0.0) + (d if d <= most else 0.0)) + ((b if b <= most else 0.0) + (c if c <= most else 0.0))
    return total / count


@njit(cache=True, error_model="numpy")
def _in_square(time, node, one, two, h_one, h_two, slowness):
    """Time of a node from a square's other corners (`one`, `two`: steps to those next to it); inf if the front comes from elsewhere."""
    a, b, c = time[node + one], time[node + two], time[node + one + two]
    base = max(a, b)
    if not c <= base:
        return np.inf
    k_one, k_two = (b - base) - (a - base) - (c - base), (a - base) - (b - base) - (c - base)
    w_one, w_two = 0.25 / (h_one * h_one), 0.25 / (h_two * h_two)
    w = w_one + w_two
    half = w_one * k_one + w_two * k_two
    under = half * half - w * (w_one * k_one * k_one + w_two * k_two * k_two - slowness * slowness)
    if not under >= 0.0:
        return np.inf
    ahead = (np.sqrt(under) - half) / w
    if ahead >= 0.0 and ahead + k_one >= 0.0 and ahead + k_two >= 0.0:
        return base + ahead
    return np.inf


@njit(cache=True, error_model="numpy")
def _in_cube(time, node, one, two, three, h_one, h_two, h_three, slowness):
    """Time of a node from the seven other corners of a cell; inf if the front comes from elsewhere."""
    a, b, c = time[node + one], time[node + two], time[node + three]
    base = max(a, max(b, c))
    ab, ac, bc, abc = time[node + one + two], time[node + one + three], time[node + two + three], time[node + one + two + three]
    if not (ab <= base and ac <= base and bc <= base and abc <= base):
        return np.inf
    a, b, c, ab, ac, bc, abc = a - base, b - base, c - base, ab - base, ac - base, bc - base, abc - base
    k_one = (b + c + bc) - (a + abc + (ab + ac))
    k_two = (a + c + ac) - (b + abc + (ab + bc))
    k_three = (a + b + ab) - (c + abc + (ac + bc))
    w_one, w_two, w_three = 0.0625 / (h_one * h_one), 0.0625 / (h_two * h_two), 0.0625 / (h_three * h_three)
    w = w_one + (w_two + w_three)
    half = w_one * k_one + (w_two * k_two + w_three * k_three)
    squares = w_one * k_one * k_one + (w_two * k_two * k_two + w_three * k_three * k_three)
    under = half * half - w * (squares - slowness * slowness)
    if not under >= 0.0:
        return np.inf
    ahead = (np.sqrt(under) - half) / w
    if ahead >= 0.0 and ahead + k_one >= 0.0 and ahead + k_two >= 0.0 and ahead + k_three >= 0.0:
        return base + ahead
    return np.inf


@njit(cache=True, error_model="numpy")
def march(time, slowness, strides, sizes):
    """Times of all nodes, in place.

    Parameters
    ----------
    time : T [s] of the nodes, flat, with the ring: finite where the front starts, inf elsewhere
    slowness : 1 / R [s/m] of the cells, flat, with the strides of the nodes; inf in solid cells and the ring, 0 in open ones
    strides : of the axes [nodes], 2 or 3
    sizes : of the cells [m], shape (axes, cells of the longest axis and its ring)
    """
    axes = len(strides)
    heap, place = np.empty(len(time), np.int64), np.full(len(time), FAR)
    length = 0
    for node in range(len(time)):
        if time[node] < np.inf:
            length = _raised(heap, place, time, length, node)
    at = np.empty(3, np.int64)  # of the node that gets a time
    while length > 0:
        settled = _first(heap, place, time, length)
        length -= 1
        now = time[settled]
        for axis in range(axes):
            for sign in (-1, 1):
                back = -sign * strides[axis]  # from the node to the settled one
                node = settled - back
                if place[node] == SETTLED:
                    continue
                edge = min(node, settled)  # the cell after the edge on every axis
                left = node
                for k in range(axes):
                    at[k] = left // strides[k]
                    left -= at[k] * strides[k]
                h = sizes[axis, at[axis] - (1 if sign > 0 else 0)]
                if axes == 2:
                    e_slowness = _shared(slowness[edge], slowness[edge - strides[1 - axis]])
                else:
                    e_slowness = _around(slowness, edge, strides[(axis + 1) % 3], strides[(axis + 2) % 3])
                if e_slowness == np.inf:
                    continue
                best = now + h * e_slowness
                for other in range(axes):
                    if other == axis:
                        continue
                    third = 3 - axis - other
                    for side in (-1, 1):
                        step = side * strides[other]
                        if place[node + step] != SETTLED:
                            continue
                        cell = edge - (strides[other] if side < 0 else 0)
                        h_other = sizes[other, at[other] - (1 if side < 0 else 0)]
                        s = slowness[cell] if axes == 2 else _shared(slowness[cell], slowness[cell - strides[third]])
                        if s == np.inf:
                            continue
                        if axis < other:
                            best = min(best, _in_square(time, node, back, step, h, h_other, s))
                        else:
                            best = min(best, _in_square(time, node, step, back, h_other, h, s))
                        if axes == 2 or other > third:
                            continue
                        for far in (-1, 1):
                            step_3 = far * strides[third]
                            inner = cell - (strides[third] if far < 0 else 0)
                            if place[node + step_3] != SETTLED or slowness[inner] == np.inf:
                                continue
                            h_third = sizes[third, at[third] - (1 if far < 0 else 0)]
                            s = slowness[inner]
                            if axis == 0:
                                found = _in_cube(time, node, back, step, step_3, h, h_other, h_third, s)
                            elif axis == 1:
                                found = _in_cube(time, node, step, back, step_3, h_other, h, h_third, s)
                            else:
                                found = _in_cube(time, node, step, step_3, back, h_other, h_third, h, s)
                            best = min(best, found)
                best = max(best, now)
                if best < time[node]:
                    time[node] = best
                    length = _raised(heap, place, time, length, node)
