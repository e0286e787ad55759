//! `/upstreams`: each server, how it is, and what it has to do.

use std::sync::Weak;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::clock;
use crate::live::{Group, Live};
use crate::upstream::{Endpoint, Member, State};

pub(crate) fn render(live: &Live) -> String {
    let leaving = live.leaving.iter().filter_map(Weak::upgrade);
    let leaving: Vec<Value> = leaving
        .filter(|endpoint| endpoint.load.get() > 0)
        .map(|endpoint| server(&endpoint, "leaving"))
        .collect();
    let cors: serde_json::Map<String, Value> =
        live.owners().map(|(route, lines)| (route.to_owned(), lines.into())).collect();
    let groups: Vec<Value> = live.groups.iter().map(group).collect();
    let page = json!({
        "version": live.version,
        "groups": groups,
        "leaving": leaving,
        "upstreams_say_of_cors": cors,
    });
    format!("{page:#}\n")
}

fn group(group: &Group) -> Value {
    let servers: Vec<Value> = group.cluster.members.iter().map(member).collect();
    json!({ "name": group.name, "upstreams": servers })
}

fn member(member: &Member) -> Value {
    let state = match member.endpoint.health.state(clock::now_ms()) {
        _ if member.weight == 0 => "draining",
        State::Well => "well",
        State::FailsProbes => "fails-probes",
        State::Ejected { .. } => "ejected",
    };
    let mut shown = server(&member.endpoint, state);
    shown["weight"] = member.weight.into();
    shown
}

fn server(endpoint: &Endpoint, state: &str) -> Value {
    let health = &endpoint.health;
    let mut shown = json!({
        "url": endpoint.url,
        "state": state,
        "failures_in_a_row": health.failures(),
        "requests_in_flight": endpoint.load.get(),
        "open_connections": endpoint.open_connections(),
        "idle_connections": endpoint.idle_connections(),
    });
    if let State::Ejected { for_ms } = health.state(clock::now_ms()) {
        let until = SystemTime::now() + Duration::from_millis(for_ms);
        shown["ejected_until"] = humantime::format_rfc3339_seconds(until).to_string().into();
    }
    shown
}
