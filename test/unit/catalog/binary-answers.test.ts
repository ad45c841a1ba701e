// Catalog statements of drivers that ask for PostgreSQL's binary form of everything, compared with a real PostgreSQL.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CatalogInstances } from "../../../src/postgres/catalog-instances.ts";
import type { ParameterInput } from "../../../src/postgres/worker-protocol.ts";
import { RawClient, type RawMessage, spellBytes } from "../../protocol/raw-client.ts";
import { type RealPostgres, startRealPostgres } from "../../support/real-postgres.ts";
import { viewer } from "../postgres/visible-models.ts";
import { CatalogClient, errorOf, rowBytes, startCatalog } from "./catalog-client.ts";

let real: RealPostgres;
let reference: RawClient;
let instances: CatalogInstances;
let alice: CatalogClient;
const failures: unknown[] = [];

beforeAll(async () => {
  real = await startRealPostgres();
  reference = await RawClient.connect(real.host, real.port);
  await reference.login(real);
  const started = await startCatalog({
    catalogTimeoutMs: 60_000,
    onFailure: (failure) => failures.push(failure),
  });
  instances = started.instances;
  alice = new CatalogClient(started.catalog, viewer, "alice");
});

afterAll(async () => {
  reference?.destroy();
  await instances?.close();
  await real?.stop();
  expect(failures).toEqual([]);
});

async function ofPostgres(text: string, values: readonly ParameterInput[]): Promise<RawMessage[]> {
  const buffers = values.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
  reference.sendParse("", text);
  reference.sendBind("", "", buffers, [1], [1]);
  reference.sendExecute("");
  reference.sendSync();
  const messages = await reference.until("ReadyForQuery");
  return messages.filter((message) => message.type === "DataRow" || message.type === "ErrorResponse");
}

async function ofCatalog(text: string, values: readonly ParameterInput[]): Promise<RawMessage[]> {
  const { dataRows } = await alice.answer(text, values, [1]);
  return dataRows.map((row) => ({
    type: "DataRow",
    values: rowBytes(row).map((bytes) => (bytes === null ? null : spellBytes(bytes))),
  }));
}

/** oid[] {23,25}. */
const oidArray = Buffer.from(
  "0000000100000000000000" + "1a00000002000000010000000400000017" + "0000000400000019",
  "hex",
);

it.each([
  [
    "the columns of pg_type",
    "SELECT * FROM pg_type WHERE typname IN ('int4', '_int4', 'oidvector') ORDER BY oid",
  ],
  [
    "argument lists of functions",
    "SELECT proargtypes, proallargtypes, proargmodes, proargnames FROM pg_proc WHERE proname = 'json_each'",
  ],
  [
    "records, ranges and addresses",
    `SELECT row(1, 'a', null::text), int4range(1, 5), '1.2.3.4'::inet, '{"a":1}'::jsonb, '(1,2)'::point`,
  ],
  [
    "times and bits",
    "SELECT '10:00+02'::timetz, '10'::bit(4), '08:00:2b:01:02:03'::macaddr, 'a b'::tsvector, '5'::xid",
  ],
  [
    "names and classes",
    "SELECT 'x'::name, array['x'::name], 'a'::\"char\", 'pg_class'::regclass, 'int4'::regtype",
  ],
])("answers %s in binary form", async (_name, text) => {
  expect(await ofCatalog(text, [])).toEqual(await ofPostgres(text, []));
});

it("reads parameters in the binary form of types that no lens has", async () => {
  const text = "SELECT oid, typname FROM pg_type WHERE oid = ANY($1::oid[]) ORDER BY oid";
  expect(await ofCatalog(text, [oidArray])).toHaveLength(2);
  expect(await ofCatalog(text, [oidArray])).toEqual(await ofPostgres(text, [oidArray]));
});

it("keeps answers in text and in binary form apart", async () => {
  const text = "SELECT oid FROM pg_type WHERE typname = 'int4'";
  const binary = [{ type: "DataRow", values: ["\0\0\0\u0017"] }];
  expect(await ofCatalog(text, [])).toEqual(binary);
  expect((await alice.query(text)).rows).toEqual([["23"]]);
  expect(await ofCatalog(text, [])).toEqual(binary);
});

it("refuses a binary form that PostgreSQL does not have with PostgreSQL's error", async () => {
  const text = "SELECT (acldefault('r', 10))[1]";
  const ours = await errorOf(ofCatalog(text, []));
  expect(await ofPostgres(text, [])).toMatchObject([{ code: ours.sqlstate, message: ours.message }]);
});
