"""Clauses that can never fire, because one above them takes all that they are about.

One clause is compared with one other; what several together take is not seen. When in doubt a clause is reachable.
"""

from collections.abc import Sequence
from itertools import permutations

from scanner.model import CONFIDENCES
from scanner.policy.judging import Clause, Policy, What, Where


def unreachable(policy: Policy) -> list[tuple[Clause, Clause]]:
    """Each clause that can never fire, with the first one above that takes everything from it."""
    found = []
    for number, below in enumerate(policy.clauses):
        above = next((one for one in policy.clauses[:number] if _takes_all(one, below)), None)
        if above is not None:
            found.append((below, above))
    return found


def _takes_all(above: Clause, below: Clause) -> bool:
    return _covers_place(above.where, below.where) and _covers_content(above.what, below.what)


def _covers_place(above: Where, below: Where) -> bool:
    if not set(below.volumes) <= set(above.volumes) or not set(above.not_paths.globs) <= set(below.not_paths.globs):
        return False
    return not above.paths.globs or (bool(below.paths.globs) and set(below.paths.globs) <= set(above.paths.globs))


def _covers_content(above: What, below: What) -> bool:
    """Whether every document that is such content for the clause below is it for the one above as well."""
    if above.problems or below.problems:
        return bool(below.problems) and set(below.problems) <= set(above.problems)
    if CONFIDENCES.index(above.confidence) > CONFIDENCES.index(below.confidence):
        return False
    if above.min_persons > below.min_persons or not _covers_amounts(above, below):
        return False
    some_type = not above.types or any(group <= set(above.types) for group in _sure(below))
    return some_type and _covers_combination(above.all_types, below)


def _covers_amounts(above: What, below: What) -> bool:
    """The clause above must not ask for more, nor count fewer types."""
    if above.min_count <= 1 and above.min_distinct <= 1:
        return True
    enough = above.min_count <= below.min_count and above.min_distinct <= below.min_distinct
    return enough and _named(below) <= _named(above)


def _covers_combination(groups: Sequence[tuple[str, ...]], below: What) -> bool:
    """Whether what the clause below asks for holds, for every group, a type of its own."""
    if len(groups) <= 1:
        return not groups or any(one <= set(groups[0]) for one in _sure(below))
    return any(
        all(set(inner) <= set(outer) for inner, outer in zip(choice, groups, strict=True))
        for choice in permutations(below.all_types, len(groups))
    )


def _sure(what: What) -> list[set[str]]:
    """Sets of types, of each of which one is there."""
    return [set(group) for group in (what.types, *what.all_types) if group]


def _named(what: What) -> set[str]:
    return {*what.types, *(word for group in what.all_types for word in group)}
