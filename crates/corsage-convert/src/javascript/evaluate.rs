//! Runs a module, and the functions that it leaves behind.

use std::cell::RefCell;
use std::rc::Rc;

use super::builtins;
use super::idle;
use super::methods;
use super::scope::Scope;
use super::tree::{
    Assigning, Binary, Binding, Body, Chain, Expr, Function, Item, Key, Kind, Logical, Node,
    Property, Runs, Statement, Target, This, Unary,
};
use super::value::{Closure, Fields, Regex, Value, unmodelled};
use super::world::World;
use crate::{Asked, Behind, Refused, Span, Why};

/// How many steps one run may take. A module of some hundred lines takes some thousand.
const MAX_STEPS: usize = 200_000;
/// How deep calls may go.
const MAX_CALLS: usize = 48;
/// How large a text may grow.
pub(super) const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;

/// Why a run came to no value.
pub(crate) enum Stop {
    /// The code threw, and nothing caught it.
    Threw(Value),
    /// Something has no model.
    Refused(Refused),
    /// The program around the module refuses what it is given.
    Rejected(crate::Rejected),
}

/// What a statement leads to.
enum Flow {
    On,
    Returns(Value),
    Break,
    Continue,
}

/// One run, or several after each other.
pub(crate) struct Machine<'w> {
    pub(crate) world: &'w dyn World,
    /// The request that is being answered, and what stands behind.
    pub(crate) answering: Option<(&'w Asked<'w>, &'w dyn Behind)>,
    steps: usize,
    calls: usize,
    exported: Value,
}

impl<'w> Machine<'w> {
    pub(crate) fn new(world: &'w dyn World) -> Self {
        Self { world, answering: None, steps: 0, calls: 0, exported: Value::Undefined }
    }

    /// For one request.
    pub(crate) fn answering(
        world: &'w dyn World,
        asked: &'w Asked<'w>,
        behind: &'w dyn Behind,
    ) -> Self {
        Self { answering: Some((asked, behind)), ..Self::new(world) }
    }

    /// Runs a whole module; what it leaves is its names, and what it exports by default.
    pub(crate) fn run(&mut self, module: &[Statement], scope: &Rc<Scope>) -> Result<Value, Stop> {
        let exports = Value::object([]);
        scope.declare("module".into(), Value::object([("exports", exports.clone())]));
        scope.declare("exports".into(), exports);
        self.hoist(module, scope);
        for statement in module {
            if let Flow::Returns(_) = self.statement(statement, scope, &Value::Undefined)? {
                break;
            }
        }
        if matches!(self.exported, Value::Undefined) {
            let module = scope.get("module").unwrap_or(Value::Undefined);
            return Ok(module.field("exports"));
        }
        Ok(self.exported.clone())
    }

    /// How many steps were taken so far: so deep values can stand inside each other.
    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    pub(crate) fn refused(&self, span: &Span, what: impl Into<String>, why: Why) -> Stop {
        Stop::Refused(Refused::new(span.clone(), what, why))
    }

    pub(crate) fn type_error(&self, message: &str) -> Stop {
        Stop::Threw(Value::error(message))
    }

    fn step(&mut self, span: &Span) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(self.refused(span, "a long computation", Why::TooLarge));
        }
        Ok(())
    }

    /// Functions that are declared anywhere in a block are there from its beginning.
    fn hoist(&mut self, statements: &[Statement], scope: &Rc<Scope>) {
        for statement in statements {
            let function = match &statement.kind {
                Kind::Function(function) => function,
                Kind::Export(inner) => match &inner.kind {
                    Kind::Function(function) => function,
                    _ => continue,
                },
                _ => continue,
            };
            if let Some(name) = &function.name {
                scope.declare(name.clone(), self.closure(function, scope, &Value::Undefined));
            }
        }
    }

    fn closure(&self, function: &Rc<Function>, scope: &Rc<Scope>, this: &Value) -> Value {
        Value::Function(Rc::new(Closure {
            function: function.clone(),
            scope: scope.clone(),
            this: if function.this == This::Outer { this.clone() } else { Value::Undefined },
        }))
    }

    fn block(
        &mut self,
        statements: &[Statement],
        outer: &Rc<Scope>,
        this: &Value,
    ) -> Result<Flow, Stop> {
        let scope = Scope::inside(outer);
        self.hoist(statements, &scope);
        for statement in statements {
            match self.statement(statement, &scope, this)? {
                Flow::On => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::On)
    }

    fn statement(
        &mut self,
        statement: &Statement,
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Flow, Stop> {
        self.step(&statement.span)?;
        match &statement.kind {
            Kind::Nothing | Kind::Function(_) => {}
            Kind::Do(node) => {
                self.value(node, scope, this)?;
            }
            Kind::Declare(all) => {
                for (binding, value) in all {
                    let declared = match value {
                        Some(node) => self.value(node, scope, this),
                        None => Ok(Value::Undefined),
                    };
                    let declared = declared
                        .and_then(|value| self.bind(binding, value, scope, &statement.span, this));
                    match (declared, value) {
                        (Err(Stop::Refused(why)), Some(node))
                            if self.is_loading() && idle::is_idle(node) =>
                        {
                            idle::declare(binding, &why, scope);
                        }
                        (declared, _) => declared?,
                    }
                }
            }
            Kind::Return(value) => {
                let value = match value {
                    Some(node) => self.value(node, scope, this)?,
                    None => Value::Undefined,
                };
                return Ok(Flow::Returns(value));
            }
            Kind::Throw(node) => return Err(Stop::Threw(self.value(node, scope, this)?)),
            Kind::If { test, then, otherwise } => {
                if self.truth(test, scope, this)? {
                    return self.statement(then, scope, this);
                }
                if let Some(otherwise) = otherwise {
                    return self.statement(otherwise, scope, this);
                }
            }
            Kind::Block(statements) => return self.block(statements, scope, this),
            Kind::ForOf { each, of, body } => {
                let of_value = self.value(of, scope, this)?;
                for item in self.items(&of_value, &of.span)? {
                    let inner = Scope::inside(scope);
                    if let Some(binding) = each {
                        self.bind(binding, item, &inner, &statement.span, this)?;
                    }
                    match self.statement(body, &inner, this)? {
                        Flow::On | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Ok(other),
                    }
                }
            }
            Kind::Try { block, caught, last } => {
                return self.tries(block, caught.as_ref(), last, scope, this);
            }
            Kind::Switch { on, cases } => return self.switch(on, cases, scope, this),
            Kind::Break => return Ok(Flow::Break),
            Kind::Continue => return Ok(Flow::Continue),
            Kind::Import { module, names } => {
                for (there, here) in names {
                    let value = self
                        .world
                        .module(module, there.as_deref())
                        .unwrap_or_else(|| Value::Host(unmodelled()));
                    scope.declare(here.clone(), value);
                }
            }
            Kind::Export(inner) => return self.statement(inner, scope, this),
            Kind::ExportDefault(node) => self.exported = self.value(node, scope, this)?,
            Kind::Unknown(what) => {
                return Err(self.refused(&statement.span, *what, Why::NotModelled));
            }
        }
        Ok(Flow::On)
    }

    fn tries(
        &mut self,
        block: &[Statement],
        caught: Option<&(Option<Binding>, Vec<Statement>)>,
        last: &[Statement],
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Flow, Stop> {
        let mut flow = self.block(block, scope, this);
        if let (Err(Stop::Threw(error)), Some((name, handler))) = (&flow, caught) {
            let inner = Scope::inside(scope);
            if let Some(name) = name {
                self.bind(name, error.clone(), &inner, &(0..0), this)?;
            }
            flow = self.block(handler, &inner, this);
        }
        match self.block(last, scope, this)? {
            Flow::On => flow,
            other => Ok(other),
        }
    }

    fn switch(
        &mut self,
        on: &Node,
        cases: &[(Option<Node>, Vec<Statement>)],
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Flow, Stop> {
        let span = &on.span;
        let on = self.value(on, scope, this)?;
        self.known(&on, span)?;
        let mut start = None;
        for (at, (test, _)) in cases.iter().enumerate() {
            let Some(test) = test else { continue };
            if self.value(test, scope, this)?.is_same(&on) {
                start = Some(at);
                break;
            }
        }
        let start = start.or_else(|| cases.iter().position(|(test, _)| test.is_none()));
        for (_, statements) in cases.iter().skip(start.unwrap_or(cases.len())) {
            match self.block(statements, scope, this)? {
                Flow::On => {}
                Flow::Break => return Ok(Flow::On),
                other => return Ok(other),
            }
        }
        Ok(Flow::On)
    }

    fn bind(
        &mut self,
        binding: &Binding,
        value: Value,
        scope: &Rc<Scope>,
        span: &Span,
        this: &Value,
    ) -> Result<(), Stop> {
        match binding {
            Binding::Name(name) => scope.declare(name.clone(), value),
            Binding::Default(inner, node) => {
                let value = if matches!(value, Value::Undefined) {
                    self.value(node, scope, this)?
                } else {
                    value
                };
                self.bind(inner, value, scope, span, this)?;
            }
            Binding::Object { fields, rest } => {
                if value.is_nullish() {
                    return Err(self.type_error("cannot destructure"));
                }
                let mut taken = Vec::new();
                for (key, inner) in fields {
                    let name = self.key(key, scope, this)?;
                    let field = methods::get(self, &value, &name, span)?;
                    taken.push(name);
                    self.bind(inner, field, scope, span, this)?;
                }
                if let Some(rest) = rest {
                    let mut left = Fields::default();
                    if let Value::Object(all) = &value {
                        for (name, value) in all.borrow().iter() {
                            if !taken.contains(name) {
                                left.set(name.clone(), value.clone());
                            }
                        }
                    }
                    let left = Value::Object(Rc::new(RefCell::new(left)));
                    self.bind(rest, left, scope, span, this)?;
                }
            }
            Binding::Array { items, rest } => {
                let all = self.items(&value, span)?;
                let mut from = all.into_iter();
                for item in items {
                    let value = from.next().unwrap_or(Value::Undefined);
                    if let Some(item) = item {
                        self.bind(item, value, scope, span, this)?;
                    }
                }
                if let Some(rest) = rest {
                    self.bind(rest, Value::array(from.collect()), scope, span, this)?;
                }
            }
        }
        Ok(())
    }

    /// What a loop over a value, or a spread of it, runs through.
    pub(super) fn items(&self, value: &Value, span: &Span) -> Result<Vec<Value>, Stop> {
        match value {
            Value::Array(items) | Value::Set(items) => Ok(items.borrow().clone()),
            Value::Text(text) => Ok(text.chars().map(|c| Value::text(c.to_string())).collect()),
            Value::Host(_) => {
                Err(self.refused(span, "a list that is made elsewhere", Why::Computed))
            }
            _ => Err(self.type_error("is not iterable")),
        }
    }

    fn key(&mut self, key: &Key, scope: &Rc<Scope>, this: &Value) -> Result<Rc<str>, Stop> {
        match key {
            Key::Fixed(name) => Ok(name.clone()),
            Key::Computed(node) => Ok(self.value(node, scope, this)?.to_text()),
        }
    }

    fn arguments(
        &mut self,
        arguments: &[Item],
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Vec<Value>, Stop> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match argument {
                Item::One(node) => values.push(self.value(node, scope, this)?),
                Item::Hole => values.push(Value::Undefined),
                Item::Spread(node) => {
                    let value = self.value(node, scope, this)?;
                    values.extend(self.items(&value, &node.span)?);
                }
            }
            if values.len() > MAX_STEPS {
                return Err(self.refused(&(0..0), "a long list", Why::TooLarge));
            }
        }
        Ok(values)
    }

    pub(super) fn value(
        &mut self,
        node: &Node,
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Value, Stop> {
        self.step(&node.span)?;
        Ok(match &node.expr {
            Expr::Undefined => Value::Undefined,
            Expr::Null => Value::Null,
            Expr::Bool(value) => Value::Bool(*value),
            Expr::Number(value) => Value::Number(*value),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Template { texts, holes } => {
                let mut written = String::from(texts.first().map_or("", |text| text));
                for (hole, text) in holes.iter().zip(texts.iter().skip(1)) {
                    written.push_str(&self.plain_text(hole, scope, this)?);
                    written.push_str(text);
                }
                self.bounded(&written, &node.span)?;
                Value::text(written)
            }
            Expr::Regex { pattern, flags } => match Regex::new(node.span.clone(), pattern, flags) {
                Some(regex) => Value::Regex(Rc::new(regex)),
                None => {
                    let what = format!("/{pattern}/{flags}");
                    return Err(self.refused(&node.span, what, Why::NotRegular));
                }
            },
            Expr::Array(items) => Value::array(self.arguments(items, scope, this)?),
            Expr::Object(properties) => self.object(properties, scope, this)?,
            Expr::Function(function) => self.closure(function, scope, this),
            Expr::Name(name) => self.name(name, &node.span, scope)?,
            Expr::This => this.clone(),
            Expr::Member { object, key, chain } => {
                let owner = self.value(object, scope, this)?;
                if *chain == Chain::Optional && owner.is_nullish() {
                    return Err(short());
                }
                let name = self.key(key, scope, this)?;
                methods::get(self, &owner, &name, &node.span)?
            }
            Expr::Call { callee, arguments, chain } => {
                return self.call_node(callee, arguments, *chain, &node.span, scope, this);
            }
            Expr::Chained(inner) => match self.value(inner, scope, this) {
                Err(Stop::Threw(Value::Builtin(SHORT))) => Value::Undefined,
                other => return other,
            },
            Expr::New { class, arguments } => {
                let class = self.value(class, scope, this)?;
                let arguments = self.arguments(arguments, scope, this)?;
                return match class {
                    Value::Builtin(name) => builtins::construct(self, name, &arguments, &node.span),
                    Value::Host(host) if host == unmodelled() => {
                        Err(self.refused(&node.span, "a class of another module", Why::NotModelled))
                    }
                    Value::Host(host) => self.world.construct(host, arguments, &node.span),
                    Value::Function(_) => {
                        Err(self.refused(&node.span, "a class", Why::NotModelled))
                    }
                    _ => Err(self.type_error("is not a constructor")),
                };
            }
            Expr::Unary { operator, operand } => self.unary(*operator, operand, scope, this)?,
            Expr::Binary { operator, left, right } => {
                let left = self.value(left, scope, this)?;
                let right = self.value(right, scope, this)?;
                self.binary(*operator, &left, &right, &node.span)?
            }
            Expr::Logical { operator, left, right } => {
                let value = self.value(left, scope, this)?;
                // What may be there stays what it is, if what stands in its place would do nothing.
                if *operator == Logical::And || !idle::is_idle(right) {
                    self.known(&value, &left.span)?;
                }
                if decides(*operator, &value) { value } else { self.value(right, scope, this)? }
            }
            Expr::Conditional { test, then, otherwise } => {
                let branch = if self.truth(test, scope, this)? { then } else { otherwise };
                self.value(branch, scope, this)?
            }
            Expr::Assign { target, operator, value } => {
                self.assign(target, *operator, value, &node.span, scope, this)?
            }
            Expr::Await(inner) => match self.value(inner, scope, this)? {
                Value::Promise(outcome) => match &*outcome {
                    Ok(value) => value.clone(),
                    Err(error) => return Err(Stop::Threw(error.clone())),
                },
                other => other,
            },
            Expr::Sequence(nodes) => {
                let mut last = Value::Undefined;
                for one in nodes {
                    last = self.value(one, scope, this)?;
                }
                last
            }
            Expr::Unknown(what) => return Err(self.refused(&node.span, *what, Why::NotModelled)),
        })
    }

    fn plain_text(
        &mut self,
        node: &Node,
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Rc<str>, Stop> {
        let value = self.value(node, scope, this)?;
        if matches!(value, Value::Host(_) | Value::Function(_) | Value::Builtin(_)) {
            return Err(self.refused(&node.span, "a text that is made elsewhere", Why::Computed));
        }
        Ok(value.to_text())
    }

    fn bounded(&self, text: &str, span: &Span) -> Result<(), Stop> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(self.refused(span, "a long text", Why::TooLarge));
        }
        Ok(())
    }

    /// Whether no request is on its way: what is done about other affairs decides nothing then.
    fn is_loading(&self) -> bool {
        self.answering.is_none()
    }

    fn name(&self, name: &Rc<str>, span: &Span, scope: &Rc<Scope>) -> Result<Value, Stop> {
        if let Some(why) = scope.unknown(name) {
            return Err(Stop::Refused(why));
        }
        if let Some(value) = scope.get(name) {
            return Ok(value);
        }
        self.world
            .global(name)
            .or_else(|| builtins::global(name))
            .ok_or_else(|| self.refused(span, &**name, Why::Elsewhere))
    }

    fn object(
        &mut self,
        properties: &[Property],
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Value, Stop> {
        let mut fields = Fields::default();
        for property in properties {
            match property {
                Property::Field(key, node) => {
                    let name = self.key(key, scope, this)?;
                    let value = self.value(node, scope, this)?;
                    fields.set(name, value);
                }
                Property::Spread(node) => match self.value(node, scope, this)? {
                    Value::Object(other) => {
                        for (name, value) in other.borrow().iter() {
                            fields.set(name.clone(), value.clone());
                        }
                    }
                    Value::Host(_) => {
                        return Err(self.refused(
                            &node.span,
                            "an object of elsewhere",
                            Why::Elsewhere,
                        ));
                    }
                    _ => {}
                },
            }
        }
        Ok(Value::Object(Rc::new(RefCell::new(fields))))
    }

    fn call_node(
        &mut self,
        callee: &Node,
        arguments: &[Item],
        chain: Chain,
        span: &Span,
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Value, Stop> {
        if let Expr::Member { object, key, chain: link } = &callee.expr {
            let owner = self.value(object, scope, this)?;
            if *link == Chain::Optional && owner.is_nullish() {
                return Err(short());
            }
            let name = self.key(key, scope, this)?;
            if chain == Chain::Optional
                && methods::get(self, &owner, &name, &callee.span)?.is_nullish()
            {
                return Err(short());
            }
            let arguments = match self.arguments(arguments, scope, this) {
                Err(Stop::Refused(_)) if self.is_loading() && idle::call(&owner, &name) => {
                    Vec::new()
                }
                arguments => arguments?,
            };
            return methods::call(self, &owner, &name, arguments, span);
        }
        let function = self.value(callee, scope, this)?;
        if chain == Chain::Optional && function.is_nullish() {
            return Err(short());
        }
        let arguments = self.arguments(arguments, scope, this)?;
        self.call(&function, Value::Undefined, arguments, span)
    }

    /// Calls a function.
    pub(crate) fn call(
        &mut self,
        function: &Value,
        this: Value,
        arguments: Vec<Value>,
        span: &Span,
    ) -> Result<Value, Stop> {
        match function {
            Value::Function(closure) => {
                if self.calls == MAX_CALLS {
                    return Err(self.refused(span, "deep calls", Why::TooLarge));
                }
                self.calls += 1;
                let result = self.enter(closure, this, arguments);
                self.calls -= 1;
                match (closure.function.runs, result) {
                    (Runs::Async, Ok(Value::Promise(outcome))) => Ok(Value::Promise(outcome)),
                    (Runs::Async, Ok(value)) => Ok(Value::Promise(Rc::new(Ok(value)))),
                    (Runs::Async, Err(Stop::Threw(error))) => {
                        Ok(Value::Promise(Rc::new(Err(error))))
                    }
                    (_, result) => result,
                }
            }
            Value::Builtin(name) => builtins::call(self, name, &arguments, span),
            Value::Host(host)
                if *host == unmodelled()
                    && self.is_loading()
                    && arguments.iter().all(|argument| idle::is_data(argument, 0)) =>
            {
                Ok(Value::Host(unmodelled()))
            }
            Value::Host(host) if *host == unmodelled() => {
                Err(self.refused(span, "a function of another module", Why::NotModelled))
            }
            Value::Host(host) => self.call_host(*host, None, arguments, span),
            _ => Err(self.type_error("is not a function")),
        }
    }

    /// Calls something that the program gave, or a method of it. What is of another module is no option of CORS whose
    /// meaning is known, and nothing that an answer can be made of.
    pub(super) fn call_host(
        &mut self,
        host: super::value::Host,
        method: Option<&str>,
        arguments: Vec<Value>,
        span: &Span,
    ) -> Result<Value, Stop> {
        let decides = |argument: &Value| idle::has_unmodelled(argument, 0);
        let options = match (host.kind, method) {
            _ if !self.is_loading() => arguments.as_slice(),
            ("cors-module", _) | (_, Some("enableCors")) => arguments.as_slice(),
            (_, Some("register")) if matches!(arguments.first(), Some(Value::Host(plugin)) if plugin.kind == "cors") => {
                &arguments[1..]
            }
            ("NestFactory", _) => {
                let cors = arguments.get(1).map(|options| options.field("cors"));
                if cors.is_some_and(|cors| decides(&cors)) {
                    return Err(self.refused(span, "options of another module", Why::Elsewhere));
                }
                &[]
            }
            _ => &[],
        };
        if options.iter().any(decides) {
            return Err(self.refused(span, "options of another module", Why::Elsewhere));
        }
        let world = self.world;
        world.call(self, host, method, arguments, span)
    }

    /// Whether a value is as good as true.
    fn truth(&mut self, node: &Node, scope: &Rc<Scope>, this: &Value) -> Result<bool, Stop> {
        let value = self.value(node, scope, this)?;
        self.known(&value, &node.span)?;
        Ok(value.is_truthy())
    }

    /// Nobody knows here what a part of another module is.
    pub(super) fn known(&self, value: &Value, span: &Span) -> Result<(), Stop> {
        if matches!(value, Value::Host(host) if *host == unmodelled()) {
            return Err(self.refused(span, "a value of another module", Why::Elsewhere));
        }
        Ok(())
    }

    fn enter(
        &mut self,
        closure: &Closure,
        this: Value,
        arguments: Vec<Value>,
    ) -> Result<Value, Stop> {
        let function = &closure.function;
        let this = if function.this == This::Own { this } else { closure.this.clone() };
        let scope = Scope::inside(&closure.scope);
        let mut from = arguments.into_iter();
        for parameter in &function.parameters {
            let value = from.next().unwrap_or(Value::Undefined);
            self.bind(parameter, value, &scope, &function.span, &this)?;
        }
        if let Some(rest) = &function.rest {
            self.bind(rest, Value::array(from.collect()), &scope, &function.span, &this)?;
        }
        match &function.body {
            Body::Value(node) => self.value(node, &scope, &this),
            Body::Statements(statements) => match self.block(statements, &scope, &this)? {
                Flow::Returns(value) => Ok(value),
                _ => Ok(Value::Undefined),
            },
        }
    }

    fn assign(
        &mut self,
        target: &Target,
        operator: Option<Assigning>,
        value: &Node,
        span: &Span,
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Value, Stop> {
        match target {
            Target::Unknown(place) => {
                Err(self.refused(place, "an assignment to a pattern", Why::NotModelled))
            }
            Target::Name(name) => {
                let new = match operator {
                    None => self.value(value, scope, this)?,
                    Some(operator) => {
                        let old = self.name(name, span, scope)?;
                        match self.combined(operator, &old, value, span, scope, this)? {
                            Some(new) => new,
                            None => return self.name(name, span, scope),
                        }
                    }
                };
                if !scope.assign(name, new.clone()) {
                    return Err(self.refused(span, &**name, Why::Elsewhere));
                }
                Ok(new)
            }
            Target::Member { object, key } => {
                let owner = self.value(object, scope, this)?;
                let name = self.key(key, scope, this)?;
                let new = match operator {
                    None => self.value(value, scope, this)?,
                    Some(operator) => {
                        let old = methods::get(self, &owner, &name, span)?;
                        match self.combined(operator, &old, value, span, scope, this)? {
                            Some(new) => new,
                            None => return Ok(old),
                        }
                    }
                };
                methods::set(self, &owner, &name, new.clone(), span)?;
                Ok(new)
            }
        }
    }

    /// The new value of an assignment with an operator; `None` where the old one stays.
    fn combined(
        &mut self,
        operator: Assigning,
        old: &Value,
        value: &Node,
        span: &Span,
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Option<Value>, Stop> {
        match operator {
            Assigning::Logical(logical) if decides(logical, old) => Ok(None),
            Assigning::Logical(_) => self.value(value, scope, this).map(Some),
            Assigning::Operator(binary) => {
                let right = self.value(value, scope, this)?;
                self.binary(binary, old, &right, span).map(Some)
            }
        }
    }

    fn unary(
        &mut self,
        operator: Unary,
        operand: &Node,
        scope: &Rc<Scope>,
        this: &Value,
    ) -> Result<Value, Stop> {
        if operator == Unary::Typeof
            && let Expr::Name(name) = &operand.expr
            && scope.get(name).is_none()
            && scope.unknown(name).is_none()
            && self.world.global(name).is_none()
            && builtins::global(name).is_none()
        {
            return Ok(Value::text("undefined"));
        }
        let value = self.value(operand, scope, this)?;
        if operator != Unary::Void {
            self.known(&value, &operand.span)?;
        }
        Ok(match operator {
            Unary::Not => Value::Bool(!value.is_truthy()),
            Unary::Minus => Value::Number(-builtins::number(&value)),
            Unary::Plus => Value::Number(builtins::number(&value)),
            Unary::Void => Value::Undefined,
            Unary::Typeof => Value::text(value.typeof_name()),
        })
    }

    fn binary(
        &mut self,
        operator: Binary,
        left: &Value,
        right: &Value,
        span: &Span,
    ) -> Result<Value, Stop> {
        self.known(left, span)?;
        self.known(right, span)?;
        if matches!((left, right), (Value::Host(_), _) | (_, Value::Host(_)))
            && !matches!(operator, Binary::StrictEqual | Binary::StrictNotEqual)
        {
            return Err(self.refused(span, "a value that is made elsewhere", Why::Computed));
        }
        Ok(match operator {
            Binary::StrictEqual => Value::Bool(left.is_same(right)),
            Binary::StrictNotEqual => Value::Bool(!left.is_same(right)),
            Binary::Equal => Value::Bool(loosely_equal(left, right)),
            Binary::NotEqual => Value::Bool(!loosely_equal(left, right)),
            Binary::Add => match (left, right) {
                (
                    Value::Number(_) | Value::Bool(_) | Value::Undefined | Value::Null,
                    Value::Number(_) | Value::Bool(_) | Value::Undefined | Value::Null,
                ) => Value::Number(builtins::number(left) + builtins::number(right)),
                _ => {
                    let text = format!("{}{}", left.to_text(), right.to_text());
                    self.bounded(&text, span)?;
                    Value::text(text)
                }
            },
            Binary::Subtract => Value::Number(builtins::number(left) - builtins::number(right)),
            Binary::Multiply => Value::Number(builtins::number(left) * builtins::number(right)),
            Binary::Divide => Value::Number(builtins::number(left) / builtins::number(right)),
            Binary::Remainder => Value::Number(builtins::number(left) % builtins::number(right)),
            Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual => {
                Value::Bool(compares(operator, left, right))
            }
            Binary::In => match right {
                Value::Object(fields) => {
                    Value::Bool(fields.borrow().get(&left.to_text()).is_some())
                }
                _ => return Err(self.refused(span, "in", Why::NotModelled)),
            },
            Binary::Instanceof => return Err(self.refused(span, "instanceof", Why::NotModelled)),
        })
    }
}

/// The mark that an optional chain stopped short; only [`Expr::Chained`] sees it.
const SHORT: &str = "an optional chain that stopped short";

fn short() -> Stop {
    Stop::Threw(Value::Builtin(SHORT))
}

fn decides(operator: Logical, left: &Value) -> bool {
    match operator {
        Logical::And => !left.is_truthy(),
        Logical::Or => left.is_truthy(),
        Logical::Coalesce => !left.is_nullish(),
    }
}

fn loosely_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Undefined | Value::Null, Value::Undefined | Value::Null) => true,
        (Value::Undefined | Value::Null, _) | (_, Value::Undefined | Value::Null) => false,
        (Value::Number(_) | Value::Bool(_), Value::Text(_) | Value::Bool(_) | Value::Number(_))
        | (Value::Text(_), Value::Number(_) | Value::Bool(_)) => {
            builtins::number(left) == builtins::number(right)
        }
        (Value::Text(text), Value::Array(_)) | (Value::Array(_), Value::Text(text)) => {
            let other = if matches!(left, Value::Array(_)) { left } else { right };
            other.to_text() == *text
        }
        _ => left.is_same(right),
    }
}

fn compares(operator: Binary, left: &Value, right: &Value) -> bool {
    if let (Value::Text(left), Value::Text(right)) = (left, right) {
        return match operator {
            Binary::Less => left < right,
            Binary::LessOrEqual => left <= right,
            Binary::Greater => left > right,
            _ => left >= right,
        };
    }
    let (left, right) = (builtins::number(left), builtins::number(right));
    match operator {
        Binary::Less => left < right,
        Binary::LessOrEqual => left <= right,
        Binary::Greater => left > right,
        _ => left >= right,
    }
}
