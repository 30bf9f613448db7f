"""Studies: what setting reaches a target, how far it may move, and what numbers of a resist fit what was measured."""

from waferbump.explore.calibrate import Calibrated, calibrate_study, read_calibration
from waferbump.explore.searching import Found, search_study
from waferbump.explore.store import write_whole
from waferbump.explore.study import read_study, study_names

__all__ = ["Calibrated", "Found", "calibrate_study", "read_calibration", "read_study", "search_study", "study_names", "write_whole"]
