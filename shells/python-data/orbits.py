"""The data of the figure, and the law that it shows."""

from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ["name", "kind", "distance_au", "period_years"]


def load(path: Path = Path(__file__).with_name("planets.csv")) -> pd.DataFrame:
    """The planets and dwarf planets: mean distance in astronomical units, period in years."""
    return pd.read_csv(path)[COLUMNS]


def fit(orbits: pd.DataFrame) -> tuple[float, float]:
    """The `a` and `k` of the power law period = a · distance^k that fits best."""
    exponent, logarithm = np.polyfit(np.log(orbits["distance_au"]), np.log(orbits["period_years"]), 1)
    return float(np.exp(logarithm)), float(exponent)
