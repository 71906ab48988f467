"""Which Lambda runtimes exist or existed, and when AWS stops looking after each.

Dates are those of the lifecycle table in cfn-lint 1.58.0, which follows AWS's pages "Lambda runtimes" and "Runtime
deprecation", taken on 2026-11-24; `dotnet5.0` and `dotnet7` are from endoflife.date. AWS has moved the two blocking
dates of deprecated runtimes more than once: dates in the future are AWS's intent. docs/adr/0006-runtime-table.md says
how the table is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import msgspec


class Lifecycle(msgspec.Struct, frozen=True):
    """From when a runtime gets no patches, can no longer be chosen for new functions, and cannot be kept on update.

    None: AWS has announced no such day.
    """

    deprecated: date | None
    block_create: date | None
    block_update: date | None


RUNTIMES: Mapping[str, Lifecycle] = MappingProxyType(
    {
        "dotnet5.0": Lifecycle(date(2022, 5, 10), None, None),
        "dotnet6": Lifecycle(date(2024, 12, 20), date(2027, 2, 1), date(2027, 3, 3)),
        "dotnet7": Lifecycle(date(2024, 5, 14), None, None),
        "dotnet8": Lifecycle(date(2026, 11, 10), date(2027, 2, 1), date(2027, 3, 3)),
        "dotnet9": Lifecycle(date(2026, 11, 10), None, None),
        "dotnet10": Lifecycle(date(2028, 11, 14), date(2028, 12, 14), date(2029, 1, 15)),
        "dotnetcore1.0": Lifecycle(date(2019, 6, 27), date(2019, 6, 30), date(2019, 7, 30)),
        "dotnetcore2.0": Lifecycle(date(2019, 5, 30), date(2019, 4, 30), date(2019, 5, 30)),
        "dotnetcore2.1": Lifecycle(date(2022, 1, 5), date(2022, 1, 5), date(2022, 4, 13)),
        "dotnetcore3.1": Lifecycle(date(2023, 4, 3), date(2023, 4, 3), date(2023, 5, 3)),
        "go1.x": Lifecycle(date(2024, 1, 8), date(2024, 2, 8), date(2027, 3, 3)),
        "java8": Lifecycle(date(2024, 1, 8), date(2024, 2, 8), date(2027, 3, 3)),
        "java8.al2": Lifecycle(date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31)),
        "java11": Lifecycle(date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31)),
        "java17": Lifecycle(date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31)),
        "java21": Lifecycle(date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31)),
        "java25": Lifecycle(date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31)),
        "nodejs": Lifecycle(date(2016, 8, 30), date(2016, 9, 30), date(2016, 10, 31)),
        "nodejs4.3": Lifecycle(date(2020, 3, 5), date(2020, 2, 3), date(2020, 3, 5)),
        "nodejs4.3-edge": Lifecycle(date(2020, 3, 5), date(2019, 3, 31), date(2019, 4, 30)),
        "nodejs6.10": Lifecycle(date(2019, 8, 12), date(2019, 7, 12), date(2019, 8, 12)),
        "nodejs8.10": Lifecycle(date(2020, 3, 6), date(2020, 2, 4), date(2020, 3, 6)),
        "nodejs10.x": Lifecycle(date(2021, 7, 30), date(2021, 7, 30), date(2022, 2, 14)),
        "nodejs12.x": Lifecycle(date(2023, 3, 31), date(2023, 3, 31), date(2023, 4, 30)),
        "nodejs14.x": Lifecycle(date(2023, 12, 4), date(2024, 1, 9), date(2027, 3, 3)),
        "nodejs16.x": Lifecycle(date(2024, 6, 12), date(2027, 2, 1), date(2027, 3, 3)),
        "nodejs18.x": Lifecycle(date(2025, 9, 1), date(2027, 2, 1), date(2027, 3, 3)),
        "nodejs20.x": Lifecycle(date(2026, 4, 30), date(2027, 2, 1), date(2027, 3, 3)),
        "nodejs22.x": Lifecycle(date(2027, 4, 30), date(2027, 6, 1), date(2027, 7, 1)),
        "nodejs24.x": Lifecycle(date(2028, 4, 30), date(2028, 6, 1), date(2028, 7, 1)),
        "provided": Lifecycle(date(2024, 1, 8), date(2024, 2, 8), date(2027, 3, 3)),
        "provided.al2": Lifecycle(date(2026, 7, 31), date(2027, 2, 1), date(2027, 3, 3)),
        "provided.al2023": Lifecycle(date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31)),
        "python2.7": Lifecycle(date(2021, 7, 15), date(2021, 7, 15), date(2022, 5, 30)),
        "python3.6": Lifecycle(date(2022, 7, 18), date(2022, 7, 18), date(2022, 8, 29)),
        "python3.7": Lifecycle(date(2023, 12, 4), date(2024, 1, 9), date(2027, 3, 3)),
        "python3.8": Lifecycle(date(2024, 10, 14), date(2027, 2, 1), date(2027, 3, 3)),
        "python3.9": Lifecycle(date(2025, 12, 15), date(2027, 2, 1), date(2027, 3, 3)),
        "python3.10": Lifecycle(date(2026, 10, 31), date(2027, 2, 1), date(2027, 3, 3)),
        "python3.11": Lifecycle(date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31)),
        "python3.12": Lifecycle(date(2028, 10, 31), date(2028, 11, 30), date(2029, 1, 10)),
        "python3.13": Lifecycle(date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31)),
        "python3.14": Lifecycle(date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31)),
        "ruby2.5": Lifecycle(date(2021, 7, 30), date(2021, 7, 30), date(2022, 3, 31)),
        "ruby2.7": Lifecycle(date(2023, 12, 7), date(2024, 1, 9), date(2027, 3, 3)),
        "ruby3.2": Lifecycle(date(2026, 3, 31), date(2027, 2, 1), date(2027, 3, 3)),
        "ruby3.3": Lifecycle(date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31)),
        "ruby3.4": Lifecycle(date(2028, 3, 31), date(2028, 4, 30), date(2028, 5, 31)),
        "ruby4.0": Lifecycle(date(2029, 3, 31), date(2029, 4, 30), date(2029, 5, 31)),
    }
)
"""By runtime identifier; `dotnet5.0`, `dotnet7` and `dotnet9` were offered as container images only."""

AS_OF = date(2026, 11, 24)
"""The day on which the table was taken; a runtime that it does not list may be younger."""
