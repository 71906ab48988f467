"""ARNs as six segments."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.arn import Arn, parse, segments, try_parse
from apiece.errors import UsageError

law = settings(derandomize=True, deadline=None, max_examples=100)
plain = st.text(alphabet="ab-*1/", max_size=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arn:aws:s3:::bucket/key", Arn("aws", "s3", "", "", "bucket/key")),
        ("arn:aws:sqs:us-east-1:111122223333:jobs", Arn("aws", "sqs", "us-east-1", "111122223333", "jobs")),
        ("arn:aws:logs:r:1:log-group:g:*", Arn("aws", "logs", "r", "1", "log-group:g:*")),
        ("arn:::::", Arn("", "", "", "", "")),
    ],
)
def test_an_arn_has_six_segments(text: str, expected: Arn) -> None:
    """The resource keeps the colons behind the fifth."""
    assert expected == parse(text)


@pytest.mark.parametrize(
    "text", ["", "*", "arn", "arn:aws:s3", "arn:aws:s3::bucket", "ARN:aws:s3:::b", " arn:aws:s3:::b"]
)
def test_other_text_is_no_arn(text: str) -> None:
    """Text with fewer segments, or another first one, is not an ARN."""
    assert try_parse(text) is None


def test_a_wrong_arn_is_named_with_advice() -> None:
    """The error quotes the text, shortened, and says how an ARN is written."""
    with pytest.raises(UsageError, match=r"^`x{80}` is not an ARN$") as caught:
        parse("x" * 1_000)

    assert "write `arn:partition:service:region:account:resource`" == caught.value.hint


@law
@given(parts=st.lists(plain, min_size=4, max_size=4), resource=st.text(alphabet="ab:/*", max_size=8))
def test_an_arn_round_trips(parts: list[str], resource: str) -> None:
    """An ARN is written as it was read."""
    arn = Arn(*parts, resource)

    assert arn == parse(str(arn))


@law
@given(text=st.text(alphabet="a:", max_size=12))
def test_segments_lose_nothing(text: str) -> None:
    """Joined again, the segments are the text; there are never more than six."""
    parts = segments(text)

    assert text == ":".join(parts)
    assert len(parts) == min(text.count(":") + 1, 6)
