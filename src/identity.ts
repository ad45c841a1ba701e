// Who is asking, and by what right.
import type { Attributes } from "./attributes.ts";
import type { LensError } from "./errors.ts";

export interface Identity {
  readonly user: string;
  /** Groups named by users.yml, a token or an identity provider (not the effective group). */
  readonly groups: readonly string[];
  /** What row filters may compare rows with. */
  readonly attributes: Attributes;
}

/** Of a user who is listed by name. */
export function identityOf({
  name,
  groups,
  attributes,
}: {
  readonly name: string;
  readonly groups: readonly string[];
  readonly attributes: Attributes;
}): Identity {
  return { user: name, groups, attributes };
}

/** What a client has shown to be who it says it is. */
export interface Credential {
  readonly identity: Identity;
  /**
   * Asked before each statement: undefined while the credential holds, else why it does not any more, as what ends the
   * session (FATAL 28000).
   */
  check(): LensError | undefined | Promise<LensError | undefined>;
}
