//! What can be wrong with a policy: for its author, all at once.

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Note,
    /// Probably not what was meant.
    Warning,
    /// The policy does not compile.
    Error,
}

/// One problem of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyProblem {
    /// How bad it is.
    pub level: Level,
    /// A stable kebab-case code.
    pub code: &'static str,
    /// The draft's field.
    pub field: &'static str,
    /// Position in that field's list, from 0.
    pub index: Option<usize>,
    /// The value, as written.
    pub value: String,
    /// What is wrong with it.
    pub cause: String,
    /// What to write instead.
    pub way_out: String,
}

/// All that is wrong with a draft, at least one error among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyErrors {
    pub(crate) problems: Vec<PolicyProblem>,
}
