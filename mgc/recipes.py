"""What is trained, as data: name -> representation, network, hyper-parameters and augmentation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mgc.nets.picture_cnn import CNNConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RECIPES", "Augmentation", "DescriptorRecipe", "PictureRecipe"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How a training window may differ from the picture it was cut from. No flips: a flipped spectrogram is not music.

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
    """

    stretch: float = 0.1
    shift: int = 4
    tilt: float = 0.06
    masks: int = 2
    band_mask: int = 12
    time_mask: int = 6
    mixup: float = 0.2


@dataclass(frozen=True, slots=True)
class PictureRecipe:
    """Train :mod:`mgc.nets.picture_cnn` on random windows of the pictures."""

    net: CNNConfig = field(default_factory=CNNConfig)
    augmentation: Augmentation = field(default_factory=Augmentation)
    epochs: int = 60
    width: int = 64  # columns of a training window: 5.7 s, between the 3 s windows and the phrases it will judge
    crops: int = 2  # windows drawn from each picture in an epoch
    batch_size: int = 32
    learning_rate: float = 3e-3  # peak; linear warm-up over a tenth of the steps, then a cosine to a hundredth
    weight_decay: float = 2e-2
    label_smoothing: float = 0.05

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as it stands in a card."""
        return {**asdict(self), "net": self.net.to_json()}


@dataclass(frozen=True, slots=True)
class DescriptorRecipe:
    """Fit :mod:`mgc.nets.descriptor_kernel` on whole clips and on 3 s segments."""

    clip_gamma: float = 0.01
    clip_c: float = 5.0
    clip_landmarks: int = 1000
    window_gamma: float = 0.01
    window_c: float = 1.0
    window_landmarks: int = 800

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as it stands in a card."""
        return asdict(self)


RECIPES: Final[Mapping[str, PictureRecipe | DescriptorRecipe]] = MappingProxyType(
    {"pictures": PictureRecipe(), "descriptors": DescriptorRecipe()}
)
