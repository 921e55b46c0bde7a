import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BadRow, MAX_RAW_BYTES } from '../../domain/sales-reporting/bad-row.js';

const PAGE_BYTES = 262_144;

/**
 * Bad rows of a running import, outside of its transaction: whether they are kept with its rows or without is known only at
 * its end. A file without a name, so that nothing of it outlives the process, in the text format of COPY.
 */
export class RejectSpool {
  private file: FileHandle | undefined;
  private length = 0;

  constructor(private readonly values: { readonly importId: string; readonly table: string }) {}

  async add(rows: readonly BadRow[]): Promise<void> {
    this.file ??= await openUnnamed();
    const text = rows.map((row) => this.line(row)).join('');
    const bytes = Buffer.from(text);
    await this.file.appendFile(bytes);
    this.length += bytes.length;
  }

  /** All lines so far, for COPY. */
  async *lines(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.length;) {
      const page = Buffer.alloc(Math.min(PAGE_BYTES, this.length - at));
      const { bytesRead } = (await this.file?.read(page, 0, page.length, at)) ?? { bytesRead: 0 };
      if (bytesRead === 0) throw new Error('The spool of bad rows is shorter than what was written to it.');
      yield page.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  private line({ line, raw, column, value, rule, message }: BadRow): string {
    const { importId, table } = this.values;
    const cells = [importId, table, String(line), rawText(raw), column, value, rule, message];
    return `${cells.map(copyText).join('\t')}\n`;
  }
}

/** In the order in which RejectSpool writes them. */
export const SPOOLED_COLUMNS = 'import_id, table_name, line_number, raw_record, column_name, value, rule, message';

async function openUnnamed(): Promise<FileHandle> {
  const path = join(tmpdir(), `penstock-rejects-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

function rawText(raw: Uint8Array): string {
  const cut = raw.length > MAX_RAW_BYTES;
  return (
    Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, MAX_RAW_BYTES)).toString('utf8') + (cut ? '…' : '')
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\uFFFD',
};

function copyText(text: string | undefined): string {
  return text === undefined ? '\\N' : text.replaceAll(/[\\\t\n\r\0]/g, (char) => ESCAPES[char] ?? char);
}
