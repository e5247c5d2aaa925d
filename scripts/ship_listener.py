"""Fit the listener and its vote: ``python -m scripts.ship_listener AUDIO`` (needs YAMNet's weights).

AUDIO is a folder of GTZAN's clips by genre (``blues/blues.00000.flac``); clips that are missing are done without. The
folds are those of the gallery's runs of the shipped recipes by artists, whose predictions the vote is fitted on, so
that no member has seen a tested clip or its artist. The embeddings are kept in MGC_HOME/cache.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import io
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import numpy.typing as npt
import typer

from mgc import files, weights
from mgc.audio.clip import SR
from mgc.audio.decode import decode
from mgc.datasets import gtzan
from mgc.evaluation import metrics, scores
from mgc.evaluation.scores import Unseen
from mgc.evaluation.voting import calibrate, fit_temperature
from mgc.features import yamnet
from mgc.features.audioset import GENRE_ROWS, PATCH_HOP_SECONDS, summaries
from mgc.genres import GENRES, display_name
from mgc.inference import BLOCK, listen
from mgc.models.card import Card
from mgc.models.catalog import FEATURES, PINS
from mgc.models.storage import classes_of, write_model, write_pins
from mgc.runs import gallery
from mgc.runs.promote import summary
from mgc.settings import settings
from mgc.splits import make_split
from mgc.training.listening import fit_listener
from scripts.ship_models import LICENCE, SEEDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mgc.evaluation.voting import Member
    from mgc.nets.listener import Listener
    from mgc.runs.recorded import Recorded

WITHOUT_YAMNET: Final = {  # models of the vote without YAMNet -> their runs by artists
    "pictures": "picture-cnn-artists",
    "textures": "texture-svm-artists",
    "photo": "photo-svm-artists",
    "descriptors": "kernel-table-artists",
}
# Descriptors have no vote beside YAMNet: low-passed at 8 kHz, their probability moves by 0.46 (median; pictures 0.004).
# Nor have photo layers: with them the vote was no better (docs/NOTES.md).
MEMBERS: Final = {model: WITHOUT_YAMNET[model] for model in ("pictures", "textures")}
# Clips that get a genre are to be right in nine of ten cases; a threshold looks better where it was fitted than on
# other clips, hence 0.91. Four genres have nine times as many clips as the others, only because their audio was at
# hand, so clips of the others count twice (tried: once, twice, nine times; docs/NOTES.md).
HOW: Final[dict[str, Any]] = {"answered_right": 0.91, "repeated": 2}
WITHOUT, WITH = "vote without YAMNet", "vote with YAMNet"
FOLDS: Final = 5
WINDOW, HOP = 3.0, 1.0  # s; of what is judged, as the other models' windows; the fit sees windows side by side
# Of the distance (:mod:`mgc.nets.listener`), set by eye between clips by unknown artists and loops outside the ten:
# docs/NOTES.md has their figures.
UNFAMILIAR: Final = 0.18
WHOLE_GENRES: Final = ("blues", "classical", "jazz", "rock")  # whose audio is whole in what was at hand


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the listener and the other members of its vote say of clips out of fold, by the folds of one seed.

    Rows of ``labels``, ``artists``, ``distance`` and ``unseen`` follow ``units``; ``own`` are temperatures of the other
    members by fold, and ``split`` is what a card says of the folds.
    """

    units: list[str]
    labels: npt.NDArray[np.intp]
    artists: npt.NDArray[np.intp]
    distance: npt.NDArray[np.float64]
    unseen: Unseen
    own: dict[int, dict[str, float]]
    split: dict[str, Any]

    def scores(self) -> dict[str, dict[str, Any]]:
        """Return what a card holds of the listener and of the vote."""
        how = HOW | {"fixed": self.own}
        return scores.score(self.unseen, self.unseen, self.labels, together=False, artists=self.artists, **how)


def main(
    audio: Annotated[Path, typer.Argument(help="folder of GTZAN's clips by genre")],
    out: Annotated[Path, typer.Option(help="folder of the shipped models")] = Path("models"),
    pins: Annotated[Path, typer.Option(help="where the hashes of the cards are kept")] = PINS,
    repeats: Annotated[int, typer.Option(help="also judge the listener alone on so many further folds")] = 0,
) -> None:
    """Fit, judge out of fold, and write both models."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    heard = listened(audio)
    by_seed = [judged(heard, members_of(seed)) for seed in SEEDS]
    first = by_seed[0]
    beyond = [f"{unit} {far:.2f}" for unit, far in zip(first.units, first.distance, strict=True) if far > UNFAMILIAR]
    logging.info("distance: median %.3f; beyond the limit: %s", np.median(first.distance), ", ".join(beyond) or "none")
    write(out, by_seed, fit([heard[unit] for unit in first.units], first.labels, first.artists))
    write_pins(out, pins)
    for seed, one in zip(SEEDS, by_seed, strict=True):
        logging.info("--- folds of seed %d", seed)
        report(heard, one, members_of(seed), small=seed == SEEDS[0])
    if repeats:
        repeat(heard, first, repeats)


def members_of(seed: int) -> dict[str, str]:
    """Return the other members of the vote with their runs by artists, whose folds are those of a seed."""
    if seed == SEEDS[0]:
        return MEMBERS
    return {model: run.replace("-artists", f"-seed-{seed}-artists") for model, run in MEMBERS.items()}


def judged(heard: Mapping[str, tuple[Any, Any]], members: Mapping[str, str]) -> Judged:
    """Fit a listener for each fold, and ask it and the other members about the clips of that fold."""
    runs = {model: gallery.opened(run) for model, run in members.items()}
    first = next(iter(runs.values()))
    if len({run.config.split for run in runs.values()}) > 1:
        raise typer.BadParameter(
            "The members' runs have other folds, so one may have seen what the other is tested on."
        )
    where = {unit: row for row, unit in enumerate(first.said.units)}
    units = sorted(name for name in heard if name in where)
    rows = np.array([where[unit] for unit in units])
    labels, artists, fold = first.said.labels[rows], first.said.artists[rows], first.said.fold[rows]
    answers = out_of_fold(heard, units, labels, artists, fold)
    said = {"listener": np.stack([answer.song() for answer in answers])}
    said |= {model: probabilities(run, units) for model, run in runs.items()}
    distance = np.array([answer.distance for answer in answers], dtype=np.float64)
    # The app calibrates members as their own cards say, so the vote is fitted on members that are calibrated so.
    own = {
        int(k): temperatures(members, np.array(first.said.units)[first.said.fold == k].tolist())
        for k in np.unique(fold)
    }
    split = {"artists": {"k": first.config.folds, "hash": first.config.split, "n": len(units)}}
    # Where YAMNet hears music, pauses stop none of these clips; nor does the distance, as `main` prints.
    none = np.zeros(len(units))
    return Judged(units, labels, artists, distance, Unseen(np.arange(len(units)), fold, said, none, none), own, split)


def out_of_fold(
    heard: Mapping[str, tuple[Any, Any]],
    units: Sequence[str],
    labels: npt.NDArray[np.intp],
    artists: npt.NDArray[np.intp],
    fold: npt.NDArray[np.intp],
) -> list[Member]:
    """Return what a listener says of each clip that learnt from the other folds."""
    fitted = {}
    for k in np.unique(fold):
        learnt = fold != k
        clips = [heard[unit] for unit, is_in in zip(units, learnt, strict=True) if is_in]
        fitted[int(k)] = fit(clips, labels[learnt], artists[learnt])
    return [asked(fitted[int(k)], heard[unit]) for unit, k in zip(units, fold, strict=True)]


def probabilities(run: Recorded, units: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return what a run says of some clips [shape=(n, 10)]."""
    at = {unit: row for row, unit in enumerate(run.said.units)}
    return run.said.probabilities[[at[unit] for unit in units]]


def temperatures(members: Mapping[str, str], without: Collection[str]) -> dict[str, float]:
    """Return what the other members of the vote would have in their cards, if some clips had not been judged."""
    found = {}
    for model, run in members.items():
        said = gallery.opened(run).said
        rows = ~np.isin(said.units, list(without))
        found[model] = fit_temperature(said.probabilities[rows], said.labels[rows])
    return found


def listened(audio: Path) -> dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Return embeddings and scores of each clip by its name, heard once."""
    paths = sorted(one for genre in GENRES for one in (audio / genre).glob(f"{genre}.*"))
    facts = [
        yamnet.fingerprint(),
        yamnet.LEVEL,
        yamnet.MOST_GAIN,
        *((path.name, path.stat().st_size) for path in paths),
    ]
    kept = settings().home_dir / "cache" / f"heard-{hashlib.sha256(repr(facts).encode()).hexdigest()[:12]}.npz"
    if kept.exists():
        with np.load(kept, allow_pickle=False) as held:
            return {path.stem: (held[f"{path.stem}.e"], held[f"{path.stem}.s"]) for path in paths}
    found = {}
    for path in paths:
        embeddings, heard = yamnet.listen(yamnet.levelled(decode(path.read_bytes()).y))
        found[path.stem] = embeddings.astype(np.float32), heard.astype(np.float32)
        if len(found) % 50 == 0:
            logging.info("%d clips heard", len(found))
    kept.parent.mkdir(parents=True, exist_ok=True)
    held = {f"{name}.{kind}": one for name, both in found.items() for kind, one in zip("es", both, strict=True)}
    np.savez(packed := io.BytesIO(), allow_pickle=False, **held)
    files.write(kept, packed.getvalue())
    return found


def fit(clips: list[tuple[Any, Any]], labels: npt.NDArray[np.intp], artists: npt.NDArray[np.intp]) -> Listener:
    """Fit a listener on whole clips and windows of them."""
    whole = np.concatenate([summaries(*one, np.zeros(1), BLOCK) for one in clips])
    windows = [summaries(*one, np.arange(0.0, BLOCK, WINDOW), WINDOW) for one in clips]
    return fit_listener(whole, windows, labels, artists, n_classes=len(GENRES))


def asked(net: Listener, heard: tuple[Any, Any]) -> Member:
    """Return the listener's answer for a clip as the app works it out."""
    return listen(net, *heard, int((len(heard[0]) + 1) * PATCH_HOP_SECONDS * SR), WINDOW, HOP)


def write(
    out: Path,
    by_seed: Sequence[Judged],
    net: Any,
) -> None:
    """Write the listener and the vote, with the scores of what was said out of fold by the folds of each seed."""
    first = by_seed[0]
    labels = first.labels
    cards = {name: Card.from_bytes((out / name / "card.json").read_bytes()) for name in ("vote", *MEMBERS)}
    usual = cards["vote"].calibration
    every = np.ones(len(labels), dtype=bool)
    fixed = {name: cards[name].calibration.temperature for name in MEMBERS}
    fitted = scores.fit_calibration(first.unseen, labels, every, fixed=fixed, **HOW)
    each = [one.scores() for one in by_seed]
    found = each[0]
    for model in ("listener", scores.VOTE):
        found[model]["accuracy_by_seed"] = [one[model]["accuracy"]["value"] for one in each]
    data = {"name": "GTZAN (Tzanetakis and Cook 2002), clips whose audio was at hand", "clips": len(labels)}
    counts = ", ".join(f"{display_name(genre)} {n}" for genre, n in zip(GENRES, np.bincount(labels), strict=True))
    common = {
        "classes": classes_of(GENRES),
        "features": dict(FEATURES),
        "seed": SEEDS[0],
        "data": data | {"by_genre": counts},
        "licence": LICENCE,
        "splits": first.split,
        "created": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": {one: importlib.metadata.version(one) for one in ("numpy", "scipy")},
    }
    heard_by = {"yamnet": files.digest(weights.path("yamnet"), "sha256")}  # which file the clips were heard through
    limits = {"unfamiliar_above": UNFAMILIAR, "pauses_above": usual.pauses_above, "distance_by": "listener"}

    def calibration(model: str) -> dict[str, Any]:
        return limits | {
            "temperature": round(fitted.temperatures[model], 5),
            "unsure_below": round(fitted.unsure_below[model], 4),
        }

    listener = write_model(
        out,
        common
        | {
            "id": "listener",
            "title": "Listener",
            "kind": "sounds",
            "summary": "What AudioSet's ten genre classes say, corrected by a kernel machine on YAMNet's embeddings.",
            "net": {"name": "listener", "config": net.config},
            "recipe": {"name": "listener", "source": "scripts/ship_listener.py"} | heard_by,
            "scores": {"artists": found["listener"]},
            "calibration": calibration("listener"),
        },
        net,
    )
    members = ("listener", *MEMBERS)
    parameters = [cards[name].parameters for name in MEMBERS]
    shares = {name: round(fitted.shares[name], 4) for name in members}
    write_model(
        out,
        common
        | {
            "id": "vote-yamnet",
            "title": "Vote with YAMNet",
            "kind": "vote",
            "summary": summary(["the listener", "the picture network", "the textures"]),
            "members": list(members),
            "net": {"name": "pool", "config": {"shares": shares}},
            "recipe": {"rule": "mean", "pool_of": list(members), "shares": "smallest log loss on unseen tracks"}
            | heard_by,
            "parameters": listener.parameters + sum(parameters),
            "scores": {"artists": found[scores.VOTE]},
            "calibration": calibration(scores.VOTE),
        },
    )
    logging.info("shares %s", shares)


def repeat(heard: Mapping[str, tuple[Any, Any]], one: Judged, times: int) -> None:
    """Print what the listener alone is worth on further folds by artists; a temperature is fitted on all of them."""
    at = {unit: row for row, unit in enumerate(one.units)}
    tracks = [track for track in gtzan.tracks() if track.id in at]
    found = []
    for seed in range(1, times + 1):
        fold = np.full(len(at), -1)
        for number, part in enumerate(make_split(tracks, "artists", k=FOLDS, seed=seed).folds):
            fold[[at[unit] for unit in part.test]] = number
        p = np.stack([answer.song() for answer in out_of_fold(heard, one.units, one.labels, one.artists, fold)])
        right = p.argmax(axis=1) == one.labels
        recalls = [right[one.labels == k].mean() for k in np.unique(one.labels)]
        even = calibrate(p, fit_temperature(p, one.labels))
        found.append((100 * right.mean(), 100 * np.mean(recalls), metrics.log_loss(one.labels, even)))
        logging.info("listener, folds of seed %d: %.1f, mean of genres %.1f, log loss %.3f", seed, *found[-1])
    logging.info("mean of %d: %.1f, mean of genres %.1f, log loss %.3f", times, *np.mean(found, axis=0))


def report(heard: Mapping[str, tuple[Any, Any]], one: Judged, members: Mapping[str, str], *, small: bool) -> None:
    """Print what models and votes are worth, out of fold; listener and vote also fault-filtered on four genres.

    With ``small`` also the vote without YAMNet, of the same clips and folds.
    """
    units, labels, artists = one.units, one.labels, one.artists
    rows = list(GENRE_ROWS.values())
    said = {"AudioSet's ten rows alone": np.stack([heard[unit][1][:, rows].mean(axis=0) for unit in units])}
    votes: dict[str, tuple[Unseen, Mapping[int, Mapping[str, float]]]] = {WITH: (one.unseen, one.own)}
    if small:
        other = {model: probabilities(gallery.opened(run), units) for model, run in WITHOUT_YAMNET.items()}
        votes = {WITHOUT: (replace(one.unseen, members=other), {}), **votes}
    for title, (of, own) in votes.items():
        found = scores.calibrated(of, of, labels, together=False, fixed=own, **HOW)
        for model, (p, _) in found.items():
            said[title if model == scores.VOTE else model] = p
        p, named = found[scores.VOTE]
        right = float((p.argmax(axis=1) == labels)[named].mean())
        logging.info("%s: names %.1f %% of the clips, %.1f %% of those rightly", title, 100 * named.mean(), 100 * right)
    for name, p in said.items():
        _line(name, p, labels, artists)
    part = {track.id: track.part for track in gtzan.tracks()}
    four = np.array([unit.partition(".")[0] in WHOLE_GENRES for unit in units])
    learnt = four & np.array([part[unit] in ("train", "valid") for unit in units])
    tested = four & np.array([part[unit] == "test" for unit in units])
    clips = [heard[unit] for unit, is_in in zip(units, learnt, strict=True) if is_in]
    net = fit(clips, labels[learnt], artists[learnt])
    p = np.stack([asked(net, heard[unit]).song() for unit, is_in in zip(units, tested, strict=True) if is_in])
    some = [GENRES.index(genre) for genre in WHOLE_GENRES]
    others = [i for i in range(len(GENRES)) if i not in some]
    p[:, others] = 0.0
    _line("listener of four genres, fault-filtered", p, labels[tested], artists[tested])
    names = [unit for unit, is_in in zip(units, tested, strict=True) if is_in]
    said_there = {"listener": p}
    for model, run in members.items():
        # Textures draw nothing at random, and the partition is fixed: one run serves all seeds.
        filtered = run.removesuffix("artists") + "filtered"
        held = gallery.opened(filtered if filtered in gallery.ids() else MEMBERS[model].replace("artists", "filtered"))
        said_there[model] = probabilities(held, names)
    none = np.zeros(len(names))
    there = Unseen(np.flatnonzero(tested), none.astype(np.intp), said_there, none, none)
    fitted = scores.fit_calibration(one.unseen, labels, ~tested, fixed=temperatures(members, names), **HOW)
    voted = fitted.apply(there)[scores.VOTE]
    voted[:, others] = 0.0
    _line("vote with YAMNet on these", voted, labels[tested], artists[tested])


def _line(name: str, p: npt.NDArray[np.float64], truth: npt.NDArray[np.intp], artists: npt.NDArray[np.intp]) -> None:
    guess = p.argmax(axis=1)
    over = asdict(metrics.bootstrap(truth, guess, metrics.accuracy, groups=artists))
    recalls = {GENRES[k]: float((guess == k)[truth == k].mean()) for k in np.unique(truth)}
    ece = metrics.expected_calibration_error(p / p.sum(axis=1, keepdims=True), truth, bins=10)
    logging.info(
        "%-38s %.1f (%.1f to %.1f over artists, n = %d), mean of genres %.1f, ECE %.3f: %s",
        name, 100 * over["value"], 100 * over["low"], 100 * over["high"], len(truth),
        100 * float(np.mean(list(recalls.values()))), ece,
        ", ".join(f"{genre} {100 * share:.0f}" for genre, share in recalls.items()),
    )  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
