// Arithmetic of floats: what is too large or too small for the type ends the statement, as in PostgreSQL.
import type { Call, Rendering } from "../dialect.ts";
import { argument } from "./arguments.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";

const overflow = raise("numeric_value_out_of_range");

/** Infinity out of finite numbers is an overflow. */
function infinite(result: string, operands: readonly string[]): string {
  return `WHEN ${[`isinf(${result})`, ...operands.map((text) => `NOT isinf(${text})`)].join(" AND ")} THEN ${overflow}`;
}

function sum(operator: "+" | "-"): Rendering {
  return (call) =>
    once([argument(call, 0), argument(call, 1)], (left, right) => {
      const result = `(${left} ${operator} ${right})`;
      return `CASE ${infinite(result, varying(call, [left, right]))} ELSE ${result} END`;
    });
}

export const addFloat = sum("+");
export const subtractFloat = sum("-");

export const multiplyFloat: Rendering = (call) =>
  once([argument(call, 0), argument(call, 1)], (left, right) => {
    const result = `(${left} * ${right})`;
    const operands = varying(call, [left, right]);
    const lost = [`${result} = 0`, ...operands.map((text) => `${text} <> 0`)].join(" AND ");
    if (call.nodes.some((node) => node.kind === "Const" && Number(node.value) === 0)) return result;
    return `CASE ${infinite(result, operands)} WHEN ${lost} THEN ${overflow} ELSE ${result} END`;
  });

export const divideFloat: Rendering = (call) =>
  once([argument(call, 0), argument(call, 1)], (left, right) => {
    const result = `(${left} / ${right})`;
    const arms = [infinite(result, varying(call, [left]))];
    const divisor = call.nodes[1];
    const constant = divisor?.kind === "Const" && divisor.value !== null ? Number(divisor.value) : undefined;
    if (constant === undefined || constant === 0) {
      arms.unshift(
        `WHEN ${right} = 0 AND NOT isnan(${left}) AND ${left} IS NOT NULL THEN ${raise("division_by_zero")}`,
      );
    }
    if (constant === undefined || Number.isFinite(constant)) {
      const finite = constant === undefined ? ` AND NOT isinf(${right})` : "";
      arms.push(`WHEN ${result} = 0 AND ${left} <> 0${finite} THEN ${overflow}`);
    }
    return `CASE ${arms.join(" ")} ELSE ${result} END`;
  });

/** The operands of which the plan does not know already that they are finite and not 0. */
function varying(call: Call, texts: readonly string[]): readonly string[] {
  return texts.filter((_, index) => {
    const node = call.nodes[index];
    const known = node?.kind === "Const" && Number.isFinite(Number(node.value)) && Number(node.value) !== 0;
    return !known;
  });
}
