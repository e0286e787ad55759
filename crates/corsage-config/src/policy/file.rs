//! A policy as a file has it.

use std::time::Duration;

use corsage::server::{
    Credentials, CrossOriginResourcePolicy, DisallowedWrites, PolicyDraft, PreflightStyle,
    Tolerance, Waiver,
};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;

use super::{HostPattern, PathPrefix, PolicyEntry};
use crate::decode::{Reader, Setting, choice, nearest, record, settings};
use crate::tree::{Node, Value};

record! {
    /// A policy and the requests that it is for: the first policy that fits a request decides it.
    pub(crate) struct PolicyFile {
        /// Its name, in logs and metrics; without it policies are numbered.
        pub(crate) name: Option<String> = None,
        /// Hosts: `"api.example.com"`, `"*.example.com"`. Empty: every host.
        pub(crate) hosts: Vec<HostPattern> = Vec::new(),
        /// Path prefixes, by whole segments: `"/api"` is for `/api` and all below. Empty: every path.
        pub(crate) paths: Vec<PathPrefix> = Vec::new(),
        /// Methods; a preflight counts as the method it asks for. Empty: every method.
        pub(crate) methods: Vec<String> = Vec::new(),
        /// Groups of upstreams that it is for, by name; `"default"` for the requests that no group is for. Empty: every
        /// group.
        pub(crate) groups: Vec<String> = Vec::new(),
        /// Origins that pages may read answers from: `"https://app.example.com"`,
        /// `"https://*.example.com"`, `"https://?.example.com"`, `"https://app-*.example.com"`, `"http://localhost:*"`, or `"*"`.
        pub(crate) allow_origins: Vec<String> = Vec::new(),
        /// Methods beyond GET, HEAD and POST; `"*"` for all.
        pub(crate) allow_methods: Vec<String> = Vec::new(),
        /// Request headers beyond the safelisted ones; `"*"` for all but `Authorization`.
        pub(crate) allow_headers: Vec<String> = Vec::new(),
        /// Response headers that pages may read; `"*"` for all.
        pub(crate) expose_headers: Vec<String> = Vec::new(),
        /// Whether pages may send cookies and other credentials.
        pub(crate) allow_credentials: Allowed = Allowed(Credentials::Omit),
        /// How long browsers may remember a preflight: `"10m"`, or seconds. Without it: 5 seconds.
        pub(crate) max_age: Option<MaxAge> = None,
        /// Origins that may read timings (`Timing-Allow-Origin`); `"*"` for all.
        pub(crate) timing_allow_origins: Vec<String> = Vec::new(),
        /// Who may embed the resource (`Cross-Origin-Resource-Policy`).
        pub(crate) cross_origin_resource_policy: Option<ResourcePolicy> = None,
        /// What becomes of requests that would change something, from pages whose origin is not allowed.
        pub(crate) disallowed_writes: Writes = Writes::Execute,
        /// Further request headers on which answers depend; named in `Vary`.
        pub(crate) vary_also: Vec<String> = Vec::new(),
        /// How preflights are answered.
        pub(crate) preflight: Preflight = Preflight::NoContent,
        /// A response header that says why a page was refused. For development: strangers read it too.
        pub(crate) debug_header: Option<String> = None,
        /// Dangerous settings that are wanted all the same, each with the reason.
        pub(crate) tolerate: Tolerated = Tolerated(Vec::new()),
        /// Another policy for the same requests: evaluated, counted and logged, never enforced.
        pub(crate) shadow: Option<ShadowFile> = None,
    }
}

settings! {
    /// A policy that is tried out beside the one that is enforced.
    pub(crate) struct ShadowFile {
        /// As in a policy.
        pub(crate) allow_origins: Vec<String> = Vec::new(),
        /// As in a policy.
        pub(crate) allow_methods: Vec<String> = Vec::new(),
        /// As in a policy.
        pub(crate) allow_headers: Vec<String> = Vec::new(),
        /// As in a policy.
        pub(crate) expose_headers: Vec<String> = Vec::new(),
        /// As in a policy.
        pub(crate) allow_credentials: Allowed = Allowed(Credentials::Omit),
        /// As in a policy.
        pub(crate) max_age: Option<MaxAge> = None,
        /// As in a policy.
        pub(crate) timing_allow_origins: Vec<String> = Vec::new(),
        /// As in a policy.
        pub(crate) cross_origin_resource_policy: Option<ResourcePolicy> = None,
        /// As in a policy.
        pub(crate) disallowed_writes: Writes = Writes::Execute,
        /// As in a policy.
        pub(crate) vary_also: Vec<String> = Vec::new(),
        /// As in a policy.
        pub(crate) preflight: Preflight = Preflight::NoContent,
        /// As in a policy.
        pub(crate) debug_header: Option<String> = None,
        /// As in a policy.
        pub(crate) tolerate: Tolerated = Tolerated(Vec::new()),
    }
}

macro_rules! draft {
    ($file:expr) => {{
        let mut draft = PolicyDraft::default();
        draft.allow_origins = $file.allow_origins.iter().collect();
        draft.allow_methods = $file.allow_methods.clone();
        draft.allow_headers = $file.allow_headers.clone();
        draft.expose_headers = $file.expose_headers.clone();
        draft.allow_credentials = $file.allow_credentials.0;
        draft.max_age = $file.max_age.map(|age| age.0);
        draft.timing_allow_origins = $file.timing_allow_origins.clone();
        draft.cross_origin_resource_policy =
            $file.cross_origin_resource_policy.map(|policy| policy.0);
        draft.disallowed_writes = $file.disallowed_writes.into();
        draft.vary_also = $file.vary_also.clone();
        draft.preflight = $file.preflight.into();
        draft.debug_header = $file.debug_header.clone();
        draft.tolerate = $file.tolerate.0.clone();
        draft
    }};
}

/// Back from a compiled policy, to show it.
impl From<&PolicyEntry> for PolicyFile {
    fn from(entry: &PolicyEntry) -> Self {
        let draft = entry.policy.draft();
        Self {
            name: Some(entry.name.clone()),
            hosts: entry.hosts.clone(),
            paths: entry.paths.clone(),
            methods: entry.methods.clone(),
            groups: entry.groups.clone(),
            allow_origins: draft.allow_origins.iter().map(str::to_owned).collect(),
            allow_methods: draft.allow_methods.clone(),
            allow_headers: draft.allow_headers.clone(),
            expose_headers: draft.expose_headers.clone(),
            allow_credentials: Allowed(draft.allow_credentials),
            max_age: draft.max_age.map(MaxAge),
            timing_allow_origins: draft.timing_allow_origins.clone(),
            cross_origin_resource_policy: draft.cross_origin_resource_policy.map(ResourcePolicy),
            disallowed_writes: draft.disallowed_writes.into(),
            vary_also: draft.vary_also.clone(),
            preflight: draft.preflight.into(),
            debug_header: draft.debug_header.clone(),
            tolerate: Tolerated(draft.tolerate.clone()),
            shadow: entry.shadow.as_ref().map(|policy| ShadowFile::from(policy.draft())),
        }
    }
}

impl From<&PolicyDraft> for ShadowFile {
    fn from(draft: &PolicyDraft) -> Self {
        Self {
            allow_origins: draft.allow_origins.iter().map(str::to_owned).collect(),
            allow_methods: draft.allow_methods.clone(),
            allow_headers: draft.allow_headers.clone(),
            expose_headers: draft.expose_headers.clone(),
            allow_credentials: Allowed(draft.allow_credentials),
            max_age: draft.max_age.map(MaxAge),
            timing_allow_origins: draft.timing_allow_origins.clone(),
            cross_origin_resource_policy: draft.cross_origin_resource_policy.map(ResourcePolicy),
            disallowed_writes: draft.disallowed_writes.into(),
            vary_also: draft.vary_also.clone(),
            preflight: draft.preflight.into(),
            debug_header: draft.debug_header.clone(),
            tolerate: Tolerated(draft.tolerate.clone()),
        }
    }
}

impl PolicyFile {
    /// The policy itself, for the core to judge.
    pub(crate) fn draft(&self) -> PolicyDraft {
        draft!(self)
    }
}

impl ShadowFile {
    /// The policy itself, for the core to judge.
    pub(crate) fn draft(&self) -> PolicyDraft {
        draft!(self)
    }
}

choice! {
    /// What becomes of requests that would change something, from pages whose origin is not allowed.
    pub(crate) enum Writes {
        /// They are executed, and the page cannot read the answer: what CORS alone does.
        Execute = "execute",
        /// They are answered by 403, and the upstream does not see them.
        Refuse = "refuse",
    }
}

choice! {
    /// How preflights are answered.
    pub(crate) enum Preflight {
        /// By 204, with what a browser reads and nothing else.
        NoContent = "no-content",
        /// The same with status 200, for clients that take nothing else.
        Ok = "ok",
        /// By 200 and with `Access-Control-Expose-Headers`, as the Kubernetes Gateway API's tests want it.
        GatewayApi = "gateway-api",
    }
}

macro_rules! same {
    ($($file:ident = $core:ident { $($variant:ident)* })*) => { $(
        impl From<$file> for $core {
            fn from(word: $file) -> Self {
                match word { $($file::$variant => Self::$variant,)* }
            }
        }

        impl From<$core> for $file {
            fn from(setting: $core) -> Self {
                match setting { $($core::$variant => Self::$variant,)* }
            }
        }
    )* };
}

same! {
    Writes = DisallowedWrites { Execute Refuse }
    Preflight = PreflightStyle { NoContent Ok GatewayApi }
}

/// `true` or `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowed(pub(crate) Credentials);

impl Setting for Allowed {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let allowed = bool::read(node, reader)?;
        Some(Self(if allowed { Credentials::Allow } else { Credentials::Omit }))
    }

    fn show(&self) -> Json {
        (self.0 == Credentials::Allow).into()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        bool::schema(generator)
    }
}

/// A duration; a bare number is one of seconds, as in the header and in the Gateway API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaxAge(pub(crate) Duration);

impl Setting for MaxAge {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::Integer(_) => {
                u64::read(node, reader).map(|seconds| Self(Duration::from_secs(seconds)))
            }
            _ => Duration::read(node, reader).map(Self),
        }
    }

    fn show(&self) -> Json {
        self.0.show()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let duration = Duration::schema(generator);
        json_schema!({ "anyOf": [duration, { "type": "integer", "minimum": 0 }] })
    }
}

/// One of the header's three values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResourcePolicy(pub(crate) CrossOriginResourcePolicy);

const RESOURCE_POLICIES: [(&str, CrossOriginResourcePolicy, &[&str]); 3] = [
    ("same-origin", CrossOriginResourcePolicy::SameOrigin, &["Pages of the same origin."]),
    ("same-site", CrossOriginResourcePolicy::SameSite, &["Pages of the same site."]),
    ("cross-origin", CrossOriginResourcePolicy::CrossOrigin, &["Every page."]),
];

impl Setting for ResourcePolicy {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        crate::decode::read_word(node, reader, &RESOURCE_POLICIES.map(|(word, _, _)| word))
            .map(|i| Self(RESOURCE_POLICIES[i].1))
    }

    fn show(&self) -> Json {
        RESOURCE_POLICIES
            .iter()
            .find(|(_, policy, _)| *policy == self.0)
            .map(|(word, _, _)| *word)
            .into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        crate::decode::words_schema(&RESOURCE_POLICIES.map(|(word, _, doc)| (word, doc)))
    }
}

/// Waivers with their reasons: `insecure-origins = "the intranet has no TLS yet"`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tolerated(pub(crate) Vec<Tolerance>);

const WAIVERS: [(&str, Waiver, &str); 5] = [
    ("insecure-origins", Waiver::InsecureOrigins, "http origins, with credentials"),
    (
        "public-suffix-subdomains",
        Waiver::PublicSuffixSubdomains,
        "all subdomains of a public suffix, with credentials",
    ),
    (
        "null-origin",
        Waiver::NullOrigin,
        "the origin `null`: sandboxed frames, local files, some redirects",
    ),
    ("file-scheme", Waiver::FileScheme, "`file://` and other schemes that are not of the web"),
    (
        "any-origin-with-credentials",
        Waiver::AnyOriginWithCredentials,
        "every origin, with credentials",
    ),
];

impl Setting for Tolerated {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let entries = match &node.value {
            Value::Table(entries) => entries.as_slice(),
            Value::Null => &[],
            _ => {
                reader.wrong_type(
                    node,
                    "a table",
                    "a table of waivers with their reasons: { null-origin = \"why\" }",
                );
                return None;
            }
        };
        let mut tolerated: Vec<Tolerance> = Vec::new();
        for entry in entries {
            let key = entry.key.replace('_', "-");
            let at_key = Node::new(entry.node.value.clone(), entry.key_place.clone());
            reader.inside(entry.key.clone(), |reader| {
                let Some((_, waiver, _)) = WAIVERS.iter().find(|(name, _, _)| *name == key) else {
                    let names = WAIVERS.map(|(name, _, _)| name);
                    let way_out = match nearest(&key, names) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!(
                            "waivers are {}",
                            names.map(|name| format!("`{name}`")).join(", ")
                        ),
                    };
                    reader.error(
                        "unknown-key",
                        &at_key,
                        format!("unknown waiver `{}`", entry.key),
                        way_out,
                    );
                    return;
                };
                if tolerated.iter().any(|tolerance| tolerance.waiver == *waiver) {
                    reader.error(
                        "duplicate-key",
                        &at_key,
                        format!("`{key}` is waived twice"),
                        "keep one of the two",
                    );
                    return;
                }
                if let Some(reason) = String::read(&entry.node, reader) {
                    if reason.trim().is_empty() {
                        reader.error(
                            "missing-reason",
                            &entry.node,
                            format!("`{key}` is waived without a reason"),
                            "say why, for whoever reads this file next",
                        );
                    } else {
                        tolerated.push(Tolerance { waiver: *waiver, reason });
                    }
                }
            });
        }
        Some(Self(tolerated))
    }

    fn show(&self) -> Json {
        let shown = |tolerance: &Tolerance| {
            let name = WAIVERS.iter().find(|(_, waiver, _)| *waiver == tolerance.waiver)?.0;
            Some((name.to_owned(), Json::from(tolerance.reason.as_str())))
        };
        Json::Object(self.0.iter().filter_map(shown).collect())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        let mut other_spellings = serde_json::Map::new();
        for (name, _, doc) in WAIVERS {
            let reason = serde_json::json!({ "type": "string", "minLength": 1 });
            other_spellings.insert(format!("^{}$", name.replace('-', "_")), reason.clone());
            let mut described = reason;
            described["description"] = format!("Why this is wanted: {doc}.").into();
            properties.insert(name.to_owned(), described);
        }
        json_schema!({
            "type": "object",
            "properties": properties,
            "patternProperties": other_spellings,
            "additionalProperties": false,
        })
    }
}
