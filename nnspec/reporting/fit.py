"""How near predictions come to what is so: figures of the whole, and by decile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnspec.views.numbers import finite

Floats = NDArray[np.float64]

N_DECILES = 10


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the rows, by rising prediction.

    Parameters
    ----------
    n_rows
        How many rows it has.
    low, high
        The least and the greatest prediction among them.
    predicted, actual
        The means.
    error
        The median absolute percentage error, of numbers; None where every actual value is 0.
    """

    n_rows: int
    low: float
    high: float
    predicted: float
    actual: float
    error: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one neuron predicts one column.

    Parameters
    ----------
    kind
        ``probability`` where every actual value is 0 or 1 and every prediction lies between;
        otherwise ``number``.
    figures
        By name; None where the rows do not define one.
    n_zero
        How many actual values are 0, of which no percentage can be taken.
    confusion
        Of a probability, how many rows are so (actual, predicted): yes-yes, yes-no, no-yes, no-no.
    """

    kind: Literal["number", "probability"]
    n_rows: int
    figures: dict[str, float | None]
    deciles: tuple[Decile, ...]
    n_zero: int = 0
    confusion: tuple[int, int, int, int] = (0, 0, 0, 0)


def fit_of(predicted: Floats, actual: Floats) -> Fit:
    """How well predictions meet what is so.

    Examples
    --------
    >>> fit = fit_of(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    >>> fit.kind, fit.figures["R2"], fit.figures["mean absolute error"]
    ('number', 0.5, 0.3333333333333333)
    """
    n_rows = len(actual)
    if n_rows == 0:
        return Fit("number", 0, {}, ())
    with np.errstate(all="ignore"):
        yes_no = bool(np.isin(actual, (0.0, 1.0)).all())
        if yes_no and predicted.min() >= 0 and predicted.max() <= 1:
            return _probability(predicted, actual)
        return Fit("number", n_rows, _figures(predicted, actual), deciles(predicted, actual),
                   int(np.count_nonzero(actual == 0)))  # fmt: skip


def _figures(predicted: Floats, actual: Floats) -> dict[str, float | None]:
    errors = predicted - actual
    spread = float(np.sum((actual - actual.mean()) ** 2))
    r2 = 1 - float(np.sum(errors**2)) / spread if spread > 0 else math.nan
    return {
        "R2": finite(r2),
        "median absolute percentage error": percentage_error(predicted, actual),
        "mean absolute error": finite(float(np.abs(errors).mean())),
        "mean error": finite(float(errors.mean())),
    }


def percentage_error(predicted: Floats, actual: Floats) -> float | None:
    """The median of ``|predicted - actual| / |actual|``, in percent, where actual is not 0."""
    sized = actual != 0
    if not sized.any():
        return None
    return finite(float(100 * np.median(np.abs((predicted - actual)[sized] / actual[sized]))))


def _probability(predicted: Floats, actual: Floats) -> Fit:
    says, so = predicted >= 0.5, actual == 1
    share = float(so.mean())
    figures = {
        "accuracy": 100 * float((says == so).mean()),
        "accuracy of always the more frequent answer": 100 * max(share, 1 - share),
        "share of yes": 100 * share,
        "Brier score": float(np.mean((predicted - actual) ** 2)),
        "area under the ROC curve": area_under_curve(predicted, so),
    }
    pairs = ((so, says), (so, ~says), (~so, says), (~so, ~says))
    a, b, c, d = (int(np.count_nonzero(x & y)) for x, y in pairs)
    return Fit("probability", len(actual), figures, deciles(predicted, actual), 0, (a, b, c, d))


def area_under_curve(scores: Floats, so: NDArray[np.bool_]) -> float | None:
    """The share of pairs of a yes and a no that scores order rightly; a tie counts a half."""
    n_yes = int(np.count_nonzero(so))
    n_no = len(so) - n_yes
    if not (n_yes and n_no):
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2  # the rank that equal scores share
    ranks = float(middle[place][so].sum())
    return (ranks - n_yes * (n_yes + 1) / 2) / (n_yes * n_no)


def deciles(predicted: Floats, actual: Floats) -> tuple[Decile, ...]:
    """Tenths of the rows by rising prediction; equal predictions keep the table's order.

    They are as equal in size as may be, and fewer where there are fewer than ten rows.
    """
    order = np.argsort(predicted, kind="stable")
    parts = np.array_split(order, min(N_DECILES, len(order)))
    return tuple(_decile(predicted[part], actual[part]) for part in parts)


def _decile(predicted: Floats, actual: Floats) -> Decile:
    return Decile(
        len(actual),
        float(predicted[0]),
        float(predicted[-1]),
        float(predicted.mean()),
        float(actual.mean()),
        percentage_error(predicted, actual),
    )
