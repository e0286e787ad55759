//! Whether a prediction is what was recorded.

use corsage_convert::Answered;

use super::case::Response;

/// How the order of lines counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// As recorded.
    Kept,
    /// The program shuffles the lines of different names.
    OfNamesFree,
    /// The program shuffles lines, and items of lists.
    Free,
}

/// What differs, in words; nothing where the prediction is right.
pub(super) fn difference(
    predicted: &Answered,
    recorded: &Response,
    order: Order,
) -> Vec<&'static str> {
    let mut different = Vec::new();
    if predicted.status / 100 != recorded.status / 100 {
        different.push("status");
    }
    if lines(&predicted.cors, order) != lines(&recorded.cors, order) {
        different.push("lines");
    }
    if values(&predicted.vary, order) != values(&recorded.vary, order) {
        different.push("Vary");
    }
    if predicted.reached != recorded.reached {
        different.push("reached");
    }
    different
}

fn lines(lines: &[(String, String)], order: Order) -> Vec<(String, String)> {
    let mut lines = lines.to_vec();
    match order {
        Order::Kept => {}
        Order::OfNamesFree => lines.sort_by(|(a, _), (b, _)| a.cmp(b)),
        Order::Free => {
            for (_, value) in &mut lines {
                *value = sorted_items(value);
            }
            lines.sort();
        }
    }
    lines
}

fn values(values: &[String], order: Order) -> Vec<String> {
    let mut values = values.to_vec();
    if order == Order::Free {
        for value in &mut values {
            *value = sorted_items(value);
        }
        values.sort();
    }
    values
}

fn sorted_items(value: &str) -> String {
    let mut items: Vec<&str> = value.split(',').map(str::trim).collect();
    items.sort_unstable();
    items.join(",")
}
