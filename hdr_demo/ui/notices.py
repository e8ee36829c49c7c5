"""What a visitor reads when something fails: the one place where errors become notices."""

import functools
import html
import inspect
import logging
from collections.abc import Callable, Iterator

import gradio as gr

from hdr_demo.errors import HdrDemoError
from hdr_demo.ui.text import language_of, say

NOTICE_SECONDS = 20

log = logging.getLogger(__name__)


def shows_errors(handler: Callable) -> Callable:
    """Show a handler's errors on the page: a mistake of the user as its sentence, any other as one neutral sentence."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def follow(*args: object, **kwargs: object) -> Iterator:
            try:
                yield from handler(*args, **kwargs)
            except gr.Error:
                raise
            except Exception as error:
                raise _notice(error, (*args, *kwargs.values())) from error

        return follow

    @functools.wraps(handler)
    def call(*args: object, **kwargs: object) -> object:
        try:
            return handler(*args, **kwargs)
        except gr.Error:
            raise
        except Exception as error:
            raise _notice(error, (*args, *kwargs.values())) from error

    return call


def say_error(error: Exception, language: str) -> str:
    """Say what went wrong: a mistake of the user in its own sentence, anything else in one neutral sentence."""
    return str(error) if isinstance(error, HdrDemoError) else say(language, "unexpected")


def _notice(error: Exception, arguments: tuple) -> gr.Error:
    language = language_of(next((each for each in arguments if isinstance(each, gr.Request)), None))
    if not isinstance(error, HdrDemoError):
        log.error("A handler of the page failed.", exc_info=error)
    # The sentence may hold the name of a file, and notices are drawn as HTML.
    return gr.Error(html.escape(say_error(error, language)), duration=NOTICE_SECONDS, print_exception=False)
