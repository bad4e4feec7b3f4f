"""What the operator reads of errors."""

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

from diptych.protocols.native.errors import HANDLERS, log_unexpected
from diptych.query.parts import InvalidQuestion


@get("/unforeseen")
async def unforeseen() -> None:
    raise IndexError("out of range")


@get("/bad-input")
async def bad_input() -> None:
    raise InvalidQuestion("metrics", "at least one")


def test_what_was_not_foreseen_is_logged_and_bad_input_is_not(caplog: pytest.LogCaptureFixture) -> None:
    app = Litestar(
        [unforeseen, bad_input], exception_handlers=HANDLERS, after_exception=[log_unexpected], logging_config=None
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        caplog.clear()
        assert client.get("/bad-input").status_code == 400
        assert not [one for one in caplog.records if one.name.startswith("diptych")]
        assert client.get("/unforeseen").status_code == 500
    [said] = [one for one in caplog.records if one.name.startswith("diptych")]
    assert said.getMessage() == "GET /unforeseen failed"
    assert said.exc_info and said.exc_info[0] is IndexError
