"""Structures that several tests of the levels share: each flow is run once a session."""

from functools import cache

from waferbump.bookkeeping import Ledger
from waferbump.materials import library
from waferbump.package.constitution import Laws
from waferbump.package.reading import read_vehicle
from waferbump.package.structure import structure_of, structure_run

VEHICLE = read_vehicle()
PLAIN, SUSPENDED = "plain-bump", "suspended-over-gap"


@cache
def structure(flow):
    return structure_of(structure_run(flow, VEHICLE), VEHICLE, Ledger(library()))


@cache
def laws():
    return Laws(Ledger(library()), {**VEHICLE.materials, "underfill": VEHICLE.underfill})
