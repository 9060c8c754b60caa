"""What to say of numbers that are too far apart for a solver's digits."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Instance


def badly_scaled(instance: Instance) -> str:
    """Return a sentence that tells how far apart the wishes of the cells are."""
    wished = instance.reference[instance.reference > 0]
    least, most = np.min(wished, initial=np.inf), np.max(wished, initial=0.0)
    return (
        f"The numbers are badly scaled: wishes for a period, region and product run from "
        f"{least:.3g} to {most:.3g}. Write 0 for shares and limits that small, or plan them apart."
    )
