//! Lists that many policies need alike, as plain data: for protocols whose clients send and read particular headers,
//! and for pages that are not on the web.
//!
//! A preset is added to a draft, which goes on from there, and shows what it is: nothing is hidden in it.
//!
//! ```
//! use corsage::server::{PolicyDraft, presets};
//! let policy = PolicyDraft::new().origins(["https://inspector.example"]).preset(&presets::MCP).compile()?;
//! assert!(policy.draft().expose_headers.iter().any(|name| name == "mcp-session-id"));
//! # Ok::<(), corsage::server::PolicyErrors>(())
//! ```

/// What is added to a draft. Empty lists add nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// [`allow_origins`](super::PolicyDraft::allow_origins).
    pub allow_origins: &'static [&'static str],
    /// [`allow_methods`](super::PolicyDraft::allow_methods).
    pub allow_methods: &'static [&'static str],
    /// [`allow_headers`](super::PolicyDraft::allow_headers).
    pub allow_headers: &'static [&'static str],
    /// [`expose_headers`](super::PolicyDraft::expose_headers).
    pub expose_headers: &'static [&'static str],
}

/// Every preset.
pub const ALL: &[Preset] = &[MCP, GRPC_WEB, TUS, APP_SCHEMES, LOOPBACK_DEVELOPMENT];

/// [MCP over streamable HTTP](https://modelcontextprotocol.io/specification/2025-06-18/basic/transports): the session
/// and the protocol's version in both directions, resuming a stream, ending a session, and what a 401 says about how to
/// be authorised. Name the origins of your clients' pages.
pub const MCP: Preset = Preset {
    name: "mcp",
    allow_origins: &[],
    allow_methods: &["DELETE"],
    allow_headers: &[
        "authorization",
        "content-type",
        "last-event-id",
        "mcp-protocol-version",
        "mcp-session-id",
    ],
    expose_headers: &["mcp-protocol-version", "mcp-session-id", "retry-after", "www-authenticate"],
};

/// [gRPC-Web](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md): the calls of its JavaScript clients, and
/// the status that they read from headers where a call fails before it sends a message.
pub const GRPC_WEB: Preset = Preset {
    name: "grpc-web",
    allow_origins: &[],
    allow_methods: &[],
    allow_headers: &["authorization", "content-type", "grpc-timeout", "x-grpc-web", "x-user-agent"],
    expose_headers: &["grpc-message", "grpc-status", "grpc-status-details-bin"],
};

/// [tus 1.0](https://tus.io/protocols/resumable-upload): uploads that are resumed, with its extensions for creation,
/// expiration, checksums, termination and concatenation. Its `X-HTTP-Method-Override` is left out: browsers send PATCH
/// and DELETE themselves.
pub const TUS: Preset = Preset {
    name: "tus",
    allow_origins: &[],
    allow_methods: &["DELETE", "PATCH"],
    allow_headers: &[
        "authorization",
        "content-type",
        "tus-resumable",
        "upload-checksum",
        "upload-concat",
        "upload-defer-length",
        "upload-length",
        "upload-metadata",
        "upload-offset",
    ],
    expose_headers: &[
        "location",
        "tus-checksum-algorithm",
        "tus-extension",
        "tus-max-size",
        "tus-resumable",
        "tus-version",
        "upload-concat",
        "upload-defer-length",
        "upload-expires",
        "upload-length",
        "upload-metadata",
        "upload-offset",
    ],
};

/// Pages inside applications: Tauri (its own scheme on macOS, iOS and Linux; `tauri.localhost` on Windows and Android),
/// Capacitor (its own scheme on iOS; `localhost` on Android), Ionic. These origins are the same in everybody's
/// application: they say what kind of page asks, not whose.
pub const APP_SCHEMES: Preset = Preset {
    name: "app-schemes",
    allow_origins: &[
        "tauri://localhost",
        "http://tauri.localhost",
        "https://tauri.localhost",
        "capacitor://localhost",
        "ionic://localhost",
        "http://localhost",
        "https://localhost",
    ],
    allow_methods: &[],
    allow_headers: &[],
    expose_headers: &[],
};

/// Pages on this machine, on any port: for development. Any program that listens here is such a page: leave it out of
/// what serves others.
pub const LOOPBACK_DEVELOPMENT: Preset = Preset {
    name: "loopback-development",
    allow_origins: &[
        "http://localhost:*",
        "https://localhost:*",
        "http://127.0.0.1:*",
        "https://127.0.0.1:*",
        "http://[::1]:*",
        "https://[::1]:*",
    ],
    allow_methods: &[],
    allow_headers: &[],
    expose_headers: &[],
};

/// Where previews of a site are deployed, each in a place of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewHost {
    /// Who deploys them, in kebab-case.
    pub name: &'static str,
    /// The pattern of their origins, with `{site}` where your site's name stands.
    pub pattern: &'static str,
}

/// Hosts of preview deployments that put a site's own name where no other site can put it. Vercel is not among them:
/// there anybody can deploy a site whose name begins or ends as yours, so that no pattern tells yours from theirs; list
/// those origins. Read what your host says of its names before you allow credentials.
pub const PREVIEW_DEPLOYMENTS: &[PreviewHost] = &[
    PreviewHost { name: "netlify", pattern: "https://*--{site}.netlify.app" },
    PreviewHost { name: "cloudflare-pages", pattern: "https://?.{site}.pages.dev" },
];

impl PreviewHost {
    /// The pattern for a site: Netlify's site, Cloudflare Pages' project.
    ///
    /// ```
    /// use corsage::server::{PolicyDraft, presets::PREVIEW_DEPLOYMENTS};
    /// let pages = PREVIEW_DEPLOYMENTS.iter().find(|host| host.name == "cloudflare-pages").unwrap();
    /// let policy = PolicyDraft::new().origins([pages.origins_of("roses")]).compile()?;
    /// assert!(policy.admits_origin("https://fix-42.roses.pages.dev"));
    /// assert!(!policy.admits_origin("https://roses.pages.dev"));
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn origins_of(&self, site: &str) -> String {
        self.pattern.replace("{site}", site)
    }
}

/// The origin of a browser extension, by its id. Chromium's are the same for everybody who has the extension; each
/// installation in Firefox has an id of its own, so that there no list can name them.
///
/// ```
/// use corsage::server::{PolicyDraft, presets};
/// let policy = PolicyDraft::new()
///     .origins([presets::chromium_extension("aapbdbdomjkkjkaonfhkkikfgjllcleb")])
///     .compile()?;
/// assert!(policy.admits_origin("chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb"));
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// ```
#[must_use]
pub fn chromium_extension(id: &str) -> String {
    format!("chrome-extension://{id}")
}
