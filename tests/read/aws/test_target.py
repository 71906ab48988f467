"""Claims about `aws:[profile][/region,…]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from apiece.api.read import read_targets
from apiece.errors import UsageError
from apiece.read.aws.target import AwsTarget, aws_target, is_aws


@pytest.mark.parametrize(
    ("target", "profile", "regions"),
    [
        ("aws", None, ()),
        ("aws:", None, ()),
        ("aws:audit", "audit", ()),
        ("aws:my.profile_1@x", "my.profile_1@x", ()),
        ("aws:/us-east-1", None, ("us-east-1",)),
        ("aws:/us-east-1,eu-west-1", None, ("us-east-1", "eu-west-1")),
        ("aws:audit/us-gov-west-1,ap-southeast-10", "audit", ("us-gov-west-1", "ap-southeast-10")),
        ("aws:/us-east-1, us-east-1,", None, ("us-east-1",)),
    ],
)
def test_a_target_names_a_profile_and_regions(target: str, profile: str | None, regions: tuple[str, ...]) -> None:
    """What is left out is the default profile, and all regions; what is said twice counts once."""
    assert is_aws(target)
    assert AwsTarget(profile, regions) == aws_target(target)


@pytest.mark.parametrize("region", ["useast1", "us-east", "US-EAST-1", "us-east-1a", "template.yaml", "-" * 100])
def test_what_cannot_be_a_region_is_refused(region: str) -> None:
    """The message quotes it, shortened, and the hint shows how regions are written."""
    with pytest.raises(UsageError) as refused:
        aws_target(f"aws:audit/{region}")

    assert f"`{region[:40]}` is not a region" == refused.value.message
    assert "write `aws:PROFILE/us-east-1,eu-west-1`" == refused.value.hint


@pytest.mark.parametrize("target", ["aws/", "aws/template.yaml", "./aws", "aws.yaml", "AWS:", "awsome", "-", ""])
def test_files_and_folders_are_no_accounts(target: str) -> None:
    """Nobody comes to AWS by accident: a folder called `aws` is a folder."""
    assert not is_aws(target)


@pytest.mark.parametrize("make", [lambda path: path.write_text("{}"), lambda path: path.mkdir()])
def test_a_bare_aws_is_refused_where_something_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object
) -> None:
    """Where a file or folder `aws` is, the user must say which is meant."""
    make(tmp_path / "aws")  # type: ignore[operator]
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError) as refused:
        read_targets(["aws"], parameters={}, taken_at="2026-11-25T00:00:00Z")

    assert "`aws` may mean the live account or what is called so here" == refused.value.message
    assert "write `aws:`, or `./aws`" == refused.value.hint


def test_a_live_account_is_read_alone() -> None:
    """An account and a template are not one estate."""
    with pytest.raises(UsageError, match="live accounts are read alone"):
        read_targets(["aws:", "template.yaml"], parameters={}, taken_at="2026-11-25T00:00:00Z")
