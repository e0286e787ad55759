// Where there are neither files nor compiling, as in Cloudflare's runtime: middleware works, and this says so.
export function engine() {
  throw new Error("the command and the assertions need Node or a page; here there is the policy");
}
export function forget() {}
export const isLoaded = () => false;
export const load = async () => engine();
export const speaks = () => false;
export const speak = async () => engine();
export const texts = {};
