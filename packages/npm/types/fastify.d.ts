import type { FastifyPluginCallback } from "fastify";
import type { IncomingMessage } from "node:http";
import type { Policy, PolicyOptions } from "./index.js";

/** A plugin for Fastify: `app.register(cors, { policy })`, before every other plugin. */
export declare const cors: FastifyPluginCallback<{ policy: Policy<IncomingMessage> | PolicyOptions<IncomingMessage> }>;
export default cors;
