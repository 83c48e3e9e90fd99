"""Faults of a CSV file that cost no Spark: each is one sentence naming the file and the remedy."""

import gzip
from pathlib import Path

import pytest

from spark_jobs.landing.errors import InputFileError
from spark_jobs.landing.preflight import KINDS, WINDOWS, find_files, inspect

COLUMNS = KINDS["transactions"].column_names
HEADER = ",".join(COLUMNS)
ROW = f"2020-09-01,{'1'.zfill(64)},0000000001,0.05,2"


def transactions(folder: Path, data: str | bytes, name: str = "transactions_train.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def said(kind: str, path: Path) -> str:
    with pytest.raises(InputFileError) as refusal:
        inspect(kind, path)
    assert path.name in str(refusal.value)
    return str(refusal.value)


def test_files_are_found_by_their_name_articles_first_and_others_are_left_alone(tmp_path: Path):
    names = [
        "transactions_2.csv",
        "transactions_1.csv.gz",
        "customers.csv",
        "Articles.CSV",
        "sample_submission.csv",
        "x.txt",
    ]
    for name in names:
        (tmp_path / name).touch()
    found = [(kind, path.name) for kind, path in find_files(tmp_path)]
    assert found == [
        ("articles", "Articles.CSV"),
        ("customers", "customers.csv"),
        ("transactions", "transactions_1.csv.gz"),
        ("transactions", "transactions_2.csv"),
    ]


def test_a_folder_that_is_missing_empty_or_holds_a_file_in_both_forms_is_refused(tmp_path: Path):
    with pytest.raises(InputFileError, match="is not a folder"):
        find_files(tmp_path / "nowhere")
    with pytest.raises(InputFileError, match=r"none of articles\*\.csv"):
        find_files(tmp_path)
    for name in ("articles.csv", "articles.csv.gz"):
        (tmp_path / name).touch()
    with pytest.raises(InputFileError, match=r"holds articles\.csv plain and as \.gz"):
        find_files(tmp_path)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes):
    name = "transactions.csv.gz" if data[:2] == b"\x1f\x8b" else "transactions.csv"
    assert "is empty" in said("transactions", transactions(tmp_path, data, name))


@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
def test_a_header_without_rows_is_refused(tmp_path: Path, end: str):
    assert "a header and no rows" in said("transactions", transactions(tmp_path, HEADER + end))


@pytest.mark.parametrize("keep", [0.3, 0.99])
def test_a_gzip_file_cut_short_is_refused(tmp_path: Path, keep: float):
    whole = gzip.compress("\n".join([HEADER, *(f"{ROW}{n}" for n in range(5_000))]).encode())
    path = transactions(tmp_path, whole[: int(len(whole) * keep)], "transactions.csv.gz")
    assert "cut short" in said("transactions", path)


def test_a_damaged_gzip_file_is_refused_and_one_of_several_members_is_whole(tmp_path: Path):
    members = gzip.compress(f"{HEADER}\n".encode()) + gzip.compress(f"{ROW}\n".encode())
    assert (
        inspect("transactions", transactions(tmp_path, members, "transactions.csv.gz")).plain_bytes == len(HEADER + ROW) + 2
    )
    assert "not a sound gzip" in said("transactions", transactions(tmp_path, HEADER, "transactions.csv.gz"))
    assert "cut short" in said("transactions", transactions(tmp_path, members[:-4], "transactions.csv.gz"))


@pytest.mark.parametrize(("mark", "name"), [(";", "';'"), ("\t", "'\\t'"), ("|", "'|'")])
def test_another_delimiter_is_named(tmp_path: Path, mark: str, name: str):
    text = f"{HEADER}\n{ROW}\n".replace(",", mark)
    assert f"separates its columns by {name}" in said("transactions", transactions(tmp_path, text))


def test_missing_and_doubled_columns_are_named(tmp_path: Path):
    text = f"t_dat,customer_id,article\n{ROW}\n"
    message = said("transactions", transactions(tmp_path, text))
    assert "lacks the columns article_id, price, sales_channel_id; its first line must name t_dat," in message
    message = said("transactions", transactions(tmp_path, f"{HEADER},price\n{ROW},1\n"))
    assert "names the column price twice" in message


def test_bom_quotes_case_blanks_order_and_extra_columns_of_a_header_are_understood(tmp_path: Path):
    header = '\ufeff"Price", T_DAT ,customer_id,note,article_id,sales_channel_id\r\n'
    file = inspect("transactions", transactions(tmp_path, header + ROW))
    assert file.header == ("price", "t_dat", "customer_id", "note", "article_id", "sales_channel_id")
    assert file.extra_columns == ["note"]


def test_utf16_is_refused_and_bytes_that_are_not_utf8_are_windows_1252(tmp_path: Path):
    assert "UTF-16" in said("transactions", transactions(tmp_path, f"{HEADER}\n{ROW}\n".encode("utf-16")))
    path = tmp_path / "articles.csv"
    for text, encoding in (("é", "utf-8"), ("é", "cp1252"), ("é"[:1], "latin-1")):
        path.write_bytes(f"{','.join(KINDS['articles'].column_names)}\n{text}".encode(encoding))
        assert inspect("articles", path).encoding == ("UTF-8" if encoding == "utf-8" else WINDOWS)


def test_the_hash_is_that_of_the_file_as_it_came(tmp_path: Path):
    one = inspect("transactions", transactions(tmp_path, f"{HEADER}\n{ROW}\n"))
    packed = inspect(
        "transactions", transactions(tmp_path, gzip.compress(f"{HEADER}\n{ROW}\n".encode()), "transactions.csv.gz")
    )
    other = inspect("transactions", transactions(tmp_path, f"{HEADER}\n{ROW}\n{ROW}\n", "transactions_2.csv"))
    assert len({one.sha256, packed.sha256, other.sha256}) == 3
    assert one.plain_bytes == packed.plain_bytes
