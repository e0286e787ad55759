//! Pages inside applications, whose origins no list of web origins holds.

/// A shell that applications are made with.
pub(super) struct Shell {
    pub(super) name: &'static str,
    /// Its pages' origins, on all systems.
    pub(super) origins: &'static [&'static str],
    /// What asks natively, where no CORS applies.
    pub(super) native: &'static str,
}

const SHELLS: &[Shell] = &[
    Shell {
        name: "Tauri",
        origins: &["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"],
        native: "@tauri-apps/plugin-http",
    },
    Shell {
        name: "Capacitor",
        origins: &["capacitor://localhost", "https://localhost", "http://localhost"],
        native: "CapacitorHttp",
    },
    Shell { name: "Ionic", origins: &["ionic://localhost"], native: "CapacitorHttp" },
];

/// The shell whose page has this origin. `http://localhost` is a developer's own page far more often.
pub(super) fn shell(origin: &str) -> Option<&'static Shell> {
    SHELLS.iter().find(|shell| origin != "http://localhost" && shell.origins.contains(&origin))
}
