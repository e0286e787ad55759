//! The names that a piece of code sees.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::value::Value;

#[derive(Default)]
pub(crate) struct Scope {
    names: RefCell<HashMap<Rc<str>, Value>>,
    outer: Option<Rc<Scope>>,
}

impl Scope {
    pub(crate) fn inside(outer: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self { names: RefCell::default(), outer: Some(outer.clone()) })
    }

    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        let here = self.names.borrow().get(name).cloned();
        here.or_else(|| self.outer.as_ref()?.get(name))
    }

    pub(crate) fn declare(&self, name: Rc<str>, value: Value) {
        self.names.borrow_mut().insert(name, value);
    }

    /// Gives a name that is there another value; whether it is there.
    pub(crate) fn assign(&self, name: &str, value: Value) -> bool {
        if let Some(old) = self.names.borrow_mut().get_mut(name) {
            *old = value;
            return true;
        }
        self.outer.as_ref().is_some_and(|outer| outer.assign(name, value))
    }

    /// Forgets all names. Functions hold the scope that they were made in, and the scope holds them.
    pub(crate) fn clear(&self) {
        self.names.borrow_mut().clear();
    }
}
