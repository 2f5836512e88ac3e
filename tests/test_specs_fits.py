"""The example specs that were fitted, fitted again by scikit-learn and SciPy."""

from __future__ import annotations

import numpy as np
from example_specs import (
    FLOWER,
    IRIS,
    columns,
    flowers,
    network,
    table,
    trained,
    transformed,
    valued,
    weights,
)
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import least_squares
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import r2_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from nnspec.spec.model import BulkLayer, DenseWeights, SparseWeights

HOME = ("area", "bedrooms", "distance", "age")


def relu(z):
    return np.maximum(z, 0)


# -- homes ----------------------------------------------------------------------------------------


def test_all_21597_homes_are_valued_as_numpy_values_them():
    area, bedrooms, distance, age = columns("property-valuation", *HOME)
    large = relu(75700 + 181.8 * area - 28220 * distance)
    family = relu(-194400 + 120.5 * area + 8000 * bedrooms - 530 * age)
    historic = relu(age - 100)
    values = valued("property-valuation")
    assert len(area) == 21597
    assert_allclose(values["large-near-city"], large, rtol=1e-12, atol=1e-9)
    assert_allclose(values["family-new-home"], family, rtol=1e-12, atol=1e-9)
    assert_array_equal(values["historic"], historic)
    assert_allclose(values["price"], 272000 + large + family + 1840 * historic, rtol=1e-12)


def test_the_dirt_of_the_homes_is_there():
    homes = table("property-valuation")
    assert (homes["age"] == -1).sum() == 12
    assert homes["bedrooms"].max() == 33
    assert (homes["age"] > 100).sum() == 1011
    assert sum(homes.null_count().row(0)) == 0


def test_the_weighted_sum_is_least_squares_to_the_cent():
    name = "property-weighted-sum"
    facts, price, rows = columns(name, *HOME).T, columns(name, "sale_price")[0], trained(name)
    fitted = LinearRegression().fit(facts[rows], price[rows])
    found = dict(zip(HOME, fitted.coef_.round(2), strict=True))
    assert weights(name, "price") == {**found, "": round(fitted.intercept_, 2)}
    fitted.coef_, fitted.intercept_ = fitted.coef_.round(2), round(fitted.intercept_, 2)
    assert_allclose(valued(name)["price"], fitted.predict(facts), rtol=1e-9, atol=1e-5)


def test_the_chance_is_a_logistic_regression():
    name = "property-logistic"
    facts = columns(name, *HOME).T
    facts[:, 0] = np.log(facts[:, 0])
    above, rows = columns(name, "sale_price")[0] > 450_000, trained(name)
    assert np.median(columns(name, "sale_price")) == 450_000
    scaler = StandardScaler().fit(facts[rows])
    # A penalty of 1e-9 is none.
    fitted = LogisticRegression(C=1e9, max_iter=1000).fit(
        scaler.transform(facts[rows]), above[rows]
    )
    own = weights(name, "chance")
    assert_allclose([own[fact] for fact in HOME], fitted.coef_[0] / scaler.scale_, rtol=0.08)
    chances = fitted.predict_proba(scaler.transform(facts))[:, 1]
    assert_allclose(valued(name)["chance"], chances, atol=0.012)
    z = facts @ [own[fact] for fact in HOME] + own[""]
    assert_allclose(valued(name)["chance"], 1 / (1 + np.exp(-z)), rtol=1e-11)


def test_the_squared_sum_is_least_squares_of_the_root():
    name = "property-squared"
    facts, price, rows = columns(name, *HOME).T, columns(name, "sale_price")[0], trained(name)
    fitted = LinearRegression().fit(facts[rows], np.sqrt(price[rows]))
    own = weights(name, "price")
    assert_allclose([own[fact] for fact in HOME], fitted.coef_, rtol=0.003)
    assert_allclose(own[""], fitted.intercept_, rtol=0.001)
    z = facts @ [own[fact] for fact in HOME] + own[""]
    assert_allclose(valued(name)["price"], z**2, rtol=1e-9)


def five_neurons(w: np.ndarray, facts: np.ndarray) -> np.ndarray:
    """The price in units of 100,000 dollars; ``w`` in the order of :data:`FIVE`."""
    area, bedrooms, distance, age = facts
    large = relu(75700 + 181.8 * area - 28220 * distance)
    family = relu(-194400 + 120.5 * area + 8000 * bedrooms - 530 * age)
    surplus = relu(w[4] + w[5] * bedrooms + w[6] * distance)
    luxury = relu(w[7] + w[8] * area + w[9] * bedrooms + w[10] * distance + w[11] * age)
    price = w[0] + w[1] * large + w[2] * family + w[3] * relu(age - 100) - surplus + luxury
    return price / 1e5


FIVE = (
    ("price", "", "large-near-city", "family-new-home", "historic"),
    ("surplus-bedrooms", "", "bedrooms", "distance"),
    ("luxury-near-city", "", *HOME),
)
"""The neurons whose weights were fitted, each with its bias and sources in order."""


def test_the_five_neurons_are_where_least_squares_stops():
    name = "property-five-neurons"
    facts, price = columns(name, *HOME), columns(name, "sale_price")[0] / 1e5
    own = [weights(name, neuron)[key] for neuron, *keys in FIVE for key in keys]
    assert_allclose(valued(name)["price"] / 1e5, five_neurons(np.array(own), facts), rtol=1e-9)

    some = trained(name)
    scale = np.abs(own)

    def residuals(w: np.ndarray) -> np.ndarray:
        return five_neurons(w * scale, facts[:, some]) - price[some]

    start = np.array(own) / scale
    fitted = least_squares(residuals, start, loss="soft_l1", max_nfev=30)
    cost = least_squares(residuals, start, loss="soft_l1", max_nfev=1).cost
    assert fitted.cost <= cost < 1.0005 * fitted.cost
    assert_allclose(fitted.x, start, rtol=0.1)


# -- regressions ----------------------------------------------------------------------------------


def test_the_diabetes_regression_is_scikit_learns():
    name = "linear-regression-diabetes"
    inputs = ("bmi", "blood_pressure", "hdl", "log_triglycerides")
    sex = columns(name, "sex").T == 2
    facts = np.hstack([sex, transformed(name, *inputs)])
    target, rows = columns(name, "progression")[0], trained(name)
    fitted = LinearRegression().fit(facts[rows], target[rows])
    found = dict(zip(("sex.2", *inputs), fitted.coef_.round(1), strict=True))
    assert weights(name, "progression") == {**found, "": round(fitted.intercept_, 1)}
    fitted.coef_, fitted.intercept_ = fitted.coef_.round(1), round(fitted.intercept_, 1)
    assert_allclose(valued(name)["progression"], fitted.predict(facts), rtol=1e-11)


def test_the_other_columns_of_diabetes_add_nothing():
    name = "linear-regression-diabetes"
    every = columns(name, *load_diabetes().feature_names).T
    target, rows = columns(name, "progression")[0], trained(name)
    all_ten = LinearRegression().fit(every[rows], target[rows]).predict(every[~rows])
    said = network(name).spec.description or ""
    assert f"all ten: R2 {r2_score(target[~rows], all_ten):.3f}" in said


def test_the_breast_cancer_regression_is_scikit_learns():
    name = "logistic-regression-breast-cancer"
    inputs = network(name).inputs
    facts, target, rows = transformed(name, *inputs), columns(name, "malignant")[0], trained(name)
    fitted = LogisticRegression(C=1, tol=1e-8).fit(facts[rows], target[rows])
    found = dict(zip(inputs, fitted.coef_[0].round(1), strict=True))
    assert weights(name, "malignant") == {**found, "": round(fitted.intercept_[0], 1)}
    fitted.coef_, fitted.intercept_ = fitted.coef_.round(1), fitted.intercept_.round(1)
    assert_allclose(valued(name)["malignant"], fitted.predict_proba(facts)[:, 1], rtol=1e-10)


def test_softmax_is_scikit_learns():
    name = "softmax-iris"
    facts, (_, species), rows = transformed(name, *FLOWER), flowers(), trained(name)
    fitted = LogisticRegression(C=10, tol=1e-10, max_iter=5000).fit(facts[rows], species[rows])
    own = [weights(name, label) for label in IRIS]
    matrix = np.array([[neuron[fact] for fact in FLOWER] for neuron in own])
    # Half a digit, and what the solver leaves open.
    assert_allclose(matrix, fitted.coef_, atol=0.051)
    assert_allclose([neuron[""] for neuron in own], fitted.intercept_, atol=0.051)
    fitted.coef_, fitted.intercept_ = matrix, np.array([neuron[""] for neuron in own])
    chances = np.array([valued(name)[label] for label in IRIS]).T
    assert_allclose(chances, fitted.predict_proba(facts), rtol=1e-9, atol=1e-15)


# -- trees, prototypes, layers --------------------------------------------------------------------


def test_the_tree_is_scikit_learns():
    name = "decision-tree-iris"
    (facts, species), rows = flowers(), trained(name)
    tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=3, random_state=0)
    tree.fit(facts[rows], species[rows])
    values = valued(name)
    shares = np.array([values[f"share-{label}"] for label in IRIS]).T
    assert_allclose(shares, tree.predict_proba(facts), rtol=1e-12)
    winners = np.array([values[label] for label in IRIS]).T
    assert_array_equal(winners, np.eye(3)[tree.predict(facts)])


def test_each_flower_falls_into_one_leaf_and_each_leaf_holds_some():
    name = "decision-tree-iris"
    leaves = next(layer for layer in network(name).spec.layers if layer.name == "leaves")
    fired = np.array([valued(name)[neuron] for neuron in leaves.neuron_names])
    assert len(leaves.neuron_names) == 5
    assert_array_equal(fired.sum(axis=0), np.ones(150))
    assert (fired.sum(axis=1) > 0).all()


def test_the_prototypes_are_the_mean_petals():
    name = "rbf-iris"
    (facts, species), rows = flowers(), trained(name)
    petals = facts[:, 2:]
    nearest = NearestCentroid().fit(petals[rows], species[rows])
    own = [weights(name, f"like-{label}") for label in IRIS]
    places = np.array([[neuron["petal_length"], neuron["petal_width"]] for neuron in own])
    assert_allclose(places, nearest.centroids_.round(1), rtol=1e-12)
    nearest.centroids_ = places
    values = valued(name)
    likeness = np.array([values[f"like-{label}"] for label in IRIS]).T
    assert_allclose(likeness, rbf_kernel(petals, places, gamma=1), rtol=1e-11)
    shares = np.array([values[label] for label in IRIS]).T
    assert_array_equal(shares.argmax(axis=1), nearest.predict(petals))
    assert_allclose(shares.sum(axis=1), 1, rtol=1e-14)


def test_the_bulk_layers_are_scikit_learns_multilayer_perceptron():
    name = "bulk-iris"
    dense, pruned, _, _ = network(name).spec.layers
    assert isinstance(dense, BulkLayer)
    assert isinstance(dense.weights, DenseWeights)
    assert isinstance(pruned, BulkLayer)
    assert isinstance(pruned.weights, SparseWeights)
    second = np.zeros((dense.size, pruned.size))
    for row, column, value in pruned.weights.entries:
        second[column, row] = value
    last = [weights(name, label) for label in IRIS]
    third = np.array([[neuron[f"pruned.{i}"] for neuron in last] for i in range(pruned.size)])
    facts, (_, species) = transformed(name, *FLOWER), flowers()
    perceptron = MLPClassifier((dense.size, pruned.size), activation="tanh", random_state=1)
    perceptron.partial_fit(facts, species, classes=[0, 1, 2])
    perceptron.coefs_ = [np.array(dense.weights.rows).T, second, third]
    biases = [dense.bias, pruned.bias, [neuron[""] for neuron in last]]
    perceptron.intercepts_ = [np.array(bias, dtype=float) for bias in biases]
    values = valued(name)
    chances = np.array([values[label] for label in IRIS]).T
    assert np.count_nonzero(second) == 8
    assert_allclose(chances, perceptron.predict_proba(facts), rtol=1e-10)
    winners = np.array([values[f"is-{label}"] for label in IRIS]).T
    assert_array_equal(winners, np.eye(3)[perceptron.predict(facts)])
