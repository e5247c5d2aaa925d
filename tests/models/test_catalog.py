"""Which models can be used, in which order, and how they are asked for; faults are in tests/faults/test_models.py."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mgc import nets
from mgc.errors import ModelError, UnknownModel
from mgc.features import yamnet
from mgc.inference import LoadedModels
from mgc.models.card import Card
from mgc.models.catalog import FEATURES, PINS, SHIPPED, Catalog, catalog, shipped_pins
from mgc.models.storage import write_model
from mgc.nets import Architecture
from mgc.nets.baselines import TableModel
from mgc.nets.descriptor_kernel import DescriptorModel, DescriptorNet
from mgc.nets.listener import WIDTH, Listener
from tests.model_fixtures import card, descriptor_arrays, models_in_use, pins, write_card, write_models

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return write_models(tmp_path, with_keras=False)


def test_the_vote_stands_first_and_is_the_default(models: Path) -> None:
    opened = Catalog(models, pins=pins(models))
    assert [one.id for one in opened.cards()] == ["vote", "pictures", "descriptors"]
    assert opened.default().id == opened.card().id == "vote"
    assert opened.broken() == {}


@pytest.fixture
def by_yamnet(models: Path) -> Path:
    """Add a model that hears through YAMNet, and a vote with it."""
    arrays = {
        "mean": np.zeros(WIDTH),
        "scale": np.ones(WIDTH),
        "landmarks": np.ones((3, WIDTH)),
        "gamma": np.asarray(1.0),
        "weights": np.zeros((3, 10)),
        "bias": np.zeros(10),
    }
    net = Listener(TableModel("kernel", arrays, 10), 1.0)
    facts = card("pictures") | {"id": "listener", "kind": "sounds", "features": dict(FEATURES)}
    write_model(models, facts | {"net": {"name": "listener", "config": net.config}}, net)
    write_model(models, card("vote") | {"id": "vote-yamnet", "members": ["listener", "pictures"]})
    return models


def test_a_shipped_model_is_left_out_until_what_it_hears_through_is_there(
    by_yamnet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Catalog(by_yamnet, pins=pins(by_yamnet))
    assert [one.id for one in opened.cards()] == ["vote", "pictures", "descriptors"]
    assert opened.broken() == {}  # nothing is wrong
    assert opened.card("vote-yamnet").kind == "vote"
    monkeypatch.setattr(yamnet, "at_hand", lambda: True)
    assert [one.id for one in opened.cards()] == ["vote-yamnet", "vote", "pictures", "descriptors", "listener"]


def test_an_operators_own_model_is_listed_and_says_what_it_lacks(by_yamnet: Path, tmp_path: Path) -> None:
    opened = Catalog(tmp_path / "none", promoted=by_yamnet)
    assert "listener" in {one.id for one in opened.cards()}
    models, missing = LoadedModels().take(opened, ["listener"])
    assert not models
    assert "mgc weights get yamnet" in missing["listener"]


def test_a_card_is_the_same_after_writing_and_reading() -> None:
    for model in ("vote", "descriptors", "pictures"):
        weights = None if model == "vote" else {"file": "weights.npz", "sha256": "a" * 64, "bytes": 9}
        data = card(model, weights=weights)
        read = Card.from_bytes(json.dumps(data).encode())
        assert Card.from_json(read.to_json()) == read
        assert json.loads(json.dumps(read.to_json())) == data


def test_the_headline_is_the_strictest_protocol() -> None:
    scores = card("vote")["scores"]["filtered"]
    for names, headline in (
        (("tracks", "artists", "filtered"), "filtered"),
        (("tracks", "artists"), "artists"),
        (("tracks",), "tracks"),
    ):
        read = Card.from_json(card("vote", scores=dict.fromkeys(names, scores)))
        assert read.protocol == headline
        assert read.headline.accuracy.n == 100


def changed(where: str, value: Any) -> dict[str, Any]:
    """Return a vote's card with the value at a dotted place changed (or removed: ...)."""
    data = json.loads(json.dumps(card("vote")))
    *path, last = where.split(".")
    inner = data
    for name in path:
        inner = inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return data


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("surprise", 1),
        ("title", ...),
        ("title", 3),
        ("seed", True),
        ("seed", 1.5),
        ("calibration.temperature", 0),
        ("calibration.temperature", "1"),
        ("calibration.unsure_below", 55),
        ("calibration.unfamiliar_above", 0),
        ("calibration.extra", 0),
        ("scores", {}),
        ("scores.rumour", card("vote")["scores"]["tracks"]),
        ("scores.tracks.ece", 7.0),
        ("scores.tracks.confusion", [[1, 2], [3, 4]]),
        ("scores.tracks.accuracy.n", 0),
        ("scores.tracks.accuracy", [0.1, 0.2]),
        ("created", "yesterday"),
        ("kind", "oracle"),
        ("members", []),
        ("members", ["pictures", "pictures"]),
        ("weights", {"file": "weights.npz", "sha256": "a" * 64, "bytes": 9}),
        ("id", "../vote"),
    ],
)
def test_a_card_with_anything_unexpected_is_refused(where: str, value: Any) -> None:
    with pytest.raises(ModelError) as caught:
        Card.from_json(changed(where, value))
    assert where.rpartition(".")[2] in caught.value.user_message or "out of range" in caught.value.user_message


@pytest.mark.parametrize("file", ["../x", "/etc/passwd", ".hidden", "a/b", "", "weights.npz\n"])
def test_a_weights_file_is_a_bare_name(file: str) -> None:
    with pytest.raises(ModelError, match="weights"):
        Card.from_json(card("descriptors", weights={"file": file, "sha256": "a" * 64, "bytes": 9}))


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[1]", b"\xff\xfe", b'{"seed": NaN}', b'{"id": "a", "id": "b"}', b"[" * 100_000, b" " * 2_000_000],
)
def test_bytes_that_are_no_card_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError):
        Card.from_bytes(data)


def test_an_unknown_id_is_refused_and_the_known_ones_named(models: Path) -> None:
    opened = Catalog(models)
    for model in ("../vote", "", "VOTE", "x" * 10_000, "vote/../descriptors"):
        with pytest.raises(UnknownModel, match=re.escape("vote, pictures, descriptors")) as caught:
            opened.card(model)
        assert len(caught.value.user_message) < 200


def test_arrays_come_back_as_they_were_saved(models: Path) -> None:
    arrays = Catalog(models).weights("descriptors")
    assert set(arrays) == set(descriptor_arrays())
    for name, value in descriptor_arrays().items():
        np.testing.assert_array_equal(arrays[name], value)


def test_each_model_gives_only_the_form_of_weights_it_has(models: Path) -> None:
    opened = Catalog(models)
    assert opened.weights("pictures") == models / "pictures" / "weights.weights.h5"
    assert isinstance(opened.weights("descriptors"), dict)
    with pytest.raises(ModelError, match="vote"):
        opened.weights("vote")


def test_folders_without_a_card_are_no_models(models: Path) -> None:
    (models / "recorded").mkdir()
    (models / "README.md").write_text("not a model")
    assert Catalog(models).broken() == {}


def test_no_models_at_all_is_said_in_one_sentence(tmp_path: Path) -> None:
    opened = Catalog(tmp_path / "nowhere")
    assert opened.cards() == ()
    for ask in (opened.default, opened.card, lambda: opened.card("vote")):
        with pytest.raises(ModelError, match="none"):
            ask()


def test_a_vote_of_votes_is_refused(models: Path) -> None:
    write_card(models, "vote", members=["vote", "descriptors"])
    assert "a vote itself" in Catalog(models).broken()["vote"]


def test_the_process_has_one_catalogue_of_the_folder_it_was_told(models: Path) -> None:
    with models_in_use(models):
        assert catalog() is catalog()
        assert catalog().root == models


def test_features_are_those_of_the_code() -> None:
    assert FEATURES["sr"] == 22_050
    assert FEATURES["window_seconds"] == 3.0
    with pytest.raises(TypeError):
        FEATURES["sr"] = 44_100  # type: ignore[index]


def test_pins_are_read_from_beside_the_code_and_may_be_missing(tmp_path: Path) -> None:
    assert shipped_pins(tmp_path / "none.json") == {}
    assert PINS.name == "shipped.json"


def test_every_shipped_model_is_usable() -> None:
    shipped = Catalog(SHIPPED, pins=shipped_pins())
    assert shipped.broken() == {}
    assert {one.id for one in shipped.cards()} >= {"vote", "pictures", "descriptors"}


def test_a_promoted_model_is_found_replaced_and_lost_without_opening_the_rest_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped, promoted = write_models(tmp_path / "shipped", with_keras=False), tmp_path / "promoted"
    first = Catalog(shipped, pins=pins(shipped), promoted=promoted)
    assert first.refreshed() is first
    read: list[Path] = []
    opened = Catalog._open
    monkeypatch.setattr(Catalog, "_open", lambda self, folder: read.append(folder) or opened(self, folder))
    write_card(promoted, "descriptors")  # a clash, and broken: it has no weights
    (promoted / "mine").mkdir()
    (promoted / "mine" / "card.json").write_text("{")
    second = first.refreshed()
    assert sorted(folder.name for folder in read) == ["descriptors", "mine"]
    assert [one.id for one in second.cards()] == [one.id for one in first.cards()]
    assert set(second.broken()) == {"descriptors (promoted)", "mine"}
    assert second.entry("descriptors").folder.parent == shipped
    (promoted / "mine" / "card.json").unlink()
    assert set(second.refreshed().broken()) == {"descriptors (promoted)"}


def test_a_whole_promoted_model_of_a_shipped_id_is_refused_with_a_sentence(tmp_path: Path) -> None:
    shipped = write_models(tmp_path / "shipped", with_keras=False)
    promoted = write_models(tmp_path / "promoted", with_keras=False)
    both = Catalog(shipped, pins=pins(shipped), promoted=promoted)
    assert len(both.cards()) == 3
    assert set(both.broken().values()) == {"A shipped model has the same id, and that one is used."}


def test_members_of_a_vote_share_their_classes(models: Path) -> None:
    classes = card("descriptors")["classes"]
    write_card(models, "descriptors", classes=[*classes[1:], classes[0]])
    assert Catalog(models).broken()["vote"] == "Its member descriptors has other classes."


def test_a_model_is_written_and_replaced_whole(tmp_path: Path) -> None:
    part = {key.removeprefix("clip__"): value for key, value in descriptor_arrays().items() if key.startswith("clip__")}
    facts = card("descriptors")
    for bias in (0.0, 1.0):
        one = DescriptorModel.from_arrays(part | {"bias": part["bias"] + bias}, 10)
        write_model(tmp_path, facts, DescriptorNet(one, one))
        opened = Catalog(tmp_path)
        assert opened.broken() == {}
        np.testing.assert_allclose(opened.weights("descriptors")["clip__bias"], one.bias, atol=1e-6)
        assert len(list((tmp_path / "descriptors").iterdir())) == 2
    with pytest.raises(ModelError, match="title"):
        write_model(tmp_path, facts | {"title": 3}, DescriptorNet(one, one))
    assert Catalog(tmp_path).broken() == {}


def test_a_net_that_is_added_to_the_registry_is_written_opened_and_votes(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third architecture, of another input, needs a line in the registry and nothing else here."""

    def dump(matrix: np.ndarray) -> bytes:
        np.savez(held := io.BytesIO(), matrix=matrix)
        return held.getvalue()

    linear = Architecture(
        "embeddings",
        "npz",
        lambda config, n_classes: config["width"] * n_classes,
        lambda config, n_classes, arrays: arrays["matrix"],
        dump,
        any_window=True,
    )
    monkeypatch.setattr(nets, "ARCHITECTURES", {**nets.ARCHITECTURES, "linear": linear})
    features = {**FEATURES, "window_seconds": 5.0}
    net = {"name": "linear", "config": {"width": 8}}
    facts = card("descriptors", id="embeddings", kind="embeddings", net=net)
    write_model(models, facts | {"features": features}, np.zeros((8, 10)))
    opened = Catalog(models)
    assert opened.broken() == {}
    assert opened.card("embeddings").parameters == 80
    assert opened.weights("embeddings")["matrix"].shape == (8, 10)
    write_model(models, facts, np.zeros((8, 10)))
    write_card(models, "vote", members=["descriptors", "embeddings", "pictures"])
    assert Catalog(models).card("vote").members == ("descriptors", "embeddings", "pictures")
    monkeypatch.undo()
    assert set(Catalog(models).broken()) == {"embeddings", "vote"}


def test_a_vote_that_was_an_average_says_what_to_do(models: Path) -> None:
    write_card(models, "vote", net={"name": "average", "config": {}})
    assert "make the vote again" in Catalog(models).broken()["vote"]
    write_card(models, "vote", net={"name": "median", "config": {}})
    assert "Expected: pool" in Catalog(models).broken()["vote"]
