"""Whether a row of a breakdown converts differently from all rows together, by the hypergeometric distribution."""

from math import erfc, exp, lgamma, sqrt

_FEWEST = 30
_EXACT_UP_TO = 100_000


def p_value(entered: int, converted: int, all_entered: int, all_converted: int) -> float | None:
    """Probability that drawing as many attempts as the row has, out of all, differs as much by chance.

    1 - max(P(k < converted), P(k >= converted)); None for fewer than 30 attempts, or when there is no other row.
    """
    if entered < _FEWEST or entered >= all_entered:
        return None
    below = _below(converted, entered, all_entered, all_converted)
    return 1 - max(below, 1 - below)


def _below(converted: int, drawn: int, total: int, good: int) -> float:
    """P(k < converted) for k good ones among `drawn` out of `total`, of which `good` are good."""
    least, most = max(0, drawn - (total - good)), min(drawn, good)
    if min(converted - least, most - converted) > _EXACT_UP_TO:
        return _normal(converted, drawn, total, good)
    if converted - least <= most - converted:
        return sum(_chance(k, drawn, total, good) for k in range(least, converted))
    return max(0.0, 1 - sum(_chance(k, drawn, total, good) for k in range(converted, most + 1)))


def _chance(k: int, drawn: int, total: int, good: int) -> float:
    return exp(_choose(good, k) + _choose(total - good, drawn - k) - _choose(total, drawn))


def _choose(n: int, k: int) -> float:
    """Logarithm of the number of ways to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _normal(converted: int, drawn: int, total: int, good: int) -> float:
    """With so many, the normal distribution is the same to many digits."""
    mean = drawn * good / total
    variance = mean * (1 - good / total) * (total - drawn) / max(total - 1, 1)
    return 0.5 * erfc((mean - converted + 0.5) / sqrt(2 * variance))
