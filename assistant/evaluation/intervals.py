"""How sure a share of few cases is."""

from __future__ import annotations

import math
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


def wilson(count: int, of: int) -> tuple[float, float, float]:
    """A share (`of` is above 0) and the bounds of its 95 % interval after Wilson, to four digits."""
    part, spread = count / of, _Z**2 / of
    centre = (part + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(part * (1 - part) / of + spread / (4 * of)) / (1 + spread)
    return round(part, 4), round(max(centre - half, 0.0), 4), round(min(centre + half, 1.0), 4)
