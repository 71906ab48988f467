"""Claims about conditions: which combinations some choice of parameters can make true."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.read.cloudformation.conditions import Conditions, read_conditions
from apiece.read.cloudformation.parameters import read_parameters
from apiece.read.cloudformation.terms import Absent, Choice, TooManyVariants, choices_in, variants
from apiece.tree import Mapping, Scalar, Sequence, from_plain, to_plain


def _conditions(formulas: object, parameters: object = None, **pinned: str) -> Conditions:
    known = read_parameters(from_plain(parameters or {}), pinned)
    return read_conditions(from_plain(formulas), known, pinned)


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _equals(left: object, right: object) -> dict[str, object]:
    return {"Fn::Equals": [left, right]}


STAGES = {"Stage": {"Type": "String", "AllowedValues": ["dev", "test", "prod"]}}
FREE = {"P": {"Type": "String", "Default": "d"}, "Q": {"Type": "String"}}


def test_a_default_decides_nothing() -> None:
    """Another value may be given at deployment."""
    assert _conditions({"C": _equals(_ref("P"), "d")}, FREE).decided("C") is None


def test_a_given_parameter_decides() -> None:
    """With a value from outside the condition has one value."""
    formulas = {"C": _equals(_ref("P"), "d")}

    assert [True, False] == [_conditions(formulas, FREE, P=value).decided("C") for value in ("d", "e")]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        (_equals("a", "a"), True),
        (_equals("a", "b"), False),
        (_equals("true", True), True),  # noqa: FBT003 (what YAML makes of `true`)
        (_equals(1, "1"), True),
        (_equals(_ref("Stage"), "staging"), False),
        ({"Fn::Not": [_equals("a", "b")]}, True),
        ({"Fn::Not": _equals("a", "b")}, True),
        ({"Fn::And": [_equals("a", "a"), _equals("a", "b")]}, False),
        ({"Fn::Or": [_equals("a", "b"), _equals("a", "a")]}, True),
        ({"Fn::Or": [_equals(_ref("Stage"), one) for one in ("dev", "test", "prod")]}, True),
        ({"Fn::And": [_equals(_ref("Stage"), "dev"), _equals(_ref("Stage"), "prod")]}, False),
        ({"Condition": "Other"}, False),
        (_equals(_ref("Stage"), _ref("Stage")), True),
    ],
)
def test_conditions_that_parameters_cannot_change_are_decided(formula: object, value: object) -> None:
    """Constants, allowed values and contradictions."""
    assert value is _conditions({"C": formula, "Other": _equals("a", "b")}, STAGES).decided("C")


@pytest.mark.parametrize(
    "formula",
    [
        _equals(_ref("Stage"), "prod"),
        _equals(_ref("P"), _ref("Q")),
        _equals(_ref("P"), _ref("Stage")),
        _equals(_ref("AWS::Region"), "us-east-1"),
        _equals({"Fn::FindInMap": ["M", _ref("P"), "x"]}, "y"),
        _equals({"Fn::Select": [0, _ref("L")]}, ""),
        {"Condition": "Nowhere"},
        {"Fn::Nope": []},
        {"Fn::Equals": ["a"]},
        {"Fn::Not": []},
        {"Fn::Not": [_equals("a", "b"), "x"]},
        {"Condition": ["x"]},
        {"a": 1, "b": 2},
        [],
        "text",
        None,
    ],
)
def test_what_is_free_or_unreadable_may_be_either(formula: object) -> None:
    """Nothing is decided that a deployment could make otherwise, or that cannot be read."""
    conditions = _conditions({"C": formula}, FREE | STAGES)

    assert (None, [True, True]) == (
        conditions.decided("C"),
        [conditions.feasible((("C", value),)) for value in (False, True)],
    )


def test_two_parameters_may_meet_in_a_value_that_only_one_allows() -> None:
    """A free parameter can take any value that the other is confined to, or that it was given."""
    allowed = _conditions({"C": _equals(_ref("Q"), _ref("Stage"))}, FREE | STAGES)
    given_one = _conditions({"C": _equals(_ref("P"), _ref("Q"))}, FREE, P="x")

    assert [None, None] == [allowed.decided("C"), given_one.decided("C")]


def test_a_parameter_of_parameter_store_is_free() -> None:
    """Allowed values and given values are names of stored parameters, not the values compared."""
    kind = {"S": {"Type": "AWS::SSM::Parameter::Value<String>", "AllowedValues": ["/a", "/b"]}}
    formulas = {"C": _equals(_ref("S"), "prod")}

    assert [None, None] == [_conditions(formulas, kind).decided("C"), _conditions(formulas, kind, S="/a").decided("C")]


def test_equal_unreadable_values_are_the_same_value() -> None:
    """One expression cannot be two things at once."""
    value = {"Fn::FindInMap": ["M", _ref("P"), "x"]}
    conditions = _conditions({"A": _equals(value, "y"), "B": _equals(value, "z")}, FREE)

    assert [False, True] == [conditions.feasible((("A", True), ("B", other))) for other in (True, False)]


def test_opposites_exclude_each_other() -> None:
    """A condition and its negation are never true together, through any number of names."""
    conditions = _conditions(
        {
            "Prod": _equals(_ref("P"), "d"),
            "NotProd": {"Fn::Not": [{"Condition": "Prod"}]},
            "Same": {"Condition": "Prod"},
        },
        FREE,
    )

    assert [False, True, False] == [
        conditions.feasible(when)
        for when in (
            (("NotProd", True), ("Prod", True)),
            (("NotProd", False), ("Prod", True)),
            (("NotProd", True), ("Same", True)),
        )
    ]


@pytest.mark.parametrize(
    "formulas",
    [
        {"C": {"Condition": "C"}},
        {"C": {"Fn::Not": [{"Condition": "D"}]}, "D": {"Condition": "C"}},
        {"C": {"Condition": "C0"}} | {f"C{n}": {"Fn::Not": [{"Condition": f"C{n + 1}"}]} for n in range(150)},
    ],
)
def test_conditions_in_circles_may_be_either(formulas: object) -> None:
    """A circle or an endless chain has no value, so none is ruled out."""
    assert _conditions(formulas).decided("C") is None


def test_a_chain_of_forty_is_followed() -> None:
    """Names of names are looked up."""
    formulas = {f"C{n}": {"Fn::Not": [{"Condition": f"C{n + 1}"}]} for n in range(40)} | {"C40": _equals("a", "a")}

    assert _conditions(formulas).decided("C0") is True


def test_too_many_worlds_rule_nothing_out() -> None:
    """Beyond 4,096 combinations the answer is the safe one."""
    names = [f"P{n}" for n in range(13)]
    parameters = {name: {"Type": "String", "AllowedValues": ["a", "b"]} for name in names}
    formula = {"Fn::And": [_equals(_ref(name), "c") for name in names]}

    assert _conditions({"C": formula}, parameters).feasible((("C", True),))


def test_a_formula_nested_too_deep_may_be_either() -> None:
    """It is opaque, not an error."""
    formula: object = _equals("a", "a")
    for _ in range(70):
        formula = {"Fn::Not": [formula]}

    assert _conditions({"C": formula}).decided("C") is None


@pytest.mark.parametrize("block", [None, "x", [], 3])
def test_a_section_that_is_no_object_has_no_conditions(block: object) -> None:
    """Then every name may be either."""
    assert read_conditions(from_plain(block), {}, {}).decided("C") is None


_FORMULAS = st.recursive(
    st.builds(_equals, st.sampled_from(["a", _ref("X"), _ref("Y")]), st.sampled_from(["a", "b", _ref("X"), _ref("Y")])),
    lambda inner: st.one_of(
        st.builds(lambda part: {"Fn::Not": [part]}, inner),
        st.builds(lambda parts: {"Fn::And": parts}, st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda parts: {"Fn::Or": parts}, st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=5,
)


def _true(formula: dict[str, list[object]], world: dict[str, str]) -> bool:
    ((name, parts),) = formula.items()
    match name:
        case "Fn::Equals":
            left, right = (world[part["Ref"]] if isinstance(part, dict) else part for part in parts)
            return left == right
        case "Fn::Not":
            return not _true(parts[0], world)  # type: ignore[arg-type]
        case "Fn::And":
            return all(_true(part, world) for part in parts)  # type: ignore[arg-type]
        case _:
            return any(_true(part, world) for part in parts)  # type: ignore[arg-type]


@settings(max_examples=150, derandomize=True, deadline=None)
@given(_FORMULAS, _FORMULAS, st.sampled_from([None, ["a"], ["a", "c"]]), st.booleans(), st.booleans())
def test_feasible_means_that_some_parameters_do_it(
    first: dict[str, list[object]],
    second: dict[str, list[object]],
    allowed: list[str] | None,
    left: bool,  # noqa: FBT001
    right: bool,  # noqa: FBT001
) -> None:
    """The answer equals trying all values, for any two formulas over a confined and a free parameter."""
    parameters = {"X": {"Type": "String"} | ({"AllowedValues": allowed} if allowed else {}), "Y": {"Type": "String"}}
    everything = ["a", "b", "c", "d", "e"]
    tried = any(
        _true(first, {"X": x, "Y": y}) is left and _true(second, {"X": x, "Y": y}) is right
        for x, y in itertools.product(allowed or everything, everything)
    )

    assert tried is _conditions({"A": first, "B": second}, parameters).feasible((("A", left), ("B", right)))


# ---- values that depend on conditions --------------------------------------------------------------------------------


def _text(value: str) -> Scalar:
    return Scalar(value)


def test_variants_leave_no_choice_inside() -> None:
    """Each form of a value comes with the choices that make it; absent parts are gone."""
    conditions = _conditions({"C": _equals(_ref("P"), "x")}, FREE)
    value = Mapping(
        (
            (Scalar("a"), Choice("C", _text("1"), Absent())),  # type: ignore[arg-type]
            (Scalar("b"), Sequence((Choice("C", Absent(), _text("2")), _text("3")))),  # type: ignore[arg-type]
        )
    )

    assert {"C"} == set(choices_in(value))
    assert [((("C", True),), {"a": "1", "b": ["3"]}), ((("C", False),), {"b": ["2", "3"]})] == [
        (when, to_plain(form)) for when, form in variants(value, conditions)
    ]


def test_variants_that_cannot_be_are_left_out() -> None:
    """Two choices of one parameter do not multiply."""
    conditions = _conditions({"A": _equals(_ref("P"), "x"), "B": _equals(_ref("P"), "y")}, FREE)
    value = Choice("A", _text("1"), Choice("B", _text("2"), _text("3")))

    assert {("1", True, False), ("2", False, True), ("3", False, False)} == {
        (to_plain(form), dict(when)["A"], dict(when)["B"]) for when, form in variants(value, conditions)
    }


def test_an_absent_value_has_no_variants() -> None:
    """Neither has one that is absent in one form: that form has no entry."""
    conditions = _conditions({"C": _equals(_ref("P"), "x")}, FREE)

    assert [(), 1] == [
        variants(Absent(), conditions),
        len(variants(Choice("C", Absent(), _text("1")), conditions)),
    ]


def test_too_many_variants_are_refused() -> None:
    """Seven free conditions are more forms than are walked."""
    conditions = _conditions({f"C{n}": _equals(_ref(f"P{n}"), "x") for n in range(7)})
    value = Sequence(tuple(Choice(f"C{n}", _text("1"), _text("2")) for n in range(7)))  # type: ignore[arg-type]

    with pytest.raises(TooManyVariants):
        variants(value, conditions)
