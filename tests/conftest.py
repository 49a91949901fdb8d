"""What all tests share: a memory of their own, and the markers that say on which system a test means something."""

import os
import tempfile
from pathlib import Path

import pytest

_ELSEWHERE = {"windows": os.name != "nt", "posix": os.name == "nt"}


def pytest_configure(config: pytest.Config) -> None:
    os.environ["NOKOSANAI_STATE"] = tempfile.mkdtemp(prefix="nokosanai-state-")
    config.addinivalue_line("markers", "windows: only Windows shows it (`make windows` runs it under Wine)")
    config.addinivalue_line("markers", "posix: needs links, modes, fork or signals that Windows does not have")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker, elsewhere in _ELSEWHERE.items():
            if elsewhere and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"for {marker} only"))


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the memory, fresh for each test and never the user's own."""
    folder = tmp_path_factory.mktemp("memory") / "state"
    monkeypatch.setenv("NOKOSANAI_STATE", str(folder))
    return folder
