//! Where engines differ in loads: one table of dated switches, beside that of the [fetch machine](crate::browser::Profile).
//!
//! Evidence: recordings of Chromium 156, Firefox ESR 153 and WebKitGTK 2.50.6 of 30 November and 1 December 2026; samples
//! are `conformance/data/loads-sample` and `loads-corners`.

use super::script_errors::ModuleFileName;
use crate::browser::Profile;

/// One column of the table.
#[derive(Debug)]
pub(super) struct LoadSwitches {
    /// Mode of fonts.
    pub(super) fonts: FontMode,
    /// `<track>` without `crossorigin`.
    pub(super) track: TrackMode,
    /// `clip-path: url()` to another file.
    pub(super) clip_path: ClipPathRule,
    /// `filter: url()` to another file.
    pub(super) filter: FilterRule,
    /// `import … with { type: "json" }`.
    pub(super) json_import: JsonDestination,
    /// `import … with { type: "css" }`.
    pub(super) css_import: CssModules,
    /// Destination of `<object>` and `<embed>`.
    pub(super) embedded: EmbeddedDestination,
    /// A worker's script from elsewhere: how its constructor refuses it.
    pub(super) foreign_worker: ForeignWorker,
    /// `new FontFace()` in a worker.
    pub(super) worker_fonts: WorkerFonts,
    /// `Origin` on what an element asks its own origin for in "cors" mode.
    pub(super) own_origin: OwnOrigin,
    /// Whose URL is the `Referer` of what a style sheet or a module names.
    pub(super) nested_referrer: NestedReferrer,
    /// Which origin `Sec-Fetch-Site` of what a style sheet names relates to.
    pub(super) nested_site: NestedSite,
    /// Who is referred to in an opaque page.
    pub(super) opaque_referrer: OpaqueReferrer,
    /// `Referer` of text tracks and service workers.
    pub(super) track_referrer: TrackReferrer,
    /// `Origin` of beacons and worklets in an opaque page.
    pub(super) opaque_origin: OpaqueOriginRule,
    /// The preflight of a beacon that a redirect has sent elsewhere.
    pub(super) redirected_beacon: RedirectedBeacon,
    /// Redirects that other origins send, of mask images and module preloads.
    pub(super) foreign_redirects: ForeignRedirects,
    /// Cookies of shapes.
    pub(super) shape_credentials: ShapeCredentials,
    /// Cookies of fonts in workers.
    pub(super) worker_font_credentials: WorkerFontCredentials,
    /// Cookies of `<object>` and `<embed>` in a page of `Cross-Origin-Embedder-Policy: credentialless`.
    pub(super) embedded_credentials: EmbeddedCredentials,
    /// What is imported into a module worker under `require-corp`.
    pub(super) module_workers: ModuleWorkers,
    /// Sound and film that cannot be decoded.
    pub(super) undecodable_media: UndecodableMedia,
    /// The event of `<use>`.
    pub(super) use_event: UseEvent,
    /// `link.sheet` where a failed preload answered.
    pub(super) failed_preloaded_sheet: FailedPreloadedSheet,
    /// Resource Timing of what a closed style sheet names.
    pub(super) closed_sheet_timing: ClosedSheetTiming,
    /// `rel=noreferrer` of a form.
    pub(super) form_no_referrer: FormNoReferrer,
    /// `<a ping>`.
    pub(super) ping: PingRule,
    /// Redirects of a WebSocket's handshake.
    pub(super) web_socket_redirect: WebSocketRedirect,
    /// `Sec-Fetch-*` of a WebSocket's handshake.
    pub(super) web_socket_metadata: WebSocketMetadata,
    /// A protocol that was asked for and not answered.
    pub(super) web_socket_protocol: WebSocketProtocol,
    /// Opaque Response Blocking.
    pub(super) response_blocking: ResponseBlocking,
    /// `load` or `error` of a style sheet whose type is wrong.
    pub(super) wrong_sheet_type: WrongSheetType,
    /// `link.sheet` after a failure.
    pub(super) failed_sheet: FailedSheet,
    /// The event of a preload whose fetch failed.
    pub(super) failed_preload: FailedPreload,
    /// Which preloads a load finds.
    pub(super) preload_reuse: PreloadReuse,
    /// Muted errors of no-cors scripts.
    pub(super) muted_errors: MutedErrors,
    /// What a cross-origin frame is, that was kept out.
    pub(super) refused_frame: RefusedFrame,
    /// `Cross-Origin-Resource-Policy` of `<object>` and `<embed>`.
    pub(super) embedded_policy: EmbeddedPolicy,
    /// What is looked at first of a frame that is kept out twice.
    pub(super) frame_order: FrameOrder,
    /// Which values are an embedder policy.
    pub(super) known_policies: KnownPolicies,
    /// Statuses for which a frame stays as it is.
    pub(super) no_document: NoDocument,
    /// A body that comes with a status of 205.
    pub(super) reset_content: ResetContent,
    /// Fonts that come with a status of 300 to 399.
    pub(super) unfollowed_font: UnfollowedStatus,
    /// Whether `<object>` and `<embed>` need an embedder policy of their own under `require-corp`.
    pub(super) embedded_adherence: EmbeddedAdherence,
    /// A frame in a page of `Cross-Origin-Embedder-Policy: credentialless`.
    pub(super) credentialless_frames: CredentiallessFrames,
    /// `captureStream()` of media that are closed to the page.
    pub(super) capture: CaptureRule,
    /// Resource Timing entries of loads that failed.
    pub(super) failed_timing: FailedTiming,
    /// Statuses of 300 to 399 without a place to go, for scripts.
    pub(super) unfollowed_status: UnfollowedStatus,
    /// Resource Timing of a worklet's script.
    pub(super) worklet_timing: TimingEntry,
    /// Resource Timing of a form, whose target is another document's load.
    pub(super) form_timing: TimingEntry,
    /// Resource Timing of `<use>`.
    pub(super) use_timing: TimingEntry,
    /// Resource Timing of a worker whose script failed.
    pub(super) failed_worker_timing: TimingEntry,
    /// Resource Timing, in the page's list, of what a module worker imports.
    pub(super) worker_import_timing: TimingEntry,
    /// Resource Timing of tracks and filters that were refused before anything was asked for.
    pub(super) unasked_timing: TimingEntry,
    /// Resource Timing of a frame that got no document.
    pub(super) documentless_timing: DocumentlessTiming,
    /// Timing of a redirect that leads out of "same-origin" mode.
    pub(super) own_redirect_timing: OwnRedirectTiming,
    /// Timing of a keepalive `fetch()`.
    pub(super) keepalive_timing: KeepaliveTiming,
    /// A module preload whose redirects were not followed to their end.
    pub(super) broken_off_module: BrokenOffModule,
    /// A module that could not be had, for whoever asks next.
    pub(super) failed_module: FailedModule,
    /// Shared workers in an opaque page.
    pub(super) opaque_shared_workers: OpaqueSharedWorkers,
    /// Errors of what `importScripts()` got.
    pub(super) imported_errors: ImportedErrors,
    /// A worklet's script that does not say that it is JavaScript.
    pub(super) worklet_type: WorkletType,
    /// The event of a module that does not parse.
    pub(super) unparsed_module: UnparsedModule,
    /// Whether the report of what a module throws names its file.
    pub(super) module_file_name: ModuleFileName,
    /// Whether a picture in a frame needs an embedder policy, as documents do.
    pub(super) picture_documents: PictureDocuments,
    /// The event of `<object>` where a status says that there is no document.
    pub(super) object_without_document: ObjectWithoutDocument,
    /// What stands in a frame whose document was kept out.
    pub(super) kept_out: KeptOut,
    /// The event of an `<object>` whose document was kept out.
    pub(super) refused_object: RefusedObject,
    /// Statuses with which text tracks show cues.
    pub(super) cue_status: CueStatus,
    /// Statuses of 300 to 399 without a place to go, for style sheets.
    pub(super) unfollowed_sheet: UnfollowedStatus,
    /// What is looked at first of a style sheet.
    pub(super) sheet_integrity: SheetIntegrity,
    /// `link.sheet` where `X-Content-Type-Options` kept the sheet out.
    pub(super) nosniff_sheet: NosniffSheet,
}

impl LoadSwitches {
    pub(super) const fn of(profile: Profile) -> &'static Self {
        match profile {
            Profile::Standard => &STANDARD,
            Profile::Chromium => &CHROMIUM,
            Profile::Firefox => &FIREFOX,
            Profile::Webkit => &WEBKIT,
        }
    }
}

macro_rules! switch {
    ($($name:ident { $($(#[$variant_doc:meta])* $variant:ident,)* })*) => {
        $(
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $name { $($(#[$variant_doc])* $variant,)* })*
    };
}

switch! {
    FontMode { Cors, NoCors, }
    TrackMode { SameOrigin, NoCors, }
    ClipPathRule {
        Cors,
        /// In "same-origin" mode, as for `<use>`.
        NamedByFragment,
        SameDocumentOnly,
    }
    FilterRule {
        SameOrigin,
        /// In "same-origin" mode, as for `<use>`.
        NamedByFragment,
        SameDocumentOnly,
    }
    JsonDestination { Json, Script, }
    CssModules { Fetched, Unknown, }
    EmbeddedDestination { ByElement, Iframe, }
    ForeignWorker { ErrorEvent, Throws, }
    WorkerFonts {
        Fetched,
        /// In "same-origin" mode, as if it were a worker's script.
        SameOrigin,
    }
    NestedSite { Document, Sheet, }
    OpaqueReferrer {
        None,
        ModuleImportsAlone,
        OriginButOfWorklets,
        Page,
    }
    RedirectedBeacon { ByText, PreflightedAsAtFirst, }
    ForeignRedirects { ByText, CheckedAsIncluded, }
    TrackReferrer { Sent, Unsent, }
    OpaqueOriginRule { Null, OfPageUrl, }
    ShapeCredentials { SameOrigin, Omit, }
    WorkerFontCredentials { SameOrigin, Omit, }
    EmbeddedCredentials { Sent, OmittedByPolicy, }
    ModuleWorkers { Run, FailUnderRequireCorp, }
    UndecodableMedia { Error, AskedForTwice, }
    UseEvent {
        Fired,
        /// And where something was asked for in vain.
        OnSuccess,
        Never,
    }
    FailedPreloadedSheet { AsWithoutPreload, None, }
    ClosedSheetTiming {
        None,
        /// Of fonts alone; and nothing else that a sheet from elsewhere names, closed or not.
        FontsAlone,
        All,
    }
    OwnOrigin {
        None,
        /// But for sound and film.
        ElementsButMedia,
        Elements,
    }
    NestedReferrer { Sheet, Document, }
    FormNoReferrer { Obeyed, Ignored, }
    PingRule { Sent, Off, }
    WebSocketRedirect { Failure, Followed, }
    WebSocketMetadata { None, EmptyDestination, OwnDestination, }
    WebSocketProtocol { MayBeLeftOut, MustBeAnswered, }
    ResponseBlocking {
        None,
        /// By type, and by what the body looks like.
        Chromium,
        Firefox,
    }
    WrongSheetType { Error, Load, }
    FailedSheet {
        /// `null` where integrity failed, otherwise one that throws.
        Closed,
        /// Empty, and open where CORS was asked for.
        Empty,
    }
    FailedPreload {
        /// `error`, but where the type alone of a script is wrong; statuses of pictures and for `fetch()` do not matter.
        Error,
        /// The same, whatever type is wrong.
        ErrorWhateverType,
        /// `load`, but for statuses that are not ok where CORS is used, and for what is no picture.
        Load,
    }
    PreloadReuse {
        /// Destination, mode and credentials mode are equal.
        ByMode,
        /// Destination and `crossorigin` are equal.
        ByAttribute,
        /// Destination is equal.
        Always,
    }
    MutedErrors {
        /// By how the response was got.
        Tainting,
        /// By the final URL; and errors that a script has made itself are shown.
        FinalUrlOwnErrorsShown,
        /// By how the response was got; errors from timers by the final URL.
        TaintingLaterFinalUrl,
    }
    RefusedFrame {
        /// An error page.
        ErrorPageLoads,
        /// Nothing happens.
        Silent,
    }
    EmbeddedPolicy { Ignored, Checked, }
    EmbeddedAdherence { Checked, Unchecked, }
    FrameOrder { ResourcePolicyFirst, EmbedderPolicyFirst, }
    KnownPolicies { Both, RequireCorpAlone, }
    NoDocument {
        /// 204 and 205.
        NoContent,
        /// 304 too.
        NotModifiedToo,
    }
    ResetContent { Empty, Read, }
    CredentiallessFrames {
        Loaded,
        /// Kept out, as under `require-corp`.
        Refused,
        /// Kept out of an `<iframe>` alone.
        RefusedInIframes,
    }
    CaptureRule { Closed, Open, Unsupported, }
    FailedTiming {
        Hidden,
        /// As `Timing-Allow-Origin` says, where CORS alone has failed.
        ByCheck,
        None,
    }
    UnfollowedStatus {
        Failure,
        Success,
        /// But of modules.
        SuccessOfClassics,
    }
    TimingEntry { Entered, None, }
    DocumentlessTiming {
        All,
        /// Where its own server has said with 204 or 205 that there is none.
        OwnAlone,
    }
    OwnRedirectTiming {
        /// Hidden, as of what failed before the body.
        Early,
        ByCheck,
    }
    KeepaliveTiming {
        ByCheck,
        /// Of what begins at home, wherever it ends.
        ShownFromHome,
    }
    BrokenOffModule { Remembered, Forgotten, }
    FailedModule {
        /// It is `null` in the module map.
        StaysFailed,
        AskedForAgain,
    }
    OpaqueSharedWorkers { AsElsewhere, None, }
    ImportedErrors { AsOfScripts, ByFinalUrl, }
    WorkletType { AbortError, TypeError, Any, }
    UnparsedModule { Load, Nothing, }
    PictureDocuments { Checked, Unchecked, }
    ObjectWithoutDocument { Nothing, Error, }
    KeptOut {
        ErrorPage,
        /// Nothing where the answer itself may not come, an error page where only its policy is missing.
        BlankButWithoutPolicy,
    }
    RefusedObject { Error, Silent, }
    CueStatus { Any, Ok, }
    SheetIntegrity {
        AfterType,
        /// What may not be looked into does not match.
        BeforeType,
    }
    NosniffSheet { Empty, Closed, }
}

const STANDARD: LoadSwitches = LoadSwitches {
    fonts: FontMode::Cors,
    track: TrackMode::SameOrigin,
    clip_path: ClipPathRule::Cors,
    filter: FilterRule::SameOrigin,
    json_import: JsonDestination::Json,
    css_import: CssModules::Fetched,
    embedded: EmbeddedDestination::ByElement,
    foreign_worker: ForeignWorker::ErrorEvent,
    worker_fonts: WorkerFonts::Fetched,
    own_origin: OwnOrigin::None,
    nested_referrer: NestedReferrer::Sheet,
    nested_site: NestedSite::Document,
    opaque_referrer: OpaqueReferrer::None,
    track_referrer: TrackReferrer::Sent,
    opaque_origin: OpaqueOriginRule::Null,
    redirected_beacon: RedirectedBeacon::ByText,
    foreign_redirects: ForeignRedirects::ByText,
    shape_credentials: ShapeCredentials::SameOrigin,
    worker_font_credentials: WorkerFontCredentials::SameOrigin,
    embedded_credentials: EmbeddedCredentials::Sent,
    module_workers: ModuleWorkers::Run,
    undecodable_media: UndecodableMedia::Error,
    use_event: UseEvent::Fired,
    failed_preloaded_sheet: FailedPreloadedSheet::AsWithoutPreload,
    closed_sheet_timing: ClosedSheetTiming::None,
    form_no_referrer: FormNoReferrer::Obeyed,
    ping: PingRule::Sent,
    web_socket_redirect: WebSocketRedirect::Failure,
    web_socket_metadata: WebSocketMetadata::EmptyDestination,
    web_socket_protocol: WebSocketProtocol::MustBeAnswered,
    response_blocking: ResponseBlocking::None,
    wrong_sheet_type: WrongSheetType::Error,
    failed_sheet: FailedSheet::Closed,
    failed_preload: FailedPreload::Error,
    preload_reuse: PreloadReuse::ByMode,
    muted_errors: MutedErrors::Tainting,
    refused_frame: RefusedFrame::ErrorPageLoads,
    embedded_policy: EmbeddedPolicy::Ignored,
    embedded_adherence: EmbeddedAdherence::Checked,
    frame_order: FrameOrder::ResourcePolicyFirst,
    known_policies: KnownPolicies::Both,
    no_document: NoDocument::NoContent,
    reset_content: ResetContent::Empty,
    unfollowed_font: UnfollowedStatus::Failure,
    credentialless_frames: CredentiallessFrames::Loaded,
    capture: CaptureRule::Closed,
    failed_timing: FailedTiming::Hidden,
    unfollowed_status: UnfollowedStatus::Failure,
    worklet_timing: TimingEntry::None,
    form_timing: TimingEntry::None,
    use_timing: TimingEntry::Entered,
    failed_worker_timing: TimingEntry::Entered,
    worker_import_timing: TimingEntry::None,
    unasked_timing: TimingEntry::None,
    documentless_timing: DocumentlessTiming::All,
    own_redirect_timing: OwnRedirectTiming::Early,
    keepalive_timing: KeepaliveTiming::ByCheck,
    broken_off_module: BrokenOffModule::Remembered,
    failed_module: FailedModule::StaysFailed,
    opaque_shared_workers: OpaqueSharedWorkers::AsElsewhere,
    imported_errors: ImportedErrors::AsOfScripts,
    worklet_type: WorkletType::AbortError,
    unparsed_module: UnparsedModule::Load,
    module_file_name: ModuleFileName::Named,
    picture_documents: PictureDocuments::Unchecked,
    object_without_document: ObjectWithoutDocument::Nothing,
    kept_out: KeptOut::ErrorPage,
    refused_object: RefusedObject::Error,
    cue_status: CueStatus::Any,
    unfollowed_sheet: UnfollowedStatus::Failure,
    sheet_integrity: SheetIntegrity::AfterType,
    nosniff_sheet: NosniffSheet::Empty,
};

const CHROMIUM: LoadSwitches = LoadSwitches {
    foreign_worker: ForeignWorker::Throws,
    own_origin: OwnOrigin::ElementsButMedia,
    opaque_referrer: OpaqueReferrer::ModuleImportsAlone,
    failed_preloaded_sheet: FailedPreloadedSheet::None,
    form_no_referrer: FormNoReferrer::Ignored,
    web_socket_metadata: WebSocketMetadata::None,
    response_blocking: ResponseBlocking::Chromium,
    wrong_sheet_type: WrongSheetType::Load,
    credentialless_frames: CredentiallessFrames::Refused,
    unfollowed_status: UnfollowedStatus::SuccessOfClassics,
    no_document: NoDocument::NotModifiedToo,
    unfollowed_font: UnfollowedStatus::Success,
    use_timing: TimingEntry::None,
    failed_worker_timing: TimingEntry::None,
    worker_import_timing: TimingEntry::Entered,
    unasked_timing: TimingEntry::Entered,
    documentless_timing: DocumentlessTiming::OwnAlone,
    failed_module: FailedModule::AskedForAgain,
    imported_errors: ImportedErrors::ByFinalUrl,
    picture_documents: PictureDocuments::Checked,
    unfollowed_sheet: UnfollowedStatus::Success,
    nosniff_sheet: NosniffSheet::Closed,
    ..STANDARD
};

const FIREFOX: LoadSwitches = LoadSwitches {
    clip_path: ClipPathRule::NamedByFragment,
    filter: FilterRule::NamedByFragment,
    nested_site: NestedSite::Sheet,
    opaque_referrer: OpaqueReferrer::OriginButOfWorklets,
    track_referrer: TrackReferrer::Unsent,
    worker_font_credentials: WorkerFontCredentials::Omit,
    embedded_credentials: EmbeddedCredentials::OmittedByPolicy,
    use_event: UseEvent::Never,
    closed_sheet_timing: ClosedSheetTiming::FontsAlone,
    ping: PingRule::Off,
    web_socket_protocol: WebSocketProtocol::MayBeLeftOut,
    response_blocking: ResponseBlocking::Firefox,
    failed_sheet: FailedSheet::Empty,
    failed_preload: FailedPreload::Load,
    preload_reuse: PreloadReuse::ByAttribute,
    muted_errors: MutedErrors::FinalUrlOwnErrorsShown,
    refused_frame: RefusedFrame::Silent,
    embedded_policy: EmbeddedPolicy::Checked,
    embedded_adherence: EmbeddedAdherence::Unchecked,
    credentialless_frames: CredentiallessFrames::RefusedInIframes,
    capture: CaptureRule::Open,
    frame_order: FrameOrder::EmbedderPolicyFirst,
    failed_timing: FailedTiming::ByCheck,
    worklet_timing: TimingEntry::Entered,
    own_redirect_timing: OwnRedirectTiming::ByCheck,
    keepalive_timing: KeepaliveTiming::ShownFromHome,
    opaque_shared_workers: OpaqueSharedWorkers::None,
    worklet_type: WorkletType::Any,
    module_file_name: ModuleFileName::Unnamed,
    object_without_document: ObjectWithoutDocument::Error,
    ..STANDARD
};

const WEBKIT: LoadSwitches = LoadSwitches {
    fonts: FontMode::NoCors,
    track: TrackMode::NoCors,
    clip_path: ClipPathRule::SameDocumentOnly,
    filter: FilterRule::SameDocumentOnly,
    json_import: JsonDestination::Script,
    css_import: CssModules::Unknown,
    embedded: EmbeddedDestination::Iframe,
    foreign_worker: ForeignWorker::Throws,
    worker_fonts: WorkerFonts::SameOrigin,
    opaque_referrer: OpaqueReferrer::Page,
    opaque_origin: OpaqueOriginRule::OfPageUrl,
    redirected_beacon: RedirectedBeacon::PreflightedAsAtFirst,
    foreign_redirects: ForeignRedirects::CheckedAsIncluded,
    shape_credentials: ShapeCredentials::Omit,
    module_workers: ModuleWorkers::FailUnderRequireCorp,
    undecodable_media: UndecodableMedia::AskedForTwice,
    use_event: UseEvent::OnSuccess,
    closed_sheet_timing: ClosedSheetTiming::All,
    own_origin: OwnOrigin::Elements,
    nested_referrer: NestedReferrer::Document,
    web_socket_redirect: WebSocketRedirect::Followed,
    web_socket_metadata: WebSocketMetadata::OwnDestination,
    web_socket_protocol: WebSocketProtocol::MayBeLeftOut,
    preload_reuse: PreloadReuse::Always,
    muted_errors: MutedErrors::TaintingLaterFinalUrl,
    refused_frame: RefusedFrame::Silent,
    capture: CaptureRule::Unsupported,
    failed_timing: FailedTiming::None,
    unfollowed_status: UnfollowedStatus::Success,
    known_policies: KnownPolicies::RequireCorpAlone,
    reset_content: ResetContent::Read,
    unfollowed_font: UnfollowedStatus::Success,
    failed_preload: FailedPreload::ErrorWhateverType,
    form_timing: TimingEntry::Entered,
    broken_off_module: BrokenOffModule::Forgotten,
    worklet_type: WorkletType::TypeError,
    unparsed_module: UnparsedModule::Nothing,
    kept_out: KeptOut::BlankButWithoutPolicy,
    refused_object: RefusedObject::Silent,
    cue_status: CueStatus::Ok,
    sheet_integrity: SheetIntegrity::BeforeType,
    ..STANDARD
};
