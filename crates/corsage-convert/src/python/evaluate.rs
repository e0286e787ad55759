//! Walks through a module.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use ruff_python_ast::{
    BoolOp, CmpOp, Comprehension, Expr, InterpolatedStringElement, Number, Operator, Stmt,
    StmtFunctionDef, UnaryOp,
};
use ruff_text_size::Ranged;

use super::by_hand;
use super::call::{Argument, Call, Calls};
use super::methods;
use super::value::{Value, truth};
use crate::{NotRead, Refused, Span, Why};

/// How long a module may be.
const MAX_TEXT_BYTES: usize = 1024 * 1024;
/// How many steps one run may take.
const MAX_STEPS: usize = 100_000;
/// How deep constructs may stand inside each other.
const MAX_DEPTH: usize = 120;
/// How long a list or text may grow.
pub(super) const MAX_LENGTH: usize = 20_000;
/// Stack for trees that stand deep.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// The names that a module leaves, with the place where each was given its value.
pub(crate) type Names = BTreeMap<String, (Value, Span)>;

/// Walks through a module.
///
/// # Errors
/// The text is no Python, or is too large.
pub(crate) fn run(
    text: &str,
    environment: Option<&BTreeMap<String, String>>,
    calls: &mut dyn Calls,
) -> Result<Names, NotRead> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(NotRead::refused(Refused::new(0..text.len(), "the module", Why::TooLarge)));
    }
    // Letting go of a tree takes stack as well, and so does the comparison of its parts.
    let levels = text.bytes().filter(|byte| b"([{-+~*:.".contains(byte)).count();
    crate::deep::grow(STACK_BYTES + levels.min(MAX_TEXT_BYTES) * 512, || {
        let parsed = match ruff_python_parser::parse_module(text) {
            Ok(parsed) => parsed.into_syntax(),
            Err(error) => {
                let span = span(&error.location);
                let what = text.get(span.clone()).unwrap_or_default();
                return Err(NotRead::refused(Refused::new(span, what, Why::Syntax)));
            }
        };
        let mut run = Run {
            environment,
            calls,
            names: Names::new(),
            functions: HashMap::new(),
            called: Vec::new(),
            steps: 0,
            depth: 0,
            certain: true,
            decorators: None,
        };
        if let Some((span, name)) = by_hand::first_header(&parsed.body) {
            return Err(NotRead::refused(Refused::new(span, name, Why::NotModelled)));
        }
        run.body(&parsed.body);
        run.uncalled(&parsed.body);
        if run.steps > MAX_STEPS {
            let all = 0..text.len();
            return Err(NotRead::refused(Refused::new(all, "a long computation", Why::TooLarge)));
        }
        Ok(run.names)
    })
}

fn span(of: &impl Ranged) -> Span {
    of.start().to_usize()..of.end().to_usize()
}

struct Run<'a, 'e> {
    environment: Option<&'e BTreeMap<String, String>>,
    calls: &'e mut dyn Calls,
    names: Names,
    functions: HashMap<String, &'a StmtFunctionDef>,
    called: Vec<String>,
    steps: usize,
    depth: usize,
    certain: bool,
    /// The calls among the decorators that are looked at.
    decorators: Option<Vec<Call>>,
}

/// Whether a body went to its end.
enum Flow {
    On,
    Returns(Value),
}

impl<'a> Run<'a, '_> {
    fn body(&mut self, body: &'a [Stmt]) -> Flow {
        for statement in body {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                break;
            }
            if let Flow::Returns(value) = self.statement(statement) {
                return Flow::Returns(value);
            }
        }
        Flow::On
    }

    /// Functions that the module only defines are called by somebody else.
    fn uncalled(&mut self, body: &'a [Stmt]) {
        for statement in body {
            if let Stmt::FunctionDef(function) = statement
                && !self.called.contains(&function.name.to_string())
            {
                self.enter(function, &[]);
            }
        }
    }

    fn maybe<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.certain, false);
        let result = inner(self);
        self.certain = before;
        result
    }

    fn statement(&mut self, statement: &'a Stmt) -> Flow {
        if self.depth > MAX_DEPTH {
            self.steps = MAX_STEPS + 1;
            return Flow::On;
        }
        self.depth += 1;
        let flow = self.one(statement);
        self.depth -= 1;
        flow
    }

    fn one(&mut self, statement: &'a Stmt) -> Flow {
        match statement {
            Stmt::Expr(it) => {
                self.value(&it.value);
            }
            Stmt::Assign(it) => {
                let value = self.value(&it.value);
                for target in &it.targets {
                    self.assign(target, value.clone(), span(&*it.value));
                }
            }
            Stmt::AnnAssign(it) => {
                if let Some(value) = &it.value {
                    let given = self.value(value);
                    self.assign(&it.target, given, span(&**value));
                }
            }
            Stmt::AugAssign(it) => {
                let old = self.value(&it.target);
                let more = self.value(&it.value);
                let new = methods::binary(it.op, &old, &more)
                    .unwrap_or_else(|| Value::unknown(span(it), "an operation", Why::Computed));
                self.assign(&it.target, new, span(&*it.value));
            }
            Stmt::Import(it) => {
                for name in &it.names {
                    let whole = name.name.to_string();
                    let here = name.asname.as_ref().map_or_else(
                        || whole.split('.').next().unwrap_or_default().to_owned(),
                        ToString::to_string,
                    );
                    let there = if name.asname.is_some() { whole } else { here.clone() };
                    self.names.insert(here, (Value::Outside(there.into()), span(it)));
                }
            }
            Stmt::ImportFrom(it) => {
                let module = it.module.as_ref().map(ToString::to_string).unwrap_or_default();
                for name in &it.names {
                    let here = name.asname.as_ref().unwrap_or(&name.name).to_string();
                    let there = format!("{module}.{}", name.name);
                    let value =
                        self.calls.known(&there).unwrap_or_else(|| Value::Outside(there.into()));
                    self.names.insert(here, (value, span(it)));
                }
            }
            Stmt::FunctionDef(it) => {
                self.functions.insert(it.name.to_string(), it);
                self.decorators = Some(Vec::new());
                for decorator in &it.decorator_list {
                    self.value(&decorator.expression);
                }
                let decorators = self.decorators.take().unwrap_or_default();
                self.calls.decorated(&decorators);
                let function = Value::Outside(format!("{}", it.name).into());
                self.names.insert(it.name.to_string(), (function, span(it)));
            }
            Stmt::ClassDef(it) => {
                // Settings are often fields of a class: their names count as the class's own.
                let before = std::mem::take(&mut self.names);
                let outer = before.clone();
                self.names = before;
                self.body(&it.body);
                let inside = std::mem::replace(&mut self.names, outer);
                let class = it.name.to_string();
                for (name, (value, place)) in inside {
                    self.names.entry(format!("{class}.{name}")).or_insert((value, place));
                }
                self.names.insert(class.clone(), (Value::Outside(class.into()), span(it)));
            }
            Stmt::Return(it) => {
                let value = it.value.as_ref().map_or(Value::None, |value| self.value(value));
                return Flow::Returns(value);
            }
            Stmt::If(it) => return self.branches(it),
            Stmt::For(it) => {
                let over = self.value(&it.iter);
                let items = match &over {
                    Value::Outside(name) => self.calls.iterate(name).map(|one| vec![one]),
                    other => other.items(),
                };
                match items {
                    Some(items) => {
                        for item in items {
                            self.assign(&it.target, item, span(&*it.iter));
                            self.body(&it.body);
                        }
                    }
                    None => {
                        let unknown = Value::unknown(span(&*it.iter), "a loop", Why::Computed);
                        self.assign(&it.target, unknown, span(&*it.iter));
                        self.maybe(|run| run.body(&it.body));
                    }
                }
            }
            Stmt::While(it) => {
                self.maybe(|run| run.body(&it.body));
            }
            Stmt::With(it) => return self.body(&it.body),
            Stmt::Try(it) => {
                self.body(&it.body);
                self.maybe(|run| {
                    for ruff_python_ast::ExceptHandler::ExceptHandler(handler) in &it.handlers {
                        run.body(&handler.body);
                    }
                });
                self.body(&it.finalbody);
            }
            Stmt::Match(it) => {
                self.maybe(|run| {
                    for case in &it.cases {
                        run.body(&case.body);
                    }
                });
            }
            _ => {}
        }
        Flow::On
    }

    fn branches(&mut self, it: &'a ruff_python_ast::StmtIf) -> Flow {
        let first = std::iter::once((Some(&*it.test), &it.body));
        let rest = it.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body));
        let mut undecided = false;
        for (test, body) in first.chain(rest) {
            let known = match test {
                // `if __name__ == "__main__"` holds for whoever runs it, and the module is configured alike.
                Some(test) if is_main(test) => Some(true),
                Some(test) => {
                    let value = self.value(test);
                    truth(&value)
                }
                None => Some(true),
            };
            match known {
                Some(false) => {}
                Some(true) if !undecided => return self.body(body),
                decided => {
                    // Names that are given here may have this value, or another.
                    let before = self.names.clone();
                    self.maybe(|run| run.body(body));
                    let place = test.map_or_else(|| span(it), span);
                    for (name, (value, _)) in &mut self.names {
                        let same = before.get(name).is_some_and(|(old, _)| old.is_equal(value));
                        if !same && !matches!(value, Value::Outside(_)) {
                            *value = Value::unknown(place.clone(), name.clone(), Why::Computed);
                        }
                    }
                    undecided = true;
                    if decided == Some(true) {
                        break;
                    }
                }
            }
        }
        Flow::On
    }

    fn assign(&mut self, target: &'a Expr, value: Value, place: Span) {
        let value = if self.certain {
            value
        } else {
            match value {
                Value::Unknown(_) | Value::Outside(_) => value,
                _ => {
                    Value::unknown(place.clone(), "a value that a condition decides", Why::Computed)
                }
            }
        };
        match target {
            Expr::Name(name) => {
                self.names.insert(name.id.to_string(), (value, place));
            }
            Expr::Tuple(targets) => self.unpack(&targets.elts, &value, &place),
            Expr::List(targets) => self.unpack(&targets.elts, &value, &place),
            Expr::Attribute(it) => {
                if let Value::Outside(owner) = self.value(&it.value) {
                    let name = format!("{owner}.{}", it.attr);
                    self.calls.assign(&name, &value, &place, self.certain);
                    self.names.insert(name, (value, place));
                }
            }
            Expr::Subscript(it) => {
                let key = self.value(&it.slice);
                match self.value(&it.value) {
                    Value::Outside(owner) => {
                        let key = key.to_text().unwrap_or_default();
                        let name = format!("{owner}[{key}]");
                        self.calls.assign(&name, &value, &place, self.certain);
                    }
                    Value::Dict(mut fields) => {
                        match fields.iter_mut().find(|(other, _)| other.is_equal(&key)) {
                            Some((_, old)) => *old = value,
                            None => fields.push((key, value)),
                        }
                        self.assign(&it.value, Value::Dict(fields), place);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: &Value, place: &Span) {
        let items = value.items().filter(|items| items.len() == targets.len());
        for (at, target) in targets.iter().enumerate() {
            let value = match &items {
                Some(items) => items[at].clone(),
                None => Value::unknown(place.clone(), "a part of a value", Why::Computed),
            };
            self.assign(target, value, place.clone());
        }
    }

    fn value(&mut self, expression: &'a Expr) -> Value {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            self.steps = MAX_STEPS + 1;
            return Value::unknown(span(expression), "a long computation", Why::TooLarge);
        }
        self.depth += 1;
        let value = self.expression(expression);
        self.depth -= 1;
        value
    }

    fn expression(&mut self, expression: &'a Expr) -> Value {
        let place = span(expression);
        let unknown = |what: &str| Value::unknown(place.clone(), what, Why::Computed);
        match expression {
            Expr::NoneLiteral(_) => Value::None,
            Expr::BooleanLiteral(it) => Value::Bool(it.value),
            Expr::NumberLiteral(it) => match &it.value {
                Number::Int(int) => int.as_i64().map_or_else(|| unknown("a number"), Value::Int),
                Number::Float(value) => Value::Float(*value),
                Number::Complex { .. } => unknown("a complex number"),
            },
            Expr::StringLiteral(it) => Value::text(it.value.to_str()),
            Expr::FString(it) => {
                let mut text = String::new();
                for part in &it.value {
                    match part {
                        ruff_python_ast::FStringPart::Literal(literal) => text.push_str(literal),
                        ruff_python_ast::FStringPart::FString(part) => {
                            for element in &part.elements {
                                match element {
                                    InterpolatedStringElement::Literal(it) => {
                                        text.push_str(&it.value);
                                    }
                                    InterpolatedStringElement::Interpolation(it) => {
                                        let value = self.value(&it.expression);
                                        if let Some(unknown) = value.first_unknown() {
                                            return Value::Unknown(Rc::new(unknown.clone()));
                                        }
                                        match value.to_text() {
                                            Some(more) if it.format_spec.is_none() => {
                                                text.push_str(&more);
                                            }
                                            _ => return unknown("a text that is made elsewhere"),
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                Value::text(text)
            }
            Expr::List(it) => Value::List(self.elements(&it.elts)),
            Expr::Tuple(it) => Value::Tuple(self.elements(&it.elts)),
            Expr::Set(it) => methods::set(self.elements(&it.elts)),
            Expr::Dict(it) => {
                let mut fields: Vec<(Value, Value)> = Vec::new();
                for item in &it.items {
                    let value = self.value(&item.value);
                    match &item.key {
                        Some(key) => {
                            let key = self.value(key);
                            methods::set_field(&mut fields, key, value);
                        }
                        None => match value {
                            Value::Dict(more) => {
                                for (key, value) in more {
                                    methods::set_field(&mut fields, key, value);
                                }
                            }
                            Value::Unknown(_) => return value,
                            _ => return unknown("fields of another object"),
                        },
                    }
                }
                Value::Dict(fields)
            }
            Expr::Name(it) => match self.names.get(it.id.as_str()) {
                Some((value, _)) => {
                    // A copy costs what it weighs, and one that stands too deep is not made.
                    let Some(weight) = value.weight() else {
                        return Value::unknown(place, "deep nesting", Why::TooLarge);
                    };
                    self.steps += weight;
                    value.clone()
                }
                None => Value::Outside(it.id.as_str().into()),
            },
            Expr::Attribute(it) => match self.value(&it.value) {
                Value::Outside(owner) => {
                    let name = format!("{owner}.{}", it.attr);
                    match self.names.get(&name) {
                        Some((value, _)) => value.clone(),
                        None => Value::Outside(name.into()),
                    }
                }
                Value::Regex(pattern) if &*it.attr == "pattern" => {
                    Value::Text(pattern.written.clone())
                }
                Value::Unknown(it) => Value::Unknown(it),
                _ => unknown("an attribute"),
            },
            Expr::Subscript(it) => {
                let key = self.value(&it.slice);
                match self.value(&it.value) {
                    Value::Outside(owner) if is_environment(&owner) => {
                        self.variable(&key, None, place)
                    }
                    Value::Outside(owner) => {
                        let key = key.to_text().unwrap_or_default();
                        Value::Outside(format!("{owner}[{key}]").into())
                    }
                    owner => methods::subscript(&owner, &key).unwrap_or_else(|| unknown("a part")),
                }
            }
            Expr::BoolOp(it) => {
                let mut last = Value::None;
                for value in &it.values {
                    last = self.value(value);
                    match (truth(&last), it.op) {
                        (None, _) => return named_unknown(last, &place),
                        (Some(true), BoolOp::Or) | (Some(false), BoolOp::And) => break,
                        _ => {}
                    }
                }
                last
            }
            Expr::UnaryOp(it) => {
                let value = self.value(&it.operand);
                match (it.op, &value) {
                    (UnaryOp::Not, _) => match truth(&value) {
                        Some(truth) => Value::Bool(!truth),
                        None => named_unknown(value, &place),
                    },
                    (UnaryOp::USub, Value::Int(number)) => {
                        number.checked_neg().map_or_else(|| unknown("a number"), Value::Int)
                    }
                    (UnaryOp::USub, Value::Float(number)) => Value::Float(-number),
                    (UnaryOp::UAdd, Value::Int(_) | Value::Float(_)) => value,
                    _ => unknown("an operation"),
                }
            }
            Expr::BinOp(it) => {
                let left = self.value(&it.left);
                let right = self.value(&it.right);
                // Flags of expressions stay as they are written.
                if let (Operator::BitOr, Value::Outside(left), Value::Outside(right)) =
                    (it.op, &left, &right)
                {
                    return Value::Outside(format!("{left}|{right}").into());
                }
                for side in [&left, &right] {
                    if let Some(unknown) = side.first_unknown() {
                        return Value::Unknown(Rc::new(unknown.clone()));
                    }
                    if matches!(side, Value::Outside(_)) {
                        return named_unknown(side.clone(), &place);
                    }
                }
                methods::binary(it.op, &left, &right).unwrap_or_else(|| unknown("an operation"))
            }
            Expr::Compare(it) => self.compare(it, &place),
            Expr::If(it) => {
                let test = self.value(&it.test);
                match truth(&test) {
                    Some(true) => self.value(&it.body),
                    Some(false) => self.value(&it.orelse),
                    None => named_unknown(test, &place),
                }
            }
            Expr::ListComp(it) => self.comprehension(&it.elt, &it.generators, &place, Value::List),
            Expr::Generator(it) => self.comprehension(&it.elt, &it.generators, &place, Value::List),
            Expr::SetComp(it) => self.comprehension(&it.elt, &it.generators, &place, methods::set),
            Expr::Await(it) => self.value(&it.value),
            Expr::Named(it) => {
                let value = self.value(&it.value);
                self.assign(&it.target, value.clone(), span(&*it.value));
                value
            }
            Expr::Call(it) => self.call(it, &place),
            Expr::Starred(it) => self.value(&it.value),
            _ => Value::unknown(place, "an expression", Why::NotModelled),
        }
    }

    fn elements(&mut self, elements: &'a [Expr]) -> Vec<Value> {
        let mut values = Vec::new();
        for element in elements {
            match element {
                Expr::Starred(it) => {
                    let value = self.value(&it.value);
                    match value.items() {
                        Some(items) if values.len() + items.len() < MAX_LENGTH => {
                            values.extend(items);
                        }
                        _ => values.push(named_unknown(value, &span(element))),
                    }
                }
                other => values.push(self.value(other)),
            }
        }
        values
    }

    fn compare(&mut self, it: &'a ruff_python_ast::ExprCompare, place: &Span) -> Value {
        let mut left = self.value(&it.left);
        for (operator, right) in it.ops.iter().zip(&it.comparators) {
            let right = self.value(right);
            for side in [&left, &right] {
                if matches!(side, Value::Outside(_) | Value::Unknown(_)) {
                    return named_unknown(side.clone(), place);
                }
            }
            let holds = match operator {
                CmpOp::Eq => left.is_equal(&right),
                CmpOp::NotEq => !left.is_equal(&right),
                CmpOp::Is => {
                    matches!((&left, &right), (Value::None, Value::None)) || left.is_equal(&right)
                }
                CmpOp::IsNot => {
                    !matches!((&left, &right), (Value::None, Value::None)) && !left.is_equal(&right)
                }
                CmpOp::In | CmpOp::NotIn => {
                    let Some(contains) = methods::contains(&right, &left) else {
                        return Value::unknown(place.clone(), "a comparison", Why::Computed);
                    };
                    contains == (*operator == CmpOp::In)
                }
                CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => {
                    let (Some(a), Some(b)) = (left.number(), right.number()) else {
                        return Value::unknown(place.clone(), "a comparison", Why::Computed);
                    };
                    match operator {
                        CmpOp::Lt => a < b,
                        CmpOp::LtE => a <= b,
                        CmpOp::Gt => a > b,
                        _ => a >= b,
                    }
                }
            };
            if !holds {
                return Value::Bool(false);
            }
            left = right;
        }
        Value::Bool(true)
    }

    fn comprehension(
        &mut self,
        element: &'a Expr,
        generators: &'a [Comprehension],
        place: &Span,
        collect: impl Fn(Vec<Value>) -> Value,
    ) -> Value {
        let [generator] = generators else {
            return Value::unknown(place.clone(), "a nested comprehension", Why::NotModelled);
        };
        let over = self.value(&generator.iter);
        let Some(items) = over.items() else { return named_unknown(over, place) };
        let mut values = Vec::new();
        for item in items {
            self.assign(&generator.target, item, span(&generator.iter));
            let mut wanted = true;
            for condition in &generator.ifs {
                let value = self.value(condition);
                match truth(&value) {
                    Some(true) => {}
                    Some(false) => wanted = false,
                    None => return named_unknown(value, place),
                }
            }
            if wanted {
                values.push(self.value(element));
            }
        }
        collect(values)
    }

    /// A variable of the environment.
    fn variable(&self, name: &Value, otherwise: Option<Value>, place: Span) -> Value {
        let Value::Text(name) = name else {
            return Value::unknown(place, "a variable of the environment", Why::Elsewhere);
        };
        match self.environment {
            None => Value::unknown(place, &**name, Why::Elsewhere),
            Some(all) => match all.get(&**name) {
                Some(value) => Value::text(value),
                None => otherwise.unwrap_or_else(|| Value::unknown(place, &**name, Why::Elsewhere)),
            },
        }
    }

    fn arguments(&mut self, it: &'a ruff_python_ast::ExprCall) -> Vec<Argument> {
        let mut all = Vec::new();
        for argument in &it.arguments.args {
            let place = span(argument);
            match argument {
                Expr::Starred(it) => {
                    let value = self.value(&it.value);
                    match value.items() {
                        Some(items) => all.extend(items.into_iter().map(|value| Argument {
                            name: None,
                            value,
                            span: place.clone(),
                        })),
                        None => {
                            let value = named_unknown(value, &place);
                            all.push(Argument { name: None, value, span: place });
                        }
                    }
                }
                other => {
                    let value = self.value(other);
                    all.push(Argument { name: None, value, span: place });
                }
            }
        }
        for keyword in &it.arguments.keywords {
            let value = self.value(&keyword.value);
            let place = span(&keyword.value);
            match &keyword.arg {
                Some(name) => {
                    all.push(Argument { name: Some(name.to_string()), value, span: place });
                }
                None => match value {
                    Value::Dict(fields) => {
                        for (key, value) in fields {
                            let name = key.to_text().map(|key| key.to_string());
                            all.push(Argument { name, value, span: place.clone() });
                        }
                    }
                    other => {
                        // Which arguments these are is not known: whoever listens sees one it cannot read.
                        let value = named_unknown(other, &place);
                        all.push(Argument { name: Some("**".to_owned()), value, span: place });
                    }
                },
            }
        }
        all
    }

    fn call(&mut self, it: &'a ruff_python_ast::ExprCall, place: &Span) -> Value {
        if let Expr::Attribute(member) = &*it.func {
            let owner = self.value(&member.value);
            match owner {
                Value::Outside(owner) => {
                    let callee = format!("{owner}.{}", member.attr);
                    return self.call_outside(callee, it, place);
                }
                Value::Unknown(_) => {
                    self.arguments(it);
                    return owner;
                }
                owner => {
                    let arguments = self.arguments(it);
                    let (result, changed) = methods::call(&owner, &member.attr, &arguments);
                    if let Some(changed) = changed {
                        self.assign(&member.value, changed, place.clone());
                    }
                    return result.unwrap_or_else(|| {
                        Value::unknown(place.clone(), &*member.attr, Why::NotModelled)
                    });
                }
            }
        }
        match self.value(&it.func) {
            Value::Outside(callee) => self.call_outside(callee.to_string(), it, place),
            other => {
                self.arguments(it);
                named_unknown(other, place)
            }
        }
    }

    fn call_outside(
        &mut self,
        callee: String,
        it: &'a ruff_python_ast::ExprCall,
        place: &Span,
    ) -> Value {
        let arguments = self.arguments(it);
        let positional = |index: usize| arguments.get(index).map(|argument| argument.value.clone());
        let named = |name: &str| {
            arguments.iter().find(|it| it.name.as_deref() == Some(name)).map(|it| it.value.clone())
        };
        match callee.as_str() {
            "os.environ.get" | "os.getenv" | "environ.get" | "getenv" => {
                let otherwise = positional(1).or_else(|| named("default")).unwrap_or(Value::None);
                let name = positional(0).unwrap_or(Value::None);
                return self.variable(&name, Some(otherwise), place.clone());
            }
            "re.compile" => {
                let flags = positional(1).or_else(|| named("flags")).unwrap_or(Value::None);
                return methods::compile(positional(0), &flags, place.clone());
            }
            "datetime.timedelta" | "timedelta" => {
                return methods::duration(&arguments)
                    .unwrap_or_else(|| Value::unknown(place.clone(), "a duration", Why::Computed));
            }
            _ => {}
        }
        // A copy of something of elsewhere is gone through as that is.
        if let ("list" | "tuple" | "sorted", [Argument { value: Value::Outside(_), .. }]) =
            (callee.as_str(), arguments.as_slice())
        {
            return arguments[0].value.clone();
        }
        if let Some(value) = methods::builtin(&callee, &arguments) {
            return value;
        }
        let call = Call { callee, arguments, span: place.clone(), certain: self.certain };
        if let Some(decorators) = &mut self.decorators {
            decorators.push(call.clone());
        }
        if let Some(value) = self.calls.call(&call) {
            return value;
        }
        if let Some(function) = self.functions.get(&call.callee).copied() {
            let arguments: Vec<Value> = call.arguments.iter().map(|it| it.value.clone()).collect();
            return self.enter(function, &arguments);
        }
        Value::Outside(format!("{}()", call.callee).into())
    }

    fn enter(&mut self, function: &'a StmtFunctionDef, arguments: &[Value]) -> Value {
        let name = function.name.to_string();
        // A function that calls itself is not followed.
        if self.called.contains(&name) || self.depth > MAX_DEPTH / 2 {
            return Value::Outside(format!("{name}()").into());
        }
        self.called.push(name);
        let before = self.names.clone();
        for (at, parameter) in function.parameters.iter_non_variadic_params().enumerate() {
            let own = parameter.parameter.name.to_string();
            let value = match (arguments.get(at), &parameter.default) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => self.value(default),
                (None, None) => Value::Outside(own.as_str().into()),
            };
            self.names.insert(own, (value, span(parameter)));
        }
        let flow = self.body(&function.body);
        self.names = before;
        match flow {
            Flow::Returns(value) => value,
            Flow::On => Value::None,
        }
    }
}

fn is_main(test: &Expr) -> bool {
    match test {
        Expr::Compare(it) => {
            matches!(&*it.left, Expr::Name(name) if name.id.as_str() == "__name__")
        }
        _ => false,
    }
}

fn is_environment(owner: &str) -> bool {
    matches!(owner, "os.environ" | "environ")
}

/// What is not known, by its own name where it has one.
fn named_unknown(value: Value, place: &Span) -> Value {
    match value {
        Value::Unknown(_) => value,
        Value::Outside(name) => Value::unknown(place.clone(), &*name, Why::Elsewhere),
        _ => Value::unknown(place.clone(), "a value", Why::Computed),
    }
}
