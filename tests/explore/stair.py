"""A study on a cheap run, and its parts to change: the stair in two resists by the blurred image and the threshold."""

STAIR = """\
study: 1
name: stair
does: search
recipe: stair-plated
set: {steps.exposure.model: blurred_image, steps.development.model: threshold}
until: development
factors:
  steps.exposure.dose: {from: 200 mJ/cm^2, to: 800 mJ/cm^2}
  steps.exposure.tool.gap: {from: 0 um, to: 100 um}
targets:
  development.opening.resist-1: {value: 75 um, within: 0.5 um}
  development.opening.resist-2: {at_least: 89 um, within: 0.5 um}
constraints:
  development.ledge.resist-2: {at_most: 12 um}
budget: 40
seed: 1
"""


def written(folder, text=STAIR, name="stair.yaml"):
    """A study file in a folder."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
