"""What a user would notice about reading from a stick: all of the file arrives, and nothing of it is held or left."""

import errno
import os
import sys
import tempfile
import zipfile

import pytest

from scanner.errors import Unreadable
from scanner.media import spool
from scanner.media.spool import PART, STRETCH, spooled


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(range(256)) * (STRETCH * 3 // 256) + b"end")
    return path


def test_the_whole_file_arrives(large):
    with spooled(str(large)) as stream:
        assert stream.read() == large.read_bytes()


@pytest.mark.parametrize("at", [0, 1, STRETCH - 1, STRETCH, 2 * STRETCH + 5, 3 * STRETCH + 1])
def test_a_reader_may_jump(large, at):
    content = large.read_bytes()
    with spooled(str(large), limit=1) as stream:
        stream.seek(at)
        assert stream.read(5000) == content[at : at + 5000]
        stream.seek(-3, os.SEEK_END)
        assert stream.read() == b"end"


def test_an_archive_is_read_as_from_a_file(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("名簿.csv", "名前\n" * 500_000)
    with spooled(str(path)) as stream, zipfile.ZipFile(stream) as archive:
        assert len(archive.read("名簿.csv")) == 7 * 500_000


def test_an_empty_file_is_empty(tmp_path):
    (tmp_path / "empty").touch()
    with spooled(str(tmp_path / "empty")) as stream:
        assert stream.read() == b""


def test_nothing_is_open_between_two_reads_nor_put_on_a_disk(large, monkeypatch):
    opened = []
    real = spool.open_file

    def counted(path):
        file = real(path)
        opened.append(file)
        return file

    monkeypatch.setattr(spool, "open_file", counted)
    monkeypatch.setattr(tempfile, "mkstemp", lambda *_: pytest.fail("a temporary file"))
    with spooled(str(large)) as stream:
        while stream.read(PART):
            assert all(file.closed for file in opened)
    assert len(opened) > 3


def test_a_slow_medium_is_let_go_within_a_stretch(large, monkeypatch):
    opened = []
    real = spool.open_file
    monkeypatch.setattr(spool, "open_file", lambda path: opened.append(path) or real(path))
    with spooled(str(large), window=0) as stream:
        assert stream.read() == large.read_bytes()
    assert len(opened) > 3 * STRETCH // PART


def test_a_file_that_is_replaced_in_between_is_not_read_on(large):
    with spooled(str(large)) as stream:
        stream.read(10)
        large.write_bytes(b"another")
        with pytest.raises(Unreadable) as failure:
            stream.read()
        assert failure.value.kind == "vanished"


def test_a_file_that_is_deleted_in_between_has_vanished(large):
    with spooled(str(large)) as stream:
        stream.read(10)
        large.unlink()
        with pytest.raises(Unreadable) as failure:
            stream.read()
        assert failure.value.kind == "vanished"


@pytest.mark.parametrize("number", [errno.EIO, errno.ENODEV, errno.ENXIO])
def test_what_a_pulled_medium_answers_is_that_it_vanished(large, monkeypatch, number):
    def pulled(path):
        raise OSError(number, "no", path)

    monkeypatch.setattr(spool, "open_file", pulled)
    with pytest.raises(Unreadable) as failure:
        spooled(str(large))
    assert failure.value.kind == "vanished"
    assert "large" not in str(failure.value)


def test_a_refusal_is_no_pulled_medium(large, monkeypatch):
    def refused(path):
        raise PermissionError(errno.EACCES, "no", path)

    monkeypatch.setattr(spool, "open_file", refused)
    with pytest.raises(PermissionError):
        spooled(str(large))


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files as Linux lists them")
def test_a_stream_that_is_closed_leaves_nothing(large):
    before = os.listdir("/proc/self/fd")  # noqa: PTH208
    with spooled(str(large)) as stream:
        stream.read(1)
        assert os.listdir("/proc/self/fd") == before  # noqa: PTH208
