"""Check the installation: is everything there that the program needs, and does it work?"""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import mgc
from mgc.errors import MgcError
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Finding", "examine"]

REQUIREMENTS: Final = Path(mgc.__file__).parents[1] / "requirements.in"
PYTHON: Final = (3, 11)  # the oldest that is supported


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; ``is_fatal`` when the program cannot do its work because of it."""

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
        """What stands before it in a list."""
        return "ok" if self.is_good else "BROKEN" if self.is_essential else "missing"

    def to_json(self) -> dict[str, Any]:
        """Return what ``doctor --json`` prints."""
        return {"name": self.name, "ok": self.is_good, "essential": self.is_essential, "text": self.text}


def examine() -> list[Finding]:
    """Run all checks; one that fails is a finding, too."""
    checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
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
    for name, check in checks:
        try:
            findings += check()
        except MgcError as error:
            findings.append(Finding(name, error.user_message, is_good=False))
        except (ImportError, OSError) as error:  # a package that is missing, or whose library does not load
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            findings.append(Finding(name, f"cannot be loaded: {reason}", is_good=False))
    return findings


def _python() -> Iterator[Finding]:
    text = f"mgc {mgc.__version__}, Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding("python", text, is_good=sys.version_info >= PYTHON)


def _packages() -> Iterator[Finding]:
    named = re.findall(r"^[\w-]+", REQUIREMENTS.read_text(), re.MULTILINE)
    versions = {name: _version(name) for name in dict.fromkeys(name.removesuffix("-cpu") for name in named)}
    text = ", ".join(f"{name} {found or 'MISSING'}" for name, found in versions.items())
    yield Finding("packages", text, is_good=all(versions.values()))


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):  # of TensorFlow there is one or the other, by machine
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
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
    """Return a WAV of two seconds: 440 Hz with some noise."""
    from mgc.audio.clip import wav

    rng = np.random.default_rng(0)
    y = 0.3 * np.sin(2 * np.pi * 440 * np.arange(44_100) / 22_050) + rng.normal(0, 0.02, 44_100)
    return wav(y.astype(np.float32))


def _engine() -> Iterator[Finding]:
    """Name the process that may go on after the app has ended."""
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
    yield Finding("engine", f"for background jobs: {text}")


def _decoder() -> Iterator[Finding]:
    from mgc.audio.decode import decode

    clip = decode(_tone())
    yield Finding("decoder", f"a test tone was read as {clip.heard.sentence()}", is_good=len(clip.y) == 44_100)


def _keras() -> Iterator[Finding]:
    from mgc import networks

    networks.prepare("pictures")
    answers = networks.answers_on()
    name, version, devices = networks.backend()
    yield Finding("keras", f"trains on {name} {version}, answers on {answers}")
    yield Finding("gpu", ", ".join(devices) or "none found; the CPU is used", is_good=bool(devices), is_essential=False)


def _models() -> Iterator[Finding]:
    from mgc import weights
    from mgc.features import yamnet
    from mgc.models.catalog import catalog

    usable, broken = catalog().cards(), catalog().broken()
    yield Finding("models", ", ".join(card.id for card in usable) or "none can be used", is_good=bool(usable))
    there, held = yamnet.at_hand(), weights.find("yamnet")
    without = "its weights are not at hand: music is not told from other sound (`mgc weights get yamnet`)"
    if held is not None:
        without = f"{held} cannot be read, or holds other weights: music is not told from other sound. Replace the file"
    yield Finding("yamnet", "its weights are at hand" if there else without, is_good=there, is_essential=False)
    for name, why in broken.items():
        yield Finding("models", f"{name} cannot be used. {why}", is_good=False)


def _answer() -> Iterator[Finding]:
    from mgc.audio.decode import decode
    from mgc.inference import analyse, predict

    analysis = analyse(decode(_tone())).analysis
    prediction = predict(analysis)
    yield Finding("classify", f"a test tone was classified by {prediction.model}: {prediction.verdict}")
    for name, why in analysis.missing.items():
        yield Finding("classify", f"{name} does not work. {why}", is_good=False)
