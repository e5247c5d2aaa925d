"""Descriptors beside the notebook way (each ``librosa.feature.*`` on the waveform); mel and MFCC beside others.

One thread each, alternating repeats, medians, one run; the results are compared before anything is timed.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_variable] = "1"  # before NumPy is imported: one thread each

import sys  # noqa: E402

import numpy as np  # noqa: E402

from benchmarks.material import SR, alternate, clip, report  # noqa: E402
from mgc.features.descriptors import (  # noqa: E402
    COLUMNS,
    SEGMENT_SAMPLES,
    SEGMENT_STEP,
    STABLE_COLUMNS,
    cepstrum,
    describe,
    describe_blocks,
    describe_segments,
    describe_windows,
)
from mgc.features.spectrum import spectrum  # noqa: E402


def notebook(y: np.ndarray) -> np.ndarray:
    """Return the 57 descriptors as the notebooks that made and use Kaggle's tables compute them."""
    import librosa

    padded = {"y": y, "pad_mode": "reflect"}  # librosa 0.7's default
    harmonic, percussive = librosa.effects.hpss(**padded)
    inverted = len(y) // 512 * 512  # librosa 0.7 left the rest at zero
    harmonic[inverted:] = percussive[inverted:] = 0
    measured = [
        librosa.feature.chroma_stft(**padded, sr=SR),
        librosa.feature.rms(**padded),
        librosa.feature.spectral_centroid(**padded, sr=SR),
        librosa.feature.spectral_bandwidth(**padded, sr=SR),
        librosa.feature.spectral_rolloff(**padded, sr=SR),
        librosa.feature.zero_crossing_rate(y),
        harmonic,
        percussive,
    ]
    onsets = librosa.onset.onset_strength(**padded, sr=SR, aggregate=np.median)
    tempo = librosa.feature.tempo(onset_envelope=onsets, sr=SR)
    mfccs = librosa.feature.mfcc(**padded, sr=SR, n_mfcc=20)
    statistics = [f(m) for m in measured for f in (np.mean, np.var)]
    return np.array([*statistics, tempo[0], *(f(m) for m in mfccs for f in (np.mean, np.var))])


def notebook_segments(y: np.ndarray) -> np.ndarray:
    return np.stack([notebook(y[SEGMENT_STEP * s :][:SEGMENT_SAMPLES]) for s in range(len(y) // SEGMENT_STEP)])


def equal_share(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the share of cells of the 54 stable columns and tempo that agree to 1e-4 relative."""
    columns = [COLUMNS.index(name) for name in (*STABLE_COLUMNS, "tempo")]
    return float(np.isclose(ours[..., columns], theirs[..., columns], rtol=1e-4, atol=0).mean())


def descriptors(y: np.ndarray) -> bool:
    whole, segments = equal_share(describe(y), notebook(y)), equal_share(describe_segments(y), notebook_segments(y))
    print(f"cells equal to 1e-4 (55 columns): whole clip {100 * whole:.2f} %, segments {100 * segments:.2f} %")
    times = alternate({"mgc": lambda: describe(y), "notebook (librosa)": lambda: notebook(y)})
    kept = report("57 descriptors of a 30 s clip", times, ours="mgc", at_least=5)
    times = alternate({"mgc": lambda: describe_segments(y), "notebook (librosa)": lambda: notebook_segments(y)}, 3)
    kept &= report("57 descriptors of its ten segments", times, ours="mgc", at_least=6)
    return kept and min(whole, segments) >= 0.99


def windows(y: np.ndarray) -> None:
    """Time what inference does; nobody else does it, so the ratio is to describing the whole clip once."""
    long, _ = clip(240.0)

    def song(samples: np.ndarray) -> None:
        transformed = spectrum(samples)
        describe_windows(transformed)
        describe_blocks(transformed)

    times = alternate({"describe (30 s)": lambda: describe(y), "windows and blocks, 30 s": lambda: song(y)})
    times |= alternate({"windows and blocks, 4 minutes": lambda: song(long)}, 3)
    report("descriptors of every window of a song", times, ours="describe (30 s)")


def mel_and_mfcc(y: np.ndarray) -> None:
    import librosa

    def our_mfcc() -> np.ndarray:
        decibels = 10 * np.log10(np.maximum(spectrum(y).mel, 1e-10))
        return cepstrum(np.maximum(decibels, decibels.max() - 80))

    mel = {
        "mgc": lambda: spectrum(y).mel,
        "librosa": lambda: librosa.feature.melspectrogram(y=y, sr=SR, pad_mode="reflect"),
    }
    mfcc = {"mgc": our_mfcc, "librosa": lambda: librosa.feature.mfcc(y=y, sr=SR, n_mfcc=20, pad_mode="reflect")}
    np.testing.assert_allclose(mel["mgc"](), mel["librosa"](), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(mfcc["mgc"](), mfcc["librosa"](), rtol=1e-3, atol=1e-2)
    for add in (_audioflux, _essentia):
        try:
            add(y, mel, mfcc)
        except ImportError as missing:
            print(f"\nskipped {add.__name__.strip('_')}: {missing} (pip install -r requirements-bench.txt)")
    report("mel spectrogram (128 bands) of a 30 s clip", alternate(mel, 9), ours="mgc")
    report("20 MFCCs of a 30 s clip", alternate(mfcc, 9), ours="mgc")


def _audioflux(y: np.ndarray, mel: dict, mfcc: dict) -> None:
    import audioflux
    from audioflux.type import SpectralDataType, SpectralFilterBankScaleType

    bft = audioflux.BFT(
        num=128,
        radix2_exp=11,
        samplate=SR,
        low_fre=0.0,
        high_fre=SR / 2,
        slide_length=512,
        scale_type=SpectralFilterBankScaleType.MEL,
        data_type=SpectralDataType.POWER,
    )
    coefficients = audioflux.XXCC(bft.num)
    coefficients.set_time_length(time_length=bft.cal_time_length(len(y)))
    mel["audioflux"] = lambda: np.abs(bft.bft(y))
    mfcc["audioflux"] = lambda: coefficients.xxcc(np.abs(bft.bft(y)))


def _essentia(y: np.ndarray, mel: dict, mfcc: dict) -> None:
    import essentia
    import essentia.standard as es

    essentia.log.infoActive = essentia.log.warningActive = False
    window, fft = es.Windowing(type="hann", size=2048, zeroPhase=False), es.Spectrum(size=2048)
    bands = {
        "numberBands": 128,
        "inputSize": 1025,
        "sampleRate": SR,
        "lowFrequencyBound": 0,
        "highFrequencyBound": SR / 2,
    }
    mel_bands, cepstrum = es.MelBands(**bands), es.MFCC(**bands, numberCoefficients=20)

    def spectra() -> list:
        return [fft(window(frame)) for frame in es.FrameGenerator(y, frameSize=2048, hopSize=512)]

    mel["essentia (standard mode)"] = lambda: np.array([mel_bands(s) for s in spectra()])
    mfcc["essentia (standard mode)"] = lambda: np.array([cepstrum(s)[1] for s in spectra()])


def main() -> int:
    y, name = clip()
    print(f"features, on {name} ({len(y) / SR:.1f} s), one thread each; x = times as long as mgc")
    kept = descriptors(y)
    windows(y)
    mel_and_mfcc(y)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
