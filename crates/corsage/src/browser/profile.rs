//! Browser profiles: where engines differ, as one table of dated switches.
//!
//! Evidence, unless a row says otherwise: recordings of Chromium 156, Firefox ESR 153 and WebKitGTK
//! 2.50 of November 2026, 26,500 cases each. `standard` is the text at the commit pinned in
//! `docs/standard.md`.

use std::time::Duration;

use crate::terms::caps;

/// Whose behaviour the machine shows.
///
/// ```
/// use corsage::browser::Profile;
/// assert_eq!("firefox".parse(), Ok(Profile::Firefox));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The Fetch standard as pinned in `docs/standard.md`.
    #[default]
    Standard,
    /// Chromium 156.
    Chromium,
    /// Firefox 153.
    Firefox,
    /// WebKitGTK 2.50.
    Webkit,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Chromium, Self::Firefox, Self::Webkit];

    /// Its name on command lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// Whether its HTTP cache heeds `No-Vary-Search`.
    #[must_use]
    pub const fn no_vary_search(self) -> NoVarySearch {
        self.switches().no_vary_search
    }

    pub(crate) const fn switches(self) -> &'static Switches {
        match self {
            Self::Standard => &STANDARD,
            Self::Chromium => &CHROMIUM,
            Self::Firefox => &FIREFOX,
            Self::Webkit => &WEBKIT,
        }
    }
}

/// What an HTTP cache makes of [`No-Vary-Search`](https://datatracker.ietf.org/doc/draft-ietf-httpbis-no-vary-search/),
/// by which a server says which parts of a query do not matter. Recorded in November 2026: Chromium reuses what is
/// stored, Firefox and WebKit do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoVarySearch {
    /// URLs are compared whole.
    Unread,
    /// What the header excepts is left out of the comparison.
    Heeded,
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == name).ok_or(UnknownProfile)
    }
}

/// No profile has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProfile;

impl std::fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("there are standard, chromium, firefox and webkit")
    }
}

impl std::error::Error for UnknownProfile {}

/// One column of the table of differences.
#[derive(Debug)]
pub(crate) struct Switches {
    /// The longest time for which a preflight is remembered.
    pub(crate) max_age_cap: Duration,
    /// `Access-Control-Max-Age` that is not digits.
    pub(crate) malformed_max_age: MalformedMaxAge,
    /// `-1`, `-0`: no engine follows the text, which has 5 seconds for what is not digits.
    pub(crate) negative_max_age: MalformedMaxAge,
    /// Whether `*` covers `Authorization`.
    pub(crate) authorization: Wildcard,
    /// The shape of the preflight cache.
    pub(crate) cache: CacheModel,
    /// When a preflight is made although one is remembered.
    pub(crate) preflight_cache_bypass: PreflightCacheBypass,
    /// How repeated request headers are judged.
    pub(crate) repeated: Repeated,
    /// Names beyond the standard's that need no preflight.
    pub(crate) extra_safelist: ExtraSafelist,
    /// Bytes from 0x80 in `Accept` and `Content-Type`, and commas among a content type's parameters.
    pub(crate) content_type: ContentTypeRule,
    /// Numbers in `Range`.
    pub(crate) range: RangeRule,
    /// Whether a request that once needed a preflight needs one on every later cross-origin hop.
    pub(crate) preflight_on_later_hops: LaterHops,
    /// Which origin a preflight after a tainting redirect names.
    pub(crate) tainted_preflight: TaintedPreflight,
    /// An empty line beside another one of the same response header.
    pub(crate) empty_lines: EmptyLines,
    /// Two `Location` lines.
    pub(crate) two_locations: TwoLocations,
    /// An empty `Location`.
    pub(crate) empty_location: EmptyLocation,
    /// A redirect status without `Location`.
    pub(crate) missing_location: MissingLocation,
    /// What is asked of `Location` where redirects are handed over.
    pub(crate) unfollowed_location: UnfollowedLocation,
    /// Conditions that a script sets, in a worker.
    pub(crate) conditions_in_workers: ConditionsInWorkers,
    /// When user information in a redirect's target is refused.
    pub(crate) location_credentials: LocationCredentials,
    /// What a redirect to another origin makes of DELETE.
    pub(crate) delete_across_origins: DeleteAcrossOrigins,
    /// Whose text a redirect from home to elsewhere checks credentials by.
    pub(crate) left_home: LeftHome,
    /// The body's headers on the hops after the one that lost the body.
    pub(crate) body_headers: BodyHeaders,
    /// `Authorization` when a chain comes back to the first origin.
    pub(crate) authorization_on_return: AuthorizationOnReturn,
    /// `Origin` of a no-cors or same-origin write.
    pub(crate) non_cors_origin: NonCorsOrigin,
    /// `Origin: null` on a credentialed no-cors GET of an opaque origin.
    pub(crate) opaque_get_origin: OpaqueGetOrigin,
    /// Which failed condition is blamed.
    pub(crate) blame: Blame,
    /// The `Content-Type` that a body brings along, in "no-cors" mode.
    pub(crate) body_type: BodyType,
    /// `Location` to a URL's text.
    pub(crate) location_bytes: LocationBytes,
    /// Stream bodies.
    pub(crate) streams: Streams,
    /// `only-if-cached` where nothing is stored.
    pub(crate) only_if_cached: OnlyIfCached,
    /// How response bytes from 0x80 reach the script.
    pub(crate) response_bytes: ResponseBytes,
    /// Expose-Headers where one line holds `*` and another is malformed.
    pub(crate) malformed_expose: MalformedExpose,
    /// `Cross-Origin-Resource-Policy: same-site`.
    pub(crate) corp_same_site: CorpSameSite,
    /// A `Cross-Origin-Resource-Policy` that is none, where an embedder policy wants one.
    pub(crate) unknown_corp: UnknownCorp,
    /// `targetAddressSpace`.
    pub(crate) address_space: AddressSpaceRule,
    /// `Cross-Origin-Embedder-Policy: credentialless`.
    pub(crate) credentialless: Credentialless,
    /// The referrer of a document with an opaque origin.
    pub(crate) opaque_referrer: OpaqueReferrer,
    /// Which readable responses have a body that is null.
    pub(crate) null_body: NullBody,
    /// `Sec-Fetch-*` after redirects.
    pub(crate) fetch_metadata: FetchMetadata,
    /// Whether SameSite cookies ask which way a chain of redirects went.
    pub(crate) same_site_chain: SameSiteChain,
    /// By whose credentials a remembered `*` is judged.
    pub(crate) stored_wildcard: StoredWildcard,
    /// Which failures make what a preflight granted forgotten.
    pub(crate) forgetting: Forgetting,
    /// Names that a redirect took away, in a later preflight.
    pub(crate) lost_names: LostNames,
    /// `about:blank`, fetched in "no-cors" mode.
    pub(crate) about_blank: AboutBlank,
    /// The headers of a response that the engine makes itself (a `data:` URL).
    pub(crate) own_response: OwnResponse,
    /// `Origin` of a GET that was a POST.
    pub(crate) rewritten_origin: RewrittenOrigin,
    /// The origin that `Timing-Allow-Origin` is compared with.
    pub(crate) timing_origin: TimingOrigin,
    /// `Origin` of a navigation that a redirect has led to another origin.
    pub(crate) navigation_origin: NavigationOrigin,
    /// The `window` member of what `Request` is made from.
    pub(crate) window_member: WindowMember,
    /// `Accept-Encoding` of a request for a range.
    pub(crate) range_encoding: RangeEncoding,
    /// What becomes of the script's headers on the wire.
    pub(crate) script_headers: ScriptHeaders,
    /// Whether a challenge to a "cors" response shows a prompt.
    pub(crate) auth_prompt: AuthPrompt,
    /// "same-origin" credentials of a no-cors request that a redirect leads away from home.
    pub(crate) no_cors_credentials: NoCorsCredentials,
    /// The referrer of a preflight after leaving home.
    pub(crate) preflight_referrer: PreflightReferrer,
    /// What a response for a `blob:` URL shows beside its length and type.
    pub(crate) blob_response: BlobResponse,
    /// `No-Vary-Search`, to the HTTP cache.
    pub(crate) no_vary_search: NoVarySearch,
    /// Whether `localhost.`, with its dot, is this machine.
    pub(crate) dotted_localhost: DottedLocalhost,
}

macro_rules! switch {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)* })*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$variant_doc])* $variant,)* })*
    };
}

switch! {
    MalformedMaxAge { FiveSeconds, NotCached, }
    Wildcard { CoversAuthorization, LeavesAuthorization, }
    CacheModel {
        /// An entry for each method and header name.
        Standard,
        /// One result for each origin and URL, replaced whole, erased when it does not suffice.
        Chromium,
        /// Lists for each key, the credentials bit in the key, `*` not remembered.
        Firefox,
        /// One result for each origin and URL, overwritten even by an answer that refuses.
        Webkit,
    }
    ConditionsInWorkers { NoStore, Ignored, }
    PreflightCacheBypass {
        Never,
        /// Where the HTTP cache is not to be used as it stands either; "no-store" stores no grant.
        WithHttpCache,
        /// Where the HTTP cache is not to be asked.
        WithoutHttpCache,
        /// Where redirects made the origin `null`.
        Tainted,
    }
    Repeated {
        /// Each line by itself, names without repeats.
        Apart,
        /// Combined by name, then judged.
        Combined,
        /// Each line by itself, names repeated as the lines are.
        AsOftenAsSent,
    }
    ExtraSafelist { None, ClientHints, }
    ContentTypeRule { Standard, Strict, }
    RangeRule {
        AnyLength,
        /// Below 2^64.
        Unsigned64,
        /// Below 2^63; the value is written anew.
        Signed64Rewritten,
        /// Below 2^64, the unit in any case, a plus sign passes.
        Lenient,
    }
    LaterHops {
        AsNeeded,
        /// A preflight, once made, is made again on every hop; so is one for unsafe headers.
        AlwaysOnceMadeOrUnsafe,
        /// Of beacons only what was really made.
        AlwaysOnceMadeOrUnsafeButBeacons,
    }
    TaintedPreflight { Null, PageOrigin, }
    EmptyLines { Joined, Dropped, }
    TwoLocations { Failure, SameOrFailure, Joined, }
    EmptyLocation {
        ResolvesToItself,
        /// The answer itself is the response.
        NoRedirect,
        /// A failure where redirects are followed, and no redirect where they are not.
        FailureWhenFollowed,
    }
    MissingLocation {
        /// A redirect all the same, where redirects are errors or handed over.
        IsRedirect,
        /// One where redirects are handed over.
        IsHandedOver,
    }
    UnfollowedLocation {
        /// Nobody reads a `Location` that is not followed.
        Unread,
        /// Two that differ are an error.
        OneOfAKind,
        /// So is what is no URL.
        Parsed,
        /// `ftp:` is an error.
        NotFtp,
    }
    LocationCredentials {
        AcrossOrigins,
        /// As in the text, but not before the preflight where one is due.
        AfterPreflight,
        Always,
    }
    LeftHome { AsAsked, AsIncluded, }
    DeleteAcrossOrigins { Kept, BecomesGet, }
    BodyHeaders {
        Gone,
        /// Unless the redirect would have rewritten the method that the script asked for.
        SentAgainUnlessRewritten,
        /// In cors mode once abroad; otherwise the type alone, after a 307 or 308.
        SentAgain,
    }
    AuthorizationOnReturn { Gone, SentAgain, }
    NonCorsOrigin {
        ByReferrerPolicy,
        /// The page's, until a redirect leaves home.
        UntilLeavingHome,
    }
    OpaqueGetOrigin {
        None,
        /// On every hop.
        Null,
        /// Until a redirect leaves the first origin.
        NullAtFirstOrigin,
    }
    Blame {
        AccessThenStatus,
        RedirectThenAccessThenStatus,
        StatusThenAccess,
    }
    BodyType {
        /// The guard of "no-cors" drops what is not safelisted.
        Guarded,
        Unguarded,
    }
    LocationBytes {
        /// Each byte from 0x80 percent-encoded as it is.
        Kept,
        /// A tab too, which is otherwise taken out.
        TabsEscaped,
        /// As the UTF-8 of U+FFFD where the value is not UTF-8, and then each byte as a code point.
        Replaced,
    }
    Streams {
        NeedHttp2,
        /// And a preflight is sent first even where the mode forbids the URL.
        NeedHttp2AfterPreflight,
        AreText,
        Refused,
    }
    OnlyIfCached { Failure, GoesToNetwork, }
    ResponseBytes { Latin1, Replaced, }
    MalformedExpose { ExposesNothing, WildcardWins, }
    CorpSameSite { SchemelesslySameSite, AddressesDifferByPort, }
    UnknownCorp { AsIfMissing, LetsIn, }
    AddressSpaceRule { Ignored, Enforced, }
    Credentialless { Known, Unknown, }
    OpaqueReferrer { None, Page, }
    NullBody {
        /// By status, and where the method is HEAD or CONNECT.
        ByStatusAndMethod,
        ByMethod,
        /// Empty, not null; an opaque redirect too where the variant says so.
        Never,
        NeverEvenHidden,
    }
    FetchMetadata {
        /// `Sec-Fetch-Site` is the worst of the chain.
        WorstOfChain,
        /// A chain that is not all of one's own origin is cross-site.
        ForeignChainsAreCrossSite,
        /// None on the hop after a redirect that has left an origin.
        GoneAfterLeaving,
    }
    SameSiteChain { Considered, Ignored, }
    StoredWildcard {
        /// It covers requests without credentials, whoever asked before.
        ByAsker,
        /// It covers anything if it was stored without credentials, and nothing otherwise.
        ByStorer,
        /// It is a name like any other.
        Literal,
    }
    Forgetting {
        /// Those of requests that need a preflight.
        Preflighted,
        /// Those in "cors" mode, but for redirects where redirects are errors.
        Cors,
        /// None but the preflight's own.
        Never,
    }
    LostNames {
        Forgotten,
        StillAsked,
        /// But for `Authorization`, and for the hop that lost the body.
        BodyHeadersStillAsked,
    }
    AboutBlank {
        Fetched,
        /// A worker's redirect to it is followed, too.
        FetchedAndFollowed,
        Refused,
    }
    OwnResponse { Type, TypeAndLength, }
    RewrittenOrigin {
        /// As any GET.
        AsGet,
        /// What the POST said, as long as no redirect leaves the origin.
        AsFirstSent,
    }
    TimingOrigin {
        /// `null` once redirects have tainted it.
        OfRequest,
        /// The page's, where CORS is not used.
        OfPageWithoutCors,
    }
    NavigationOrigin { ByText, NullOnceLed, }
    WindowMember { MustBeNull, Unread, }
    RangeEncoding { Identity, Unsaid, }
    ScriptHeaders {
        AsSet,
        /// Without two names that the engine sets itself, and with `Range` as its numbers say.
        WithoutOwn,
        /// One line of some names; an empty value takes back what was set before.
        SingleLines,
        /// Bytes from 0x80 as UTF-8, `User-Agent` on the first hop alone.
        Widened,
    }
    AuthPrompt { NotForCors, ForCorsToo, }
    NoCorsCredentials { LeftAtHome, TakenAlong, }
    PreflightReferrer {
        /// The request's own.
        AsComputed,
        /// What the request had at home, whatever the policy says abroad.
        AsAtHome,
    }
    BlobResponse {
        AsWritten,
        /// The status text of a part is that of the whole.
        AlwaysOk,
        /// The page's referrer policy is among the headers.
        WithReferrerPolicy,
    }
    DottedLocalhost { Trustworthy, Untrustworthy, }
}

const STANDARD: Switches = Switches {
    max_age_cap: Duration::MAX,
    malformed_max_age: MalformedMaxAge::FiveSeconds,
    negative_max_age: MalformedMaxAge::FiveSeconds,
    authorization: Wildcard::LeavesAuthorization,
    cache: CacheModel::Standard,
    preflight_cache_bypass: PreflightCacheBypass::Never,
    repeated: Repeated::Apart,
    extra_safelist: ExtraSafelist::None,
    content_type: ContentTypeRule::Standard,
    range: RangeRule::AnyLength,
    preflight_on_later_hops: LaterHops::AsNeeded,
    tainted_preflight: TaintedPreflight::Null,
    empty_lines: EmptyLines::Joined,
    two_locations: TwoLocations::Failure,
    empty_location: EmptyLocation::ResolvesToItself,
    missing_location: MissingLocation::IsRedirect,
    unfollowed_location: UnfollowedLocation::Unread,
    conditions_in_workers: ConditionsInWorkers::NoStore,
    location_credentials: LocationCredentials::AcrossOrigins,
    delete_across_origins: DeleteAcrossOrigins::Kept,
    left_home: LeftHome::AsAsked,
    body_headers: BodyHeaders::Gone,
    authorization_on_return: AuthorizationOnReturn::Gone,
    non_cors_origin: NonCorsOrigin::ByReferrerPolicy,
    opaque_get_origin: OpaqueGetOrigin::None,
    blame: Blame::AccessThenStatus,
    streams: Streams::NeedHttp2,
    body_type: BodyType::Guarded,
    location_bytes: LocationBytes::Kept,
    only_if_cached: OnlyIfCached::Failure,
    response_bytes: ResponseBytes::Latin1,
    malformed_expose: MalformedExpose::ExposesNothing,
    corp_same_site: CorpSameSite::SchemelesslySameSite,
    unknown_corp: UnknownCorp::AsIfMissing,
    address_space: AddressSpaceRule::Ignored,
    credentialless: Credentialless::Known,
    opaque_referrer: OpaqueReferrer::None,
    null_body: NullBody::ByStatusAndMethod,
    fetch_metadata: FetchMetadata::WorstOfChain,
    same_site_chain: SameSiteChain::Considered,
    stored_wildcard: StoredWildcard::ByAsker,
    forgetting: Forgetting::Preflighted,
    lost_names: LostNames::Forgotten,
    about_blank: AboutBlank::Fetched,
    own_response: OwnResponse::Type,
    rewritten_origin: RewrittenOrigin::AsGet,
    timing_origin: TimingOrigin::OfRequest,
    navigation_origin: NavigationOrigin::ByText,
    window_member: WindowMember::MustBeNull,
    range_encoding: RangeEncoding::Identity,
    script_headers: ScriptHeaders::AsSet,
    auth_prompt: AuthPrompt::NotForCors,
    no_cors_credentials: NoCorsCredentials::LeftAtHome,
    preflight_referrer: PreflightReferrer::AsComputed,
    blob_response: BlobResponse::AsWritten,
    no_vary_search: NoVarySearch::Unread,
    dotted_localhost: DottedLocalhost::Trustworthy,
};

const CHROMIUM: Switches = Switches {
    max_age_cap: caps::CHROMIUM_MAX_AGE,
    stored_wildcard: StoredWildcard::ByStorer,
    blob_response: BlobResponse::AlwaysOk,
    no_vary_search: NoVarySearch::Heeded,
    forgetting: Forgetting::Never,
    about_blank: AboutBlank::Refused,
    window_member: WindowMember::Unread,
    script_headers: ScriptHeaders::WithoutOwn,
    auth_prompt: AuthPrompt::ForCorsToo,
    streams: Streams::NeedHttp2AfterPreflight,
    negative_max_age: MalformedMaxAge::NotCached,
    authorization: Wildcard::CoversAuthorization,
    cache: CacheModel::Chromium,
    preflight_cache_bypass: PreflightCacheBypass::WithHttpCache,
    repeated: Repeated::Combined,
    extra_safelist: ExtraSafelist::ClientHints,
    range: RangeRule::Signed64Rewritten,
    two_locations: TwoLocations::SameOrFailure,
    empty_location: EmptyLocation::NoRedirect,
    missing_location: MissingLocation::IsHandedOver,
    unfollowed_location: UnfollowedLocation::Parsed,
    conditions_in_workers: ConditionsInWorkers::Ignored,
    location_credentials: LocationCredentials::Always,
    non_cors_origin: NonCorsOrigin::UntilLeavingHome,
    opaque_get_origin: OpaqueGetOrigin::Null,
    blame: Blame::RedirectThenAccessThenStatus,
    corp_same_site: CorpSameSite::AddressesDifferByPort,
    address_space: AddressSpaceRule::Enforced,
    null_body: NullBody::Never,
    same_site_chain: SameSiteChain::Ignored,
    ..STANDARD
};

const FIREFOX: Switches = Switches {
    max_age_cap: caps::FIREFOX_MAX_AGE,
    stored_wildcard: StoredWildcard::Literal,
    forgetting: Forgetting::Cors,
    lost_names: LostNames::BodyHeadersStillAsked,
    about_blank: AboutBlank::FetchedAndFollowed,
    own_response: OwnResponse::TypeAndLength,
    window_member: WindowMember::Unread,
    script_headers: ScriptHeaders::SingleLines,
    auth_prompt: AuthPrompt::ForCorsToo,
    malformed_max_age: MalformedMaxAge::NotCached,
    negative_max_age: MalformedMaxAge::NotCached,
    authorization: Wildcard::CoversAuthorization,
    cache: CacheModel::Firefox,
    preflight_cache_bypass: PreflightCacheBypass::WithoutHttpCache,
    repeated: Repeated::AsOftenAsSent,
    content_type: ContentTypeRule::Strict,
    range: RangeRule::Unsigned64,
    preflight_on_later_hops: LaterHops::AlwaysOnceMadeOrUnsafeButBeacons,
    tainted_preflight: TaintedPreflight::PageOrigin,
    empty_lines: EmptyLines::Dropped,
    unfollowed_location: UnfollowedLocation::OneOfAKind,
    two_locations: TwoLocations::SameOrFailure,
    body_headers: BodyHeaders::SentAgainUnlessRewritten,
    authorization_on_return: AuthorizationOnReturn::SentAgain,
    opaque_get_origin: OpaqueGetOrigin::NullAtFirstOrigin,
    blame: Blame::AccessThenStatus,
    streams: Streams::AreText,
    location_bytes: LocationBytes::TabsEscaped,
    malformed_expose: MalformedExpose::WildcardWins,
    null_body: NullBody::ByMethod,
    fetch_metadata: FetchMetadata::ForeignChainsAreCrossSite,
    same_site_chain: SameSiteChain::Ignored,
    unknown_corp: UnknownCorp::LetsIn,
    ..STANDARD
};

const WEBKIT: Switches = Switches {
    max_age_cap: caps::WEBKIT_MAX_AGE,
    forgetting: Forgetting::Never,
    lost_names: LostNames::StillAsked,
    about_blank: AboutBlank::Refused,
    rewritten_origin: RewrittenOrigin::AsFirstSent,
    timing_origin: TimingOrigin::OfPageWithoutCors,
    navigation_origin: NavigationOrigin::NullOnceLed,
    range_encoding: RangeEncoding::Unsaid,
    script_headers: ScriptHeaders::Widened,
    no_cors_credentials: NoCorsCredentials::TakenAlong,
    preflight_referrer: PreflightReferrer::AsAtHome,
    blob_response: BlobResponse::WithReferrerPolicy,
    dotted_localhost: DottedLocalhost::Untrustworthy,
    negative_max_age: MalformedMaxAge::NotCached,
    authorization: Wildcard::CoversAuthorization,
    cache: CacheModel::Webkit,
    preflight_cache_bypass: PreflightCacheBypass::Tainted,
    repeated: Repeated::Combined,
    range: RangeRule::Lenient,
    preflight_on_later_hops: LaterHops::AlwaysOnceMadeOrUnsafe,
    two_locations: TwoLocations::Joined,
    empty_location: EmptyLocation::FailureWhenFollowed,
    unfollowed_location: UnfollowedLocation::NotFtp,
    missing_location: MissingLocation::IsHandedOver,
    delete_across_origins: DeleteAcrossOrigins::BecomesGet,
    body_type: BodyType::Unguarded,
    location_bytes: LocationBytes::Replaced,
    location_credentials: LocationCredentials::AfterPreflight,
    body_headers: BodyHeaders::SentAgain,
    left_home: LeftHome::AsIncluded,
    blame: Blame::StatusThenAccess,
    streams: Streams::Refused,
    only_if_cached: OnlyIfCached::GoesToNetwork,
    response_bytes: ResponseBytes::Replaced,
    credentialless: Credentialless::Unknown,
    opaque_referrer: OpaqueReferrer::Page,
    null_body: NullBody::NeverEvenHidden,
    fetch_metadata: FetchMetadata::GoneAfterLeaving,
    same_site_chain: SameSiteChain::Ignored,
    ..STANDARD
};
