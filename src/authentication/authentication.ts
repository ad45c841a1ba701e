// Everything that makes a client somebody: users.yml, and the services that know tokens.
import type { Clock } from "../clock.ts";
import type { EmitEvent } from "../events.ts";
import type { Credential } from "../identity.ts";
import { createJsonWebTokenVerifier, type JsonWebTokenOptions } from "./json-web-token.ts";
import type { StaticUser, StaticUsers } from "./static-users.ts";
import { createTokenIntrospection, type TokenIntrospectionOptions } from "./token-introspection.ts";
import type { VerifyToken } from "./verify-token.ts";

type Given = "clock" | "emit";

export interface AuthenticationConfig {
  readonly jwt: Omit<JsonWebTokenOptions, Given> | undefined;
  readonly heimdall: Omit<TokenIntrospectionOptions, Given> | undefined;
  /** Users with a password use SCRAM even where others have tokens. */
  readonly method: "scram" | undefined;
}

/** How a client has to show who it is. */
export type LoginMethod = "scram" | "cleartext";

export interface Authentication {
  /** Says nothing of whether the user exists, but under `method: scram`, where listed users have to use it. */
  methodFor(user: string): LoginMethod;
  findUser(name: string): (StaticUser & { readonly credential: Credential }) | undefined;
  /** All of users.yml, by name. */
  verifiers(): readonly string[];
  readonly verifyToken: VerifyToken;
}

/** Rejects where the keys of `jwt` cannot be read. */
export async function createAuthentication(
  config: AuthenticationConfig,
  parts: { readonly users: StaticUsers; readonly clock: Clock; readonly emit: EmitEvent },
): Promise<Authentication> {
  const { users } = parts;
  const services: VerifyToken[] = [];
  if (config.jwt !== undefined) {
    services.push(await createJsonWebTokenVerifier({ ...config.jwt, ...parts }));
  }
  if (config.heimdall !== undefined)
    services.push(createTokenIntrospection({ ...config.heimdall, ...parts }));
  return {
    methodFor(name) {
      // Without anything that reads tokens, passwords never cross the wire in the clear.
      if (services.length === 0 && !users.haveTokens) return "scram";
      const user = users.find(name);
      const hasPassword = user?.scram !== undefined || user?.password !== undefined;
      return config.method === "scram" && hasPassword ? "scram" : "cleartext";
    },
    findUser(name) {
      const user = users.find(name);
      return user && { ...user, credential: users.credential(user) };
    },
    verifiers: () => users.verifiers(),
    async verifyToken(name, token) {
      const own = users.credentialOfToken(name, token);
      if (own !== undefined) return own;
      for (const service of services) {
        const credential = await service(name, token);
        if (credential !== undefined) return credential;
      }
      return undefined;
    },
  };
}
