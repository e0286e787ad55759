//! The language that a test is written in: a fix is to be pasted.

/// Of which language the code is that a message proposes.
///
/// ```
/// use corsage_test::Dialect;
/// assert_eq!(Dialect::Rust.option("expose", &["etag"]), ".expose([\"etag\"])");
/// assert_eq!(Dialect::Python.option("expose", &["etag"]), "expose_headers=[\"etag\"]");
/// assert_eq!(Dialect::JavaScript.option("expose", &["etag"]), "exposeHeaders: [\"etag\"]");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// The builder of `PolicyDraft`.
    #[default]
    Rust,
    /// Keyword arguments.
    Python,
    /// The members of an object.
    JavaScript,
}

impl Dialect {
    /// A list of the policy, by its name in the builder: `origins`, `methods`, `headers` or `expose`.
    #[must_use]
    pub fn option(self, setting: &str, items: &[impl AsRef<str>]) -> String {
        let items: Vec<String> =
            items.iter().map(|item| format!("\"{}\"", item.as_ref())).collect();
        let items = items.join(", ");
        let own = |python, javascript| if self == Self::Python { python } else { javascript };
        let name = match setting {
            "origins" => own("allow_origins", "allowOrigins"),
            "methods" => own("allow_methods", "allowMethods"),
            "headers" => own("allow_headers", "allowHeaders"),
            "expose" => own("expose_headers", "exposeHeaders"),
            other => other,
        };
        match self {
            Self::Rust => format!(".{setting}([{items}])"),
            Self::Python => format!("{name}=[{items}]"),
            Self::JavaScript => format!("{name}: [{items}]"),
        }
    }

    /// That credentials are allowed.
    pub(crate) fn credentials(self) -> &'static str {
        match self {
            Self::Rust => ".credentials(Credentials::Allow)",
            Self::Python => "allow_credentials=True",
            Self::JavaScript => "allowCredentials: true",
        }
    }

    /// Whose page fetches, in a test.
    pub(crate) fn page_of(self, origin: &str) -> String {
        match self {
            Self::Rust => format!(".from(\"{origin}\")"),
            Self::Python => format!("origin=\"{origin}\""),
            Self::JavaScript => format!("from: \"{origin}\""),
        }
    }

    /// Between two options.
    pub(crate) fn separator(self) -> &'static str {
        match self {
            Self::Rust => "",
            Self::Python | Self::JavaScript => ", ",
        }
    }
}
