"""The reference evaluator's matching and the pattern machines share no code and give the same answers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.iam import catalog, match, pattern

law = settings(derandomize=True, deadline=None, max_examples=200)
words = st.text(alphabet="ab*?:/", max_size=8)
arns = st.tuples(
    st.lists(st.text(alphabet="ab", max_size=2), min_size=5, max_size=5), st.text(alphabet="ab:/", max_size=5)
).map(lambda parts: ":".join([*parts[0], parts[1]]))
resources = st.one_of(
    words,
    st.tuples(st.lists(st.text(alphabet="ab*?", max_size=2), min_size=3, max_size=5), words).map(
        lambda parts: ":".join([*parts[0], parts[1]])
    ),
)


def tokens(text: str) -> match.Tokens:
    prepared = match.prepare(text, variables=True, context={})
    assert isinstance(prepared, tuple)
    return prepared


@law
@given(word=words, text=st.text(alphabet="abc:/", max_size=8))
def test_both_match_the_same_texts(word: str, text: str) -> None:
    """A glob matches a text for the reference exactly where it does for the machine."""
    assert match.glob(tokens(word), tuple(text)) == pattern.matches(pattern.glob(word), text)


@law
@given(word=resources, arn=arns)
def test_both_match_the_same_resources(word: str, arn: str) -> None:
    """An identity policy's resource pattern matches an ARN for the reference exactly where the machine matches it."""
    reference = match.resource_matches(tokens(word), tuple(arn), pad_always=True, covering=True)

    assert reference == pattern.matches(pattern.resource(word), arn)


@law
@given(first=words, second=words)
def test_both_see_the_same_overlaps(first: str, second: str) -> None:
    """Two globs overlap for the reference exactly where the machines meet."""
    assert match.overlaps(tokens(first), tokens(second)) == pattern.intersects(
        pattern.glob(first), pattern.glob(second)
    )


@law
@given(outer=words, inner=words)
def test_what_the_reference_covers_is_contained(outer: str, inner: str) -> None:
    """Where the reference says that a pattern covers another, the machines show containment."""
    if match.glob(tokens(outer), tokens(inner)):
        assert pattern.contains(pattern.glob(outer), pattern.glob(inner))


@law
@given(outer=resources, inner=resources, as_resources=st.booleans())
def test_what_surely_is_taken_in_leaves_no_text_outside(outer: str, inner: str, *, as_resources: bool) -> None:
    """Where a look at the tokens says that one pattern takes in another, no text is found in the other alone."""
    compiled = pattern.resource if as_resources else pattern.glob
    wide, narrow = compiled(outer), compiled(inner)

    assert wide.surely_takes_in(wide)
    if wide.surely_takes_in(narrow):
        assert pattern.find((narrow,), (wide,)) is None


@law
@given(first=resources, second=resources)
def test_patterns_meet_where_a_text_is_in_both(first: str, second: str) -> None:
    """That two resource patterns meet is what a search for a text in both finds."""
    one, other = pattern.resource(first), pattern.resource(second)
    both = pattern.find((one, other))

    assert one.meets(other) == other.meets(one) == (both is not None)
    assert both is None or (pattern.matches(one, both) and pattern.matches(other, both))


@law
@given(word=resources, arn=arns)
def test_a_witness_of_the_machine_convinces_the_reference(word: str, arn: str) -> None:
    """A text that the machine gives as matched by a resource pattern, but not equal to an ARN, is matched for both."""
    witness = pattern.find((pattern.resource(word),), (pattern.glob(arn),))

    if witness is not None and witness.count(":") >= 5:
        assert match.resource_matches(tokens(word), tuple(witness), pad_always=True, covering=True)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(word=st.text(alphabet="sqSQ:*?eE", max_size=8))
def test_the_catalogue_expands_what_the_reference_matches(word: str) -> None:
    """An action pattern means the documented actions whose names the reference matches, without case."""
    expected = [
        action.name
        for service in ("sqs", "s3", "sts", "ses", "ssm")
        for action in catalog.load().actions(service)
        if match.glob(tokens(word.lower()), tuple(action.name.lower()))
    ]
    found = {action.name for action in catalog.load().expand(word)}

    assert expected == [name for name in expected if name in found]
    assert {name for name in found if name.partition(":")[0] in {"sqs", "s3", "sts", "ses", "ssm"}} == set(expected)
