// What is wrong in a file that somebody wrote: a place, a sentence. All problems of a load are told at once.

/** A place in a text file. */
export interface SourceLocation {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
}

export interface Problem {
  readonly location: SourceLocation;
  /** A warning is reported as loudly as an error and does not keep the file from being used. */
  readonly severity: "error" | "warning";
  readonly message: string;
}

export function errorAt(location: SourceLocation, message: string): Problem {
  return { location, severity: "error", message };
}

export function warningAt(location: SourceLocation, message: string): Problem {
  return { location, severity: "warning", message };
}

/** `FILE:LINE:COL: message`, as compilers print it. */
export function formatProblem(problem: Problem, showFile: (file: string) => string = (file) => file): string {
  const { file, line, column } = problem.location;
  const mark = problem.severity === "warning" ? "warning: " : "";
  return `${showFile(file)}:${line}:${column}: ${mark}${problem.message}`;
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

/** By file, then by place, each problem once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) seen.set(formatProblem(problem), problem);
  return [...seen.values()].sort(
    (a, b) =>
      compareText(a.location.file, b.location.file) ||
      a.location.line - b.location.line ||
      a.location.column - b.location.column,
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
