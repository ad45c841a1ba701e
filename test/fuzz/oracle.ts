// M8 by its definition: a measure in a group is its aggregate over the distinct rows of its table among the group's rows.
import {
  type Cell,
  type DataRow,
  type FuzzJoin,
  type FuzzLens,
  type FuzzMeasure,
  shortestPaths,
  Undecided,
} from "./fuzz-lens.ts";
import { partners, type Row, type Source, tableOf } from "./sources.ts";

export interface MeasureUse {
  readonly instance: number;
  readonly measure: FuzzMeasure;
}

/** A row of a group, with what extends it where a measure reads a table that FROM does not hold. */
interface Extended {
  readonly row: Row;
  readonly further: ReadonlyMap<string, DataRow | undefined>;
}

/** The rows of a group, filters already applied. */
export interface GroupRows {
  readonly lens: FuzzLens;
  readonly source: Source;
  readonly rows: readonly Row[];
  /** The group of no keys. */
  readonly isTotal: boolean;
}

/** The value of a measure in a group. */
export function measureValue({ lens, source, rows, isTotal }: GroupRows, use: MeasureUse): Cell {
  const context: Context = {
    lens,
    source,
    isTotal,
    rows: rows.map((row) => ({ row, further: new Map() })),
    joins: [],
  };
  return valueAt(context, { kind: "instance", place: use.instance }, use.measure);
}

interface Context {
  readonly lens: FuzzLens;
  readonly source: Source;
  readonly rows: readonly Extended[];
  readonly isTotal: boolean;
  /** What the extension joins. */
  readonly joins: readonly (readonly [Place, Place])[];
}

/** Where the rows of a measure's table are found: in an instance of FROM, or in the extension. */
type Place =
  | { readonly kind: "instance"; readonly place: number }
  | { readonly kind: "further"; readonly key: string; readonly table: string };

function rowOf(extended: Extended, place: Place): DataRow | undefined {
  return place.kind === "instance" ? extended.row.at[place.place] : extended.further.get(place.key);
}

function valueAt(context: Context, place: Place, measure: FuzzMeasure): Cell {
  if (measure.form === "leaf") {
    const rows = new Set(context.rows.map((row) => rowOf(row, place)));
    rows.delete(undefined);
    return measure.leaf([...rows] as DataRow[], context.isTotal);
  }
  const values = measure.over.map((part): Cell => {
    const { context: wider, place: at } = placeOf(context, place, part.table);
    const found = tableOf(context.lens, part.table).measures.find((item) => item.name === part.measure);
    if (found === undefined) throw new Error(`no measure ${part.measure}`);
    return valueAt(wider, at, found);
  });
  return measure.calculate(values);
}

/**
 * The instance that joins of the model connect with the measure's; else one joined along the model's path, from the
 * last table on it that FROM holds.
 */
function placeOf(
  context: Context,
  place: Place,
  table: string,
): { readonly context: Context; readonly place: Place } {
  const ownTable = tableAt(context, place);
  if (ownTable === table) return { context, place };
  const known = connectedPlace(context, place, table);
  if (known !== undefined) return { context, place: known };
  const [path, other] = shortestPaths(context.lens.joins, ownTable, table);
  if (path === undefined || other !== undefined) throw new Undecided("no single path");
  let wider = context;
  let at: Place = place;
  let held = true;
  for (const join of path) {
    const instance: Place | undefined = held ? connectedPlace(wider, at, join.to) : undefined;
    if (instance !== undefined) {
      at = instance;
      continue;
    }
    held = false;
    const next = joined(wider, at, join);
    wider = next.context;
    at = next.place;
  }
  return { context: wider, place: at };
}

function joined(context: Context, place: Place, join: FuzzJoin): { context: Context; place: Place } {
  const key = `${placeKey(place)}>${join.to}`;
  const rows = context.rows.flatMap((extended): Extended[] => {
    const found = partners(context.lens, join, rowOf(extended, place));
    const targets = found.length === 0 ? [undefined] : found;
    return targets.map((target) => ({ ...extended, further: new Map([...extended.further, [key, target]]) }));
  });
  const next: Place = { kind: "further", key, table: join.to };
  return { context: { ...context, rows, joins: [...context.joins, [place, next]] }, place: next };
}

function tableAt(context: Context, place: Place): string {
  return place.kind === "further" ? place.table : (context.source.instances[place.place]?.table.name ?? "");
}

function placeKey(place: Place): string {
  return place.kind === "further" ? place.key : String(place.place);
}

function connectedPlace(context: Context, start: Place, table: string): Place | undefined {
  const instance = (place: number): Place => ({ kind: "instance", place });
  const edges: (readonly [Place, Place])[] = [
    ...context.source.edges.map(([one, other]) => [instance(one), instance(other)] as const),
    ...context.joins,
  ];
  const reached = new Map([[placeKey(start), start]]);
  for (const at of reached.keys())
    for (const [one, other] of edges) {
      if (placeKey(one) === at) reached.set(placeKey(other), other);
      if (placeKey(other) === at) reached.set(placeKey(one), one);
    }
  const [only, second] = [...reached.values()].filter((place) => tableAt(context, place) === table);
  if (second !== undefined) throw new Undecided(`several instances of ${table}`);
  return only;
}
