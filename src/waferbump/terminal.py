"""What the command line writes while it works: progress and messages to standard error, results to standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def say(text: str) -> None:
    """A line to standard error."""
    print(text, file=sys.stderr)


def print_json(value: Any) -> None:
    """One JSON document to standard output."""
    print(json.dumps(value, indent=1))


def step_progress(total: int) -> Callable[[Any], None]:
    """Called after each step of a run: its place among all, its time; one line that changes on a terminal, a line each in a log."""
    done = 0
    live = sys.stderr.isatty()

    def step(result) -> None:
        nonlocal done
        done += 1
        text = f"[{done}/{total}] {result.id} ({result.verb}) {result.seconds:.2f} s"
        print(
            f"\r\033[K{text}" if live and done < total else (f"\r\033[K{text}\n" if live else f"{text}\n"),
            end="",
            file=sys.stderr,
            flush=True,
        )

    return step


def study_progress() -> Callable[[int, int, str], None]:
    """Called after each run of a study; in a log it writes a line for every run that brought something new."""
    live, last = sys.stderr.isatty(), ""

    def told(done: int, budget: int, sentence: str) -> None:
        nonlocal last
        text = f"[{done}/{budget}] {sentence}" if budget else f"[{done}] {sentence}"
        if live:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        elif sentence != last:
            say(text)
        last = sentence

    return told


def clear_line() -> None:
    """Take away what progress left on a terminal's line."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
