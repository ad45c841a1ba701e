// The names of PostgreSQL's encodings, and those of them in which clients are served.

/** By name in lower case without punctuation. Source: encnames.c. */
const encodingNames: ReadonlyMap<string, string> = new Map(
  [
    "UTF8=utf8 unicode",
    "SQL_ASCII=sqlascii",
    "LATIN1=latin1 iso88591",
    "LATIN2=latin2 iso88592",
    "LATIN3=latin3 iso88593",
    "LATIN4=latin4 iso88594",
    "LATIN5=latin5 iso88599",
    "LATIN6=latin6 iso885910",
    "LATIN7=latin7 iso885913",
    "LATIN8=latin8 iso885914",
    "LATIN9=latin9 iso885915",
    "LATIN10=latin10 iso885916",
    "ISO_8859_5=iso88595",
    "ISO_8859_6=iso88596",
    "ISO_8859_7=iso88597",
    "ISO_8859_8=iso88598",
    "WIN1250=win1250 windows1250",
    "WIN1251=win1251 windows1251 win",
    "WIN1252=win1252 windows1252",
    "WIN1253=win1253 windows1253",
    "WIN1254=win1254 windows1254",
    "WIN1255=win1255 windows1255",
    "WIN1256=win1256 windows1256",
    "WIN1257=win1257 windows1257",
    "WIN1258=win1258 windows1258 abc tcvn tcvn5712 vscii",
    "WIN866=win866 windows866 alt",
    "WIN874=win874 windows874",
    "KOI8R=koi8r koi8",
    "KOI8U=koi8u",
    "EUC_JP=eucjp",
    "EUC_CN=euccn",
    "EUC_KR=euckr",
    "EUC_TW=euctw",
    "EUC_JIS_2004=eucjis2004",
    "SJIS=sjis mskanji shiftjis win932 windows932",
    "SHIFT_JIS_2004=shiftjis2004",
    "BIG5=big5 win950 windows950",
    "GBK=gbk win936 windows936",
    "UHC=uhc win949 windows949",
    "GB18030=gb18030",
    "JOHAB=johab",
    "MULE_INTERNAL=muleinternal",
  ].flatMap((line) => {
    const [name = "", words = ""] = line.split("=");
    return words.split(" ").map((word) => [word, name] as const);
  }),
);

/** Those of several bytes a character, UTF-8 left aside, and the one of a byte that the runtime has no table of. */
const notServed = /^(EUC_|SJIS|SHIFT|BIG5|GB|UHC|JOHAB|MULE|LATIN10)/;

/** As PostgreSQL spells it; undefined for a name that stands for none. */
export function encodingOf(name: string): string | undefined {
  return encodingNames.get(name.replace(/[^A-Za-z0-9]/g, "").toLowerCase());
}

export const servedEncodings: readonly string[] = [...new Set(encodingNames.values())].filter(
  (name) => !notServed.test(name),
);
