"""Files in AWS's place: the calls of the areas are answered with what a file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TypeVar

import msgspec

from apiece.read.aws.call import Call, Failure, Lack, Outcome
from apiece.read.aws.desk import Counter, Desk

T = TypeVar("T")
Raw = dict[str, object]
Answer = Callable[[dict[str, object]], "Raw | Failure"]
NONE = Failure(Lack.ABSENT, "")
"""There is none, says the file; or it is said elsewhere that the file cannot know."""


def not_held(why: str) -> Failure:
    """The file does not hold it. `why` is a half sentence that follows a colon."""
    return Failure(Lack.OUTSIDE, why)


class Filed:
    """Answers by the method that is called; what no answer stands for is not in the file."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers

    def pause(self, seconds: float) -> None:
        """A file makes nothing that would have to be waited for."""

    def there(self, _region: str) -> Filed:
        """A file answers alike in every region."""
        return self

    def send(self, call: Call[T], params: dict[str, object], known: frozenset[str]) -> Outcome[T]:
        """Answer from the file, through the same seals and types as AWS's own answers."""
        answer = self._answers.get(call.method)
        found = answer(params) if answer is not None else not_held("the file does not hold it")
        if isinstance(found, Failure):
            return Outcome((), found)
        try:
            return Outcome((call.page_of(found, known),))
        except (msgspec.ValidationError, ValueError, TypeError, RecursionError) as error:
            return Outcome((), Failure(Lack.BROKEN, type(error).__name__))


@contextmanager
def desk_for(file: str, account: str, region: str, partition: str, answers: Mapping[str, Answer]) -> Iterator[Desk]:
    """A desk at which a file answers."""
    with ThreadPoolExecutor(1) as pool:
        yield Desk(account, region, partition, Filed(answers), pool, None, Counter(), Event(), file)
