// How a session wants dates, intervals and bytes written: DateStyle, IntervalStyle and bytea_output as SHOW prints them.

/** The first word of DateStyle. */
export type DateStyle = "ISO" | "SQL" | "Postgres" | "German";

/** The second: in which order the fields of `1/2/2024` are read, and under SQL and Postgres written. */
export type DateOrder = "MDY" | "DMY" | "YMD";

export type IntervalStyle = "postgres" | "postgres_verbose" | "sql_standard" | "iso_8601";

export type ByteaOutput = "hex" | "escape";

export interface TextStyles {
  readonly dateStyle: DateStyle;
  readonly dateOrder: DateOrder;
  readonly intervalStyle: IntervalStyle;
  readonly byteaOutput: ByteaOutput;
}

/** What a session begins with, and what every warehouse's session and every text of ours is in. */
export const plainStyles: TextStyles = {
  dateStyle: "ISO",
  dateOrder: "MDY",
  intervalStyle: "postgres",
  byteaOutput: "hex",
};

/** Whatever is not known is as a session begins. */
export function textStylesOf(settings: { get(name: string): string | undefined }): TextStyles {
  const [dateStyle, dateOrder] = (settings.get("DateStyle") ?? "").split(", ");
  return {
    dateStyle: oneOf(["SQL", "Postgres", "German"], dateStyle) ?? plainStyles.dateStyle,
    dateOrder: oneOf(["DMY", "YMD"], dateOrder) ?? plainStyles.dateOrder,
    intervalStyle:
      oneOf(["postgres_verbose", "sql_standard", "iso_8601"], settings.get("IntervalStyle")) ??
      plainStyles.intervalStyle,
    byteaOutput: settings.get("bytea_output") === "escape" ? "escape" : plainStyles.byteaOutput,
  };
}

function oneOf<T extends string>(known: readonly T[], text: string | undefined): T | undefined {
  return known.find((each) => each === text);
}
