"""A save that is killed or fails leaves the old file or the new one, whole, and is no hindrance.

May import: everything.
"""

import os
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

import rushlight as torch

SAVING = """
import sys
import rushlight as torch
path, size = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
number = 0
while True:
    number += 1
    torch.save({"number": number, "w": torch.full((size,), float(number))}, path)
"""

posix = pytest.mark.skipif(os.name != "posix", reason="signals and permissions of POSIX")


def whole(path, size):
    """The number of the save the file is from; fails unless all of it is from the same one."""
    loaded = torch.load(path)
    assert loaded["w"].shape == (size,)
    assert bool((loaded["w"] == loaded["number"]).all())
    return loaded["number"]


@posix
def test_a_killed_save_leaves_a_whole_file_and_hinders_no_other(tmp_path):
    path = tmp_path / "x.pt"
    size = 300_000
    torch.save({"number": 0, "w": torch.zeros(size)}, path)
    strays = 0
    for moment in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVING, str(path), str(size)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.003 * moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert whole(path, size) >= 0
        strays += len(os.listdir(tmp_path)) - 1
        assert len(os.listdir(tmp_path)) <= 2
        torch.save({"number": moment, "w": torch.full((size,), float(moment))}, path)
        assert whole(path, size) == moment
        assert os.listdir(tmp_path) == ["x.pt"]
    assert strays, "no save was killed in its middle: the test saw nothing"


def test_two_processes_saving_to_one_path_do_not_mix(tmp_path):
    path = tmp_path / "x.pt"
    size = 20_000
    torch.save({"number": 0, "w": torch.zeros(size)}, path)
    processes = [
        subprocess.Popen([sys.executable, "-c", SAVING, str(path), str(size)], stdout=-1)
        for _ in range(2)
    ]
    try:
        for process in processes:
            process.stdout.readline()
        seen = set()
        until = time.monotonic() + 30
        while len(seen) < 5 and time.monotonic() < until:
            seen.add(whole(path, size))
    finally:
        alive = [process.poll() is None for process in processes]
        for process in processes:
            process.kill()
            process.wait()
            process.stdout.close()
    assert alive == [True, True], "one of them failed"
    assert len(seen) == 5


def test_threads_saving_to_one_path(tmp_path):
    path = tmp_path / "x.pt"
    errors = []

    def save(number):
        try:
            for _ in range(10):
                torch.save({"number": number, "w": torch.full((1000,), float(number))}, path)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert whole(path, 1000) in range(4)
    assert os.listdir(tmp_path) == ["x.pt"]


class Refuses:
    def __reduce__(self):
        raise ValueError("not me")


def test_what_cannot_be_pickled_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.pt"
    torch.save(torch.ones(2), path)
    before = path.read_bytes()
    for obj, error in (([1, Refuses()], ValueError), (lambda: 1, Exception), (iter([]), TypeError)):
        if error is TypeError:
            obj = (x for x in [1])
        with pytest.raises(error):
            torch.save({"w": torch.zeros(3), "bad": obj}, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["x.pt"]


@posix
@pytest.mark.parametrize("existed", [True, False])
def test_a_full_disk_leaves_the_old_file(tmp_path, existed):
    # no file may grow beyond 64 KiB: the write fails in its middle, as on a full disk
    program = (
        "import resource, signal, sys\n"
        "import rushlight as torch\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "try:\n"
        "    torch.save(torch.zeros(100_000), sys.argv[1])\n"
        "except OSError as error:\n"
        "    print(type(error).__name__, error.errno)\n"
    )
    path = tmp_path / "x.pt"
    if existed:
        torch.save(torch.ones(2), path)
    shown = subprocess.check_output([sys.executable, "-c", program, str(path)], text=True)
    assert shown.split() == ["OSError", "27"]
    assert os.listdir(tmp_path) == (["x.pt"] if existed else [])
    if existed:
        assert torch.load(path).tolist() == [1, 1]


@posix
def test_rights_and_links_stay(tmp_path):
    path, link = tmp_path / "x.pt", tmp_path / "latest.pt"
    before = os.umask(0o027)
    try:
        torch.save(torch.ones(1), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o600)
        link.symlink_to(path.name)
        torch.save(torch.zeros(1), link)
    finally:
        os.umask(before)
    assert link.is_symlink()
    assert torch.load(path).tolist() == [0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(os.listdir(tmp_path)) == ["latest.pt", "x.pt"]


@posix
def test_devices_and_pipes_are_written_and_stay_what_they_are(tmp_path):
    null = os.stat(os.devnull)
    torch.save(torch.ones(1), os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert os.stat(os.devnull).st_ino == null.st_ino
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    torch.save(torch.ones(1), pipe)
    reader.join()
    (tmp_path / "x.pt").write_bytes(received[0])
    assert torch.load(tmp_path / "x.pt").tolist() == [1]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_a_name_of_the_greatest_length(tmp_path):
    for name in ("n" * 255, "я" * 127):
        torch.save(torch.ones(1), tmp_path / name)
        assert torch.load(tmp_path / name).tolist() == [1]
