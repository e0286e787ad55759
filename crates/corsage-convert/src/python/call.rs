//! Calls of what a module takes from elsewhere, and who listens to them.

use super::value::Value;
use crate::Span;

/// One argument, with its place.
#[derive(Clone, Debug)]
pub(crate) struct Argument {
    /// Its name, where it is given by name.
    pub(crate) name: Option<String>,
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// A call of something of another module, or of a method of it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The dotted name of what is called.
    pub(crate) callee: String,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) span: Span,
    /// Whether it stands where it may never be run: under a condition that cannot be told.
    pub(crate) certain: bool,
}

impl Call {
    /// The last part of the callee's name.
    pub(crate) fn name(&self) -> &str {
        self.callee.rsplit('.').next().unwrap_or_default()
    }

    /// The arguments that are given by place.
    pub(crate) fn positional(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.name.is_none())
    }

    /// The arguments that are given by name.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, &Argument)> {
        self.arguments.iter().filter_map(|it| it.name.as_deref().map(|name| (name, it)))
    }
}

/// Who listens to a module while it is walked through.
pub(crate) trait Calls {
    /// A call of something of elsewhere; `None`: nothing is known of it.
    fn call(&mut self, call: &Call) -> Option<Value>;

    /// `target = value`, the target being a part of something of elsewhere, such as `app.config.X` or
    /// `app.config["X"]`.
    fn assign(&mut self, target: &str, value: &Value, span: &Span, certain: bool);

    /// A loop over something of elsewhere: what its body sees instead, once.
    fn iterate(&mut self, over: &str) -> Option<Value>;

    /// The value of something of elsewhere that never changes.
    fn known(&self, name: &str) -> Option<Value>;

    /// A function's decorators that are calls, the innermost last.
    fn decorated(&mut self, _decorators: &[Call]) {}
}
