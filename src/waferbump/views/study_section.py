"""What a search found, for the head of its report: the verdict, every wish beside what came out, every factor and how far it may move."""

from __future__ import annotations

from typing import Any

from waferbump.explore import Found
from waferbump.explore.factors import Choice


def study_section(found: Found) -> dict[str, Any]:
    """{"title", "verdict", "wishes", "factors", "may_move", "sentences"} of a search; what the tables say is left out of the sentences.

    may_move : whether any factor's latitude is known, so that a column for it says something
    """
    outcome, best = found.outcome, found.best
    sentences = found.sentences()
    latitude = {one.path: one.sentence().partition(": ")[2] for one in outcome.latitude}
    wishes = []
    for wish in outcome.wishes:
        value = best.measures[wish.measure][0]
        wishes.append({"measure": wish.measure, "asked": wish.asked(), "found": wish.text(value), "met": wish.is_met(value)})
    factors = [
        {
            "path": factor.path,
            "range": " | ".join(map(str, factor.choices)) if isinstance(factor, Choice) else f"{factor.first} .. {factor.last}",
            "best": best.setting[factor.path],
            "latitude": latitude.get(factor.path, ""),
        }
        for factor in outcome.space.factors
    ]
    told = ("latitude of", *(f"{wish.measure}{after}" for wish in outcome.wishes for after in (" is ", ": ")))
    return {
        "title": found.study.title,
        "verdict": sentences[0],
        "wishes": wishes,
        "factors": factors,
        "may_move": bool(latitude),
        "sentences": [s for s in sentences[1:] if not s.startswith(told)],
    }
