"""What is trained, as data: a name -> the net, how it is fitted, and the options that a person may set.

An option has a default (the source's, where there is one), bounds, and where it is worth tuning a search space. The
page's form, ``mgc train --set`` and the tuner all read this table. An option that is called like a field of the net's
config goes to the net; those of :class:`Augmentation` go to the feed, those of :class:`Fit` to the fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

from mgc import weights
from mgc.errors import RecipeError
from mgc.nets import ARCHITECTURES
from mgc.nets.picture_kernel import SEEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["LEFT_OUT", "RECIPES", "Augmentation", "Fit", "Option", "Recipe", "Value", "in_words", "recipe"]

Value = bool | int | float | str
Record = TypeVar("Record")

_SWITCH: Final = {
    "on": True,
    "true": True,
    "yes": True,
    "1": True,
    "off": False,
    "false": False,
    "no": False,
    "0": False,
}


# Changes of a picture that are not offered, and why.
LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "flip": "Flips are not offered: played backwards, or with high and low notes swapped, it would be other music.",
        "gain": "Gain is not offered: each picture is scaled to its own loudest moment, so louder or quieter sound "
        "gives the same picture.",
    }
)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How a training window may differ from the picture it was cut from; :data:`LEFT_OUT` says what it may not.

    Attributes
    ----------
    stretch : float >= 0
        a window is played up to this share faster or slower
    shift : int >= 0
        and moved up or down by so many mel bands
    tilt : float >= 0
        standard deviation of a random equaliser curve through five points, in palette units (1.0 is 80 "dB")
    band_mask, time_mask : int >= 0
        widest masked stretch of bands and of columns; ``masks`` of each (SpecAugment, Park et al. 2019)
    mixup : float >= 0
        Beta parameter of the mixing of two windows and their labels (Zhang et al. 2018); 0 mixes nothing
    zoom : float in [0, 1)
        a window is magnified or shrunk by up to this share
    slide : float in [0, 1)
        and moved by up to this share of its width and of its height; what comes in is black
    noise : float >= 0
        white noise is added at so many dB under the loudest moment, or up to 20 dB less; 0 adds none
    """

    stretch: float = 0.0
    shift: int = 0
    tilt: float = 0.0
    masks: int = 0
    band_mask: int = 0
    time_mask: int = 0
    mixup: float = 0.0
    zoom: float = 0.0
    slide: float = 0.0
    noise: float = 0.0


@dataclass(frozen=True, slots=True)
class Fit:
    """How a net is fitted by gradients.

    Attributes
    ----------
    epochs : int > 0
        at most; with ``patience`` 0 exactly
    batch_size : int > 0
    learning_rate : float > 0
        of Adam; its peak where ``schedule`` is "cosine"
    patience : int >= 0
        epochs without a smaller validation loss before training ends and the best weights are taken. 0: nothing is
        selected, so the validation part is trained on as well
    schedule : "constant" or "cosine"
        cosine: linear warm-up over a tenth of the steps, then a cosine to a hundredth
    weight_decay, label_smoothing : float >= 0
    balance : bool
        genres with fewer tracks weigh more, so that all weigh the same
    mixed : bool
        half precision where the device gains by it (a GPU)
    width : int >= 0
        columns of a training window; 0 shows the whole picture
    crops : int > 0
        windows drawn from each picture in an epoch
    tune_epochs : int >= 0
        epochs with the backbone's top blocks trained as well, after those with it frozen
    tune_layers : int > 0
        how many of its last layers with weights these are, batch normalisation not counted
    """

    epochs: int = 60
    batch_size: int = 32
    learning_rate: float = 1e-3
    patience: int = 0
    schedule: Literal["constant", "cosine"] = "constant"
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    balance: bool = False
    mixed: bool = False
    width: int = 0
    crops: int = 1
    tune_epochs: int = 0
    tune_layers: int = 8


@dataclass(frozen=True, slots=True)
class Option:
    """One number, switch or choice of a recipe.

    Attributes
    ----------
    default : bool, int, float or str
    words : str
        what it is, for the form and for ``mgc recipes NAME``; details follow in brackets (:attr:`label`)
    low, high : float
        bounds of a number
    choices : tuple of str
        of a choice
    search : tuple
        where the tuner looks: ``(low, high)`` of a number, values of a choice; empty: not tuned
    log : bool
        whether the tuner draws its logarithm
    """

    default: Value
    words: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()
    search: tuple[Value, ...] = ()
    log: bool = False

    def read(self, name: str, given: object) -> Value:
        """Return a value as this option's type; RecipeError says what is accepted."""
        try:
            if isinstance(self.default, bool):
                return given if isinstance(given, bool) else _SWITCH[str(given).lower()]
            if isinstance(self.default, str):
                if given not in self.choices:
                    raise ValueError
                return str(given)
            number = float(cast("Any", given)) if not isinstance(given, bool) else float("nan")
            if not self.low <= number <= self.high or (isinstance(self.default, int) and number != int(number)):
                raise ValueError
            return int(number) if isinstance(self.default, int) else number
        except (KeyError, ValueError, TypeError) as error:
            raise RecipeError(
                f"Invalid value for {name}. Received: {str(given)[:40]!r}. Expected: {self.accepts}."
            ) from error

    @property
    def label(self) -> str:
        """Its name where there is little room: :attr:`words` without what is in brackets."""
        return self.words.partition(" (")[0]

    @property
    def accepts(self) -> str:
        """What is accepted, in words."""
        if isinstance(self.default, bool):
            return "on or off"
        if self.choices:
            return " or ".join(self.choices)
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train a model.

    Attributes
    ----------
    name, title, sentence, source : str
        as typed, as shown, what it is, and where it comes from
    net : str
        one of :data:`mgc.nets.ARCHITECTURES`, which says what it reads
    options : mapping of str to Option
    fixed : mapping
        what its net's config, augmentation or fit have in another way than by default, and nobody sets
    window_seconds, hop_seconds : float
        what the net judges at a time; 30: the whole clip
    cores : int
        that one fold can use
    seconds : float
        of one core for an epoch over 1,000 tracks, roughly; for nets that are not fitted by gradients, for the fit
    weights : str
        name of the foreign weights it starts from (:mod:`mgc.weights`), "" for none
    """

    name: str
    title: str
    sentence: str
    source: str
    net: str
    options: Mapping[str, Option]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    window_seconds: float = 3.0
    hop_seconds: float = 1.0
    cores: int = 1
    seconds: float = 1.0
    weights: str = ""

    @property
    def reads(self) -> str:
        """What its net is shown: "descriptors", "pictures" or "embeddings"."""
        return ARCHITECTURES[self.net].reads

    @property
    def is_gradual(self) -> bool:
        """Whether it is fitted epoch by epoch."""
        return ARCHITECTURES[self.net].module is not None

    @property
    def sees_whole_clips(self) -> bool:
        """Whether it judges clips as a whole, too; the protocol "segments" cuts them."""
        return self.window_seconds > 10.0 or self.net in ("descriptor_kernel", *SEEN)

    def weights_path(self) -> Path | None:
        """Return the file of weights that it starts from, None when it needs none; ModelError says how to get it.

        YAMNet's were used when the data set was extracted: training reads its embeddings.
        """
        return weights.path(self.weights) if self.weights and self.reads != "embeddings" else None

    def values(self, given: Mapping[str, object] | None = None) -> dict[str, Value]:
        """Return the values of all options: those given, else the defaults.

        RecipeError names an option that is unknown, or a value that is not accepted.
        """
        given = dict(given or {})
        if unknown := [name for name in given if name not in self.options]:
            if self.reads == "pictures" and (why := LEFT_OUT.get(unknown[0].removesuffix("s"))):
                raise RecipeError(why)
            known = ", ".join(self.options) or "it has none"
            raise RecipeError(f"The recipe {self.name} has no option {unknown[0][:40]!r}. Its options: {known}.")
        return {name: one.read(name, given.get(name, one.default)) for name, one in self.options.items()}

    def net_config(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the net's config, before it is adapted to the training part."""
        module = ARCHITECTURES[self.net].module
        names = {one.name for one in fields(cast("Any", module).Config)} if module else set()
        return {name: value for name, value in {**self.fixed, **values}.items() if name in names}

    def fit(self, values: Mapping[str, Value]) -> Fit:
        """Return how the net is fitted."""
        return self._part(Fit, values)

    def augmentation(self, values: Mapping[str, Value]) -> Augmentation:
        """Return how training windows differ from their pictures."""
        return self._part(Augmentation, values)

    def _part(self, kind: type[Record], values: Mapping[str, Value]) -> Record:
        names = {one.name for one in fields(cast("Any", kind))}
        return kind(**{name: value for name, value in {**self.fixed, **values}.items() if name in names})


def in_words(value: Value) -> str:
    """Return an option's value as a person reads it: ``"on"``, ``"0.001"``, ``"20"``."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def recipe(name: str) -> Recipe:
    """Return a recipe by its name; RecipeError when there is none."""
    if name not in RECIPES:
        raise RecipeError(f"There is no recipe called {name[:40]!r}; known: {', '.join(RECIPES)}.")
    return RECIPES[name]


def _epochs(default: int) -> Option:
    return Option(default, "Epochs (at most)", 1, 2000)


def _patience(default: int) -> Option:
    return Option(default, "Patience (epochs; 0: never stop early)", 0, 500)


def _batch(default: int) -> Option:
    return Option(default, "Batch size (examples)", 1, 1024, search=(16, 256), log=True)


def _rate(default: float) -> Option:
    return Option(default, "Learning rate", 1e-6, 1.0, search=(1e-4, 1e-2), log=True)


def _dropout(default: float) -> Option:
    return Option(default, "Dropout", 0.0, 0.9, search=(0.0, 0.6))


_BALANCE: Final = {"balance": Option(False, "Class weights (rare genres count more, so that all count the same)")}
_MIXED: Final = {"mixed": Option(False, "Mixed precision (faster on a GPU)")}
_PICTURE_CHANGES: Final = {
    "zoom": Option(0.0, "Zoom (largest share)", 0.0, 0.5, search=(0.0, 0.3)),
    "slide": Option(0.0, "Shift in time and frequency (largest share)", 0.0, 0.5, search=(0.0, 0.2)),
    "masks": Option(0, "Time and frequency masks (of each)", 0, 8, search=(0, 3)),
    "band_mask": Option(12, "Widest frequency mask (mel bands)", 1, 64),
    "time_mask": Option(24, "Widest time mask (columns; 11 are a second)", 1, 128),
    "mixup": Option(0.0, "Mixup (alpha; 0: none)", 0.0, 4.0, search=(0.0, 0.4)),
    "noise": Option(0.0, "White noise (dB below the loudest moment; 0: none)", 0.0, 80.0),
    "stretch": Option(0.0, "Time stretch (largest share)", 0.0, 0.5, search=(0.0, 0.2)),
    "shift": Option(0, "Pitch shift (mel bands, at most)", 0, 32, search=(0, 8)),
}

_CHANGED: Final[Mapping[str, Value]] = {"masks": 2, "mixup": 0.2, "stretch": 0.1, "shift": 4}  # of the recurrent CNN

_TABLE_SOURCE: Final = "notebooks on Kaggle's table (dense layers with dropout, Adam, 600 epochs, batches of 128)"
_KERAS_SOURCE: Final = "keras.applications, with weights trained on ImageNet"


def _mlp(name: str, title: str, sentence: str, units: tuple[int, ...]) -> Recipe:
    return Recipe(
        name,
        title,
        sentence,
        _TABLE_SOURCE,
        "table_mlp",
        {
            "epochs": _epochs(600),
            "patience": _patience(20),
            "batch_size": _batch(128),
            "learning_rate": _rate(1e-3),
            "dropout": _dropout(0.2),
            **_BALANCE,
        },
        fixed={"units": units},
        seconds=0.6,
    )


def _transfer(name: str, title: str, cores_seconds: float) -> Recipe:
    return Recipe(
        name,
        title,
        f"Middle layers of {title}, pretrained on photographs, give the features; a new output layer learns genres.",
        _KERAS_SOURCE,
        "backbone",
        {
            "epochs": _epochs(30),
            "patience": _patience(0),
            "batch_size": _batch(32),
            "learning_rate": _rate(1e-3),
            "dropout": _dropout(0.3),
            "units": Option(0, "Extra dense layer (units; 0: none)", 0, 1024, search=(0, 256)),
            "tune_epochs": Option(0, "Fine-tuning epochs (at a hundredth of the learning rate)", 0, 100),
            "tune_layers": Option(8, "Fine-tuned layers (convolutions, from the top)", 1, 100),
            **_PICTURE_CHANGES,
            **_BALANCE,
            **_MIXED,
        },
        fixed={"backbone": name},
        window_seconds=30.0,
        hop_seconds=5.0,
        cores=2,
        seconds=cores_seconds,
        weights=name,
    )


_EVERY: Final = (
    _mlp(
        "ann-table", "Dense network, shallow", "Three dense layers on the 57 descriptors of each 3 s.", (256, 128, 64)
    ),
    _mlp(
        "ann-table-deep",
        "Dense network, deep",
        "Five dense layers on the 57 descriptors of each 3 s.",
        (1024, 512, 256, 128, 64),
    ),
    Recipe(
        "cnn-grey350",
        "Small CNN, grey pictures",
        "Three convolutional layers on the clip's picture as a grey image of 350 x 350 pixels.",
        "a public student project, which reached 38 % as written (unscaled pixels, white margins, 72/18/10 % split)",
        "image_cnn",
        {
            "epochs": _epochs(100),
            "patience": _patience(10),
            "batch_size": _batch(50),
            "learning_rate": _rate(1e-3),
            "dropout": _dropout(0.2),
            "scaled": Option(True, "Scaled pixels (0 to 1; off: 0 to 255, as the source was written)"),
            "frame": Option(False, "White margins (on: as the source was written)"),
            **_PICTURE_CHANGES,
            **_BALANCE,
            **_MIXED,
        },
        fixed={"size": 350, "grey": True},
        window_seconds=30.0,
        hop_seconds=5.0,
        cores=2,
        seconds=70.0,
    ),
    Recipe(
        "cnn-rgb224",
        "Small CNN, colour pictures",
        "Three convolutional layers on the clip's picture as a colour image of 224 x 224 pixels.",
        "Keras' introduction to image classification (rescaling, three convolutions, max pooling)",
        "image_cnn",
        {
            "epochs": _epochs(60),
            "patience": _patience(10),
            "batch_size": _batch(32),
            "learning_rate": _rate(1e-3),
            "dropout": _dropout(0.2),
            **_PICTURE_CHANGES,
            **_BALANCE,
            **_MIXED,
        },
        fixed={"size": 224, "grey": False},
        window_seconds=30.0,
        hop_seconds=5.0,
        cores=2,
        seconds=35.0,
    ),
    _transfer("vgg19", "VGG19", 900.0),
    _transfer("efficientnetb0", "EfficientNetB0", 40.0),
    _transfer("mobilenetv2", "MobileNetV2", 30.0),
    _transfer("inceptionv3", "InceptionV3", 190.0),
    Recipe(
        "yamnet",
        "YAMNet",
        "YAMNet, pretrained on AudioSet, gives an embedding every half second; a new output layer learns the genres. "
        "Needs audio.",
        "Plakal and Ellis, YAMNet (AudioSet); Gemmeke et al. 2017",
        "patch_mlp",
        {
            "epochs": _epochs(12),
            "patience": _patience(0),
            "batch_size": _batch(256),
            "learning_rate": _rate(1e-3),
            "dropout": Option(0.8, "Dropout (of the embedding)", 0.0, 0.95, search=(0.3, 0.9)),
            **_BALANCE,
        },
        fixed={"units": (), "inputs": 1024, "weight_decay": 1e-3},
        window_seconds=0.96,
        hop_seconds=0.48,
        seconds=3.0,
        weights="yamnet",
    ),
    Recipe(
        "crnn-mel",
        "Recurrent CNN, whole clip",
        "Convolutional layers, a recurrent layer and attention over the mel spectrogram of the whole clip.",
        "Choi et al. 2017 (arXiv 1609.04243), with attention pooling",
        "crnn_mel",
        {
            "epochs": _epochs(60),
            "patience": _patience(15),
            "batch_size": _batch(32),
            "learning_rate": _rate(2e-3),
            "dropout": _dropout(0.3),
            "label_smoothing": Option(0.05, "Label smoothing", 0.0, 0.5, search=(0.0, 0.2)),
            **{name: replace(one, default=_CHANGED.get(name, one.default)) for name, one in _PICTURE_CHANGES.items()},
            **_BALANCE,
            **_MIXED,
        },
        fixed={"schedule": "cosine", "weight_decay": 1e-2, "tilt": 0.06, "width": 256},
        window_seconds=30.0,
        hop_seconds=5.0,
        cores=2,
        seconds=75.0,
    ),
    Recipe(
        "picture-cnn",
        "Picture network",
        "The picture network of the shipped models: five convolutional layers on windows of the mel spectrogram.",
        "this project, shaped after Won et al. 2020 (arXiv 2006.00751)",
        "picture_cnn",
        {
            "epochs": _epochs(60),
            "patience": _patience(0),
            "batch_size": _batch(32),
            "learning_rate": _rate(3e-3),
            "dropout": _dropout(0.1),
            "weight_decay": Option(2e-2, "Weight decay", 0.0, 1.0, search=(1e-4, 1e-1), log=True),
            "label_smoothing": Option(0.05, "Label smoothing", 0.0, 0.5, search=(0.0, 0.2)),
            "mixup": Option(0.2, "Mixup (alpha; 0: none)", 0.0, 4.0, search=(0.0, 0.4)),
            "stretch": Option(0.1, "Time stretch (largest share)", 0.0, 0.5, search=(0.0, 0.2)),
            "shift": Option(4, "Pitch shift (mel bands, at most)", 0, 32, search=(0, 8)),
            "tilt": Option(0.06, "Random equaliser (share of 80 dB)", 0.0, 0.5, search=(0.0, 0.15)),
            "masks": Option(2, "Time and frequency masks (of each)", 0, 8, search=(0, 3)),
            "width": Option(64, "Window width (columns; 11 are a second)", 16, 334, search=(33, 128)),
            "crops": Option(2, "Windows per clip (in each epoch)", 1, 16),
            **_BALANCE,
            **_MIXED,
        },
        fixed={"schedule": "cosine", "band_mask": 12, "time_mask": 6},
        cores=2,
        seconds=10.0,
    ),
    Recipe(
        "texture-svm",
        "Textures",
        "A support vector machine with a Gaussian kernel for each genre, on 1,237 numbers of the mel spectrogram: "
        "timbre, how it changes, rhythm, and how sharp the tones are.",
        "this project; mgc.features.textures names the source of each group of numbers",
        "texture_kernel",
        {
            "c": Option(10.0, "C (inverse of the penalty)", 1e-3, 1e4, search=(0.1, 1e3), log=True),
            "gamma": Option(0.0625, "Gamma (of the kernel)", 1e-4, 1.0, search=(0.01, 0.3), log=True),
            **_BALANCE,
        },
        seconds=20.0,
    ),
    Recipe(
        "photo-svm",
        "Photo layers",
        "A support vector machine with a Gaussian kernel for each genre, on what two layers of a network that has "
        "learnt photographs see in the mel spectrogram.",
        "Tan and Le 2019 (arXiv 1905.11946): EfficientNet-Lite0, trained on ImageNet (Apache License 2.0)",
        "photo_kernel",
        {
            "c": Option(10.0, "C (inverse of the penalty)", 1e-3, 1e4, search=(0.1, 1e3), log=True),
            "gamma": Option(0.25, "Gamma (of the kernel)", 1e-4, 4.0, search=(0.03, 1.0), log=True),
            **_BALANCE,
        },
        seconds=40.0,
    ),
    Recipe(
        "kernel-table",
        "Kernel logistic regression",
        "The descriptor model of the shipped models: a Gaussian kernel on the 53 descriptors that do not depend on "
        "loudness, of whole clips and of each 3 s.",
        "this project, with the Nystr\u00f6m method of Williams and Seeger 2001",
        "descriptor_kernel",
        {
            "clip_gamma": Option(0.01, "Gamma for clips (of the kernel)", 1e-4, 1.0, search=(1e-3, 1e-1), log=True),
            "clip_c": Option(5.0, "C for clips (inverse of the penalty)", 1e-3, 1e3, search=(0.1, 100.0), log=True),
            "clip_landmarks": Option(1000, "Landmarks for clips", 10, 5000),
            "window_gamma": Option(0.01, "Gamma for 3 s (of the kernel)", 1e-4, 1.0, search=(1e-3, 1e-1), log=True),
            "window_c": Option(1.0, "C for 3 s (inverse of the penalty)", 1e-3, 1e3, search=(0.1, 100.0), log=True),
            "window_landmarks": Option(800, "Landmarks for 3 s", 10, 5000),
        },
        seconds=4.0,
    ),
    Recipe(
        "logreg-table",
        "Logistic regression",
        "A linear boundary between the genres, on the 57 descriptors of each 3 s.",
        "scikit-learn, LogisticRegression",
        "linear_table",
        {"c": Option(1.0, "C (inverse of the penalty)", 1e-4, 1e4, search=(1e-3, 1e2), log=True), **_BALANCE},
        seconds=3.0,
    ),
    Recipe(
        "svm-table",
        "Support vector machine",
        "A support vector machine with a Gaussian kernel for each genre, on the 57 descriptors of each 3 s.",
        "scikit-learn, SVC (one genre against the rest)",
        "kernel_table",
        {
            "c": Option(10.0, "C (inverse of the penalty)", 1e-3, 1e4, search=(0.1, 1e3), log=True),
            "gamma": Option(0.0, "Gamma (of the kernel; 0: 1 / number of descriptors)", 0.0, 1.0),
            **_BALANCE,
        },
        seconds=15.0,
    ),
    Recipe(
        "knn-table",
        "Nearest neighbours",
        "The genre of the most similar 3 s in the training part, by their 57 descriptors.",
        "scikit-learn, KNeighborsClassifier",
        "neighbours_table",
        {"k": Option(5, "Neighbours", 1, 200, search=(1, 50), log=True)},
        seconds=0.5,
    ),
    Recipe(
        "forest-table",
        "Random forest",
        "Many decision trees on the 57 descriptors of each 3 s.",
        "scikit-learn, RandomForestClassifier (Breiman 2001)",
        "forest_table",
        {
            "trees": Option(200, "Trees", 10, 1000, search=(100, 600)),
            "leaf": Option(2, "Rows per leaf (at least)", 1, 50, search=(1, 10)),
            **_BALANCE,
        },
        seconds=8.0,
    ),
)

RECIPES: Final[Mapping[str, Recipe]] = MappingProxyType({one.name: one for one in _EVERY})
