import { describe, expect, test } from "vitest";
import {
  formatScramVerifier,
  makeScramVerifier,
  parseScramVerifier,
} from "../../../src/config/scram-verifier.ts";

const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");

describe("a verifier", () => {
  test("is that of RFC 7677's example exchange", async () => {
    const verifier = await makeScramVerifier("pencil", 4096, salt);
    expect(formatScramVerifier(verifier)).toBe(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });

  test("is read as it was written", async () => {
    const verifier = await makeScramVerifier("pass word");
    const parsed = parseScramVerifier(formatScramVerifier(verifier));
    expect(parsed && formatScramVerifier(parsed)).toBe(formatScramVerifier(verifier));
  });

  test("has a salt of its own each time", async () => {
    const [one, other] = [await makeScramVerifier("x"), await makeScramVerifier("x")];
    expect(formatScramVerifier(one)).not.toBe(formatScramVerifier(other));
  });

  test("is the same for spellings that SASLprep takes for one", async () => {
    const one = formatScramVerifier(await makeScramVerifier("\u2168\u00a0a\u00ad", 4096, salt));
    expect(formatScramVerifier(await makeScramVerifier("IX a", 4096, salt))).toBe(one);
  });

  test.each(["", "pencil", "md5abc", "SCRAM-SHA-256$4096:x$y:z", "SCRAM-SHA-256$99999999:AA==$A:A"])(
    "is not %j",
    (text) => {
      expect(parseScramVerifier(text)).toBeUndefined();
    },
  );
});
