"""What a reader of the matrix is told first."""

from __future__ import annotations

ABOUT = (
    (
        "Each control tests every member of its population, not a sample. The population source says which calls or "
        "files list all members, so that completeness can be shown without this program."
    ),
    "The objective says what holds where the control passes. The test procedure says how to test the same by hand.",
    (
        "Frequency is how often the control is to be run over its whole population at least; a pipeline runs those on "
        "templates at each change."
    ),
    "Owner is who answers for the control. It is named in `apiece.toml` under `[owners.controls]`.",
    "Criteria are cited by number; their texts are the AICPA's and are not repeated here.",
    "inherited: AWS does it and has itself audited for it; its report is in AWS Artifact.",
    "complementary: your organisation does it, outside of what this program reads.",
    "not covered: nothing here tests it, and the reason is stated.",
)
"""One paragraph each."""
