"""Benchmarks that are tests as well: seeded corpora, known results, another program beside in the same run."""
