// The lineage of each column of a statement's result: members whose values it shows, members that decide on it, the base
// columns behind them, and what of it is masked for the reader.
import type {
  ColumnLineage,
  DirectUse,
  IndirectUse,
  LineageUse,
  StatementLineage,
} from "../column-lineage.ts";
import type { LensPlan } from "../compiler/lens-plan.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import { lineageOf } from "./lineage.ts";
import { type Flow, noFlow, type SourceKey } from "./lineage-flow.ts";
import { LineageWalk } from "./lineage-walk.ts";
import { appliesTo, type MaskFunction } from "./masks.ts";
import { secureMembers, valuesRead } from "./values-read.ts";

/** `shown` are the columns of the result, in its order. */
export function statementLineage(
  plan: LensPlan,
  visible: VisibleModel,
  shown: readonly Pick<ColumnLineage, "name" | "type">[],
): StatementLineage {
  const walk = new LineageWalk(visible.model.linked, visible.group.name);
  const { columns, rows } = walk.query(plan.query);
  const uses = new Uses(visible);
  const ofRows = new Set(rows.indirect);
  const traced = shown.map((column, place) => {
    const flow = columns[place] ?? noFlow;
    const own = [...flow.indirect].filter((each) => !ofRows.has(each));
    return { ...column, direct: uses.direct(flow), indirect: uses.indirect(own) };
  });
  return { columns: traced, rows: uses.indirect([...ofRows]), members: uses.members() };
}

class Uses {
  readonly #visible: VisibleModel;
  readonly #members = new Set<string>();

  constructor(visible: VisibleModel) {
    this.#visible = visible;
  }

  direct({ direct }: Flow): readonly LineageUse[] {
    return sorted([...direct].map(([key, use]) => this.#use(key, use)));
  }

  indirect(all: readonly `${IndirectUse} ${SourceKey}`[]): readonly LineageUse[] {
    return sorted(
      all.map((each) => {
        const [use] = each.split(" ", 1);
        return this.#use(each.slice((use?.length ?? 0) + 1) as SourceKey, use as IndirectUse);
      }),
    );
  }

  members(): StatementLineage["members"] {
    return [...this.#members].sort().map((member) => {
      const { columns } = lineageOf(this.#visible.model.linked, [member]);
      const read = [...columns].flatMap(([table, names]) =>
        [...(names === "all" ? "*" : names)].map((name) => `${table}.${name}`),
      );
      return { member, columns: read.sort() };
    });
  }

  #use(key: SourceKey, use: DirectUse | IndirectUse): LineageUse {
    const [kind] = key.split(" ", 1);
    const name = key.slice((kind?.length ?? 0) + 1);
    if (kind === "column") return { column: name, use };
    this.#members.add(name);
    const masked = kind === "member" ? maskOf(this.#visible, name) : undefined;
    return { member: name, use, ...(masked !== undefined && { masked }) };
  }
}

const masksSeen = new WeakMap<VisibleModel, Map<string, MaskFunction | undefined>>();

/** What the group gets in the place of a member's value: by its own mask, or by those on what it reads. */
function maskOf(visible: VisibleModel, member: string): MaskFunction | undefined {
  const known = masksSeen.get(visible) ?? new Map<string, MaskFunction | undefined>();
  masksSeen.set(visible, known);
  if (!known.has(member)) known.set(member, findMask(visible, member));
  return known.get(member);
}

function findMask(visible: VisibleModel, member: string): MaskFunction | undefined {
  const { linked } = visible.model;
  if (visible.nulledMeasures.has(member)) return "redact";
  const { isRead } = valuesRead(linked, [member]);
  const masks = secureMembers(linked)
    .filter((secured) => appliesTo(secured.secure, visible.group.name) && isRead(secured))
    .map(({ key, secure }) => ({ isOwn: key === member, func: secure.func ?? ("redact" as const) }));
  const own = masks.find(({ isOwn }) => isOwn);
  if (own !== undefined) return own.func;
  return masks.some(({ func }) => func === "redact") ? "redact" : masks[0]?.func;
}

function sorted(uses: readonly LineageUse[]): readonly LineageUse[] {
  const keyed = new Map(
    uses.map((use) => [`${use.member ?? use.column} ${use.use} ${use.masked ?? ""}`, use]),
  );
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, use]) => use);
}
