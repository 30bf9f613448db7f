"""Every predicate can fail: runs that break one claim each, and no child is true where its parent is not."""

import pytest

from tests.claims.counters_in_plan import EVERY as COUNTERS
from waferbump.claims import CLAIMS, examined
from waferbump.claims.members import ADHESION_B
from waferbump.materials import library


@pytest.mark.parametrize("counter", COUNTERS, ids=lambda c: f"{c.claim}-{c.why}")
def test_the_counter_run_breaks_the_claim(counter, line):
    made = line.made(counter.lot)
    if counter.refused:
        assert made.status == "failed" and counter.refused in made.message
    else:
        assert made.status == "done", made.message
    found = examined(made)
    assert found[counter.claim].holds is False and found[counter.claim].evidence
    above = CLAIMS[counter.claim].parent or counter.keeps
    if above and not counter.refused:
        assert found[above].holds is counter.parent, found[above].evidence


def test_every_claim_has_a_counter_run_that_the_line_carries_out():
    assert {c.claim for c in COUNTERS if not c.refused} == set(CLAIMS)


def test_only_a_list_that_its_parent_fulfils_breaks_the_parent_too():
    # tin-lead holds lead, and lead is in the list of A7: no ball can be tin-lead without showing a member;
    # every adhesion material that there is stands in the list of B, and its parents ask for one;
    # a part that no window cuts loose is none of the members that the claims of E build on
    assert {c.claim for c in COUNTERS if not c.parent} == {"A7", "B2", "B13", "B24", "E3", "E6", "E9"}
    everything = {name for name, material in library().items() if "adhesion" in material.classes}
    assert everything == set(ADHESION_B)


@pytest.mark.slow
def test_a_child_is_never_true_where_its_parent_is_not(line):
    lots = {one.text: one for claim in CLAIMS.values() for lots in claim.lots.values() for one in lots}
    lots |= {c.lot.text: c.lot for c in COUNTERS}
    judged = 0
    for one in lots.values():
        found = examined(line.made(one))
        for i, claim in CLAIMS.items():
            if claim.parent and found[i].holds:
                assert found[claim.parent].holds, (one.text, i)
                judged += 1
    assert judged > 500


@pytest.mark.parametrize(
    ("flow", "members"), [("flux-coated-ball", {"A3": {"Ti"}, "A4": {"NiV", "Cu"}, "A7": {"Pb"}, "A8": {"Al"}}),
                          ("flux-filled-lead-free", {"B6": {"Ag", "Cu"}, "B7": {"Cu"}, "B1": {"ball"}}),
                          ("stair-plated-dry-film-above", {"C5": {"spin-coated"}, "C6": {"dry film"}, "C7": {"electroplating"}}),
                          ("two-mask-fused-powder-first", {"D11": {"powder"}, "D12": {"paste"}})],
)  # fmt: skip
def test_a_run_shows_only_the_members_that_it_has(flow, members, line):
    from waferbump.claims import lot

    for claim, expected in members.items():
        assert line.examined(lot(flow), claim).members == expected
