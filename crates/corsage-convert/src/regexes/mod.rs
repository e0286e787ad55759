//! Regular expressions in the flavours of the programs that use them.

mod flavour;
mod matcher;

pub use flavour::{Case, Flavour, Reach};
pub use matcher::{BadExpression, BadExpressionWhy, Captured, Matcher};
