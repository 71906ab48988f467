"""Sets of actions are what the patterns of a policy match, name by name."""

from __future__ import annotations

import fnmatch

from hypothesis import given
from hypothesis import strategies as st

from apiece.iam import catalog
from apiece.iam.solver.actions import Universe, located

NAMES = [action.name for service in ("s3", "sqs", "iam", "lambda") for action in catalog.load().actions(service)]
UNKNOWN = ["s3:NotYet", "s3:NotYetKnown", "sqs:z", "nosuch:Get", "nosuch:GetMore", "get"]


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """A name with some pieces replaced by wildcards, in any case."""
    text = draw(st.sampled_from([*NAMES, *UNKNOWN]))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, len(text)))
        text = text[:start] + draw(st.sampled_from(("*", "**", "?", ""))) + text[end:]
    return draw(st.sampled_from((text, text.upper(), text.lower())))


@given(st.lists(patterns(), min_size=1, max_size=6))
def test_a_set_holds_the_known_and_the_written_names_that_its_patterns_match(texts: list[str]) -> None:
    """Matching is without case; names that only a policy knows are in the world as soon as it writes them."""
    universe = Universe(texts)
    known = {name.lower() for service in catalog.load().services for name in _names(service)}
    world = known | {text.lower() for text in texts if text and not {"*", "?"} & set(text)}
    for text in texts:
        wanted = {name for name in world if fnmatch.fnmatchcase(name, text.lower())}

        assert {name.lower() for name in universe.names(universe.bits(located([text])))} == wanted
    assert universe.bits(located(texts)) == _or(universe.bits(located([text])) for text in texts)


def _names(service: str) -> list[str]:
    return [action.name for action in catalog.load().actions(service)]


def _or(sets: object) -> int:
    found = 0
    for one in sets:  # type: ignore[attr-defined]
        found |= one
    return found
