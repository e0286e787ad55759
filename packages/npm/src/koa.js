// Middleware for Koa: `app.use(cors(policy))`, before every other.
import { answerTo, wear } from "./node.js";
import { policyOf } from "./policy.js";

export function cors(policy) {
  const compiled = policyOf(policy);
  return function corsage(context, next) {
    const settle = (answer) => {
      wear(context.res, answer);
      if (answer.status === 0) return next();
      context.body = null;
      context.status = answer.status;
    };
    const answer = answerTo(compiled, context.req);
    return answer instanceof Promise ? answer.then(settle) : settle(answer);
  };
}
