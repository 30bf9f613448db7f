"""A reflow whose melt eats its metal away: refused for certain, warned of where only some of the published rates say so."""

import pytest

from waferbump.bookkeeping import Ledger
from waferbump.materials import library
from waferbump.state import StepError
from waferbump.steps.dewetting import reacted
from waferbump.steps.heating import time_above

from .travellers import carried_out

HEAD = """
waferbump: 1
name: dewetting
cell: {{pitch: 250 um}}
carrier: {{kind: wafer, material: Si, thickness: 775 um}}
masks: {{bump: {{circle: 80 um}}}}
steps:
  - deposit: {{id: below, material: {below}, thickness: 300 nm}}
  - deposit: {{id: film, material: Cu, thickness: {copper}}}
  - coat: {{id: resist, resist: generic-positive-medium, thickness: 50 um}}
  - expose: {{mask: bump, dose: 300 mJ/cm^2, tool: {{kind: contact}}}}
  - develop: {{wall_angle: 90 deg}}
"""
PLATE = "plate: {id: solder, material: Sn3.5Ag, current_density: 4 A/dm^2, until: {height: 30 um}}"
MELTS = 494.0  # K
COURSE = ((0.0, 298.15), (100.0, 518.15), (150.0, 518.15), (220.0, 298.15))


def state_of(below, copper):
    result = carried_out(HEAD.format(below=below, copper=copper), PLATE)
    assert result.status == "done"
    return result.final


def reflowed(below, copper):
    return reacted(state_of(below, copper), "solder", COURSE, MELTS, Ledger(library()), "reflow")


def test_copper_that_is_consumed_for_certain_on_titanium_is_refused():
    with pytest.raises(StepError, match=r"film \(Cu\) is consumed through by solder, .* does not wet below \(Ti\) below it: .* dewets"):
        reflowed("Ti", "200 nm")


def test_nickel_below_the_copper_keeps_the_solder():
    state, values, record, warnings = reflowed("Ni", "200 nm")
    assert record["consumed_through"] == ["film"] and any("below (Ni) below it is wetted too" in said for said in warnings)
    assert state.has("solder") and values["remaining.film"].value == 0.0


def test_copper_that_may_be_consumed_is_warned_of():
    state, _, record, warnings = reflowed("Ti", "1.5 um")
    low, nominal, high = record["intermetallics"]["solder on film"]["thickness"]
    assert low < nominal < high
    assert nominal * 0.361 < 1.5e-6 < high * 0.361  # enough for the nominal rate, not for the fastest
    assert any("consumed through" in said for said in warnings) and state.has("film")


def test_thick_copper_is_no_matter():
    state, values, record, warnings = reflowed("Ti", "8 um")
    assert not record["consumed_through"] and not any("consumed through" in said for said in warnings)
    assert state.bump.check().valid and state.material("reflow-Cu6Sn5") == "Cu6Sn5"
    h = record["intermetallics"]["solder on film"]["thickness"]
    # an order of magnitude in the rate is 2.2 in the thickness: the bounds of the melt's constant must show
    assert h[2] / h[0] > 2.0 and 0.5e-6 < h[0] < h[1] < h[2] < 8e-6
    assert values["intermetallic.film"].value == h[1]


def test_without_a_name_the_logs_last_step_names_what_is_made():
    before = state_of("Ti", "8 um")
    state, *_ = reacted(before, "solder", COURSE, MELTS, Ledger(library()))
    made = state.names_with("intermetallic")
    expected = before.log[-1].step if before.log else before.facts["solder"].made_by
    assert made and all(n.startswith(f"{expected}-") for n in made)


def test_a_longer_melt_makes_more():
    thickness = []
    for hold in (50.0, 400.0):
        course = (*COURSE[:2], (100.0 + hold, 518.15), (170.0 + hold, 298.15))
        _, _, record, _ = reacted(state_of("Ti", "8 um"), "solder", course, MELTS, Ledger(library()), "reflow")
        thickness.append((record["intermetallics"]["solder on film"]["thickness"][1], time_above(course, MELTS)))
    (thin, short), (thick, long) = thickness
    # cube root of the time above melting; the ramps are cooler than the hold: the short course has grown a little less than its share
    assert (long / short) ** (1 / 3) < thick / thin < 1.05 * (long / short) ** (1 / 3)
