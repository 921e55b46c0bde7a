/** What a value of PostgreSQL, in its own text, is as JSON. */
export type JsonEncoder = (text: string) => string;

const OID = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
  jsonb: 3802,
} as const;

/** 15 digits and a sign: below 2^53 without looking closer. */
const SURELY_SAFE = 15;

const ENCODERS: ReadonlyMap<number, JsonEncoder> = new Map<number, JsonEncoder>([
  [OID.bool, (text) => (text === 't' ? 'true' : 'false')],
  [OID.int2, asItIs],
  [OID.int4, asItIs],
  [OID.oid, asItIs],
  [OID.int8, (text) => (text.length <= SURELY_SAFE || Number.isSafeInteger(Number(text)) ? text : quoted(text))],
  [OID.float4, floating],
  [OID.float8, floating],
  [OID.json, asItIs],
  [OID.jsonb, asItIs],
  [OID.timestamp, withT],
  [OID.timestamptz, (text) => withT(text).replace(/([+-]\d\d)"$/u, '$1:00"')],
]);

/**
 * The encoder of a type. Numbers that every reader of JSON keeps are numbers; numeric, and integers beyond 2^53, are
 * strings, and so are NaN and infinities. Times are those of ISO 8601 with every digit of their second; bytes are
 * hexadecimal (`\\x00ff`); json is itself. Everything else is PostgreSQL's own text: a value that can be sent back.
 */
export function encoderOf(typeOid: number): JsonEncoder {
  return ENCODERS.get(typeOid) ?? quoted;
}

/** An array of whatever dimensions; bounds other than 1, which JSON has no place for, are left out. */
export function arrayEncoder(element: JsonEncoder, delimiter: string): JsonEncoder {
  return (text) => {
    const reader = new ArrayReader(text.slice(text.indexOf('{')), delimiter, element);
    return reader.read();
  };
}

/** `{1,NULL,"a \\"b\\"",{2}}`; see "Array Input and Output Syntax" in PostgreSQL's manual. */
class ArrayReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly delimiter: string,
    private readonly element: JsonEncoder,
  ) {}

  /** Without recursion in the items; dimensions are 6 at most. */
  read(): string {
    this.at += 1;
    const items: string[] = [];
    while (this.text[this.at] !== '}') {
      items.push(this.item());
      if (this.text[this.at] === this.delimiter) this.at += 1;
    }
    this.at += 1;
    return `[${items.join(',')}]`;
  }

  private item(): string {
    if (this.text[this.at] === '{') return this.read();
    if (this.text[this.at] === '"') return this.element(this.quotedItem());
    const from = this.at;
    while (this.text[this.at] !== this.delimiter && this.text[this.at] !== '}') this.at += 1;
    const word = this.text.slice(from, this.at);
    return word === 'NULL' ? 'null' : this.element(word);
  }

  private quotedItem(): string {
    const parts: string[] = [];
    let from = (this.at += 1);
    for (; this.text[this.at] !== '"'; this.at += 1) {
      if (this.text[this.at] !== '\\') continue;
      parts.push(this.text.slice(from, this.at));
      from = this.at += 1;
    }
    parts.push(this.text.slice(from, this.at));
    this.at += 1;
    return parts.join('');
  }
}

function asItIs(text: string): string {
  return text;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function floating(text: string): string {
  return text === 'NaN' || text.endsWith('Infinity') ? quoted(text) : text;
}

/** `infinity` has no time of day, and years before Christ keep their `BC`. */
function withT(text: string): string {
  return quoted(text.replace(' ', 'T').replace(/T(?=BC$)/u, ' '));
}
