//! Every row has a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The rows about servers. Those behind them are about clients.
const ROWS: std::ops::RangeInclusive<u32> = 1..=69;

/// The rows that a source has tests of: `row(N)` in a function that is marked as a test, outside comments.
fn tested_rows(source: &str) -> BTreeSet<u32> {
    let code: Vec<_> = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    let tests = code.split("#[test]").skip(1);
    tests
        .filter_map(|test| {
            // The function ends where a line begins with its brace.
            let body = test.split("\n}").next()?;
            let (_, behind) = body.split_once(" row(")?;
            behind.split(')').next()?.parse().ok()
        })
        .collect()
}

#[test]
fn every_row_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checklist");
    let mut tested = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        tested.extend(tested_rows(
            &fs::read_to_string(entry.unwrap().path()).unwrap(),
        ));
    }
    let missing: Vec<_> = ROWS.filter(|row| !tested.contains(row)).collect();
    assert_eq!(missing, Vec::<u32>::new(), "rows without a test");
    let unknown: Vec<_> = tested.iter().filter(|row| !ROWS.contains(row)).collect();
    assert_eq!(unknown, Vec::<&u32>::new(), "tests of no row");
}

#[test]
fn a_row_that_is_only_mentioned_counts_for_nothing() {
    let test = |body: &str| format!("#[test]\nfn t() {{\n    {body}\n}}\n");
    assert_eq!(tested_rows(&test("let row = row(7);")), [7].into());
    assert_eq!(
        tested_rows(&(test("let row = row(7);") + &test("    row(8).takes();"))),
        [7, 8].into()
    );
    for source in [
        test("// let row = row(7);"),
        "fn t() { row(7); }".to_owned(),
        test("") + "fn u() {\n    let row = row(7);\n}\n",
    ] {
        assert_eq!(tested_rows(&source), BTreeSet::new(), "{source}");
    }
}
