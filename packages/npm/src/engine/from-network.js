// An engine that a page fetches: it is compiled while it arrives, because pages may not compile large modules at once.
export function fromNetwork(url, importGlue) {
  let loading;
  let module;
  let glue;
  let isReady = false;
  let lent;
  return {
    engine() {
      if (module === undefined) throw new Error("the engine for this is not here yet: await load() of corsage/run first");
      if (!isReady) {
        glue.initSync({ module });
        if (lent !== undefined) glue.lend(lent);
        isReady = true;
      }
      return glue;
    },
    /** After a trap: the next call begins anew. */
    forget() {
      isReady = false;
    },
    isLoaded: () => module !== undefined,
    load() {
      loading ??= Promise.all([WebAssembly.compileStreaming(fetch(url)), importGlue()]).then(
        (loaded) => {
          [module, glue] = loaded;
        },
        (error) => {
          loading = undefined;
          throw error;
        },
      );
      return loading;
    },
    /** Whether it has the texts of another language than English. */
    speaks: () => lent !== undefined,
    /** Fetches these texts for an engine that has English alone. */
    async speak(texts) {
      const response = await fetch(texts);
      if (!response.ok) throw new Error(`${texts} is answered with ${response.status}`);
      lent = await response.text();
      isReady = false;
    },
  };
}
