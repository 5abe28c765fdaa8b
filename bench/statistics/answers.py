"""What each side of compare.py has found, and whether that is the same."""
import duckdb

OURS = {
    "files": "SELECT count(*) AS files, sum(rows)::BIGINT AS rows FROM files",
    "series": "SELECT series_id AS id, record_count AS rows FROM series_metadata",
    "time": "SELECT series_id AS id, record_count AS rows, first_timestamp AS first, last_timestamp AS last, step, "
            "duplicate_times AS duplicates FROM series_metadata",
    "values": "SELECT series_id AS id, rows, nulls, min AS lo, max AS hi, mean, variance, zeros, negatives FROM series_values "
              "WHERE target = 'v'",
}
THEIRS = {
    "files": "SELECT count(*) AS files, sum(rows)::BIGINT AS rows FROM figures",
    "series": "SELECT id, rows FROM figures",
    "time": "SELECT id, rows, first, last, step, duplicates FROM figures",
    "values": "SELECT id, rows, nulls, lo, hi, mean, variance, zeros, negatives FROM figures",
}
CLOSE = {"mean", "variance"}  # sums of doubles, whose last digits depend on the order


def differs(name):
    if name in CLOSE:
        return (f"((a.{name} IS NULL) <> (b.{name} IS NULL) OR abs(a.{name} - b.{name}) > "
                f"1e-9 * (1 + abs(b.{name})))")
    return f"a.{name} IS DISTINCT FROM b.{name}"


def check(depth, database, peers):
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{database}' AS ours (READ_ONLY); USE ours")
        con.execute(f"CREATE TEMP TABLE a AS {OURS[depth]}")
        con.execute(f"USE memory; ATTACH '{peers['duckdb']}' AS theirs (READ_ONLY)")
        for peer, figures in (("duckdb", "theirs.figures"), ("polars", f"read_parquet('{peers['polars']}')")):
            con.execute("CREATE OR REPLACE TEMP TABLE b AS " + THEIRS[depth].replace("figures", figures))
            names = [c[0] for c in con.sql("DESCRIBE b").fetchall()]
            n, same = con.sql("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)").fetchall()[0]
            assert n == same > 0, f"{peer} has {same} rows, ours are {n}"
            key = "true" if depth == "files" else "a.id = b.id"
            wrong = con.sql(f"SELECT {', '.join(f'a.{c}, b.{c}' for c in names)} FROM a FULL JOIN b ON {key} "
                            f"WHERE {' OR '.join(map(differs, names))} LIMIT 1").fetchall()
            assert not wrong, f"{peer} differs at depth {depth}: {names}: ours, theirs, {wrong}"
