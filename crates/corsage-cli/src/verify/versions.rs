//! Whether a server answers the same over each version of HTTP: often two programs do.

use corsage_convert::compare::Scene;
use corsage_convert::{Answered, Asked, Program};

use super::asking::{Asking, Looked};

/// Asks every witness' GET and preflight over both.
pub(super) fn look(asking: &Asking<'_>, newest: &dyn Program, http1: &dyn Program) -> Vec<Looked> {
    let path = asking.path();
    let mut looked = Vec::new();
    for cell in &asking.questions.cells.cells {
        let origin = &cell.witness.origin;
        let with_origin = ("Origin".to_owned(), origin.clone());
        let preflight = ("Access-Control-Request-Method".to_owned(), "PUT".to_owned());
        for (method, headers) in
            [("GET", vec![with_origin.clone()]), ("OPTIONS", vec![with_origin, preflight])]
        {
            let asked = Asked { method, path: &path, host: asking.host, headers: &headers };
            let (newest, older) =
                (newest.answer(&asked, &Scene::Works), http1.answer(&asked, &Scene::Works));
            let fault = (told(&newest) != told(&older)).then(|| {
                format!(
                    "over HTTP/1.1 {}, else {}",
                    told(&older).join(", "),
                    told(&newest).join(", ")
                )
            });
            looked.push(Looked {
                origin: origin.clone(),
                name: format!("{origin} {method} {path} over HTTP/1.1"),
                code: "http-version",
                fault,
            });
        }
    }
    looked
}

/// Names in lower case, as HTTP/2 has them, and in no order.
fn told(answered: &Answered) -> Vec<String> {
    let cors =
        answered.cors.iter().map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase()));
    let vary = answered.vary.iter().map(|value| format!("vary: {value}"));
    let mut lines: Vec<String> = cors.chain(vary).collect();
    lines.sort();
    lines.insert(0, answered.status.to_string());
    lines
}
