const BY_BEGINNING: readonly (readonly [RegExp, string])[] = [
  [/^(JSON\w*EachRow|NDJSON|JSONLines)/i, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/i, 'application/json; charset=UTF-8'],
  [/^CSVWithNames/i, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV/i, 'text/csv; charset=UTF-8; header=absent'],
  [/^(TabSeparated|TSV|Raw)/i, 'text/tab-separated-values; charset=UTF-8'],
  [/^XML$/i, 'application/xml; charset=UTF-8'],
  [/^Markdown$/i, 'text/markdown; charset=UTF-8'],
  [
    /^(Parquet|ORC|Arrow|Avro|Native|RowBinary|Protobuf|MsgPack|CapnProto|BSON|Npy|RawBLOB)/i,
    'application/octet-stream',
  ],
];

/** What a server calls its formats in `Content-Type`. */
export function contentType(format: string): string {
  return BY_BEGINNING.find(([beginning]) => beginning.test(format))?.[1] ?? 'text/plain; charset=UTF-8';
}
