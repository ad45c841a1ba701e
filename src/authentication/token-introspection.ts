// Tokens that only a service can read: it is asked whose they are, as DataOS's Heimdall is.
import { createHash } from "node:crypto";
import { attributeBytes, sameAttributes } from "../attributes.ts";
import { BoundedCache } from "../bounded-cache.ts";
import type { Clock } from "../clock.ts";
import type { EmitEvent } from "../events.ts";
import type { Credential, Identity } from "../identity.ts";
import { type AttributeSources, attributesIn } from "./attribute-sources.ts";
import { credentialEnded } from "./authentication-errors.ts";
import type { VerifyToken } from "./verify-token.ts";

export interface TokenIntrospectionOptions {
  /** Heimdall's own URL; what is asked is its /api/v1/authorize. */
  readonly url: string;
  readonly timeoutMs: number;
  /** Which value of the answer's `result` each attribute of the user is. */
  readonly attributes: AttributeSources;
  /** For how long an answer holds. */
  readonly cacheMs: number;
  readonly clock: Clock;
  readonly emit: EmitEvent;
}

const authorizePath = "/api/v1/authorize";
/** Bytes of an answer: an id and its tags. */
const answerBytesMax = 256 * 1024;
/** Milliseconds for which a refused token is not asked about again; at most as long as an accepted one. */
const refusalMs = 10_000;
/** Tokens whose owners are remembered. */
const answerBounds = { entriesMax: 10_000, entryBytesMax: answerBytesMax, bytesMax: 16 * 1024 * 1024 };

interface Answer {
  /** Undefined for a token that is nobody's. */
  readonly identity: Identity | undefined;
  readonly untilMs: number;
}

/** Fails closed: a service that does not answer in time, or not as it should, accepts no token. */
export function createTokenIntrospection(options: TokenIntrospectionOptions): VerifyToken {
  const { clock, emit, cacheMs } = options;
  const answers = new BoundedCache<Answer>(answerBounds);
  const asked = new Map<string, Promise<Answer | undefined>>();
  const ask = async (key: string, token: string): Promise<Answer | undefined> => {
    try {
      const identity = identityIn(await authorize(token, options), options.attributes);
      const holdsMs = identity === undefined ? Math.min(refusalMs, cacheMs) : cacheMs;
      const answer = { identity, untilMs: clock.monotonicMs() + holdsMs };
      answers.put(key, answer, 200 + (identity === undefined ? 0 : bytesOf(identity)));
      return answer;
    } catch (error) {
      emit({ kind: "identityProviderFailed", provider: "heimdall", error });
      return undefined;
    } finally {
      asked.delete(key);
    }
  };
  const answerFor = (token: string): Answer | Promise<Answer | undefined> => {
    // The token itself is kept by the sessions that it opened, and nowhere else.
    const key = createHash("sha256").update(token, "utf8").digest("base64");
    const known = answers.get(key);
    if (known !== undefined && clock.monotonicMs() < known.untilMs) return known;
    let pending = asked.get(key);
    if (pending === undefined) {
      pending = ask(key, token);
      asked.set(key, pending);
    }
    return pending;
  };
  return async (user, token) => {
    const identity = (await answerFor(token))?.identity;
    return identity?.user === user ? credentialOf(identity, () => answerFor(token)) : undefined;
  };
}

function bytesOf({ user, groups, attributes }: Identity): number {
  return JSON.stringify([user, groups]).length * 2 + attributeBytes(attributes);
}

function credentialOf(identity: Identity, answerNow: () => Answer | Promise<Answer | undefined>): Credential {
  const problemOf = (answer: Answer | undefined) => {
    if (answer === undefined) return credentialEnded(identity.user, "unknown");
    if (answer.identity?.user !== identity.user) return credentialEnded(identity.user, "revoked");
    const { groups, attributes } = answer.identity;
    const sameGroups = JSON.stringify(groups) === JSON.stringify(identity.groups);
    return sameGroups && sameAttributes(attributes, identity.attributes)
      ? undefined
      : credentialEnded(identity.user, "changed");
  };
  return {
    identity,
    check: () => {
      const answer = answerNow();
      return answer instanceof Promise ? answer.then(problemOf) : problemOf(answer);
    },
  };
}

async function authorize(token: string, { url, timeoutMs }: TokenIntrospectionOptions): Promise<unknown> {
  const target = url.endsWith(authorizePath) ? url : `${url.replace(/\/+$/, "")}${authorizePath}`;
  const response = await fetch(target, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ token }),
    // A token is not sent to whoever the answer names.
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  // What is not known is said so by these; everything else is the service's own trouble.
  if (response.status === 401 || response.status === 403) {
    await response.body?.cancel();
    return { allow: false };
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${target} answered ${response.status}`);
  }
  return JSON.parse(await textOf(response));
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error(`an answer of more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `{"allow": true, "valid": true, "result": {"id": "mira", "tags": ["roles:id:data-dev", "users:id:mira"]}}`. */
function identityIn(answer: unknown, sources: AttributeSources): Identity | undefined {
  const { allow, valid, result } = (answer ?? {}) as Record<string, unknown>;
  if (allow !== true || valid === false) return undefined;
  const { id, tags } = (result ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || id === "") throw new Error("an answer without an id");
  const named = Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === "string") : [];
  const groups = named.flatMap((tag) => (tag.startsWith(rolePrefix) ? [tag.slice(rolePrefix.length)] : []));
  return { user: id, groups, attributes: attributesIn(result, sources) };
}

const rolePrefix = "roles:id:";
