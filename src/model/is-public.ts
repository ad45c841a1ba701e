// Whether clients see something: `public`, or `shown`, as it was called before.
import { errorAt, type Problem } from "../problem.ts";
import type { Raw } from "./raw-model.ts";

export function isPublic(
  { value, part }: Raw<{ readonly public?: boolean | undefined; readonly shown?: boolean | undefined }>,
  problems: Problem[],
): boolean {
  if (value.public !== undefined && value.shown !== undefined)
    problems.push(errorAt(part.keyPlace(["shown"]), 'both "public" and "shown" are there; keep one'));
  return value.public ?? value.shown ?? true;
}
