"""Who can do something: the question of an access review, put to a whole estate."""

from __future__ import annotations

from apiece.access.who import Who, who_can
from apiece.estate.estate import Estate


def who(estate: Estate, action: str, resource: str) -> Who:
    """Find every principal that can do an action on a resource: an ARN, a pattern, a logical id or a name.

    Raises `UsageError` for a resource that the source does not hold by that name.
    """
    return who_can(action, resource, estate)
