//! The policy that puts findings right, written for the server in use: `explain`'s machinery.

use corsage_audit::{Class, Credential, Findings, Target};
use corsage_diagnosis::fix::{Grant, ServerKind, detect_servers, snippet};
use schemars::JsonSchema;
use serde::Serialize;

/// A policy for the target: its intended pages, and nobody else.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Policy {
    /// The software that it is written for.
    pub(super) server: ServerKind,
    /// The lines, with comments that say where they go and what goes.
    pub(super) text: String,
}

/// The server of this name.
pub(super) fn named(key: &str) -> Result<ServerKind, String> {
    ServerKind::from_key(key).ok_or_else(|| {
        let keys: Vec<&str> = ServerKind::ALL.iter().map(|kind| kind.key()).collect();
        format!("--server {key:?} is none of {}", keys.join(", "))
    })
}

/// `None` where a list of origins puts nothing right, where nobody knows who is meant, or which server it is.
pub(super) fn policy(
    target: &Target,
    findings: &Findings,
    server: Option<ServerKind>,
) -> Option<Policy> {
    if !findings.findings.iter().any(|finding| is_of_the_policy(finding.class)) {
        return None;
    }
    let lines = findings.server.iter();
    let lines = lines.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let server = server.or_else(|| detect_servers(lines).first().map(|it| it.kind))?;
    let mut pages = target.intended.iter().chain(&findings.trusted);
    let is_one = |page: &&String| !page.contains('*');
    let origin = pages.by_ref().find(is_one)?.clone();
    let others = pages.filter(is_one).filter(|page| **page != origin).cloned().collect();
    let mut headers = Vec::new();
    if !target.methods.is_empty() {
        headers.push("content-type".to_owned());
    }
    if let Some(Credential::Header { name, .. }) = &target.credential {
        headers.push(name.clone());
    }
    let grant = Grant {
        origin,
        others,
        credentials: matches!(target.credential, Some(Credential::Cookie { .. })),
        methods: target.methods.clone(),
        method: "GET".to_owned(),
        headers,
        present: true,
        upstream: url::Url::parse(target.url()).ok()?.origin().ascii_serialization(),
        ..Grant::default()
    };
    Some(Policy { server, text: snippet(server, &grant).to_string() })
}

/// Whether it is the policy that is wrong, and nothing beside it.
pub(super) fn is_of_the_policy(class: Class) -> bool {
    !matches!(
        class,
        Class::WebSocketOrigin
            | Class::HostNotValidated
            | Class::JsonAsText
            | Class::CrossdomainOpen
            | Class::TimingWildcard
            | Class::CachedPrivate
            | Class::RedirectToLogin
            | Class::Jsonp
            | Class::DanglingDomain
            | Class::PreflightBurden
            | Class::PrivateNetworkHeader
    )
}
