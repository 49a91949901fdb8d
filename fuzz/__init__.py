"""Coverage-guided fuzzing of every reader: bytes in, and whatever the line would call a bug is kept.

    line.py     one document through the line, as a worker takes it, and what is wrong with how it went
    mend.py     bytes that are broken, but not at the door
    sums.py     the sums over headers, as they ought to be
    explore.py  the search (atheris), in a process of its own with its memory bounded
    shrink.py   what was found, made small
    found/      what was found; replayed by tests/test_fuzz.py

``python -m fuzz FORMAT --seconds N``; how long each reader was searched stands in README.md here.
"""
