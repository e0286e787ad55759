// Loads the engine, and says so where it cannot be loaded.
import { text } from "./language.js";

const status = document.querySelector("#status");
status.textContent = text.loading;
import("./engine.js")
  .then(({ speak }) => speak(document.documentElement.lang))
  .then(() => import("./play.js"))
  .catch((error) => {
    status.textContent = text.failed + error.message;
  });
