//! `docs/loads.md` is what the engine says. `CORSAGE_BLESS=1` writes it anew.

use std::path::PathBuf;

#[test]
fn the_committed_table_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/loads.md");
    let made = conformance::loads_table::document();
    if std::env::var_os("CORSAGE_BLESS").is_some() {
        std::fs::write(&path, &made).expect("written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == made, "docs/loads.md is not current; CORSAGE_BLESS=1 writes it");
}
