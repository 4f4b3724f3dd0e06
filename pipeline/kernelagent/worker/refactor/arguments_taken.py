"""How a piece's ``kernel_function`` is called from the linked file: as the judge called it when it was verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernelagent.static.kernel_file import entry_function
from kernelagent.static.own_names import OWN


@dataclass(frozen=True)
class Taken:
    places: tuple[tuple[int, str], ...]
    """In the order of the call: the place of an argument among the piece's, and its name where it is passed by that."""

    def passed(self, given: Sequence[str]) -> str:
        return ", ".join(f"{name}={given[place]}" if name else given[place] for place, name in self.places)


def arguments_taken(text: str, names: Sequence[str]) -> Taken:
    """``text``: a kernel file; ``names``: those of the piece's arguments. By their names, in whichever order the
    function has them, where it has all of them and needs no other; else in the piece's order (as
    ``judge/entry_points.py`` binds them)."""
    in_order = Taken(tuple((place, "") for place in range(len(names))))
    function = entry_function(text)
    if function is None:
        return in_order
    place_of = {name: place for place, name in enumerate(names)}
    place_of |= {f"{name}_": place for name, place in place_of.items() if name in OWN and f"{name}_" not in place_of}
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    needed = {one.arg for one in plain[: len(plain) - len(given.defaults)]}
    needed |= {one.arg for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None}
    places: list[tuple[int, str]] = []
    by_name = False
    for one in [*plain, *given.kwonlyargs]:
        place = place_of.get(one.arg)
        by_name |= place is None or one in given.kwonlyargs
        if place is not None and by_name and one in given.posonlyargs:
            return in_order
        if place is not None:
            places.append((place, one.arg if by_name else ""))
    if not needed <= place_of.keys() or {place for place, _ in places} != set(range(len(names))):
        return in_order
    return Taken(tuple(places))
