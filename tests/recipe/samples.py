"""Recipes that the tests of this folder start from."""

STAIR = """\
waferbump: 1
name: stair-plated
cell: {pitch: 150 um}
carrier: {kind: wafer, material: Si, thickness: 775 um}
masks:
  passivation: {circle: 70 um}
  bump: {circle: 80 um, overlay: 0 um}
steps:
  - deposit: {material: Ti, thickness: 100 nm}
  - coat: {id: resist-1, resist: generic-positive-slow, thickness: 30 um}
  - expose: {mask: bump, dose: 400 mJ/cm^2, tool: {kind: aligner, gap: 20 um}}
  - plate: {solder: Sn3.5Ag, current_density: 4 A/dm^2, until: {height: 55 um}}
"""

HEAD = """\
waferbump: 1
name: small
cell: {pitch: 150 um}
carrier: {kind: wafer, material: Si, thickness: 775 um}
masks:
  bump: {circle: 80 um}
"""

EVERY_VERB = (
    HEAD
    + """\
  foil: {array: {of: {square: 10 um}, nx: 1, ny: 1, pitch: 20 um}}
  grey: {circle: 40 um, rings: [{circle: 60 um, transmission: 30 %}], tone: dark}
  smaller: {of: bump, bias: -5 um}
  free: {polygon: [[-20 um, -10 um], [20 um, -10 um], [20 um, 10 um], [-20 um, 10 um]]}
steps:
  - pad: {material: Al, thickness: 1 um, mask: bump}
  - passivation: {material: SiN, thickness: 800 nm, mask: smaller}
  - redistribution: {thickness: 5 um, mask: bump, dielectric: SiO2, dielectric_thickness: 4 um, cover: SiN, cover_thickness: 1 um,
                     cover_mask: smaller}
  - deposit: {material: Ti, thickness: 100 nm, method: evaporate, side_coverage: 40 %}
  - coat: {resist: generic-positive-slow, speed: 1500 rpm, note: "as the product's curve says"}
  - laminate: {material: generic-dry-film-slow, thickness: 25 um, bridges: 120 um, mask: foil}
  - bake: {purpose: post-exposure, temperature: 110 degC, time: 90 s}
  - expose: {mask: grey, dose: 200 mJ/cm^2, blur: 1 um, tool: {kind: stepper, numerical_aperture: 0.16, defocus: -2 um}}
  - develop: {wall_angle: 85 deg}
  - descum: {thickness: 100 nm}
  - etch: {rates: {Cu: 1 um/min, Ti: 50 nm/min}, time: 2 min}
  - etch: {removes: [Cu, deposit-1], kind: dry}
  - plate: {solder: Sn3.5Ag, current_density: 40 mA/cm^2, until: {time: 40 min}, efficiency: 95 %}
  - print: {solder: SAC305, form: powder, metal_fraction: 55 %, fill: 0.9, scoop: 2 um}
  - flux: {flux: solid-flux, method: dispense, volume: 20000 um^3}
  - place: {solder: SAC305, shape: disc, diameter: 60 um, height: 20 um, skin: {flux: solid-flux, thickness: 2 um}}
  - reflow: {profile: [{temperature: 25 degC, time: 0 s}, {temperature: 245 degC, time: 200 s}, {temperature: 30 degC, time: 300 s}]}
  - strip
  - clean: {removes: solid-flux}
  - release: {removes: deposit-1, rate: 1 um/min, overetch: 10 %, attacks: {Al: 1 nm/min}, rinse: water, work_of_adhesion: 0.1 J/m^2}
  - thin: {to: 200 um, model: blanket}
  - attach: {pad: {diameter: 80 um, mask_opening: 100 um}, die: {mass: 4 mg}, bumps: 400, reflow: {peak: 245 degC}}
  - age: {temperature: 150 degC, time: 1000 h}
spec:
  bump_height: {min: 50 um, max: 60 um}
  contact_angle: {max: 120 deg}
  peak_current: {max: 5 A/dm^2}
seed: 7
"""
)


def with_steps(steps: str) -> str:
    """A small recipe with these steps."""
    return HEAD + "steps:\n" + steps
