// A plugin for Fastify: `app.register(cors, { policy })`, before every other plugin.
import { answerTo, wear } from "./node.js";
import { policyOf } from "./policy.js";

export function cors(instance, { policy }, done) {
  const compiled = policyOf(policy);
  instance.addHook("onRequest", function corsage(request, reply, next) {
    const settle = (answer) => {
      wear(reply.raw, answer);
      if (answer.status === 0) next();
      else reply.code(answer.status).send();
    };
    const answer = answerTo(compiled, request.raw);
    if (answer instanceof Promise) answer.then(settle, next);
    else settle(answer);
  });
  done();
}
// Fastify's own marks: the hook is for the whole application, not for what is registered inside of the plugin.
cors[Symbol.for("skip-override")] = true;
cors[Symbol.for("fastify.display-name")] = "corsage";
export default cors;
