"""What counts as personal data, and where it is: from a segment of text to findings."""
