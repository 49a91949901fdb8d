"""What is remembered between runs: two databases, a key and a lock in one folder of the user.

`files` can be rebuilt from the disk and says what need not be read again; `findings` cannot, and says what was found
when. Neither holds a raw value. This room keeps records and gives them back; it walks, reads and judges nothing.
"""
