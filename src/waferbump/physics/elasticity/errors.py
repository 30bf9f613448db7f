"""What cannot be computed, in words."""


class ElasticityError(ValueError):
    """A model that cannot be built or solved, or a result outside the validity of its assumptions."""


class ConvergenceError(ElasticityError):
    """Equilibrium that was not found: at what time, and what stood in the way."""
