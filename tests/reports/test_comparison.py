"""Report of a comparison: HTML page, Markdown and JSON."""

import json
import re
from base64 import b64decode
from dataclasses import replace
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from fertools.datasets import make_faces
from fertools.evaluation import Comparison, compare
from fertools.evaluation._disagreement import (
    disagreement,
    hardest,
    most_disputed,
    predictions_per_method,
)
from fertools.features import DiscreteCosine
from fertools.reports import write_comparison_report
from fertools.reports._comparison_tables import group_table, three_digits

EVIL = "<script>alert('a')</script> $x^{$ & | `b` \"c\""
HISTORY = {"loss": [2.0, 1.0, 1.5], "accuracy": [0.2, 0.5, 0.6]}


@pytest.fixture(scope="module")
def faces():
    bunch = make_faces(140, random_state=0)
    bunch.groups = np.array([f"S{row // 7:02}" for row in range(140)])
    return bunch


@pytest.fixture(scope="module")
def comparison(faces):
    """Four methods: one with a history, one without probabilities, one that fails."""
    methods = {
        "lda": make_pipeline(DiscreteCosine(40), LinearDiscriminantAnalysis()),
        "knn": make_pipeline(DiscreteCosine(40), KNeighborsClassifier(1)),
        "svm": make_pipeline(DiscreteCosine(40), LinearSVC(random_state=0)),
        "broken": DummyClassifier(strategy="constant", constant="bored"),
    }
    found = compare(methods, faces)
    found.results["knn"].history = HISTORY
    return found


@pytest.fixture(scope="module")
def odd(comparison):
    """The same comparison with names that contain HTML, Markdown and formulas."""
    results = {name: replace(result) for name, result in comparison.results.items()}
    results[EVIL] = replace(results.pop("svm"), name=EVIL)
    results["broken"].reason = EVIL
    about = comparison.about | {"data": comparison.about["data"] | {"name": EVIL}}
    return replace(comparison, about=about, results=results)


@pytest.fixture(scope="module")
def folder(odd, faces, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "out" / "of it"
    assert write_comparison_report(odd, folder, faces) == folder / "index.html"
    return folder


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "index.html").read_text(encoding="utf-8")


def test_page_has_all_sections_in_order(page, parse_page):
    titles = re.findall(r'<h2 id="([^"]+)"', page)
    assert titles == [
        "scores",
        "differences",
        "accuracy-and-time",
        "classes",
        "persons",
        "confusion-matrices",
        "reliability",
        "learning-curves",
        "hardest-faces",
        "disputed-faces",
        "failed",
        "methods",
    ]
    levels = [int(tag[1]) for tag in parse_page(page).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and max(np.diff(levels)) <= 1


def test_page_has_no_external_references(page, parse_page):
    parsed = parse_page(page)
    assert all(source.startswith("data:image/") for source in parsed.values("src"))
    targets = set(parsed.values("id"))
    assert all(link[0] == "#" and link[1:] in targets for link in parsed.values("href"))
    assert "url(" not in page and "@import" not in page
    assert len(page) < 3e6


def test_page_escapes_names(page, parse_page):
    parsed = parse_page(page)
    assert parsed.tags.count("script") == 1
    assert "alert('a')</script>" not in page
    assert parsed.text.count(EVIL) > 10
    assert "image" not in parsed.tags and not any(name[:2] == "on" for name, _ in parsed.attributes)


def test_charts_have_alternative_texts(page, parse_page):
    parsed = parse_page(page)
    uris = [uri for uri in parsed.values("src") if uri.startswith("data:image/svg+xml;base64,")]
    alts = [alt for alt in parsed.values("alt") if alt]
    # Differences, times, recall and precision, persons, matrices, diagrams, curves.
    assert len(uris) == len(alts) == 1 + 2 + 2 + 1 + 3 + 2 + 1
    words = [
        element.text
        for uri in uris
        for element in ElementTree.fromstring(b64decode(uri.split(",")[1])).iter()
        if element.tag.endswith("}text")
    ]
    # Row and column of pairs, two times, two scores, persons; a $ is no formula.
    assert words.count(EVIL) == 7
    assert any(alt.startswith("Confusion matrix of knn, accuracy ") for alt in alts)


def test_gallery_shows_hardest_faces(page, odd, faces):
    votes = predictions_per_method(odd)
    n_right = (votes == odd.results["lda"].truth[:, None]).sum(axis=1)
    places = np.argsort(n_right, kind="stable")[: np.sum(n_right == 0)]
    rows = odd.results["lda"].row[places]
    part = page.split('id="hardest-faces"')[1].split("<section>")[0]
    uris = re.findall(r'src="data:image/png;base64,([^"]+)"', part)
    shown = {cv2.imdecode(np.frombuffer(b64decode(uri), np.uint8), 0).tobytes() for uri in uris}
    assert len(shown) == 24
    assert shown <= {faces.images[row].tobytes() for row in rows}


def test_order_of_hardest_and_disputed_faces(comparison):
    judged = disagreement(comparison)
    votes, truth = predictions_per_method(comparison), comparison.results["lda"].truth
    first = hardest(judged).iloc[0]
    assert first["right"] == 0
    # Two methods have probabilities.
    given = [
        result.probabilities[np.arange(140), [result.classes.index(label) for label in truth]]
        for result in (comparison.results["lda"], comparison.results["knn"])
    ]
    np.testing.assert_allclose(judged["probability"], np.mean(given, axis=0), rtol=1e-6)
    assert first["probability"] == judged["probability"][judged["right"] == 0].min()
    bits = {1: 0, 2: np.log2(3) - 2 / 3, 3: np.log2(3)}
    expected = [bits[len(set(row))] for row in votes]
    np.testing.assert_allclose(judged["bits"], expected, atol=1e-12)
    assert most_disputed(judged)["bits"].is_monotonic_decreasing


def test_image_of_several_folds_is_shown_once(comparison):
    results = {
        name: replace(
            result,
            **{
                key: np.concatenate([getattr(result, key)] * 2)
                for key in ("row", "truth", "predicted")
            },
            probabilities=None,
        )
        for name, result in comparison.results.items()
    }
    judged = disagreement(replace(comparison, results=results))
    assert len(judged) == 280 and judged["probability"].isna().all()
    assert len(hardest(judged)) == len(most_disputed(judged)) == 140


def test_table_marks_best_and_is_sortable(page, odd):
    table = page.split('id="scores"')[1].split("</table>")[0]
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", table)
    assert len(rows) == 3
    best = odd.table()["accuracy"].idxmax()
    accuracy = odd.table()["accuracy"].max()
    [row] = [row for row in rows if f'<th scope="row">{best}<' in row]
    assert f'<td class="best" data-value="{accuracy:.6g}">{100 * accuracy:.2f}</td>' in row
    # The method without probabilities has no log loss.
    assert sum('data-value=""' in row for row in rows) == 1
    # The coverage is hidden, as all faces were found.
    assert "faces found" not in table and "without duplicates" in table


def test_markdown(folder, odd):
    text = (folder / "comparison.md").read_text(encoding="utf-8")
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    n_rows = [3, 3, 3, 3, 1]  # scores, recall, precision, pairs, failed
    for table, n in zip(tables, n_rows, strict=True):
        cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()]
        assert len(cells) == n + 2 and len({len(row) for row in cells}) == 1
    assert f"| knn | {100 * odd.table().loc['knn', 'accuracy']:.2f} |" in tables[0]
    assert "<script" not in text.replace(r"\<script", "")


def test_json(folder, odd):
    stored = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert set(stored["methods"]) == set(odd.results)
    knn = odd.results["knn"]
    assert stored["methods"]["knn"]["scores"] == json.loads(json.dumps(knn.scores))
    assert stored["methods"]["knn"]["costs"] == knn.costs
    assert stored["methods"]["broken"]["reason"] == EVIL
    np.testing.assert_allclose([pair["p_holm"] for pair in stored["pairs"]], odd.pairs()["p_holm"])


def test_persons_are_sorted_by_accuracy(comparison, faces):
    table = group_table(comparison)
    result = comparison.results["lda"]
    person = table.index[0]
    right = result.predicted == result.truth
    assert table.loc[person, "lda"] == pytest.approx(right[result.group == person].mean())
    assert table.mean(axis=1).is_monotonic_increasing and len(table) == 20


def test_report_of_one_method_without_faces_and_persons(comparison, tmp_path):
    result = replace(comparison.results["svm"], group=None)
    page = write_comparison_report(replace(comparison, results={"svm": result}), tmp_path)
    titles = re.findall(r'<h2 id="([^"]+)"', page.read_text(encoding="utf-8"))
    expected = ["scores", "accuracy-and-time", "classes", "confusion-matrices", "methods"]
    assert titles == expected
    assert "## Differences" not in (tmp_path / "comparison.md").read_text(encoding="utf-8")


def test_report_of_failed_methods(comparison, faces, tmp_path):
    failed = replace(comparison, results={"broken": comparison.results["broken"]})
    page = write_comparison_report(failed, tmp_path, faces).read_text(encoding="utf-8")
    assert re.findall(r'<h2 id="([^"]+)"', page) == ["failed", "methods"]
    assert "Comparison of 1 method on" in page


def test_report_in_results_folder(comparison, tmp_path):
    comparison.save(tmp_path)
    write_comparison_report(
        replace(comparison, results={"svm": comparison.results["svm"]}), tmp_path
    )
    assert list(Comparison.load(tmp_path).results) == list(comparison.results)


def test_page_is_independent_of_matplotlib_settings(odd, faces, page, tmp_path):
    import matplotlib

    with matplotlib.rc_context({"lines.linewidth": 9, "axes.facecolor": "black"}):
        assert write_comparison_report(odd, tmp_path, faces).read_text(encoding="utf-8") == page


def test_figures_are_closed(comparison, tmp_path):
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    write_comparison_report(comparison, tmp_path)
    assert pyplot.get_fignums() == before


def test_other_data_raise(comparison, tmp_path):
    with pytest.raises(ValueError, match="data must be the test data of 140 images; got 7"):
        write_comparison_report(comparison, tmp_path, make_faces(7, random_state=0))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.000608, "0.000608"), (1.5, "1.50"), (99.94, "99.9"), (46080.4, "46,080")],
)
def test_three_digits(value, text):
    assert three_digits(value) == text
