// NestJS, on Express or on Fastify: in place of `app.enableCors()`.
import { cors as plugin } from "./fastify.js";
import { cors } from "./node.js";

/** Mounts a policy; to be called before anything else is mounted. */
export async function enableCors(app, policy) {
  if (app.getHttpAdapter().getType() === "fastify") await app.register(plugin, { policy });
  else app.use(cors(policy));
}
