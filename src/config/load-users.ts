// Reads users.yml: who can log in with a password, a verifier or a token.
import { z } from "zod";
import { type Attributes, attributeNameProblem, readAttributes } from "../attributes.ts";
import {
  errorAt,
  hasErrors,
  type Problem,
  type SourceLocation,
  sortProblems,
  warningAt,
} from "../problem.ts";
import { checkShape, mapOf } from "../yaml-shape.ts";
import type { YamlPart } from "../yaml-source.ts";
import { firstOfEachPlace, readSubstituted } from "./load-config.ts";
import { parseScramVerifier, type ScramVerifier } from "./scram-verifier.ts";
import type { Environment } from "./substitute.ts";

export interface UserToken {
  readonly name: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** Milliseconds since 1970 from which on it is refused. */
  readonly expiresMs: number | undefined;
}

/** At most one of `password` and `scram` is there; a user may have tokens and a certificate beside it. */
export interface StaticUser {
  readonly name: string;
  readonly groups: readonly string[];
  readonly attributes: Attributes;
  /** In the clear: for development only. */
  readonly password: string | undefined;
  readonly scram: ScramVerifier | undefined;
  /** The common name of a client certificate that is the user's. */
  readonly certificate: string | undefined;
  readonly tokens: readonly UserToken[];
  /** Where its name stands. */
  readonly location: SourceLocation;
}

export interface LoadedUsers {
  /** By name; undefined when a problem is an error. */
  readonly users: ReadonlyMap<string, StaticUser> | undefined;
  readonly problems: readonly Problem[];
}

const text = z.string().min(1, "expected text, found nothing");

/** A day alone is its beginning in UTC. */
const instant = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/,
    "expected a time like 2027-01-31 or 2027-01-31T18:00:00Z",
  )
  .refine((value) => !Number.isNaN(Date.parse(value)), "expected a time that exists")
  .transform((value) => Date.parse(value));

const userShape = mapOf({
  name: text.regex(/^[^\0]+$/, "a name cannot hold a NUL character"),
  groups: z.array(text).default([]),
  attributes: z.record(z.string(), z.unknown()).default({}),
  password: text.optional(),
  scram: text
    .transform((verifier, context) => {
      const parsed = parseScramVerifier(verifier);
      if (parsed !== undefined) return parsed;
      context.addIssue({
        code: "custom",
        message: "expected SCRAM-SHA-256$4096:SALT$STORED:SERVER, 4096 or more rounds",
      });
      return z.NEVER;
    })
    .optional(),
  certificate: text.optional(),
  tokens: z
    .array(
      mapOf({
        name: text,
        sha256: z
          .string()
          .regex(/^[0-9a-fA-F]{64}$/, "expected the SHA-256 of the token: 64 hex digits")
          .transform((digits) => digits.toLowerCase()),
        expires: instant.optional(),
      }),
    )
    .default([]),
});

const usersShape = mapOf({ users: z.array(userShape).default([]) });

/** Never rejects for what is wrong with the file: that is told as problems, which never show a value of it. */
export async function loadUsers(file: string, environment: Environment = process.env): Promise<LoadedUsers> {
  const problems: Problem[] = [];
  const read = await readSubstituted(file, environment, problems);
  const raw = read && checkShape(read.part, usersShape, problems, { showValue: () => false });
  const users = new Map<string, StaticUser>();
  (raw?.users ?? []).forEach((user, i) => {
    const place = read?.part.place(["users", i, "name"]) ?? { file, line: 1, column: 1 };
    if (users.has(user.name)) problems.push(errorAt(place, `there are two users "${user.name}"`));
    // PostgreSQL keeps these names for roles of its own, and the embedded one has no user of such a name.
    if (user.name.startsWith("pg_")) {
      problems.push(errorAt(place, `a user cannot have the name "${user.name}": pg_ is PostgreSQL's own`));
    }
    const { password, scram, certificate } = user;
    const tokens = user.tokens.map(({ name, sha256, expires }) => ({ name, sha256, expiresMs: expires }));
    const hasSecret = password !== undefined || scram !== undefined || certificate !== undefined;
    if (!hasSecret && tokens.length === 0) {
      const keys = "password, scram, tokens, certificate";
      problems.push(errorAt(place, `user "${user.name}" needs one of the keys ${keys}`));
    }
    if (password !== undefined && scram !== undefined) {
      problems.push(errorAt(place, `user "${user.name}" has both a password and a scram verifier; keep one`));
    } else if (password !== undefined) {
      const message = `user "${user.name}" has a password in the clear; make a verifier with "lenswire user"`;
      problems.push(warningAt(place, message));
    }
    const attributes = attributesOf(user, read?.part.part(["users", i, "attributes"]), problems);
    const { name, groups } = user;
    users.set(name, { name, groups, attributes, password, scram, certificate, tokens, location: place });
  });
  return {
    users: hasErrors(problems) ? undefined : users,
    problems: sortProblems(firstOfEachPlace(problems)),
  };
}

function attributesOf(
  user: { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> },
  part: YamlPart | undefined,
  problems: Problem[],
): Attributes {
  const given = new Map(Object.entries(user.attributes));
  const attributes = readAttributes(given.keys(), (name) => given.get(name));
  for (const [name, value] of attributes) {
    if (part === undefined) break;
    const nameProblem = attributeNameProblem(name);
    if (nameProblem !== undefined) problems.push(errorAt(part.keyPlace([name]), nameProblem));
    if (typeof value !== "object" || !("unusable" in value)) continue;
    const message = `attribute "${name}" of user "${user.name}" is ${value.unusable}`;
    problems.push(errorAt(part.place([name]), message));
  }
  return attributes;
}
