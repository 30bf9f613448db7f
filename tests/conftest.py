"""What all tests share: the command line called in this process."""

import sys

import pytest


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
