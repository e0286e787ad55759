//! `*` and `?` within one segment of a path.

/// Whether a text fits a pattern in which `*` stands for any characters and `?` for one.
pub(super) fn wild(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for wanted in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match wanted {
                '*' => reached[at] || at > 0 && next[at - 1],
                wanted => at > 0 && reached[at - 1] && (wanted == '?' || wanted == text[at - 1]),
            };
        }
        reached = next;
    }
    reached[text.len()]
}
