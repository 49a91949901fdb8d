"""Notifications on the desktop of whoever sits at the machine: seldom, collected, without a word of what was found.

Where there is no desktop (a service, a server) there are none. How often and what about is decided by `news`, how they
are shown on this system by `show`.
"""
