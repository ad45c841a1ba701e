// What may stand in the configuration file, key by key, with the defaults.
import { z } from "zod";
import { attributeNameProblem, attributesMax } from "../attributes.ts";
import type { WarehouseKind } from "../warehouse-kind.ts";
import { mapOf } from "../yaml-shape.ts";

const text = z.string().min(1, "expected text, found nothing");
const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean(),
);

const unitsMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** setTimeout's longest delay: 2^31 - 1 ms, nearly 25 days. */
const durationMsMax = 2_147_483_647;

const durationMs = z.string().transform((value, context) => {
  const match = /^(\d+)(ms|s|m|h)$/.exec(value);
  const milliseconds = Number(match?.[1]) * (unitsMs[match?.[2] ?? ""] ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds > 0 && milliseconds <= durationMsMax) return milliseconds;
  context.addIssue({
    code: "custom",
    message: "expected a duration like 250ms, 30s, 5m or 1h (at most 596h)",
  });
  return z.NEVER;
});

/** A number may come out of `${NAME}`, and is text then. */
function wholeNumber(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z.preprocess(
    (value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value),
    z.int(message).min(min, message).max(max, message),
  );
}

const port = wholeNumber(0, 65_535);
const count = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** Only the keys that every source has; the rest depends on the type. */
export const anySourceShape = z.looseObject({ name: text, type: text });

/** What else a source has, by its type. */
export const sourceShapes = {
  duckdb: mapOf({ name: text, type: z.literal("duckdb"), path: text }),
  postgres: mapOf({
    name: text,
    type: z.literal("postgres"),
    url: text,
    password: text.optional(),
    // Statements beyond these wait in line; each holds a process of the server.
    poolMax: wholeNumber(1, 1000).default(10),
  }),
} satisfies Record<WarehouseKind, z.ZodType>;

/** Signatures that are checked with a public key: a secret to check with would be one to sign with. */
const jwtAlgorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
] as const;

/** By attribute, where its value is found in what an identity provider says. */
const attributeSources = z
  .record(z.string(), text)
  .superRefine((sources, context) => {
    const names = Object.keys(sources);
    if (names.length > attributesMax)
      context.addIssue({ code: "custom", message: `expected at most ${attributesMax} attributes` });
    for (const name of names) {
      const message = attributeNameProblem(name);
      if (message !== undefined) context.addIssue({ code: "custom", message, path: [name] });
    }
  })
  .optional();

/** Tokens and keys are asked for over TLS, or from this machine. */
const secureUrl = text.refine(
  isSecureUrl,
  "expected a URL that begins with https:// (http:// for this machine only)",
);

function isSecureUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username } = new URL(value);
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return username === "" && (protocol === "https:" || (protocol === "http:" && isHere));
}

const headerValue = text.regex(/^[\x20-\x7e]+$/, "expected the value of a header: printable characters");

const lensShape = mapOf({
  name: text,
  model: text,
  source: text.optional(),
  measureAggregates: z.enum(["any", "strict"]).default("any"),
});

const limitsShape = mapOf({
  connectionsPerUser: count.default(20),
  connectionsMax: count.default(1000),
  idleTimeout: durationMs.default(30_000),
  queriesPerMinute: count.default(50),
  catalogQueriesPerMinute: count.default(1200),
  catalogTimeout: durationMs.default(5000),
  catalogInstancesMax: count.default(8),
  statementTimeout: durationMs.default(300_000),
  rowsMax: count.default(100_000),
  onRowsMax: z.enum(["error", "notice"]).default("error"),
  connectionsPerAddress: count.default(1000),
  statementsPerSource: count.default(32),
  waitingPerUser: count.default(100),
  webhook: secureUrl.optional(),
  loginFailuresPerUser: count.default(10),
  loginFailuresPerAddress: count.default(100),
  // No pattern here: a problem would show the value, which may hold a password.
  store: text.default("memory"),
  storePassword: text.optional(),
  storeCa: text.optional(),
  storePrefix: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, "expected 1 to 100 letters, digits and any of _ . : -")
    .default("lenswire"),
  storeTimeout: durationMs.default(1000),
  storeLease: durationMs.default(30_000),
  failOpen: flag.default(false),
});

export const configShape = mapOf({
  name: text.optional(),
  sources: z.array(z.unknown()).min(1, "expected at least one item"),
  lenses: z.array(lensShape).min(1, "expected at least one item"),
  server: mapOf({
    host: text.default("127.0.0.1"),
    port: port.default(6432),
    watch: flag.default(true),
    tls: mapOf({
      cert: text,
      key: text,
      mode: z.enum(["off", "allow", "require"]).default("require"),
      channelBinding: flag.default(true),
      clientCa: text.optional(),
      clientCertificates: z.enum(["accept", "require"]).default("accept"),
    }).optional(),
  }).prefault({}),
  admin: mapOf({
    host: text.default("127.0.0.1"),
    port: port.default(8432),
    token: text.optional(),
  }).prefault({}),
  auth: mapOf({
    users: text.optional(),
    jwt: mapOf({
      issuer: text,
      audience: text,
      jwks: text.refine(
        (value) => !/^https?:/.test(value) || isSecureUrl(value),
        "expected a file, or a URL that begins with https:// (http:// for this machine only)",
      ),
      userClaim: text.default("sub"),
      groupsClaim: text.default("groups"),
      attributes: attributeSources,
      algorithms: z
        .array(z.enum(jwtAlgorithms))
        .min(1, "expected at least one item")
        .default([...jwtAlgorithms]),
      clockSkew: durationMs.default(30_000),
    }).optional(),
    heimdall: mapOf({
      url: secureUrl,
      timeout: durationMs.default(5000),
      attributes: attributeSources,
      cache: durationMs.default(120_000),
    }).optional(),
    method: z.literal("scram").optional(),
  }).prefault({}),
  limits: limitsShape.prefault({}),
  audit: mapOf({
    file: text,
    required: flag.default(true),
    fsync: z.enum(["off", "interval", "always"]).default("interval"),
    parameters: flag.default(false),
    // A record has a statement's text, which may be long: smaller files would be one record each.
    rotateBytes: wholeNumber(65_536, Number.MAX_SAFE_INTEGER).default(100_000_000),
    rotateDaily: flag.default(true),
    keepFiles: count.optional(),
  }).optional(),
  lineage: mapOf({
    url: secureUrl,
    apiKey: headerValue.optional(),
    headers: z.record(z.string().regex(/^[\w-]+$/, "expected the name of a header"), headerValue).optional(),
    namespace: text.default("lenswire"),
    sql: flag.default(false),
    eventsMax: wholeNumber(1, 100_000).default(1000),
  }).optional(),
});

export type RawConfig = z.infer<typeof configShape>;
