// The page for people: static files, the same for everybody, which ask the endpoints with the token that their reader
// types in. They come without a token, since a browser has none to send when it opens an address.
import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";

/** Beside `src` and `dist`: what a browser is given is not compiled. */
const folder = new URL("../../dashboard/", import.meta.url);

const pages = [
  { path: "/", file: "index.html", type: "text/html; charset=utf-8" },
  { path: "/dashboard.js", file: "dashboard.js", type: "text/javascript; charset=utf-8" },
  { path: "/dashboard.css", file: "dashboard.css", type: "text/css; charset=utf-8" },
];

export const dashboardPaths: readonly string[] = pages.map(({ path }) => path);

/** Nothing from elsewhere, nothing inline, in no frame. */
const headers = {
  "content-security-policy": [
    ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src data:"],
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

export function serveDashboard(server: FastifyInstance): void {
  for (const { path, file, type } of pages) {
    server.get(path, async (_, reply) =>
      reply
        .headers(headers)
        .type(type)
        .send(await readFile(new URL(file, folder))),
    );
  }
}
