"""Everything that can go wrong, in one tree.

Each class carries a sentence for the user (``user_message``: what is wrong, what is accepted) and details for the log.

* MgcError
  x AudioError
    - UnreadableAudio      the bytes are not audio of an accepted format, or the decoder gave up
      DecoderTimeout     the decoder was too slow; under less load it may not be
    - UnreadablePicture    a file is not a spectrogram as Kaggle draws it
    - RefusedAudio         readable, but outside a limit (size, length, rate, channels, finite samples)
  x ModelError             a shipped or trained model cannot be used (missing, altered, invalid)
    - UnknownModel         no model of that id
    - ModelMismatch        the card asks for features that this code does not compute
  x DatasetError           a data set is not what it claims to be
    - BadArchive           the archive itself is damaged, dangerous, or holds no data set
  x RecipeError            a recipe or an option of one is not known, or cannot train on these tracks
  x EngineError            the engine for background work cannot be started or reached
  x JobError               a job cannot be started, resumed or written down
  x ServiceBusy            too much is going on; try again in ``retry_after`` seconds
  x ComparisonError        runs cannot be compared: other clips, genres or protocols, or folds that are missing
  x SettingsError          an MGC_* variable has a value that is not accepted
"""

from __future__ import annotations

__all__ = [
    "AudioError",
    "BadArchive",
    "ComparisonError",
    "DatasetError",
    "DecoderTimeout",
    "EngineError",
    "JobError",
    "MgcError",
    "ModelError",
    "ModelMismatch",
    "RecipeError",
    "RefusedAudio",
    "ServiceBusy",
    "SettingsError",
    "UnknownModel",
    "UnreadableAudio",
    "UnreadablePicture",
]


class MgcError(Exception):
    """Root of every error of this package.

    Parameters
    ----------
    user_message : str
        one sentence that a visitor may read: what is wrong and what is accepted
    details : str
        anything that helps whoever reads the log; never shown in a browser
    """

    def __init__(self, user_message: str, *, details: str = "") -> None:
        super().__init__(user_message)
        self.user_message = user_message
        self.details = details


class AudioError(MgcError):
    """An upload or a file cannot be listened to."""


class UnreadableAudio(AudioError):
    """The bytes are not audio of an accepted format, or the decoder gave up on them."""


class DecoderTimeout(UnreadableAudio):
    """The decoder ran out of wall-clock time: the file, or a machine under load; trying again may help."""


class UnreadablePicture(AudioError):
    """A file is not a spectrogram as Kaggle draws it."""


class RefusedAudio(AudioError):
    """The audio is readable but outside a limit; the sentence names the limit."""


class ModelError(MgcError):
    """A model cannot be used: it is missing, altered or invalid."""


class UnknownModel(ModelError):
    """No model of that id is shipped or trained here."""


class ModelMismatch(ModelError):
    """A model's card asks for other features than this code computes."""


class DatasetError(MgcError):
    """A data set is missing, broken, or not what it claims to be."""


class BadArchive(DatasetError):
    """An archive is damaged, dangerous, or holds no data set: another disk or another try does not help."""


class EngineError(MgcError):
    """The engine for background work cannot be started or reached."""


class JobError(MgcError):
    """A job cannot be started, resumed or written down."""


class ServiceBusy(MgcError):
    """Too many requests at once.

    Parameters
    ----------
    user_message : str
        one sentence that says when to try again
    retry_after : float > 0
        seconds after which trying again makes sense
    """

    def __init__(self, user_message: str, *, retry_after: float, details: str = "") -> None:
        super().__init__(user_message, details=details)
        self.retry_after = retry_after


class SettingsError(MgcError):
    """An ``MGC_*`` environment variable has a value that is not accepted."""


class RecipeError(MgcError):
    """A recipe or an option of one is not known, or cannot train on these tracks."""


class ComparisonError(MgcError):
    """Runs cannot be compared; the sentence says what differs."""
