"""What each of the five documents claims, judged on what runs did and produced."""

from __future__ import annotations

from .claim import Claim, Lot, lot
from .verdicts import CLAIMS, Examination, Line, Verdict, examined, judge_run, judged, unknown_ids

__all__ = ["CLAIMS", "Claim", "Examination", "Line", "Lot", "Verdict", "examined", "judge_run", "judged", "lot", "unknown_ids"]
