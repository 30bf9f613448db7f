"""What is wrong with a recipe: problems that name file, line and field, and the error that carries them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it is written and what was expected."""

    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        return one_line(": ".join(part for part in (place, self.field, self.message) if part))


class RecipeError(ValueError):
    """A recipe that cannot be used; its text has one line a problem, such as
    `stair.yaml:9: steps[1].plate.thickness: needs a unit, e.g. "20 um"`.

    Parameters
    ----------
    problems : all that was found, sorted by line; `file`, `line`, `field` and `message` are those of the first
    """

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        found = (problems,) if isinstance(problems, Problem) else tuple(dict.fromkeys(problems))
        files = list(dict.fromkeys(problem.file for problem in found))
        self.problems = tuple(sorted(found, key=lambda problem: (files.index(problem.file), problem.line or 0)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self):
        return RecipeError, (self.problems,)

    @property
    def file(self) -> str:
        """File of the first problem."""
        return self.problems[0].file

    @property
    def line(self) -> int | None:
        """Line of the first problem, counted from one; None when the recipe was not read from text."""
        return self.problems[0].line

    @property
    def field(self) -> str:
        """Field of the first problem, such as `steps[1].plate.thickness`."""
        return self.problems[0].field

    @property
    def message(self) -> str:
        """What was expected at the first problem and how to mend it."""
        return self.problems[0].message


def one_line(text: str) -> str:
    """The text without line breaks and other control characters, so that a problem stays one line."""
    return "".join(character if character.isprintable() else " " for character in text)


def quoted(value: object) -> str:
    """A value as it is shown in a message: short, on one line, text in quotes."""
    if isinstance(value, str):
        text = one_line(value)
        return f'"{text}"' if len(text) <= _LONGEST_QUOTE else f'"{text[: _LONGEST_QUOTE - 1]}…"'
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = repr(value)
        return f"the number {text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + '…'}"
    return "a mapping" if hasattr(value, "keys") else "a list" if isinstance(value, list | tuple) else type(value).__name__


def nearest(name: str, names: Iterable[str], *, what: str = "") -> str:
    """A hint with the nearest of the allowed names, or with all of them when none is near and they are few.

    >>> nearest("depositt", ["deposit", "coat"])
    'did you mean "deposit"?'
    """
    allowed = sorted(set(names))
    lowered = {candidate.lower(): candidate for candidate in allowed}
    found = get_close_matches(name[:_LONGEST_QUOTE].lower(), lowered, n=3, cutoff=0.6)
    if found:
        return "did you mean " + " or ".join(f'"{lowered[match]}"' for match in found) + "?"
    if not allowed:
        return f"there is no {what}" if what else "there are none"
    if len(allowed) <= 24:
        return f"{what + ' known here' if what else 'known here'}: {', '.join(allowed)}"
    return f"{len(allowed)} {what or 'names'} are known, such as {', '.join(allowed[:5])}"
