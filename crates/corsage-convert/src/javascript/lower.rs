//! From oxc's tree to ours. What has no model becomes `Unknown`, with its place: only a piece that is
//! really used is refused.

use std::rc::Rc;

use oxc_ast::ast::{self, AssignmentOperator, BinaryOperator, LogicalOperator, UnaryOperator};
use oxc_span::GetSpan;

use super::tree::{
    Assigning, Binary, Binding, Body, Chain, Expr, Function, Item, Key, Kind, Logical, Node,
    Property, Runs, Statement, Target, This, Unary,
};
use crate::Span;

/// How deep constructs may stand inside each other. Code that people write stays below thirty.
const MAX_DEPTH: usize = 150;

pub(super) fn lower_program(program: &ast::Program<'_>) -> Vec<Statement> {
    Lower { depth: 0 }.statements(&program.body)
}

struct Lower {
    depth: usize,
}

fn span(of: &impl GetSpan) -> Span {
    let span = of.span();
    span.start as usize..span.end as usize
}

impl Lower {
    fn statements(&mut self, statements: &[ast::Statement<'_>]) -> Vec<Statement> {
        statements.iter().map(|statement| self.statement(statement)).collect()
    }

    fn deeper<T>(&mut self, too_deep: T, inner: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth == MAX_DEPTH {
            return too_deep;
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn statement(&mut self, statement: &ast::Statement<'_>) -> Statement {
        let kind =
            self.deeper(Kind::Unknown("deep nesting"), |lower| lower.statement_kind(statement));
        Statement { span: span(statement), kind }
    }

    fn statement_kind(&mut self, statement: &ast::Statement<'_>) -> Kind {
        use ast::Statement as S;
        match statement {
            S::EmptyStatement(_)
            | S::TSTypeAliasDeclaration(_)
            | S::TSInterfaceDeclaration(_)
            | S::TSGlobalDeclaration(_)
            | S::TSModuleDeclaration(_)
            | S::DebuggerStatement(_) => Kind::Nothing,
            S::ExpressionStatement(it) => Kind::Do(self.node(&it.expression)),
            S::BlockStatement(it) => Kind::Block(self.statements(&it.body)),
            S::IfStatement(it) => Kind::If {
                test: self.node(&it.test),
                then: Box::new(self.statement(&it.consequent)),
                otherwise: it.alternate.as_ref().map(|it| Box::new(self.statement(it))),
            },
            S::ReturnStatement(it) => Kind::Return(it.argument.as_ref().map(|it| self.node(it))),
            S::ThrowStatement(it) => Kind::Throw(self.node(&it.argument)),
            S::BreakStatement(it) if it.label.is_none() => Kind::Break,
            S::ContinueStatement(it) if it.label.is_none() => Kind::Continue,
            S::ForOfStatement(it) if !it.r#await => {
                let each = match &it.left {
                    ast::ForStatementLeft::VariableDeclaration(declared) => {
                        declared.declarations.first().map(|one| self.binding(&one.id))
                    }
                    _ => return Kind::Unknown("a loop over a name of outside"),
                };
                Kind::ForOf {
                    each,
                    of: self.node(&it.right),
                    body: Box::new(self.statement(&it.body)),
                }
            }
            S::TryStatement(it) => Kind::Try {
                block: self.statements(&it.block.body),
                caught: it.handler.as_ref().map(|handler| {
                    let name = handler.param.as_ref().map(|it| self.binding(&it.pattern));
                    (name, self.statements(&handler.body.body))
                }),
                last: it.finalizer.as_ref().map(|it| self.statements(&it.body)).unwrap_or_default(),
            },
            S::SwitchStatement(it) => Kind::Switch {
                on: self.node(&it.discriminant),
                cases: it
                    .cases
                    .iter()
                    .map(|case| {
                        let test = case.test.as_ref().map(|test| self.node(test));
                        (test, self.statements(&case.consequent))
                    })
                    .collect(),
            },
            S::VariableDeclaration(it) => self.variables(it),
            S::FunctionDeclaration(it) => match self.function(it) {
                Expr::Function(function) => Kind::Function(function),
                _ => Kind::Unknown("a generator"),
            },
            S::ImportDeclaration(it) => Kind::Import {
                module: it.source.value.as_str().into(),
                names: it.specifiers.iter().flatten().map(imported).collect(),
            },
            S::ExportNamedDeclaration(it) => {
                let kind = match &it.declaration {
                    Some(ast::Declaration::VariableDeclaration(it)) => self.variables(it),
                    Some(ast::Declaration::FunctionDeclaration(it)) => match self.function(it) {
                        Expr::Function(function) => Kind::Function(function),
                        _ => Kind::Unknown("a generator"),
                    },
                    None
                    | Some(
                        ast::Declaration::TSTypeAliasDeclaration(_)
                        | ast::Declaration::TSInterfaceDeclaration(_),
                    ) => Kind::Nothing,
                    Some(_) => Kind::Unknown("a declaration"),
                };
                Kind::Export(Box::new(Statement { span: span(&**it), kind }))
            }
            S::ExportDefaultDeclaration(it) => match &it.declaration {
                ast::ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                    let expr = self.function(function);
                    Kind::ExportDefault(Node { span: span(&**function), expr })
                }
                other => match other.as_expression() {
                    Some(value) => Kind::ExportDefault(self.node(value)),
                    None => Kind::Unknown("an export"),
                },
            },
            S::ClassDeclaration(_) => Kind::Unknown("a class"),
            S::ForStatement(_)
            | S::ForInStatement(_)
            | S::WhileStatement(_)
            | S::DoWhileStatement(_) => Kind::Unknown("a loop"),
            _ => Kind::Unknown("a statement"),
        }
    }

    fn variables(&mut self, declaration: &ast::VariableDeclaration<'_>) -> Kind {
        let one = |lower: &mut Self, it: &ast::VariableDeclarator<'_>| {
            (lower.binding(&it.id), it.init.as_ref().map(|init| lower.node(init)))
        };
        Kind::Declare(declaration.declarations.iter().map(|it| one(self, it)).collect())
    }

    fn binding(&mut self, pattern: &ast::BindingPattern<'_>) -> Binding {
        let nothing = || Binding::Object { fields: Vec::new(), rest: None };
        self.deeper(nothing(), |lower| match &pattern.kind {
            ast::BindingPatternKind::BindingIdentifier(it) => {
                Binding::Name(it.name.as_str().into())
            }
            ast::BindingPatternKind::ObjectPattern(it) => Binding::Object {
                fields: it
                    .properties
                    .iter()
                    .map(|one| (lower.key(&one.key, one.computed), lower.binding(&one.value)))
                    .collect(),
                rest: it.rest.as_ref().map(|rest| Box::new(lower.binding(&rest.argument))),
            },
            ast::BindingPatternKind::ArrayPattern(it) => Binding::Array {
                items: it
                    .elements
                    .iter()
                    .map(|one| one.as_ref().map(|one| lower.binding(one)))
                    .collect(),
                rest: it.rest.as_ref().map(|rest| Box::new(lower.binding(&rest.argument))),
            },
            ast::BindingPatternKind::AssignmentPattern(it) => {
                Binding::Default(Box::new(lower.binding(&it.left)), lower.node(&it.right))
            }
        })
    }

    fn node(&mut self, expression: &ast::Expression<'_>) -> Node {
        let expr = self.deeper(Expr::Unknown("deep nesting"), |lower| lower.expr(expression));
        Node { span: span(expression), expr }
    }

    fn boxed(&mut self, expression: &ast::Expression<'_>) -> Box<Node> {
        Box::new(self.node(expression))
    }

    fn expr(&mut self, expression: &ast::Expression<'_>) -> Expr {
        use ast::Expression as E;
        match expression {
            E::BooleanLiteral(it) => Expr::Bool(it.value),
            E::NullLiteral(_) => Expr::Null,
            E::NumericLiteral(it) => Expr::Number(it.value),
            E::StringLiteral(it) => Expr::Text(it.value.as_str().into()),
            E::RegExpLiteral(it) => {
                let flags: String = it.regex.flags.to_string();
                Expr::Regex { pattern: it.regex.pattern.text.as_str().into(), flags: flags.into() }
            }
            E::TemplateLiteral(it) => Expr::Template {
                texts: it
                    .quasis
                    .iter()
                    .map(|quasi| {
                        quasi.value.cooked.as_ref().map_or("", |text| text.as_str()).into()
                    })
                    .collect(),
                holes: it.expressions.iter().map(|hole| self.node(hole)).collect(),
            },
            E::Identifier(it) if it.name == "undefined" => Expr::Undefined,
            E::Identifier(it) => Expr::Name(it.name.as_str().into()),
            E::ThisExpression(_) => Expr::This,
            E::ArrayExpression(it) => {
                Expr::Array(it.elements.iter().map(|element| self.element(element)).collect())
            }
            E::ObjectExpression(it) => self.object(it),
            E::FunctionExpression(it) => self.function(it),
            E::ArrowFunctionExpression(it) => self.arrow(it),
            E::ParenthesizedExpression(it) => self.expr(&it.expression),
            E::TSAsExpression(it) => self.expr(&it.expression),
            E::TSSatisfiesExpression(it) => self.expr(&it.expression),
            E::TSNonNullExpression(it) => self.expr(&it.expression),
            E::TSTypeAssertion(it) => self.expr(&it.expression),
            E::TSInstantiationExpression(it) => self.expr(&it.expression),
            E::AwaitExpression(it) => Expr::Await(self.boxed(&it.argument)),
            E::SequenceExpression(it) => {
                Expr::Sequence(it.expressions.iter().map(|one| self.node(one)).collect())
            }
            E::ConditionalExpression(it) => Expr::Conditional {
                test: self.boxed(&it.test),
                then: self.boxed(&it.consequent),
                otherwise: self.boxed(&it.alternate),
            },
            E::LogicalExpression(it) => Expr::Logical {
                operator: logical(it.operator),
                left: self.boxed(&it.left),
                right: self.boxed(&it.right),
            },
            E::BinaryExpression(it) => match binary(it.operator) {
                Some(operator) => Expr::Binary {
                    operator,
                    left: self.boxed(&it.left),
                    right: self.boxed(&it.right),
                },
                None => Expr::Unknown("an operator on bits"),
            },
            E::UnaryExpression(it) => {
                let operator = match it.operator {
                    UnaryOperator::LogicalNot => Unary::Not,
                    UnaryOperator::UnaryNegation => Unary::Minus,
                    UnaryOperator::UnaryPlus => Unary::Plus,
                    UnaryOperator::Typeof => Unary::Typeof,
                    UnaryOperator::Void => Unary::Void,
                    _ => return Expr::Unknown("an operator"),
                };
                Expr::Unary { operator, operand: self.boxed(&it.argument) }
            }
            E::AssignmentExpression(it) => self.assignment(it),
            E::CallExpression(it) => self.call(it),
            E::NewExpression(it) => Expr::New {
                class: self.boxed(&it.callee),
                arguments: it.arguments.iter().map(|one| self.argument(one)).collect(),
            },
            E::StaticMemberExpression(it) => self.member(it),
            E::ComputedMemberExpression(it) => self.computed(it),
            E::ChainExpression(it) => self.chain(it),
            E::ClassExpression(_) => Expr::Unknown("a class"),
            // `await import("module")` comes to what `require("module")` does.
            E::ImportExpression(it) => Expr::Call {
                callee: Box::new(Node { span: span(&**it), expr: Expr::Name("require".into()) }),
                arguments: vec![Item::One(self.node(&it.source))],
                chain: Chain::Plain,
            },
            _ => Expr::Unknown("an expression"),
        }
    }

    fn assignment(&mut self, it: &ast::AssignmentExpression<'_>) -> Expr {
        let operator = match it.operator {
            AssignmentOperator::Assign => None,
            AssignmentOperator::Addition => Some(Assigning::Operator(Binary::Add)),
            AssignmentOperator::Subtraction => Some(Assigning::Operator(Binary::Subtract)),
            AssignmentOperator::LogicalOr => Some(Assigning::Logical(Logical::Or)),
            AssignmentOperator::LogicalAnd => Some(Assigning::Logical(Logical::And)),
            AssignmentOperator::LogicalNullish => Some(Assigning::Logical(Logical::Coalesce)),
            _ => return Expr::Unknown("an assignment"),
        };
        let target = match &it.left {
            ast::AssignmentTarget::AssignmentTargetIdentifier(name) => {
                Target::Name(name.name.as_str().into())
            }
            ast::AssignmentTarget::StaticMemberExpression(member) => Target::Member {
                object: self.node(&member.object),
                key: Key::Fixed(member.property.name.as_str().into()),
            },
            ast::AssignmentTarget::ComputedMemberExpression(member) => Target::Member {
                object: self.node(&member.object),
                key: Key::Computed(self.node(&member.expression)),
            },
            other => Target::Unknown(span(other)),
        };
        Expr::Assign { target: Box::new(target), operator, value: self.boxed(&it.right) }
    }

    fn member(&mut self, it: &ast::StaticMemberExpression<'_>) -> Expr {
        Expr::Member {
            object: self.boxed(&it.object),
            key: Box::new(Key::Fixed(it.property.name.as_str().into())),
            chain: optional(it.optional),
        }
    }

    fn computed(&mut self, it: &ast::ComputedMemberExpression<'_>) -> Expr {
        Expr::Member {
            object: self.boxed(&it.object),
            key: Box::new(Key::Computed(self.node(&it.expression))),
            chain: optional(it.optional),
        }
    }

    fn call(&mut self, it: &ast::CallExpression<'_>) -> Expr {
        Expr::Call {
            callee: self.boxed(&it.callee),
            arguments: it.arguments.iter().map(|one| self.argument(one)).collect(),
            chain: optional(it.optional),
        }
    }

    fn chain(&mut self, it: &ast::ChainExpression<'_>) -> Expr {
        let expr = match &it.expression {
            ast::ChainElement::CallExpression(it) => self.call(it),
            ast::ChainElement::TSNonNullExpression(it) => self.expr(&it.expression),
            ast::ChainElement::StaticMemberExpression(it) => self.member(it),
            ast::ChainElement::ComputedMemberExpression(it) => self.computed(it),
            ast::ChainElement::PrivateFieldExpression(_) => Expr::Unknown("a private field"),
        };
        Expr::Chained(Box::new(Node { span: span(it), expr }))
    }

    fn element(&mut self, element: &ast::ArrayExpressionElement<'_>) -> Item {
        match element {
            ast::ArrayExpressionElement::SpreadElement(it) => Item::Spread(self.node(&it.argument)),
            ast::ArrayExpressionElement::Elision(_) => Item::Hole,
            other => other.as_expression().map_or(Item::Hole, |it| Item::One(self.node(it))),
        }
    }

    fn argument(&mut self, argument: &ast::Argument<'_>) -> Item {
        match argument {
            ast::Argument::SpreadElement(it) => Item::Spread(self.node(&it.argument)),
            other => other.as_expression().map_or(Item::Hole, |it| Item::One(self.node(it))),
        }
    }

    fn object(&mut self, it: &ast::ObjectExpression<'_>) -> Expr {
        let mut properties = Vec::new();
        for property in &it.properties {
            match property {
                ast::ObjectPropertyKind::SpreadProperty(it) => {
                    properties.push(Property::Spread(self.node(&it.argument)));
                }
                ast::ObjectPropertyKind::ObjectProperty(it) => {
                    let key = self.key(&it.key, it.computed);
                    let value = if it.kind == ast::PropertyKind::Init {
                        self.node(&it.value)
                    } else {
                        Node { span: span(&**it), expr: Expr::Unknown("a getter or setter") }
                    };
                    properties.push(Property::Field(key, value));
                }
            }
        }
        Expr::Object(properties)
    }

    fn key(&mut self, key: &ast::PropertyKey<'_>, computed: bool) -> Key {
        match key {
            ast::PropertyKey::StaticIdentifier(it) => Key::Fixed(it.name.as_str().into()),
            ast::PropertyKey::StringLiteral(it) if !computed => {
                Key::Fixed(it.value.as_str().into())
            }
            other => match other.as_expression() {
                Some(it) => Key::Computed(self.node(it)),
                None => Key::Fixed("".into()),
            },
        }
    }

    fn function(&mut self, it: &ast::Function<'_>) -> Expr {
        if it.generator {
            return Expr::Unknown("a generator");
        }
        let body =
            it.body.as_ref().map(|body| self.statements(&body.statements)).unwrap_or_default();
        Expr::Function(Rc::new(Function {
            span: span(it),
            name: it.id.as_ref().map(|id| id.name.as_str().into()),
            parameters: self.parameters(&it.params),
            rest: self.rest(&it.params),
            body: Body::Statements(body),
            runs: runs(it.r#async),
            this: This::Own,
        }))
    }

    fn arrow(&mut self, it: &ast::ArrowFunctionExpression<'_>) -> Expr {
        // `=> value` comes as a body of one expression.
        let body = match (it.expression, it.body.statements.first()) {
            (true, Some(ast::Statement::ExpressionStatement(value))) => {
                Body::Value(self.boxed(&value.expression))
            }
            _ => Body::Statements(self.statements(&it.body.statements)),
        };
        Expr::Function(Rc::new(Function {
            span: span(it),
            name: None,
            parameters: self.parameters(&it.params),
            rest: self.rest(&it.params),
            body,
            runs: runs(it.r#async),
            this: This::Outer,
        }))
    }

    fn parameters(&mut self, parameters: &ast::FormalParameters<'_>) -> Vec<Binding> {
        parameters.items.iter().map(|one| self.binding(&one.pattern)).collect()
    }

    fn rest(&mut self, parameters: &ast::FormalParameters<'_>) -> Option<Binding> {
        parameters.rest.as_ref().map(|rest| self.binding(&rest.argument))
    }
}

fn imported(specifier: &ast::ImportDeclarationSpecifier<'_>) -> (Option<Rc<str>>, Rc<str>) {
    match specifier {
        ast::ImportDeclarationSpecifier::ImportSpecifier(it) => {
            (Some(it.imported.name().as_str().into()), it.local.name.as_str().into())
        }
        ast::ImportDeclarationSpecifier::ImportDefaultSpecifier(it) => {
            (Some("default".into()), it.local.name.as_str().into())
        }
        ast::ImportDeclarationSpecifier::ImportNamespaceSpecifier(it) => {
            (None, it.local.name.as_str().into())
        }
    }
}

fn optional(optional: bool) -> Chain {
    if optional { Chain::Optional } else { Chain::Plain }
}

fn runs(asynchronous: bool) -> Runs {
    if asynchronous { Runs::Async } else { Runs::AtOnce }
}

fn logical(operator: LogicalOperator) -> Logical {
    match operator {
        LogicalOperator::Or => Logical::Or,
        LogicalOperator::And => Logical::And,
        LogicalOperator::Coalesce => Logical::Coalesce,
    }
}

fn binary(operator: BinaryOperator) -> Option<Binary> {
    Some(match operator {
        BinaryOperator::Equality => Binary::Equal,
        BinaryOperator::Inequality => Binary::NotEqual,
        BinaryOperator::StrictEquality => Binary::StrictEqual,
        BinaryOperator::StrictInequality => Binary::StrictNotEqual,
        BinaryOperator::LessThan => Binary::Less,
        BinaryOperator::LessEqualThan => Binary::LessOrEqual,
        BinaryOperator::GreaterThan => Binary::Greater,
        BinaryOperator::GreaterEqualThan => Binary::GreaterOrEqual,
        BinaryOperator::Addition => Binary::Add,
        BinaryOperator::Subtraction => Binary::Subtract,
        BinaryOperator::Multiplication => Binary::Multiply,
        BinaryOperator::Division => Binary::Divide,
        BinaryOperator::Remainder => Binary::Remainder,
        BinaryOperator::In => Binary::In,
        BinaryOperator::Instanceof => Binary::Instanceof,
        _ => return None,
    })
}
