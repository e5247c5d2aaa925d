"""Is everything here that the program needs, and does it work? One finding per question."""

from __future__ import annotations

import importlib.metadata
import io
import platform
import sys
import tempfile
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import mgc
from mgc.errors import MgcError
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Finding", "examine"]

PACKAGES: Final = (
    "streamlit", "plotly", "pandas", "keras", "h5py", "numpy", "scipy", "soundfile", "soxr", "av",
    "opencv-python-headless", "scikit-learn", "cleanlab", "distributed",
)  # fmt: skip
TENSORFLOWS: Final = ("tensorflow", "tensorflow-cpu")  # one of them, by machine
PYTHON: Final = (3, 11)  # the oldest this is written for


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question; ``is_fatal`` when the program cannot do its work because of it."""

    name: str
    text: str
    is_good: bool = True
    is_essential: bool = True

    @property
    def is_fatal(self) -> bool:
        """Whether something essential is broken."""
        return self.is_essential and not self.is_good

    @property
    def mark(self) -> str:
        """One word for the margin."""
        return "ok" if self.is_good else "BROKEN" if self.is_essential else "missing"

    def to_json(self) -> dict[str, Any]:
        """Return what ``doctor --json`` prints."""
        return {"name": self.name, "ok": self.is_good, "essential": self.is_essential, "text": self.text}


def examine() -> list[Finding]:
    """Ask all questions; a question that fails is a finding too."""
    questions: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("python", _python),
        ("packages", _packages),
        ("settings", _limits),
        ("cache folder", _home),
        ("decoder", _decoder),
        ("keras", _keras),
        ("models", _models),
        ("classify", _answer),
        ("engine", _engine),
    )
    findings: list[Finding] = []
    for name, ask in questions:
        try:
            findings += ask()
        except MgcError as error:
            findings.append(Finding(name, error.user_message, is_good=False))
        except (ImportError, OSError) as error:  # a package that is missing, or whose library does not load
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            findings.append(Finding(name, f"something it needs cannot be loaded: {reason}", is_good=False))
    return findings


def _python() -> Iterator[Finding]:
    text = f"mgc {mgc.__version__}, Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding("python", text, is_good=sys.version_info >= PYTHON)


def _packages() -> Iterator[Finding]:
    versions = {name: _version(name) for name in PACKAGES}
    versions["tensorflow"] = next((found for name in TENSORFLOWS if (found := _version(name))), "")
    missing = [name for name, found in versions.items() if not found]
    text = ", ".join(f"{name} {found or 'MISSING'}" for name, found in versions.items())
    yield Finding("packages", text, is_good=not missing)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _limits() -> Iterator[Finding]:
    limits = settings()
    yield Finding(
        "settings",
        f"files of up to {limits.max_upload_mb} MB, the middle {limits.max_seconds} s of longer ones; "
        f"{limits.decodes_at_once} decoders and {limits.predicts_at_once} analyses at once, "
        f"{limits.queue_length} waiting",
    )


def _home() -> Iterator[Finding]:
    folder = settings().home_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"mgc")
    except OSError as error:
        yield Finding("cache folder", f"{folder} cannot be written: {error.strerror}; set MGC_HOME", is_good=False)
    else:
        yield Finding("cache folder", f"{folder} can be written")


def _tone() -> bytes:
    """Return a WAV of two seconds: 440 Hz, and enough noise to be no pure tone."""
    rng = np.random.default_rng(0)
    y = 0.3 * np.sin(2 * np.pi * 440 * np.arange(44_100) / 22_050) + rng.normal(0, 0.02, 44_100)
    with wave.open(out := io.BytesIO(), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes((32_767 * np.clip(y, -1, 1)).astype("<i2").tobytes())
    return out.getvalue()


def _engine() -> Iterator[Finding]:
    """Name the process that may stay when the app has ended: nobody should wonder whose it is."""
    from mgc.jobs import cluster

    limits = settings()
    if limits.scheduler is not None:
        up = cluster.is_up(limits.scheduler)
        text = f"the scheduler {limits.scheduler} {'answers' if up else 'does not answer'}"
        yield Finding("engine", text, is_good=up, is_essential=False)
        return
    found = cluster.running()
    idle = f"{limits.engine_idle:.0f} s without work"
    text = f"runs as process {found.pid} and ends after {idle}" if found else "not running; it starts when needed"
    yield Finding("engine", f"for work in the background: {text}")


def _decoder() -> Iterator[Finding]:
    from mgc.audio.decode import decode

    clip = decode(_tone())
    yield Finding("decoder", f"a WAV made in memory was {clip.heard.sentence()}", is_good=len(clip.y) == 44_100)


def _keras() -> Iterator[Finding]:
    from mgc.inference import backend

    name, version, devices = backend()
    yield Finding("keras", f"runs on {name} {version}")
    yield Finding("gpu", ", ".join(devices) or "none seen; the CPU does", is_good=bool(devices), is_essential=False)


def _models() -> Iterator[Finding]:
    from mgc.models.catalog import catalog

    usable, broken = catalog().cards(), catalog().broken()
    yield Finding("models", ", ".join(card.id for card in usable) or "none can be used", is_good=bool(usable))
    for name, why in broken.items():
        yield Finding("models", f"{name} cannot be used. {why}", is_good=False)


def _answer() -> Iterator[Finding]:
    from mgc.audio.decode import decode
    from mgc.inference import analyse, predict

    analysis = analyse(decode(_tone())).analysis
    yield Finding("classify", f"the tone was judged by {predict(analysis).model}: {predict(analysis).verdict}")
    for name, why in analysis.missing.items():
        yield Finding("classify", f"{name} did not answer. {why}", is_good=False)
