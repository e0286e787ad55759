// Performs one call of fetch and says what the script got. A classic script, because frames of
// other origins load it too, and a module would need CORS for that.
"use strict";

globalThis.corsagePerform = async function (url, init) {
  // What the constructor refuses never leaves the script; what fetch refuses may have been sent.
  try {
    new Request(url, init);
  } catch (error) {
    return { outcome: "thrown", error: String(error) };
  }
  try {
    const response = await fetch(url, init);
    const body = await response.text();
    return {
      outcome: response.type.startsWith("opaque") ? "opaque" : "readable",
      type: response.type,
      status: response.status,
      redirected: response.redirected,
      headers: [...response.headers],
      body,
    };
  } catch (error) {
    return { outcome: "blocked", error: String(error) };
  }
};
