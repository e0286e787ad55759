//! Options of frameworks, as the line of code that holds them.

use serde_json::{Value, json};

use super::{Plan, Writer, builders};
use crate::Format;
use crate::neutral::Names;
use crate::origins::Pattern;

/// How long browsers remember a preflight that does not say.
const UNSAID_MAX_AGE: i64 = 5;

pub(super) fn write(format: Format, plans: &[Plan], writer: &mut Writer) -> Option<String> {
    for plan in plans.iter().skip(1) {
        writer.left_out(format!("the policy of {}", plan.path), &(0..0));
    }
    let plan = plans.first()?;
    Some(match format {
        Format::Express => {
            let options = javascript(plan, writer, &EXPRESS);
            format!("{}app.use(cors({options}));\n", writer.comments("//"))
        }
        Format::Nestjs => {
            let options = javascript(plan, writer, &EXPRESS);
            format!(
                "{}const app = await NestFactory.create(AppModule);\napp.enableCors({options});\n",
                writer.comments("//")
            )
        }
        Format::Fastify => {
            let options = javascript(plan, writer, &EXPRESS);
            format!("{}await fastify.register(cors, {options});\n", writer.comments("//"))
        }
        Format::Hono => {
            let options = javascript(plan, writer, &HONO);
            format!("{}app.use('*', cors({options}));\n", writer.comments("//"))
        }
        Format::Koa => {
            let options = javascript(plan, writer, &KOA);
            format!("{}app.use(cors({options}));\n", writer.comments("//"))
        }
        Format::Fastapi | Format::Starlette => starlette(plan, writer),
        Format::Flask => flask(plan, writer),
        Format::Django => django(plan, writer),
        Format::Spring => spring(plan, writer),
        Format::TowerHttp => builders::tower_http(plan, writer),
        Format::AspNet => builders::aspnet(plan, writer),
        _ => return None,
    })
}

/// What the options are called.
struct Words {
    methods: &'static str,
    headers: &'static str,
    expose: &'static str,
    lists: Lists,
}

/// What an option may be beside one origin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    /// A list of origins and expressions.
    Mixed,
    /// A list is not what it seems: a function decides, and is given what these words say.
    Function {
        /// Its parameter.
        parameter: &'static str,
        /// The request's origin, by it.
        origin: &'static str,
    },
}

const EXPRESS: Words = Words {
    methods: "methods",
    headers: "allowedHeaders",
    expose: "exposedHeaders",
    lists: Lists::Mixed,
};
const HONO: Words = Words {
    methods: "allowMethods",
    headers: "allowHeaders",
    expose: "exposeHeaders",
    lists: Lists::Function { parameter: "origin", origin: "origin" },
};
const KOA: Words = Words {
    methods: "allowMethods",
    headers: "allowHeaders",
    expose: "exposeHeaders",
    lists: Lists::Function { parameter: "ctx", origin: "ctx.get('Origin')" },
};

fn javascript(plan: &Plan, writer: &mut Writer, words: &Words) -> String {
    let mut fields = Vec::new();
    let (mut listed, mut expressions) = (Vec::new(), Vec::new());
    for origin in &plan.origins {
        let exact = exact(origin.patterns.as_slice());
        match (exact, origin.as_expression()) {
            (Some(exact), _) if origin.is_whole => {
                listed.extend(exact.iter().map(|text| json!(text).to_string()));
            }
            (_, Some(expression)) => {
                expressions.push(format!("/^{}$/", expression.replace('/', "\\/")));
            }
            _ => writer.left_out(&origin.written, &origin.span),
        }
    }
    let origin = match words.lists {
        _ if plan.admits_all() && !plan.credentials => "\"*\"".to_owned(),
        Lists::Mixed if plan.admits_all() => "true".to_owned(),
        Lists::Function { parameter, origin } if plan.admits_all() => {
            format!("({parameter}) => {origin}")
        }
        Lists::Mixed => {
            listed.extend(expressions);
            format!("[{}]", listed.join(", "))
        }
        Lists::Function { parameter, origin } => {
            let mut tests = vec![format!("[{}].includes({origin})", listed.join(", "))];
            tests.extend(
                expressions.iter().map(|expression| format!("{expression}.test({origin})")),
            );
            format!("({parameter}) => {} ? {origin} : \"\"", tests.join(" || "))
        }
    };
    fields.push(format!("origin: {origin}"));
    if let Some(all) = plan.all_methods() {
        fields.push(format!("{}: {}", words.methods, json!(all)));
    } else {
        fields.push(format!("{}: [\"*\"]", words.methods));
    }
    match &plan.headers {
        // An empty list would be taken for none at all, which mirrors.
        Names::Listed(names) if names.is_empty() => {
            fields.push(format!("{}: [\"content-length\"]", words.headers));
        }
        Names::Listed(names) => fields.push(format!("{}: {}", words.headers, json!(names))),
        Names::Star => fields.push(format!("{}: [\"*\"]", words.headers)),
        Names::Mirrored => {}
    }
    if !plan.expose.is_empty() {
        fields.push(format!("{}: {}", words.expose, json!(plan.listed_expose())));
    }
    if plan.credentials {
        fields.push("credentials: true".to_owned());
    }
    if let Some(max_age) = plan.max_age {
        fields.push(format!("maxAge: {max_age}"));
    }
    format!("{{ {} }}", fields.join(", "))
}

fn exact(patterns: &[Pattern]) -> Option<Vec<&String>> {
    patterns
        .iter()
        .map(|pattern| match pattern {
            Pattern::Exact(text) => Some(text),
            _ => None,
        })
        .collect()
}

/// Exact origins, and the expressions of all others.
fn parted(plan: &Plan, writer: &mut Writer) -> (Vec<String>, Vec<String>) {
    let (mut listed, mut expressions) = (Vec::new(), Vec::new());
    for origin in &plan.origins {
        match (exact(&origin.patterns), origin.as_expression()) {
            (Some(exact), _) if origin.is_whole => listed.extend(exact.into_iter().cloned()),
            (_, Some(expression)) => expressions.push(expression),
            (_, None) => writer.left_out(&origin.written, &origin.span),
        }
    }
    (listed, expressions)
}

fn starlette(plan: &Plan, writer: &mut Writer) -> String {
    let mut arguments = Vec::new();
    let (listed, expressions) = parted(plan, writer);
    if plan.admits_all() && !plan.credentials {
        arguments.push("allow_origins=[\"*\"]".to_owned());
    } else {
        if !listed.is_empty() {
            arguments.push(format!("allow_origins={}", python(&json!(listed))));
        }
        if !expressions.is_empty() {
            let expression = json!(expressions.join("|")).to_string();
            arguments.push(format!("allow_origin_regex={expression}"));
        }
    }
    let methods = plan.all_methods().unwrap_or_else(|| vec!["*".to_owned()]);
    arguments.push(format!("allow_methods={}", python(&json!(methods))));
    match &plan.headers {
        Names::Listed(names) if names.is_empty() => {}
        Names::Listed(names) => arguments.push(format!("allow_headers={}", python(&json!(names)))),
        Names::Star | Names::Mirrored => arguments.push("allow_headers=[\"*\"]".to_owned()),
    }
    if !plan.expose.is_empty() {
        arguments.push(format!("expose_headers={}", python(&json!(plan.listed_expose()))));
    }
    if plan.credentials {
        arguments.push("allow_credentials=True".to_owned());
    }
    // It sends ten minutes where nothing is said, and browsers take five seconds for nothing.
    arguments.push(format!("max_age={}", plan.max_age.unwrap_or(UNSAID_MAX_AGE)));
    format!(
        "{}app.add_middleware(CORSMiddleware, {})\n",
        writer.comments("#"),
        arguments.join(", ")
    )
}

fn flask(plan: &Plan, writer: &mut Writer) -> String {
    let (mut origins, expressions) = parted(plan, writer);
    // Matched from the beginning only: the end has to be written.
    origins.extend(expressions.iter().map(|expression| format!("^{expression}$")));
    if plan.admits_all() && !plan.credentials {
        origins = vec!["*".to_owned()];
    }
    let mut arguments = vec![format!("origins={}", python(&json!(origins)))];
    let methods = plan.all_methods().unwrap_or_default();
    if !methods.is_empty() {
        arguments.push(format!("methods={}", python(&json!(methods))));
    }
    if let Names::Listed(names) = &plan.headers {
        arguments.push(format!("allow_headers={}", python(&json!(names))));
    }
    if !plan.expose.is_empty() {
        arguments.push(format!("expose_headers={}", python(&json!(plan.listed_expose()))));
    }
    if plan.credentials {
        arguments.push("supports_credentials=True".to_owned());
    }
    if let Some(max_age) = plan.max_age {
        arguments.push(format!("max_age={max_age}"));
    }
    format!("{}CORS(app, {})\n", writer.comments("#"), arguments.join(", "))
}

fn django(plan: &Plan, writer: &mut Writer) -> String {
    let (listed, expressions) = parted(plan, writer);
    let mut lines = Vec::new();
    if plan.admits_all() {
        lines.push("CORS_ALLOW_ALL_ORIGINS = True".to_owned());
    } else {
        if !listed.is_empty() {
            lines.push(format!("CORS_ALLOWED_ORIGINS = {}", python(&json!(listed))));
        }
        if !expressions.is_empty() {
            let anchored: Vec<String> =
                expressions.iter().map(|expression| format!("^{expression}$")).collect();
            lines.push(format!("CORS_ALLOWED_ORIGIN_REGEXES = {}", python(&json!(anchored))));
        }
    }
    if let Some(all) = plan.all_methods() {
        lines.push(format!("CORS_ALLOW_METHODS = {}", python(&json!(all))));
    }
    match &plan.headers {
        Names::Listed(names) => {
            lines.push(format!("CORS_ALLOW_HEADERS = {}", python(&json!(names))));
        }
        Names::Star | Names::Mirrored => lines.push("CORS_ALLOW_HEADERS = [\"*\"]".to_owned()),
    }
    if !plan.expose.is_empty() {
        lines.push(format!("CORS_EXPOSE_HEADERS = {}", python(&json!(plan.listed_expose()))));
    }
    if plan.credentials {
        lines.push("CORS_ALLOW_CREDENTIALS = True".to_owned());
    }
    // A day where nothing is said.
    lines.push(format!("CORS_PREFLIGHT_MAX_AGE = {}", plan.max_age.unwrap_or(UNSAID_MAX_AGE)));
    format!("{}{}\n", writer.comments("#"), lines.join("\n"))
}

fn spring(plan: &Plan, writer: &mut Writer) -> String {
    let mut lines = vec!["CorsConfiguration config = new CorsConfiguration();".to_owned()];
    let text = |value: &str| json!(value).to_string();
    let (listed, _) = parted(plan, writer);
    if plan.admits_all() && !plan.credentials {
        lines.push("config.addAllowedOrigin(\"*\");".to_owned());
    } else if plan.admits_all() {
        lines.push("config.addAllowedOriginPattern(\"*\");".to_owned());
    } else {
        for origin in &listed {
            lines.push(format!("config.addAllowedOrigin({});", text(origin)));
        }
    }
    for origin in plan.origins.iter().filter(|origin| exact(&origin.patterns).is_none()) {
        if !plan.admits_all() {
            writer.left_out(&origin.written, &origin.span);
        }
    }
    for method in plan.all_methods().unwrap_or_else(|| vec!["*".to_owned()]) {
        lines.push(format!("config.addAllowedMethod({});", text(&method)));
    }
    match &plan.headers {
        Names::Listed(names) => {
            lines.extend(
                names.iter().map(|name| format!("config.addAllowedHeader({});", text(name))),
            );
        }
        Names::Star | Names::Mirrored => lines.push("config.addAllowedHeader(\"*\");".to_owned()),
    }
    lines.extend(
        plan.listed_expose().iter().map(|name| format!("config.addExposedHeader({});", text(name))),
    );
    lines.push(format!("config.setAllowCredentials({});", plan.credentials));
    if let Some(max_age) = plan.max_age {
        lines.push(format!("config.setMaxAge({max_age}L);"));
    }
    let path = format!("{}/**", plan.path.trim_end_matches('/'));
    lines.push(format!("source.registerCorsConfiguration({}, config);", text(&path)));
    format!("{}{}\n", writer.comments("//"), lines.join("\n"))
}

/// A list of texts is written in Python as it is in JSON.
fn python(value: &Value) -> String {
    value.to_string()
}
