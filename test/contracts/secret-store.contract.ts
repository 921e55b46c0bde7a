import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecretStore } from '../../src/domain/ports/secret-store.port.js';
import { freshName } from '../support/engine-of.js';

export interface SecretStoreHarness {
  readonly secrets: SecretStore;
  /** Gives a secret a value, or one that is no text; the first time it is made. */
  write(id: string, value: string | Uint8Array): Promise<void>;
  /** What ids begin with. Left out: `app/db`. */
  readonly stem?: string;
  /** Set where there can be nothing but text. */
  readonly isTextOnly?: true;
  delete(id: string): Promise<void>;
  /** The same store with keys that are not let in; undefined where nobody is kept out. */
  readonly stranger?: SecretStore;
  /** A store that does not answer; undefined where that cannot be. */
  readonly unreachable?: SecretStore;
  close(): Promise<void>;
}

/** What every SecretStore adapter promises. */
export function secretStoreContract(engine: string, open: (() => Promise<SecretStoreHarness>) | undefined): void {
  describe.skipIf(open === undefined)(`SecretStore on ${engine}`, () => {
    let at: SecretStoreHarness;
    beforeAll(async () => {
      at = await open!();
    });
    afterAll(() => at.close());

    it('reads the value as it is now, and tells that it has changed', async () => {
      const id = freshName(at.stem ?? 'app/db');
      await at.write(id, '{"password":"größe \\"1\\""}');
      const first = await at.secrets.read(id);
      expect(first.value).toBe('{"password":"größe \\"1\\""}');
      expect((await at.secrets.read(id)).version).toBe(first.version);
      await at.write(id, 'two');
      const second = await at.secrets.read(id);
      expect(second.value).toBe('two');
      expect(second.version).not.toBe(first.version);
    });

    it('does not know a secret that is not there, or deleted', async () => {
      const id = freshName(at.stem ?? 'app/db');
      await expect(at.secrets.read(id)).rejects.toMatchObject({ code: 'secret.unknown' });
      await at.write(id, 'one');
      await at.delete(id);
      await expect(at.secrets.read(id)).rejects.toMatchObject({ code: 'secret.unknown' });
    });

    it('answers text alone', async () => {
      if (at.isTextOnly === true) return;
      const id = freshName('bytes');
      await at.write(id, new Uint8Array([0, 255]));
      await expect(at.secrets.read(id)).rejects.toMatchObject({ code: 'secret.invalid' });
    });

    it('says that it is not let in, and that nobody answers', async () => {
      if (at.stranger) await expect(at.stranger.read('any')).rejects.toMatchObject({ code: 'secret.refused' });
      if (at.unreachable)
        await expect(at.unreachable.read('any')).rejects.toMatchObject({ code: 'secret.unreachable' });
    });
  });
}
