import { Policy } from "corsage";
import { cors } from "corsage/express";

export const middleware = cors(new Policy({ allowOrigins: ["https://app.example"] }));
