"""Settings of `age`: time at temperature, in which compounds grow."""

from __future__ import annotations

from typing import Annotated

from waferbump.recipe.quantities import Quantity, Temperature, refused, settings
from waferbump.recipe.soldering import ProfilePoint

# from an hour of a test to thirty years of use
LongTime = Annotated[float, Quantity("time", "1 s", "300000 h", example="1000 h")]


@settings
class Age:
    """The solder stays hot but solid, in a test or in use, and the compounds between it and its metal grow.

    temperature : of the oven or of the use [K]
    time : how long [s]
    profile : temperature over time, in place of the two
    """

    temperature: Temperature | None = None
    time: LongTime | None = None
    profile: tuple[ProfilePoint, ...] = ()

    def __post_init__(self) -> None:
        if self.profile:
            if self.temperature is not None or self.time is not None:
                raise refused("give temperature and time or a profile, not both")
            if len(self.profile) < 2:
                raise refused("a profile needs two points or more")
            if any(later.time <= earlier.time for earlier, later in zip(self.profile, self.profile[1:], strict=False)):
                raise refused("the times of a profile must rise from point to point")
        elif self.temperature is None or self.time is None:
            raise refused('needs temperature and time, e.g. "150 degC" and "1000 h", or a profile')
