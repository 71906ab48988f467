"""How long `reach` and `who` take on an estate of a thousand functions, each with a role of its own.

Some functions deploy others, some assume roles, one may do anything with functions, one is an administrator; the rest
read tables and write to queues that others are triggered by.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from apiece.api.reach import reach
from apiece.api.who import who
from apiece.controls.shorthand import estate_of
from apiece.estate.estate import Estate
from apiece.iam.solver import forget

ACCOUNT = "111122223333"
_REPEATS = 3


def planted(functions: int) -> Estate:
    """Plant an estate."""
    names = [f"worker-{number:04}" for number in range(functions)]
    return estate_of(
        {
            "accounts": [{"id": ACCOUNT}],
            "functions": [_function(name, number) for number, name in enumerate(names)],
            "roles": [_role(name, number) for number, name in enumerate(names)],
            "resources": [
                *({"arn": _table(number), "policies": []} for number in range(100)),
                *({"arn": _queue(number), "policies": []} for number in range(100)),
                {"arn": _topic(), "policies": [_policy(_open_to_owner())]},
            ],
        }
    )


def _function(name: str, number: int) -> dict[str, object]:
    made: dict[str, object] = {
        "arn": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}",
        "latest": {"role": _role_arn(name)},
    }
    if not number % 10:
        made["event_sources"] = [{"source": _queue(number // 10 % 100)}]
    return made


def _role(name: str, number: int) -> dict[str, object]:
    principal: dict[str, object] = {"Service": "lambda.amazonaws.com"}
    if not number % 50:
        principal["AWS"] = _role_arn(f"worker-{max(number - 10, 0):04}")
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"arn": _role_arn(name), "trust": _policy(trust), "policies": [_policy(*_statements(number))]}


def _statements(number: int) -> list[dict[str, object]]:
    own = [
        _allow("dynamodb:GetItem dynamodb:Query", _table(number % 100)),
        _allow("sqs:SendMessage", _queue(number % 100)),
        _allow("logs:PutLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/lambda/worker-{number:04}:*"),
    ]
    match number:
        case 7:
            return [_allow("*", "*")]
        case 8:
            return [_allow("lambda:* iam:PassRole", "*")]
        case _ if not number % 25:
            return [*own, _allow("lambda:UpdateFunctionCode", f"arn:aws:lambda:*:*:function:worker-{number // 25:02}*")]
        case _:
            return own


def _open_to_owner() -> dict[str, object]:
    return {
        **_allow("sns:Publish", _topic()),
        "Principal": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
    }


def _allow(actions: str, resource: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions.split(), "Resource": resource}


def _policy(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}-role"


def _table(number: int) -> str:
    return f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/table-{number:03}"


def _queue(number: int) -> str:
    return f"arn:aws:sqs:eu-west-1:{ACCOUNT}:queue-{number:03}"


def _topic() -> str:
    return f"arn:aws:sns:eu-west-1:{ACCOUNT}:news"


def main() -> None:
    """Measure and print seconds, the middle one of three, with nothing remembered in between."""
    functions = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    estate = planted(functions)
    asked: dict[str, Callable[[], object]] = {
        "reach, a plain function": lambda: reach(estate, "worker-0001"),
        "reach, one that deploys others": lambda: reach(estate, "worker-0050"),
        "reach, one with `lambda:*` and `iam:PassRole`": lambda: reach(estate, "worker-0008"),
        "reach, an administrator": lambda: reach(estate, "worker-0007"),
        "who, a table that few read": lambda: who(estate, "dynamodb:GetItem", "table-001"),
        "who, any table": lambda: who(estate, "dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/*"),
        "who, a topic that lets the account in": lambda: who(estate, "sns:Publish", "news"),
        "who, one of the functions": lambda: who(estate, "lambda:UpdateFunctionCode", "worker-0002"),
    }
    print(f"{functions:,} functions, seconds")
    for name, ask in asked.items():
        print(f"  {name:<50} {statistics.median(_timed(ask) for _ in range(_REPEATS)):6.2f}")


def _timed(ask: Callable[[], object]) -> float:
    forget()
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
