"""What can be known of a material: the name, the SI unit, the plausible range and the meaning of every property, fact and class."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi


@dataclass(frozen=True)
class Quantity:
    """A property that a material may have: its SI unit, the range outside which a number is a slip of the pen, and its meaning."""

    unit: str
    low: float
    high: float
    meaning: str


_TEMPERATURE = ("K", 150.0, 4500.0)

QUANTITIES = {
    # mass and melting
    "density": Quantity("kg/m^3", 500.0, 23000.0, "of the solid near 25 degC (of the liquid, for a liquid flux)"),
    "liquid_density": Quantity("kg/m^3", 500.0, 23000.0, "of the melt"),
    "surface_tension": Quantity("N/m", 0.01, 3.0, "of the melt against inert gas, no flux; of a rinse against air"),
    "viscosity": Quantity("Pa s", 1e-6, 1.0, "of the melt; number exp(activation_temperature / T)"),
    "solidus": Quantity(*_TEMPERATURE, "above which the first liquid appears"),
    "liquidus": Quantity(*_TEMPERATURE, "above which nothing solid is left"),
    "melting_point": Quantity(*_TEMPERATURE, "of a pure substance, or where a flux turns liquid"),
    "heat_of_fusion": Quantity("J/mol", 100.0, 1e5, "taken up on melting"),
    "molar_mass": Quantity("kg/mol", 0.001, 0.3, "of an element"),
    # plating
    "plating_electrons": Quantity("1", 1.0, 6.0, "electrons that reduce one ion of the element in its usual bath"),
    "current_efficiency": Quantity("1", 0.5, 1.0, "share of the current that deposits metal"),
    "plating_current_density": Quantity("A/m^2", 1.0, 1e4, "usual choice; its valid range is the usual range"),
    # paste and flux
    "paste_metal_fraction": Quantity("1", 0.2, 0.7, "volume fraction of metal in a paste of this solder"),
    "paste_metal_mass_fraction": Quantity("1", 0.5, 0.99, "mass fraction of metal in a paste of this solder"),
    "yield_stress": Quantity("Pa", 0.0, 1e7, "below which a flux does not flow"),
    "nonvolatile_fraction": Quantity("1", 0.0, 1.0, "mass fraction of a flux that stays as residue after reflow"),
    "activation_temperature": Quantity(*_TEMPERATURE, "from which a flux removes oxide"),
    "coating_mass_fraction": Quantity("1", 0.001, 0.2, "mass of a flux skin over mass of the solder it coats"),
    "layer_thickness": Quantity("m", 1e-7, 1e-3, "usual thickness of a flux layer"),
    # wetting
    "contact_angle_on_copper": Quantity("rad", 0.0, pi, "of the molten, fluxed solder on copper"),
    "contact_angle_on_polymer": Quantity("rad", pi / 2, pi, "of the molten solder on resist or another polymer"),
    # resist and other polymers
    "softening_temperature": Quantity(*_TEMPERATURE, "from which edges round and openings change shape"),
    "maximum_temperature": Quantity(*_TEMPERATURE, "the highest reflow that it survives in place"),
    "clearing_dose": Quantity("J/m^2", 10.0, 1e5, "positive: dose to clear; negative: dose that gels (each value says which)"),
    "wall_angle": Quantity("rad", 0.5, 1.5708, "of a developed wall, from the horizontal; below 90 degrees it widens upwards"),
    "refractive_index": Quantity("1", 1.0, 4.0, "of a resist or another clear polymer, unexposed"),
    "dill_a": Quantity("1/m", 0.0, 5e6, "absorption that bleaches"),
    "dill_b": Quantity("1/m", 0.0, 5e6, "absorption that stays"),
    "dill_c": Quantity("m^2/J", 0.0, 1.0, "share that light changes per dose: inhibitor destroyed, acid or radicals made"),
    "development_rate_max": Quantity("m/s", 1e-10, 1e-4, "at which the fully soluble resist dissolves"),
    "development_rate_min": Quantity("m/s", 0.0, 1e-6, "at which the resist that should stay dissolves"),
    "development_threshold": Quantity("1", -100.0, 1.0, "m_th: share of inhibitor, protection or cross-links where the rate turns"),
    "development_contrast": Quantity("1", 1.0, 100.0, "n: power of the rate law"),
    "development_rate_resin": Quantity("m/s", 1e-11, 1e-5, "of the resin without inhibitor and without its products (enhanced law)"),
    "development_inhibition_power": Quantity("1", 0.1, 100.0, "l: power of the inhibition (enhanced law)"),
    "notch_threshold": Quantity("1", 0.0, 1.0, "m_th of the notch (notch law)"),
    "notch_contrast": Quantity("1", 1.0, 200.0, "n of the notch (notch law)"),
    "surface_rate_ratio": Quantity("1", 0.0, 1.0, "rate at the resist's surface over that deep inside"),
    "surface_inhibition_depth": Quantity("m", 1e-9, 1e-4, "over which the surface's slowness fades"),
    "diffusion_length": Quantity("m", 0.0, 1e-5, "sqrt(2 D t) of inhibitor or acid in the usual bake after exposure"),
    "amplification": Quantity("1", 0.0, 1e3, "k t of the usual bake after exposure: protected share = exp(-k t acid^order)"),
    "amplification_order": Quantity("1", 0.1, 10.0, "power of the acid in the amplification"),
    "bake_temperature": Quantity(*_TEMPERATURE, "of the usual bake after exposure, for which its numbers hold"),
    "bake_time": Quantity("s", 1.0, 1e5, "of the usual bake after exposure"),
    "bake_activation_energy": Quantity("J/mol", 0.0, 5e5, "of amplification and diffusion in another bake"),
    "inhibition_dose": Quantity("J/m^2", 0.0, 1e4, "spent on oxygen before radicals cross-link"),
    "carrier_film_thickness": Quantity("m", 1e-6, 1e-4, "of the clear film on a dry film, through which it may be exposed"),
    "carrier_film_index": Quantity("1", 1.0, 3.0, "refractive index of that film"),
    "spin_thickness": Quantity("m", 1e-8, 1e-3, "at spin_reference_speed; h = spin_thickness (w / w_ref)^(-spin_exponent)"),
    "spin_reference_speed": Quantity("rad/s", 10.0, 1000.0, "rotation speed of spin_thickness"),
    "spin_exponent": Quantity("1", 0.1, 2.0, "of the product's speed curve; no common value exists"),
    "bridging_gap": Quantity("m", 1e-6, 5e-3, "widest gap that a laminated dry film spans flat"),
    "conforming_depth": Quantity("m", 0.0, 1e-3, "deepest gap that a laminated dry film flows into and fills"),
    # light on films and bodies
    "optical_index": Quantity("1", 0.01, 10.0, "n of the complex index n + i k, of what lies under a resist"),
    "extinction_coefficient": Quantity("1", 0.0, 20.0, "k of the complex index n + i k"),
    # films and bodies
    "side_coverage": Quantity("1", 0.01, 1.0, "side-wall thickness over flat thickness of a grown film"),
    "resistivity": Quantity("ohm m", 1e-9, 1e-3, "at 20 degC"),
    "young_modulus": Quantity("Pa", 1e4, 1.3e12, "stiffness"),
    "biaxial_modulus": Quantity("Pa", 1e4, 1.5e12, "E / (1 - nu), of a film on its substrate"),
    "poisson_ratio": Quantity("1", 0.0, 0.5, "sideways strain over strain"),
    "thermal_expansion": Quantity("1/K", -1e-6, 4e-4, "linear, in the plane"),
    "residual_stress": Quantity("Pa", -1e10, 1e10, "of a film at 25 degC, positive in tension"),
    # bodies that differ by direction: the plain names above hold in the plane
    "young_modulus_through": Quantity("Pa", 1e4, 1.3e12, "stiffness through the thickness"),
    "poisson_ratio_through": Quantity("1", 0.0, 1.0, "contraction through the thickness over strain in the plane"),
    "shear_modulus_in_plane": Quantity("Pa", 1e3, 1e12, "stiffness in shear within the plane"),
    "shear_modulus_through": Quantity("Pa", 1e3, 1e12, "stiffness in shear of the planes that stand on the board"),
    "thermal_expansion_through": Quantity("1/K", -1e-6, 1e-3, "linear, through the thickness"),
    "elastic_constant_c11": Quantity("Pa", 1e9, 1.3e12, "of a cubic crystal along its axes"),
    "elastic_constant_c12": Quantity("Pa", 1e9, 1.3e12, "of a cubic crystal along its axes"),
    "elastic_constant_c44": Quantity("Pa", 1e9, 1.3e12, "of a cubic crystal along its axes"),
    # strength and flow
    "plastic_yield_stress": Quantity("Pa", 1e6, 5e9, "at which a metal begins to flow (yield_stress is a flux's)"),
    "kinematic_hardening": Quantity("Pa", 0.0, 1e12, "rise of stress over plastic strain, by which the yield surface moves"),
    "tensile_strength": Quantity("Pa", 1e5, 5e9, "highest stress in a tensile test"),
    "fracture_strain": Quantity("1", 1e-4, 20.0, "at which it breaks"),
    "fatigue_ductility": Quantity("1", 1e-3, 10.0, "e_f of de_p/2 = e_f (2N)^c"),
    "fatigue_ductility_exponent": Quantity("1", -1.5, -0.1, "c of de_p/2 = e_f (2N)^c"),
    # Anand's law of solder: all nine of one variant belong together, and so does the Young's modulus of that variant where there is one
    "anand_initial_resistance": Quantity("Pa", 1e5, 1e9, "s0: resistance to flow at the start"),
    "anand_activation_temperature": Quantity("K", 1e3, 5e4, "Q/R: activation energy over the gas constant"),
    "anand_rate": Quantity("1/s", 1.0, 1e12, "A: rate of flow that no barrier holds back"),
    "anand_multiplier": Quantity("1", 0.1, 100.0, "xi: multiplier of stress"),
    "anand_rate_sensitivity": Quantity("1", 0.001, 1.0, "m: of stress to strain rate"),
    "anand_hardening": Quantity("Pa", 1e6, 1e13, "h0: rate of hardening and softening"),
    "anand_saturation": Quantity("Pa", 1e5, 1e10, "s_hat: of the resistance at saturation"),
    "anand_saturation_exponent": Quantity("1", 0.0, 1.0, "n: of the resistance at saturation to strain rate"),
    "anand_hardening_exponent": Quantity("1", 0.1, 10.0, "a: of hardening"),
}

# facts are answers in a word; where the answers are a closed list, it is given
FACTS: dict[str, tuple[str, ...]] = {
    "wetted_by_solder": ("yes", "no", "weakly"),
    "wetted_only_under": (),  # the cap without which an oxide keeps solder off
    "tone": ("positive", "negative"),
    "photosensitive": ("yes", "no"),
    "post_exposure_bake": ("needed", "not needed"),
    "chemistry": ("inhibitor", "amplified", "crosslinking"),  # what light does in a resist
    "development_model": ("mack", "enhanced", "notch"),  # the law whose numbers are given
}

CLASSES = {
    "carrier": "what the bumps stand on",
    "pad": "bond pad",
    "passivation": "covers the carrier and exposes the pads",
    "adhesion": "first film of the under-bump metallurgy",
    "metallic": "film on the adhesion film",
    "metal": "conducts",
    "insulator": "does not conduct",
    "glass": "glass or oxide",
    "structure": "patterned structure that is neither resist nor polymer",
    "polymer": "resist, dry film, buffer layer or encapsulant",
    "epoxy": "polymer cured from an epoxide resin",
    "photoresist": "patterned by light and stripped afterwards",
    "spin-on": "coated by spinning",
    "dry-film": "laminated",
    "flux": "removes oxide",
    "solder": "melts to make the bump",
    "mixed-solder": "solders that fused: its composition is its own, so its density is computed",
    "intermetallic": "compound of a solder and the metal it stands on; conducts",
    "residue": "what stays after reflow and must be cleaned",
    "rinse": "liquid that dries last after a wet release",
    "element": "chemical element",
}

HATCHES = ("none", "diagonal", "cross", "dots", "horizontal", "vertical")

# conditions that a value's range may speak of, in SI
CONDITIONS = ("temperature", "thickness", "rotation_speed", "current_density", "wavelength")
