// Middleware for Hono. `withCors(app, policy)` of corsage/fetch stands outside of Hono altogether.
import { answered, answerTo, put } from "./fetch.js";
import { policyOf } from "./policy.js";

export { withCors } from "./fetch.js";

export function cors(policy) {
  const compiled = policyOf(policy);
  return async function corsage(context, next) {
    let answer = answerTo(compiled, context.req.raw);
    if (answer instanceof Promise) answer = await answer;
    if (answer.status !== 0) return answered(answer);
    await next();
    const { res } = context;
    if (res.status === 101) return;
    try {
      put(res.headers, answer);
    } catch {
      const copy = new Response(res.body, res);
      put(copy.headers, answer);
      context.res = undefined;
      context.res = copy;
    }
  };
}
