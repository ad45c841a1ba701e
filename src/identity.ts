// Who is asking.

/** One of the groups of user_groups.yml, by name: the first in file order that matches the user. */
export interface Identity {
  readonly user: string;
  /** Groups named by users.yml, a token or an identity provider (not the effective group). */
  readonly groups: readonly string[];
}
