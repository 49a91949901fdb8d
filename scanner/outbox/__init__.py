"""Sending events to others: one queue and one sender for each receiver, at least once, in the order in which they came.

Nothing is sent, and no socket opened, unless the settings name a receiver. What an event says is not decided here.
"""
