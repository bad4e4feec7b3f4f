"""What an event earned. Source: HTTP V2 API, keys price, quantity and revenue."""

from decimal import Decimal, InvalidOperation

from diptych.model.jsontext import dump
from diptych.protocols.amplitude.texts import text_of

_NAMES = {"productId": "product_id", "revenueType": "revenue_type", "currency": "currency"}


def revenue(event: dict[str, str], properties: dict[str, str]) -> dict[str, str]:
    """Canonical name → canonical JSON text. With a price, revenue is price × quantity, whatever was sent as revenue.

    SDKs put the same keys, with a `$` in front, into the event properties. Negative amounts are refunds.
    """
    found = _revenue(event, "")
    return found or _revenue(properties, "$")


def _revenue(sent: dict[str, str], prefix: str) -> dict[str, str]:
    price, quantity, amount = (_number(sent.get(prefix + key)) for key in ("price", "quantity", "revenue"))
    if price is not None:
        quantity = Decimal(1) if quantity is None else quantity
        amount = price * quantity
    if amount is None:
        return {}
    found = {"revenue": _digits(amount)}
    if price is not None and quantity is not None:
        found |= {"price": _digits(price), "quantity": _digits(quantity)}
    for key, name in _NAMES.items():
        if text := text_of(sent.get(prefix + key)):
            found[name] = dump(text.upper() if name == "currency" else text)
    return found


def _number(text: str | None) -> Decimal | None:
    """Exact: 9.99 × 3 is 29.97, not 29.969999999999995."""
    if text is None or text[:1] not in "-0123456789" or len(text) > 40:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and -400 < value.adjusted() < 300 else None


def _digits(value: Decimal) -> str:
    return str(int(value)) if value == value.to_integral_value() and abs(value) < 10**18 else f"{value:f}"
