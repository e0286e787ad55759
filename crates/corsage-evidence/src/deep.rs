//! Room on the stack for what is nested deep.

/// Runs with so many bytes of stack.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn grow<T>(bytes: usize, run: impl FnOnce() -> T) -> T {
    stacker::grow(bytes, run)
}

/// WebAssembly has one stack, whose size whoever starts it says.
#[cfg(target_family = "wasm")]
pub(crate) fn grow<T>(_: usize, run: impl FnOnce() -> T) -> T {
    run()
}
