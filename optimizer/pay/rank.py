"""Who is among the best of a group."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal

from optimizer.incentives.plan import Rank


def winners(rank: Rank, ranked: Iterable[tuple[str, str, Decimal]]) -> set[str]:
    """Return who is in the top share of the group, ties at the cut included.

    Parameters
    ----------
    rank : Rank
    ranked : iterable of (group, rep, attainment)
        Those whom the plan pays and who have an attainment.
    """
    groups: dict[str, list[tuple[str, Decimal]]] = {}
    for group, rep, attained in ranked:
        groups.setdefault(group, []).append((rep, attained))
    found: set[str] = set()
    for members in groups.values():
        if len(members) < rank.min_group:
            continue
        number = int((rank.top * len(members)).to_integral_value(ROUND_CEILING))
        cut = sorted((attained for _, attained in members), reverse=True)[number - 1]
        found |= {rep for rep, attained in members if attained >= max(cut, rank.start)}
    return found
