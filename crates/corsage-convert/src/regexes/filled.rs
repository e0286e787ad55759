//! The groups of a match, put into a text.

/// Fills in the groups that a template names with a sign and one digit: `$1` in Apache, `\1` in HAProxy.
/// A group that took no part is nothing.
pub(crate) fn filled(template: &str, sign: char, groups: &[Option<String>]) -> String {
    let mut text = String::new();
    let mut chars = template.chars().peekable();
    while let Some(char) = chars.next() {
        let group =
            (char == sign).then(|| chars.peek().and_then(|digit| digit.to_digit(10))).flatten();
        match group {
            Some(group) => {
                chars.next();
                let place = usize::try_from(group).unwrap_or_default();
                text.push_str(groups.get(place).and_then(Option::as_deref).unwrap_or_default());
            }
            None => text.push(char),
        }
    }
    text
}
