// Values of every type, the ones at its edges among them, as PostgreSQL writes them.
import type { DataType } from "../../../src/data-type.ts";

export const text = { kind: "text" } as const;
export const scalar = (kind: Exclude<DataType["kind"], "array" | "numeric">): DataType => ({ kind });
export const arrayOf = (element: DataType): DataType => ({ kind: "array", element });
export const numeric: DataType = { kind: "numeric" };

export const valueCases: readonly (readonly [type: DataType, values: readonly string[]])[] = [
  [scalar("smallint"), ["-32768", "-1", "0", "32767"]],
  [scalar("integer"), ["-2147483648", "-1", "0", "2147483647"]],
  [
    scalar("bigint"),
    [
      "-9223372036854775808",
      "-9007199254740993",
      "-4294967297",
      "-4294967296",
      "-1",
      "0",
      "4294967295",
    ].concat(["4294967296", "9007199254740992", "9007199254740993", "9223372036854775807"]),
  ],
  [scalar("real"), ["0", "-0", "1.5", "3.4028235e+38", "1e-45", "NaN", "Infinity", "-Infinity", "0.1"]],
  [
    scalar("double precision"),
    [
      "0",
      "-0",
      "0.1",
      "1.7976931348623157e+308",
      "5e-324",
      "NaN",
      "Infinity",
      "-Infinity",
      "123456789012345680",
    ],
  ],
  [
    numeric,
    [
      "0",
      "0.00",
      "-0.5",
      "1",
      "10000",
      "100000000.0001",
      "0.00001",
      "123456789012345678901234567890.12345678901",
    ]
      .concat([
        "NaN",
        "Infinity",
        "-Infinity",
        "-99999999",
        "1000000000000",
        "0.0000000000000000000000000001",
      ])
      .concat(["5000.5", "50000", "12345.6789"]),
  ],
  [{ kind: "numeric", precision: 12, scale: 2 }, ["0.00", "-1234567890.12", "0.01", "NaN"]],
  [text, ["", "abc", "a\tb\nc", "Zürich", "\u{1f600}", "NULL", 'quote " \\ brace {}', "x".repeat(70_000)]],
  [scalar("boolean"), ["t", "f"]],
  [
    scalar("date"),
    [
      "1970-01-01",
      "1969-12-31",
      "2000-02-29",
      "0001-01-01",
      "0001-12-31 BC",
      "4714-11-24 BC",
      "9999-12-31",
    ].concat(["5874897-12-31", "infinity", "-infinity"]),
  ],
  [
    scalar("timestamp"),
    [
      "1970-01-01 00:00:00",
      "1999-12-31 23:59:59.999999",
      "2262-04-12 00:00:00.000001",
      "0044-03-15 12:00:00 BC",
    ].concat(["294276-12-31 23:59:59.999999", "4714-11-24 00:00:00 BC", "infinity", "-infinity"]),
  ],
  [
    scalar("timestamptz"),
    [
      "1970-01-01 00:00:00+00",
      "2024-02-29 12:34:56.5+00",
      "0001-01-01 00:00:00+00 BC",
      "infinity",
      "-infinity",
    ],
  ],
  [scalar("time"), ["00:00:00", "23:59:59.999999", "24:00:00", "00:00:00.000001"]],
  [
    scalar("interval"),
    [
      "00:00:00",
      "1 year 2 mons 3 days 04:05:06.7",
      "-1 years -2 mons +3 days -04:05:06.000001",
      "1000000 days",
    ].concat(["178000000 years", "infinity", "-infinity"]),
  ],
  [scalar("uuid"), ["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]],
  [scalar("bytea"), ["\\x", "\\x00ff7f80", "\\x5c78"]],
  [scalar("json"), ['{"a": 1,  "b": [null, "\\u0041"]}', "null", '"ü"']],
  [arrayOf(scalar("integer")), ["{}", "{1,NULL,-3}", "{{1,2},{3,NULL}}"]],
  [arrayOf(scalar("bigint")), ["{9007199254740993,1}"]],
  [arrayOf(text), ["{}", '{"",NULL,"NULL","a,b","q\\"\\\\"}', "{ü}"]],
  [arrayOf(numeric), ["{1.10,NaN,-0.001,10000,0,NULL,123456789.5}"]],
  [arrayOf(scalar("double precision")), ["{0.1,NaN,-Infinity}"]],
  [arrayOf(scalar("boolean")), ["{t,f,NULL}"]],
  [arrayOf(scalar("date")), ["{2000-01-01,infinity}"]],
  [arrayOf(scalar("timestamp")), ['{"2000-01-01 00:00:00",infinity}']],
  [arrayOf(scalar("interval")), ['{"1 day",01:00:00}']],
  [arrayOf(scalar("uuid")), ["{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"]],
  [arrayOf(scalar("bytea")), ['{"\\\\x00ff"}']],
  [arrayOf(scalar("json")), ['{"{\\"a\\": 1}","[1, \\"x\\"]"}']],
];
