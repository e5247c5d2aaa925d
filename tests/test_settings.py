from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mgc.errors import SettingsError
from mgc.settings import cores, settings


@pytest.fixture(autouse=True)
def fresh():
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize("name", ["MGC_REGISTRY", "MGC_SHELF"])
def test_the_registry_is_fixed_under_its_name_and_its_old_name(name, monkeypatch):
    assert settings().registry == "open"
    settings.cache_clear()
    monkeypatch.setenv(name, "fixed")
    assert settings().registry == "fixed"


@pytest.mark.parametrize("name", ["MGC_REGISTRY", "MGC_QUEUE_LENGTH"])
def test_a_value_that_is_not_accepted_names_its_variable(name, monkeypatch):
    monkeypatch.setenv(name, "many")
    with pytest.raises(SettingsError, match=rf"^Invalid value for {name}\. Received: 'many'"):
        settings()


@pytest.mark.skipif(sys.platform != "linux", reason="taskset is Linux's")
def test_cores_are_those_that_taskset_leaves_to_the_process():
    mine = os.sched_getaffinity(0)
    assert 1 <= cores() <= len(mine)
    asked = [sys.executable, "-c", "from mgc.settings import cores; print(cores())"]
    try:
        os.sched_setaffinity(0, {min(mine)})
        assert subprocess.check_output(asked, text=True).strip() == "1"
    finally:
        os.sched_setaffinity(0, mine)


def test_cores_are_those_that_a_containers_quota_leaves_to_the_process(monkeypatch):
    monkeypatch.setattr("dask.system._try_extract_cgroup_cpu_quota", lambda: (50_000, 100_000))
    assert cores.__wrapped__() == 1
