"""`waferbump calibrate`: numbers of a resist from what was measured on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from waferbump import units
from waferbump.explore.calibration_study import Calibration, read_calibration, value_at
from waferbump.explore.factors import Range
from waferbump.explore.fit import Fit, NoFitError, fitted_parts
from waferbump.explore.store import SUMMARY, refuse_foreign_study, summary_text, write_whole
from waferbump.materials.properties import QUANTITIES
from waferbump.recipe import Problem, RecipeError

_WORSE = 1.5  # residuals this much larger than the stated spreads are worth a sentence (our choice)
_EXPLAINED = 1.0  # largest chi-square without freedom, where it should vanish: no observation is then missed by its spread (our choice)
_CORRELATED = 0.95  # likewise
_EVERY, _BETTER = 1.0, 0.99  # s between two words of progress, and the part of a chi-square that is worth one at once (our choice)

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Parameter:
    """One calibrated number [SI].

    uncertainty : standard, from the stated spreads; None where the data cannot tell it
    scaled : the same times the root of the reduced chi-square, where there are more observations than numbers
    """

    name: str
    value: float
    uncertainty: float | None
    scaled: float | None
    factor: Range

    def text(self) -> str:
        """The number in the unit of its range."""
        return str(self.factor.written(self.value))

    def with_uncertainty(self) -> str:
        """The number and its uncertainty."""
        if self.uncertainty is None:
            return f"{self._short(self.value)} (not told by the data)"
        scaled = "" if self.scaled is None else f", ± {self._short(self.scaled, 2)} by the residuals"
        return f"{self._short(self.value)} ± {self._short(self.uncertainty, 2)}{scaled}"

    def _short(self, value: float, digits: int = 4) -> str:
        return self.factor.short(value, digits)


@dataclass(frozen=True)
class Calibrated:
    """What a calibration found: the parameters, and how well they explain every observation."""

    study: Calibration
    fit: Fit
    parameters: tuple[Parameter, ...]
    model: tuple[float, ...]
    folder: Path

    @property
    def status(self) -> str:
        """ "calibrated"; "not explained" where the residuals exceed the spreads; "not told" where the data leave a parameter open."""
        if not self.is_explained:
            return "not explained"
        return "not told" if self.fit.untold else "calibrated"

    @property
    def is_explained(self) -> bool:
        """Whether the model explains the data within the spreads."""
        scale = self.fit.scale
        return self.fit.chi_square <= _EXPLAINED if scale is None else scale <= _WORSE

    def sentences(self) -> list[str]:
        """The answer in plain words, one sentence a line."""
        fit, names = self.fit, [p.name for p in self.parameters]
        count = len(self.study.observations)
        found = [f"{count} observations of {self.study.resist}, {len(names)} numbers fitted, chi-square {fit.chi_square:.4g}"]
        if self.fit.freedom == 0 and not self.is_explained:
            found.insert(0, f"THE MODEL DOES NOT EXPLAIN THE DATA: even with as many numbers as observations {self._worst_missed()}")
        found += [f"{p.name} = {p.with_uncertainty()}" for p in self.parameters]
        found += self._beside_the_model()
        for group in fit.untold:
            listed = [names[i] for i in group]
            if len(listed) == 1:
                mend = "fix it, or add an observation that it moves"
                found.append(f"the data cannot tell {listed[0]}: it may lie anywhere in its range; {mend}")
            else:
                together = f"{', '.join(listed[:-1])} and {listed[-1]}"
                found.append(
                    f"the data cannot tell {together} apart: they may move together over their ranges and explain all as well; fix one of "
                    "them, or add an observation that they move differently"
                )
        for index in fit.at_bound:
            factor = self.parameters[index].factor
            bound = factor.first if fit.parts[index] < 0.5 else factor.last
            found.append(
                f"{names[index]} lies at the bound of its range, {bound}: its uncertainty is one-sided, and a wider range may fit better"
            )
        correlation = fit.correlation()
        for i in range(len(names)):
            for j in range(i):
                if abs(correlation[i, j]) > _CORRELATED:
                    both = f"{names[j]} and {names[i]}"
                    found.append(f"{both} are nearly the same question to these data (correlation {correlation[i, j]:+.3f})")
        if fit.scale is not None and fit.scale > _WORSE:
            found.append(
                f"the residuals are {fit.scale:.2g} times what the spreads say: the model or a spread is wrong; {self._worst_missed()}"
            )
        elif fit.scale is None and self.is_explained:
            found.append("there are as many numbers as observations: nothing is left over to judge the model by")
        for parts in fit.others:
            others = ", ".join(f"{p.name} {p.factor.short(value_at(p.factor, x))}" for p, x in zip(self.parameters, parts, strict=True))
            found.append(f"another set of numbers explains the data as well: {others}")
        left_out = ", those not told by the data commented out" if self.fit.untold else ""
        found.append(f"the numbers to paste into a coat or laminate step are in {self.folder / 'resist.yaml'}{left_out}")
        return found

    def _worst_missed(self) -> str:
        """Sentence part: which observation is missed most, and by how many sigma."""
        worst = int(np.argmax(np.abs(self.fit.residuals)))
        return f"{self.study.observations[worst].name()} is missed by {abs(self.fit.residuals[worst]):.3g} sigma"

    def _beside_the_model(self) -> list[str]:
        """Every observation beside what the model gives."""
        return [
            f"{one.name()}: {units.show(one.value, one.dimension, 4)} ± {units.show(one.spread, one.dimension, 2)} measured, "
            f"{units.show(model, one.dimension, 4)} by the model ({residual:+.2f} sigma)"
            for one, model, residual in zip(self.study.observations, self.model, self.fit.residuals, strict=True)
        ]

    def residual_table(self) -> list[dict[str, Any]]:
        """Every observation with what the model gives, numbers in SI."""
        rows = zip(self.study.observations, self.model, self.fit.residuals, strict=True)
        return [
            {
                "observation": one.name(),
                "line": one.line,
                "value": one.value,
                "spread": one.spread,
                "model": float(model),
                "dimension": one.dimension,
                "residual": float(residual),
            }
            for one, model, residual in rows
        ]

    def summary(self) -> dict[str, Any]:
        """What study.json holds, ready for JSON: numbers in SI."""
        fit = self.fit
        correlation = [[None if np.isnan(c) else round(float(c), 6) for c in row] for row in fit.correlation()]
        return {
            "does": "calibrate",
            "title": self.study.title,
            "status": self.status,
            "resist": self.study.resist,
            "parameters": {
                p.name: {"value": p.value, "uncertainty": p.uncertainty, "scaled": p.scaled, "unit": QUANTITIES[p.name].unit}
                for p in self.parameters
            },
            "fixed": dict(self.study.fixed),
            "correlation": correlation,
            "chi_square": fit.chi_square,
            "freedom": fit.freedom,
            "untold": [[self.parameters[i].name for i in group] for group in fit.untold],
            "at_bound": [self.parameters[i].name for i in fit.at_bound],
            "observations": self.residual_table(),
            "evaluations": fit.evaluations,
            "sentences": self.sentences(),
        }

    def to_yaml(self) -> str:
        """The numbers as a block to paste into a coat or laminate step, each with its uncertainty as a comment, and the same in one line.

        What the data do not tell is commented out.
        """
        count, told = len(self.study.observations), [p for p in self.parameters if p.uncertainty is not None]
        plain = {**{p.name: p.text() for p in told}, **self.study.fixed_texts}
        line = f"parameters: {{{', '.join(f'{name}: {text}' for name, text in plain.items())}}}"
        lines = [f"# {self.study.resist}, calibrated by {count} observations ({self.study.name}); paste into its step"]
        if not self.is_explained:
            lines.append(f"# the model does not explain the data: {self._worst_missed()}")
        lines += [f"# in one line, for - coat: {{...}}: {line}", "parameters:" if plain else "# parameters:"]
        lines += [f"  {p.name}: {p.text()}  # {p.with_uncertainty()}" for p in told]
        lines += [f"  {name}: {text}  # taken as known" for name, text in self.study.fixed_texts.items()]
        why = "not told by the data: other values explain them as well"
        lines += [f"  # {p.name}: {p.text()}  # {why}" for p in self.parameters if p.uncertainty is None]
        return "\n".join(lines) + "\n"


def calibrate_study(path: str | Path, folder: str | Path, on_progress: Progress | None = None) -> Calibrated:
    """Carry out a study that calibrates, and write resist.yaml and study.json.

    Parameters
    ----------
    path : of the study's file, or a built-in study's name
    folder : for what comes out
    on_progress : called at a better chi-square, else once a second, with (evaluations, 0, sentence): how many it takes is not known before

    Raises
    ------
    RecipeError : the study cannot be used, too few observations, or no numbers in the ranges give every observation.
    ArchiveError : the folder holds something else.
    """
    study = read_calibration(path)
    folder = Path(folder)
    refuse_foreign_study(folder, study.name)

    found = calibrated(study, folder, None if on_progress is None else _thinned(on_progress))
    write_whole(folder / "resist.yaml", found.to_yaml())
    write_whole(folder / SUMMARY, summary_text(study.name, "", found.summary()))
    return found


def _thinned(on_progress: Progress) -> Callable[[int, float], None]:
    """Tells of a better chi-square at once, and else that it goes on, once a second."""
    told, when = float("nan"), 0.0

    def report(evaluations: int, least: float) -> None:
        nonlocal told, when
        now = monotonic()
        if least < _BETTER * told or np.isnan(told) or now - when >= _EVERY:
            told, when = least, now
            on_progress(evaluations, 0, f"least chi-square {least:.4g}" if np.isfinite(least) else "no parameters fit yet")

    return report


def calibrated(study: Calibration, folder: Path, report: Callable[[int, float], None] | None = None) -> Calibrated:
    """The fit of a study, nothing written."""
    try:
        fit = fitted_parts(study.residuals, len(study.space), seed=study.seed, on_evaluation=report)
    except NoFitError as problem:
        why = _why(study)
        raise RecipeError(Problem(study.file, None, "factors", f"{problem}{why}; mend the ranges or the observations")) from None
    parameters = []
    for index, factor in enumerate(study.space.factors):
        value = value_at(factor, fit.parts[index])
        slope = value * np.log(factor.high / factor.low) if factor.log else factor.high - factor.low
        sigma = np.sqrt(fit.covariance[index, index]) * slope
        told = bool(np.isfinite(sigma))
        scaled = float(sigma * fit.scale) if told and fit.scale is not None else None
        parameters.append(Parameter(factor.path, float(value), float(sigma) if told else None, scaled, factor))
    return Calibrated(study, fit, tuple(parameters), tuple(study.model(fit.parts)), folder)


def _why(study: Calibration) -> str:
    """What the model says in the middle of the ranges, as the reason that there is no answer."""
    try:
        study.model(np.full(len(study.space), 0.5))
    except ValueError as problem:
        return f" (in the middle of the ranges: {problem})"
    return ""
