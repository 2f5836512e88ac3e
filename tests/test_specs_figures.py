"""The figures that the example specs state, computed again on the rows they were not fitted to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from example_specs import IRIS, NAMES, columns, stated, table, trained, valued
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score, roc_auc_score


def held_out(name: str, target: np.ndarray, *neurons: str) -> tuple[np.ndarray, np.ndarray]:
    """The target and the network's values (a column per neuron) where it was not fitted."""
    rest = ~trained(name)
    return target[rest], np.array([valued(name)[neuron] for neuron in neurons]).T[rest]


def price_figures(name: str) -> dict[str, float]:
    actual, values = held_out(name, columns(name, "sale_price")[0], "price")
    errors = np.abs(values[:, 0] / actual - 1)
    return {
        "R2": r2_score(actual, values[:, 0]),
        "median absolute percentage error": 100 * float(np.median(errors)),
    }


def progression_figures(name: str) -> dict[str, float]:
    actual, values = held_out(name, columns(name, "progression")[0], "progression")
    return {
        "R2": r2_score(actual, values[:, 0]),
        "mean absolute error": mean_absolute_error(actual, values[:, 0]),
    }


def chance_figures(name: str, happened: np.ndarray, neuron: str) -> dict[str, float]:
    actual, values = held_out(name, happened, neuron)
    return {
        "accuracy": 100 * accuracy_score(actual, values[:, 0] > 0.5),
        "log loss": log_loss(actual, values[:, 0]),
        "AUC": roc_auc_score(actual, values[:, 0]),
    }


def iris_figures(name: str, prefix: str = "") -> dict[str, float]:
    species = table(name)["species"].to_numpy()
    actual, values = held_out(name, species, *(prefix + label for label in IRIS))
    return {
        "accuracy": 100 * accuracy_score(actual, np.array(IRIS)[values.argmax(axis=1)]),
        "log loss": log_loss(actual, values, labels=IRIS),
    }


def tree_figures(name: str) -> dict[str, float]:
    # A leaf without a species gives it no chance at all, so a log loss says nothing of a tree.
    return {"accuracy": iris_figures(name, "share-")["accuracy"]}


FIGURES: dict[str, Callable[[str], dict[str, float]]] = {
    "property-valuation": price_figures,
    "property-weighted-sum": price_figures,
    "property-squared": price_figures,
    "property-five-neurons": price_figures,
    "property-logistic": lambda name: chance_figures(
        name, columns(name, "sale_price")[0] > 450_000, "chance"
    ),
    "linear-regression-diabetes": progression_figures,
    "logistic-regression-breast-cancer": lambda name: chance_figures(
        name, columns(name, "malignant")[0], "malignant"
    ),
    "softmax-iris": iris_figures,
    "rbf-iris": iris_figures,
    "bulk-iris": iris_figures,
    "decision-tree-iris": tree_figures,
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_description_states_its_held_out_figures(name):
    figures = FIGURES[name](name)
    said = stated(name)
    rounded = {
        figure: f"{figures[figure]:.{len(text.partition('.')[2])}f}"
        for figure, text in said.items()
    }
    assert said.keys() == figures.keys()
    assert said == rounded


def test_a_spec_that_states_no_figures_was_not_fitted():
    silent = {name for name in NAMES if not stated(name)}
    assert silent == {"adder", "body-mass-index", "credit-scorecard", "heat-index", "xor"}
    assert silent | FIGURES.keys() == set(NAMES)


def test_five_neurons_see_more_than_three():
    five, three = (price_figures(f"property-{name}") for name in ("five-neurons", "valuation"))
    assert five["R2"] > three["R2"]
    assert five["median absolute percentage error"] < three["median absolute percentage error"]
