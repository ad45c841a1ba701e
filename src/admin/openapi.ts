// The OpenAPI document of the endpoints, made of the schemas that they are validated by.
import type { AdminRoute, Schema } from "./admin-route.ts";

const problem = { $ref: "#/components/schemas/Problem" };

const problemSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: { code: { type: "string" }, message: { type: "string" } },
      additionalProperties: true,
    },
  },
};

const problemTexts: Readonly<Record<number, string>> = {
  400: "The request makes no sense",
  401: "The token is missing or wrong",
  404: "There is no such thing",
  422: "It cannot be done; why stands in the answer",
  503: "It cannot be told at this moment; why stands in the answer",
};

export function openApiOf(routes: readonly AdminRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Lenswire", description: "The HTTP port of a Lenswire server", version: "1" },
    security: [{ token: [] }],
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation({ method, url, summary, params, query, body, answer, problems = [] }: AdminRoute): object {
  const parameters = [...parametersOf("path", params), ...parametersOf("query", query)];
  const refused = [400, 401, ...problems].map((status) => [
    status,
    { description: problemTexts[status] ?? "", content: json(problem) },
  ]);
  return {
    operationId: `${method.toLowerCase()}${url.replace(/[^a-z]+(\w)/gi, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: json(body) } }),
    responses: { 200: { description: "Done", content: json(answer) }, ...Object.fromEntries(refused) },
  };
}

function parametersOf(place: "path" | "query", schema: Schema | undefined): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, type]) => ({
    name,
    in: place,
    required: place === "path" || schema?.required?.includes(name) === true,
    schema: type,
  }));
}

function json(schema: object): object {
  return { "application/json": { schema } };
}
