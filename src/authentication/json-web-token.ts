// JSON Web Tokens of an identity provider (RFC 7519, OpenID Connect), as passwords.
import { readFile, stat } from "node:fs/promises";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import type { Clock } from "../clock.ts";
import type { EmitEvent } from "../events.ts";
import type { Credential } from "../identity.ts";
import { type AttributeSources, attributesIn } from "./attribute-sources.ts";
import { credentialEnded } from "./authentication-errors.ts";
import type { VerifyToken } from "./verify-token.ts";

export interface JsonWebTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  /** A URL, or the path of a file. */
  readonly jwks: string;
  /** The claim that must be the name of the user who logs in. */
  readonly userClaim: string;
  /** The claim with the names of groups: a list, or one name. */
  readonly groupsClaim: string;
  /** Which claim each attribute of the user is. */
  readonly attributes: AttributeSources;
  /** With public keys alone, so that no public key can be taken for a secret; never `none`. */
  readonly algorithms: readonly string[];
  /** By how much clocks may differ. */
  readonly clockSkewMs: number;
  readonly clock: Clock;
  readonly emit: EmitEvent;
}

/** Milliseconds for an answer of the provider. */
const jwksTimeoutMs = 5000;
/** Milliseconds between two looks for a key that is not known, so that forged tokens make no traffic. */
const jwksCooldownMs = 30_000;
/** Milliseconds for which keys are kept. */
const jwksAgeMaxMs = 600_000;

/**
 * Rejects where the file of keys cannot be read. A token that is not right in every point is no token: its claims tell
 * nothing, not even who it is for.
 */
export async function createJsonWebTokenVerifier(options: JsonWebTokenOptions): Promise<VerifyToken> {
  const keys = await keysFrom(options.jwks);
  return async (user, token) => {
    if (!looksLikeJsonWebToken(token)) return undefined;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: options.issuer,
        audience: options.audience,
        algorithms: [...options.algorithms],
        clockTolerance: options.clockSkewMs / 1000,
        currentDate: new Date(options.clock.now()),
        requiredClaims: ["exp", "iss", "aud", options.userClaim],
      });
      return payload[options.userClaim] === user ? credentialOf(user, payload, options) : undefined;
    } catch (error) {
      // What is wrong with a token is its owner's; that keys cannot be had is the operator's to know.
      if (!isAboutToken(error)) options.emit({ kind: "identityProviderFailed", provider: "jwks", error });
      return undefined;
    }
  };
}

/** Three parts of base64url. */
function looksLikeJsonWebToken(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}

function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== "ERR_JOSE_GENERIC"
  );
}

function credentialOf(user: string, payload: JWTPayload, options: JsonWebTokenOptions): Credential {
  const { clock, clockSkewMs, groupsClaim, attributes } = options;
  const endMs = (payload.exp ?? 0) * 1000 + clockSkewMs;
  return {
    identity: { user, groups: namesIn(payload[groupsClaim]), attributes: attributesIn(payload, attributes) },
    check: () => (clock.now() < endMs ? undefined : credentialEnded(user, "expired")),
  };
}

function namesIn(claim: unknown): readonly string[] {
  if (typeof claim === "string") return [claim];
  return Array.isArray(claim) ? claim.filter((name): name is string => typeof name === "string") : [];
}

async function keysFrom(jwks: string): Promise<JWTVerifyGetKey> {
  if (!/^https?:/.test(jwks)) return keysOfFile(jwks);
  return createRemoteJWKSet(new URL(jwks), {
    timeoutDuration: jwksTimeoutMs,
    cooldownDuration: jwksCooldownMs,
    cacheMaxAge: jwksAgeMaxMs,
  });
}

/** Read again when it was changed. */
async function keysOfFile(file: string): Promise<JWTVerifyGetKey> {
  const read = async () => {
    const { mtimeMs } = await stat(file);
    const keys = createLocalJWKSet(JSON.parse(await readFile(file, "utf8")) as JSONWebKeySet);
    return { mtimeMs, keys };
  };
  let known = await read().catch((error: Error) => {
    throw new Error(`the keys of auth.jwt cannot be read: ${file}: ${error.message}`);
  });
  return async (header, token) => {
    const { mtimeMs } = await stat(file);
    if (mtimeMs !== known.mtimeMs) known = await read();
    return known.keys(header, token);
  };
}
