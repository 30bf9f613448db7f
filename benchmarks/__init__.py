"""Benchmarks: time, with the error beside it."""
