"""Invented people and the documents that hold their data: what the tests, the benchmarks and `make scan` look at."""
