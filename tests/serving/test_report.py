"""The daily report: facts of the store on one page that needs nothing else."""

from hm.report import gather, html, write


def test_the_report_of_an_empty_warehouse_and_of_a_published_run(settings, tmp_path, store, publish_it):
    empty = gather(settings)
    assert empty["published"] is None
    assert "Nothing has landed yet" in html(empty)
    publish_it(metrics={"verdict": {"full_system": 0.2, "best_baseline": "<popular>", "best_baseline_map": 0.1}})
    facts = gather(settings)
    assert facts["published"]["customers"] == 5
    assert facts["published"]["coverage"] == 5 / 8
    assert facts["published"]["sources"] == {"source a": 1.0}
    page = write(settings, facts, tmp_path / "daily.html")
    assert page.with_suffix(".json").is_file()
    text = page.read_text()
    assert "5 (62.5%)" in text
    assert "&lt;popular&gt;, 0.1000" in text
    assert "http" not in text
