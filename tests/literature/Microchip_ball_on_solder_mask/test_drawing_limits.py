"""Microchip package drawings (SAM9X60, SAMA5D2 data sheets; C04-21149-DYB): 0.4 mm balls on 0.350 mm solder-mask openings.

Drawing limits: height A1 0.27 to 0.37 mm, width b 0.38 to 0.48 mm. Limits of a drawing, not measurements, and opening and outline are
stated for sister packages: this is a check of consistency, not a validation.
"""

import numpy as np

from waferbump.physics.capillary import truncated_sphere


def test_predicted_ball_lies_inside_the_drawing():
    cap = truncated_sphere(np.pi / 6 * 0.4e-3**3, 0.175e-3)
    assert 0.27e-3 < cap.height < 0.37e-3
    assert 0.38e-3 < 2 * cap.max_radius < 0.48e-3
    # middle of the drawing within its own half range: 320 and 430 um against 324.5 and 418.9 um
    assert abs(cap.height - 0.32e-3) < 0.05e-3 and abs(2 * cap.max_radius - 0.43e-3) < 0.05e-3
