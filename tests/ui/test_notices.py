"""Errors become notices in one place."""

import logging

import gradio as gr
import pytest

from hdr_demo.errors import ImageError
from hdr_demo.ui.notices import shows_errors

CHINESE = gr.Request(headers={"accept-language": "zh-CN"})


def fail_with(error: Exception, *, after: int = -1):
    def handler(request: gr.Request) -> None:
        raise error

    def steps(request: gr.Request):
        yield from range(after)
        raise error

    return shows_errors(handler) if after < 0 else shows_errors(steps)


def run(handler, request: gr.Request | None = None) -> list:
    result = handler(request)
    return list(result) if result is not None else []


@pytest.mark.parametrize("after", [-1, 0, 2])
def test_a_mistake_of_the_user_is_shown_as_its_sentence(after: int) -> None:
    with pytest.raises(gr.Error) as caught:
        run(fail_with(ImageError("x.jpg is empty: copy it again."), after=after))
    assert caught.value.message == "x.jpg is empty: copy it again."
    assert caught.value.print_exception is False


@pytest.mark.logs_errors
@pytest.mark.parametrize("after", [-1, 1])
def test_any_other_error_is_one_neutral_sentence_and_is_logged(after: int, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(gr.Error) as caught:
        run(fail_with(KeyError("/secret/path"), after=after))
    assert "secret" not in caught.value.message and "log" in caught.value.message
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "secret" in str(caplog.records[0].exc_info[1])


@pytest.mark.logs_errors
def test_the_neutral_sentence_is_in_the_language_of_the_visitor() -> None:
    with pytest.raises(gr.Error, match="请重试"):
        run(fail_with(ZeroDivisionError()), CHINESE)


def test_a_notice_is_no_place_for_markup() -> None:
    with pytest.raises(gr.Error) as caught:
        run(fail_with(ImageError("<img src=x onerror=alert(1)>.jpg is empty.")))
    assert "<" not in caught.value.message


def test_a_notice_stays_the_notice_that_it_is() -> None:
    notice = gr.Error("first")
    for after in (-1, 0):
        with pytest.raises(gr.Error) as caught:
            run(fail_with(notice, after=after))
        assert caught.value is notice
