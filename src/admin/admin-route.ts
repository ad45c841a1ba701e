// An endpoint as data: Fastify validates and writes by its schemas, and the OpenAPI document is made of them.

/** The part of JSON Schema that is used here. */
export interface Schema {
  readonly type: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly default?: unknown;
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
}

export interface RouteRequest {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly clientAddress: string;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface AdminRoute {
  readonly method: "GET" | "POST" | "DELETE";
  /** Parameters as `:name`. */
  readonly url: string;
  readonly summary: string;
  readonly params?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  readonly answer: Schema;
  /** Statuses of what it may answer instead, beside 400 and 401. */
  readonly problems?: readonly number[];
  /** Rejects with AdminProblem. */
  readonly handle: (request: RouteRequest) => Promise<unknown>;
}

/** An object that has nothing else; all are required but those named. */
export function objectOf(properties: Readonly<Record<string, Schema>>, ...optional: string[]): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

export function listOf(items: Schema): Schema {
  return { type: "array", items };
}

export const text: Schema = { type: "string" };
export const wholeNumber: Schema = { type: "integer" };
export const instant: Schema = { type: "string", format: "date-time" };
