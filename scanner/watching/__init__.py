"""Watching folders and media: where something may have changed, said early, bounded, and never as the last word.

Every source only gives hints; what is true is found by looking. Nothing here reads a file's content, keeps a state or
knows what personal data is.
"""
