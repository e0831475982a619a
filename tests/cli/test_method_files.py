"""Methods of `fertools benchmark`, by name and in YAML files."""

from pathlib import Path

from fertools.cli._method_files import make_methods, read_methods


def make_from(text, **defaults):
    return make_methods(read_methods(str(text)), n_jobs=3, random_state=5, **defaults)


def test_defaults_are_set_where_a_method_has_them():
    made = make_from("majority,rf,five_conv,fast", epochs=2)
    assert made["majority"].random_state == 5
    assert made["rf"]["classify"].estimator.n_jobs == made["rf"]["features"].n_jobs == 3
    assert made["five_conv"].epochs == 2
    assert made["fast"].get_params()["align__n_jobs"] == 3


def test_file_sets_parameters_of_pipeline_and_classifier(tmp_path):
    path = tmp_path / "methods.yaml"
    path.write_text(
        "knn:\n"
        "linear: {method: svm, features: [lbp, dct], kernel: linear, calibrated: false}\n"
        "other seed: {method: rf, random_state: 7, n_estimators: 20}\n"
        "wide: {method: ann, epochs: 9, network_options: {hidden: [300]}, illumination: clahe}\n"
        "large: {method: vgg16, weights: none, size: 64, augment: false}\n"
    )
    made = make_from(path, epochs=2)
    assert list(made) == ["knn", "linear", "other seed", "wide", "large"]
    assert made["linear"]["classify"].kernel == "linear"
    assert [name for name, _ in made["linear"]["features"].descriptors][:2] == ["lbp", "dct"]
    forest = made["other seed"]["classify"].estimator
    assert (forest.random_state, forest.n_estimators, forest.n_jobs) == (7, 20, 3)
    assert made["wide"]["classify"].epochs == 9
    assert made["wide"]["classify"].network_options == {"hidden": [300]}
    assert made["wide"]["illumination"] != "passthrough"
    assert made["large"].network_options == {"weights": None, "frozen": None, "size": 64}
    assert made["large"].augmenter is None


def test_file_in_the_guide(tmp_path):
    guide = Path(__file__).parents[2] / "docs" / "guide" / "cli.md"
    path = tmp_path / "methods.yaml"
    path.write_text(guide.read_text().split("```yaml\n")[1].split("```")[0])
    made = make_from(path)
    assert len(made) == 4 and made["long run"].epochs == 60
