"""What all tests share: the markers that say on which system a test means something."""

import os

import pytest

_ELSEWHERE = {"windows": os.name != "nt", "posix": os.name == "nt"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "windows: only Windows shows it (`make windows` runs it under Wine)")
    config.addinivalue_line("markers", "posix: needs links, modes, fork or signals that Windows does not have")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker, elsewhere in _ELSEWHERE.items():
            if elsewhere and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"for {marker} only"))
