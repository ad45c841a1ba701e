// Bytes as text and back: encode(), decode(), convert_from(), convert_to(), and digests of bytes.
import type { Call, Rendering } from "../dialect.ts";
import { argument, constantText } from "./arguments.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";

const formatHint = "Use the format hex or base64, as a literal.";

/** Base64 with a line feed after each 76 characters, but not after what fills up the last ones. */
function base64(bytes: string): string {
  const lines = `regexp_replace(base64(${bytes}), '(.{76})', '\\1' || chr(10), 'g')`;
  return `regexp_replace(${lines}, '=\\n$', '=')`;
}

export const encode: Rendering = (call) => {
  const format = constantText(call, 1)?.toLowerCase();
  if (format === "hex") return `lower(hex(${argument(call, 0)}))`;
  if (format === "base64") return base64(argument(call, 0));
  return call.refuse("encode() in this format", call.location, formatHint);
};

export const decode: Rendering = (call) => {
  const format = constantText(call, 1)?.toLowerCase();
  if (format !== "hex" && format !== "base64")
    return call.refuse("decode() of this format", call.location, formatHint);
  const space = "'[ \\t\\n\\r]'";
  return once([`regexp_replace(${argument(call, 0)}, ${space}, '', 'g')`], (text) => {
    const [form, read] =
      format === "hex"
        ? ["([0-9a-fA-F]{2})*", `unhex(${text})`]
        : ["([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", `from_base64(${text})`];
    return `CASE WHEN ${text} IS NULL THEN NULL WHEN regexp_full_match(${text}, '${form}') THEN ${read} ELSE ${raise("invalid_parameter_value")} END`;
  });
};

function utf8Only(call: Call): void {
  const name = constantText(call, 1)
    ?.toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");
  if (name !== "utf8") call.refuse("this encoding", call.location, "Use the encoding 'UTF8'.");
}

export const convertFrom: Rendering = (call) => {
  utf8Only(call);
  return `decode(${argument(call, 0)})`;
};

export const convertTo: Rendering = (call) => {
  utf8Only(call);
  return `encode(${argument(call, 0)})`;
};

export const sha256: Rendering = (call) => `unhex(sha256(${argument(call, 0)}))`;
