"""The guards that conftest.py puts around every test."""

import logging
import socket

import pytest

pytest_plugins = ["pytester"]


def test_the_network_is_refused_and_this_machine_is_not(refused_connections: list[str]):
    with pytest.raises(ConnectionRefusedError, match="the tests are offline"), socket.socket() as outside:
        outside.connect(("192.0.2.1", 443))  # RFC 5737: an address of nobody
    assert refused_connections == ["192.0.2.1:443"]
    refused_connections.clear()  # this attempt was wanted

    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


def test_an_error_in_the_log_fails_a_test(pytester: pytest.Pytester, root):
    pytester.makeconftest((root / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers = logs_errors: an error is expected")
    pytester.makepyfile(
        """
        import logging, pytest

        def test_quiet():
            logging.warning("a warning is no error")

        def test_loud():
            logging.getLogger("far.away").error("out of luck")

        @pytest.mark.logs_errors
        def test_loud_on_purpose():
            logging.error("as expected")
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=3, errors=1)  # the error stands at the teardown of test_loud
    result.stdout.fnmatch_lines(["*far.away: out of luck*"])


@pytest.mark.logs_errors
def test_a_test_may_say_that_it_logs_errors():
    logging.getLogger("hdr_demo").error("wanted")
