"""What all tests share: the command line called in this process."""

import sys
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items):
    """Give what shares made runs to one worker: all tests of the claims, and otherwise each file's."""
    for item in items:
        path = Path(item.fspath)
        item.add_marker(pytest.mark.xdist_group("claims" if path.parent.name == "claims" else path.name))


@pytest.fixture
def command(capsys, monkeypatch):
    """Call `waferbump ARGUMENTS` and return (exit code, standard output, standard error)."""
    from waferbump.cli import main

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["waferbump", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return call
