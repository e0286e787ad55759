//! Envoy's [interface for dynamic modules](https://github.com/envoyproxy/envoy/blob/main/source/extensions/dynamic_modules/abi/abi.h),
//! as much of it as is used: what Envoy calls, what it can be asked for, and what goes between in C's types.
//!
//! What every `unsafe` here rests on:
//!
//! - Envoy calls each hook with the pointers that it, and this module, have given out, while both ends live. A
//!   configuration outlives its streams; a stream is one thread's, and one hook's at a time.
//! - A hook's own pointers to this module are boxes or `Arc`s that [`into_raw`](Box::into_raw) has made here; each is
//!   taken back once, by the hook that destroys it.
//! - Buffers that Envoy lends are valid until the hook returns or a setter is called. [`EnvoyStream`] lends them to
//!   closures alone, which hold it shared, and setters want it whole: the compiler sees to the rest.
//! - No panic leaves a hook: [`guarded`] is around each.

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null;
use std::sync::Arc;

use http::HeaderMap;

use crate::Stream;
use crate::config::{self, FilterConfig, RouteConfig};
use crate::counters::{CounterId, Counters};
use crate::filter::{Filter, Next, Seen};
use crate::stream::{Level, Line};

/// The version that these declarations are of. Envoy compares it with its own: later ones take it, and say in their log
/// that it is not theirs; those before 1.38, which had fingerprints for versions, refuse it.
const ABI_VERSION: &CStr = c"v0.2.0";

/// Bytes of ours.
#[repr(C)]
#[derive(Clone, Copy)]
struct ModuleBuffer {
    ptr: *const u8,
    length: usize,
}

/// Bytes of Envoy's.
#[repr(C)]
#[derive(Clone, Copy)]
struct EnvoyBuffer {
    ptr: *const u8,
    length: usize,
}

/// A header line of Envoy's.
#[repr(C)]
#[derive(Clone, Copy)]
struct EnvoyHeader {
    name: EnvoyBuffer,
    value: EnvoyBuffer,
}

/// A header line of ours.
#[repr(C)]
struct ModuleHeader {
    name: ModuleBuffer,
    value: ModuleBuffer,
}

// Enumerations of C, whose values are `int`s here.
const REQUEST_HEADER: u32 = 0;
const RESPONSE_HEADER: u32 = 2;
const CONTINUE: u32 = 0;
const STOP_ITERATION: u32 = 1;
const METRICS_SUCCESS: u32 = 0;

/// What Envoy can be asked for, and the names by which it is looked for before anything is asked.
macro_rules! callbacks {
    ($(fn $name:ident($($parameter:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        unsafe extern "C" {
            $(fn $name($($parameter: $type),*) $(-> $result)?;)*
        }

        const CALLBACKS: &[&CStr] = &[$(
            match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => panic!("names have no zeros"),
            },
        )*];
    };
}

callbacks! {
    fn envoy_dynamic_module_callback_log(level: u32, message: ModuleBuffer);
    fn envoy_dynamic_module_callback_log_enabled(level: u32) -> bool;
    fn envoy_dynamic_module_callback_http_filter_config_define_counter(
        config: *mut c_void,
        name: ModuleBuffer,
        label_names: *mut ModuleBuffer,
        label_names_length: usize,
        counter_id: *mut usize
    ) -> u32;
    fn envoy_dynamic_module_callback_http_filter_increment_counter(
        filter: *mut c_void,
        id: usize,
        label_values: *mut ModuleBuffer,
        label_values_length: usize,
        value: u64
    ) -> u32;
    fn envoy_dynamic_module_callback_http_get_headers_size(filter: *mut c_void, of: u32) -> usize;
    fn envoy_dynamic_module_callback_http_get_headers(
        filter: *mut c_void,
        of: u32,
        result: *mut EnvoyHeader
    ) -> bool;
    fn envoy_dynamic_module_callback_http_set_header(
        filter: *mut c_void,
        of: u32,
        name: ModuleBuffer,
        value: ModuleBuffer
    ) -> bool;
    fn envoy_dynamic_module_callback_http_add_header(
        filter: *mut c_void,
        of: u32,
        name: ModuleBuffer,
        value: ModuleBuffer
    ) -> bool;
    fn envoy_dynamic_module_callback_http_send_response(
        filter: *mut c_void,
        status: u32,
        headers: *mut ModuleHeader,
        headers_length: usize,
        body: ModuleBuffer,
        details: ModuleBuffer
    );
    fn envoy_dynamic_module_callback_get_most_specific_route_config(
        filter: *mut c_void
    ) -> *const c_void;
}

unsafe extern "C" {
    /// [POSIX](https://pubs.opengroup.org/onlinepubs/9799919799/functions/dlsym.html)
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// The program, and all that it has loaded for everybody.
const RTLD_DEFAULT: *mut c_void =
    std::ptr::without_provenance_mut(if cfg!(target_os = "macos") { usize::MAX - 1 } else { 0 });

impl From<&[u8]> for ModuleBuffer {
    fn from(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), length: bytes.len() }
    }
}

impl From<&str> for ModuleBuffer {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl EnvoyBuffer {
    /// The bytes, for as long as whoever calls says.
    ///
    /// # Safety
    /// Envoy keeps them that long.
    unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.ptr.is_null() {
            return &[];
        }
        // SAFETY: Envoy's buffers are `length` readable bytes; the caller answers for how long.
        unsafe { std::slice::from_raw_parts(self.ptr, self.length) }
    }
}

/// Runs a hook's work; a panic ends here, as `None`.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn log(level: Level, text: &str) {
    // SAFETY: takes any level of its enumeration, which `Level` is part of.
    if unsafe { envoy_dynamic_module_callback_log_enabled(level as u32) } {
        // SAFETY: the message is read before this returns.
        unsafe { envoy_dynamic_module_callback_log(level as u32, text.into()) };
    }
}

// What Envoy calls: the program's beginning.

/// Tells our version, once all that will be asked for is known to be there: an Envoy that lacks a function would
/// otherwise end when it is first called.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_program_init() -> *const c_char {
    let is_missing = |name: &&CStr| {
        // SAFETY: the name ends in a zero; what is found is not called.
        unsafe { dlsym(RTLD_DEFAULT, name.as_ptr()) }.is_null()
    };
    match CALLBACKS.iter().copied().find(|name| is_missing(name)) {
        None => ABI_VERSION.as_ptr(),
        Some(name) => {
            #[expect(clippy::print_stderr, reason = "how to log is among what may be missing")]
            {
                eprintln!(
                    "corsage: this Envoy has no {}; 1.38 or later is needed",
                    name.to_string_lossy()
                );
            }
            null()
        }
    }
}

// Configurations.

/// Reads a filter's configuration. What is wrong with it is in Envoy's log, and null tells Envoy to refuse it.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_config_new(
    config: *mut c_void,
    _name: EnvoyBuffer,
    text: EnvoyBuffer,
) -> *const c_void {
    let made = guarded(|| {
        // SAFETY: the text is Envoy's for as long as this hook runs, and is not kept.
        let rules = read(unsafe { text.bytes() })?;
        let counters = Counters::define(|name, labels| define_counter(config, name, labels));
        match counters {
            Ok(counters) => Some(Box::new(FilterConfigHandle(Arc::new(FilterConfig::new(
                rules.rules,
                counters,
            ))))),
            Err(name) => {
                log(Level::Error, &format!("corsage: Envoy defines no counter {name}"));
                None
            }
        }
    });
    match made.flatten() {
        Some(made) => Box::into_raw(made).cast_const().cast(),
        None => null(),
    }
}

/// What Envoy holds of a filter's configuration; each exchange holds it too.
struct FilterConfigHandle(Arc<FilterConfig>);

fn read(text: &[u8]) -> Option<config::Read> {
    match config::read(text) {
        Ok(read) => {
            for remark in &read.remarks {
                log(Level::Warn, &format!("corsage: {remark}"));
            }
            Some(read)
        }
        Err(faults) => {
            log(Level::Error, &format!("corsage: the configuration is refused:\n{faults}"));
            None
        }
    }
}

fn define_counter(config: *mut c_void, name: &str, labels: &[&str]) -> Result<CounterId, String> {
    let mut labels: Vec<ModuleBuffer> = labels.iter().map(|label| (*label).into()).collect();
    let mut id = 0;
    // SAFETY: `config` is Envoy's for as long as the hook runs that this is called from; all else outlives the call.
    let result = unsafe {
        envoy_dynamic_module_callback_http_filter_config_define_counter(
            config,
            name.into(),
            labels.as_mut_ptr(),
            labels.len(),
            &raw mut id,
        )
    };
    if result == METRICS_SUCCESS { Ok(CounterId(id)) } else { Err(name.to_owned()) }
}

/// Lets go of a filter's configuration.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_config_destroy(config: *const c_void) {
    let config = config.cast_mut().cast::<FilterConfigHandle>();
    // SAFETY: made by `config_new`, and given back once.
    guarded(|| drop(unsafe { Box::from_raw(config) }));
}

/// Reads a route's configuration.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_new(
    _name: EnvoyBuffer,
    text: EnvoyBuffer,
) -> *const c_void {
    // SAFETY: the text is Envoy's for as long as this hook runs, and is not kept.
    let made = guarded(|| read(unsafe { text.bytes() }));
    match made.flatten() {
        Some(read) => Arc::into_raw(Arc::new(RouteConfig { rules: read.rules })).cast(),
        None => null(),
    }
}

/// Lets go of a route's configuration.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_destroy(config: *const c_void) {
    // SAFETY: made by `per_route_config_new`, and given back once.
    guarded(|| drop(unsafe { Arc::from_raw(config.cast::<RouteConfig>()) }));
}

// Exchanges.

/// Makes the filter of an exchange.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_new(
    config: *const c_void,
    _stream: *mut c_void,
) -> *const c_void {
    let made = guarded(|| {
        // SAFETY: made by `config_new`, and not given back while exchanges begin.
        let config = unsafe { &*config.cast::<FilterConfigHandle>() };
        Box::new(Filter::new(Arc::clone(&config.0)))
    });
    made.map_or(null(), |filter| Box::into_raw(filter).cast_const().cast())
}

/// Lets go of an exchange's filter.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_destroy(filter: *const c_void) {
    // SAFETY: made by `filter_new`, and given back once.
    guarded(|| drop(unsafe { Box::from_raw(filter.cast_mut().cast::<Filter>()) }));
}

/// Runs the filter of an exchange, and what it does about a panic.
fn run(
    stream: *mut c_void,
    filter: *const c_void,
    seen: Seen,
    work: impl FnOnce(&Filter, &mut EnvoyStream) -> Next,
) -> u32 {
    // SAFETY: made by `filter_new`; Envoy destroys it after its last hook. It is held shared: an answer of ours comes by
    // the response's hook before the request's hook has ended.
    let filter = unsafe { &*filter.cast::<Filter>() };
    let mut stream = EnvoyStream(stream);
    let next = guarded(|| work(filter, &mut stream))
        .or_else(|| guarded(|| filter.on_panic(&mut stream, seen)));
    match next {
        Some(Next::Continue) => CONTINUE,
        Some(Next::Stop) | None => STOP_ITERATION,
    }
}

/// A request's head has come.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_request_headers(
    stream: *mut c_void,
    filter: *const c_void,
    _end_of_stream: bool,
) -> u32 {
    run(stream, filter, Seen::Request, Filter::on_request_headers)
}

/// A response's head has come, or is about to go.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_response_headers(
    stream: *mut c_void,
    filter: *const c_void,
    _end_of_stream: bool,
) -> u32 {
    run(stream, filter, Seen::Response, Filter::on_response_headers)
}

/// What Envoy wants to find though nothing is done there.
macro_rules! passed_by {
    ($(fn $name:ident($($type:ty),*) $(-> $result:ident)?;)*) => {$(
        #[doc = "Nothing is done here."]
        #[unsafe(no_mangle)]
        extern "C" fn $name($(_: $type),*) $(-> $result)? {
            $(0 as $result)?
        }
    )*};
}

type Ptr = *mut c_void;
type Own = *const c_void;

passed_by! {
    fn envoy_dynamic_module_on_http_filter_request_body(Ptr, Own, bool) -> u32;
    fn envoy_dynamic_module_on_http_filter_request_trailers(Ptr, Own) -> u32;
    fn envoy_dynamic_module_on_http_filter_response_body(Ptr, Own, bool) -> u32;
    fn envoy_dynamic_module_on_http_filter_response_trailers(Ptr, Own) -> u32;
    fn envoy_dynamic_module_on_http_filter_stream_complete(Ptr, Own);
    fn envoy_dynamic_module_on_http_filter_local_reply(Ptr, Own, u32, EnvoyBuffer, bool) -> u32;
    fn envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark(Ptr, Own);
    fn envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark(Ptr, Own);
    // What only modules are told that have asked somebody, or put something off.
    fn envoy_dynamic_module_on_http_filter_http_callout_done(Ptr, Own, u64, u32, Ptr, usize, Ptr, usize);
    fn envoy_dynamic_module_on_http_filter_http_stream_headers(Ptr, Own, u64, Ptr, usize, bool);
    fn envoy_dynamic_module_on_http_filter_http_stream_data(Ptr, Own, u64, Ptr, usize, bool);
    fn envoy_dynamic_module_on_http_filter_http_stream_trailers(Ptr, Own, u64, Ptr, usize);
    fn envoy_dynamic_module_on_http_filter_http_stream_complete(Ptr, Own, u64);
    fn envoy_dynamic_module_on_http_filter_http_stream_reset(Ptr, Own, u64, u32);
    fn envoy_dynamic_module_on_http_filter_scheduled(Ptr, Own, u64);
    fn envoy_dynamic_module_on_http_filter_config_scheduled(Ptr, Own, u64);
    fn envoy_dynamic_module_on_http_filter_config_http_callout_done(Ptr, Own, u64, u32, Ptr, usize, Ptr, usize);
    fn envoy_dynamic_module_on_http_filter_config_http_stream_headers(Ptr, Own, u64, Ptr, usize, bool);
    fn envoy_dynamic_module_on_http_filter_config_http_stream_data(Ptr, Own, u64, Ptr, usize, bool);
    fn envoy_dynamic_module_on_http_filter_config_http_stream_trailers(Ptr, Own, u64, Ptr, usize);
    fn envoy_dynamic_module_on_http_filter_config_http_stream_complete(Ptr, Own, u64);
    fn envoy_dynamic_module_on_http_filter_config_http_stream_reset(Ptr, Own, u64, u32);
}

/// A stream of Envoy's, while one of its hooks runs.
struct EnvoyStream(*mut c_void);

/// More lines than a head has, nearly always.
const LINES: usize = 64;

impl EnvoyStream {
    fn lines<T>(&self, of: u32, read: impl FnOnce(&[Line<'_>]) -> T) -> T {
        // SAFETY: the stream is Envoy's for as long as the hook runs.
        let length = unsafe { envoy_dynamic_module_callback_http_get_headers_size(self.0, of) };
        if length > LINES {
            return self.many_lines(of, length, read);
        }
        let mut raw = [const { MaybeUninit::<EnvoyHeader>::uninit() }; LINES];
        // SAFETY: there is room for as many lines as there are.
        let found = unsafe {
            envoy_dynamic_module_callback_http_get_headers(self.0, of, raw.as_mut_ptr().cast())
        };
        let length = if found { length } else { 0 };
        let mut lines = [const { MaybeUninit::<Line<'_>>::uninit() }; LINES];
        for (line, raw) in lines.iter_mut().zip(&raw[..length]) {
            // SAFETY: Envoy has written the first `length`.
            line.write(unsafe { line_of(raw.assume_init()) });
        }
        // SAFETY: the first `length` have just been written, and a `MaybeUninit` is laid out as what it holds.
        read(unsafe { std::slice::from_raw_parts(lines.as_ptr().cast(), length) })
    }

    #[cold]
    fn many_lines<T>(&self, of: u32, length: usize, read: impl FnOnce(&[Line<'_>]) -> T) -> T {
        let nothing = EnvoyBuffer { ptr: null(), length: 0 };
        let mut raw = vec![EnvoyHeader { name: nothing, value: nothing }; length];
        // SAFETY: there is room for as many lines as there are; unwritten ones are empty.
        unsafe { envoy_dynamic_module_callback_http_get_headers(self.0, of, raw.as_mut_ptr()) };
        // SAFETY: as in `lines`.
        let lines: Vec<Line<'_>> = raw.into_iter().map(|raw| unsafe { line_of(raw) }).collect();
        read(&lines)
    }
}

/// The bytes of a line.
///
/// # Safety
/// Whoever calls lends them for no longer than Envoy does: until the hook ends, or a setter is called.
unsafe fn line_of<'a>(header: EnvoyHeader) -> Line<'a> {
    // SAFETY: the caller answers for how long.
    unsafe { (header.name.bytes(), header.value.bytes()) }
}

impl Stream for EnvoyStream {
    fn request_lines<T>(&self, read: impl FnOnce(&[Line<'_>]) -> T) -> T {
        self.lines(REQUEST_HEADER, read)
    }

    fn response_lines<T>(&self, read: impl FnOnce(&[Line<'_>]) -> T) -> T {
        self.lines(RESPONSE_HEADER, read)
    }

    fn set_response_header(&mut self, name: &str, value: &[u8]) {
        let (name, value) = (name.into(), value.into());
        // SAFETY: Envoy copies both before this returns, and nobody holds lines of the old map.
        unsafe {
            envoy_dynamic_module_callback_http_set_header(self.0, RESPONSE_HEADER, name, value)
        };
    }

    fn add_response_header(&mut self, name: &str, value: &[u8]) {
        let (name, value) = (name.into(), value.into());
        // SAFETY: as in `set_response_header`.
        unsafe {
            envoy_dynamic_module_callback_http_add_header(self.0, RESPONSE_HEADER, name, value)
        };
    }

    fn remove_response_header(&mut self, name: &str) {
        let nothing = ModuleBuffer { ptr: null(), length: 0 };
        // SAFETY: as in `set_response_header`; no value means that the header is removed.
        unsafe {
            envoy_dynamic_module_callback_http_set_header(
                self.0,
                RESPONSE_HEADER,
                name.into(),
                nothing,
            )
        };
    }

    fn respond(&mut self, status: u16, headers: &HeaderMap, body: &str, details: &str) {
        let mut headers: Vec<ModuleHeader> = headers
            .iter()
            .map(|(name, value)| ModuleHeader {
                name: name.as_str().into(),
                value: value.as_bytes().into(),
            })
            .collect();
        // SAFETY: Envoy copies everything before this returns. It may call the response's hook meanwhile, which holds
        // neither this value nor anything that the filter holds whole.
        unsafe {
            envoy_dynamic_module_callback_http_send_response(
                self.0,
                u32::from(status),
                headers.as_mut_ptr(),
                headers.len(),
                body.into(),
                details.into(),
            );
        }
    }

    fn route_config(&self) -> Option<Arc<RouteConfig>> {
        // SAFETY: the stream is Envoy's for as long as the hook runs.
        let config =
            unsafe { envoy_dynamic_module_callback_get_most_specific_route_config(self.0) };
        let config = config.cast::<RouteConfig>();
        (!config.is_null()).then(|| {
            // SAFETY: made by `per_route_config_new` as an `Arc`, which the stream's route still holds.
            unsafe {
                Arc::increment_strong_count(config);
                Arc::from_raw(config)
            }
        })
    }

    fn count(&self, counter: CounterId, labels: &[&str]) {
        let mut values = [ModuleBuffer { ptr: null(), length: 0 }; 4];
        for (value, label) in values.iter_mut().zip(labels) {
            *value = (*label).into();
        }
        // SAFETY: the counter was defined with as many labels; Envoy reads the values before this returns.
        unsafe {
            envoy_dynamic_module_callback_http_filter_increment_counter(
                self.0,
                counter.0,
                values.as_mut_ptr(),
                labels.len().min(values.len()),
                1,
            )
        };
    }

    fn log(&self, level: Level, text: &str) {
        log(level, text);
    }
}
