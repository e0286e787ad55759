//! A module as the evaluator walks it: owned, small, and with every place in the text.

use std::rc::Rc;

use crate::Span;

/// An expression and its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) expr: Expr,
}

#[derive(Debug)]
pub(crate) enum Expr {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    /// The texts around the holes, one more than the holes.
    Template {
        texts: Vec<Rc<str>>,
        holes: Vec<Node>,
    },
    Regex {
        pattern: Rc<str>,
        flags: Rc<str>,
    },
    Array(Vec<Item>),
    Object(Vec<Property>),
    Function(Rc<Function>),
    Name(Rc<str>),
    This,
    Member {
        object: Box<Node>,
        key: Box<Key>,
        chain: Chain,
    },
    Call {
        callee: Box<Node>,
        arguments: Vec<Item>,
        chain: Chain,
    },
    New {
        class: Box<Node>,
        arguments: Vec<Item>,
    },
    /// The whole of an optional chain: where one of its links stops short, it is undefined.
    Chained(Box<Node>),
    Unary {
        operator: Unary,
        operand: Box<Node>,
    },
    Binary {
        operator: Binary,
        left: Box<Node>,
        right: Box<Node>,
    },
    Logical {
        operator: Logical,
        left: Box<Node>,
        right: Box<Node>,
    },
    Conditional {
        test: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    Assign {
        target: Box<Target>,
        operator: Option<Assigning>,
        value: Box<Node>,
    },
    Await(Box<Node>),
    Sequence(Vec<Node>),
    /// What has no model, in the words of the grammar.
    Unknown(&'static str),
}

/// An element of an array, or an argument.
#[derive(Debug)]
pub(crate) enum Item {
    One(Node),
    Spread(Node),
    Hole,
}

#[derive(Debug)]
pub(crate) enum Property {
    Field(Key, Node),
    Spread(Node),
}

#[derive(Debug)]
pub(crate) enum Key {
    Fixed(Rc<str>),
    Computed(Node),
}

/// Whether a link of a chain is `?.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    Plain,
    Optional,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Not,
    Minus,
    Plus,
    Typeof,
    Void,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Equal,
    NotEqual,
    StrictEqual,
    StrictNotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    In,
    Instanceof,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logical {
    And,
    Or,
    Coalesce,
}

/// What an assignment does apart from `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assigning {
    Operator(Binary),
    Logical(Logical),
}

#[derive(Debug)]
pub(crate) enum Target {
    Name(Rc<str>),
    Member { object: Node, key: Key },
    Unknown(Span),
}

/// What a declaration or a parameter binds.
#[derive(Debug)]
pub(crate) enum Binding {
    Name(Rc<str>),
    Object { fields: Vec<(Key, Binding)>, rest: Option<Box<Binding>> },
    Array { items: Vec<Option<Binding>>, rest: Option<Box<Binding>> },
    Default(Box<Binding>, Node),
}

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) span: Span,
    pub(crate) name: Option<Rc<str>>,
    pub(crate) parameters: Vec<Binding>,
    pub(crate) rest: Option<Binding>,
    pub(crate) body: Body,
    pub(crate) runs: Runs,
    pub(crate) this: This,
}

/// When a function's body runs to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    AtOnce,
    Async,
}

/// Whether a function has a `this` of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum This {
    Own,
    Outer,
}

#[derive(Debug)]
pub(crate) enum Body {
    Value(Box<Node>),
    Statements(Vec<Statement>),
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Nothing,
    Do(Node),
    Declare(Vec<(Binding, Option<Node>)>),
    Function(Rc<Function>),
    Return(Option<Node>),
    Throw(Node),
    If {
        test: Node,
        then: Box<Statement>,
        otherwise: Option<Box<Statement>>,
    },
    Block(Vec<Statement>),
    ForOf {
        each: Option<Binding>,
        of: Node,
        body: Box<Statement>,
    },
    Try {
        block: Vec<Statement>,
        caught: Option<(Option<Binding>, Vec<Statement>)>,
        last: Vec<Statement>,
    },
    Switch {
        on: Node,
        cases: Vec<(Option<Node>, Vec<Statement>)>,
    },
    Break,
    Continue,
    /// Names taken from a module: the name there (`None` for all of it, `default` for the default), and here.
    Import {
        module: Rc<str>,
        names: Vec<(Option<Rc<str>>, Rc<str>)>,
    },
    Export(Box<Statement>),
    /// The value of `module.exports` or of `export default`.
    ExportDefault(Node),
    Unknown(&'static str),
}
