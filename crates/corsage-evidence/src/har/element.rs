//! What became of what an element, a style sheet or a constructor loads: by the engine's machine for loads, which knows
//! what each of them asks for and does with the answer.

use corsage::browser::load::LoadKind;
use corsage::browser::{Client, CredentialsMode, Global, Mode, Profile};

use super::assemble::Recorded;
use super::judged::{Judged, in_either_mode, judged};
use crate::request::{Copied, Credentials};

pub(super) fn judge(
    recorded: &Recorded<'_, '_>,
    copied: Copied,
    kind: LoadKind,
    mut client: Client,
    profiles: &[Profile],
) -> Judged {
    if kind == LoadKind::ModuleImport {
        client.global = Global::Worker;
    }
    let (kind, asking) = who_asks(&copied, kind, &client, profiles);
    let run = |copied: &Copied, credentials| {
        let load = copied.element(kind, copied.credentials_or(credentials));
        recorded.loaded(&load, client.clone(), asking[0])
    };
    let open = copied.credentials == Credentials::Unknown;
    if open && mode_of(&copied, kind, &client, asking[0]) == Some(Mode::Cors) {
        return in_either_mode(recorded, copied, &asking, run);
    }
    let observation = run(&copied, CredentialsMode::SameOrigin);
    judged(recorded, copied, &asking, observation)
}

/// What asks, and in which browsers: one that asks in another mode has not written what was recorded.
fn who_asks(
    copied: &Copied,
    kind: LoadKind,
    client: &Client,
    profiles: &[Profile],
) -> (LoadKind, Vec<Profile>) {
    let asking = |kind: LoadKind| -> Vec<Profile> {
        let fits = |profile: &Profile| {
            copied.mode.is_none() || mode_of(copied, kind, client, *profile) == copied.mode
        };
        profiles.iter().copied().filter(fits).collect()
    };
    // A font without CORS is a preload's, where browsers want CORS of fonts.
    let candidates = [kind, LoadKind::Preload];
    let shown = if kind == LoadKind::Font { &candidates[..] } else { &candidates[..1] };
    shown
        .iter()
        .map(|kind| (*kind, asking(*kind)))
        .find(|(_, asking)| !asking.is_empty())
        .unwrap_or_else(|| (kind, profiles.to_vec()))
}

fn mode_of(copied: &Copied, kind: LoadKind, client: &Client, profile: Profile) -> Option<Mode> {
    copied.element(kind, CredentialsMode::SameOrigin).as_init(client, profile).mode
}
