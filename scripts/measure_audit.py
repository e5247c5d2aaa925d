"""Measure what the audit finds in GTZAN against what is published: ``python scripts/measure_audit.py TREE``.

TREE is a Kaggle-shaped tree with all pictures and the table of 30 s clips; where it has audio, pairs are compared by
their waveforms too, and copies are planted. With the studio extracted (`mgc extract studio`) its pairs are measured.
Writes Markdown. Takes about two minutes on one core.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mgc.audio.decode import Series
from mgc.audit import labels
from mgc.audit.duplicates import CONFIRMED, near_pairs, same_song
from mgc.audit.report import examine, exclusions
from mgc.datasets import gtzan
from mgc.datasets.tables import CLIPS, read_table
from mgc.extraction.collected import Collected
from mgc.extraction.collected import collected as collected_record
from mgc.features.descriptors import COLUMNS
from mgc.features.pictures import columns, read_picture
from mgc.features.spectrum import spectrum
from mgc.splits import make_split

FIRST = 50
CARDS_SEED = 20261121  # of the splits in models/*/card.json
PLANTED = 50  # labels that are changed on purpose: one in twenty


def from_tree(dataset):
    """Return what a tree holds without its audio, as extraction would collect it."""
    table = read_table(dataset.tables[CLIPS])
    tracks = [track for track in dataset.tracks if track.picture]
    n = len(tracks)
    with Series(31.0) as series:
        pictures = np.stack([read_picture(track.picture, decode=series.decode_picture) for track in tracks])
    return Collected(
        ids=tuple(track.id for track in tracks),
        genres=tuple(track.genre for track in tracks),
        origins=("table",) * n,
        descriptors=np.concatenate([table.of(track.id)[:1] for track in tracks]),
        segments=np.empty((0, len(COLUMNS))),
        owners=np.empty(0, np.int32),
        pictures=pictures,
        widths=np.full(n, pictures.shape[2], np.int32),
        thumbnails=np.zeros((n, 128, 33), np.uint8),
        embeddings=None,
        checksums=("",) * n,
        seconds=np.full(n, 30.0),
    )


def waveforms_agree(one, other, shift):
    """Return the largest correlation of two files' waveforms within a quarter of a second of a shift."""
    first, second = (soundfile.read(track.audio, dtype="float32")[0] for track in (one, other))
    size = 1 << (len(first) + len(second) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(first, size) * np.fft.rfft(second, size).conj(), size)
    centre, reach = round(shift * 22_050), round(0.25 * 22_050)
    at = centre + np.argmax(np.abs(products[np.arange(centre - reach, centre + reach + 1)])) - reach
    a, b = (first[at:], second) if at >= 0 else (first, second[-at:])
    n = min(len(a), len(b))
    return float(abs(a[:n] @ b[:n]) / np.sqrt((a[:n] @ a[:n]) * (b[:n] @ b[:n])))


def copies(tracks, found):
    """Print how the pairs found compare with published names and sound; return the tracks in them."""
    known = {tuple(sorted((t.id, t.duplicate_of))) for t in tracks.values() if t.duplicate_of}
    exact = {tuple(sorted((pair.first, pair.second))) for pair in found.exact}
    print(f"* exact: {len(exact & known)} of {len(known)} published pairs, {len(exact - known)} others")
    named = {pair: same_song(tracks[pair.first], tracks[pair.second]) for pair in found.near}
    counts = Counter(named.values())
    listed = len(exact) + len(named)
    right = len(exact & known) + counts[True]
    print(f"* near: {len(named)} pairs; one song by artist and title {counts[True]}, not {counts[False]},")
    confirmed = Counter(pair.confirmed_by or "candidate" for pair in found.near)
    print(f"  unknown names {counts[None]}; confirmed by {dict(confirmed)};")
    print(f"  precision of all {listed} pairs at least {right / listed:.2f}")
    for pair in found.near:
        one, other = tracks[pair.first], tracks[pair.second]
        if not named[pair]:
            print(f"  * {says(one)} - {says(other)}: likeness {pair.likeness:.2f}, shift {pair.shift:.1f} s")
    heard = [pair for pair in found.near if tracks[pair.first].audio and tracks[pair.second].audio]
    print(f"* by waveform, of the {len(heard)} near pairs that have audio:")
    for pair in heard:
        agree = waveforms_agree(tracks[pair.first], tracks[pair.second], pair.shift)
        print(f"  * {pair.first} - {pair.second}: likeness {pair.likeness:.2f}, waveforms {agree:.3f}")
    missed = [
        (one, other)
        for n, one in enumerate(tracks.values())
        for other in list(tracks.values())[n + 1 :]
        if one.genre == other.genre and same_song(one, other)
    ]
    pairs = exact | {tuple(sorted((pair.first, pair.second))) for pair in found.near}
    missed = [(one, other) for one, other in missed if tuple(sorted((one.id, other.id))) not in pairs]
    print(f"* one song by artist and title, and not found: {len(missed)} pairs")
    for one, other in missed:
        print(f"  * {says(one)} - {other.id}")
    ranked = [name for pair in (*found.exact, *found.near) for name in (pair.first, pair.second)]
    return list(dict.fromkeys(ranked))


def says(track):
    """Name a track with its artist and title."""
    return f"{track.id} ({track.artist or '?'}, {track.title or '?'})"


def doubtful(tracks, found, copied):
    """Print how the doubtful labels compare with what the fault-filtered partition leaves out."""
    base = np.mean([track.part == "excluded" for track in tracks.values()])
    first = [tracks[issue.track] for issue in found.labels[:FIRST]]
    hits = sum(track.part == "excluded" for track in first)
    print(f"* excluded from the fault-filtered partition: {100 * base:.1f} % of all clips (base rate);")
    print(f"  {hits} of the first {FIRST} doubtful labels, {100 * hits / FIRST:.0f} %, {hits / FIRST / base:.1f} times")
    out = [track for track in tracks.values() if track.part == "excluded"]
    print(f"* of the {len(out)} excluded clips {sum(t.id in copied for t in out)} are in a pair of copies found here;")
    share = [np.mean([tracks[name].part == "excluded" for name in some]) for some in (copied, copied[:FIRST])]
    print(f"  of the {len(copied)} clips in a pair {100 * share[0]:.0f} %, of the first {FIRST} {100 * share[1]:.0f} %")
    judge = found.judge
    right, low, high = (f"{100 * share:.1f}" for share in (judge.right, judge.low, judge.high))
    by_low, by_high = (f"{100 * share:.1f}" for share in (judge.low_by_artist, judge.high_by_artist))
    print(f"* the model predicts {right} % of the labels ({low} to {high} over {judge.n} clips,")
    print(f"  {by_low} to {by_high} over {judge.n_artists} artists); {judge.unnamed} clips are of unknown artists")
    print(f"* the first 20 of {len(found.labels)}:")
    for issue in found.labels[:20]:
        p = "the same file" if issue.twin else f"{issue.p:.2f}, {issue.given} {issue.p_given:.2f}"
        print(f"  * {says(tracks[issue.track])}: {issue.looks_like} {p}")


def known_pairs(dataset):
    """Print the likeness of pairs whose truth is known: what the threshold of a confirmed pair was fixed on."""
    studio = collected_record("studio")
    if studio is not None:
        every = near_pairs(studio.ids, studio.pictures, studio.widths, least=1e-9)
        listed = near_pairs(studio.ids, studio.pictures, studio.widths)
        print(f"* studio: {len(every)} pairs of different songs, likeness up to {every[0].likeness:.2f};")
        print(f"  {len(listed)} are listed: {', '.join(f'{pair.likeness:.2f}' for pair in listed)}")
    heard = [track for track in dataset.tracks if track.audio]
    chosen = [track for track in heard if int(track.id[-5:]) < 6]
    if len(chosen) < 30:
        return
    sounds = [soundfile.read(track.audio, dtype="float32")[0] for track in chosen]
    copies = {f"{track.id} mp3": encoded(y) for track, y in zip(chosen[:30:3], sounds[:30:3], strict=True)}
    copies |= {f"{track.id} cut": 0.5 * y[44_100:] for track, y in zip(chosen[1:30:3], sounds[1:30:3], strict=True)}
    pictures, widths = zip(*map(drawn, [*sounds, *copies.values()]), strict=True)
    ids = [*(track.id for track in chosen), *copies]
    near = near_pairs(ids, np.stack(pictures), np.array(widths))
    for kind in ("mp3", "cut"):
        likeness = [pair.likeness for pair in near if pair.second == f"{pair.first} {kind}"]
        print(f"* planted, {kind}: {len(likeness)} of 10 found, likeness {min(likeness):.2f} to {max(likeness):.2f};")
        print(f"  {sum(one >= CONFIRMED for one in likeness)} of them {CONFIRMED} or more")
    others = [pair for pair in near if not pair.second.startswith(pair.first)]
    print(f"* other pairs among these {len(ids)}: {len(others)}")


def encoded(y):
    """Return the samples after MP3 coding."""
    out = io.BytesIO()
    soundfile.write(out, y, 22_050, format="MP3")
    return soundfile.read(io.BytesIO(out.getvalue()), dtype="float32")[0]


def drawn(y):
    """Return the picture of samples and its width."""
    picture = columns(spectrum(y).mel)[:, :334]
    return np.pad(picture, ((0, 0), (0, 334 - picture.shape[1]))), picture.shape[1]


def leaks(tracks, found):
    """Print what the test parts of the cards' splits share with the clips that their models are trained on."""
    pairs = [(pair.first, pair.second) for pair in found.near]
    titled = {name: (track.artist.casefold(), track.title.casefold()) for name, track in tracks.items()}
    for protocol in ("tracks", "artists", "filtered"):
        split = make_split(list(tracks.values()), protocol, k=5, seed=CARDS_SEED)
        seen_by = {}
        for fold in split.folds:
            seen = {*fold.train, *fold.validation}
            seen_by |= dict.fromkeys(fold.test, seen)
        titles = {id(seen): {titled[name] for name in seen} for seen in seen_by.values()}
        same = sum(all(titled[name]) and titled[name] in titles[id(seen)] for name, seen in seen_by.items())
        apart = sum(any(b in seen_by.get(a, ()) for a, b in (pair, pair[::-1])) for pair in pairs)
        print(
            f"* {protocol} (sha256 {split.hash[:8]}): of {len(seen_by)} test clips {same} share artist and title with"
        )
        print(f"  a training clip; {apart} of the {len(pairs)} near pairs are in training and test")


def leaving(tracks, found):
    """Print how the list of what to leave out compares with what the fault-filtered partition leaves out."""
    out = {track.id for track in tracks.values() if track.part == "excluded"}
    listed = exclusions(found, tracks.values())
    base = len(out) / len(tracks)
    print(f"* {len(listed)} clips to leave out: {dict(Counter(one.why for one in listed))}")
    sound_alone = (replace(pair, confirmed_by="likeness" * (pair.likeness >= CONFIRMED)) for pair in found.near)
    unnamed = exclusions(replace(found, near=tuple(sound_alone)), tracks.values())
    print(f"  without the names of artists and titles {len(unnamed)}")
    lists = {f"first {FIRST}": listed[:FIRST], "whole list": listed, "list without names": unnamed}
    for what, some in lists.items():
        itself = np.mean([one.track in out for one in some])
        either = np.mean([one.track in out or one.other in out for one in some])
        print(
            f"  of the {what}, {100 * itself:.0f} % are excluded, {itself / base:.1f} times the base rate of all clips;"
        )
        print(f"  counting those whose twin is excluded in their place, {100 * either:.0f} %")


def planted(tracks, collected, pairs, seed, weights):
    """Change labels at random and count how many of them are listed; ``weights`` [from genre, to genre]."""
    rng = np.random.default_rng(seed)
    table = labels.feature_table(collected.descriptors, collected.pictures, collected.widths)
    genres = sorted({track.genre for track in tracks})
    changed = set(rng.choice(len(tracks), PLANTED, replace=False).tolist())
    given = [
        replace(track, genre=str(rng.choice(genres, p=weights[genres.index(track.genre)]))) if row in changed else track
        for row, track in enumerate(tracks)
    ]
    found = labels.find_issues(given, *labels.out_of_fold(given, table, together=pairs, seed=seed))
    wrong = {tracks[row].id for row in changed}
    first = sum(issue.track in wrong for issue in found[:FIRST])
    some = sum(issue.track in wrong for issue in found)
    print(f"  seed {seed}: {first} among the first {FIRST} listed, {some} among all {len(found)}")


def plant(tracks, collected, pairs):
    """Print how well labels are found that were changed to any genre, and to one that the right one resembles."""
    table = labels.feature_table(collected.descriptors, collected.pictures, collected.widths)
    said, genres = labels.out_of_fold(tracks, table, together=pairs)
    numbers = np.array([genres.index(track.genre) for track in tracks])
    anything = np.ones((len(genres), len(genres)))
    confused = np.stack([said[numbers == genre].mean(axis=0) for genre in range(len(genres))])
    for how, weights in (("any other genre", anything), ("a genre it is confused with", confused)):
        np.fill_diagonal(weights, 0.0)
        print(f"* {PLANTED} labels changed to {how}:")
        for seed in range(3):
            planted(tracks, collected, pairs, seed, weights / weights.sum(axis=1, keepdims=True))


def main():
    """Read the tree, examine it, print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=Path)
    threadpool_limits(1, user_api="blas")  # several threads wait for each other on a busy machine
    dataset = gtzan.open_tree(parser.parse_args().tree)
    collected = from_tree(dataset)
    tracks = {name: dataset.track(name) for name in collected.ids}
    start = time.perf_counter()
    found = examine(dataset, collected)
    print(f"{len(collected.ids)} clips examined in {time.perf_counter() - start:.0f} s")
    print("\n### Copies, from pictures alone\n")
    copied = copies(tracks, found)
    print("\n### Pairs whose truth is known\n")
    known_pairs(dataset)
    print("\n### To leave out\n")
    leaving(tracks, found)
    print("\n### Leaks of the cards' splits\n")
    leaks(tracks, found)
    print("\n### Labels\n")
    doubtful(tracks, found, copied)
    pairs = [(pair.first, pair.second) for pair in (*found.exact, *found.near)]
    plant(list(tracks.values()), collected, pairs)
    print("\n### Outliers\n")
    for outlier in found.outliers:
        print(f"* {says(tracks[outlier.track])}: {outlier.distance:.1f} times the median distance")


if __name__ == "__main__":
    main()
