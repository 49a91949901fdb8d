"""The watcher as a service of the system: what it is there, how it is put in place, how it stands.

One description (`unit`) is written down in the words of each service manager. What the watcher does is not known here.
"""
