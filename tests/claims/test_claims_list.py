"""All 89 claims are there with the documents' parents, and each is true."""

import json
import re
import shlex

import pytest

from tests.claims.counters_in_plan import EVERY as COUNTERS
from waferbump.claims import CLAIMS, judge_run, judged, lot, unknown_ids
from waferbump.recipe import assignment, load

# child: parent, as the documents have it; a claim that is not here has none
PARENTS = {
    **{f"A{n}": "A1" for n in (2, 8, 9, 10, 11, 12, 13)}, **{f"A{n}": "A2" for n in (3, 4, 5, 6)}, "A7": "A5",
    **{f"B{n}": "B1" for n in (2, 3, 4, 5, 7, 8)}, "B6": "B5",
    **{f"B{n}": "B9" for n in (10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21)}, "B17": "B16",
    **{f"B{n}": "B22" for n in (23, 26, 27, 29, 30)}, "B24": "B23", "B25": "B23", "B28": "B27",
    **{f"C{n}": "C1" for n in range(2, 8)}, **{f"C{n}": "C8" for n in range(9, 15)},
    **{f"D{n}": "D1" for n in range(2, 15)}, **{f"D{n}": "D15" for n in range(16, 21)},
    "E2": "E1", "E3": "E1", "E4": "E3", "E5": "E3", "E6": "E1", "E7": "E6", "E8": "E6", "E9": "E1", "E10": "E9", "E12": "E11",
}  # fmt: skip
IDS = [f"{document}{n}" for document, count in (("A", 13), ("B", 30), ("C", 14), ("D", 20), ("E", 12)) for n in range(1, count + 1)]
# what an overstress does, as the documents claim it: these ask the mechanics for it, the others stand on their parents'
BY_MECHANICS = {"E1", "E2", "E3", "E4", "E6", "E7", "E9", "E10", "E11", "E12"}
LEAD_IN_LEAD_FREE = ("B6", "B17", "B28")


def test_every_claim_is_there_once_in_the_documents_order():
    assert list(CLAIMS) == IDS
    assert len(IDS) == 89


def test_parents_are_the_documents():
    assert {i: claim.parent for i, claim in CLAIMS.items()} == {i: PARENTS.get(i) for i in IDS}


@pytest.mark.parametrize("claim", IDS)
def test_a_claim_holds(claim, verdicts):
    verdict = verdicts[claim]
    assert verdict.runs and len(verdict.evidence) >= len(verdict.runs)
    assert verdict.holds is True, verdict.evidence


def test_what_an_overstress_does_is_asked_of_the_claims_that_say_so():
    assert {i for i, claim in CLAIMS.items() if claim.mechanics is not None} == BY_MECHANICS
    # the materials of a sacrificial layer are a list; that it lets go, or takes up the excess, is what its parent says
    assert BY_MECHANICS | {"E5", "E8"} == {i for i in IDS if i.startswith("E")}


def test_the_evidence_of_an_overstress_carries_its_numbers(verdicts):
    said = {"E1": "N; the plain bump by", "E3": "lets go first", "E6": "takes up", "E9": "MPa", "E11": "J/m^2 under"}
    for claim, words in said.items():
        assert any(words in sentence for sentence in verdicts[claim].evidence), verdicts[claim].evidence
    for claim in ("E2", "E4", "E7", "E10", "E12"):
        assert verdicts[claim].evidence[-1].endswith("% stiffer"), verdicts[claim].evidence


def test_every_listed_member_is_shown_by_a_run_of_its_own(verdicts, line):
    for claim in CLAIMS.values():
        for member, lots in claim.lots.items():
            for one in lots:
                found = line.examined(one, claim.id)
                assert found.holds is True, (claim.id, member, found.evidence)
                assert member in found.members, (claim.id, member, found.evidence)


# the members of the documents' lists, typed from them: 6 and 7 adhesion, 8 metallic, 9 solder materials (8 where lead cannot be)
@pytest.mark.parametrize(
    ("claims", "members"),
    [
        (("A3",), {"Ti", "TiW", "Cr", "CrCu", "Cu", "Ta"}),
        (("B2", "B13", "B24"), {"Ti", "TiW", "Cr", "CrCu", "Cu", "Ta", "Al"}),
        (("A4", "B3", "B14", "B25"), {"NiV", "TiN", "TaN", "Ni", "CrCu", "Cr", "Cu", "Pd"}),
        (("A7",), {"Pb", "Au", "Ag", "Cu", "Mg", "Bi", "Sb", "In", "Zn"}),
        (LEAD_IN_LEAD_FREE, {"Au", "Ag", "Cu", "Mg", "Bi", "Sb", "In", "Zn"}),
        (("A8", "B7", "B20", "B29"), {"Cu", "Al"}),
        (("B1",), {"ball", "disc", "cube", "preform"}),
        (("C5", "C6"), {"spin-coated", "dry film"}),
        (("C7", "C14"), {"electroplating", "printing"}),
        (("C8",), {"2 resists", "3 resists"}),
        (("D11", "D12"), {"paste", "powder"}),
        (("E1",), {"empty gap", "filled below the bump"}),
        (("E5", "E8"), {"metal", "epoxy", "organic polymer", "inorganic oxide"}),
    ],
)
def test_the_lists_are_whole(claims, members):
    for claim in claims:
        assert set(CLAIMS[claim].lots) == members


def test_lead_in_a_lead_free_alloy_is_reported_as_unsatisfiable(verdicts):
    for claim in LEAD_IN_LEAD_FREE:
        assert set(CLAIMS[claim].unsatisfiable) == {"Pb"}
        assert any(sentence.startswith("Pb: unsatisfiable: ") for sentence in verdicts[claim].evidence)
    assert not any(claim.unsatisfiable for i, claim in CLAIMS.items() if i not in LEAD_IN_LEAD_FREE)


def test_films_that_solder_does_not_wet_are_shown_under_one_that_it_wets(line):
    for material in ("TiN", "TaN", "Cr"):
        found = line.examined(lot("flux-coated-ball", {"steps.metallic.material": material}), "A1")
        bond = next(sentence for sentence in found.evidence if sentence.startswith("at the end"))
        assert "(Cu)" in bond and f"({material})" not in bond


def test_bare_aluminium_is_refused_and_said_to_be(verdicts):
    assert any("the line stops" in sentence and "does not wet" in sentence for sentence in verdicts["B29"].evidence)


def test_root_evidence_carries_numbers(verdicts):
    for claim in ("A1", "B1", "B9", "B22", "C1", "C8", "D1", "D15", "E1", "E11"):
        text = " ".join(verdicts[claim].evidence)
        assert (len(re.findall(r"\d um\b", text)) >= 3 and "um^2" in text and "degC" in text) or claim[0] in "CE", claim
    assert "mJ/cm^2" in " ".join(verdicts["C4"].evidence)
    for claim in ("E3", "E9", "E11"):
        assert "J/m^2" in " ".join(verdicts[claim].evidence), claim


def test_a_verdict_is_a_record_for_json(verdicts):
    for verdict in verdicts.values():
        record = json.loads(json.dumps(verdict.record()))
        assert record["id"] == verdict.id and record["holds"] is verdict.holds and record["document"] == verdict.id[0]
        assert record["runs"] == list(verdict.runs) and record["evidence"] == list(verdict.evidence)


def test_some_claims_are_judged_alone_in_order_and_say_what_they_run(line):
    said = []
    found = judged(["B29", "B22", "B10"], on_run=said.append)
    assert [v.id for v in found] == ["B10", "B22", "B29"]
    # what they depend on is judged too: the runs of B9 and B22 are made, each once
    assert len(said) == len(set(said)) and {"flux-on-pad", "flux-filled-foil"} <= set(said)
    with pytest.raises(KeyError, match="Z9"):
        judged(["Z9"])
    assert unknown_ids(["A1", "A14", "e1"]) == ["A14", "e1"]


def test_a_users_own_run_is_judged(line):
    holds, evidence = judge_run("A3", line.made(lot("flux-coated-ball")))
    assert holds is True and any("Ti" in sentence for sentence in evidence) and len(evidence) > 10
    assert judge_run("C1", line.made(lot("flux-coated-ball")))[0] is False
    holds, evidence = judge_run("E2", line.made(lot("suspended-over-gap-beams")))
    assert holds is True and "2 beams" in evidence[-2] and evidence[-1].endswith("% stiffer")
    assert any("open air" in sentence for sentence in evidence)


@pytest.mark.slow
def test_the_text_of_a_run_makes_that_run(line):
    lots = {one.text: one for claim in CLAIMS.values() for lots in claim.lots.values() for one in (*lots, *claim.refused)}
    lots |= {c.lot.text: c.lot for c in COUNTERS[::5]}
    for text, one in lots.items():
        flow, *typed = shlex.split(text)
        assert typed[::2] == ["--set"] * (len(typed) // 2)
        recipe = load(flow).with_changes([assignment(setting) for setting in typed[1::2]], file="--set")
        assert recipe.key_text() == line.made(one).recipe.key_text(), text
