"""A bilinear cohesive law: traction rises, softens and is gone when the energy that the mode mix asks for has been spent.

With lambda^2 = K_n <d_n>^2 + K_s d_s^2 (twice the energy of the undamaged interface) and tan(psi) = sqrt(K_s) d_s / (sqrt(K_n) <d_n>):
t = (1 - D) K d, D = lambda_f (lambda - lambda_0) / (lambda (lambda_f - lambda_0)), never less than it was;
lambda_0 from (t_n / sigma_c)^2 + (t_s / tau_c)^2 = 1, lambda_f = 2 G_c(psi) / lambda_0. At a constant mix the area under the curve is
G_c(psi) exactly, whatever the stiffnesses; energy is lost at (lambda^2 / 2) dD >= 0 along any path. Compression is stiff, undamaged and
frictionless, and shear then counts as pure.
Source: the form with one damage for both modes, Turon et al., Mech. Mater. 38 (2006) 1072, with the mix counted by energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

from .toughness import InterfaceError, benzeggagh_kenane, mode_mix_toughness

_ONSET_SHARE = 0.01  # of the opening at which traction is gone, at which it begins to soften: fixes the default stiffness; our choice
_ON_ENVELOPE = 1e-9  # round-off of a damage: what softened last starts a step with its softening tangent, in a third of the iterations
_BENZEGGAGH_KENANE, _HUTCHINSON_SUO = 0.0, 1.0  # how the compiled law is told which


@njit(cache=True)
def _limits(psi, numbers):
    """lambda_0, lambda_f, their derivatives by psi, and G_c."""
    opening, shear, sigma, tau, stiff_n, stiff_s, exponent, law = numbers
    sine, cosine = np.sin(psi), np.cos(psi)
    a = cosine * cosine * stiff_n / sigma**2 + sine * sine * stiff_s / tau**2
    slope = 2 * sine * cosine * (stiff_s / tau**2 - stiff_n / sigma**2)
    onset = a**-0.5
    onset_slope = -0.5 * slope * a**-1.5
    if law == _BENZEGGAGH_KENANE:
        energy = opening + (shear - opening) * sine ** (2 * exponent)
        energy_slope = (shear - opening) * 2 * exponent * sine ** (2 * exponent - 1) * cosine
    else:
        tangent = np.tan((1 - exponent) * psi)
        energy = opening * (1 + tangent * tangent)
        energy_slope = opening * 2 * tangent * (1 + tangent * tangent) * (1 - exponent)
    final = 2 * energy / onset
    final_slope = 2 * energy_slope / onset - final * onset_slope / onset
    return onset, final, onset_slope, final_slope, energy


@njit(cache=True)
def _spent(damage, onset, final):
    """Share of G_c spent on the envelope when the damage is `damage`."""
    return damage * onset / (final - damage * (final - onset))


@njit(cache=True)
def _respond(opening, before, damage, lagged, numbers, share, consistent):
    """Traction, tangent and energies at points (normal, shear, ...), the step from `before` with damage `damage`, `lagged` by viscosity."""
    points, size = opening.shape
    traction = np.zeros((points, size))
    tangent = np.zeros((points, size, size))
    new, new_lagged = damage.copy(), lagged.copy()
    spent, viscous, stored = np.zeros(points), np.zeros(points), np.zeros(points)
    stiff_n, stiff_s = numbers[4], numbers[5]
    slope = np.zeros(size)
    for p in range(points):
        normal = max(opening[p, 0], 0.0)
        shear2, shear2_before = 0.0, 0.0
        for i in range(1, size):
            shear2 += opening[p, i] ** 2
            shear2_before += before[p, i] ** 2
        shear = np.sqrt(shear2)
        twice = stiff_n * normal**2 + stiff_s * shear2  # lambda^2
        twice_before = stiff_n * max(before[p, 0], 0.0) ** 2 + stiff_s * shear2_before
        slope[:] = 0.0
        if twice > 0.0 and damage[p] < 1.0:
            norm = np.sqrt(twice)
            psi = np.arctan2(np.sqrt(stiff_s) * shear, np.sqrt(stiff_n) * normal)
            onset, final, onset_slope, final_slope, energy = _limits(psi, numbers)
            reached = 1.0 if norm >= final else final * (norm - onset) / (norm * (final - onset))
            if reached > damage[p] * (1.0 - _ON_ENVELOPE):
                if reached > damage[p]:
                    new[p] = reached
                    spent[p] = energy * (_spent(reached, onset, final) - _spent(damage[p], onset, final))
                if 0.0 < reached < 1.0 and consistent:
                    span = final - onset
                    by_norm = final * onset / (twice * span)
                    by_psi = (-final * (final - norm) * onset_slope - onset * (norm - onset) * final_slope) / (norm * span * span)
                    cross = np.sqrt(stiff_n * stiff_s) / twice
                    slope[0] = by_norm * stiff_n * normal / norm - by_psi * cross * shear if opening[p, 0] > 0.0 else 0.0
                    for i in range(1, size):
                        slope[i] = by_norm * stiff_s * opening[p, i] / norm
                        if shear > 0.0:
                            slope[i] += by_psi * cross * normal * opening[p, i] / shear
        new_lagged[p] = lagged[p] + share * (new[p] - lagged[p])
        viscous[p] = 0.25 * ((new[p] - new_lagged[p]) + (damage[p] - lagged[p])) * (twice - twice_before)
        whole = 1.0 - new_lagged[p]
        stored[p] = 0.5 * (1.0 - new[p]) * twice + 0.5 * stiff_n * min(opening[p, 0], 0.0) ** 2
        for i in range(size):
            stiff = stiff_n if i == 0 else stiff_s
            left = 1.0 if i == 0 and opening[p, 0] <= 0.0 else whole
            traction[p, i] = left * stiff * opening[p, i]
            tangent[p, i, i] += left * stiff
            if i > 0 or opening[p, 0] > 0.0:
                for j in range(size):
                    tangent[p, i, j] -= share * stiff * opening[p, i] * slope[j]
    return traction, tangent, new, new_lagged, spent, viscous, stored


@dataclass(frozen=True)
class Response:
    """What an interface answers to its opening.

    traction : (normal, shear, ...) [Pa], shape (points, 2 or 3);  tangent : its derivative by the opening [Pa/m], shape (points, n, n)
    damage : 0 whole to 1 parted, shape (points,);  dissipated : on the way from `damage` before [J/m^2], shape (points,)
    """

    traction: np.ndarray
    tangent: np.ndarray
    damage: np.ndarray
    dissipated: np.ndarray


@dataclass(frozen=True)
class MixedMode:
    """A bilinear cohesive law of mixed mode; give `exponent` (Benzeggagh-Kenane) or `hutchinson_suo` (the mode sensitivity lambda).

    opening_energy, shear_energy : toughness G_Ic, G_IIc [J/m^2]; shear_energy is None with hutchinson_suo, which gives it
    opening_strength, shear_strength : largest tractions sigma_c, tau_c [Pa]
    exponent : eta [-], at least 1;  hutchinson_suo : lambda [-], above 0 to 1
    opening_stiffness, shear_stiffness : K_n, K_s before softening [Pa/m]; None: softening begins at a hundredth of the last opening,
        K = 100 sigma_c^2 / (2 G_c), which adds the compliance 1/K to the joint

    Raises InterfaceError where a number is not positive, a law is missing or twofold, or the traction would fall before it has risen.
    """

    opening_energy: float
    shear_energy: float | None
    opening_strength: float
    shear_strength: float
    exponent: float | None = None
    hutchinson_suo: float | None = None
    opening_stiffness: float | None = None
    shear_stiffness: float | None = None

    def __post_init__(self) -> None:
        if (self.exponent is None) == (self.hutchinson_suo is None):
            raise InterfaceError("a cohesive law needs either an exponent (Benzeggagh-Kenane) or a mode sensitivity (Hutchinson-Suo)")
        if (self.shear_energy is None) != (self.exponent is None):
            raise InterfaceError("the toughness in shear is given with an exponent, and follows from the mode sensitivity without one")
        strengths, stiffnesses = (self.opening_strength, self.shear_strength), (self.opening_stiffness, self.shear_stiffness)
        given = (self.opening_energy, self.shear_energy, *strengths, *stiffnesses)
        if not all(np.isfinite(x) and x > 0 for x in given if x is not None):
            raise InterfaceError("toughness, strength and stiffness of an interface must be positive")
        self.toughness(np.array([0.0, np.pi / 2]))  # refuses an exponent or a sensitivity out of range
        for psi in np.linspace(0, np.pi / 2, 91):
            onset, final, *_ = _limits(psi, self.numbers)
            if not final > onset:
                raise InterfaceError(
                    f"at a mode mix of {np.degrees(psi):.0f} degrees the interface would part before it has reached its strength: "
                    f"raise its stiffness or its toughness, or lower its strength"
                )

    @property
    def law(self) -> str:
        """The law of mode mix by name."""
        return "benzeggagh_kenane" if self.hutchinson_suo is None else "hutchinson_suo"

    @property
    def shear_toughness(self) -> float:
        """G_IIc [J/m^2], given or from the mode sensitivity."""
        return float(self.toughness(np.pi / 2))

    @property
    def stiffnesses(self) -> tuple[float, float]:
        """K_n, K_s before softening [Pa/m], given or of a softening that begins at a hundredth of the last opening."""
        return self.numbers[4:6]

    def toughness(self, phase):
        """G_c at the phase psi [rad] of the mode mix [J/m^2]."""
        if self.hutchinson_suo is not None:
            return mode_mix_toughness(self.opening_energy, phase, self.hutchinson_suo)
        return benzeggagh_kenane(self.opening_energy, self.shear_energy, np.sin(phase) ** 2, self.exponent)

    @cached_property
    def numbers(self) -> tuple[float, ...]:
        """What the compiled law reads."""
        shear = self.shear_toughness
        return (
            float(self.opening_energy),
            shear,
            float(self.opening_strength),
            float(self.shear_strength),
            float(self.opening_stiffness or self.opening_strength**2 / (2 * self.opening_energy * _ONSET_SHARE)),
            float(self.shear_stiffness or self.shear_strength**2 / (2 * shear * _ONSET_SHARE)),
            float(self.exponent if self.hutchinson_suo is None else self.hutchinson_suo),
            _BENZEGGAGH_KENANE if self.hutchinson_suo is None else _HUTCHINSON_SUO,
        )

    def advance(self, opening, before, damage, lagged, share, consistent):
        """One step of the compiled law at points: see `CohesiveBlock`, which keeps their state.

        opening, before : (normal, shear, ...) now and at the last accepted state [m];  damage, lagged : then, at once and by viscosity
        share : dt / (dt + viscosity);  consistent : the tangent's kind

        Returns traction [Pa], tangent [Pa/m], damage, lagged, dissipated, viscous and stored energies [J/m^2].
        """
        return _respond(opening, before, damage, lagged, self.numbers, share, consistent)

    def respond(self, opening, damage=None) -> Response:
        """The answer to openings (normal, shear, ...) [m], shape (points, 2 or 3), from `damage` before, shape (points,)."""
        opening = np.atleast_2d(np.asarray(opening, float))
        if opening.shape[1] not in (2, 3) or not np.all(np.isfinite(opening)):
            raise InterfaceError("an opening has a normal and one or two shear components, all finite")
        before = np.zeros(len(opening)) if damage is None else np.asarray(damage, float)
        traction, tangent, new, _, spent, _, _ = self.advance(opening, np.zeros_like(opening), before, before, 1.0, True)
        return Response(traction, tangent, new, spent)
