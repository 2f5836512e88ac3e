"""The example specs that were not fitted, by their formulas; and the recipes of the tables."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from example_specs import columns, flowers, network, table, valued
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

# -- formulas -------------------------------------------------------------------------------------


def test_the_heat_index_is_the_published_one():
    name = "heat-index"
    t, h, published = columns(name, "temperature", "humidity", "published")
    polynomial = np.polynomial.polynomial.polyval2d(
        t,
        h,
        [
            [-42.379, 10.14333127, -0.05481717],
            [2.04901523, -0.22475541, 0.00085282],
            [-0.00683783, 0.00122874, -0.00000199],
        ],
    )
    correction = np.where((h > 85) & (t < 87), (h - 85) / 10 * (87 - t) / 5, 0)
    values = valued(name)
    assert len(t) == 135
    assert_allclose(values["regression"], polynomial, rtol=1e-10)
    assert_allclose(values["heat-index"], polynomial + correction, rtol=1e-10)
    assert np.abs(values["regression"] - published).max() < 1


def test_the_body_mass_index_is_mass_over_height_squared():
    name = "body-mass-index"
    mass, height = columns(name, "mass", "height")
    values = valued(name)
    assert_allclose(values["bmi"], mass / (height / 100) ** 2, rtol=1e-14)
    classes = ("underweight", "normal", "overweight", "obese")
    fired = np.array([values[neuron] for neuron in classes])
    index = [Fraction(int(m) * 10_000, int(h) ** 2) for m, h in zip(mass, height, strict=True)]
    limits = [Fraction(37, 2), 25, 30]
    assert fired.argmax(axis=0).tolist() == [sum(i >= limit for limit in limits) for i in index]
    assert_array_equal(fired.sum(axis=0), 1)


@pytest.mark.parametrize(("name", "inputs", "answer"), [("xor", 2, "xor"), ("adder", 5, "total")])
def test_the_truth_tables_are_whole_and_true(name, inputs, answer):
    cells = columns(name, *table(name).columns).T.astype(int).tolist()
    assert [tuple(row[:inputs]) for row in cells] == list(product((0, 1), repeat=inputs))
    truth = [
        row[0] ^ row[1] if name == "xor" else 2 * (row[0] + row[2]) + row[1] + row[3] + row[4]
        for row in cells
    ]
    assert [row[inputs] for row in cells] == truth
    assert valued(name)[answer].tolist() == truth
    assert len(network(name).spec.examples) == 2**inputs


def test_the_bits_of_the_sum_are_those_of_the_integer():
    values = valued("adder")
    bits = zip(values["carry-out"], values["sum-1"], values["sum-0"], strict=True)
    read = [int("".join(str(int(bit)) for bit in row), 2) for row in bits]
    assert read == columns("adder", "expected_total")[0].tolist()


def points(applicant: dict) -> Fraction:
    """A made-up applicant's score, read off the card by hand."""
    years = applicant["years_employed"] or 0
    total = Fraction(548)
    total += 24 if applicant["age"] >= 40 else 12 if applicant["age"] >= 25 else 0
    total += 32 if years >= 5 else 20 if years >= 2 else 0
    total += {"own": 20, "rent": 0}.get(applicant["housing"], -8)
    total += 12 * applicant["checking_account"] - 25 * min(applicant["late_payments"], 3)
    used = Fraction(str(applicant["utilisation"]))
    return total - 40 * min(max((used - Fraction(3, 10)) / Fraction(6, 10), 0), 1)


def test_the_scorecard_adds_up_as_by_hand():
    name = "credit-scorecard"
    scores = [points(row) for row in table(name).iter_rows(named=True)]
    values = valued(name)
    assert_allclose(values["score"], [float(score) for score in scores], rtol=1e-14)
    odds = [50 * 2 ** float((score - 600) / 20) for score in scores]
    assert_allclose(values["odds"], odds, rtol=1e-11)
    assert_allclose(values["default-chance"], [1 / (1 + o) for o in odds], rtol=1e-11)
    assert values["accept"].tolist() == [score >= 580 for score in scores]
    assert 0 < values["accept"].mean() < 1


# -- where the tables come from -------------------------------------------------------------------


def test_the_made_up_applicants_follow_their_recipe():
    for i, row in enumerate(table("credit-scorecard").iter_rows()):
        age = 18 + 37 * i % 60
        housing = None if i % 10 == 9 else ("own", "rent", "other")[i % 3]
        years = None if i % 8 == 5 else min(7 * i % 23 / 2, age - 16)
        late = (0, 0, 1, 0, 0, 2, 0, 5, 0, 3)[3 * i % 10]
        assert row == (i + 1, age, housing, years, late, 29 * i % 121 / 100, int(i % 4 != 2))


def test_the_tables_of_scikit_learn_are_scikit_learns():
    diabetes, cancer, iris = load_diabetes(scaled=False), load_breast_cancer(), load_iris()
    own = columns("linear-regression-diabetes", *diabetes.feature_names, "progression").T
    assert_array_equal(own, np.column_stack([diabetes.data, diabetes.target]))
    own = columns("logistic-regression-breast-cancer", *cancer.feature_names, "malignant").T
    assert_array_equal(own, np.column_stack([cancer.data, 1 - cancer.target]))
    facts, species = flowers()
    assert_array_equal(facts, iris.data)
    assert_array_equal(species, iris.target)


def test_the_grid_of_bodies_is_whole():
    grid = product(range(150, 201, 10), range(40, 131, 10))
    assert table("body-mass-index").select("height", "mass").rows() == list(grid)
