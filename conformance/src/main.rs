//! `conformance`: runs cases kept as data through Corsage's engines.

fn main() {}
