//! Response headers of CORS that a module writes itself, beside whatever middleware it configures.
//!
//! No reader follows them, so a module that has them is no module whose answers are known.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use crate::Span;

/// Where the first such header is named, and its name.
pub(super) fn first_header(body: &[Stmt]) -> Option<(Span, String)> {
    let mut search = Search { found: None };
    search.visit_body(body);
    search.found
}

struct Search {
    found: Option<(Span, String)>,
}

impl Search {
    fn note(&mut self, name: &Expr) {
        let Expr::StringLiteral(literal) = name else { return };
        let text = literal.value.to_str();
        if self.found.is_none() && text.to_ascii_lowercase().starts_with("access-control-allow-") {
            let span = literal.start().to_usize()..literal.end().to_usize();
            self.found = Some((span, text.to_owned()));
        }
    }
}

impl<'a> Visitor<'a> for Search {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            // `response.headers["…"]`
            Expr::Subscript(it) if it.ctx.is_store() => self.note(&it.slice),
            // `headers={"…": …}`
            Expr::Dict(it) => it.iter_keys().flatten().for_each(|key| self.note(key)),
            // `response.headers.add("…", …)`
            Expr::Call(it) if sets_a_header(&it.func) && it.arguments.args.len() > 1 => {
                it.arguments.args.first().into_iter().for_each(|name| self.note(name));
            }
            _ => {}
        }
        walk_expr(self, expression);
    }
}

fn sets_a_header(method: &Expr) -> bool {
    let Expr::Attribute(method) = method else { return false };
    matches!(method.attr.as_str(), "add" | "append" | "set" | "set_header" | "setdefault")
}
