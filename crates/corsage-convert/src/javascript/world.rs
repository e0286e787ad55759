//! The program around a module.

use super::evaluate::{Machine, Stop};
use super::value::{Host, Value};
use crate::Span;

/// What a program gives to the module that configures it.
///
/// State is kept inside: the module calls, is called back, and calls again.
pub(crate) trait World {
    /// The meaning of a name that the module does not declare; `None` where the program has none.
    fn global(&self, name: &str) -> Option<Value>;

    /// What a module of this name exports under a name; `None` for all of it.
    fn module(&self, module: &str, name: Option<&str>) -> Option<Value>;

    /// A property of something that the program gave; `None` where there is no model of it.
    fn get(&self, host: Host, name: &str) -> Option<Value>;

    /// Gives a property of something that the program gave another value; `None` likewise.
    fn set(&self, host: Host, name: &str, value: Value) -> Option<()>;

    /// Calls something that the program gave, or a method of it.
    fn call(
        &self,
        machine: &mut Machine<'_>,
        host: Host,
        method: Option<&str>,
        arguments: Vec<Value>,
        span: &Span,
    ) -> Result<Value, Stop>;

    /// `new` on something that the program gave.
    fn construct(&self, host: Host, arguments: Vec<Value>, span: &Span) -> Result<Value, Stop>;

    /// Whether a method of this name of something that the program gave has a model.
    fn has_method(&self, name: &str) -> bool;

    /// A variable of the environment: `None` where it is not known whether it is there.
    fn environment(&self, name: &str) -> Option<Option<String>>;
}
