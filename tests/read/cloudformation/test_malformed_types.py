"""Claims about resources whose type is no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from apiece.api.read import read_targets


@pytest.mark.parametrize("kind", ["{Rain: Module}", "[AWS::S3::Bucket]", "7", "!Rain::Module x", "null"])
def test_a_type_that_is_no_text_does_not_stop_the_other_resources(tmp_path: Path, kind: str) -> None:
    """A SAM template with one malformed resource still yields its functions."""
    path = tmp_path / "template.yaml"
    path.write_text(f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Odd: {{Type: {kind}}}
  Worker: {{Type: AWS::Serverless::Function, Properties: {{Runtime: python3.13, Handler: a.b, CodeUri: src/}}}}
""")
    estate = read_targets([str(path)], parameters={}, taken_at="2026-11-25T08:00:00Z").estate

    assert ["Worker"] == [function.subject.logical_id for function in estate.functions]
