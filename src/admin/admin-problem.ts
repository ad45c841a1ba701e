// What the HTTP port answers instead of what was asked for: `{error: {code, message}}`, and more where it helps.

export class AdminProblem extends Error {
  readonly status: number;
  readonly code: string;
  /** Further keys of `error`. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }

  get body() {
    return { error: { code: this.code, message: this.message, ...this.more } };
  }
}

export function notFound(what: string): AdminProblem {
  return new AdminProblem(404, "NOT_FOUND", what);
}
