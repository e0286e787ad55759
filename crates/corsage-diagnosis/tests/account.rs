//! Accounts of arbitrary answers: whatever a server says, an account is written, and holds together.

use std::time::Duration;

use corsage::browser::{
    Client, CredentialsMode, Header, Message, PreflightCache, Profile, Request, RequestInit,
    WireResponse, fetch,
};
use corsage::terms::Origin;
use corsage_diagnosis::account::{Answer, DiffLine, Verdict};
use corsage_diagnosis::{Account, Language, Observation, account};
use proptest::prelude::*;

const PROFILES: [Profile; 3] = [Profile::Chromium, Profile::Firefox, Profile::Webkit];

fn client() -> Client {
    Client::page(Origin::parse("https://app.example").expect("an origin"))
}

fn response(status: u16, headers: &[(String, String)]) -> WireResponse {
    WireResponse {
        status,
        status_text: Vec::new(),
        headers: headers
            .iter()
            .map(|(name, value)| Header {
                name: name.clone().into_bytes(),
                value: value.clone().into_bytes(),
            })
            .collect(),
    }
}

/// Performs a request against a server that always answers the same two things.
fn observe(init: RequestInit, preflight: &WireResponse, actual: &WireResponse) -> Observation {
    let client = client();
    let mut observation = Observation {
        init: init.clone(),
        loads: Vec::new(),
        client: client.clone(),
        profile: Profile::Chromium,
        exchanges: Vec::new(),
        withheld: None,
        probe: None,
        beyond: corsage_diagnosis::Beyond::default(),
        reachable: None,
        page_space: None,
        target_space: None,
    };
    let Ok(request) = Request::new(init, &client, Profile::Chromium) else { return observation };
    let mut cache = PreflightCache::default();
    let step = fetch(request, &client, Profile::Chromium, &mut cache, Duration::ZERO);
    step.run(&mut cache, Duration::ZERO, |pending| {
        let answer = match pending.message() {
            Message::Preflight => preflight,
            Message::Request => actual,
        };
        observation.record(pending, Ok(answer.clone()))
    });
    observation
}

fn header() -> impl Strategy<Value = (String, String)> {
    let name = prop::sample::select(vec![
        "access-control-allow-origin",
        "Access-Control-Allow-Origin",
        "access-control-allow-credentials",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-expose-headers",
        "access-control-max-age",
        "location",
        "vary",
        "set-cookie",
        "server",
        "x-total-count",
    ]);
    let value = prop_oneof![
        Just("*".to_owned()),
        Just("https://app.example".to_owned()),
        Just("https://app.example/".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("PUT, DELETE".to_owned()),
        Just("content-type, x-token".to_owned()),
        Just("https://files.example/1".to_owned()),
        Just("nginx".to_owned()),
        "\\PC{0,24}",
    ];
    (name.prop_map(str::to_owned), value)
}

fn init() -> impl Strategy<Value = RequestInit> {
    (
        prop::sample::select(vec!["GET", "POST", "PUT", "patch", "DELETE"]),
        prop::sample::select(vec![
            None,
            Some(CredentialsMode::Include),
            Some(CredentialsMode::Omit),
        ]),
        prop::sample::subsequence(
            vec!["x-token", "authorization", "access-control-allow-origin"],
            0..=3,
        ),
    )
        .prop_map(|(method, credentials, headers)| RequestInit {
            url: "https://api.example/me".to_owned(),
            method: Some(method.as_bytes().to_vec()),
            credentials,
            headers: headers
                .into_iter()
                .map(|name| (name.as_bytes().to_vec(), b"1".to_vec()))
                .collect(),
            ..RequestInit::default()
        })
}

fn holds_together(account: &Account) -> Result<(), TestCaseError> {
    let now = account.blockers.iter().filter(|blocker| blocker.round == 0).count();
    match account.verdict {
        Verdict::Allowed => prop_assert_eq!(now, 0, "allowed, and something blocks"),
        Verdict::Blocked => prop_assert!(account.code.is_some(), "blocked without a code"),
        Verdict::Undecided => {}
    }
    prop_assert_eq!(account.verdict == Verdict::Allowed, account.readable.answer == Answer::Yes);
    if account.sent.answer == Answer::No {
        prop_assert_ne!(account.executed.answer, Answer::Yes, "executed and never sent");
    }
    let mut last = 0;
    for blocker in &account.blockers {
        prop_assert!(blocker.round == last || blocker.round == last + 1, "a round is skipped");
        last = blocker.round;
        if let Some(offence) = &blocker.offence {
            let line = offence.lines.last().map_or(0, |line| line.chars().count());
            prop_assert!(offence.length >= 1);
            prop_assert!(offence.start <= line, "the caret stands beside the line");
        }
    }
    prop_assert!(now == 0 || !account.causes.is_empty(), "no cause for {:?}", account.code);
    let json = serde_json::to_value(account).expect("JSON");
    prop_assert_eq!(&json["schema"], "corsage.account/1");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_answer_has_an_account(
        init in init(),
        preflight_status in prop::sample::select(vec![200_u16, 204, 301, 401, 404, 500]),
        preflight in prop::collection::vec(header(), 0..6),
        status in prop::sample::select(vec![200_u16, 204, 302, 304, 307, 401, 500, 502]),
        actual in prop::collection::vec(header(), 0..6),
    ) {
        let observation = observe(
            init,
            &response(preflight_status, &preflight),
            &response(status, &actual),
        );
        holds_together(&account(&observation, &PROFILES, Language::English))?;
        holds_together(&account(&observation, &[Profile::Standard], Language::English))?;
    }
}

#[test]
fn all_repairs_together_let_the_page_read() {
    let init = RequestInit {
        url: "https://api.example/me".to_owned(),
        method: Some(b"PUT".to_vec()),
        credentials: Some(CredentialsMode::Include),
        headers: vec![(b"x-token".to_vec(), b"1".to_vec()), (b"x-b".to_vec(), b"1".to_vec())],
        ..RequestInit::default()
    };
    // First see what the preflight lacks, then what the response lacks.
    let bad = response(404, &[]);
    let observation = observe(init.clone(), &bad, &bad);
    let first = account(&observation, &PROFILES, Language::English);
    assert_eq!(first.verdict, Verdict::Blocked);
    assert_eq!(first.sent.answer, Answer::No);
    assert_eq!(first.next.verdict, Verdict::Undecided, "the response was never seen");
    let grants = |diff: &[DiffLine]| -> Vec<(String, String)> {
        diff.iter()
            .filter(|line| line.sign == '+' && !line.line.starts_with("status"))
            .filter_map(|line| line.line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    let preflight = response(204, &grants(&first.fix.changes[0].diff));
    let observation = observe(init.clone(), &preflight, &bad);
    let second = account(&observation, &PROFILES, Language::English);
    assert_eq!((second.verdict, second.sent.answer), (Verdict::Blocked, Answer::Yes));
    assert_eq!(second.next.verdict, Verdict::Allowed);
    let actual = response(404, &grants(&second.fix.changes[0].diff));
    let third = account(&observe(init, &preflight, &actual), &PROFILES, Language::English);
    assert_eq!(third.verdict, Verdict::Allowed, "{:?}", third.blockers);
}
