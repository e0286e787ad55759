//! The order in which a `java.util.HashSet` of texts is gone through.

/// The items, each once, in the order of the table that they are kept in.
pub(crate) fn hash_order(items: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::new();
    for item in items {
        if !unique.contains(&item) {
            unique.push(item);
        }
    }
    // The table starts with 16 places, and doubles when it is filled by more than three quarters.
    let mut places = 16usize;
    while unique.len() * 4 > places * 3 {
        places *= 2;
    }
    let place = |text: &String| {
        let hash = text
            .encode_utf16()
            .fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
        (hash ^ (hash >> 16)) as usize & (places - 1)
    };
    // Items of one place stay in the order in which they came.
    unique.sort_by_key(place);
    unique
}
