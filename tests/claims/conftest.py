import pytest

from waferbump.claims import Line


@pytest.fixture(scope="session")
def line():
    """Every run of these tests, made once."""
    return Line()


@pytest.fixture(scope="session")
def verdicts(line):
    """All claims, judged."""
    from waferbump.claims import judged

    return {verdict.id: verdict for verdict in judged(line=line)}
