// Arithmetic of floats, whose results may be too large or too small for them.
import type { Case } from "../compare.ts";
import { over, overValues } from "./case-makers.ts";

const double = "double precision";
const extremes = [
  "0",
  "-0",
  "1.5",
  "-1e308",
  "1.7e308",
  "1e-300",
  "4e-320",
  "NaN",
  "Infinity",
  "-Infinity",
  null,
];
const reals = ["0", "1.5", "-3e38", "3.4e38", "1e-37", "NaN", "Infinity", null];

export const floatCases: readonly Case[] = [
  ...["+", "-", "*", "/"].flatMap((operator) => [
    overValues(`a ${operator} b`, [double, double], extremes, extremes),
    overValues(`a ${operator} b`, ["real", "real"], reals, reals),
    overValues(`a ${operator} b`, ["real", double], reals, extremes),
    overValues(`a ${operator} 1e308`, [double], extremes),
    overValues(`(a ${operator} b) ${operator} (b ${operator} a)`, [double, double], extremes, [
      "2",
      "-1e200",
      "Infinity",
      null,
    ]),
  ]),
  overValues("1 / (a * b)", [double, double], ["1e200", "2"], ["1e200", "3"]),
  overValues("a + b + a + b - a", [double, double], ["1e308", "2"], ["-1e308", "3"]),
  overValues("(a * 2 + b) * (a - b) / (a + 1)", [double, double], ["1", "2.5", "-7"], ["0", "3"]),
  overValues("case when a * b > 1 then 1 else 2 end", [double, double], ["1e200", "2"], ["1e200", "3"]),
  over("a * 0", double),
];
