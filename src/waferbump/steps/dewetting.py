"""What the reaction of a reflow means for wetting: molten solder that has eaten its metal away draws back from what lies below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..state import Quantity, State, StepError
from .heating import Course
from .reacting import reacted as all_reacted
from .solder_contacts import lies_on

_MOST = 0.5  # of the area on which solder stands on metals: a film with less is not what holds it (our choice)


def reacted(
    state: State, body: str, course: Course, liquid_above: float, materials, name: str = ""
) -> tuple[State, dict[str, Quantity], dict[str, Any], list[str]]:
    """Grow the compounds of a reflow, in which a body was liquid above a temperature; refuse what dewets.

    Parameters
    ----------
    state : with its solder frozen
    body : the solder that was molten
    course : ((time [s], temperature [K]), ...), straight lines from point to point
    liquid_above : temperature [K] above which that body was liquid
    name : of the step; the log's last one when not given

    Returns
    -------
    the state with its layers, measures, record and warnings, as `reacting.reacted` gives them.

    Raises
    ------
    StepError : the melt has consumed its metal through, even at the slowest of the published rates, and does not wet what lies below.
    """
    step = name or (state.log[-1].step if state.log else state.facts[body].made_by)
    after, found = all_reacted(state, course, materials, step, liquid_above={body: liquid_above})
    refuse_dewetting(state, body, found.record, materials)
    return after, dict(found.values), dict(found.record), list(found.warnings)


def refuse_dewetting(before: State, body: str, record: Mapping[str, Any], materials) -> None:
    """StepError for a metal under a body that is consumed through for certain and lies on what solder does not wet.

    before : the state before the reaction;  record : what `reacting.reacted` recorded of it
    """
    metals = [entry["metal"] for entry in record["intermetallics"].values() if entry["solder"] == body]
    for entry in record["intermetallics"].values():
        low, nominal, _ = entry["thickness"]
        # the bounds of a layer that ended with its metal are cut to what there is: where the least is cut too, no law leaves any metal
        certain = entry["ended_by"] == "metal" and low >= nominal * (1 - 1e-9)
        if entry["solder"] != body or not certain:
            continue
        metal, below = entry["metal"], lies_on(before, entry["metal"])
        if before.bump.contact(body, metal) < _MOST * sum(before.bump.contact(body, other) for other in metals):
            continue  # it meets the film at its edge alone and stands on another
        if below and materials[before.material(below)].wetted_by_solder not in ("yes", "weakly"):
            raise StepError(
                f"{metal} ({before.material(metal)}) is consumed through by {body}, even at the slowest of the published rates, and solder "
                f"does not wet {below} ({before.material(below)}) below it: the solder dewets; make {metal} thicker or the reflow shorter"
            )

