// One line per message, without secrets.
import { expect, it } from "vitest";
import { traceBackendMessage, traceFrontendMessage, traceStartupPacket } from "../../../src/wire/trace.ts";

it("shows what a message says", () => {
  expect(traceFrontendMessage({ kind: "Query", text: "select 1" })).toBe('Query "select 1"');
  expect(traceFrontendMessage({ kind: "Execute", portal: "", rowsMax: 5 })).toBe('Execute "" max=5');
  expect(traceBackendMessage({ kind: "CommandComplete", tag: "SELECT 1" })).toBe("CommandComplete SELECT 1");
  expect(traceBackendMessage({ kind: "ReadyForQuery", status: "T" })).toBe("ReadyForQuery T");
});

it("never shows keys, SASL data or values of parameters", () => {
  const secretKey = Buffer.from("secret");
  const lines = [
    traceBackendMessage({ kind: "BackendKeyData", processId: 1, secretKey }),
    traceBackendMessage({ kind: "AuthenticationSASLContinue", data: "secret" }),
    traceBackendMessage({ kind: "AuthenticationSASLFinal", data: "secret" }),
    traceStartupPacket({ kind: "CancelRequest", processId: 1, secretKey }),
    traceFrontendMessage({
      kind: "Bind",
      portal: "",
      statement: "",
      parameterFormats: [],
      parameters: [secretKey],
      resultFormats: [],
    }),
  ];
  for (const line of lines) expect(line).not.toMatch(/secret|736563726574/);
});
