"""A predicate believes the sections, not the story: runs whose states or records were tampered with are caught."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from waferbump.claims import judge_run, lot


def tampered(run, step_id, state=None, record=None, onwards=False):
    """The run with the state (or the record) after one step (or after it and all that follow) changed."""
    place = next(i for i, s in enumerate(run.steps) if s.id == step_id)
    steps = list(run.steps)
    for index in range(place, len(steps) if onwards else place + 1):
        if state is not None:
            steps[index] = replace(steps[index], state=state(steps[index].state))
    if record is not None:
        measured = steps[place].measured
        steps[place] = replace(steps[place], measured=replace(measured, record={**measured.record, **record}))
    return replace(run, steps=tuple(steps))


def in_section(operation):
    return lambda state: state.operated(operation)


def with_facts(region, **changes):
    return lambda state: state.with_facts({region: replace(state.facts[region], **changes)})


def of_titanium_nitride(*films):
    def operation(section):
        for film in films:
            section = section.with_material(film, "TiN")
        return section

    return in_section(operation)


CASES = [
    ("A1", "flux-coated-ball", "two balls in an opening", "ball", {"record": {"blocks": 2}}, "blocks"),
    ("A1", "flux-coated-ball", "a skin with a hole on top", "ball",
     {"state": in_section(lambda s: s.opened({"ball-skin": ((0.0, 30e-6),)}, at=80e-6))}, "covers only"),
    ("A1", "flux-coated-ball", "it stands on what solder does not wet", "reflow",
     {"state": of_titanium_nitride("metallic", "wetting"), "onwards": True}, "solder wets"),
    ("A1", "flux-coated-ball", "it came off at the end", "clean",
     {"state": of_titanium_nitride("metallic", "wetting"), "onwards": True}, "solder wets"),
    ("A1", "flux-coated-ball", "the reflow melted nothing", "reflow", {"record": {"melted": []}}, "no reflow melts"),
    ("B1", "flux-filled", "the polymer was never in the reflow", "reflow", {"record": {"masks_in_place": []}}, "was gone before"),
    ("B9", "flux-filled", "the flux left before the block came", "flux",
     {"state": in_section(lambda s: s.stripped(["flux"]))}, "no flux lies on"),
    ("B22", "flux-on-pad", "residue that nobody cleaned off", "clean",
     {"state": lambda s: s.with_facts({"pad": replace(s.facts["pad"], role="residue")})}, "pad"),
    ("C1", "stair-plated", "the lower resist was exposed once more", "development",
     {"state": with_facts("resist-1", opened_by=("exposure", "again"))}, "2 exposures"),
    ("C4", "stair-plated", "the developer met the sensitivities the other way round", "development",
     {"record": {"opened": {n: {"sensitivity": d, "tone": "positive"} for n, d in (("resist-1", 750.0), ("resist-2", 3000.0))}}},
     "not less"),
    ("C1", "stair-plated", "the stair was closed again", "development", {"state": in_section(
        lambda s: s.filled("resist-3", "generic-positive-slow", level=31e-6).merged(
            ["resist-1", "resist-3"], into="resist-1", material="generic-positive-slow"))}, "no metal bare"),
    ("D1", "two-mask-fused-different", "the ball is no mixture of its parts", "second-reflow",
     {"state": with_facts("bump", composition=MappingProxyType({"Sn": 0.9, "Pb": 0.1}))}, "of its parts"),
    ("D1", "two-mask-fused", "the ball holds nothing of the first solder", "second-reflow",
     {"state": with_facts("bump", made_from=("second-solder",))}, "first-solder"),
    ("D1", "two-mask-fused", "metal went missing", "second-reflow",
     {"state": in_section(lambda s: s.etched({"SAC305": 1.0}, 1e-6))}, "weigh"),
    ("D15", "two-mask-fused", "a solder that did not melt", "second-reflow", {"record": {"solid": ["third"]}}, "does not melt"),
    ("D14", "two-mask-fused", "the pad is none", "strip", {"state": with_facts("pad", role="film")}, "bond pad"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "flow", "why", "step", "changes", "said"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_a_tampered_run_is_caught(claim, flow, why, step, changes, said, line):
    sound = line.made(lot(flow))
    assert judge_run(claim, sound)[0] is True
    holds, evidence = judge_run(claim, tampered(sound, step, **changes))
    assert holds is False
    assert said in evidence[0]


@pytest.mark.parametrize("claim", ["B22", "E1", "E12"])
def test_a_run_that_failed_shows_nothing(claim, line):
    failed = line.made(lot("flux-on-pad", {"steps.pad.material": "Al"}))
    assert judge_run(claim, failed)[0] is False and "does not wet" in judge_run(claim, failed)[1][0]
