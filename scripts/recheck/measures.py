"""Metrics by their definitions, with what every user moves them by."""

import functools
import math

import numpy as np


def gain(metric, k, rank):
    """Percent that one user is worth; rank 1 is the best, 0 is not in the list."""
    if not 1 <= rank <= k:
        return 0.0
    return {"recall": 100.0, "ndcg": 100.0 / math.log2(rank + 1), "mrr": 100.0 / rank}[metric]


def mean_and_error(values):
    values = np.asarray(values, dtype=np.float64)
    n = len(values)
    error = float(values.std(ddof=1) / math.sqrt(n)) if n > 1 else 0.0
    return float(values.mean()), error


def ranking(metric, k, ranks, users):
    """(value, what each user moves it by)"""
    gains = np.array([gain(metric, k, rank) for rank in ranks])
    value = float(gains.mean())
    return value, dict(zip(users, (gains - value) / len(gains)))


def over_users(shares):
    """Standard error of a sum of what independent users move it by."""
    values = np.array(list(shares.values()), dtype=np.float64)
    n = len(values)
    return float(math.sqrt(n / (n - 1) * float((values**2).sum()))) if n > 1 else 0.0


def placements(labels, scores):
    """Share of the other class that each score beats, ties one half."""
    order = {label: np.sort(scores[labels == label]) for label in (0, 1)}
    shares = np.empty(len(scores))
    for label in (0, 1):
        other = order[1 - label]
        own = scores[labels == label]
        below = np.searchsorted(other, own, side="left")
        upto = np.searchsorted(other, own, side="right")
        shares[labels == label] = (below + upto) / 2 / max(1, len(other))
    return shares


def auc(labels, scores):
    if labels.min() == labels.max():
        return None
    return float(placements(labels, scores)[labels == 1].mean())


def click(metric, labels, scores, users):
    """(value, standard error over impressions, n, what each user moves it by); None: not defined."""
    if metric == "auc":
        value = auc(labels, scores)
        if value is None:
            return None
        shares = placements(labels, scores)
        parts = [shares[labels == label] for label in (0, 1)]
        error = math.hypot(*(mean_and_error(part)[1] for part in parts))
        placed = np.where(labels == 1, shares, 1 - shares)
        counts = np.where(labels == 1, len(parts[1]), len(parts[0]))
        moved = summed(users, 100 * (placed - value) / counts)
        return 100 * value, 100 * error, len(labels), moved
    if metric == "log-loss":
        losses = np.logaddexp(0, scores) - labels * scores
        value, error = mean_and_error(losses)
        return value, error, len(labels), summed(users, (losses - value) / len(losses))
    places = {}
    for at, user in enumerate(users):
        places.setdefault(user, []).append(at)
    own = {}
    for user, at in places.items():
        one = auc(labels[at], scores[at])
        if one is not None:
            own[user] = (one, len(at))
    if not own:
        return None
    total = sum(weight for _, weight in own.values())
    value = sum(one * weight for one, weight in own.values()) / total
    moved = {user: 100 * weight * (one - value) / total for user, (one, weight) in own.items()}
    return 100 * value, over_users(moved), len(own), moved


def summed(users, values):
    sums = {}
    for user, value in zip(users, values):
        sums[user] = sums.get(user, 0.0) + float(value)
    return sums


@functools.lru_cache(maxsize=None)
def student_t975(degrees):
    """97.5 % point of Student's t, by halving an interval on its distribution."""
    low, high = 0.0, 1000.0
    for _ in range(60):
        middle = (low + high) / 2
        if t_distribution(middle, degrees) < 0.975:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_distribution(t, degrees):
    x = degrees / (degrees + t * t)
    return 1 - incomplete_beta(degrees / 2, 0.5, x) / 2


def incomplete_beta(a, b, x):
    """Regularised, by Lentz's continued fraction (Abramowitz & Stegun 26.5.8)."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(front + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    total = d
    for m in range(1, 500):
        step = 1.0
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + term * d
            c = 1 + term / c
            d = 1 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            step *= d * c
        total *= step
        if abs(step - 1) < 1e-14:
            break
    return front * total
