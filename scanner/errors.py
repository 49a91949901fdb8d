"""The few failures that are part of the design.

Nothing else is raised on purpose. `Unreadable` concerns one document and ends as a `Problem` beside the findings;
`UsageError` ends the run before the first file is opened (exit code 2); `OutputError` means that a finished report
could not be delivered (exit code 4). Any other exception is a defect of ours: inside a document it becomes a problem of
kind ``bug``, elsewhere it ends the run with exit code 4.
"""


class UsageError(Exception):
    """What the user asked for cannot be done: an unknown path, a policy that does not parse."""


class OutputError(Exception):
    """The report exists but cannot be written where the user wants it."""


class Unreadable(Exception):
    """A document, or the rest of it, cannot be read.

    `kind` is one of `scanner.model.PROBLEM_KINDS`; `detail` is a sentence of ours and never quotes the document.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


class Textless(Exception):
    """A document of a known kind that holds no text for this product to examine: a program, a font, a film.

    `reason` is one of the words counted in the ledger's ``excluded_by_reason``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
