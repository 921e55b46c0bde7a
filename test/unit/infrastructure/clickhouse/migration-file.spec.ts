import { describe, expect, it } from 'vitest';
import { fitToServer, parseMigration } from '../../../../src/infrastructure/clickhouse/migration-file.js';

describe('parseMigration', () => {
  it('cuts at semicolons that end a line, and nowhere else', () => {
    const { up } = parseMigration('m', "SELECT 'a;b';\nSELECT\n  2;  \r\nSELECT 3");
    expect(up).toEqual(["SELECT 'a;b'", 'SELECT\n  2', 'SELECT 3']);
  });

  it('leaves out comment lines, also those with a semicolon', () => {
    expect(parseMigration('m', '-- first;\nSELECT 1;\n  -- last;\n').up).toEqual(['SELECT 1']);
  });

  it('tells nothing to undo from no word about undoing', () => {
    expect(parseMigration('m', 'SELECT 1;\n-- down: nothing\n').down).toEqual([]);
    expect(parseMigration('m', 'SELECT 1;\n').down).toBeUndefined();
    expect(parseMigration('m', 'SELECT 1;\n-- down:\nSELECT 2;\n').down).toEqual(['SELECT 2']);
  });

  it('refuses a file without a statement', () => {
    expect(() => parseMigration('m', '-- nothing yet\n-- down:\nSELECT 1;')).toThrow('no statement');
  });
});

describe('fitToServer', () => {
  const written = `CREATE TABLE t ON CLUSTER '{cluster}' (a Int32) ENGINE = ReplicatedReplacingMergeTree(v) ORDER BY a`;

  it('leaves cluster and replication out on a single server', () => {
    expect(fitToServer(written, undefined)).toBe('CREATE TABLE t (a Int32) ENGINE = ReplacingMergeTree(v) ORDER BY a');
  });

  it('names the cluster, whatever its name, and keeps replication', () => {
    expect(fitToServer(written, "o'clock$&")).toBe(written.replace('{cluster}', () => "o\\'clock$&"));
  });
});
