"""The smallest recipe that does something: two films on a bare wafer."""

TINY = """waferbump: 1
name: tiny
cell: {pitch: 100 um}
carrier: {kind: wafer, material: Si, thickness: 775 um}
steps:
  - deposit: {id: adhesion, material: Ti, thickness: 100 nm}
  - deposit: {id: seed, material: Cu, thickness: 500 nm}
"""
