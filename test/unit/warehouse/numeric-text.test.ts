import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { doubleText, realText, scaledIntegerText, withScale } from "../../../src/warehouse/numeric-text.ts";

describe("numbers as numeric text", () => {
  test("a scaled integer keeps every digit of its scale", () => {
    expect(scaledIntegerText(110, 2)).toBe("1.10");
    expect(scaledIntegerText(-5, 2)).toBe("-0.05");
    expect(scaledIntegerText(-123456789012345678901234567890n, 10)).toBe("-12345678901234567890.1234567890");
    expect(scaledIntegerText(7, 0)).toBe("7");
  });

  test("a double is printed without an exponent and reads back as itself", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = doubleText(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
      }),
    );
    expect(doubleText(Number.NaN)).toBe("NaN");
    expect(doubleText(Number.NEGATIVE_INFINITY)).toBe("-Infinity");
    expect(doubleText(1e21)).toBe("1000000000000000000000");
    expect(doubleText(1.25e-7)).toBe("0.000000125");
  });

  test("a single-precision number is printed with no more digits than tell it apart", () => {
    expect(realText(Math.fround(0.1))).toBe("0.1");
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(Number(realText(value)))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  test("rounding to a scale takes halves away from zero, as PostgreSQL's numeric does", () => {
    expect(withScale("2.345", 2)).toBe("2.35");
    expect(withScale("-2.345", 2)).toBe("-2.35");
    expect(withScale("2.3449", 2)).toBe("2.34");
    expect(withScale("0.5", 0)).toBe("1");
    expect(withScale("-0.4", 0)).toBe("0");
    expect(withScale("3", 2)).toBe("3.00");
    expect(withScale("NaN", 2)).toBe("NaN");
    expect(withScale("Infinity", 2)).toBe("Infinity");
  });
});
