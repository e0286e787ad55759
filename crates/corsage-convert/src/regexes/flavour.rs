//! How a program reads an expression, and how it applies it.

/// The dialect of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// RE2, Go's `regexp`: Envoy, Istio, Caddy, Traefik.
    Re2,
    /// PCRE and PCRE2: nginx, Apache, HAProxy, lighttpd, Varnish.
    Pcre,
    /// ECMAScript, without the flags `u` and `v`.
    JavaScript,
    /// Python's `re`.
    Python,
    /// `java.util.regex`.
    Java,
    /// Lua's patterns.
    Lua,
}

/// How much of a text an expression has to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Any part of it: search.
    Part,
    /// A part that begins where the text begins: Python's `match`.
    Start,
    /// All of it: full match.
    Whole,
}

/// Whether letters of either case are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// They differ.
    Sensitive,
    /// They are the same.
    Insensitive,
}
