from __future__ import annotations

import pytest

from mgc.errors import SettingsError
from mgc.settings import settings


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
