// Route handlers of Next.js: `export const { GET, PUT, OPTIONS } = corsRoutes({ GET, PUT }, policy)`.
import { withCors } from "./fetch.js";
import { policyOf } from "./policy.js";

/** Each handler with the policy around it, and an OPTIONS that answers preflights. */
export function corsRoutes(handlers, policy) {
  const compiled = policyOf(policy);
  const routes = {};
  for (const [method, handler] of Object.entries(handlers)) routes[method] = withCors(handler, compiled);
  const allow = [...new Set([...Object.keys(handlers), "OPTIONS"])].join(", ");
  routes.OPTIONS ??= withCors(() => new Response(null, { status: 204, headers: { allow } }), compiled);
  return routes;
}
