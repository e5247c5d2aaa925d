"""Every setting of the program: ``MGC_*`` environment variables, read here and nowhere else."""

from __future__ import annotations

import itertools
import json
import os
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from mgc.errors import SettingsError

__all__ = [
    "ANSWERS", "THREADS", "Settings", "answer_only", "are_threads_given", "cores", "environment", "keras_home",
    "named_backend", "quiet_tensorflow", "settings", "threads", "visible_devices",
]  # fmt: skip


class Settings(BaseSettings):
    """Frozen settings; each field is read from ``MGC_<FIELD>``, e.g. ``MGC_HOME=/data``."""

    model_config = SettingsConfigDict(env_prefix="MGC_", frozen=True, extra="ignore")

    home: Path = Field(default=Path("~/.mgc"), description="where caches, data sets and runs live")
    models_dir: Path | None = Field(default=None, description="folder of models instead of the shipped one")
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="of the log on stderr")
    max_upload_mb: int = Field(default=20, ge=1, le=200, description="largest accepted file, MB")
    max_seconds: int = Field(default=600, ge=30, le=3600, description="longest part of a file that is analysed, s")
    decode_timeout: float = Field(default=15.0, gt=0, le=120, description="wall clock of one decoder child, s")
    decode_memory_mb: int = Field(default=1024, ge=512, le=8192, description="address space of a decoder child, MiB")
    decodes_at_once: int = Field(default=2, ge=1, le=64, description="decoder children at the same time")
    predicts_at_once: int = Field(default=2, ge=1, le=64, description="model calls at the same time")
    registry: Literal["open", "fixed"] = Field(
        default="open",
        validation_alias=AliasChoices("MGC_REGISTRY", "MGC_SHELF"),  # the second is its old name
        description="fixed: visitors add or remove no data sets",
    )
    queue_length: int = Field(default=16, ge=1, le=1000, description="classifications that may wait")
    studio_songs: int = Field(default=12, ge=1, le=600, description="songs of each genre in the studio's data set")
    workers: int | None = Field(default=None, ge=1, le=256, description="worker processes; by default one a core")
    engine_idle: float = Field(default=300.0, ge=1, description="time without work after which the engine ends, s")
    scheduler: str | None = Field(default=None, pattern="^tls://", description="Dask scheduler instead of our own")
    scheduler_tls: Path | None = Field(default=None, description="folder with the tls.pem of that scheduler")
    database_url: str | None = Field(
        default=None, pattern=r"^postgresql(\+psycopg)?://", description="PostgreSQL for jobs instead of SQLite"
    )
    jobs: Literal["engine", "inline"] = Field(default="engine", description="inline: jobs run where they are started")
    weights: Path | None = Field(default=None, description="folder that holds pretrained weights (`mgc weights`)")
    training: Literal["on", "limited", "off"] = Field(
        default="on", description="off: no training here; limited: one run at a time, few epochs, few minutes"
    )
    yamnet: Path | None = Field(default=None, description="YAMNet's weights; by default weights/yamnet.h5 in MGC_HOME")

    @property
    def home_dir(self) -> Path:
        """:attr:`home` with ``~`` expanded."""
        return self.home.expanduser()


@cache
def settings() -> Settings:
    """Read the environment once.

    Raises
    ------
    SettingsError
        when a variable has a value that is not accepted; the sentence names it
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "MGC_" + "_".join(str(part) for part in first["loc"]).upper().removeprefix("MGC_")
        raise SettingsError(
            f"Invalid value for {name}. Received: {first['input']!r}. Expected: {first['msg']}.",
            details=str(error),
        ) from error


THREADS: Final = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
)  # fmt: skip
"""Variables that say how many threads the libraries of a process may start."""


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of this process with some changes, for a process that it starts.

    Without the backend that :func:`answer_only` chose: the other process may have to train.
    """
    given = {name: value for name, value in os.environ.items() if (name, value) != ("KERAS_BACKEND", ANSWERS)}
    return {**given, **changes}


ANSWERS: Final = "openvino"
"""Keras' backend in a process that trains nothing."""


def named_backend() -> str:
    """Return the backend that KERAS_BACKEND or Keras' own ``keras.json`` names; "" for TensorFlow in that file.

    Keras writes that by itself.
    """
    if given := os.environ.get("KERAS_BACKEND"):
        return given
    try:
        named = str(json.loads((keras_home() / "keras.json").read_bytes()).get("backend", ""))
    except (OSError, ValueError, AttributeError):  # which Keras itself takes for a file that is not there
        return ""
    return "" if named == "tensorflow" else named


def answer_only() -> None:
    """Let Keras run on :data:`ANSWERS` in this process; to be called before its import."""
    os.environ["KERAS_BACKEND"] = ANSWERS


def visible_devices() -> tuple[str, ...] | None:
    """Return the devices that CUDA_VISIBLE_DEVICES leaves to this process, None where it is not set."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is None:
        return None
    names = [name.strip() for name in given.split(",")]
    return tuple(itertools.takewhile(lambda name: name not in ("", "-1"), names))  # CUDA ignores what follows, too


@cache
def cores() -> int:
    """Return how many cores this process may use: of the machine's, those that taskset and a container leave to it."""
    import dask.system  # 0.2 s, which not every command needs

    return dask.system.cpu_count()


def are_threads_given() -> bool:
    """Tell whether the environment says how many threads TensorFlow has for one operation."""
    return _given_threads() > 0


def threads() -> int:
    """Return how many threads a network may take that answers: what is said of TensorFlow's, else :func:`cores`."""
    return _given_threads() or cores()


def _given_threads() -> int:
    given = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    return int(given) if given.isdecimal() else 0


def keras_home() -> Path:
    """Return Keras' own folder, whose ``models`` holds weights that it has fetched (KERAS_HOME, ``~/.keras``)."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def quiet_tensorflow() -> None:
    """Keep TensorFlow's C++ log off stderr, unless the user has set it otherwise; to be called before its import.

    oneDNN prints a notice at every log level (TensorFlow 2.21), so it is turned off: that costs 7 % where TensorFlow
    answers (docs/NOTES.md), and gives the same numbers on every processor.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
