import type { IncomingMessage } from "node:http";
import type { Policy, PolicyOptions } from "./index.js";

/** Mounts a policy on a NestJS application, on Express or on Fastify, in place of `app.enableCors()`. */
export declare function enableCors(
  app: { getHttpAdapter(): { getType(): string }; use(middleware: unknown): unknown; register?(...plugin: any[]): any },
  policy: Policy<IncomingMessage> | PolicyOptions<IncomingMessage>,
): Promise<void>;
