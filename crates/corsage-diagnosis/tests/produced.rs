//! Every code comes out of a run of the machine, or stands in [`ELSEWHERE`] with the reason.

#[path = "loads/produced.rs"]
mod loads;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use corsage::browser::{
    AddressSpace, Body, CacheMode, Client, Code, ContentSecurityPolicy, CredentialsMode,
    Destination, EmbedderPolicy, Event, Header, Initiator, LocalNetworkPermission, Message, Mode,
    PreflightCache, Profile, RedirectMode, ReferrerPolicy, Request, RequestInit, WireFailure,
    WireResponse, fetch,
};
use corsage::terms::Origin;

/// Codes that no run of the machine alone produces, and who does.
const ELSEWHERE: &[(Code, &str)] = &[
    (
        Code::OpaqueRangeResponse,
        "only media elements ask for ranges of opaque responses: docs/deviations.md",
    ),
    (Code::VaryOriginMissing, "needs a second look at the server: explain, 18-cache-vary"),
    (Code::ClientOriginNull, "said of the page by the account: explain, 12-null-origin"),
    (Code::DiffersBetweenBrowsers, "compares runs: explain, and accounts of several profiles"),
];

type Answer = Result<(u16, Vec<(&'static str, &'static str)>), WireFailure>;

struct Scene {
    page: &'static str,
    profile: Profile,
    init: RequestInit,
    client: fn(&mut Client),
    preflight: Answer,
    actual: Answer,
    times: usize,
}

fn scene() -> Scene {
    Scene {
        page: "https://app.example",
        profile: Profile::Chromium,
        init: RequestInit { url: "https://api.example/x".to_owned(), ..RequestInit::default() },
        client: |_| {},
        preflight: Ok((
            204,
            vec![
                ("access-control-allow-origin", "https://app.example"),
                ("access-control-allow-methods", "PUT"),
                ("access-control-allow-headers", "x-a, authorization, content-type"),
                ("access-control-max-age", "60"),
            ],
        )),
        actual: shared(&[]),
        times: 1,
    }
}

/// A response that passes, with further headers.
fn shared(more: &[(&'static str, &'static str)]) -> Answer {
    let first = ("access-control-allow-origin", "https://app.example");
    Ok((200, std::iter::once(first).chain(more.iter().copied()).collect()))
}

fn answer(status: u16, headers: &[(&'static str, &'static str)]) -> Answer {
    Ok((status, headers.to_vec()))
}

/// Changes the default scene.
fn with(change: impl FnOnce(&mut Scene)) -> Scene {
    let mut scene = scene();
    change(&mut scene);
    scene
}

fn header(scene: &mut Scene, name: &str, value: &str) {
    scene.init.headers.push((name.as_bytes().to_vec(), value.as_bytes().to_vec()));
}

fn method(scene: &mut Scene, method: &str) {
    scene.init.method = Some(method.as_bytes().to_vec());
}

fn text(scene: &mut Scene, body: &str) {
    scene.init.body = Some(Body::Bytes(Arc::from(body.as_bytes())));
}

fn put_preflight(answer: Answer) -> Scene {
    with(|s| {
        method(s, "PUT");
        s.preflight = answer;
    })
}

fn response(answer: &Answer) -> Result<WireResponse, WireFailure> {
    let (status, headers) = answer.clone()?;
    let line = |(name, value): (&str, &str)| Header {
        name: name.as_bytes().to_vec(),
        value: value.as_bytes().to_vec(),
    };
    Ok(WireResponse {
        status,
        status_text: Vec::new(),
        headers: headers.into_iter().map(line).collect(),
    })
}

/// Every code that a scene produces.
fn codes(scene: &Scene) -> BTreeSet<Code> {
    let mut client = Client::page(Origin::parse(scene.page).expect("an origin"));
    (scene.client)(&mut client);
    let mut found = BTreeSet::new();
    let mut cache = PreflightCache::default();
    for _ in 0..scene.times {
        let request = match Request::new(scene.init.clone(), &client, scene.profile) {
            Ok(request) => request,
            Err(error) => return [error.code].into(),
        };
        let step = fetch(request, &client, scene.profile, &mut cache, Duration::ZERO);
        let finished = step.run(&mut cache, Duration::ZERO, |pending| {
            if pending.message() == Message::Preflight {
                return response(&scene.preflight);
            }
            // A redirect is given once; what it leads to is the same without it.
            let mut answer = response(&scene.actual);
            if let Ok(response) = &mut answer
                && pending.wire().url.path() == "/last"
            {
                response.status = 200;
            }
            answer
        });
        found.extend(finished.transcript.events().iter().filter_map(|event| match event {
            Event::Note(note) => Some(note.code),
            _ => None,
        }));
        if let Err(error) = &finished.outcome {
            found.extend(error.blockers().iter().map(|blocker| blocker.code));
        }
    }
    found
}

const TO_LAST: (&str, &str) = ("location", "https://files.example/last");

fn local_network(policy: LocalNetworkPermission, client: &mut Client) {
    client.address_space = Some(AddressSpace::Public);
    client.policies.local_network = policy;
}

fn thrown() -> Vec<(Code, Scene)> {
    use Code as C;
    vec![
        (C::InvalidUrl, with(|s| s.init.url = "http://".to_owned())),
        (C::UrlHasCredentials, with(|s| s.init.url = "https://u:p@api.example/".to_owned())),
        (C::InvalidMethod, with(|s| method(s, "P T"))),
        (C::ForbiddenMethod, with(|s| method(s, "TRACE"))),
        (C::InvalidHeaderName, with(|s| header(s, "x y", "1"))),
        (C::InvalidHeaderValue, with(|s| header(s, "x-a", "1\n2"))),
        (C::NavigateModeNotAllowed, with(|s| s.init.mode = Some(Mode::Navigate))),
        (
            C::NoCorsMethodNotSafelisted,
            with(|s| {
                method(s, "PUT");
                s.init.mode = Some(Mode::NoCors);
            }),
        ),
        (C::BodyWithGetOrHead, with(|s| text(s, "x"))),
        (
            C::StreamNeedsDuplexHalf,
            with(|s| {
                method(s, "POST");
                s.init.body = Some(Body::Stream);
            }),
        ),
        (
            C::StreamModeNotAllowed,
            with(|s| {
                method(s, "POST");
                s.init.body = Some(Body::Stream);
                s.init.duplex_half = true;
                s.init.mode = Some(Mode::NoCors);
            }),
        ),
        (
            C::OnlyIfCachedNeedsSameOriginMode,
            with(|s| {
                s.init.cache = Some(CacheMode::OnlyIfCached);
            }),
        ),
        (C::InvalidReferrer, with(|s| s.init.referrer = Some("http://".to_owned()))),
    ]
}

fn refused_before_traffic() -> Vec<(Code, Scene)> {
    use Code as C;
    let mode = |mode| move |s: &mut Scene| s.init.mode = Some(mode);
    vec![
        (C::SameOriginModeCrossOriginUrl, with(mode(Mode::SameOrigin))),
        (
            C::NoCorsRedirectModeNotFollow,
            with(|s| {
                s.init.mode = Some(Mode::NoCors);
                s.init.redirect = Some(RedirectMode::Error);
            }),
        ),
        (C::SchemeNotCorsEnabled, with(|s| s.init.url = "ftp://api.example/".to_owned())),
        (
            C::SchemeNotFetchable,
            with(|s| {
                s.init.url = "file:///x".to_owned();
                s.init.mode = Some(Mode::NoCors);
            }),
        ),
        (C::DataUrlInvalid, with(|s| s.init.url = "data:text/plain".to_owned())),
        (C::BadPort, with(|s| s.init.url = "https://api.example:6667/".to_owned())),
        (C::MixedContent, with(|s| s.init.url = "http://api.example/".to_owned())),
        (
            C::CspConnectSrc,
            with(|s| {
                s.client = |client| {
                    let policy = ContentSecurityPolicy::parse("connect-src 'self'");
                    client.policies.content_security.push(policy);
                };
            }),
        ),
        (
            C::IntegrityPolicy,
            with(|s| {
                s.init.destination = Destination::Script;
                s.init.initiator = Initiator::Other;
                s.init.mode = Some(Mode::NoCors);
                s.client = |client| client.policies.integrity_blocked.push(Destination::Script);
            }),
        ),
        (
            C::LnaInsecureContext,
            with(|s| {
                s.page = "http://app.example";
                s.init.url = "http://192.168.0.1/".to_owned();
                s.client = |client| local_network(LocalNetworkPermission::Prompt, client);
            }),
        ),
        (
            C::LnaPermissionDenied,
            with(|s| {
                s.init.url = "http://127.0.0.1/".to_owned();
                s.client = |client| local_network(LocalNetworkPermission::Denied, client);
            }),
        ),
        (
            C::LnaPermissionPrompt,
            with(|s| {
                s.init.url = "http://127.0.0.1/".to_owned();
                s.client = |client| local_network(LocalNetworkPermission::Prompt, client);
            }),
        ),
        (
            C::LnaPermissionsPolicy,
            with(|s| {
                s.init.url = "http://127.0.0.1/".to_owned();
                s.client =
                    |client| local_network(LocalNetworkPermission::DisallowedByPolicy, client);
            }),
        ),
        (
            C::LnaAddressSpaceMismatch,
            with(|s| {
                s.init.url = "http://127.0.0.1/".to_owned();
                s.init.target_address_space = Some(AddressSpace::Local);
                s.client = |client| client.address_space = Some(AddressSpace::Public);
            }),
        ),
    ]
}

/// What a sender reports is passed on.
fn failures() -> Vec<(Code, Scene)> {
    use WireFailure as F;
    let kinds = [
        F::Dns,
        F::Connection,
        F::Tls,
        F::ClientCertificateNeeded,
        F::Malformed,
        F::ContentDecoding,
        F::StreamNeedsHttp2,
        F::KeepaliveQuotaExceeded,
        F::TimedOut,
        F::Aborted,
        F::Offline,
        F::CacheMiss,
    ];
    let mut rows: Vec<_> =
        kinds.into_iter().map(|kind| (kind.code(), with(|s| s.actual = Err(kind)))).collect();
    rows.push((Code::PreflightNetworkError, put_preflight(Err(F::Connection))));
    rows
}

fn preflights() -> Vec<(Code, Scene)> {
    use Code as C;
    let origin = ("access-control-allow-origin", "https://app.example");
    let put = |headers: &[(&'static str, &'static str)]| put_preflight(answer(204, headers));
    let granted = |name: &'static str, value: &'static str| put(&[origin, (name, value)]);
    let including = |mut scene: Scene| {
        scene.init.credentials = Some(CredentialsMode::Include);
        scene
    };
    let asking = |name: &'static str, value: &'static str| {
        with(|s| {
            header(s, name, "1");
            s.preflight = answer(204, &[origin, ("access-control-allow-headers", value)]);
        })
    };
    let credentials = ("access-control-allow-credentials", "true");
    vec![
        (C::PreflightRedirect, put_preflight(answer(302, &[origin, TO_LAST]))),
        (C::PreflightStatusNotOk, put_preflight(answer(404, &[origin]))),
        (C::PreflightMissingAllowOrigin, put(&[])),
        (C::PreflightMultipleAllowOrigin, put(&[origin, origin])),
        (C::PreflightInvalidAllowOrigin, put(&[("access-control-allow-origin", "app.example")])),
        (
            C::PreflightAllowOriginMismatch,
            put(&[("access-control-allow-origin", "https://b.example")]),
        ),
        (
            C::PreflightWildcardOriginWithCredentials,
            including(put(&[("access-control-allow-origin", "*")])),
        ),
        (C::PreflightAllowCredentialsNotTrue, including(put(&[origin]))),
        (C::PreflightInvalidAllowMethods, granted("access-control-allow-methods", "PUT;")),
        (C::PreflightInvalidAllowHeaders, granted("access-control-allow-headers", "x a")),
        (C::MethodNotAllowed, granted("access-control-allow-methods", "DELETE")),
        (C::MethodCaseMismatch, granted("access-control-allow-methods", "put")),
        (
            C::MethodWildcardWithCredentials,
            including(put(&[origin, credentials, ("access-control-allow-methods", "*")])),
        ),
        (C::HeaderNotAllowed, asking("x-b", "x-a")),
        (C::HeaderWildcardWithCredentials, {
            let mut scene = including(asking("x-b", "*"));
            scene.preflight =
                answer(204, &[origin, credentials, ("access-control-allow-headers", "*")]);
            scene
        }),
        (C::AuthorizationNotCoveredByWildcard, {
            let mut scene = asking("authorization", "*");
            scene.profile = Profile::Standard;
            scene
        }),
        (C::WildcardCoversAuthorization, asking("authorization", "*")),
        (C::PreflightNotCached, {
            let methods = ("access-control-allow-methods", "PUT");
            put(&[origin, methods, ("access-control-max-age", "0")])
        }),
        (C::MaxAgeCapped, {
            let methods = ("access-control-allow-methods", "PUT");
            put(&[origin, methods, ("access-control-max-age", "86400")])
        }),
        (
            C::PreflightCacheHit,
            with(|s| {
                method(s, "PUT");
                s.times = 2;
            }),
        ),
        (
            C::WildcardNotCached,
            with(|s| {
                method(s, "PUT");
                s.profile = Profile::Firefox;
                s.times = 2;
                s.preflight = answer(
                    204,
                    &[
                        origin,
                        ("access-control-allow-methods", "*"),
                        ("access-control-max-age", "60"),
                    ],
                );
            }),
        ),
    ]
}

fn responses() -> Vec<(Code, Scene)> {
    use Code as C;
    let got = |headers: &[(&'static str, &'static str)]| with(|s| s.actual = answer(200, headers));
    let shows = |more: &[(&'static str, &'static str)]| with(|s| s.actual = shared(more));
    let including = |mut scene: Scene| {
        scene.init.credentials = Some(CredentialsMode::Include);
        scene
    };
    let redirected = |headers: &[(&'static str, &'static str)]| {
        with(|s| {
            let first = ("access-control-allow-origin", "https://app.example");
            let lines = std::iter::once(first).chain(headers.iter().copied());
            s.actual = Ok((302, lines.collect()));
        })
    };
    let embedded = |destination, headers: &[(&'static str, &'static str)]| {
        with(|s| {
            s.init.destination = destination;
            s.init.initiator = Initiator::Other;
            s.init.mode = Some(Mode::NoCors);
            s.init.credentials = Some(CredentialsMode::Include);
            s.actual = answer(200, headers);
        })
    };
    let credentials = ("access-control-allow-credentials", "true");
    vec![
        (C::MissingAllowOrigin, got(&[])),
        (C::MultipleAllowOrigin, shows(&[("access-control-allow-origin", "*")])),
        (C::InvalidAllowOrigin, got(&[("access-control-allow-origin", "")])),
        (C::AllowOriginMismatch, got(&[("access-control-allow-origin", "null")])),
        (C::AllowOriginMismatchTainted, redirected(&[TO_LAST])),
        (C::OriginNullOnRedirect, redirected(&[TO_LAST])),
        (C::WildcardOriginWithCredentials, including(got(&[("access-control-allow-origin", "*")]))),
        (C::AllowCredentialsNotTrue, including(shows(&[]))),
        (C::RedirectModeError, {
            let mut scene = redirected(&[TO_LAST]);
            scene.init.redirect = Some(RedirectMode::Error);
            scene
        }),
        (C::RedirectLocationInvalid, redirected(&[("location", "http://")])),
        (C::RedirectSchemeNotHttp, redirected(&[("location", "ftp://files.example/")])),
        (C::RedirectLimit, redirected(&[("location", "/again")])),
        (
            C::RedirectUrlHasCredentials,
            redirected(&[("location", "https://u:p@files.example/last")]),
        ),
        (C::MethodRewrittenOnRedirect, {
            let mut scene = redirected(&[TO_LAST]);
            method(&mut scene, "POST");
            text(&mut scene, "x");
            scene
        }),
        (C::AuthorizationDroppedOnRedirect, {
            let mut scene = redirected(&[TO_LAST]);
            header(&mut scene, "authorization", "Bearer x");
            scene
        }),
        (C::OpaqueRedirect, {
            let mut scene = redirected(&[TO_LAST]);
            scene.init.redirect = Some(RedirectMode::Manual);
            scene
        }),
        (C::StreamCannotBeReplayed, {
            let mut scene = redirected(&[TO_LAST]);
            method(&mut scene, "POST");
            scene.init.body = Some(Body::Stream);
            scene.init.duplex_half = true;
            scene.actual =
                Ok((307, vec![("access-control-allow-origin", "https://app.example"), TO_LAST]));
            scene
        }),
        (
            C::CorpNotSameOrigin,
            embedded(Destination::Image, &[("cross-origin-resource-policy", "same-origin")]),
        ),
        (
            C::CorpNotSameSite,
            embedded(Destination::Image, &[("cross-origin-resource-policy", "same-site")]),
        ),
        (C::CorpRequiredByCoep, {
            let mut scene = embedded(Destination::Image, &[]);
            scene.client = |client| client.embedder_policy = EmbedderPolicy::RequireCorp;
            scene
        }),
        (C::CoepCredentialless, {
            let mut scene = embedded(Destination::Image, &[]);
            scene.client = |client| client.embedder_policy = EmbedderPolicy::Credentialless;
            scene
        }),
        (
            C::NosniffBlocked,
            embedded(
                Destination::Script,
                &[("x-content-type-options", "nosniff"), ("content-type", "text/html")],
            ),
        ),
        (C::MimeTypeBlocked, embedded(Destination::Script, &[("content-type", "image/png")])),
        (C::IntegrityOnOpaque, {
            let mut scene = embedded(Destination::Script, &[]);
            scene.init.integrity = "sha256-x".to_owned();
            scene
        }),
        (C::OpaqueResponse, embedded(Destination::Image, &[])),
        (C::HeaderNotExposed, shows(&[("x-total", "1")])),
        (
            C::ExposeWildcardWithCredentials,
            including(shows(&[
                credentials,
                ("x-total", "1"),
                ("access-control-expose-headers", "*"),
            ])),
        ),
        (C::ExposeHeadersInvalid, shows(&[("access-control-expose-headers", "x y")])),
        (C::SetCookieHidden, including(shows(&[credentials, ("set-cookie", "a=1")]))),
        (C::SetCookieIgnored, shows(&[("set-cookie", "a=1")])),
        (C::CredentialsNotSent, shows(&[])),
        (C::ForbiddenHeaderDropped, with(|s| header(s, "cookie", "a=1"))),
        (
            C::NoCorsHeaderDropped,
            with(|s| {
                header(s, "x-a", "1");
                s.init.mode = Some(Mode::NoCors);
            }),
        ),
        (
            C::OriginNullByReferrerPolicy,
            with(|s| {
                method(s, "POST");
                s.profile = Profile::Standard;
                s.init.mode = Some(Mode::NoCors);
                s.init.referrer_policy = Some(ReferrerPolicy::NoReferrer);
            }),
        ),
        (
            C::AuthChallengeNotShown,
            with(|s| {
                s.actual = Ok((
                    401,
                    vec![
                        ("access-control-allow-origin", "https://app.example"),
                        ("www-authenticate", "Basic"),
                    ],
                ));
            }),
        ),
        (C::AuthPromptShown, {
            let mut scene = including(shows(&[]));
            scene.actual = Ok((
                401,
                vec![
                    ("access-control-allow-origin", "https://app.example"),
                    credentials,
                    ("www-authenticate", "Basic"),
                ],
            ));
            scene
        }),
        (C::TimingHidden, shows(&[])),
    ]
}

#[test]
fn every_code_is_produced_or_has_its_reason() {
    let rows: Vec<(Code, Scene)> =
        [thrown(), refused_before_traffic(), failures(), preflights(), responses()]
            .into_iter()
            .flatten()
            .collect();
    let mut problems: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for (code, scene) in &rows {
        let found = codes(scene);
        if !found.contains(code) {
            problems.push(format!("{code}: the run produces {found:?}"));
        }
        seen.extend(found);
    }
    let by_loads = loads::rows();
    for (code, found) in &by_loads {
        if !found.contains(code) {
            problems.push(format!("{code}: the load produces {found:?}"));
        }
        seen.extend(found);
    }
    for &code in Code::ALL {
        let row = rows.iter().any(|(wanted, _)| *wanted == code)
            || by_loads.iter().any(|(wanted, _)| *wanted == code);
        let elsewhere = ELSEWHERE.iter().any(|(listed, _)| *listed == code);
        match (row, elsewhere) {
            (false, false) => problems.push(format!("{code}: neither produced nor explained")),
            (true, true) => problems.push(format!("{code}: both produced and explained away")),
            _ => {}
        }
        if elsewhere && seen.contains(&code) {
            problems.push(format!("{code}: listed, and produced all the same"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
